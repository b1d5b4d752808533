import Experiments
import Foundation
import Models
import Support
import Testing

@Suite struct ResultFilesTests {
  private let outcome = TrialOutcome(
    test: ClassificationScores(
      loss: 0.125, accuracy: 0.9, precision: 0.8, recall: 0.7, f1: 1.0 / 3),
    train: ClassificationScores(loss: 0.0625, accuracy: 0.95, precision: 1, recall: 0.5, f1: 0.25),
    confusion: ConfusionMatrix(rows: [[1, 2], [3, 4]]), classNames: ["a", "b"], epochs: [],
    ranks: 2, seconds: 12.5)

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func resultHasTheKeysThatScriptsRelyOn() throws {
    let text = try TrialSummary(paperTrial, outcome).json()
    let result = try object(text)
    #expect(
      Set(result.keys) == [
        "id", "cell_id", "activation", "activation_parameters", "dataset", "architecture",
        "architecture_parameters", "seed", "optimizer", "learning_rate", "batch_size", "status",
        "epochs", "ranks", "seconds", "test", "train", "number_format", "numerics",
      ])
    #expect(result["id"] as? String == paperTrial.id)
    #expect(result["activation"] as? String == "srelu")
    #expect(result["activation_parameters"] as? [String: Double] == ["alpha": 1, "beta": 0.1])
    #expect(result["dataset"] as? String == "mnist")
    #expect(result["architecture"] as? String == "ffnn")
    #expect(result["status"] as? String == "finished")
    #expect(result["epochs"] as? Int == 10 && result["ranks"] as? Int == 2)
    #expect(result["seconds"] as? Double == 12.5)
    #expect(result["numerics"] as? Int == Numerics.current)
    let test = try #require(result["test"] as? [String: Double])
    #expect(Set(test.keys) == ["loss", "accuracy", "precision", "recall", "f1"])
    #expect(test["f1"] == 1.0 / 3)
    #expect((result["train"] as? [String: Double])?["accuracy"] == 0.95)
  }

  /// Results of versions without a choice of number format.
  @Test func resultWithoutNumberFormatIsFloat() throws {
    var trial = paperTrial
    trial.training.precision = .bf16
    let text = try TrialSummary(trial, outcome).json()
    #expect(try TrialSummary(json: text).training.precision == .bf16)
    let older = text.split(separator: "\n").filter { !$0.contains("number_format") }
      .joined(separator: "\n")
    #expect(older.count < text.count - 10)
    #expect(try TrialSummary(json: older).training.precision == .fp32)
  }

  @Test func resultReadsBack() throws {
    var trial = paperTrial
    trial.seed = .max
    trial.architecture = .cnn
    var finished = outcome
    finished.train.loss = .infinity
    let summaries = [
      TrialSummary(trial, finished),
      TrialSummary(trial, status: .failed, reason: "epoch 3: loss is \"nan\"", ranks: 1),
    ]
    for summary in summaries {
      #expect(try TrialSummary(json: summary.json()) == summary)
    }
    #expect(summaries[0].generalisationGap.map { abs($0 - 0.05) < 1e-15 } == true)
    #expect(summaries[1].generalisationGap == nil)
  }

  @Test(arguments: [
    ("{", "JSON"), ("{\"id\": 3}", "id"), ("{\"id\": \"a\"}", "activation: expected this key"),
  ])
  func damagedResultNamesTheKey(text: String, word: String) {
    let error = #expect(throws: ResultFileError.self) { try TrialSummary(json: text) }
    #expect(error?.exitCode == .badData)
    #expect(error?.description.contains(word) == true)
  }

  @Test func unknownStatusNamesItsKey() throws {
    let text = try TrialSummary(paperTrial, outcome).json()
      .replacing("\"finished\"", with: "\"done\"")
    let error = #expect(throws: ResultFileError.self) { try TrialSummary(json: text) }
    #expect(error?.description.contains("status") == true)
  }

  @Test func progressReadsBackToTheLastBit() throws {
    let records = (1...3).map { epoch in
      EpochRecord(
        epoch: epoch, trainLoss: 1 / Double(epoch + 2), trainAccuracy: 0.1 + 0.2,
        testLoss: 1e-300, testAccuracy: 1, seconds: .pi,
        sampledTrainLoss: epoch == 2 ? nil : 0.1 * 3, sampledTrainAccuracy: 0.25,
        stepSeconds: 0.001)
    }
    let text = EpochRecord.csv(records)
    #expect(
      text.hasPrefix(
        "epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds,sampled_train_loss,"
          + "sampled_train_accuracy,step_seconds\n1,"))
    #expect(try EpochRecord.records(csv: text) == records)
    #expect(
      EpochRecord.csv([records[0]]).split(separator: "\n")[1].contains(
        ",1,3.141592653589793,0.30000000000000004,"))
  }

  @Test(arguments: ["", "epoch,loss\n1,2\n"])
  func progressWithAnotherHeaderIsRefused(text: String) {
    let error = #expect(throws: ResultFileError.self) { try EpochRecord.records(csv: text) }
    #expect(error?.description.contains("line 1") == true)
  }

  @Test func layersHaveARowEach() throws {
    let relu = LayerRecord(
      layer: "fc1", units: 4, deadUnits: 1, saturatedShare: 0.5, mean: -0.25,
      standardDeviation: 2, gradientNorm: 0.125)
    var prelu = relu
    prelu.layer = "fc2"
    prelu.learned = [
      LearnedRecord(parameter: "slope", mean: 0.25, minimum: -0.5, maximum: 1),
      LearnedRecord(parameter: "beta", mean: 2, minimum: 2, maximum: 2, isShared: true),
    ]
    #expect(relu.deadShare == 0.25)
    var epoch = EpochRecord(
      epoch: 3, trainLoss: 1, trainAccuracy: 1, testLoss: 1, testAccuracy: 1, seconds: 1)
    #expect(LayerRecord.csv([epoch]).split(separator: "\n").count == 1)
    epoch.layers = [relu, prelu]
    #expect(
      LayerRecord.csv([epoch]) == """
        epoch,layer,units,dead_units,saturated_share,mean,standard_deviation,gradient_norm,\
        slope_mean,slope_minimum,slope_maximum
        3,fc1,4,1,0.5,-0.25,2,0.125,,,
        3,fc2,4,1,0.5,-0.25,2,0.125,0.25,-0.5,1

        """)
    let back = try JSONDecoder().decode(EpochRecord.self, from: JSONEncoder().encode(epoch))
    #expect(back == epoch)
    // A row for each epoch, layer and parameter; no file where nothing is learned.
    #expect(
      LearnedRecord.csv([epoch]) == """
        epoch,layer,parameter,mean,minimum,maximum
        3,fc2,slope,0.25,-0.5,1
        3,network,beta,2,2,2

        """)
    epoch.layers = [relu]
    #expect(LearnedRecord.csv([epoch]) == nil && LearnedRecord.csv([]) == nil)
  }

  /// Earlier versions wrote PReLU's slopes alone.
  @Test func earlierSlopesAreRead() throws {
    let text = """
      {"dead_units":1,"gradient_norm":0.125,"layer":"fc1","mean":-0.25,"saturated_share":0.5,\
      "slopes":{"maximum":1,"mean":0.25,"minimum":-0.5},"standard_deviation":2,"units":4}
      """
    let record = try JSONDecoder().decode(LayerRecord.self, from: Data(text.utf8))
    #expect(
      record.learned == [LearnedRecord(parameter: "slope", mean: 0.25, minimum: -0.5, maximum: 1)])
  }

  @Test(arguments: [
    "1,2,3,4,5", "1,2,3,4,5,6,7,8,9,10", "one,2,3,4,5,6,,,", "1,2,x,4,5,6,,,", "1,2,,4,5,6,,,",
    "1,2,3,4,5,6,x,,", "0,2,3,4,5,6,,,", "-1,2,3,4,5,6,,,", "9223372036854775807,2,3,4,5,6,,,",
  ])
  func progressNamesTheLineThatIsWrong(row: String) {
    let header = EpochRecord.csvColumns.joined(separator: ",")
    let error = #expect(throws: ResultFileError.self) {
      try EpochRecord.records(csv: "\(header)\n1,2,3,4,5,6,,,\n\(row)\n")
    }
    #expect(error?.description.contains("line 3") == true)
  }

  @Test func confusionHasTrueClassesInRows() throws {
    let matrix = ConfusionMatrix(rows: [[1, 2], [3, 4]])
    let text = matrix.csv(classNames: ["benign", "a \"b\", c"])
    #expect(
      text == """
        true_class,benign,"a ""b"", c"
        benign,1,2
        "a ""b"", c",3,4

        """)
    let (parsed, names) = try ConfusionMatrix.parse(csv: text)
    #expect(parsed == matrix)
    #expect(names == ["benign", "a \"b\", c"])
  }

  @Test(arguments: [
    "", "true_class\n", "true_class,a,b\na,1,2\n", "true_class,a,b\na,1,2\nc,3,4\n",
    "true_class,a,b\na,1,2\nb,3,-4\n", "true_class,a,b\na,1,2\nb,3\n",
    "true_class,a,b\na,1,2\nb,\"3,4\n", "true_class,a,b\na,1,2\nb,3,1099511627777\n",
    "true_class,a,b\na,1,2\nb,9223372036854775807,1\n",
  ])
  func damagedConfusionIsRefused(text: String) {
    #expect(throws: ResultFileError.self) { try ConfusionMatrix.parse(csv: text) }
  }

  /// Whatever is read can be added up.
  @Test func theLargestConfusionHasAScore() throws {
    let names = (0..<256).map { "c\($0)" }
    func text(_ names: [String]) -> String {
      let counts = names.map { _ in String(Int64(1) << 40) }
      return CSV.text([["true_class"] + names] + names.map { [$0] + counts })
    }
    let (matrix, _) = try ConfusionMatrix.parse(csv: text(names))
    #expect(matrix.total == 1 << 56)
    #expect(matrix.macroF1 == 1.0 / 256)
    let error = #expect(throws: ResultFileError.self) {
      _ = try ConfusionMatrix.parse(csv: text(names + ["c256"]))
    }
    #expect(error?.description.contains("at most 256 classes, found 257") == true)
  }

  /// A header of many classes isn't believed before there are rows.
  @Test func aHeaderAloneTakesNoMemory() {
    let header = "true_class" + String(repeating: ",a", count: 30_000)
    let error = #expect(throws: ResultFileError.self) {
      try ConfusionMatrix.parse(csv: header + String(repeating: "\n", count: 30_001))
    }
    #expect(error?.description.contains("found 30000") == true)
  }

  @Test func resultsHaveOneColumnForEachField() throws {
    var cnn = paperTrial
    cnn.architecture = .cnn
    cnn.activation = ActivationSpec(name: "relu")
    let text = TrialSummary.csv([
      TrialSummary(paperTrial, outcome),
      TrialSummary(cnn, status: .failed, reason: "first, second\nthird"),
    ])
    let rows = try CSV.rows(text)
    #expect(rows.count == 3)
    #expect(rows.allSatisfy { $0.count == TrialSummary.csvColumns().count })
    let columns = Dictionary(uniqueKeysWithValues: zip(rows[0], zip(rows[1], rows[2])))
    #expect(columns["id"].map { [$0, $1] } == [paperTrial.id, cnn.id])
    #expect(columns["beta"].map { [$0, $1] } == ["0.1", ""])
    #expect(columns["hidden"]?.0 == "512 512")
    #expect(columns["filters"].map { [$0, $1] } == ["", "32 64"])
    #expect(columns["kernel"].map { [$0, $1] } == ["", "3"])
    #expect(columns["reason"]?.1 == "first, second\nthird")
    #expect(columns["test_loss"].map { [$0, $1] } == ["0.125", ""])
    #expect(columns["train_f1"]?.0 == "0.25")
    let gap = columns["generalisation_gap"].flatMap { Double($0.0) }
    #expect(gap == 0.95 - 0.9)
  }

  /// Counts that nobody has counted are refused where they are read, not added up.
  @Test(arguments: [
    (#"{"epoch":0,"#, "\"dead_units\":1,\"units\":2"),
    (#"{"epoch":-9223372036854775808,"#, "\"dead_units\":1,\"units\":2"),
    (#"{"epoch":9223372036854775807,"#, "\"dead_units\":1,\"units\":2"),
    (#"{"epoch":1,"#, "\"dead_units\":9223372036854775807,\"units\":9223372036854775807"),
    (#"{"epoch":1,"#, "\"dead_units\":3,\"units\":2"),
    (#"{"epoch":1,"#, "\"dead_units\":-1,\"units\":2"),
  ])
  func impossibleCountsAreRefused(start: String, counts: String) throws {
    func text(_ start: String, _ counts: String) -> Data {
      Data(
        (start + #""train_loss":1,"train_accuracy":1,"test_loss":1,"test_accuracy":1,"seconds":1,"#
          + #""layers":[{"layer":"fc1","saturated_share":0,"mean":0,"standard_deviation":1,"#
          + counts + "}]}").utf8)
    }
    let sound = try JSONDecoder().decode(
      EpochRecord.self, from: text(#"{"epoch":1,"#, "\"dead_units\":1,\"units\":2"))
    #expect(sound.layers.first?.deadUnits == 1)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(EpochRecord.self, from: text(start, counts))
    }
  }

  /// What a spreadsheet would take for a formula has an apostrophe in front in the file, and none when
  /// it is read.
  @Test(arguments: [
    "=HYPERLINK(\"http://x\",\"y\")", "+1+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1",
    "\n=1",
    "＝1+1", "-", "+", "=", "@", "-0x10", "-1e", "1e5=", "-1-1", "--1", "+.e5", "=\u{301}1",
  ])
  func formulasAreDefused(text: String) throws {
    let isFormula = text != "1e5="
    #expect(
      CSV.line([text, "a"]).unicodeScalars.drop { $0 == "\"" }.first == (isFormula ? "'" : "1"))
    #expect(try CSV.rows(CSV.text([[text, "b"], ["c", text]])) == [[text, "b"], ["c", text]])
    let matrix = ConfusionMatrix(rows: [[5, 1], [2, 7]])
    let found = try ConfusionMatrix.parse(csv: matrix.csv(classNames: [text, "other"]))
    #expect(found.classNames == [text, "other"] && found.matrix == matrix)
  }

  @Test(arguments: [
    "-0.5", "+3", "-1", "1e-05", "-2.5e+10", "0", "-inf", "inf", "nan", ".5", "-.5E3", "12345e67",
    "plain", "", "a\r", "'quoted'", "it's", "'", "''", "a=b", "1-1",
  ])
  func numbersAndPlainTextsStayAsTheyAre(text: String) throws {
    #expect(CSV.line([text]) == (text == "a\r" ? "\"a\r\"" : text))
    #expect(try CSV.rows(CSV.text([["x", text]])) == [["x", text]])
    #expect(try CSV.rows(CSV.text([[text, "x"]])) == [[text, "x"]])
  }

  /// An apostrophe that was there already is kept apart from one that was added.
  @Test(arguments: ["'=1", "''=1", "'-5", "'12", "''+x", "'@", "'1e5"])
  func apostrophesReadBack(text: String) throws {
    #expect(CSV.line([text]) == "'" + text)
    #expect(try CSV.rows(CSV.text([[text, "x"]])) == [[text, "x"]])
  }

  /// Files that an earlier version wrote have nothing added.
  @Test func olderFilesReadAsTheyDid() throws {
    let text = "true_class,=a,'b\n=a,5,0\n'b,1,6\n"
    #expect(try ConfusionMatrix.parse(csv: text).classNames == ["=a", "'b"])
  }

  /// Of 16 hexadecimal digits some are a decimal number, and a spreadsheet makes another one of it.
  @Test(arguments: [
    ("1234567890123456", true), ("12345e6789012345", true), ("0000000000000000", true),
    ("1e23456789012345", true), ("e123456789012345", false), ("123456789012345e", false),
    ("12e45e6789012345", false), ("1234567890abcdef", false),
  ])
  func idsAreNoNumbers(id: String, isMarked: Bool) throws {
    var summary = TrialSummary(paperTrial, outcome)
    summary.id = id
    summary.cellID = id
    let text = TrialSummary.csv([summary])
    let line = try #require(text.split(separator: "\n").last)
    let written = isMarked ? "'" + id : id
    #expect(line.hasPrefix("\(written),\(written),srelu,"))
    #expect(try CSV.rows(text)[1].prefix(2) == [id, id])
    // Numbers of the same form are numbers still.
    summary.seed = 1_234_567_890_123_456
    #expect(TrialSummary.csv([summary]).contains(",1234567890123456,finished,"))
  }

  /// No character of a name does anything to a terminal.
  @Test func printedTextsHaveNoControlCharacters() {
    let hostile = "a\u{1B}[2Jb\u{9B}31mc\u{7}\r\u{8}\u{202E}d\u{2067}\u{2028}\u{7F}e\nf\tg"
    let isControl = { (scalar: Unicode.Scalar) in
      scalar.properties.generalCategory == .control
        || [0x2028, 0x2029, 0x202E, 0x2067].contains(scalar.value)
    }
    #expect(!hostile.onOneLine.unicodeScalars.contains(where: isControl))
    #expect(
      hostile.printable.unicodeScalars.filter(isControl).map(\.value) == [10, 9])
    for text in [hostile.onOneLine, hostile.printable] {
      #expect(text.filter(\.isLetter) == "aJbmcdefg")
    }
    #expect("naïve Ωμέγα 活性化 👩‍👩‍👧".printable == "naïve Ωμέγα 活性化 👩‍👩‍👧")
    // JSON says the same.
    let json = "{\n  \"name\" : \"x\u{9B}31m\u{202E}\u{7F}\"\n}"
    #expect(json.printableJSON == "{\n  \"name\" : \"x\\u009b31m\\u202e\\u007f\"\n}")
  }

  @Test func quotedFieldsReadBack() throws {
    let rows = [["a", "", "b,c"], ["\"", "\"\"", "x\ny"], ["", "", ""]]
    #expect(try CSV.rows(CSV.text(rows)) == rows)
    #expect(try CSV.rows("a,b\r\nc,d") == [["a", "b"], ["c", "d"]])
    #expect(try CSV.rows("") == [])
  }
}
