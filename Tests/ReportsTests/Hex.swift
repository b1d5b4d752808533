/// Decodes hexadecimal digits.
func bytes(hex: String) -> [UInt8] {
  var digits = Array(hex)[...]
  var result: [UInt8] = []
  while digits.count >= 2 {
    result.append(UInt8(String(digits.prefix(2)), radix: 16) ?? 0)
    digits = digits.dropFirst(2)
  }
  return result
}

func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
