import Experiments
import Support

/// A table that is written as HTML, LaTeX, CSV and plain text.
public struct ReportTable: Sendable {
  /// A field of a row.
  public struct Field: Sendable {
    /// What is shown.
    public var text: String
    /// What the column is sorted by, and what CSV holds, where it is a number.
    public var number: Double?
    /// Whether no value of its column is better.
    public var isBest = false

    /// A text.
    public init(_ text: String) { self.text = text }

    /// A number and how it is shown.
    public init(_ number: Double?, _ text: String, isBest: Bool = false) {
      self.number = number
      self.text = text
      self.isBest = isBest
    }
  }

  /// A column.
  public struct Column: Sendable {
    /// Its head.
    public var title: String
    /// Its name in CSV files.
    public var key: String
    /// Whether it holds numbers.
    public var isNumeric: Bool
    /// In print, where not all columns have room: those of the largest number go first, and those of
    /// none aren't there from the start.
    var rank: Int?

    /// A column of numbers, or of texts.
    public init(_ title: String, _ key: String, isNumeric: Bool = true) {
      self.init(title, key, isNumeric: isNumeric, rank: 0)
    }

    init(_ title: String, _ key: String, isNumeric: Bool = true, rank: Int?) {
      self.title = title
      self.key = key
      self.isNumeric = isNumeric
      self.rank = rank
    }
  }

  /// Names the table in files: lower-case letters, digits and `-`.
  public var id: String
  /// What it shows.
  public var title: String
  /// What its numbers are.
  public var note: String
  /// The columns.
  public var columns: [Column]
  /// The rows, as long as the columns.
  public var rows: [[Field]]

  /// A table from its parts.
  public init(
    id: String, title: String, note: String = "", columns: [Column], rows: [[Field]]
  ) {
    self.id = id
    self.title = title
    self.note = note
    self.columns = columns
    self.rows = rows
  }

  /// The table as CSV: numbers in full, texts as shown.
  public var csv: String {
    CSV.text(
      [columns.map(\.key)]
        + rows.map { row in
          zip(columns, row).map { column, field in
            column.isNumeric ? field.number.map(canonicalText(of:)) ?? "" : field.text
          }
        })
  }

  /// The table as aligned plain text, the best values with a star.
  public var text: String {
    let hasBest = rows.contains { $0.contains(where: \.isBest) }
    let heads = columns.map { $0.title + (hasBest && $0.isNumeric ? " " : "") }
    let body = rows.map { row in
      zip(columns, row).map { column, field in
        let mark = hasBest && column.isNumeric ? (field.isBest ? "*" : " ") : ""
        return field.text.onOneLine + mark
      }
    }
    return alignedTable([heads] + body)
  }
}
