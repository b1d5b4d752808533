import Foundation

extension Trial {
  /// The trial whose canonical configuration a text is, such as a `trial.json`'s.
  ///
  /// - Throws: `ResultFileError` that names the key that is missing or wrong.
  public init(canonicalConfiguration text: String) throws(ResultFileError) {
    do {
      self = try JSONDecoder().decode(CanonicalTrial.self, from: Data(text.utf8)).trial
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
