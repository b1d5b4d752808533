/// Returns p values, in the given order, adjusted for the number of tests (Holm, "A simple
/// sequentially rejective multiple test procedure", 1979): rejecting the hypotheses with an
/// adjusted p of at most the level keeps the chance of any false rejection below the level.
package func holmAdjusted(_ pValues: [Double]) -> [Double] {
  let order = pValues.indices.sorted { pValues[$0] < pValues[$1] }
  var adjusted = pValues
  var largest = 0.0
  for (place, index) in order.enumerated() {
    largest = max(largest, min(1, Double(pValues.count - place) * pValues[index]))
    adjusted[index] = largest
  }
  return adjusted
}
