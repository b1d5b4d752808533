/// How a group's ranks average their gradients and keep their replicas equal.
public enum GradientExchange: String, Codable, CaseIterable, SettingRepresentable {
  /// Each rank computes the averaged gradients of a part of the parameters, over the whole batch, and takes
  /// the step there for all: the same bits for any number of ranks.
  case sharded
  /// One allreduce of all gradients; every rank applies all of them. The results agree to rounding, and
  /// repeat bit for bit on the same number of ranks.
  case allreduce
}
