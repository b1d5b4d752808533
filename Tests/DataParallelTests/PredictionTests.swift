import DataParallel
import Datasets
import Experiments
import Foundation
import NeuralNet
import Storage
import Support
import Testing

/// A saved model that predicts, beside the network that it was saved from.
@Suite struct PredictionTests {
  private static let classNames = ["ash", "elm", "oak"]

  /// A function for each of three layers, two of which learn.
  private static let mixed = ActivationSpec(
    name: "mixed",
    layers: [
      ActivationSpec(
        name: "leaky-relu", parameters: ["slope": 0.1], learned: ["slope": .channel],
        bounds: ["slope": ParameterBounds(minimum: 0)]),
      ActivationSpec(name: "srelu", parameters: ["alpha": 1, "beta": 0.1]),
      ActivationSpec(
        name: "mine", formula: "x * sigmoid(b * x)", parameters: ["b": 1],
        learned: ["b": .layer]),
    ])

  private func trial(
    _ kind: ArchitectureSpec, classes: Int,
    activation: ActivationSpec = ActivationSpec(name: "prelu", parameters: ["slope": 0.25])
  ) -> Trial {
    Trial(
      dataset: DatasetSpec(name: "own", source: DataSource(IDXFormat(), ["idx": .text("/none")])),
      architecture: kind,
      activation: activation, training: TrainingSpec(epochs: 1), seed: 5)
  }

  /// Writes a trial's folder with the weights of a network.
  private func inFolder(
    _ trial: Trial, classNames: [String], tensors: [NamedTensor], _ body: (String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("model-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func write(_ bytes: [UInt8], _ name: String) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    let matrix = ConfusionMatrix(classes: classNames.count)
    try write(Array(trial.canonicalConfiguration.utf8), "trial.json")
    try write(Array(matrix.csv(classNames: classNames).utf8), "confusion.csv")
    try write(Safetensors.encode(tensors), "model.safetensors")
    let summary = TrialSummary(trial, status: .finished, reason: nil)
    try write(Array(try summary.json().utf8), "result.json")
    try body(folder)
  }

  private static let small = ArchitectureSpec(kind: .ffnn, hidden: [6, 5])
  private static let convolutional = ArchitectureSpec(
    kind: .cnn, hidden: [6], filters: [2, 3], kernel: 3, padding: .same)

  @Test(arguments: [small, convolutional], [2, 3])
  func logitsAreTheNetworks(architecture: ArchitectureSpec, classes: Int) throws {
    try checkLogits(trial(architecture, classes: classes), classes: classes)
  }

  /// As the network has them, in its order, with what the layers learned.
  @Test func logitsOfAFunctionForEachLayerAreTheNetworks() throws {
    try checkLogits(
      trial(Self.convolutional, classes: 3, activation: Self.mixed), classes: 3)
  }

  private func checkLogits(_ trial: Trial, classes: Int) throws {
    let names = Array(Self.classNames.prefix(classes))
    let shape = ImageShape(height: 6, width: 7, channels: 1)
    let network = Network(
      try NetworkSpec(trial, input: shape, classes: classes), capacity: 300, seed: 77)
    // What was learned isn't what it started from.
    for view in network.arena.views where view.name.hasPrefix("act") {
      for (index, value) in network.arena.parameters(of: view).enumerated() {
        network.arena.parameters(of: view)[index] = value + 0.125 * Float(index + 1)
      }
    }
    // More than one batch of the predictor's, and not a multiple of it.
    let count = 300
    let pixels = (0..<count * shape.count).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ $0 / 7) }
    let features = pixels.map { Float($0) * (1 / 255) }
    _ = network.input.elements.update(fromContentsOf: features)
    network.forward(count: count, mode: .evaluation)
    let outputs = network.spec.outputs
    let pgm = Array("P5 7 6 255\n".utf8)
    try inFolder(trial, classNames: names, tensors: network.stateDictionary()) { folder in
      let files = try (0..<count).map { index in
        let path = "\(folder)/\(index).pgm"
        let image = pixels[index * shape.count..<(index + 1) * shape.count]
        try Data(pgm + image).write(to: URL(fileURLWithPath: path))
        return path
      }
      let model = try SavedModel(contentsOf: folder + "/model.safetensors")
      #expect(model.trial == trial)
      #expect(model.classNames == names)
      let samples = try PredictionSamples(
        files: files, for: model, inverted: false, search: .nowhere)
      let predictions = try Predictor(model, shape: samples.shape, compute: Compute())
        .predict(samples)
      #expect(predictions.count == count)
      for (index, prediction) in predictions.enumerated() {
        let logits = (0..<outputs).map { network.logits[index * outputs + $0] }
        #expect(zip(prediction.logits, logits).allSatisfy { abs($0 - $1) < 1e-4 }, "\(index)")
        #expect(abs(prediction.probabilities.reduce(0, +) - 1) < 1e-12)
        #expect(prediction.probabilities.count == classes)
        let best = prediction.probabilities.max()
        #expect(prediction.probabilities[prediction.predicted] == best)
      }
      let inverted = try PredictionSamples(
        files: [files[0]], for: model, inverted: true, search: .nowhere)
      #expect(zip(inverted.features, features).allSatisfy { abs($0 + $1 - 1) < 1e-6 })
      let two = samples.only([7, 2])
      #expect(two.names == [files[7], files[2]])
      #expect(
        Array(two.features[..<shape.count]) == Array(features[7 * shape.count..<8 * shape.count]))
    }
  }

  /// Infinite weights, which cancel out to what is no number.
  @Test func anOutputThatIsNoNumberIsRefused() throws {
    let trial = trial(Self.small, classes: 2)
    let shape = ImageShape(height: 6, width: 7, channels: 1)
    let spec = try NetworkSpec(trial, input: shape, classes: 2)
    var tensors = Network(spec, capacity: 1, seed: 3).stateDictionary()
    for index in tensors.indices {
      for value in tensors[index].values.indices {
        tensors[index].values[value] = value % 2 == 0 ? .infinity : -.infinity
      }
    }
    try inFolder(trial, classNames: ["elm", "oak"], tensors: tensors) { folder in
      let image = "\(folder)/x.pgm"
      try Data(Array("P5 7 6 255\n".utf8) + [UInt8](repeating: 9, count: shape.count))
        .write(to: URL(fileURLWithPath: image))
      let model = try SavedModel(contentsOf: folder)
      #expect(!model.isVerified)
      let error = #expect(throws: SavedModelError.self) { try predict(model, files: [image]) }
      #expect(error?.exitCode == .badData)
      #expect(error?.description.contains("x.pgm") == true)
    }
  }

  /// A table as a model was trained on it.
  private static let rows = (0..<40).map {
    "\($0),\($0 * $0 % 17),\($0 % 3 == 0 ? "elm" : "oak")\n"
  }
  private static let csv = "a,b,kind\n" + rows.joined()

  /// Hands over a model of a table, and what writes another one in its place.
  private func withTable(_ body: (SavedModel, _ write: (String) throws -> String) throws -> Void)
    throws
  {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("table-\(UUID().uuidString).csv").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    func write(_ text: String) throws -> String {
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
      return file
    }
    var trial = trial(Self.small, classes: 2)
    trial.dataset = DatasetSpec(
      name: "t",
      source: DataSource(
        CSVFormat(),
        ["csv": .text(try write(Self.csv)), "label": .text("kind"), "test-fraction": .number(0.2)]))
    let spec = try NetworkSpec(
      trial, input: ImageShape(height: 1, width: 2, channels: 1), classes: 2)
    let tensors = Network(spec, capacity: 1, seed: 1).stateDictionary()
    try inFolder(trial, classNames: ["elm", "oak"], tensors: tensors) { folder in
      try body(try SavedModel(contentsOf: folder), write)
    }
  }

  private func predict(_ model: SavedModel, files: [String] = []) throws -> [Prediction] {
    let samples =
      files.isEmpty
      ? try PredictionSamples(.test, of: model, search: .nowhere)
      : try PredictionSamples(files: files, for: model, inverted: false, search: .nowhere)
    return try Predictor(model, shape: samples.shape, compute: Compute()).predict(samples)
  }

  @Test func aTableThatHasChangedIsRefused() throws {
    try withTable { model, write in
      #expect(try predict(model).count == 8)
      let changes = [
        ("a class added", Self.csv + "1,1,ash\n"),
        ("a class renamed", Self.csv.replacingOccurrences(of: "elm", with: "fir")),
        ("a column added", "a,b,z,kind\n" + Self.rows.map { "1," + $0 }.joined()),
        (
          "a column removed",
          "b,kind\n" + Self.rows.map { $0.drop { $0 != "," }.dropFirst() }.joined()
        ),
        ("the label renamed", "a,b,sort\n" + Self.rows.joined()),
        ("no number", Self.csv + "1,x,elm\n"),
      ]
      for (what, text) in changes {
        let file = try write(text)
        for files in [[], [file]] {
          let error = #expect(throws: SavedModelError.self, "\(what)") {
            try predict(model, files: files)
          }
          #expect(error?.exitCode == .badData)
          #expect(error?.description.contains("that the model was trained on") == true, "\(what)")
        }
      }
    }
  }

  /// With the digest that a study's journal keeps, what has the same shape is told apart too.
  @Test func aTableOfTheSameShapeIsKnownByItsDigest() throws {
    try withTable { model, write in
      var model = model
      model.trainedOn = try DatasetSearch.nowhere.digests(of: "t", model.trial.dataset.source)
      #expect(try predict(model).count == 8)
      let changes = [
        "b,a,kind\n" + Self.rows.joined(), Self.csv + "1,1,elm\n",
        Self.csv.replacingOccurrences(of: "39,", with: "38,"),
      ]
      for text in changes {
        _ = try write(text)
        let error = #expect(throws: SavedModelError.self) { try predict(model) }
        #expect(error?.description.contains("the SHA-256 of its contents begins") == true)
      }
    }
  }

  @Test func aRowThatNoFloatHoldsIsNamed() throws {
    try withTable { model, _ in
      let rows = FileManager.default.temporaryDirectory
        .appendingPathComponent("rows-\(UUID().uuidString).csv").path
      defer { try? FileManager.default.removeItem(atPath: rows) }
      try Data("b,a\n1,2\n1,1.797e308\n".utf8).write(to: URL(fileURLWithPath: rows))
      let error = #expect(throws: DatasetError.self) { try predict(model, files: [rows]) }
      #expect(error?.description.contains("\(rows): line 3, column a: 1.797e+308") == true)
      #expect(error?.isMissing == false)
    }
  }

  @Test func imagesOfOtherClassesAreRefused() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("images-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for part in ["train", "t10k"] {
      let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2] + (0..<16)
      try Data(images).write(to: URL(fileURLWithPath: "\(folder)/\(part)-images-idx3-ubyte"))
      // One class more than the model's three.
      try Data([0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 2, 3]).write(
        to: URL(fileURLWithPath: "\(folder)/\(part)-labels-idx1-ubyte"))
    }
    var trial = trial(Self.small, classes: 3)
    trial.dataset = DatasetSpec(
      name: "own", source: DataSource(IDXFormat(), ["idx": .text(folder)]))
    let spec = try NetworkSpec(
      trial, input: ImageShape(height: 2, width: 2, channels: 1), classes: 3)
    let tensors = Network(spec, capacity: 1, seed: 1).stateDictionary()
    try inFolder(trial, classNames: ["0", "1", "2"], tensors: tensors) { path in
      let error = #expect(throws: SavedModelError.self) {
        try predict(try SavedModel(contentsOf: path))
      }
      #expect(
        error?.description.contains("its classes are 0, 1, 2, 3, the model's 0, 1, 2") == true)
    }
  }

  @Test func imagesOfAnotherSizeAreRefused() throws {
    let trial = trial(Self.small, classes: 3)
    let spec = try NetworkSpec(
      trial, input: ImageShape(height: 2, width: 2, channels: 1), classes: 3)
    let tensors = Network(spec, capacity: 1, seed: 1).stateDictionary()
    try inFolder(trial, classNames: Self.classNames, tensors: tensors) { folder in
      let model = try SavedModel(contentsOf: folder)
      let error = #expect(throws: SavedModelError.self) {
        try Predictor(
          model, shape: ImageShape(height: 3, width: 2, channels: 1), compute: Compute())
      }
      // 2 × 2 pixels to 6, 5 and 3 units with their biases, and 11 slopes; 3 × 2 pixels take 12 more.
      #expect(error?.description.contains("it has 94 parameters, and they need 106") == true)
    }
  }

  @Test func aTensorThatIsMissingIsNamed() throws {
    let trial = trial(Self.small, classes: 3)
    let shape = ImageShape(height: 2, width: 2, channels: 1)
    let tensors = Network(
      try NetworkSpec(trial, input: shape, classes: 3), capacity: 1, seed: 1
    ).stateDictionary()
    let renamed = tensors.map { tensor in
      tensor.name == "act2.weight"
        ? NamedTensor(name: "act9.weight", shape: tensor.shape, values: tensor.values) : tensor
    }
    #expect(renamed != tensors)
    try inFolder(trial, classNames: Self.classNames, tensors: renamed) { folder in
      let error = #expect(throws: SavedModelError.self) {
        try Predictor(
          try SavedModel(contentsOf: folder), shape: shape, compute: Compute())
      }
      #expect(error?.description.contains("act2.weight is missing") == true)
    }
  }

  /// A model whose bytes have changed still has the right sizes, and would predict.
  @Test(arguments: ["trial.json", "confusion.csv", "model.safetensors"])
  func aFileThatWasChangedIsNamed(name: String) throws {
    let trial = trial(Self.small, classes: 3)
    let shape = ImageShape(height: 2, width: 2, channels: 1)
    let tensors = Network(
      try NetworkSpec(trial, input: shape, classes: 3), capacity: 1, seed: 1
    ).stateDictionary()
    try inFolder(trial, classNames: Self.classNames, tensors: tensors) { folder in
      let names = ["trial.json", "confusion.csv", "model.safetensors"]
      func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
      }
      var summary = TrialSummary(trial, status: .finished, reason: nil)
      summary.files = TrialFiles.marks(try names.map { ($0, try bytes($0)) })
      try Data(try summary.json().utf8).write(to: URL(fileURLWithPath: "\(folder)/result.json"))
      #expect(try SavedModel(contentsOf: folder).trial == trial)
      let before = try bytes(name)
      for place in [0, before.count / 2, before.count - 1] {
        var changed = before
        changed[place] ^= 1
        try Data(changed).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        let error = #expect(throws: DamagedTrialFile.self) { try SavedModel(contentsOf: folder) }
        #expect(error?.path == "\(folder)/\(name)" && error?.exitCode == .badData)
      }
      try Data(before).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      #expect(try SavedModel(contentsOf: folder).trial == trial)
    }
  }

  @Test func aFolderWithoutAModelIsRefused() {
    let error = #expect(throws: SavedModelError.self) { try SavedModel(contentsOf: "/none") }
    #expect(error?.exitCode == .usage)
    #expect(error?.description.hasPrefix("/none/trial.json: no such file") == true)
  }
}

extension DatasetSearch {
  /// No place at all.
  fileprivate static var nowhere: DatasetSearch {
    DatasetSearch(dataDirectory: "/none", environment: [:], repository: "/none")
  }
}
