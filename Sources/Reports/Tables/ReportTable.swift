import Experiments
import Support

/// A table for HTML, LaTeX, CSV and plain text.
public struct ReportTable: Sendable {
  /// A field of a row.
  public struct Field: Sendable {
    /// The text shown.
    public var text: String
    /// The number behind the text, for sorting and CSV; nil where there is none.
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
    /// Priority in print, where room is limited: the largest numbers are dropped first, and columns
    /// without a number are never printed.
    var rank: Int?

    /// A column of numbers or of texts.
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

  /// Name in files: lower-case letters, digits and `-`.
  public var id: String
  /// The title.
  public var title: String
  /// An explanation of the numbers.
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
