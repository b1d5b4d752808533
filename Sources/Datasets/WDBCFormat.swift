import Models
import Support

extension WDBCFormat: DataReader {
  package func read(
    _ files: [String], of source: DataSource, known: KnownDataset?
  ) throws -> any Dataset {
    let path = files[0]
    let bytes = try FileContents.read(path)
    try known?.check(bytes, path: path)
    return path.hasSuffix(".csv") || path.hasSuffix(".csv.gz")
      ? try Table(breastCancer: bytes, path: path) : try Table(wdbc: bytes, path: path)
  }
}

extension Table {
  /// WDBC's features: mean, standard error and worst value of ten measurements of a cell's nucleus.
  static let wdbcColumns: [String] = {
    let measurements = [
      "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
      "concave points", "symmetry", "fractal dimension",
    ]
    return ["mean", "error", "worst"].flatMap { kind in measurements.map { "\(kind) \($0)" } }
  }()

  /// `wdbc.data`: a patient's number, M or B, 30 features; no header.
  package init(wdbc bytes: [UInt8], path: String) throws {
    let names = (["id", "diagnosis"] + Self.wdbcColumns).joined(separator: ",") + "\n"
    let file = try CSVFile(bytes: Array(names.utf8) + bytes, path: path)
    try self.init(file, features: 2..<32) { row in
      switch row.fields[1] {
      case "B": 0
      case "M": 1
      default: nil
      }
    }
  }

  /// scikit-learn's file: 30 features, 0 for malignant and 1 for benign; its header says how many.
  package init(breastCancer bytes: [UInt8], path: String) throws {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
      throw DatasetError.damaged(path, "it has no lines.")
    }
    let names = (Self.wdbcColumns + ["target"]).joined(separator: ",")
    let file = try CSVFile(bytes: Array(names.utf8) + bytes[end...], path: path)
    try self.init(file, features: 0..<30) { row in
      switch row.fields[30] {
      case "1": 0
      case "0": 1
      default: nil
      }
    }
  }

  private init(_ file: CSVFile, features range: Range<Int>, label: (CSV.Record) -> UInt8?) throws {
    let known = KnownDataset.wdbc
    self.init(
      columnNames: Self.wdbcColumns,
      features: try file.rows.flatMap { row in try range.map { try file.number(row, $0) } },
      labels: try file.rows.map { row in
        guard let label = label(row) else {
          throw DatasetError.damaged(file.path, "line \(row.line): neither malignant nor benign.")
        }
        return label
      }, classNames: known.classNames, input: known.shape.input,
      split: .drawn(testFraction: known.testFraction ?? 0), path: file.path,
      lines: file.rows.map(\.line))
  }
}
