/// What values a setting takes: what a config is checked against, and what the reference says.
package enum SettingType: Hashable, Sendable {
  case number(NumberRange)
  /// A whole number; or, in its place, a word.
  case integer(ClosedRange<Int>, or: String? = nil)
  /// Any whole number that a random number generator starts from.
  case seed
  /// An odd whole number.
  case odd(ClosedRange<Int>)
  case flag
  /// One of a few words; `what` they are called in messages.
  case word([String], what: String)
  /// A list of whole numbers, one for each layer.
  case sizes(ClosedRange<Int>)
  /// One of a few things that have parameters of their own.
  case variant([Variant], what: String)

  /// The most layers of one kind that a network may have.
  static let layerLimit = 100

  /// One of an enumeration's cases.
  static func word<Word: CaseIterable & RawRepresentable<String>>(
    _ type: Word.Type, what: String
  ) -> SettingType { .word(type.allCases.map(\.rawValue), what: what) }

  /// The values in words: "a number above 0 and up to 100".
  package var expectation: String {
    switch self {
    case .number(let range): range.expectation
    case .integer(let range, let word):
      "a whole number from \(range.lowerBound) to \(range.upperBound)"
        + (word.map { ", or \($0)" } ?? "")
    case .seed: "a whole number from 0 to \(UInt64.max)"
    case .odd(let range): "an odd whole number from \(range.lowerBound) to \(range.upperBound)"
    case .flag: "true or false"
    case .word(let words, _): "one of \(words.joined(separator: ", "))"
    case .sizes(let range):
      "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)"
    case .variant(let variants, _): "one of \(variants.map(\.name).joined(separator: ", "))"
    }
  }

  package func accepts(_ value: SettingValue) -> Bool {
    switch (self, value) {
    case (.number(let range), .number(let number)): range.contains(number)
    case (.integer(let range, _), .integer(let integer)): range.contains(integer)
    case (.integer(_, let known?), .word(let word)): word == known
    case (.odd(let range), .integer(let integer)): range.contains(integer) && integer % 2 == 1
    case (.flag, .flag), (.seed, .seed): true
    case (.word(let words, _), .word(let word)): words.contains(word)
    case (.sizes(let range), .sizes(let sizes)):
      (1...Self.layerLimit).contains(sizes.count) && sizes.allSatisfy(range.contains)
    case (.variant(let variants, _), .variant(let spec)):
      variants.first { $0.name == spec.name }?.accepts(spec.parameters) == true
    default: false
    }
  }
}

/// The numbers from one to another, each with or without itself.
package struct NumberRange: Hashable, Sendable {
  var minimum: Double
  var excludesMinimum = false
  var maximum: Double
  var excludesMaximum = false
  /// What the numbers are called.
  var noun = "a number"

  /// Never true for NaN.
  func contains(_ number: Double) -> Bool {
    (excludesMinimum ? number > minimum : number >= minimum)
      && (excludesMaximum ? number < maximum : number <= maximum)
  }

  /// The range in words: "a number above 0 and up to 100".
  var expectation: String {
    let low = canonicalText(of: minimum)
    let high = canonicalText(of: maximum)
    return switch (excludesMinimum, excludesMaximum) {
    case (false, false): "\(noun) from \(low) to \(high)"
    case (false, true): "\(noun) from \(low) up to, not including, \(high)"
    case (true, false): "\(noun) above \(low) and up to \(high)"
    case (true, true): "\(noun) above \(low) and below \(high)"
    }
  }
}
