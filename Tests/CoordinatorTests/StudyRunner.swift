import Coordinator
import DataParallel
import Experiments
import Foundation
import Support
import Synchronization

/// A study whose groups are threads of this process.
struct StudyRunner {
  typealias Train = @Sendable (Trial, TrialReporter) throws -> TrainedTrial

  var groups = 2
  var fileSystem: any FileSystem = POSIXFileSystem()
  /// Whether trials that failed in earlier runs are run again.
  var retriesFailed = true
  /// Where a copy of the folder goes, as it is when `dies` is true of an event: what is left if the
  /// coordinator is killed then.
  var death: (copy: String, dies: @Sendable (StudyEvent) -> Bool)?
  let stop = StopFlag()
  let exchange: MemoryExchange
  /// What the observer saw.
  let log = Log()

  /// Events with their snapshots, in order.
  final class Log: Sendable {
    private let entries = Mutex<[(event: StudyEvent, snapshot: StudyCounts)]>([])
    func append(_ event: StudyEvent, _ snapshot: StudyCounts) {
      entries.withLock { $0.append((event, snapshot)) }
    }
    var all: [(event: StudyEvent, snapshot: StudyCounts)] { entries.withLock { $0 } }
    /// How often each trial of these, by its seed, came up in an event that `pick` picks its id from.
    func counts(
      of seeds: Range<UInt64> = 0..<40, _ pick: (StudyEvent) -> String?
    ) -> [UInt64: Int] {
      let seeds = Dictionary(uniqueKeysWithValues: seeds.map { (trial($0).id, $0) })
      return Dictionary(
        all.compactMap { pick($0.event) }.compactMap { seeds[$0] }.map { ($0, 1) },
        uniquingKeysWith: +)
    }
  }

  init(groups: Int = 2, fileSystem: any FileSystem = POSIXFileSystem()) {
    self.groups = groups
    self.fileSystem = fileSystem
    exchange = MemoryExchange(groups: groups)
  }

  /// Runs a study with a trial for each seed; the costs are the seeds.
  /// - Returns: what the coordinator and each group came to.
  func run(
    in folder: String, name: String = "study", seeds: Range<UInt64>,
    skipped: [UInt64: String] = [:], train: @escaping Train
  ) throws -> (coordinator: StudySummary, groups: [StudySummary]) {
    let log = log
    let death = death
    let obstacles = Dictionary(uniqueKeysWithValues: skipped.map { (trial($0).id, $1) })
    let plan = StudyPlan(
      config: study(name, seeds: Array(seeds)), folder: folder,
      trials: seeds.map { QueuedTrial(trial($0), cost: Double($0)) },
      retriesFailed: retriesFailed, obstacle: { obstacles[$0.id] },
      observer: { event, snapshot in
        log.append(event, snapshot)
        if let death, death.dies(event), !FileManager.default.fileExists(atPath: death.copy) {
          try? FileManager.default.copyItem(atPath: folder, toPath: death.copy)
        }
      })
    return try runInThreads(plan, on: exchange, stop: stop, over: fileSystem, train: train)
  }
}

/// Runs a study whose groups are threads of this process.
/// - Returns: what the coordinator and each group came to.
func runInThreads(
  _ plan: StudyPlan, on exchange: MemoryExchange, stop: StopFlag,
  over fileSystem: any FileSystem = POSIXFileSystem(), train: @escaping StudyRunner.Train
) throws -> (coordinator: StudySummary, groups: [StudySummary]) {
  let leading = JoinableThread(name: "leader") {
    try StudyCoordinator(plan, line: exchange, ranksPerTrial: 1, stop: stop, clock: .system)
      .run(over: fileSystem)
  }
  let working = (0..<exchange.groups).map { group in
    JoinableThread(name: "group \(group)") {
      try StudyRank(line: exchange.end(of: group), group: SoloGroup(), clock: .system)
        .run(isFatal: { $0 is FatalFault }, train: train)
    }
  }
  return (try leading.join(), try working.map { try $0.join() })
}

/// An error that a group can't go on after.
struct FatalFault: Error {}

/// An error that fails a trial.
struct Fault: Error, CustomStringConvertible {
  var description: String
}

/// The bytes that stand for the model of a trial.
func model(_ seed: UInt64) -> [UInt8] {
  (0..<200).map { UInt8(truncatingIfNeeded: seed &* 7 &+ $0) }
}

/// Trains by looking up what the seed gives, with a report of both epochs.
@Sendable func pretendToTrain(_ trial: Trial, _ reporter: TrialReporter) throws -> TrainedTrial {
  let outcome = outcome(trial.seed)
  try reporter.progress(
    TrialProgress(epoch: 1, fraction: 0.25, loss: 2, accuracy: 0.5, samplesPerSecond: 1000))
  for record in outcome.epochs { try reporter.epochFinished(record) }
  return TrainedTrial(outcome: outcome, model: model(trial.seed))
}

extension StudyEvent {
  /// The trial that was dispatched, where that is what happened.
  var startedTrial: String? {
    if case .started(let trial, _, _) = self { trial } else { nil }
  }

  /// The trial that ended so, where that is what happened.
  func trial(endedAs state: TrialState) -> String? {
    if case .ended(let summary) = self, summary.status == state { summary.id } else { nil }
  }
}
