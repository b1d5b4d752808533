import CounterRandom

extension Table {
  /// Rows to train and to test on, in order: of each class the same share is held out, drawn by the
  /// seed. The test set's size is the share of all rows, rounded; classes get the whole part of
  /// their share and then, the largest remainder first, one more.
  public func split(seed: UInt64, testFraction: Double) -> (train: [Int], test: [Int]) {
    precondition(testFraction > 0 && testFraction < 1, "test fraction \(testFraction)")
    let members = classNames.indices.map { number in
      labels.indices.filter { labels[$0] == number }
    }
    let shares = members.map { Double($0.count) * testFraction }
    var sizes = shares.map { Int($0) }
    let wanted = Int((Double(rows) * testFraction).rounded())
    let byRemainder = shares.indices.sorted {
      (shares[$0] - Double(sizes[$0]), -$0) > (shares[$1] - Double(sizes[$1]), -$1)
    }
    for index in byRemainder.prefix(max(0, wanted - sizes.reduce(0, +))) { sizes[index] += 1 }
    var isTest = [Bool](repeating: false, count: rows)
    for (number, rows) in members.enumerated() {
      var order = rows.map { UInt32($0) }
      var stream = RandomStream(seed: seed, purpose: .split, first: UInt32(number))
      stream.shuffle(&order)
      for row in order.prefix(sizes[number]) { isTest[Int(row)] = true }
    }
    return (labels.indices.filter { !isTest[$0] }, labels.indices.filter { isTest[$0] })
  }

  /// The features of some rows, one after another.
  public func features(of rows: [Int]) -> [Double] {
    rows.flatMap { features[$0 * columns..<($0 + 1) * columns] }
  }
}
