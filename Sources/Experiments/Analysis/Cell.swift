/// An activation in a block: the trials that differ in their seeds alone.
public struct Cell: Sendable {
  /// The activation with every parameter.
  public let activation: ActivationSpec
  /// Everything else of its trials.
  public let block: Block
  /// Those that have ended, by rising seed: in which order they did must not reach the last bit of a mean.
  public let trials: [StudyResults.TrialResult]
  /// The test loss that every finished trial of the block reaches; nil where there are no epochs.
  public let commonLoss: Double?

  /// The cells of these trials, in the order in which each first comes up.
  public static func all(of trials: [StudyResults.TrialResult]) -> [Cell] {
    let losses = Dictionary(grouping: trials.filter(\.isFinished)) { Block($0.summary) }
      .mapValues { trials -> Double? in
        let best = trials.compactMap { trial in trial.epochs.map(\.testLoss).min() }
        return best.count == trials.count ? best.max() : nil
      }
    struct Key: Hashable {
      var activation: ActivationSpec
      var block: Block
    }
    let groups = trials.grouped {
      Key(activation: $0.summary.activationSpec, block: Block($0.summary))
    }
    return groups.map { key, trials in
      Cell(
        activation: key.activation, block: key.block,
        trials: trials.sorted { $0.summary.seed < $1.summary.seed },
        commonLoss: losses[key.block] ?? nil)
    }
  }

  /// The trials that finished.
  public var finished: [StudyResults.TrialResult] { trials.filter(\.isFinished) }

  /// How many trials ended so.
  public func count(_ status: TrialState) -> Int { trials.count { $0.summary.status == status } }

  /// A measure of its finished trials as it was measured, by rising seed.
  public func values(_ measure: Measure) -> [Double] {
    finished.compactMap { measure.value(of: $0, target: commonLoss) }
  }

  /// A measure over its seeds; nil where no finished trial has it.
  public func statistics(_ measure: Measure) -> SampleStatistics? {
    SampleStatistics(values(measure))
  }

  /// What each epoch measured, over its seeds: for every epoch that one of them reached, first to last; nil
  /// where none has it.
  public func curve(_ value: (EpochRecord) -> Double?) -> [SampleStatistics?] {
    let trials = finished.map(\.epochs)
    return (0..<(trials.map(\.count).max() ?? 0)).map { index in
      SampleStatistics(trials.compactMap { index < $0.count ? value($0[index]) : nil })
    }
  }

  /// The finite values of a measure by seed, as seeds are compared by them.
  func comparable(_ measure: Measure) -> [UInt64: Double] {
    var values: [UInt64: Double] = [:]
    for trial in finished {
      guard let value = measure.value(of: trial, target: commonLoss), value.isFinite else {
        continue
      }
      values[trial.summary.seed] = value
    }
    return values
  }
}

extension [Cell] {
  /// Whether every finished trial has a measure, and there is one.
  package func isMeasured(_ measure: Measure) -> Bool {
    let trials = flatMap(\.finished)
    return !trials.isEmpty && trials.allSatisfy { measure.value(of: $0) != nil }
  }
}

/// The cells of one data set and network.
public struct CellGroup: Sendable {
  /// The data set's name.
  public let dataset: String
  /// The network.
  public let architecture: ArchitectureSpec
  /// The cells, in the study's order.
  public let cells: [Cell]

  /// `mnist × ffnn`.
  public var label: String { "\(dataset) × \(architecture.label)" }
}

extension StudyResults {
  /// Every cell by data set and network, in the study's order.
  public var groups: [CellGroup] {
    struct Key: Hashable {
      var dataset: String
      var architecture: ArchitectureSpec
    }
    return Cell.all(of: trials).grouped {
      Key(dataset: $0.block.dataset, architecture: $0.block.architecture)
    }.map { CellGroup(dataset: $0.dataset, architecture: $0.architecture, cells: $1) }
  }
}

extension Sequence {
  /// The elements by a key of theirs, in the order in which each key first comes up.
  package func grouped<Key: Hashable>(
    by key: (Element) -> Key
  ) -> [(key: Key, elements: [Element])] {
    var indices: [Key: Int] = [:]
    var groups: [(key: Key, elements: [Element])] = []
    for element in self {
      let key = key(element)
      if let index = indices[key] {
        groups[index].elements.append(element)
      } else {
        indices[key] = groups.count
        groups.append((key, [element]))
      }
    }
    return groups
  }
}
