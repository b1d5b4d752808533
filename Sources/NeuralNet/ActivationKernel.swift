import CKernels
import Models

extension Activation {
  package var kernel: srelu_activation {
    var kind = srelu_activation_kind(0)
    guard srelu_activation_named(formula, &kind) else {
      preconditionFailure("no kernel computes \(formula)")
    }
    return srelu_activation(kind: kind, alpha: alpha, beta: beta)
  }
}
