import Support

/// Comma-separated values (RFC 4180): a header and rows of as many fields.
struct CSVFile {
  let path: String
  let header: [String]
  let rows: [CSV.Record]

  /// Parses a file's bytes.
  init(bytes: [UInt8], path: String) throws {
    self.path = path
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DatasetError.damaged(path, "it is not UTF-8 text.")
    }
    var all: [CSV.Record]
    do throws(CSV.OpenQuote) {
      all = try CSV.records(text)
    } catch {
      throw DatasetError.damaged(
        path, "the quote that opens in the row at line \(error.line) never closes.")
    }
    guard !all.isEmpty else { throw DatasetError.damaged(path, "it is empty: a header is needed.") }
    header = all.removeFirst().fields
    rows = all
    for row in rows where row.fields.count != header.count {
      throw DatasetError.damaged(
        path,
        "line \(row.line) has \(row.fields.count) fields, the header \(header.count).")
    }
    guard !rows.isEmpty else { throw DatasetError.damaged(path, "it has a header and no rows.") }
  }

  /// The number in a field.
  func number(_ row: CSV.Record, _ column: Int) throws -> Double {
    let text = String(
      row.fields[column].drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    guard let value = Double(text), value.isFinite else {
      let found = text.isEmpty ? "nothing" : "'\(text.shortened)'"
      throw DatasetError.damaged(
        path,
        "line \(row.line), column \(header[column].shortened): a finite number is needed, found "
          + "\(found).")
    }
    return value
  }
}
