import ArgumentParser
import DataParallel
import Foundation
import Reports

struct BenchScaling: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Times a group's steps beside a single rank's and the model's prediction.",
    discussion: """
      All variants take turns in one run. The model adds, to a single rank's step on its share of the \
      batch, 2(m − 1)/m of the gradients over the interconnect as `srelu bench network` measures it.

        launch/hosts --hosts alpha:1,beta:1 bench scaling --architecture cnn
      """)

  @OptionGroup var options: StepOptions

  func run() throws {
    try options.measure(text) {
      try ScalingBenchmark($0, on: $1, steps: options.steps)
    }
  }

  private func text(_ result: ScalingBenchmark) -> String {
    func ms(_ value: Double) -> String { String(format: "%.2f ms", value) }
    var rows = [
      ["one rank, the whole batch", ms(result.loneMs)],
      ["one rank, its share of the batch", ms(result.shareMs)],
      ["the group, values travel during the passes", ms(result.stepMs)],
      ["the group, values travel afterwards", ms(result.afterwardsMs)],
      ["the group, one MPI_Allreduce", ms(result.allreduceMs)],
    ]
    if result.network != nil {
      rows.append(["the model, nothing overlaps", ms(result.predictedMs)])
    }
    let head =
      "\(result.architecture) \(result.activation), batch \(result.batchSize), "
      + "\(result.ranks) ranks on \(result.hosts) host\(result.hosts == 1 ? "" : "s")\n\n"
    var text = head + alignedTable([["step", "median"]] + rows)
    text += String(
      format: "\nefficiency: %.0f %% measured", 100 * result.efficiency)
    if let network = result.network {
      text += String(
        format:
          ", %.0f %% predicted; the predicted step differs by %+.0f %% from the one without overlap\n"
          + "network: α = %.1f µs, β = %.3f ns per byte", 100 * result.predictedEfficiency,
        100 * result.error, network.latency * 1e6, network.secondsPerByte * 1e9)
    }
    return text
  }
}
