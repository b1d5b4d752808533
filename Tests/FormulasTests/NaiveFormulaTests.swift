import Formulas
import Foundation
import Testing

/// A formula's value straight from its text: no tree, no simplification, no stable forms.
struct NaiveFormula {
  private let characters: [Character]
  private var at = 0
  private let x: Double
  private let parameters: [String: Double]
  private var locals: [String: Double] = [:]

  /// Whether every value on the way was a finite number.
  private var isRegular = true

  /// NaN where some value on the way isn't a finite number.
  static func value(_ text: String, at x: Double, _ parameters: [String: Double]) -> Double {
    var formula = NaiveFormula(
      characters: text.filter { !$0.isWhitespace }, x: x, parameters: parameters)
    let value = formula.choice()
    return formula.isRegular ? value : .nan
  }

  private init(characters: String, x: Double, parameters: [String: Double]) {
    self.characters = Array(characters)
    self.x = x
    self.parameters = parameters
  }

  private mutating func take(_ word: String) -> Bool {
    guard characters[at...].starts(with: word) else { return false }
    at += word.count
    return true
  }

  private mutating func noted(_ value: Double) -> Double {
    if !value.isFinite { isRegular = false }
    return value
  }

  private mutating func choice() -> Double {
    let first = sum()
    let comparisons: [(String, (Double, Double) -> Bool)] = [
      ("<=", { $0 <= $1 }), (">=", { $0 >= $1 }), ("<", { $0 < $1 }), (">", { $0 > $1 }),
    ]
    for (symbol, holds) in comparisons where take(symbol) {
      let condition = holds(first, sum())
      _ = take("?")
      let yes = choice()
      _ = take(":")
      let no = choice()
      return condition ? yes : no
    }
    return first
  }

  private mutating func sum() -> Double {
    var result = product()
    while true {
      if take("+") {
        result += product()
      } else if take("-") {
        result -= product()
      } else {
        return result
      }
    }
  }

  private mutating func product() -> Double {
    var result = power()
    while true {
      if take("*") {
        result = noted(result * power())
      } else if take("/") {
        result = noted(result / power())
      } else {
        return result
      }
    }
  }

  private mutating func power() -> Double {
    if take("-") { return -power() }
    let base = primary()
    return take("^") ? noted(pow(base, power())) : base
  }

  private mutating func primary() -> Double {
    if take("(") {
      let inner = choice()
      _ = take(")")
      return inner
    }
    let start = at
    while at < characters.count,
      characters[at].isLetter || characters[at].isNumber || characters[at] == "."
    { at += 1 }
    let word = String(characters[start..<at])
    if let number = Double(word) { return number }
    if word == "x" { return x }
    guard take("(") else { return parameters[word] ?? .nan }
    let a = choice()
    let b = take(",") ? choice() : .nan
    _ = take(")")
    let result: Double
    switch word {
    case "exp": result = exp(a)
    case "expm1": result = exp(a) - 1
    case "log": result = log(a)
    case "log1p": result = log(1 + a)
    case "sqrt": result = sqrt(a)
    case "abs": result = abs(a)
    case "sign": result = a > 0 ? 1 : a < 0 ? -1 : 0
    case "sin": result = sin(a)
    case "cos": result = cos(a)
    case "atan": result = atan(a)
    case "tanh": result = tanh(a)
    case "sigmoid": result = 1 / (1 + exp(-a))
    case "softplus": result = log(1 + exp(a))
    case "erf": result = erf(a)
    case "normcdf": result = 0.5 * erfc(-a / 2.0.squareRoot())
    case "relu": result = max(a, 0)
    case "min": result = min(a, b)
    case "max": result = max(a, b)
    default: result = .nan
    }
    return noted(result)
  }
}

@Suite struct NaiveFormulaTests {
  @Test(arguments: Functions.texts.filter { !$0.contains("let") && !$0.contains("clamp") })
  func knownFormulas(_ text: String) throws {
    let formula = try Formula(text)
    let values = Functions.values(formula)
    let named = Dictionary(uniqueKeysWithValues: zip(formula.parameters, values))
    for x in Functions.inputs {
      let naive = NaiveFormula.value(text, at: x, named)
      guard naive.isFinite else { continue }
      #expect(
        abs(formula.value(at: x, values) - naive) <= 1e-9 * max(1, abs(naive)), "\(text) at \(x)")
    }
  }

  /// Whatever is simplified keeps the value wherever the plain arithmetic has one.
  @Test func simplificationKeepsValues() throws {
    var random = Texts(seed: 11)
    var checked = 0
    for _ in 0..<20_000 {
      let text = random.expression(depth: 4)
      let formula = try Formula(text)
      let named = ["a": 0.7, "b": -1.3]
      let values = formula.parameters.map { named[$0] ?? .nan }
      for x in [-2.3, -0.4, 0.6, 1.9] {
        let naive = NaiveFormula.value(text, at: x, named)
        // Large intermediate values cancel differently.
        guard naive.isFinite, abs(naive) < 1e6 else { continue }
        checked += 1
        let value = formula.value(at: x, values)
        #expect(abs(value - naive) <= 1e-6 * max(1, abs(naive)), "\(text) at \(x)")
      }
    }
    #expect(checked > 40_000, "\(checked)")
  }

  /// Texts that meet the simplification's rules more often than chance would have it.
  private struct Texts {
    private var random: RandomFormulas

    init(seed: UInt64) { random = RandomFormulas(seed: seed) }

    mutating func expression(depth: Int) -> String {
      let leaves = ["x", "x", "a", "b", "0", "1", "2", "0.5", "3"]
      guard depth > 0, random.below(6) > 0 else { return leaves[random.below(leaves.count)] }
      let one = expression(depth: depth - 1)
      let two = random.below(3) == 0 ? one : expression(depth: depth - 1)
      switch random.below(9) {
      case 0:
        let names = [
          "exp", "expm1", "log", "log1p", "sqrt", "abs", "sign", "sin", "cos", "atan", "tanh",
          "sigmoid", "softplus", "erf", "normcdf", "relu",
        ]
        return "\(names[random.below(names.count)])(\(one))"
      case 1: return "(\(one) > \(two) ? \(two) : \(one))"
      case 2: return "(\(one))^\([0, 1, 2, 3, 5][random.below(5)])"
      case 3: return "(1 / (1 + exp(-(\(one)))))"
      case 4: return "(\(one) / (\(two)))"
      case 5: return "(-(\(one)))"
      case 6: return "\(["min", "max"][random.below(2)])(\(one), \(two))"
      default: return "(\(one) \(["+", "-", "*"][random.below(3)]) (\(two)))"
      }
    }
  }
}
