import DataParallel
import NeuralNet
import Storage
import Support
import Testing

@Suite("Safetensors")
struct SafetensorsTests {
  private static let header =
    #"{"a":{"data_offsets":[0,8],"dtype":"F32","shape":[2,1]},"#
    + #""b":{"data_offsets":[8,12],"dtype":"F32","shape":[1]}}"#

  /// A file put together by hand: length, header padded with spaces, values 1, -2 and 0.5.
  private static func file(header: String, body: [UInt8]) -> [UInt8] {
    var text = Array(header.utf8)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    return [UInt8(text.count & 255), UInt8(text.count >> 8), 0, 0, 0, 0, 0, 0] + text + body
  }

  private static let body: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F]
  private static let tensors = [
    NamedTensor(name: "a", shape: [2, 1], values: [1, -2]),
    NamedTensor(name: "b", shape: [1], values: [0.5]),
  ]

  @Test func bytesFollowTheFormat() {
    #expect(Safetensors.encode(Self.tensors) == Self.file(header: Self.header, body: Self.body))
  }

  @Test func bytesWrittenByHandAreRead() throws {
    #expect(
      try Safetensors.decode(Self.file(header: Self.header, body: Self.body)) == Self.tensors)
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7])
  func valuesStartAtAMultipleOfEightBytes(length: Int) throws {
    let name = String(repeating: "n", count: length + 1)
    let bytes = Safetensors.encode([NamedTensor(name: name, shape: [1], values: [3])])
    #expect((bytes.count - 4) % 8 == 0)
    #expect(Int(bytes[0]) == bytes.count - 8 - 4)
  }

  @Test func aNetworkReturnsBitForBit() throws {
    let spec = NetworkSpec(
      input: ImageShape(height: 8, width: 8, channels: 1),
      convolutions: [.init(filters: 3, kernel: 3)], hidden: [5], classes: 3,
      activation: .parametricReLU(initialSlope: 0.25))
    let written = Network(spec, capacity: 1, seed: 1)
    let read = Network(spec, capacity: 1, seed: 2)
    #expect(read.arena.hashes() != written.arena.hashes())
    read.load(try Safetensors.decode(Safetensors.encode(written.stateDictionary())))
    #expect(read.arena.hashes() == written.arena.hashes())
  }

  @Test func valuesThatAreNoNumbersKeepTheirBits() throws {
    let bits: [UInt32] = [0x7FC0_0001, 0xFF80_0000, 0x8000_0000, 1]
    let tensor = NamedTensor(name: "t", shape: [4], values: bits.map(Float.init(bitPattern:)))
    let read = try Safetensors.decode(Safetensors.encode([tensor]))
    #expect(read.first?.values.map(\.bitPattern) == bits)
  }

  @Test func noTensorsAtAll() throws {
    #expect(try Safetensors.decode(Safetensors.encode([])).isEmpty)
  }

  @Test func everyTruncationIsRefused() {
    let whole = Safetensors.encode(Self.tensors)
    for length in 0..<whole.count {
      #expect(throws: Safetensors.FormatError.self, "\(length) of \(whole.count) bytes") {
        try Safetensors.decode(Array(whole[..<length]))
      }
    }
  }

  @Test func bytesThatFollowAreRefused() {
    #expect(throws: Safetensors.FormatError.self) {
      try Safetensors.decode(Safetensors.encode(Self.tensors) + [0])
    }
  }

  @Test func aHeaderLongerThanAnyFileIsRefused() {
    #expect(throws: Safetensors.FormatError.self) {
      try Safetensors.decode([UInt8](repeating: 255, count: 64))
    }
  }

  @Test(arguments: [
    "", "[]", "{\"a\":1}", "{\"a\":{\"dtype\":\"F32\"}}",
    // Another type; a shape that needs more or less than its place; a place that runs backwards.
    #"{"a":{"data_offsets":[0,12],"dtype":"F64","shape":[3]}}"#,
    #"{"a":{"data_offsets":[0,12],"dtype":"F32","shape":[4]}}"#,
    #"{"a":{"data_offsets":[0,12],"dtype":"F32","shape":[2]}}"#,
    #"{"a":{"data_offsets":[12,0],"dtype":"F32","shape":[3]}}"#,
    #"{"a":{"data_offsets":[12],"dtype":"F32","shape":[3]}}"#,
    // Places outside the file, between tensors, and twice.
    #"{"a":{"data_offsets":[4,16],"dtype":"F32","shape":[3]}}"#,
    #"{"a":{"data_offsets":[-4,8],"dtype":"F32","shape":[3]}}"#,
    #"{"a":{"data_offsets":[0,4],"dtype":"F32","shape":[1]},"#
      + #""b":{"data_offsets":[8,12],"dtype":"F32","shape":[1]}}"#,
    #"{"a":{"data_offsets":[0,8],"dtype":"F32","shape":[2]},"#
      + #""b":{"data_offsets":[4,12],"dtype":"F32","shape":[2]}}"#,
    // Lengths below zero, and products beyond 64 bits.
    #"{"a":{"data_offsets":[0,12],"dtype":"F32","shape":[-1,-3]}}"#,
    #"{"a":{"data_offsets":[0,12],"dtype":"F32","shape":[4611686018427387904,8]}}"#,
    #"{"a":{"data_offsets":[0,12],"dtype":"F32","shape":[4611686018427387904]}}"#,
    #"{"a":{"data_offsets":[9223372036854775807,-9223372036854775808],"dtype":"F32","shape":[3]}}"#,
  ])
  func damagedHeadersAreRefused(header: String) {
    #expect(throws: Safetensors.FormatError.self) {
      try Safetensors.decode(Self.file(header: header, body: Self.body))
    }
  }
}
