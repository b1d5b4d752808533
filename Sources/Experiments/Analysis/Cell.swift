/// An activation in a block: the trials that differ only in their seeds.
package struct Cell: Sendable {
  package let activation: ActivationSpec
  package let block: Block
  /// Its ended trials, by rising seed: the order of ending must not affect the last bit of a mean.
  package let trials: [StudyResults.TrialResult]
  /// The test loss that every finished trial of the block reaches; nil where there are no epochs.
  package let commonLoss: Double?

  /// Returns the cells of these trials, in the order of their first appearance.
  package static func all(of trials: [StudyResults.TrialResult]) -> [Cell] {
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

  package var finished: [StudyResults.TrialResult] { trials.filter(\.isFinished) }

  package func count(_ status: TrialState) -> Int { trials.count { $0.summary.status == status } }

  /// Returns a measure's values for the finished trials, as measured, by rising seed.
  package func values(_ measure: Measure) -> [Double] {
    finished.compactMap { measure.value(of: $0, target: commonLoss) }
  }

  /// Returns a measure's statistics over the seeds; nil where no finished trial has it.
  package func statistics(_ measure: Measure) -> SampleStatistics? {
    SampleStatistics(values(measure))
  }

  /// Returns each epoch's statistics over the seeds that reached it, first to last; an epoch is nil
  /// where no seed has the value.
  package func curve(_ value: (EpochRecord) -> Double?) -> [SampleStatistics?] {
    let trials = finished.map(\.epochs)
    return (0..<(trials.map(\.count).max() ?? 0)).map { index in
      SampleStatistics(trials.compactMap { index < $0.count ? value($0[index]) : nil })
    }
  }

  /// Returns by how much this cell is better in a measure than the mean of others, for each seed that
  /// all of them finished.
  func advantages(over others: [Cell], in measure: Measure) -> [Double] {
    let rivals = others.map { $0.comparable(measure) }
    return comparable(measure).sorted { $0.key < $1.key }.compactMap { seed, value in
      let theirs = rivals.compactMap { $0[seed] }
      guard !theirs.isEmpty, theirs.count == others.count else { return nil }
      return measure.advantage(of: value, over: theirs.reduce(0, +) / Double(theirs.count))
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
package struct CellGroup: Sendable {
  package let dataset: String
  package let architecture: ArchitectureSpec
  /// The cells, in the study's order.
  package let cells: [Cell]

  /// `mnist × ffnn`.
  package var label: String { "\(dataset) × \(architecture.label)" }
}

extension StudyResults {
  /// The cells by data set and network, in the study's order.
  package var groups: [CellGroup] {
    Cell.all(of: trials).grouped(by: \.block.kind).map {
      CellGroup(dataset: $0.dataset, architecture: $0.architecture, cells: $1)
    }
  }
}

extension Sequence {
  /// The first element of each key, in order.
  package func unique<Key: Hashable>(by key: (Element) -> Key) -> [Element] {
    var seen: Set<Key> = []
    return filter { seen.insert(key($0)).inserted }
  }

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
