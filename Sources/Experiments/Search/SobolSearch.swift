import CounterRandom

/// Points of Sobol's low-discrepancy sequence with the direction numbers of Joe & Kuo ("Constructing
/// Sobol sequences with better two-dimensional projections", 2008; their file new-joe-kuo-6).
struct SobolSearch: SearchStrategy {
  static let name = "sobol"
  static let purpose = "A Sobol' sequence, which covers the space more evenly."
  private let search: SearchSpec
  private let shifts: [UInt32]

  init(_ search: SearchSpec) {
    self.search = search
    // A digital shift: the sequence stays as even, and no seed starts at the corner.
    shifts = search.parameters.map {
      var stream = search.stream($0.key, configuration: nil)
      return stream.next()
    }
  }

  func next(_ index: Int) -> [Double]? {
    let words = zip(Self.point(index, dimensions: shifts.count), shifts).map { $0 ^ $1 }
    return zip(search.parameters, words).map { $0.distribution.value(at: Double($1) * 0x1p-32) }
  }

  /// Degree and coefficients of a primitive polynomial, and the first direction numbers.
  private static let polynomials: [(degree: Int, coefficients: UInt32, first: [UInt32])] = [
    (1, 0, [1]), (2, 1, [1, 3]), (3, 1, [1, 3, 1]), (3, 2, [1, 1, 1]), (4, 1, [1, 1, 3, 3]),
    (4, 4, [1, 3, 5, 13]), (5, 2, [1, 1, 5, 5, 17]), (5, 4, [1, 1, 5, 5, 5]),
    (5, 7, [1, 1, 7, 11, 19]),
  ]

  /// The number of dimensions with direction numbers.
  static let parameterLimit = polynomials.count + 1

  private static let directions: [[UInt32]] = (0..<parameterLimit).map(directions)

  /// The `index`-th point, counted from 0, as numerators over 2³².
  private static func point(_ index: Int, dimensions: Int) -> [UInt32] {
    let gray = index ^ (index >> 1)
    return directions[..<dimensions].map { numbers in
      (0..<32).reduce(0) { $0 ^ (gray >> $1 & 1 == 1 ? numbers[$1] : 0) }
    }
  }

  private static func directions(_ dimension: Int) -> [UInt32] {
    guard dimension > 0 else { return (0..<32).map { 1 << UInt32(31 - $0) } }
    let (degree, coefficients, first) = polynomials[dimension - 1]
    var numbers = first.enumerated().map { $1 << UInt32(31 - $0) }
    for index in degree..<32 {
      var number = numbers[index - degree] ^ (numbers[index - degree] >> UInt32(degree))
      for bit in 1..<max(degree, 1) where coefficients >> UInt32(degree - 1 - bit) & 1 == 1 {
        number ^= numbers[index - bit]
      }
      numbers.append(number)
    }
    return numbers
  }
}
