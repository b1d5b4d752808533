import ArgumentParser
import Cluster
import Foundation
import Reports

struct BenchNetwork: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "network",
    abstract: "Measures the interconnect of a job's hosts: α and β, for srelu plan.",
    discussion: """
      The first rank of each host sends to the next host while it receives from the previous one. A \
      message of n bytes takes α + n·β:

        launch/hosts --hosts alpha:8,beta:8 bench network
      """)

  @OptionGroup var options: RoundOptions

  func run() throws {
    try Job.run { job in
      let probe = try InterconnectProbe(job.world, rounds: options.rounds)
      return try job.say(probe, json: options.json, text)
    }
  }

  private func text(_ probe: InterconnectProbe) -> String {
    guard let model = probe.model else {
      return "all ranks are on one host: there is no network to measure"
    }
    let rows = probe.messages.map { message in
      let predicted = model.latency + Double(message.bytes) * model.secondsPerByte
      return [
        "\(message.bytes)", String(format: "%.1f", message.seconds * 1e6),
        String(format: "%.1f", predicted * 1e6),
        String(format: "%+.0f %%", 100 * (predicted / message.seconds - 1)),
      ]
    }
    return alignedTable([["bytes", "µs", "α + nβ", "error"]] + rows)
      + String(
        format: "\n%d hosts: α = %.1f µs, β = %.3f ns per byte (%.2f GB/s each way)\n"
          + "for a plan: --network %.1f,%.3f", probe.hosts, model.latency * 1e6,
        model.secondsPerByte * 1e9, 1e-9 / max(model.secondsPerByte, 1e-15), model.latency * 1e6,
        model.secondsPerByte * 1e9)
  }
}
