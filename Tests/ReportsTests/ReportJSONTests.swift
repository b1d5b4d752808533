import Experiments
import Foundation
import Reports
import Support
import Testing

/// `report.json` against the article that describes it.
@Suite struct ReportJSONTests {
  private static let article = Result {
    try String(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/srelu/srelu.docc/Report-JSON.md"), encoding: .utf8)
  }

  /// Returns the first column of an article's table, without its head.
  private func described(under heading: String) throws -> [String] {
    let text = try Self.article.get()
    let start = try #require(text.range(of: "\n\(heading)\n")).upperBound
    let section = text[start...].components(separatedBy: "\n#")[0]
    return section.split(separator: "\n").filter { $0.hasPrefix("| `") }
      .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
  }

  /// A study in which every key has a value: several blocks, differences with spread, failed and
  /// skipped trials. Made once: its bootstrap intervals take a while.
  private static let study = {
    let activations = ["relu", "elu", "srelu"].map { activation($0) }
    let base = SmallStudy.of(
      names: ["wdbc", "mnist"], seeds: 9, activations: activations, hasLayers: true)
    var results = base.analysis.results
    for (index, trial) in results.trials.enumerated() {
      let shift = Double(index * index % 11) / 1000
      results.trials[index].summary.test?.accuracy += shift
      results.trials[index].summary.test?.f1 += shift
      results.trials[index].epochs[0].stepSeconds = 0.001 + shift
      // 1,000 test samples, so that scores come from the matrix too.
      let right = Int64(((results.trials[index].summary.test?.accuracy ?? 0) * 1000).rounded())
      results.trials[index].confusion = ConfusionMatrix(rows: [[right, 1000 - right], [0, 0]])
      if trial.summary.seed == 5 {
        let isSkipped = trial.summary.dataset == "mnist"
        results.trials[index].summary.status = isSkipped ? .skipped : .failed
      }
    }
    return SmallStudy.reported("keys", activations, results.trials)
  }()

  private static let text = Result { try ReportJSON.text(study) }

  private func document() throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(with: Data(Self.text.get().utf8))
    return try #require(json as? [String: Any])
  }

  /// Returns the paths of all keys: `[]` for a list's element, `<measure>` for a measure's key, `<parameter>`
  /// for a parameter's.
  private func paths(_ value: Any, at path: String = "") -> Set<String> {
    if let list = value as? [Any] {
      return list.reduce(into: []) { $0.formUnion(paths($1, at: path + "[]")) }
    }
    // These keys' contents are described elsewhere.
    let isElsewhere =
      path.hasSuffix("_parameters") || ["failed[]", "skipped[]"].contains(path)
    guard let object = value as? [String: Any], !isElsewhere else { return [] }
    return object.reduce(into: []) { result, entry in
      let isMeasure = path == "tables[].cells[]" && Measure.all.contains { $0.key == entry.key }
      let isParameter = path.hasSuffix(".gradients")
      let name =
        (path.isEmpty ? "" : path + ".")
        + (isMeasure ? "<measure>" : isParameter ? "<parameter>" : entry.key)
      result.insert(name)
      result.formUnion(paths(entry.value, at: name))
    }
  }

  @Test func theKeysAreThoseOfTheArticle() throws {
    let written = paths(try document())
    let described = try described(under: "## Keys")
    #expect(described.count > 40 && Set(described).count == described.count)
    #expect(written.subtracting(described) == [])
    #expect(Set(described).subtracting(written) == [])
  }

  @Test func theMeasuresAreThoseOfTheArticle() throws {
    #expect(try described(under: "## Measures") == Measure.all.map(\.key))
    let object = try document()
    #expect(object["schema"] as? Int == 1)
    #expect(try Self.article.get().contains("`schema` is 1"))
    let tables = try #require(object["tables"] as? [[String: Any]])
    let cells = try #require(tables.first?["cells"] as? [[String: Any]])
    for measure in Measure.all {
      #expect(cells.contains { $0[measure.key] != nil }, "\(measure.key)")
    }
  }

  private struct Means: Decodable {
    struct Table: Decodable { var cells: [Cell] }
    struct Cell: Decodable {
      var means: [String: Double]

      struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
      }

      init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: Key.self)
        means = [:]
        for measure in Measure.all {
          let key = Key(stringValue: measure.key)
          means[measure.key] = try keys.decodeIfPresent(SampleStatistics.self, forKey: key)?.mean
        }
      }
    }
    var tables: [Table]
  }

  /// Every number in a table of scores is bit-identical to `report.json`.
  @Test func tablesAndDocumentHaveTheSameNumbers() throws {
    let means = try JSON.value(Means.self, from: Self.text.get().utf8)
    let tables = ReportContent(Self.study).tables.filter { $0.id.hasPrefix("scores-") }
    try #require(tables.count == 2 && means.tables.count == 2)
    for (table, values) in zip(tables, means.tables) {
      try #require(values.cells.count == 3 && table.rows.count == 3)
      for measure in Measure.shown(in: .scores) where !measure.isTime {
        let column = try #require(table.columns.firstIndex { $0.key == measure.key })
        for (row, cell) in zip(table.rows, values.cells) {
          let mean = try #require(cell.means[measure.key])
          #expect(row[column].number == mean, "\(measure.key)")
        }
      }
    }
  }

  @Test func whatIsWrittenIsWhatIsPrinted() throws {
    try inFolder { folder in
      _ = try ReportWriter(folder: folder, drawsFigures: false).write([Self.study])
      let written = try String(contentsOfFile: "\(folder)/report.json", encoding: .utf8)
      #expect(try Self.text.get() == written)
    }
  }

  /// Names have no effect on a terminal.
  @Test func namesAreInCharactersThatMayBePrinted() throws {
    let text = try ReportJSON.text(SmallStudy.of(names: ["\u{9B}2J\u{202E}oak", "x"]))
    #expect(!text.unicodeScalars.contains("\u{9B}") && !text.unicodeScalars.contains("\u{202E}"))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(object?["study"] as? String == "\u{9B}2J\u{202E}oak")
  }
}
