import CounterRandom
import Foundation

/// Changes to inputs, all of which follow from a seed, the target and the input's number.
struct Mutation {
  private let generator: Philox4x32
  private let target: UInt32
  private let index: UInt64
  private var count: UInt32 = 0

  init(seed: UInt64, target: Int, index: UInt64) {
    generator = Philox4x32(key: seed)
    self.target = UInt32(target)
    self.index = index
  }

  private mutating func word() -> UInt32 {
    defer { count += 1 }
    let counter = SIMD4(
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), target, count)
    return generator.block(counter: counter)[0]
  }

  private mutating func below(_ bound: Int) -> Int {
    bound < 1 ? 0 : Int(word()) % bound
  }

  /// An input: a file of the corpus with a few changes, and now and then of great length, for what
  /// takes more than its share of time then.
  mutating func input(
    _ corpus: [[UInt8]], words: [String], mendsChecksums: Bool, longest: Int
  ) -> [UInt8] {
    var bytes = corpus[below(corpus.count)]
    if below(Self.inputsPerLongOne) == 0 { stretch(&bytes, words, longest) }
    // Mostly one: what is changed all over is refused at its first byte.
    repeat { change(&bytes, corpus, words) } while below(3) == 0
    if mendsChecksums, below(2) == 0 { bytes = Self.mendingChecksums(bytes) }
    return bytes
  }

  private static let lengthLimit = 1 << 16
  private static let inputsPerLongOne = 512
  private static let interesting: [UInt64] = [
    0, 1, 2, 7, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 32,
    UInt64(Int64.max), 1 << 63, .max,
  ]

  private mutating func change(_ bytes: inout [UInt8], _ corpus: [[UInt8]], _ words: [String]) {
    let place = below(bytes.count + 1)
    let length = min(1 + below(1 << below(9)), bytes.count - place)
    switch below(9) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(below(8))
    case 1 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: word())
    case 2: overwrite(&bytes, at: place)
    case 3 where length > 0: bytes.removeSubrange(place..<place + length)
    case 4 where length > 0 && bytes.count < Self.lengthLimit:
      let block = Array(bytes[place..<place + length])
      for _ in 0...below(8) { bytes.insert(contentsOf: block, at: place) }
    case 5:
      let other = corpus[below(corpus.count)]
      bytes = Array(bytes[..<place] + other[min(below(other.count + 1), other.count)...])
    case 6: bytes.removeLast(bytes.count - place)
    default:
      if words.isEmpty {
        overwrite(&bytes, at: place)
      } else {
        let word = Array(words[below(words.count)].utf8)
        let end = below(2) == 0 ? place : min(place + word.count, bytes.count)
        bytes.replaceSubrange(place..<end, with: word)
      }
    }
  }

  /// Repeats a part of the input, or a word, up to a length from 64 KiB on.
  private mutating func stretch(_ bytes: inout [UInt8], _ words: [String], _ longest: Int) {
    let place = below(bytes.count + 1)
    let end = place + min(1 + below(1 << below(10)), bytes.count - place)
    let isWord = !words.isEmpty && below(2) == 0
    let part = isWord ? Array(words[below(words.count)].utf8) : Array(bytes[place..<end])
    let length = min(longest, Self.lengthLimit << below(5))
    guard !part.isEmpty, length > bytes.count else { return }
    let copies = (length - bytes.count) / part.count
    bytes.insert(contentsOf: (0..<copies).flatMap { _ in part }, at: place)
  }

  /// A number of 1, 2, 4 or 8 bytes, either end first.
  private mutating func overwrite(_ bytes: inout [UInt8], at place: Int) {
    let value = Self.interesting[below(Self.interesting.count)]
    let size = 1 << below(4)
    var digits = (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    if below(2) == 0 { digits.reverse() }
    for (offset, digit) in digits.enumerated() where place + offset < bytes.count {
      bytes[place + offset] = digit
    }
  }

  /// Every line with the checksum that its contents ask for, so that what is behind it is reached.
  private static func mendingChecksums(_ bytes: [UInt8]) -> [UInt8] {
    let marker = Array(",\"crc32\":\"".utf8)
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return Array(
      lines.map { line in
        let tail = marker.count + 10
        guard line.count > tail else { return Array(line) }
        let open = line.dropLast(tail)
        return Array(open) + marker + checksum(open) + Array("\"}".utf8)
      }.joined(separator: [UInt8(ascii: "\n")]))
  }

  private static let checksums: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(byte) { crc, _ in crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
  }

  private static func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let table = checksums
    let crc = bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
    return Array(String(format: "%08x", ~crc).utf8)
  }
}
