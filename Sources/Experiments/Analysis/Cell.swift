/// An activation in a block: the trials that differ only in their seeds.
public struct Cell: Sendable {
  /// The activation, with every parameter.
  public let activation: ActivationSpec
  /// The block.
  public let block: Block
  /// Its ended trials, by rising seed: the order of ending must not affect the last bit of a mean.
  public let trials: [StudyResults.TrialResult]
  /// The test loss that every finished trial of the block reaches; nil where there are no epochs.
  public let commonLoss: Double?

  /// Returns the cells of these trials, in the order of their first appearance.
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

  /// The finished trials.
  public var finished: [StudyResults.TrialResult] { trials.filter(\.isFinished) }

  /// Counts the trials that ended with a status.
  public func count(_ status: TrialState) -> Int { trials.count { $0.summary.status == status } }

  /// Returns a measure's values for the finished trials, as measured, by rising seed.
  public func values(_ measure: Measure) -> [Double] {
    finished.compactMap { measure.value(of: $0, target: commonLoss) }
  }

  /// Returns a measure's statistics over the seeds; nil where no finished trial has it.
  public func statistics(_ measure: Measure) -> SampleStatistics? {
    SampleStatistics(values(measure))
  }

  /// Returns each epoch's statistics over the seeds that reached it, first to last; an epoch is nil
  /// where no seed has the value.
  public func curve(_ value: (EpochRecord) -> Double?) -> [SampleStatistics?] {
    let trials = finished.map(\.epochs)
    return (0..<(trials.map(\.count).max() ?? 0)).map { index in
      SampleStatistics(trials.compactMap { index < $0.count ? value($0[index]) : nil })
    }
  }

  /// Returns the finite values of a measure by seed, for comparisons seed by seed.
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
  /// Whether there are finished trials and all have the measure.
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
  /// The cells by data set and network, in the study's order.
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
  /// Groups the elements by a key, in the order in which each key first appears.
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
