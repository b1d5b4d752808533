import DataParallel
import Experiments
import Foundation
import NeuralNet
import Storage
import Support
import Testing

/// What a model's file says of its activation functions.
@Suite struct ModelMetadataTests {
  private struct Layer: Decodable, Equatable {
    var name: String
    var formula: String
    var parameters: [String: Double]
    var tensors: [String: String]
  }

  private func trial(_ activation: ActivationSpec) -> Trial {
    Trial(
      dataset: DatasetSpec(name: "d"),
      architecture: ArchitectureSpec(kind: .cnn, hidden: [5], filters: [3], kernel: 3),
      activation: activation, training: TrainingSpec(epochs: 1), seed: 0)
  }

  private func metadata(_ activation: ActivationSpec) throws -> [String: String] {
    let trial = trial(activation)
    return try trial.modelMetadata(
      NetworkSpec(trial, input: ImageShape(height: 8, width: 8), classes: 3))
  }

  private func layers(_ activation: ActivationSpec) throws -> [Layer] {
    let metadata = try metadata(activation)
    #expect(metadata.keys.sorted() == ["activations"])
    return try JSONDecoder().decode([Layer].self, from: Data((metadata["activations"] ?? "").utf8))
  }

  @Test func aFormulaWithItsParameters() throws {
    let spec = ActivationSpec(
      name: "own", formula: "x > 0 ? a * x : b * x * exp(x) + c * d",
      parameters: ["a": 0.5, "b": 0.25, "c": 0.1, "d": 1],
      learned: ["b": .channel, "c": .network, "d": .unit])
    let expected = ["act1", "act2"].map { act in
      Layer(
        name: "own", formula: "x > 0 ? a * x : b * x * exp(x) + c * d", parameters: ["a": 0.5],
        tensors: ["b": "\(act).b", "c": "act.c", "d": "\(act).d"])
    }
    #expect(try layers(spec) == expected)
    // Every tensor that is named is in the file.
    let network = Network(
      try NetworkSpec(trial(spec), input: ImageShape(height: 8, width: 8), classes: 3),
      capacity: 1, seed: 0)
    let names = network.stateDictionary().map(\.name).filter { $0.hasPrefix("act") }
    #expect(Set(names) == Set(expected.flatMap(\.tensors.values)))
  }

  @Test func aFunctionOfTheCatalogue() throws {
    let mish = try #require(ActivationCatalogue.entry(named: "mish"))
    let layer = Layer(name: "mish", formula: mish.formula, parameters: [:], tensors: [:])
    #expect(try layers(mish.resolved()) == [layer, layer])
    var srelu = try #require(ActivationCatalogue.entry(named: "srelu")).resolved()
    srelu.learned = ["beta": .layer]
    let found = try layers(srelu)
    #expect(found.map(\.tensors) == [["beta": "act1.beta"], ["beta": "act2.beta"]])
    #expect(found.map(\.parameters) == [["alpha": 1], ["alpha": 1]])
  }

  /// Those of the first version, whose models keep their bytes and which predict-torch.py knows by name.
  @Test func functionsKnownByNameHaveNone() throws {
    let silent = try ActivationCatalogue.entries.filter { try metadata($0.resolved()).isEmpty }
    #expect(
      silent.map(\.name) == [
        "relu", "leaky-relu", "prelu", "elu", "gelu", "srelu", "sigmoid", "tanh", "silu",
      ])
  }

  @Test func metadataStandsInTheHeader() throws {
    let tensors = [NamedTensor(name: "t", shape: [1], values: [2])]
    let plain = Safetensors.encode(tensors)
    let bytes = Safetensors.encode(tensors, metadata: ["activations": #"["β"]"#])
    #expect(try Safetensors.decode(bytes) == tensors)
    let length = Int(bytes[0]) | Int(bytes[1]) << 8
    let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length]))
    let table = try #require((header as? [String: Any])?["__metadata__"] as? [String: String])
    #expect(table == ["activations": #"["β"]"#])
    #expect(Safetensors.encode(tensors, metadata: [:]) == plain)
  }
}
