import Support

/// A network as a sequence of layers; the last one's outputs are the logits.
public struct NetworkSpec: Hashable, Sendable {
  /// Shape of one sample.
  public var input: ImageShape
  /// The layers, first to last.
  public var layers: [LayerSpec]
  /// Number of classes: two give one sigmoid unit, more a softmax.
  public var classes: Int

  /// A network from its layers.
  public init(input: ImageShape, layers: [LayerSpec], classes: Int) {
    self.input = input
    self.layers = layers
    self.classes = classes
  }

  /// The paper's kind of network: convolutions, each with activation, 2×2 max-pool and dropout;
  /// hidden dense layers, each with activation and dropout; a dense output layer.
  ///
  /// After a padded convolution the pooling keeps windows that extend beyond the border.
  public init(
    input: ImageShape, convolutions: [Convolution] = [], hidden: [Int] = [512, 512], classes: Int,
    activation: Activation, dropout: Float = 0.3
  ) {
    self.init(
      input: input, convolutions: convolutions, hidden: hidden, classes: classes,
      activations: Array(repeating: activation, count: convolutions.count + hidden.count),
      dropout: dropout)
  }

  /// The same with an activation for each convolution and each hidden layer.
  public init(
    input: ImageShape, convolutions: [Convolution] = [], hidden: [Int] = [512, 512], classes: Int,
    activations: [Activation], dropout: Float = 0.3
  ) {
    precondition(
      activations.count == convolutions.count + hidden.count,
      "\(activations.count) activations for \(convolutions.count + hidden.count) layers")
    self.init(input: input, layers: [], classes: classes)
    var functions = activations.map { LayerSpec.activation(ActivationLayer($0)) }[...]
    let dropout = LayerSpec.dropout(Dropout(dropout))
    for convolution in convolutions {
      let pool = MaxPool(keepsPartialWindows: convolution.padded)
      layers += [.convolution(convolution), functions.removeFirst(), .maxPool(pool), dropout]
    }
    for units in hidden {
      layers += [.dense(Dense(units: units)), functions.removeFirst(), dropout]
    }
    layers.append(.dense(Dense(units: outputs)))
  }

  /// Number of outputs of the last layer.
  public var outputs: Int { classes == 2 ? 1 : classes }

  /// Why the network is invalid; nil if it is valid.
  public var flaw: String? {
    if classes < 2 { return "\(classes) classes: at least two are needed" }
    if classes > 256 { return "\(classes) classes: a label is a byte, so at most 256" }
    do {
      _ = try plan()
      return nil
    } catch {
      return error.description
    }
  }

  package struct Flaw: Error, CustomStringConvertible {
    package let description: String
  }

  /// Returns the layers with their names and shapes.
  ///
  /// - Throws: `Flaw` for an invalid layer or one that can't take its input.
  package func plan() throws(Flaw) -> [PlannedLayer] {
    guard min(input.height, input.width, input.channels) > 0 else {
      throw Flaw(description: "an empty input \(input)")
    }
    var planned: [PlannedLayer] = []
    var numbers: [String: Int] = [:]
    var shared: [String: TensorSpec] = [:]
    var drawn = 0
    var shape = input
    for spec in layers {
      let kind = spec.kind
      let (stem, title) = (type(of: kind).stem, type(of: kind).title)
      let number = numbers[stem, default: 0] + 1
      numbers[stem] = number
      if let flaw = kind.flaw { throw Flaw(description: "\(title) \(number): \(flaw)") }
      if let misfit = kind.misfit(shape) {
        throw Flaw(
          description: "samples of \(input) come to \(title) \(number) as \(shape), \(misfit)")
      }
      var tensors = kind.tensors(for: shape)
      // The first layer that has a shared tensor has it for all.
      for tensor in tensors where tensor.isShared {
        let name = "\(stem).\(tensor.suffix)"
        guard let first = shared.updateValue(tensor, forKey: name) else { continue }
        guard first == tensor else {
          throw Flaw(
            description: "\(title) \(number): the \(tensor.suffix) that the whole network has "
              + "one value of differs from the one before it")
        }
        tensors.removeAll { $0 == tensor }
      }
      let isDrawn = tensors.contains { if case .glorot = $0.initial { true } else { false } }
      if isDrawn { drawn += 1 }
      let output = kind.output(of: shape)
      planned.append(
        PlannedLayer(
          spec: spec, name: "\(stem)\(number)", number: number, drawn: drawn, input: shape,
          output: output, tensors: tensors))
      shape = output
    }
    guard drawn > 0 else { throw Flaw(description: "no layer has weights, so nothing is trained") }
    guard shape.size == Double(outputs) else {
      throw Flaw(
        description: "\(classes) classes need \(outputs) values from the last layer, but it gives "
          + "\(shape)")
    }
    return planned
  }
}
