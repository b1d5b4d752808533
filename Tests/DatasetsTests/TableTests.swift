import CounterRandom
import Datasets
import Foundation
import Models
import Testing

@Suite struct TableTests {
  private func table(_ text: String, label: String = "kind") throws -> Table {
    let folder = try TemporaryFolder()
    return try read(csv: try folder.write("table.csv", text), label: label)
  }

  @Test func columnsQuotesAndClasses() throws {
    let text =
      "\u{FEFF}\"a, b\",kind,c\r\n1.5,\"say \"\"x\"\"\",-2e3\r\n\r\n 3 ,plain,4\n5,plain,6"
    let table = try table(text)
    #expect(table.columnNames == ["a, b", "c"])
    #expect(table.features == [1.5, -2000, 3, 4, 5, 6])
    #expect(table.classNames == ["plain", "say \"x\""])
    #expect(table.labels == [1, 0, 0])
  }

  @Test(arguments: [
    ("a,kind\n1,x\nNaN,y\n", "line 3, column a"),
    ("a,kind\n1,x\ninf,y\n", "line 3, column a"),
    ("a,kind\n1,x\n,y\n", "found nothing"),
    ("a,kind\n1,x\n2.3.4,y\n", "'2.3.4'"),
    ("a,kind\n1,x\n2,y,3\n", "line 3 has 3 fields"),
    ("a,kind\n1,\"x\n2,y\n", "line 2"),
    ("a,kind\n", "no rows"),
    ("", "empty"),
    ("a,kind\n1,x\n2,x\n", "1 different values"),
    ("kind\nx\ny\n", "no column beside"),
    ("a,kond\n1,x\n2,y\n", "Did you mean kond?"),
  ])
  func damageIsNamed(_ text: String, _ says: String) throws {
    let error = datasetError { _ = try table(text) }
    #expect(error?.description.contains("table.csv") == true)
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "no error")")
    #expect(error?.isMissing == false)
  }

  @Test func aTableThatIsNotThere() {
    let error = datasetError { _ = try read(csv: "/nowhere/table.csv") }
    #expect(error?.isMissing == true)
  }

  @Test(.enabled(if: isPresent(.wdbc), absent(.wdbc)))
  func wdbc() throws {
    let table = try #require(try realData.read("wdbc", nil) as? Table)
    #expect(table.rows == 569)
    #expect(table.columns == 30)
    // UCI's own counts.
    #expect(table.labels.count { $0 == 0 } == 357)
    #expect(table.labels.count { $0 == 1 } == 212)
    #expect(table.labels.first == 1)
    #expect(table.features[..<3] == [17.99, 10.38, 122.8])
    #expect(table.classNames == ["benign", "malignant"])
    for seed in 0..<5 as Range<UInt64> {
      let split = table.split(seed: seed)
      #expect(split.train.count == 455)
      #expect(split.test.count == 114)
    }
  }

  /// Lines of the form of UCI's file: a patient's number, M or B, 30 numbers.
  private static let patients = (0..<40).map { row in
    let numbers = (0..<30).map { "\(Double((row * 37 + $0 * 11) % 101) / 8)" }
    return (["\(842_302 + row)", row % 3 == 0 ? "M" : "B"] + numbers).joined(separator: ",")
  }.joined(separator: "\n")

  /// scikit-learn's file is UCI's without the patients' numbers, with 0 for malignant.
  @Test func scikitLearnsFileIsTheSame() throws {
    let text = Self.patients
    let lines = text.split(separator: "\n").map { line -> String in
      let fields = line.split(separator: ",")
      return (fields[2...] + [fields[1] == "M" ? "0" : "1"]).joined(separator: ",")
    }
    let csv = (["40,30,malignant,benign"] + lines).joined(separator: "\n") + "\n"
    let rebuilt = try Table(breastCancer: Array(csv.utf8), path: "breast_cancer.csv")
    let original = try Table(wdbc: Array(text.utf8), path: "wdbc.data")
    #expect(rebuilt.features == original.features)
    #expect(rebuilt.labels == original.labels)
    #expect(rebuilt.columnNames == original.columnNames)
    #expect(original.rows == 40)
    #expect(original.labels.count { $0 == 1 } == 14)
    #expect(original.features[30 * 39 + 29] == Double((39 * 37 + 29 * 11) % 101) / 8)
  }

  private func randomTable(_ stream: inout RandomStream) throws -> Table {
    let classes = 2 + Int(stream.below(3))
    let rows = 10 + Int(stream.below(90))
    var text = "a,b,kind\n"
    for row in 0..<rows {
      let kind = row < classes ? row : Int(stream.below(UInt32(classes)))
      text += "\(row),\(stream.below(1000)),k\(kind)\n"
    }
    return try table(text)
  }

  @Test func splitsAreStratifiedAndDisjoint() throws {
    var stream = RandomStream(seed: 1, purpose: .split)
    for trial in 0..<30 {
      let table = try randomTable(&stream)
      let fraction = [0.1, 0.2, 0.25, 0.5][trial % 4]
      func split(_ seed: Int) -> (train: [Int], test: [Int]) {
        Split.drawn(testFraction: fraction).samples(table.labels, seed: UInt64(seed))
      }
      let (train, test) = split(trial)
      #expect((train + test).sorted() == Array(0..<table.rows))
      #expect(test.count == Int((Double(table.rows) * fraction).rounded()))
      for number in table.classNames.indices {
        let all = table.labels.count { Int($0) == number }
        let held = test.count { Int(table.labels[$0]) == number }
        #expect(abs(Double(held) - Double(all) * fraction) < 1)
      }
      #expect(split(trial).test == test)
      let others = (0..<9).map { split(1000 + $0).test }
      #expect(Set(others).count > 1)
    }
  }

  @Test func standardisedWithTheTrainingRowsAlone() throws {
    let table = try table("a,b,kind\n1,7,x\n3,7,y\n5,7,x\n11,9,y\n")
    let scaling = table.standardisation(by: [0, 1, 2])
    let scaled = scaling.apply(table.features(of: [0, 1, 2, 3]))
    // Mean 3, population variance (4 + 0 + 4) / 3; the column that never changes becomes zero.
    let deviation = (8.0 / 3).squareRoot()
    let expected = [-2 / deviation, 0, 0, 0, 2 / deviation, 0, 8 / deviation, 0]
    for (value, exact) in zip(scaled, expected) {
      #expect(abs(Double(value) - exact) < 1e-6)
    }
    #expect(scaled.count == 8)
  }

  /// A fifth of two rows is none; of three, one.
  @Test func aSplitWithAnEmptyPartIsRefused() throws {
    let folder = try TemporaryFolder()
    func source(_ text: String) throws -> DataSource {
      DataSource(
        CSVFormat(),
        [
          "csv": .text(try folder.write("t.csv", text)), "label": .text("kind"),
          "test-fraction": .number(0.2),
        ])
    }
    let two = try source("a,kind\n1,x\n2,y\n")
    let error = datasetError { _ = try realData.readToTrain("t", two) }
    #expect(error?.description.contains("2 are for training and 0 for testing") == true)
    let three = try source("a,kind\n1,x\n2,y\n3,y\n")
    #expect(try realData.readToTrain("t", three).shape.testCount == 1)
  }

  @Test func rowsOfAnotherFileFollowTheColumns() throws {
    let table = try table("a,b,kind\n1,7,x\n3,8,y\n")
    let folder = try TemporaryFolder()
    let path = try folder.write("rows.csv", "kind,b,note,a\ny,20,?,10\nx,22,!,11\n")
    let rows = try table.rows(csv: path, label: "kind")
    #expect(rows.count == 2)
    #expect(rows.features == [10, 20, 11, 22])
    #expect(rows.labels == [1, 0])
    #expect(try table.rows(csv: path, label: nil).labels == nil)
    let without = try folder.write("without.csv", "b,a\n2,1\n")
    #expect(try table.rows(csv: without, label: "kind").labels == nil)
  }

  @Test(arguments: [
    ("a,kind\n1,x\n", "no column is called b"),
    ("a,b,kind\n1,2,z\n", "line 2: no class is called z; there are x, y"),
    ("a,b,kind\n1,nan,x\n", "line 2, column b"),
  ])
  func rowsThatDoNotFitAreRefused(_ text: String, _ says: String) throws {
    let table = try table("a,b,kind\n1,7,x\n3,8,y\n")
    let folder = try TemporaryFolder()
    let path = try folder.write("rows.csv", text)
    let error = datasetError { _ = try table.rows(csv: path, label: "kind") }
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "no error")")
  }

  /// A header of many columns isn't repeated whole, nor compared word by word.
  @Test func aMissingColumnAmongManyIsSaidInShort() {
    let names = (0..<200).map { "column\($0)" }
    let text = names.joined(separator: ",") + "\n" + names.map { _ in "1" }.joined(separator: ",")
    let error = datasetError {
      _ = try Table(csv: Array(text.utf8), path: "t.csv", label: "Column7", testFraction: 0.2)
    }
    #expect(error?.description.contains("Did you mean column7?") == true)
    #expect(error?.description.contains("column99, ….") == true)
    #expect(error?.description.contains("column100") == false)
  }
}
