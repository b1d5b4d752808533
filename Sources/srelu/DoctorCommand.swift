import ArgumentParser
import Experiments
import Foundation
import MPI

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Checks this machine and this launch, and says what to do about what it finds.",
    discussion: """
      Alone it looks at this machine; under mpirun it also prints where every rank runs:

        mpirun -np 2 srelu doctor
      """)

  @OptionGroup var data: DataOptions

  @Option(help: "The folder that results would be written to.")
  var outputDir = "runs"

  @Flag(help: "One JSON object instead of text.")
  var json = false

  func run() throws {
    guard Launcher.size > 1 || Launcher.isOpenMPI else {
      print(report(ranks: [RankPlace.here(rank: 0)]))
      return
    }
    try Job.run { world in
      let ranks = try world.gather(message: RankPlace.here(rank: world.rank), root: 0)
      if world.rank == 0 { print(report(ranks: ranks)) }
      return .done
    }
  }

  private func report(ranks: [RankPlace]) -> String {
    let examination = Examination(
      findings: MachineChecks.all(outputDirectory: outputDir, search: data.search)
        + RankChecks.all(ranks),
      ranks: ranks)
    return json ? JSONText.pretty(examination) : examination.text
  }
}

/// What the doctor found.
struct Examination: Codable {
  var findings: [Finding]
  var ranks: [RankPlace]

  var text: String {
    let width = findings.map(\.subject.count).max() ?? 0
    var lines = findings.flatMap { finding -> [String] in
      let subject = finding.subject.padding(toLength: width, withPad: " ", startingAt: 0)
      let line = "\(finding.verdict.mark)  \(subject)  \(finding.detail)"
      let indent = String(repeating: " ", count: width + 6)
      return [line] + (finding.advice.map { [indent + "→ " + $0] } ?? [])
    }
    lines.append("")
    lines += ranks.map { "rank \($0.rank)  \($0.host)  processors \($0.processors)" }
    return lines.joined(separator: "\n")
  }
}

/// One thing that was looked at.
struct Finding: Codable {
  enum Verdict: String, Codable {
    case ok, warning, problem

    var mark: String {
      switch self {
      case .ok: "ok     "
      case .warning: "warning"
      case .problem: "PROBLEM"
      }
    }
  }

  var subject: String
  var verdict: Verdict
  var detail: String
  /// What to do about it.
  var advice: String?

  init(_ subject: String, _ verdict: Verdict = .ok, _ detail: String, advice: String? = nil) {
    self.subject = subject
    self.verdict = verdict
    self.detail = detail
    self.advice = advice
  }
}

/// Where a rank runs.
struct RankPlace: Codable {
  var rank: Int
  var host: String
  var processors: String

  static func here(rank: Int) -> RankPlace {
    RankPlace(
      rank: rank, host: ProcessInfo.processInfo.hostName,
      processors: Launcher.allowedProcessors)
  }
}
