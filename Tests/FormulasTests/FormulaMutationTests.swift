import Formulas
import Testing

/// Right formulas with pieces cut out, repeated or replaced: each is read or refused with a place, and what is
/// read is printed, proved and compiled. `launch/fuzz --target formula` tries more.
@Suite struct FormulaMutationTests {
  private static let pieces = [
    "x", "(", ")", "-", "^", "?", ":", "x > 0 ? ", "let u = ", ";", ",", "exp(", "log(", "relu(",
    "clamp(", "1e308", "0", "2", "==", "/ x", "^-8", "β", "§", "&&", "\u{0}", "(1 + exp(-x))",
  ]

  @Test func mutatedFormulasAreReadOrRefused() throws {
    var random = RandomFormulas(seed: 3)
    var (read, refused) = (0, 0)
    for _ in 0..<1200 {
      var text = Array(Functions.texts[random.below(Functions.texts.count)])
      for _ in 0...random.below(3) {
        let place = random.below(text.count + 1)
        let end = min(text.count, place + random.below(4))
        let piece = Array(Self.pieces[random.below(Self.pieces.count)])
        let copies = random.below(50) == 0 ? 40 : random.below(2)
        text.replaceSubrange(place..<end, with: (0..<copies).flatMap { _ in piece })
      }
      do throws(FormulaError) {
        let formula = try Formula(String(text))
        read += 1
        let values = Functions.values(formula)
        #expect(!formula.simplified.isEmpty && !formula.derivativeLatex.isEmpty)
        if read % 8 == 0 {
          _ = formula.finiteness(values, within: 1e4)
          _ = formula.shape(values.map { $0...$0 })
        }
        _ = try? formula.program(values, derivatives: true)
      } catch {
        refused += 1
        #expect(error.column >= 1 && error.column <= text.count + 1, "\(String(text)): \(error)")
        #expect(!error.message.isEmpty)
      }
    }
    #expect(read > 100 && refused > 100, "\(read) read, \(refused) refused")
  }

  /// Each bound has its message.
  @Test func boundsHaveMessages() {
    let long = String(repeating: "x + ", count: 500) + "x"
    let deep = String(repeating: "(", count: 60) + "x" + String(repeating: ")", count: 60)
    let large = (10..<100).map { "(x+.\($0))^7-(x-.\($0))^7" }.joined(separator: "+")
    for (text, word) in [
      (long, "more than 2000 characters"), (deep, "more than 100 deep"),
      (large, "more than 1000 operations"),
      ((0..<17).map { "p\($0)" }.joined(separator: "*"), "more than 16 parameters"),
    ] {
      let error = #expect(throws: FormulaError.self) { try Formula(text) }
      #expect(error?.message.contains(word) == true, "\(word): \(error?.description ?? "none")")
    }
  }
}
