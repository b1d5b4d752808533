import CKernels
// Networks and optimizers as values: clients that train need them and import only this module.
@_exported import Models

/// One step of an optimizer on one network, with its constants computed.
package struct OptimizerStep {
  /// Counted from 1.
  package let number: Int
  /// Refers to the network's own parameters and gradients.
  let kernel: srelu_optimizer

  /// The same step on several replicas, which are compared first; `replicas` must outlive it.
  func on(_ replicas: AlignedBuffer<UnsafeMutablePointer<Float>?>) -> OptimizerStep {
    var kernel = kernel
    kernel.parameters = UnsafePointer(replicas.base)
    kernel.replicas = replicas.count
    return OptimizerStep(number: number, kernel: kernel)
  }
}

extension Network {
  /// Returns step `number`, counted from 1, of an optimizer for which the network was planned.
  package func step(_ optimizer: any Optimizer, number: Int) -> OptimizerStep {
    precondition(
      type(of: optimizer) == optimizerType,
      "a network planned for \(optimizerType.name), not \(type(of: optimizer).name)")
    let constants = optimizer.constants(step: number)
    var kernel = srelu_optimizer()
    kernel.kind = optimizerKind
    kernel.constants = (constants[0], constants[1], constants[2], constants[3])
    let slots = arena.slots
    func slot(_ index: Int) -> UnsafeMutablePointer<Float>? {
      index < slots.count ? slots[index].base : nil
    }
    kernel.slots = (slot(0), slot(1), slot(2), slot(3))
    kernel.slot_count = slots.count
    kernel.parameters = UnsafePointer(arena.ownParameters.base)
    kernel.replicas = 1
    return OptimizerStep(number: number, kernel: kernel)
  }

  /// Updates the parameters at `range` from the arena's gradients; the slots elsewhere are unchanged.
  package func apply(
    _ step: OptimizerStep, range: Range<Int>, findings: UnsafeMutablePointer<StepFindings>
  ) {
    apply(step, range: range, replicas: arena.ownParameters, findings: findings)
  }

  /// The same in several replicas, given by their first elements, this network's first. They are compared
  /// before they are written.
  package func apply(
    _ step: OptimizerStep, range: Range<Int>,
    replicas: AlignedBuffer<UnsafeMutablePointer<Float>?>,
    findings: UnsafeMutablePointer<StepFindings>
  ) {
    var kernel = step.on(replicas).kernel
    kernel.report = findings.report
    let gradient = UnsafePointer(arena.gradientBase(0))
    inKernelModes { kernels.update(&kernel, range.lowerBound, range.count, gradient) }
    for view in arena.boundedViews {
      clamp(view, within: range, of: replicas.base, replicas.count)
    }
  }

  /// Keeps a learned parameter within its bounds, after its step, in all replicas. No fused step reaches it.
  private func clamp(
    _ view: ParameterArena.View, within range: Range<Int>,
    of parameters: UnsafePointer<UnsafeMutablePointer<Float>?>, _ replicas: Int
  ) {
    guard let bounds = view.spec.bounds, let own = parameters[0] else { return }
    for place in range.clamped(to: view.offset..<view.offset + view.count) {
      // NaN stays NaN: the trial has failed, and says so.
      let value = own[place]
      guard value < bounds.lowerBound || value > bounds.upperBound else { continue }
      for replica in 0..<replicas {
        parameters[replica]?[place] =
          value < bounds.lowerBound ? bounds.lowerBound : bounds.upperBound
      }
    }
  }
}

extension Optimizer {
  /// Updates the network's parameters; `step` counts from 1.
  /// - Returns: whether every gradient was finite.
  @discardableResult
  public func step(_ network: Network, step: Int) -> Bool {
    var findings = StepFindings()
    network.apply(
      network.step(self, number: step), range: 0..<network.arena.parameters.count,
      findings: &findings)
    return findings.areGradientsFinite
  }
}

/// An optimizer's findings in gradients and replicas, accumulated over several passes.
package struct StepFindings: BitwiseCopyable {
  var raw = srelu_step_report()

  package init() {}

  package var areGradientsFinite: Bool { raw.not_finite == 0 }

  /// The first difference between replicas: the parameter's index in the arena, how many replicas
  /// differ from the first one there, and the first of these.
  package var difference: (place: Int, count: Int, replica: Int)? {
    raw.differing == 0 ? nil : (raw.place, Int(raw.differing), Int(raw.replica))
  }
}

extension UnsafeMutablePointer<StepFindings> {
  var report: UnsafeMutablePointer<srelu_step_report> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: srelu_step_report.self)
  }
}

/// A step that dense layers take while their weights' gradient is still in the cache, which saves
/// its trip through memory; the gradient itself is then not kept.
package struct FusedStep {
  let step: OptimizerStep
  let findings: UnsafeMutablePointer<StepFindings>

  /// - Parameter findings: must outlive the step.
  package init(_ step: OptimizerStep, findings: UnsafeMutablePointer<StepFindings>) {
    self.step = step
    self.findings = findings
  }
}
