import Experiments

/// A journal line: one recorded event.
public struct JournalRecord: Hashable, Sendable {
  /// The line's number, from 1 without gaps.
  public var sequence: Int
  /// The time of writing, in ISO 8601.
  public var time: String
  /// The event.
  public var event: StudyEvent

  /// A record from its parts.
  public init(sequence: Int, time: String, event: StudyEvent) {
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
    case seconds, search, configuration, values
  }

  /// The event's name in a line; an ended trial's is its ending.
  private enum Kind: String {
    case opened, environment, proposed, started, resumed, epoch, interrupted, retried, note, closed
  }

  /// The version of the line format. Version 3 adds the event `retried`. `proposed` came later, and stands
  /// only in the journals of searches that learn from results, which earlier programs don't have.
  private static let format = 3
  private static let readableFormats = 2...format

  /// Encodes the line's keys; `epoch` events have the columns of `progress.csv`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(sequence, forKey: .sequence)
    try container.encode(time, forKey: .time)
    try container.encode(name, forKey: .event)
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
    case .proposed(let proposal):
      try container.encode(proposal.search, forKey: .search)
      try container.encode(proposal.index, forKey: .configuration)
      try container.encode(proposal.values, forKey: .values)
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
      // Flattened into the line's object.
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
    case .waitingForFolder, .progress, .stopping: break
    }
  }

  /// Decodes the keys that `encode` writes; an ended trial's event and its result must agree.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    sequence = try container.decode(Int.self, forKey: .sequence)
    time = try container.decode(String.self, forKey: .time)
    let name = try container.decode(String.self, forKey: .event)
    if TrialState(rawValue: name)?.isEnding == true {
      event = .ended(try Self.summary(container, endedAs: name))
      return
    }
    guard let kind = Kind(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        forKey: .event, in: container, debugDescription: "the event \(name) isn't known")
    }
    switch kind {
    case .opened: event = try Self.opened(container)
    case .environment:
      event = .environment(
        try container.decode([String: String].self, forKey: .environment))
    case .proposed:
      event = .proposed(
        SearchProposal(
          search: try container.decode(String.self, forKey: .search),
          index: try container.decode(Int.self, forKey: .configuration),
          values: try container.decode([String: Double].self, forKey: .values)))
    case .started:
      event = .started(
        trial: try container.decode(String.self, forKey: .trial),
        group: try container.decode(Int.self, forKey: .group),
        ranks: try container.decode(RankCount.self, forKey: .ranks).value)
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
    }
  }

  private static func summary(
    _ container: KeyedDecodingContainer<CodingKeys>, endedAs name: String
  ) throws -> TrialSummary {
    let summary = try container.decode(TrialSummary.self, forKey: .result)
    guard summary.status.rawValue == name else {
      throw DecodingError.dataCorruptedError(
        forKey: .event, in: container,
        debugDescription: "event \(name), but the result is \(summary.status.rawValue)")
    }
    guard RankCount.possible.contains(summary.ranks) else {
      throw DecodingError.dataCorruptedError(
        forKey: .result, in: container, debugDescription: "\(summary.ranks) ranks")
    }
    return summary
  }

  /// A plausible number of ranks: anyone may have written a journal file.
  private struct RankCount: Decodable {
    static let possible = 0...1 << 24
    let value: Int

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      value = try container.decode(Int.self)
      guard Self.possible.contains(value) else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "\(value) ranks")
      }
    }
  }

  private var name: String {
    get throws {
      let kind: Kind
      switch event {
      case .opened: kind = .opened
      case .environment: kind = .environment
      case .proposed: kind = .proposed
      case .started: kind = .started
      case .epoch: kind = .epoch
      case .ended(let summary): return summary.status.rawValue
      case .resumed: kind = .resumed
      case .interrupted: kind = .interrupted
      case .retried: kind = .retried
      case .note: kind = .note
      case .closed: kind = .closed
      case .waitingForFolder, .progress, .stopping:
        throw EncodingError.invalidValue(
          event, .init(codingPath: [], debugDescription: "the journal doesn't keep this event"))
      }
      return kind.rawValue
    }
  }

  private static func opened(
    _ container: KeyedDecodingContainer<CodingKeys>
  ) throws -> StudyEvent {
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
