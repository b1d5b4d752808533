import Foundation
import Support

extension Trial {
  /// The trial whose canonical configuration a text is, such as a `trial.json`'s.
  ///
  /// - Throws: `ResultFileError` that names the key that is missing or wrong.
  public init(canonicalConfiguration text: String) throws(ResultFileError) {
    do {
      let read = try JSON.value(CanonicalTrial.self, from: text.utf8)
      if let flaw = read.flaw { throw ResultFileError(message: flaw) }
      self = read.trial
    } catch let error as ResultFileError {
      throw error
    } catch let error as DecodingError {
      throw ResultFileError(message: error.inOneLine)
    } catch {
      throw ResultFileError(message: error.localizedDescription)
    }
  }
}

/// A trial as its canonical configuration has it: without what is at its default.
private struct CanonicalTrial: Decodable {
  struct Architecture: Decodable {
    var kind: ArchitectureSpec.Kind
    var hidden: [Int]
    var dropout: Double
    var filters: [Int]?
    var kernel: Int?
    var padding: ArchitectureSpec.Padding?
  }

  struct Training: Decodable {
    var optimizer: String
    var learning_rate: Double
    var batch_size: Int
    var epochs: Int
    var precision: NumberFormat?
  }

  var dataset: DatasetSpec
  var architecture: Architecture
  var activation: ActivationSpec
  var training: Training
  var seed: UInt64

  /// The key whose value no trial can have.
  var flaw: String? {
    // Far above what a config may say, and far from overflow.
    let sizes = 1...1 << 24
    let isCNN = architecture.kind == .cnn
    let known = ActivationCatalogue.entry(named: activation.name)?.parameters
    let isActivation =
      known?.count == activation.parameters.count
      && (known ?? []).allSatisfy { activation.parameters[$0.key].map($0.accepts) == true }
    let layers = [architecture.hidden.count, architecture.filters?.count ?? 0]
    let checks: [(String, Bool)] = [
      ("dataset", dataset.source != .builtin || dataset.catalogueEntry != nil),
      ("dataset.test_fraction", dataset.testFraction.map { $0 > 0 && $0 < 1 } ?? true),
      ("activation", isActivation),
      ("training.optimizer", training.optimizer == "adam"),
      ("training.learning_rate", training.learning_rate > 0 && training.learning_rate <= 1000),
      ("architecture", layers.allSatisfy { $0 <= 1000 }),
      ("architecture.hidden", architecture.hidden.allSatisfy(sizes.contains)),
      ("architecture.dropout", architecture.dropout >= 0 && architecture.dropout < 1),
      ("architecture.filters", (architecture.filters ?? []).allSatisfy(sizes.contains)),
      ("architecture.kernel", isCNN ? sizes.contains(architecture.kernel ?? 0) : true),
      ("architecture.filters", isCNN == (architecture.filters != nil)),
      ("architecture.kernel", isCNN == (architecture.kernel != nil)),
      ("training.batch_size", sizes.contains(training.batch_size)),
      ("training.epochs", sizes.contains(training.epochs)),
    ]
    return checks.first { !$0.1 }.map { "\($0.0): a value that no trial has" }
  }

  var trial: Trial {
    Trial(
      dataset: dataset,
      architecture: ArchitectureSpec(
        kind: architecture.kind, hidden: architecture.hidden, dropout: architecture.dropout,
        filters: architecture.filters ?? [], kernel: architecture.kernel ?? 0,
        padding: architecture.padding ?? .valid),
      activation: activation,
      training: TrainingSpec(
        optimizer: training.optimizer, learningRate: training.learning_rate,
        batchSize: training.batch_size, epochs: training.epochs,
        precision: training.precision ?? .fp32),
      seed: seed)
  }
}
