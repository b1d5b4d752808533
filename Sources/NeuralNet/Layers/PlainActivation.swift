import CKernels
import Models

/// y = f(x), or dropout, that can't be fused with a layer before it; from rows to rows.
final class PlainActivation: Layer {
  var isTrained: Bool { stage.isTrained }
  var observer: LayerObserver?
  /// Nil for a dropout alone.
  let observedUnits: Int?
  private let name: String
  private let count: Int
  private let stage: ActivationStage
  private let recorder: OperationRecorder?
  private let activated: AlignedBuffer<Float>
  private let derivative: AlignedBuffer<Float>

  init(_ layer: PlannedLayer, stage: ActivationStage, isObserved: Bool, _ context: LayerContext) {
    name = layer.name
    count = layer.output.count
    self.stage = stage
    recorder = context.compute.recorder
    observedUnits = isObserved ? stage.width : nil
    activated = AlignedBuffer(count: context.capacity * count)
    derivative = AlignedBuffer(count: activated.count)
  }

  var output: Values { .rows(activated.base) }

  func forward(_ pass: Pass, run: Range<Int>, input: Values, arena: ParameterArena) {
    let at = run.lowerBound * count
    recorded(recorder, name, bytes: Double(4 * 3 * run.count * count)) {
      stage.forward(
        pass, run: run, values: input.rows(from: run.lowerBound, width: count),
        arena: arena, output: activated.base + at,
        derivative: derivative.base + at, observer: observer)
    }
  }

  func backward(_ pass: BackwardPass, input: Values, arena: ParameterArena) {
    recorded(recorder, "\(name) backward", bytes: Double(4 * 3 * pass.run.count * count)) {
      stage.backward(
        pass, derivative: derivative.base + pass.run.lowerBound * count, bias: nil)
      pass.inputGradient?.update(from: pass.outputGradient, count: pass.run.count * count)
    }
  }
}

extension ActivationLayer: PlainLayerKind {
  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer {
    PlainActivation(
      planned, stage: ActivationStage(function, planned, shape: planned.output, context),
      isObserved: true, context)
  }
}

extension Dropout: PlainLayerKind {
  func layer(_ planned: PlannedLayer, _ context: LayerContext) -> any Layer {
    PlainActivation(
      planned,
      stage: ActivationStage(
        nil, nil, shape: planned.output, dropout: rate, dropoutNumber: planned.number, context),
      isObserved: false, context)
  }
}
