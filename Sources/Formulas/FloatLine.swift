/// The finite floats as whole numbers in their order: neighbours differ by 1, both zeros are 0.
enum FloatLine {
  static let last = Int(Float.greatestFiniteMagnitude.bitPattern)

  static func value(_ place: Int) -> Double {
    let magnitude = Double(Float(bitPattern: UInt32(abs(place))))
    return place < 0 ? -magnitude : magnitude
  }

  static func place(_ value: Float) -> Int {
    value < 0 ? -Int(value.magnitude.bitPattern) : Int(value.magnitude.bitPattern)
  }
}
