import Datasets
import Foundation
import Models
import Testing

/// Arrays that NumPy 2.4 wrote, and others by the description of its format (NEP 1).
@Suite struct NPYTests {
  /// np.save of (np.arange(36) * 0.5 - 4).reshape(12, 3) as '<f4'.
  private static let floats = """
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEyLCAzKSwgfSAg\
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIDAAABgwAAAQMAAACDA\
    AAAAwAAAwL8AAIC/AAAAvwAAAAAAAAA/AACAPwAAwD8AAABAAAAgQAAAQEAAAGBAAACAQAAAkEAAAKBAAACwQAAAwEAAANBA\
    AADgQAAA8EAAAABBAAAIQQAAEEEAABhBAAAgQQAAKEEAADBBAAA4QQAAQEEAAEhBAABQQQAAWEE=
    """
  /// The same of its first two rows, by np.lib.format.write_array(…, version=(2, 0)), in float64.
  private static let secondVersion = """
    k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0g\
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAQwAAAAAAAAAzA\
    AAAAAAAACMAAAAAAAAAEwAAAAAAAAADAAAAAAAAA+L8=
    """
  /// np.save of np.array(['oak', 'ash', 'Ölbaum', 'oak', 'ash', 'oak']).
  private static let texts = """
    k05VTVBZAQB2AHsnZGVzY3InOiAnPFU2JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDYsKSwgfSAgICAg\
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIApvAAAAYQAAAGsAAAAAAAAA\
    AAAAAAAAAABhAAAAcwAAAGgAAAAAAAAAAAAAAAAAAADWAAAAbAAAAGIAAABhAAAAdQAAAG0AAABvAAAAYQAAAGsAAAAAAAAA\
    AAAAAAAAAABhAAAAcwAAAGgAAAAAAAAAAAAAAAAAAABvAAAAYQAAAGsAAAAAAAAAAAAAAAAAAAA=
    """
  /// np.save of np.array([{'a': 1}, None], dtype=object).
  private static let objects = """
    k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAg\
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJWUAAAAAAAAAIwWbnVt\
    cHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsB\
    SwKFlGgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9LP3SUYoldlCh9lIwBYZRLAXNOZXSUYi4=
    """

  private static func bytes(_ base64: String) throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: base64)))
  }

  /// A file by the format's description.
  static func array(
    _ type: String, _ shape: String, _ values: [UInt8], fortran: String = "False"
  ) -> [UInt8] {
    let text = "{'descr': '\(type)', 'fortran_order': \(fortran), 'shape': \(shape), }"
    let header = text + String(repeating: " ", count: 63 - (10 + text.count) % 64) + "\n"
    let length = [UInt8(header.count & 255), UInt8(header.count >> 8)]
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + length + Array(header.utf8) + values
  }

  /// Classes 0 and 1 by turns.
  static func classes(_ count: Int) -> [UInt8] {
    array("|u1", "(\(count),)", (0..<count).map { UInt8($0 % 2) })
  }

  private static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

  /// -4, -3.5, -3 …
  private static func halves(_ count: Int) -> [Double] {
    (0..<count).map { number in Double(number) / 2 - 4 }
  }

  private static func source(_ folder: TemporaryFolder) -> DataSource {
    DataSource(
      NPYFormat(),
      [
        "npy": .text("\(folder.path)/x.npy"), "labels": .text("\(folder.path)/y.npy"),
        "test-fraction": .number(0.25),
      ])
  }

  private static func read(_ features: [UInt8], _ labels: [UInt8]) throws -> any Dataset {
    let folder = try TemporaryFolder()
    try folder.write("x.npy", features)
    try folder.write("y.npy", labels)
    return try realData.read("own", source(folder))
  }

  @Test func numpysFloatsAreATable() throws {
    let read = try Self.read(try Self.bytes(Self.floats), Self.classes(12))
    let table = try #require(read as? Table)
    #expect(table.features == Self.halves(36))
    #expect(table.labels == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    #expect(table.classNames == ["0", "1"])
    #expect(table.input == ImageShape(height: 1, width: 3))
    #expect(table.split(seed: 3).test.count == 3)
  }

  @Test func theSecondVersionIsRead() throws {
    let read = try Self.read(try Self.bytes(Self.secondVersion), Self.classes(2))
    #expect((read as? Table)?.features == Self.halves(6))
  }

  @Test(
    arguments: [
      (">f8", [[0xC0, 0x10, 0, 0, 0, 0, 0, 0], [0x3F, 0xE0, 0, 0, 0, 0, 0, 0]], [-4, 0.5]),
      ("<i2", [[0xFE, 0xFF], [1, 0]], [-2, 1]),
      (">i4", [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 1, 0]], [-1, 256]),
      ("|u1", [[255], [7]], [255, 7]), ("|b1", [[0], [1]], [0, 1]),
      ("<u8", [[0, 0, 0, 0, 1, 0, 0, 0], [9, 0, 0, 0, 0, 0, 0, 0]], [4_294_967_296, 9]),
    ] as [(String, [[UInt8]], [Double])])
  func everyTypeOfNumber(type: String, values: [[UInt8]], expected: [Double]) throws {
    let read = try Self.read(
      Self.array(type, "(2, 1)", values.flatMap(\.self)), Self.classes(2))
    #expect((read as? Table)?.features == expected)
  }

  @Test func bytesOfHeightAndWidthAreImages() throws {
    let pixels = (0..<36).map { number in UInt8(number * 7) }
    let read = try Self.read(
      Self.array("|u1", "(6, 2, 3)", pixels), try Self.bytes(Self.texts))
    let images = try #require(read as? ImageDataset)
    #expect(images.input == ImageShape(height: 2, width: 3))
    #expect(images.classNames == ["ash", "oak", "Ölbaum"])
    #expect(images.labels == [1, 0, 2, 1, 0, 1])
    #expect(Array(images.pixels.joined()) == pixels)
    let expected: [Float] = (Array(30..<36) + Array(0..<6)).map { Float(7 * $0) * (1 / 255) }
    #expect(try images.features(of: [5, 0], seed: 1) == expected)
    for seed in 0..<9 as Range<UInt64> {
      let (train, test) = images.split(seed: seed)
      #expect((train + test).sorted() == Array(0..<6))
    }
  }

  @Test func otherNumbersOfHeightAndWidthAreATableWithAShape() throws {
    let read = try Self.read(
      Self.array("<i2", "(2, 2, 2)", [UInt8](repeating: 1, count: 16)), Self.classes(2))
    let table = try #require(read as? Table)
    #expect(table.input == ImageShape(height: 2, width: 2))
    #expect(table.columnNames == ["(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"])
  }

  @Test func classesAreNumberedInTheirOrder() throws {
    let labels = [3, -1, 7, -1].map { UInt8(bitPattern: Int8($0)) }
    let read = try Self.read(
      Self.array("|u1", "(4, 1)", [1, 2, 3, 4]), Self.array("|i1", "(4,)", labels))
    #expect(read.classNames == ["-1", "3", "7"])
    #expect(read.labels == [1, 0, 2, 0])
  }

  struct Refused: Sendable {
    let features: [UInt8]
    let labels: [UInt8]
    let says: String

    init(_ features: [UInt8], _ says: String, labels: [UInt8] = classes(2)) {
      (self.features, self.labels, self.says) = (features, labels, says)
    }

    /// Two samples of bytes, and other labels.
    init(labels: [UInt8], _ says: String) {
      self.init(array("|u1", "(2, 1)", [1, 2]), says, labels: labels)
    }
  }

  private static func start(_ bytes: [UInt8]) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + bytes
  }

  static let refused: [Refused] = [
    Refused(array("|O", "(2, 1)", zeros(16)), "Python objects"),
    Refused(array("<f8", "(2, 2)", zeros(32), fortran: "True"), "Fortran"),
    Refused(array("<f4", "(2, 1)", zeros(4)), "4 bytes of values, but its header says 2 × 1"),
    Refused(array("|u1", "(2, 1)", zeros(3)), "3 bytes of values"),
    Refused(array("<f2", "(2, 1)", zeros(4)), "values of the type '<f2'"),
    Refused(array("<c8", "(2, 1)", zeros(16)), "values of the type '<c8'"),
    Refused(array("<U1", "(2, 1)", zeros(8)), "type <U1 can't be used"),
    Refused(array("|u1", "(2,)", zeros(2)), "samples × features"),
    Refused(array("|u1", "(2, 0)", []), "samples × features"),
    Refused(
      array("|u1", "(9223372036854775807, 9223372036854775807, 2)", zeros(1)), "1 bytes of"),
    Refused(array("|u1", "(9223372036854775807, 2, 0)", []), "samples × features"),
    Refused(array("|u1", "(99999999999999999999, 1)", zeros(1)), "isn't a dictionary"),
    Refused(array("|u1", "(2, -1)", zeros(1)), "isn't a dictionary"),
    Refused(array("|u1", "(2, 1", zeros(2)), "isn't a dictionary"),
    Refused(array("|u1", "(2, 1), 'more': 1", zeros(2)), "isn't a dictionary"),
    Refused(array("|u1", "(1, 1048577)", zeros(1_048_577)), "1048577 values in a sample"),
    Refused(start([1, 0, 0xFF, 0xFF]), "a header of 65535 bytes"),
    Refused(start([2, 0, 9]), "isn't an array"),
    Refused(start([9, 0, 2, 0, 123, 125]), "version 9"),
    Refused(
      array("<f4", "(2, 2)", zeros(14) + [0xC0, 0x7F]),
      "x.npy: row 1, value 1: a finite number is needed, found 'nan'"),
    Refused(labels: [1, 2, 3], "y.npy: it isn't an array"),
    Refused(labels: classes(3), "3 labels for the 2 samples"),
    Refused(labels: array("|u1", "(2, 1)", [0, 1]), "y.npy: 2 dimensions"),
    Refused(labels: array("|u1", "(2,)", [4, 4]), "1 different values"),
    Refused(labels: array("<f4", "(2,)", zeros(8)), "type <f4 can't be used"),
    Refused(labels: array("<U1", "(2,)", [0, 0xD8, 0, 0, 65, 0, 0, 0]), "type <U1 can't be used"),
  ]

  @Test(arguments: refused)
  func whatCannotBeUsedIsNamed(_ refused: Refused) {
    let error = datasetError { _ = try Self.read(refused.features, refused.labels) }
    #expect(
      error?.description.contains(refused.says) == true, "\(error?.description ?? "no error")")
    #expect(error?.isMissing == false)
  }

  @Test func numpysPickledObjectsAreNotRead() throws {
    let objects = try Self.bytes(Self.objects)
    let error = datasetError { _ = try Self.read(objects, Self.classes(2)) }
    #expect(error?.description.contains("x.npy: it holds Python objects") == true)
  }

  @Test func aFileForPredictionMustHaveTheSamplesShape() throws {
    let read = try Self.read(try Self.bytes(Self.floats), Self.classes(12))
    let table = try #require(read as? Table)
    let folder = try TemporaryFolder()
    let source = Self.source(folder)
    let path = try folder.write("rows.npy", Self.array("|u1", "(2, 3)", [1, 2, 3, 4, 5, 6]))
    let rows = try source.reader.rows(of: path, like: table, source)
    #expect(rows.features == [1, 2, 3, 4, 5, 6])
    #expect(rows.labels == nil)
    try folder.write("rows.npy", Self.array("|u1", "(2, 2)", [1, 2, 3, 4]))
    let error = datasetError { _ = try source.reader.rows(of: path, like: table, source) }
    #expect(error?.description.contains("samples of 1×2, but the table's are 1×3") == true)
    try folder.write("rows.npy", Self.array("|u1", "(1, 1, 2)", [0, 255]))
    #expect(try source.reader.images(of: path).brightness == [0, 1])
  }
}
