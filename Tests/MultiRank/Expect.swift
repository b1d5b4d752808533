/// What a probe throws: a sentence that holds the value found and the value expected.
struct ProbeFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Throws `message` unless `condition` holds.
func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  guard condition else { throw ProbeFailure(message()) }
}

/// Throws both values unless they are equal.
func expectEqual<T: Equatable>(
  _ found: T, _ expected: T, _ what: @autoclosure () -> String
) throws {
  guard found == expected else {
    throw ProbeFailure("\(what()): found \(brief(found)), expected \(brief(expected))")
  }
}

/// Throws the first index whose element is not what the closed form says.
func expectElements<C: RandomAccessCollection>(
  _ found: C, count: Int, _ what: @autoclosure () -> String, closedForm: (Int) -> C.Element
) throws where C.Element: Equatable {
  try expectEqual(found.count, count, "\(what()), number of elements")
  for (index, value) in found.enumerated() {
    let expected = closedForm(index)
    guard value == expected else {
      throw ProbeFailure(
        "\(what()), index \(index): found \(brief(value)), expected \(brief(expected))")
    }
  }
}

/// Throws unless `body` throws an error of the given type; hands that error back.
@discardableResult
func expectThrows<E: Error, R>(
  _ type: E.Type, _ what: @autoclosure () -> String, _ body: () throws -> R
) throws -> E {
  do {
    _ = try body()
  } catch let error as E {
    return error
  }
  throw ProbeFailure("\(what()): no error, expected \(E.self)")
}

/// A value in few enough characters for a line.
private func brief<T>(_ value: T) -> String {
  let text = "\(value)"
  return text.count <= 100 ? text : "\(text.prefix(100))... (\(text.count) characters)"
}
