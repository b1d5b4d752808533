/// Returns the candidate closest to `word` by edit distance; nil when all are too far to be meant.
package func nearestSpelling(to word: String, among candidates: [String]) -> String? {
  // Far longer than any name, and the time of a comparison grows with it.
  guard word.utf8.count <= 100 else { return nil }
  let ranked = candidates.map { ($0, editDistance(word.lowercased(), $0)) }
  guard let best = ranked.min(by: { $0.1 < $1.1 }) else { return nil }
  return best.1 <= max(2, max(word.count, best.0.count) / 2) ? best.0 : nil
}

/// Returns the optimal string alignment distance.
package func editDistance(_ first: String, _ second: String) -> Int {
  let a = Array(first)
  let b = Array(second)
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, beforeLast[j - 1] + 1)
      }
      row.append(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.count]
}
