import DataParallel
import Datasets
import Experiments
import Foundation
import Models
import Storage

/// A parser of files that anyone may have written.
struct Target: Sendable {
  let name: String
  /// Words that its format knows.
  let words: [String]
  /// Whether a checksum at the end of each line is mended after a mutation, every other time.
  var hasLineChecksums = false
  /// How many of the inputs it gets, beside the others: slow parsers get fewer.
  var weight: UInt64 = 20
  /// Bytes of the longest inputs: slow parsers get shorter ones.
  var longest = 1 << 20
  /// Parses, and uses what was read as the program does; throws where the bytes aren't what they
  /// should be.
  let parse: @Sendable ([UInt8]) throws -> Void

  static let all = [
    Target(name: "idx", words: []) { bytes in
      let dimensions = bytes.count > 3 && bytes[3] == 1 ? 1 : 3
      _ = try IDXFile(bytes: bytes, path: "file", dimensions: dimensions)
    },
    // A data set may unpack to more than a worker's memory.
    Target(name: "gzip", words: []) {
      _ = try FileContents.unpack($0, path: "file", limit: 1 << 26)
    },
    Target(
      name: "csv",
      words: [
        "\"", "\"\"", ",", "\r\n", "kind", "nan", "1e999", "-0", "\u{FEFF}", "1e308", "5e-324",
      ]
    ) {
      let table = try Table(csv: $0, path: "fuzz", label: "kind", testFraction: 0.2)
      let (train, test) = table.split(seed: 1)
      _ = table.standardisation(by: train).apply(table.features(of: test))
    },
    Target(name: "pgm", words: ["P2", "P5", "#", "\n", " ", "255", "65535", "16384", "-1"]) {
      _ = try ImageFile(bytes: $0, path: "fuzz")
    },
    Target(
      name: "trial",
      words: ["\"kind\":", "\"cnn\"", "\"hidden\":", "[", "]", "{", "}", "-1", "1e999", "null"]
    ) {
      let text = String(decoding: $0, as: UTF8.self)
      let trial = try Trial(canonicalConfiguration: text)
      _ = trial.canonicalConfiguration
      _ = ModelCost(
        architecture: trial.architecture, activation: trial.activation,
        input: ImageShape(height: 28, width: 28), classes: 10)
    },
    Target(
      name: "confusion", words: ["true_class", ",", "\n", "\"", "-1", "9223372036854775807"]
    ) {
      let (matrix, _) = try ConfusionMatrix.parse(csv: String(decoding: $0, as: UTF8.self))
      _ = ClassificationScores(confusion: matrix, loss: 0)
      _ = ClassificationScores(confusion: matrix, loss: 0, positiveClass: 0)
      _ = matrix.total
    },
    Target(
      name: "progress", words: EpochRecord.csvColumns + [",", "\n", "\"", "-1", "1e999", "nan"]
    ) { _ = EpochRecord.csv(try EpochRecord.records(csv: String(decoding: $0, as: UTF8.self))) },
    Target(
      name: "result",
      words: ["\"test\":", "\"reason\":", "{", "}", "[", "]", "-1", "1e999", "null"]
    ) {
      let summary = try TrialSummary(json: String(decoding: $0, as: UTF8.self))
      _ = TrialSummary.csv([summary])
      _ = summary.generalisationGap
    },
    Target(name: "wdbc", words: ["M", "B", ",", "\n", "\"", "1e-400", "0x1p3", "inf", "0", "1"]) {
      bytes in
      do {
        _ = try Table(wdbc: bytes, path: "fuzz")
      } catch is DatasetError {
        _ = try Table(breastCancer: bytes, path: "fuzz")
      }
    },
    Target(
      name: "safetensors",
      words: [
        "__metadata__", "\"dtype\":", "\"F32\"", "\"shape\":", "\"data_offsets\":", "[", "]", "{",
        "}", "-1", "9223372036854775807", "1e300", "null", "\\u0000",
      ]
    ) { _ = try Safetensors.decode($0) },
    Target(
      name: "journal",
      words: [
        "\"event\":", "\"seq\":", "\"crc32\":\"", "opened", "started", "finished", "epoch",
        "nan", "-inf", "\n", "18446744073709551616", "1e999", "null", "\"format\":2",
      ], hasLineChecksums: true
    ) {
      let contents = try JournalContents(Data($0), path: "fuzz")
      let state = JournalState.replay(contents.records)
      _ = state.progress
      _ = state.trials(.finished)
    },
    Target(
      name: "config",
      words: [
        "datasets:", "activations:", "search:", "seeds:", "{", "}", "[", "]", "- ", "? ", ": ",
        "&a ",
        "*a", "!!str ", "|\n", ">\n", "\"", "'", "#", "---\n", "...\n", ".nan", "-1", "1e999",
        "99999999999999999999", "{first: 0, count: 4000000000}", "<<: ", "\t", "log-uniform",
        "*a : ", "<<: *a", "x-a: ", "%TAG !b! c\n", "!!int ", "!b!c ", "1e3", "010",
      ], weight: 2, longest: 1 << 17
    ) {
      let study = try StudyConfig(
        yaml: String(decoding: $0, as: UTF8.self), file: "fuzz.yaml", baseDirectory: "/")
      if let count = study.trialCount, count <= 100 { _ = study.searchedTrials.map(\.trial.id) }
      if let search = study.search {
        let values = search.parameters.map { ($0.key, Double($0.key.count)) }
        let proposals = [0: Dictionary(values, uniquingKeysWith: { first, _ in first }), 1: [:]]
        _ = study.proposing([search.id: proposals]).searchedTrials
      }
    },
    Target(
      name: "npy",
      words: [
        "'descr': ", "'fortran_order': ", "'shape': ", "<f8", ">f4", "|u1", "<U9", "|O", "True",
        "False", "(2, 3)", "(,)", "9223372036854775807", "nan", "[", "}", "\n",
      ]
    ) {
      let array = try NPYFile(bytes: $0, path: "fuzz")
      if array.shape.count == 1 {
        _ = try array.classes()
      } else {
        _ = try (array.sampleShape(), array.numbers())
      }
    },
    formula,
  ]
}
