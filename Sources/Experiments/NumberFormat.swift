/// The numbers that a trial's dense layers multiply; all else is float.
public enum NumberFormat: String, Codable, CaseIterable, SettingRepresentable {
  /// float.
  case fp32
  /// bfloat16 operands, summed in float; for processors that multiply bfloat16.
  case bf16
}
