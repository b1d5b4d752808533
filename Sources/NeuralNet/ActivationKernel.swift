import CKernels
import Models

extension Activation {
  /// Whether the kernels have the formula.
  package var isComputable: Bool { kind != nil }

  /// The kernel and constants that compute it.
  package var kernel: srelu_activation {
    guard let kind else { preconditionFailure("no kernel computes \(formula)") }
    return srelu_activation(kind: kind, alpha: alpha, beta: beta)
  }

  private var kind: srelu_activation_kind? {
    var kind = srelu_activation_kind(0)
    return srelu_activation_named(formula, &kind) ? kind : nil
  }
}
