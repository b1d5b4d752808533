import Experiments

/// A journal line: one recorded event.
package struct JournalRecord: Hashable, Sendable {
  /// The line's number, from 1 without gaps.
  package var sequence: Int
  /// The time of writing, in ISO 8601.
  package var time: String
  package var event: StudyEvent

  package init(sequence: Int, time: String, event: StudyEvent) {
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
  private enum Kind: String, Encodable {
    case opened, environment, proposed, started, resumed, epoch, interrupted, retried, note, closed
  }

  /// The version of the line format. Version 3 adds the event `retried`. `proposed` came later, and stands
  /// only in the journals of searches that learn from results, which earlier programs don't have.
  private static let format = 3
  private static let readableFormats = 2...format
  /// Anyone may have written a journal file.
  private static let plausibleRanks = 0...1 << 24

  /// Encodes the line's keys; `epoch` events have the columns of `progress.csv`.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(sequence, forKey: .sequence)
    try container.encode(time, forKey: .time)
    func begin(_ kind: Kind, _ trial: String? = nil) throws {
      try container.encode(kind, forKey: .event)
      try container.encodeIfPresent(trial, forKey: .trial)
    }
    switch event {
    case .opened(let study, let digest, let trials, let groups, let ranksPerTrial, let predicted):
      try begin(.opened)
      try container.encode(Self.format, forKey: .format)
      try container.encode(study, forKey: .study)
      try container.encode(digest, forKey: .digest)
      try container.encode(trials, forKey: .trials)
      try container.encode(groups, forKey: .groups)
      try container.encode(ranksPerTrial, forKey: .ranksPerTrial)
      try container.encodeIfPresent(predicted, forKey: .predicted)
    case .environment(let values):
      try begin(.environment)
      try container.encode(values, forKey: .environment)
    case .proposed(let proposal):
      try begin(.proposed)
      try container.encode(proposal.search, forKey: .search)
      try container.encode(proposal.index, forKey: .configuration)
      try container.encode(proposal.values, forKey: .values)
    case .started(let trial, let group, let ranks):
      try begin(.started, trial)
      try container.encode(group, forKey: .group)
      try container.encode(ranks, forKey: .ranks)
    case .resumed(let trial, let step, let epoch):
      try begin(.resumed, trial)
      try container.encode(step, forKey: .step)
      try container.encode(epoch, forKey: .epoch)
    case .epoch(let trial, let record):
      try begin(.epoch, trial)
      // Flattened into the line's object.
      try record.encode(to: encoder)
    case .ended(let summary):
      try container.encode(summary.status, forKey: .event)
      try container.encode(summary.id, forKey: .trial)
      try container.encode(summary, forKey: .result)
    case .interrupted(let trial): try begin(.interrupted, trial)
    case .retried(let trial): try begin(.retried, trial)
    case .note(let trial, let text):
      try begin(.note, trial)
      try container.encode(text, forKey: .text)
    case .closed(let code, let seconds, let predicted):
      try begin(.closed)
      try container.encode(code, forKey: .code)
      try container.encode(seconds, forKey: .seconds)
      try container.encodeIfPresent(predicted, forKey: .predicted)
    case .waitingForFolder, .progress, .stopping:
      throw EncodingError.invalidValue(
        event, .init(codingPath: [], debugDescription: "the journal doesn't keep this event"))
    }
  }

  /// Decodes the keys that `encode` writes; an ended trial's event and its result must agree.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys) throws -> Value {
      try container.decode(Value.self, forKey: key)
    }
    func require(_ isRight: Bool, _ key: CodingKeys, orElse what: @autoclosure () -> String) throws
    {
      if isRight { return }
      throw DecodingError.dataCorruptedError(
        forKey: key, in: container, debugDescription: what())
    }
    func predicted() throws -> Double? {
      try container.decodeIfPresent(Double.self, forKey: .predicted)
    }
    sequence = try value(.sequence)
    time = try value(.time)
    let name: String = try value(.event)
    if TrialState(rawValue: name)?.isEnding == true {
      let summary: TrialSummary = try value(.result)
      let (status, ranks) = (summary.status.rawValue, summary.ranks)
      try require(status == name, .event, orElse: "event \(name), but the result is \(status)")
      try require(Self.plausibleRanks.contains(ranks), .result, orElse: "\(ranks) ranks")
      event = .ended(summary)
      return
    }
    switch Kind(rawValue: name) {
    case .opened:
      let format: Int = try value(.format)
      try require(
        Self.readableFormats.contains(format), .format,
        orElse: "format \(format), and this program reads 2 to \(Self.format)")
      event = .opened(
        study: try value(.study), digest: try value(.digest), trials: try value(.trials),
        groups: try value(.groups), ranksPerTrial: try value(.ranksPerTrial),
        predicted: try predicted())
    case .environment: event = .environment(try value(.environment))
    case .proposed:
      event = .proposed(
        SearchProposal(
          search: try value(.search), index: try value(.configuration), values: try value(.values)))
    case .started:
      let ranks: Int = try value(.ranks)
      try require(Self.plausibleRanks.contains(ranks), .ranks, orElse: "\(ranks) ranks")
      event = .started(trial: try value(.trial), group: try value(.group), ranks: ranks)
    case .resumed:
      event = .resumed(trial: try value(.trial), step: try value(.step), epoch: try value(.epoch))
    case .interrupted: event = .interrupted(trial: try value(.trial))
    case .retried: event = .retried(trial: try value(.trial))
    case .note:
      let trial = try container.decodeIfPresent(String.self, forKey: .trial)
      event = .note(trial: trial, text: try value(.text))
    case .closed:
      event = .closed(
        code: try value(.code), seconds: try value(.seconds), predicted: try predicted())
    case .epoch: event = .epoch(trial: try value(.trial), record: try EpochRecord(from: decoder))
    case nil:
      throw DecodingError.dataCorruptedError(
        forKey: .event, in: container, debugDescription: "the event \(name) isn't known")
    }
  }
}
