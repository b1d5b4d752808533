import ArgumentParser
import DataParallel
import Foundation
import NeuralNet
import Reports

struct BenchAllreduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allreduce",
    abstract: "Times the averaging of gradients over the ranks.",
    discussion: """
      A plain allreduce of several lengths, and the paper's networks' whole update, Adam included, by \
      one allreduce:

        mpirun -np 2 srelu bench allreduce

      GB/s is the message's bytes over the median time. Bus GB/s counts the least that each rank has \
      to send, 2(n − 1)/n of the message, and is comparable between numbers of ranks.
      """)

  @OptionGroup var options: RoundOptions

  func run() throws {
    try Job.run { job in
      let set = try job.agreeing { try InstructionSet.chosen(for: []) }
      let result = try AllreduceBenchmark(
        on: RankContext(job.world, compute: Compute(set)), rounds: options.rounds)
      return try job.say(result, json: options.json, text)
    }
  }

  private func text(_ result: AllreduceBenchmark) -> String {
    guard result.ranks > 1 else {
      return "1 rank: there is nothing to average; start it with "
        + "`mpirun -np 2 srelu bench allreduce`"
    }
    let heads = ["message", "exchange", "KB", "median ms", "shortest ms", "GB/s", "bus GB/s"]
    let rows = result.messages.map { message in
      [
        message.name, message.exchange.rawValue,
        String(format: "%.1f", Double(message.bytes) / 1e3),
        String(format: "%.3f", message.medianMs), String(format: "%.3f", message.minMs),
        String(format: "%.2f", message.algorithmGBs), String(format: "%.2f", message.busGBs),
      ]
    }
    return "\(result.ranks) ranks, \(result.rounds) rounds of each message\n\n"
      + alignedTable([heads] + rows).dropLast()
  }
}
