/// How a group's ranks average their gradients and keep their replicas equal. The results agree to
/// rounding; each way repeats bit for bit.
public enum GradientExchange: String, Codable, CaseIterable, SettingRepresentable {
  /// Each rank adds up and applies one slice of the parameters and sends the result to the others,
  /// through the host's memory, so that the optimizer's work is shared. Between the hosts of a group
  /// each slice travels as messages of its own, during the backward pass.
  case sharded
  /// One allreduce of all gradients; every rank applies all of them.
  case allreduce
}
