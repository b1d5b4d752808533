/// The numbers that a trial's dense layers multiply; all else is float.
public enum NumberFormat: String, Codable, CaseIterable, Sendable {
  /// float.
  case fp32
  /// bfloat16 operands, summed in float; for processors that multiply bfloat16.
  case bf16
}

extension KeyedDecodingContainer {
  /// Files that were written before there was a choice hold none: float then. Synthesised decoding
  /// comes here.
  func decode(_ type: NumberFormat.Type, forKey key: Key) throws -> NumberFormat {
    try decodeIfPresent(type, forKey: key) ?? .fp32
  }
}
