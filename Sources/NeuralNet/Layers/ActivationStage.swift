import CKernels
import CounterRandom
import Models

/// Bias, activation and dropout in one pass. The forward pass stores the output's derivative, so
/// that the backward pass is one multiplication for every activation function.
package final class ActivationStage {
  /// nil for the identity.
  private let activation: Activation?
  private var kernel = srelu_activation(kind: SRELU_IDENTITY, alpha: 0, beta: 0)
  /// A formula's programs: of the value, and with its derivatives.
  private var programs: (value: ActivationProgram, derivatives: ActivationProgram)?
  private let kernels: srelu_kernels
  /// Values per row: units of a dense layer, channels of an image.
  let width: Int
  /// Rows per sample: 1 for a dense layer, pixels of an image.
  private let rows: Int
  /// The dropout layer's number, from 1.
  private let number: Int
  private let rate: Float
  private let seed: UInt64
  private let learned: [LearnedTensor]
  /// Each learned parameter's part of the derivative.
  private let partials: [AlignedBuffer<Float>]
  private let partialPointers: AlignedBuffer<UnsafeMutablePointer<Float>?>
  private let parameters: AlignedBuffer<srelu_parameter>
  private let scratch: AlignedBuffer<Float>
  /// Sums of one parameter's gradient by column.
  private let columnSums: AlignedBuffer<Float>

  /// - Parameter layer: the activation's layer; nil for the identity.
  init(
    _ activation: Activation?, _ layer: PlannedLayer?, shape: ImageShape, dropout: Float = 0,
    dropoutNumber: Int = 0, _ context: LayerContext
  ) {
    self.activation = activation
    kernels = context.kernels
    rows = shape.height * shape.width
    width = shape.channels
    number = dropoutNumber
    seed = context.seed
    rate = dropout
    switch activation?.kernel {
    case .named: kernel = activation?.namedKernel ?? kernel
    case .program(let value, let derivatives):
      programs = (
        ActivationProgram(value, kernels: context.kernels),
        ActivationProgram(derivatives, kernels: context.kernels)
      )
    case nil: break
    }
    learned = layer.map(context.learned) ?? []
    let panel = Int(context.kernels.panel)
    let (units, capacity) = (shape.count, context.capacity)
    partials = learned.map { _ in
      AlignedBuffer(
        count: PanelBuffer.unitCount(width: units, capacity: capacity, panel: panel))
    }
    partialPointers = AlignedBuffer(count: partials.count)
    parameters = AlignedBuffer(count: partials.count)
    scratch = AlignedBuffer(count: (rows * width + 128) * (rows == 1 ? Int(kernels.width) : 1))
    columnSums = AlignedBuffer(count: learned.isEmpty ? 0 : width)
  }

  var isTrained: Bool { !learned.isEmpty }
  private var isProgram: Bool { programs != nil }

  /// The slopes of a hand-written kernel.
  private func slopes(_ arena: ParameterArena) -> UnsafePointer<Float>? {
    isProgram ? nil : learned.first.map { UnsafePointer(arena.base($0.place)) }
  }

  /// Points the program's learned parameters at the arena and their partial derivatives at sample
  /// `first`.
  private func point(_ arena: ParameterArena, from first: Int = 0) {
    for (index, tensor) in learned.enumerated() {
      parameters.base[index] = srelu_parameter(
        values: arena.base(tensor.place), period: tensor.count)
      partialPointers.base[index] = partials[index].base + first * rows * width
    }
  }

  /// Whether pooling before the activation needs all values of a window.
  var needsWindows: Bool { activation?.shape == .other }

  /// The function's shape with the parameters as they are.
  func shape(_ arena: ParameterArena) -> Activation.Shape {
    guard let slopes = slopes(arena) else { return activation?.shape ?? .monotone }
    return (0..<width).allSatisfy { slopes[$0] >= 0 } ? .monotone : .valley
  }

  /// Keeps the value of each window whose activation is largest: of the largest and the smallest, or
  /// of all four.
  func select(count: Int, arena: ParameterArena, _ pooled: srelu_pooled) {
    guard let activation else { return }
    let bottom = srelu_bottom(
      falls_until: activation.fallsUntil, rises_from: activation.risesFrom)
    guard let program = programs?.value else {
      kernels.select_extreme(
        &kernel, bottom, count * rows, width, slopes(arena), pooled.high, pooled.low, pooled.place)
      return
    }
    point(arena)
    withUnsafePointer(to: program.program) {
      if pooled.plane > 0 {
        kernels.program_largest(
          $0, pooled.plane, count * rows, width, parameters.base, pooled.high, pooled.place,
          program.scratch.base)
      } else {
        kernels.program_extreme(
          $0, bottom, count * rows, width, parameters.base, pooled.high, pooled.low, pooled.place,
          program.scratch.base)
      }
    }
  }

  /// Computes `output` = dropout(f(`values`)) for samples `run` of the batch, in rows; in training,
  /// `derivative` becomes the output's derivative. In evaluation an observer sees both.
  func forward(
    _ pass: Pass, run: Range<Int>, values: UnsafePointer<Float>, arena: ParameterArena,
    output: UnsafeMutablePointer<Float>, derivative: UnsafeMutablePointer<Float>,
    observer: LayerObserver?
  ) {
    guard case .training(let step, let firstSlot) = pass.mode else {
      let count = run.count * rows
      observer?.see(rows: count, values: values)
      activate(
        samples: run.count, values, arena, dropout: nil, output,
        derivative: observer == nil ? nil : derivative, partialsFrom: nil)
      observer?.see(rows: count, derivatives: derivative)
      return
    }
    var dropout = Self.dropout(
      rate: rate, seed: seed, step: step, layer: number,
      firstSlot: firstSlot + UInt32(run.lowerBound))
    withUnsafePointer(to: &dropout) { dropout in
      activate(
        samples: run.count, values, arena, dropout: rate == 0 ? nil : dropout, output,
        derivative: derivative, partialsFrom: run.lowerBound)
    }
  }

  private func activate(
    samples: Int, _ values: UnsafePointer<Float>, _ arena: ParameterArena,
    dropout: UnsafePointer<srelu_dropout>?, _ output: UnsafeMutablePointer<Float>,
    derivative: UnsafeMutablePointer<Float>?, partialsFrom first: Int?
  ) {
    guard let programs else {
      let partial = first.flatMap { first in
        partials.first.map { $0.base + first * rows * width }
      }
      kernels.activate(
        &kernel, samples, rows, width, values, nil, slopes(arena), dropout, output, derivative,
        partial, scratch.base)
      return
    }
    point(arena, from: first ?? 0)
    let program = derivative == nil ? programs.value : programs.derivatives
    withUnsafePointer(to: program.program) {
      kernels.program_rows(
        $0, samples, rows, width, values, parameters.base, dropout, output, derivative,
        first == nil ? nil : partialPointers.base, program.scratch.base, scratch.base)
    }
  }

  /// As above for a dense layer: `panels` holds x·Wᵀ in its sample panels and receives the output.
  func forward(
    _ pass: Pass, panels: PanelBuffer, bias: UnsafePointer<Float>, arena: ParameterArena,
    derivative: UnsafeMutablePointer<Float>, observer: LayerObserver?
  ) {
    let across = panels.across.base
    guard case .training(let step, let firstSlot) = pass.mode else {
      observer?.see(samples: pass.count, panels: across, bias: bias)
      activateDense(
        samples: pass.count, across, bias, arena, dropout: nil, units: nil, length: 0,
        derivative: observer == nil ? nil : derivative, isTraining: false)
      observer?.see(samples: pass.count, derivativePanels: derivative)
      return
    }
    var dropout = Self.dropout(
      rate: rate, seed: seed, step: step, layer: number, firstSlot: firstSlot)
    withUnsafePointer(to: &dropout) { dropout in
      activateDense(
        samples: pass.count, across, bias, arena, dropout: rate == 0 ? nil : dropout,
        units: panels.units.row(pass.row), length: panels.units.length, derivative: derivative,
        isTraining: true)
    }
  }

  private func activateDense(
    samples: Int, _ across: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>,
    _ arena: ParameterArena, dropout: UnsafePointer<srelu_dropout>?,
    units: UnsafeMutablePointer<Float>?, length: Int, derivative: UnsafeMutablePointer<Float>?,
    isTraining: Bool
  ) {
    guard let programs else {
      kernels.activate_dense(
        &kernel, samples, width, across, bias, slopes(arena), dropout, across, units, length,
        derivative, isTraining ? partials.first?.base : nil, scratch.base)
      return
    }
    point(arena)
    let program = derivative == nil ? programs.value : programs.derivatives
    withUnsafePointer(to: program.program) {
      kernels.program_dense(
        $0, samples, width, across, bias, parameters.base, dropout, across, units, length,
        derivative, isTraining ? partialPointers.base : nil, program.scratch.base, scratch.base)
    }
  }

  /// Turns the output's gradient, in rows, into that of the pre-activation; adds its sums to those of the
  /// learned parameters and of a bias whose sums are at `bias`.
  /// - Parameter derivative: of the run's first sample.
  func backward(_ pass: BackwardPass, derivative: UnsafePointer<Float>, bias: Int?) {
    pass.forEachShard { samples, shard in
      let at = samples.lowerBound * rows * width
      let offset = at - pass.run.lowerBound * rows * width
      let gradient = pass.outputGradient + offset
      if isProgram {
        for (tensor, partial) in zip(learned, partials) {
          let columns = max(width, tensor.count)
          addGradient(
            tensor, rows: samples.count * rows * width / columns, width: columns, stride: columns,
            gradient, partial.base + at, to: pass.sums.pointer(tensor.sum, shard: shard))
        }
      }
      kernels.activate_backward(
        samples.count * rows, width, width, gradient, derivative + offset,
        isProgram ? nil : partials.first.map { UnsafePointer($0.base + at) }, gradient,
        bias.map { pass.sums.pointer($0, shard: shard) },
        isProgram ? nil : learned.first.map { pass.sums.pointer($0.sum, shard: shard) })
    }
  }

  /// As above for a dense layer, in unit panels, into the rows of a global batch.
  func backward(_ pass: BackwardPass, derivative: UnsafePointer<Float>, to gradients: UnitPanels) {
    let (count, panel) = (pass.run.count, gradients.panel)
    for first in stride(from: 0, to: width, by: panel) {
      let at = first * count
      let columns = min(panel, width - first)
      let to = gradients.row(pass.row) + first * gradients.length
      guard !learned.isEmpty else {
        kernels.activate_backward(
          count, columns, panel, pass.outputGradient + at, derivative + at, nil, to, nil, nil)
        continue
      }
      pass.forEachShard { samples, shard in
        let (row, rows) = (samples.lowerBound * panel, samples.count)
        let gradient = pass.outputGradient + at + row
        func sum(_ tensor: LearnedTensor) -> UnsafeMutablePointer<Float> {
          pass.sums.pointer(tensor.sum, shard: shard) + (tensor.count == 1 ? 0 : first)
        }
        if isProgram {
          for (tensor, partial) in zip(learned, partials) {
            addGradient(
              tensor, rows: rows, width: columns, stride: panel, gradient,
              partial.base + at + row, to: sum(tensor))
          }
        }
        kernels.activate_backward(
          rows, columns, panel, gradient, derivative + at + row,
          isProgram ? nil : partials.first.map { UnsafePointer($0.base + at + row) }, to + row, nil,
          isProgram ? nil : learned.first.map(sum))
      }
    }
  }

  /// Adds a learned parameter's gradient over `rows` rows of the output's gradient.
  private func addGradient(
    _ tensor: LearnedTensor, rows: Int, width: Int, stride: Int, _ gradient: UnsafePointer<Float>,
    _ partial: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>
  ) {
    guard tensor.count == 1 else {
      kernels.product_sums(rows, width, stride, gradient, partial, target)
      return
    }
    columnSums.base.update(repeating: 0, count: width)
    kernels.product_sums(rows, width, stride, gradient, partial, columnSums.base)
    for column in 0..<width { target[0] += columnSums.base[column] }
  }

  package static func dropout(
    rate: Float, seed: UInt64, step: UInt32, layer: Int, firstSlot: UInt32
  ) -> srelu_dropout {
    srelu_dropout(
      seed: seed, purpose: RandomPurpose.dropout.rawValue, step: step, layer: UInt32(layer),
      first_slot: firstSlot, threshold: UInt32((rate * 65536).rounded()), scale: 1 / (1 - rate))
  }
}

extension Activation {
  /// The kernel of a function that has one by hand.
  package var namedKernel: srelu_activation {
    guard case .named(let name, let alpha, let beta) = kernel else {
      preconditionFailure("a formula's program runs elsewhere")
    }
    var kind = srelu_activation_kind(0)
    guard srelu_activation_named(name, &kind) else {
      preconditionFailure("no kernel computes \(name)")
    }
    return srelu_activation(kind: kind, alpha: alpha, beta: beta)
  }
}
