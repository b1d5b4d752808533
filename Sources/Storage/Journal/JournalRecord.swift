import Experiments
import Support

/// What a journal's line tells.
public enum JournalEvent: Hashable, Sendable {
  /// A coordinator began to work on the study.
  /// - `digest`: `StudyConfig.digest`; `trials`: how many the study has; `groups` of
  ///   `ranksPerTrial` ranks each train them; `predicted`: seconds that it is thought to take.
  case opened(
    study: String, digest: String, trials: Int, groups: Int, ranksPerTrial: Int,
    predicted: Double? = nil)
  /// What the run is made with: versions, machine, data, by name.
  case environment([String: String])
  /// A trial was handed to a group, which may be made of several: it has so many ranks.
  case started(trial: String, group: Int, ranks: Int = 1)
  /// A trial that was started goes on after a step, in which epochs as many as `epoch` were finished.
  /// The lines of these epochs follow.
  case resumed(trial: String, step: Int, epoch: Int)
  /// A running trial finished an epoch.
  case epoch(trial: String, record: EpochRecord)
  /// A trial ended: finished, failed, stopped or skipped, as its summary says.
  case ended(TrialSummary)
  /// A group gave a trial up, whose state is kept: it waits again.
  case interrupted(trial: String)
  /// A trial that failed in an earlier run is to be run again, from its beginning: it waits.
  case retried(trial: String)
  /// Something went wrong and was mended.
  case note(trial: String?, text: String)
  /// The coordinator left in order, with the code that the process leaves with, after so many
  /// seconds.
  case closed(code: Int, seconds: Double, predicted: Double?)
}

/// One line of a journal.
public struct JournalRecord: Hashable, Sendable {
  /// Counts the lines from 1 without a gap.
  public var sequence: Int
  /// When it was written, in ISO 8601.
  public var time: String
  /// What happened.
  public var event: JournalEvent

  /// A line from its parts.
  public init(sequence: Int, time: String, event: JournalEvent) {
    self.sequence = sequence
    self.time = time
    self.event = event
  }
}

extension JournalRecord: Codable {
  private enum CodingKeys: String, CodingKey {
    case format, sequence = "seq", time, event, study, digest, trials, groups
    case ranksPerTrial = "ranks_per_trial"
    case trial, group, epoch, result, ranks, step, text, code, environment
    case predicted = "predicted_seconds"
    case seconds
  }

  private enum Kind: String, Codable {
    case opened, environment, started, resumed, epoch, finished, failed, stopped, skipped,
      interrupted, retried, note
    case closed
  }

  /// The version of the lines' format. 3 has the event `retried`, which 2 hadn't.
  private static let format = 3
  private static let readableFormats = 2...format

  /// Writes the line's keys, `epoch` events with the columns of `progress.csv`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(sequence, forKey: .sequence)
    try container.encode(time, forKey: .time)
    try container.encode(kind, forKey: .event)
    switch event {
    case .opened(let study, let digest, let trials, let groups, let ranksPerTrial, let predicted):
      try container.encode(Self.format, forKey: .format)
      try container.encode(study, forKey: .study)
      try container.encode(digest, forKey: .digest)
      try container.encode(trials, forKey: .trials)
      try container.encode(groups, forKey: .groups)
      try container.encode(ranksPerTrial, forKey: .ranksPerTrial)
      try container.encodeIfPresent(predicted, forKey: .predicted)
    case .environment(let values): try container.encode(values, forKey: .environment)
    case .started(let trial, let group, let ranks):
      try container.encode(trial, forKey: .trial)
      try container.encode(group, forKey: .group)
      try container.encode(ranks, forKey: .ranks)
    case .resumed(let trial, let step, let epoch):
      try container.encode(trial, forKey: .trial)
      try container.encode(step, forKey: .step)
      try container.encode(epoch, forKey: .epoch)
    case .epoch(let trial, let record):
      try container.encode(trial, forKey: .trial)
      // Its keys stand in the line itself.
      try record.encode(to: encoder)
    case .ended(let summary):
      try container.encode(summary.id, forKey: .trial)
      try container.encode(summary, forKey: .result)
    case .interrupted(let trial), .retried(let trial):
      try container.encode(trial, forKey: .trial)
    case .note(let trial, let text):
      try container.encodeIfPresent(trial, forKey: .trial)
      try container.encode(text, forKey: .text)
    case .closed(let code, let seconds, let predicted):
      try container.encode(code, forKey: .code)
      try container.encode(seconds, forKey: .seconds)
      try container.encodeIfPresent(predicted, forKey: .predicted)
    }
  }

  /// Reads the keys that `encode` writes; a trial that ended says how in its result too, and both
  /// must agree.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    sequence = try container.decode(Int.self, forKey: .sequence)
    time = try container.decode(String.self, forKey: .time)
    let kind = try container.decode(Kind.self, forKey: .event)
    switch kind {
    case .opened: event = try Self.opened(container)
    case .environment:
      event = .environment(
        try container.decode([String: String].self, forKey: .environment))
    case .started:
      event = .started(
        trial: try container.decode(String.self, forKey: .trial),
        group: try container.decode(Int.self, forKey: .group),
        ranks: try container.decode(Int.self, forKey: .ranks))
    case .resumed:
      event = .resumed(
        trial: try container.decode(String.self, forKey: .trial),
        step: try container.decode(Int.self, forKey: .step),
        epoch: try container.decode(Int.self, forKey: .epoch))
    case .interrupted:
      event = .interrupted(trial: try container.decode(String.self, forKey: .trial))
    case .retried:
      event = .retried(trial: try container.decode(String.self, forKey: .trial))
    case .note:
      event = .note(
        trial: try container.decodeIfPresent(String.self, forKey: .trial),
        text: try container.decode(String.self, forKey: .text))
    case .closed:
      event = .closed(
        code: try container.decode(Int.self, forKey: .code),
        seconds: try container.decode(Double.self, forKey: .seconds),
        predicted: try container.decodeIfPresent(Double.self, forKey: .predicted))
    case .epoch:
      event = .epoch(
        trial: try container.decode(String.self, forKey: .trial),
        record: try EpochRecord(from: decoder))
    case .finished, .failed, .stopped, .skipped:
      let summary = try container.decode(TrialSummary.self, forKey: .result)
      guard summary.status.rawValue == kind.rawValue else {
        throw DecodingError.dataCorruptedError(
          forKey: .event, in: container,
          debugDescription: "event \(kind.rawValue), but the result is \(summary.status.rawValue)")
      }
      event = .ended(summary)
    }
  }

  private var kind: Kind {
    switch event {
    case .opened: .opened
    case .environment: .environment
    case .started: .started
    case .epoch: .epoch
    case .ended(let summary):
      switch summary.status {
      case .finished: .finished
      case .failed: .failed
      case .stopped: .stopped
      case .skipped: .skipped
      }
    case .resumed: .resumed
    case .interrupted: .interrupted
    case .retried: .retried
    case .note: .note
    case .closed: .closed
    }
  }

  private static func opened(
    _ container: KeyedDecodingContainer<CodingKeys>
  ) throws -> JournalEvent {
    let format = try container.decode(Int.self, forKey: .format)
    guard readableFormats.contains(format) else {
      throw DecodingError.dataCorruptedError(
        forKey: .format, in: container,
        debugDescription: "format \(format), and this program reads 2 to \(Self.format)")
    }
    return .opened(
      study: try container.decode(String.self, forKey: .study),
      digest: try container.decode(String.self, forKey: .digest),
      trials: try container.decode(Int.self, forKey: .trials),
      groups: try container.decode(Int.self, forKey: .groups),
      ranksPerTrial: try container.decode(Int.self, forKey: .ranksPerTrial),
      predicted: try container.decodeIfPresent(Double.self, forKey: .predicted))
  }
}
