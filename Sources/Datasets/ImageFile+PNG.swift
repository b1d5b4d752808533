import CPNG

extension ImageFile {
  private static let mostPixels = 1 << 26

  /// An image in PNG format, by libpng: colours become grey, transparent places white.
  init(png bytes: [UInt8], path: String) throws {
    let bytes = Self.withoutTexts(bytes)
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    // libpng reads from these bytes until it has finished.
    let pixels = try bytes.withUnsafeBytes { source -> [UInt8] in
      guard png_image_begin_read_from_memory(&image, source.baseAddress, source.count) != 0 else {
        throw Self.damaged(path, image)
      }
      let (height, width) = (Int(image.height), Int(image.width))
      guard max(height, width) <= Self.largestSide, height * width <= Self.mostPixels else {
        throw DatasetError.damaged(path, "it is \(width) × \(height) pixels, which is too many.")
      }
      image.format = 0  // grey, a byte a pixel
      var pixels = [UInt8](repeating: 0, count: height * width)
      var white = png_color(red: 255, green: 255, blue: 255)
      guard png_image_finish_read(&image, &white, &pixels, 0, nil) != 0 else {
        throw Self.damaged(path, image)
      }
      return pixels
    }
    self.init(height: Int(image.height), width: Int(image.width), grey: pixels)
  }

  /// What decides what an image looks like; of others, texts are unpacked when they are read, however
  /// long that makes them.
  private static let kept: Set<[UInt8]> = Set(
    [
      "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "sRGB", "cHRM", "iCCP", "sBIT", "bKGD",
    ].map { Array($0.utf8) })

  /// The file without the chunks that don't matter. From where it isn't one of chunks it stays as it is:
  /// libpng says what is wrong there.
  private static func withoutTexts(_ bytes: [UInt8]) -> [UInt8] {
    var result = Array(bytes.prefix(8))
    var place = 8
    while place + 12 <= bytes.count {
      let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = place + 12 + length
      guard end <= bytes.count else { break }
      if kept.contains(Array(bytes[place + 4..<place + 8])) { result += bytes[place..<end] }
      place = end
    }
    return result + bytes[min(place, bytes.count)...]
  }

  private static func damaged(_ path: String, _ image: png_image) -> DatasetError {
    let text = withUnsafeBytes(of: image.message) { message in
      String(decoding: message.prefix { $0 != 0 }, as: UTF8.self)
    }
    return .damaged(path, "it isn't a whole PNG image: \(text).")
  }
}
