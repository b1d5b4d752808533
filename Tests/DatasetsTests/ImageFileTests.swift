import Datasets
import Foundation
import Testing

@Suite struct ImageFileTests {
  private func read(_ bytes: [UInt8]) throws -> ImageFile {
    try ImageFile(bytes: bytes, path: "picture")
  }

  private func read(_ text: String) throws -> ImageFile { try read(Array(text.utf8)) }

  @Test func textImage() throws {
    let image = try read("P2\n# by hand\n3 2 # wide, high\n10\n0 5 10\n1 2\n3\n")
    #expect(image.width == 3)
    #expect(image.height == 2)
    #expect(image.count == 1)
    let expected: [Float] = [0, 0.5, 1, 0.1, 0.2, 0.3]
    #expect(zip(image.brightness, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func binaryImageOfBytesAndOfWords() throws {
    let bytes = try read(Array("P5 2 1 255\n".utf8) + [51, 255])
    #expect(abs(bytes.brightness[0] - 0.2) < 1e-6)
    #expect(bytes.brightness[1] == 1)
    let words = try read(Array("P5 2 1 1000\n".utf8) + [1, 244, 3, 232])
    #expect(abs(words.brightness[0] - 0.5) < 1e-6)
    #expect(abs(words.brightness[1] - 1) < 1e-6)
  }

  /// What is a space or a comment's sign in the header may be a value behind it.
  @Test func valuesThatLookLikeSpaces() throws {
    let image = try read(Array("P5 3 1 255\n".utf8) + [35, 10, 32])
    #expect(image.brightness.map { ($0 * 255).rounded() } == [35, 10, 32])
  }

  @Test func idxImagesOfOneFile() throws {
    let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3]
    let images = try read(header + [0, 51, 102, 153, 204, 255])
    #expect(images.count == 2)
    #expect(images.height == 1)
    #expect(images.width == 3)
    #expect(zip(images.brightness, [0, 0.2, 0.4, 0.6, 0.8, 1]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// A text in a picture says nothing of how it looks, and may unpack to anything: it isn't looked at. This one
  /// isn't even packed.
  @Test func textsInAPictureAreNotRead() throws {
    let picture = [UInt8](
      try #require(
        Data(
          base64Encoded:
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR4nGNgME5jmHnmPwAHmgL+77L/2AAAAABJRU5ErkJggg=="
        )))
    // Behind the signature and the header: its length, its type, a key and what isn't zlib's, no checksum.
    let content = Array("zTXtkey".utf8) + [0, 0, 1, 2, 3]
    let chunk = [0, 0, 0, UInt8(content.count - 4)] + content + [0, 0, 0, 0]
    let file = picture[..<33] + Array(repeating: chunk, count: 5_000).joined() + picture[33...]
    let image = try read(Array(file))
    #expect(image.brightness == (try read(picture)).brightness)
    #expect(image.width == 3)
  }

  /// The files were written byte by byte by a program of the PNG specification's chunks.
  @Test func portableNetworkGraphics() throws {
    let grey = try read(
      base64:
        "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR4nGNgME5jmHnmPwAHmgL+77L/2AAAAABJRU5ErkJggg=="
    )
    #expect(grey.width == 3 && grey.height == 2 && grey.count == 1)
    #expect(zip(grey.brightness, [0, 0.2, 0.4, 0.6, 0.8, 1]).allSatisfy { abs($0 - $1) < 1e-6 })
    // White, and a black that can't be seen.
    let clear = try read(
      base64:
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAADklEQVR4nGP4DwQMQAAAGe8D/WzIlAgAAAAASUVORK5CYII="
    )
    #expect(clear.brightness == [1, 1])
  }

  @Test func damagedGraphicsAreRefused() throws {
    let whole =
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR4nGNgME5jmHnmPwAHmgL+77L/2AAAAABJRU5ErkJggg=="
    let bytes = try #require(Data(base64Encoded: whole)).map { $0 }
    for length in 2..<bytes.count - 12 {
      #expect(throws: DatasetError.self) { try read(Array(bytes[..<length])) }
    }
    let huge = #expect(throws: DatasetError.self) {
      try read(
        base64:
          "iVBORw0KGgoAAAANSUhEUgAATiAAAE4gCAAAAADGGxnlAAAACElEQVR4nAMAAAAAAUgGidIAAAAASUVORK5CYII="
      )
    }
    #expect(huge?.description.contains("20000 × 20000") == true)
  }

  private func read(base64 text: String) throws -> ImageFile {
    try read(Array(#require(Data(base64Encoded: text))))
  }

  @Test(arguments: [
    ("P2 2 2 255 1 2 3", "it ends before its 2 × 2 values do"),
    ("P5 2 2 255\nabc", "it ends before its 2 × 2 values do"),
    ("P2 2 1 9 5 10", "a value of 10; its header says at most 9"),
    ("P2 0 1 9 5", "width"), ("P2 1 99999 9 5", "height"), ("P2 1 1 70000 5", "largest value"),
    ("P5 99999999999999999999 1 255\n", "width"), ("P2 two 1 9 5", "width"), ("P2", "width"),
    ("P2 16384 16384 255 1", "it ends before"), ("GIF89a", "neither a PNG or PGM image nor an IDX"),
    ("", "neither a PNG or PGM image nor an IDX"),
  ])
  func damageIsNamed(text: String, complaint: String) {
    let error = #expect(throws: DatasetError.self) { try read(text) }
    #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
  }
}
