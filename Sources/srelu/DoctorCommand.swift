import ArgumentParser
import Cluster
import DataParallel
import Foundation
import Reports
import Storage

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Checks this machine and this launch, and suggests a remedy for each problem.",
    discussion: """
      By itself it checks this machine; under a launcher it also prints the job's actual layout and \
      its problems:

        launch/local doctor --ranks
        launch/hosts --hosts alpha:8,beta:8 doctor --ranks
      """)

  @OptionGroup var data: DataOptions

  @Option(help: "The folder for results, checked for write access.")
  var outputDir = "runs"

  @Flag(help: "Print only the job's layout: rank, host, cores, group, interface.")
  var ranks = false

  @Option(help: "Ranks that train one trial together.")
  var ranksPerTrial = 1

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func validate() throws {
    try checkRange("ranks-per-trial", ranksPerTrial, 1...1_000_000)
  }

  func run() throws {
    guard Launcher.size > 1 || Launcher.isOpenMPI else {
      try Output.line(try report([RankPlace.here(rank: 0)], clashes: []))
      return
    }
    try Job.run { job in
      try StudyError.check(ranksPerTrial: ranksPerTrial, ranks: job.world.size)
      let places = try RankPlace.all(job.world, ranksPerTrial: ranksPerTrial)
      let clashes = try HostInterfaces.clashes(job.world)
      try job.say { try report(places, clashes: clashes) }
      return .done
    }
  }

  private func report(_ places: [RankPlace], clashes: [String]) throws -> String {
    let machine =
      ranks
      ? []
      : MachineChecks.all(
        outputDirectory: outputDir, search: data.search, version: Version.number)
    let examination = Examination(
      findings: machine + RankChecks.all(places, ranksPerTrial: ranksPerTrial, clashes: clashes),
      ranks: places)
    return json ? try JSONText.pretty(examination) : examination.text
  }
}

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
    lines += findings.isEmpty ? [""] : ["", ""]
    let rows = ranks.map { place in
      [
        "\(place.rank)", place.host, place.processors, "\(place.topology.cores)", "\(place.group)",
        place.interfaces.isEmpty ? "–" : place.interfaces.joined(separator: " "),
      ]
    }
    let map = alignedTable([["rank", "host", "processors", "cores", "group", "interface"]] + rows)
    return lines.joined(separator: "\n") + map.dropLast()
  }
}
