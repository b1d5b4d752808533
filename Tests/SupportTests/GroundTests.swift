import Foundation
import Support
import Testing

@Suite("The ground floor's small functions")
struct GroundTests {
  @Test func hexadecimalKeepsZeros() {
    #expect(([0, 1, 0x0f, 0x10, 0xff] as [UInt8]).hexadecimal == "00010f10ff")
    #expect(UInt32(0xabc).hexadecimal == "00000abc")
    #expect(UInt64.max.hexadecimal == String(repeating: "f", count: 16))
    #expect(UInt32(0x1f).hexadecimal(digits: 4) == "001f")
    #expect(UInt32(0x12345).hexadecimal(digits: 4) == "12345")
  }

  @Test func medianIsTheMiddleOrTheMeanOfTheTwoThere() {
    #expect([Double]().median == nil)
    #expect([3.0].median == 3)
    #expect([5.0, 1, 2].median == 2)
    #expect([4.0, 1, 2, 10].median == 3)
  }

  @Test func durationsAreSeconds() {
    #expect(Duration.milliseconds(1500).inSeconds == 1.5)
    #expect(Duration.seconds(-2).inSeconds == -2)
    #expect(abs(Duration.nanoseconds(1).inSeconds - 1e-9) < 1e-24)
  }

  @Test func jsonSpellsEveryNumber() throws {
    let values = ["a/b": Double.infinity, "c": -.infinity, "d": 0.1]
    let text = try JSON.text(values)
    #expect(text == #"{"a/b":"inf","c":"-inf","d":0.1}"#)
    #expect(try JSON.value([String: Double].self, from: text.utf8) == values)
    #expect(try JSON.value([Double].self, from: try JSON.bytes([Double.nan]))[0].isNaN)
    #expect(try JSON.text(["b": 1, "a": 2], .pretty) == "{\n  \"a\" : 2,\n  \"b\" : 1\n}")
  }

  @Test func keysBecomeSnakeCaseOnRequest() throws {
    struct Value: Encodable { let ranksPerTrial = 2, totalFlops = 1.5, study = ["aKey": 1] }
    #expect(
      try JSON.text(Value(), snakeCase: true)
        == #"{"ranks_per_trial":2,"study":{"aKey":1},"total_flops":1.5}"#)
    #expect(try JSON.text(Value()) == #"{"ranksPerTrial":2,"study":{"aKey":1},"totalFlops":1.5}"#)
  }

  /// To Swift, the second and fourth scalars are parts of other characters.
  @Test func scalarsAreReplacedOneByOne() {
    #expect(
      "a'\u{301}b\"\u{338}".replacingScalars { $0 == "'" ? "''" : nil }.utf8.elementsEqual(
        "a''\u{301}b\"\u{338}".utf8))
    #expect("<\u{338}".replacingScalars { _ in "" } == "")
  }

  @Test func allBytesAreWrittenToAFullPipe() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let (reader, writer) = (ends[0], ends[1])
    #expect(fcntl(writer, F_SETFL, O_NONBLOCK) == 0)
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let thread = Thread {
      #expect(writeAll(bytes, to: writer) == nil)
      close(writer)
    }
    thread.start()
    let read = FileHandle(fileDescriptor: reader, closeOnDealloc: true).readDataToEndOfFile()
    #expect(Array(read) == bytes)
    let error = try #require(writeAll([1], to: -1))
    #expect(error.code == EBADF)
    #expect(
      CannotWriteOutput(error).description.hasPrefix(
        "standard output can't be written: it is closed."))
    #expect(CannotWriteOutput(SystemCallError(code: EPIPE)).description == "")
  }

  @Test func decodingErrorsNameTheKey() {
    struct Value: Decodable { var inner: [String: Int] }
    for (text, key) in [(#"{"inner":{"a":"x"}}"#, "inner.a"), ("{}", "inner"), ("{", "JSON")] {
      do {
        _ = try JSON.value(Value.self, from: text.utf8)
        Issue.record("\(text) was read")
      } catch let error as DecodingError {
        #expect(error.inOneLine.contains(key), "\(error.inOneLine)")
      } catch {
        Issue.record("\(error)")
      }
    }
  }
}

@Suite("CSV records")
struct CSVRecordTests {
  private func fields(_ text: String) throws -> [[String]] { try CSV.records(text).map(\.fields) }

  @Test func linesEndAnyhow() throws {
    #expect(try fields("a,b\nc,d\n") == [["a", "b"], ["c", "d"]])
    #expect(try fields("a,b\r\nc,d") == [["a", "b"], ["c", "d"]])
    #expect(try fields("a,\n,b") == [["a", ""], ["", "b"]])
    // A carriage return alone ends no line.
    #expect(try fields("a\rb,c") == [["a\rb", "c"]])
    #expect(try fields("") == [])
  }

  @Test func emptyLinesAndMarksAreLeftOut() throws {
    let records = try CSV.records("\u{FEFF}a,b\n\n\r\nc,d\n\n")
    #expect(records.map(\.fields) == [["a", "b"], ["c", "d"]])
    #expect(records.map(\.line) == [1, 4])
    // An empty quoted field is a field.
    #expect(try fields("\"\"\n") == [[""]])
  }

  @Test func quotedFieldsHoldAnything() throws {
    let records = try CSV.records("\"a,\"\"b\"\"\nc\",d\ne,f")
    #expect(records.map(\.fields) == [["a,\"b\"\nc", "d"], ["e", "f"]])
    #expect(records.map(\.line) == [1, 3])
    #expect(try fields("\"a\r\",b\r\n") == [["a\r", "b"]])
    #expect(try fields("\"\u{1F600}é\",ü") == [["\u{1F600}é", "ü"]])
    // Inside a field a quote is a character.
    #expect(try fields("5\" disk,x") == [["5\" disk", "x"]])
    #expect(try fields("\"a\"b,c") == [["ab", "c"]])
  }

  @Test func openQuotesAreRefused() {
    #expect(throws: CSV.OpenQuote(line: 2)) { try CSV.records("a\n\"b,c\nd") }
    #expect(throws: CSV.OpenQuote(line: 1)) { try CSV.records("\"") }
  }
}
