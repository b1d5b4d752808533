import Checks

/// Checks of one subject.
struct Group: Sendable {
  let name: String
  let body: @Sendable (Workplace) -> Void
}

/// What the scripts ask for: SUITE --repository R [--only GROUP]… and, for some, flags of their own.
struct Options {
  private(set) var groups: [Group] = []
  /// Where launch/ lies.
  private(set) var repository = "."
  /// The values of a suite's own flags.
  private(set) var settings: [String: String] = [:]

  private static let ownFlags = ["--install", "--inputs", "--address", "--thread"]

  init(_ arguments: [String]) {
    var rest = arguments[...]
    var chosen: [String] = []
    while let word = rest.popFirst() {
      if let suite = Suite.all[word] {
        groups = suite
      } else if word == "--repository" {
        repository = rest.popFirst() ?? "."
      } else if word == "--only" {
        chosen.append(rest.popFirst() ?? "")
      } else if Self.ownFlags.contains(word) {
        settings[word] = rest.popFirst()
      } else {
        Self.misused("unknown argument \(word)", groups)
      }
    }
    if let unknown = chosen.first(where: { name in !groups.contains { $0.name == name } }) {
      Self.misused("there are no checks called \(unknown)", groups)
    }
    if !chosen.isEmpty { groups = groups.filter { chosen.contains($0.name) } }
  }

  private static func misused(_ why: String, _ groups: [Group]) -> Never {
    refuse(
      .usage,
      "\(why); --only takes one of: \(groups.map(\.name).joined(separator: ", "))")
  }
}
