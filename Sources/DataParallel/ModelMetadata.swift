import Experiments
import Models
import Support

/// An activation layer's function as a model's file describes it, so that other programs can build it.
private struct SavedActivation: Encodable {
  let name: String
  let formula: String
  /// The values of the parameters that aren't learned.
  let parameters: [String: Double]
  /// The names of the learned parameters' tensors.
  let tensors: [String: String]
}

extension Trial {
  /// Returns the metadata of a model's file: under `activations` a JSON array with the function of each
  /// activation layer.
  ///
  /// A function that its name alone describes, as those of the first version, has none, so that its models
  /// keep their bytes.
  package func modelMetadata(_ network: NetworkSpec) throws -> [String: String] {
    guard !activation.layers.isEmpty || activation.isFormula else { return [:] }
    let layers = try network.plan().compactMap { layer in
      if case .activation(let kind) = layer.spec { (kind, layer) } else { nil }
    }
    let functions = activation.functions(ofLayers: layers.count) ?? []
    let saved = zip(functions, layers).map { Self.saved($0, $1.0, $1.1) }
    return ["activations": try JSON.text(saved)]
  }

  private static func saved(
    _ spec: ActivationSpec, _ kind: ActivationLayer, _ layer: PlannedLayer
  ) -> SavedActivation {
    var tensors: [String: String] = [:]
    for (learned, tensor) in zip(kind.function.learned, kind.tensors(for: layer.input)) {
      tensors[learned.parameter] = layer.name(of: tensor)
    }
    return SavedActivation(
      name: spec.name, formula: spec.definition?.formula ?? "",
      parameters: spec.parameters.filter { tensors[$0.key] == nil }, tensors: tensors)
  }
}
