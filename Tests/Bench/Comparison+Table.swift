import Checks
import Glibc

/// The table that launch/bench ends with.
extension Comparison {
  func summarise() {
    say("\n" + title)
    for library in figures.words("library") { say(library) }
    say("")
    row("one step", "here", "fastest peer", "peer/here", "here, of the multiply-add peak")
    for architecture in Self.architectures { sayStep(architecture) }
    for architecture in Self.architectures { sayRanks(architecture) }
    row(
      "memory, cnn srelu",
      figures.median("ours.cnn.srelu.max_rss_mb").map { "\(Int($0)) MB" } ?? "-", "", "",
      "peak resident set of 1 rank")
    if options.isPaper {
      row(
        "paper grid, 2 ranks", figures.median("paper.seconds").map { "\(digits($0, 1)) s" } ?? "-",
        "", "", "configs/paper.yaml, 30 trials")
    }
  }

  private var title: String {
    let processor =
      command(["lscpu"]).run().lines.first { $0.hasPrefix("Model name:") }
      .map { $0.dropFirst("Model name:".count).drop { $0 == " " } } ?? "unknown processor"
    let doctor = command(["\(options.repository)/.build/release/srelu", "doctor"]).run().text
    let set = doctor.firstMatch(of: /instruction set *([a-z0-9]+)/).map { String($0.1) } ?? "?"
    let day = command(["date", "-u", "+%F"]).run().lines.first ?? ""
    return "\(processor), \(options.cores) cores, \(set), \(day), \(options.rounds) rounds of "
      + "\(options.steps) steps, batch 128"
  }

  private func sayStep(_ architecture: String) {
    for (activation, formula) in Self.activations {
      let key = "\(architecture).\(activation)"
      let ours = figures.median("ours.\(key)")
      let peer = ["torch", "torch-compiled", "keras", "keras-xla"].compactMap { name in
        figures.median("\(name).\(key)").map { (name: name, ms: $0) }
      }.min { $0.ms < $1.ms }
      row(
        "\(architecture) \(activation)\(formula == nil ? "" : ", formula"), 1 rank",
        milliseconds(ours),
        peer.map { "\(milliseconds($0.ms)) \($0.name)" } ?? "", ratio(peer?.ms, ours),
        figures.median("ours.\(key).percent_of_peak").map { "\(digits($0, 0)) %" } ?? "-")
    }
    row(
      "\(architecture) srelu / relu",
      ratio(
        figures.median("ours.\(architecture).srelu"), figures.median("ours.\(architecture).relu")),
      "", "", "")
  }

  private func sayRanks(_ architecture: String) {
    let alone = figures.median("ours1.\(architecture)")
    let both = figures.median("ours2.\(architecture)")
    let plain = figures.median("ours2-allreduce.\(architecture)")
    let other = figures.median("ddp.\(architecture)")
    row(
      "\(architecture) relu, 2 ranks", milliseconds(both), "\(milliseconds(other)) DDP, gloo",
      ratio(other, both),
      "\(ratio(alone, both)) times 1 rank (\(ratio(alone, plain)) by allreduce)")
    let half = figures.median("ours-bf16.\(architecture)")
    let torch = figures.median("torch-bf16.\(architecture)")
    row(
      "\(architecture) relu, bf16", milliseconds(half), "\(milliseconds(torch)) torch",
      ratio(torch, half), half == nil ? "this processor has no AVX512_BF16" : "")
  }

  private func row(_ name: String, _ cells: String...) {
    let widths = [12, 26, 12]
    let padded = zip(cells, widths).map { pad($0, to: $1, onLeft: true) }
    say(
      ([pad(name, to: 26, onLeft: false)] + padded + ["  " + cells[3]]).joined(separator: " "))
  }
}

private func pad(_ text: String, to width: Int, onLeft: Bool) -> String {
  let space = String(repeating: " ", count: max(0, width - text.count))
  return onLeft ? space + text : text + space
}

private func milliseconds(_ value: Double?) -> String { value.map { "\(digits($0, 2)) ms" } ?? "-" }

/// a / b, nothing where one is missing.
private func ratio(_ a: Double?, _ b: Double?) -> String {
  if let a, let b { digits(a / b, 2) } else { "" }
}

private func digits(_ value: Double, _ count: Int) -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  _ = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.\(count)f", $0) }
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
