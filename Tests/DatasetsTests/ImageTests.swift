import Datasets
import Models
import Testing

@Suite struct ImageTests {
  @Test(arguments: ["", ".gz"])
  func aUsersFolder(_ suffix: String) throws {
    let folder = try TemporaryFolder()
    var files = SmallImages()
    if suffix == ".gz" {
      files.trainImages = gzip(files.trainImages)
      files.trainLabels = gzip(files.trainLabels)
      files.testImages = gzip(files.testImages)
      files.testLabels = gzip(files.testLabels)
    }
    try files.write(into: folder, suffix: suffix)
    let data = try read(idx: folder.path)
    let shape = DatasetShape(
      input: ImageShape(height: 3, width: 2), classes: 3, trainCount: 7, testCount: 4)
    #expect(data.shape == shape)
    #expect(data.classNames == ["0", "1", "2"])
    let pixels = (0..<42).map { UInt8($0 * 5 % 256) }
    #expect(data.pixels.map { Array($0) } == [pixels, Array(pixels[..<24])])
    #expect(data.labels == [0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 0])
    #expect(data.split(seed: 9).test == [7, 8, 9, 10])
    // The second of the test images.
    let second = pixels[6..<12].map { Float($0) * (1 / 255) }
    #expect(try data.features(of: [8], seed: 9) == second)
  }

  /// One kind of damage, the file it is in, and a word that the error must hold.
  struct Damage: Sendable {
    let name: String
    let file: String
    let says: String
    let change: @Sendable (inout SmallImages) -> Void
  }

  static let damages: [Damage] = [
    Damage(name: "cut off", file: "train-images", says: "cut off") {
      $0.trainImages.removeLast(3)
    },
    Damage(name: "too long", file: "t10k-images", says: "follows") { $0.testImages.append(0) },
    Damage(name: "header cut off", file: "train-labels", says: "too few") {
      $0.trainLabels = [0, 0, 8]
    },
    Damage(name: "empty", file: "train-labels", says: "too few") { $0.trainLabels = [] },
    Damage(name: "wrong magic", file: "train-images", says: "magic") { $0.trainImages[0] = 1 },
    Damage(name: "floats", file: "train-images", says: "magic") { $0.trainImages[2] = 13 },
    Damage(name: "labels for images", file: "train-images", says: "magic") {
      $0.trainImages = $0.trainLabels
    },
    Damage(name: "no image", file: "t10k-images", says: "dimension 1") {
      $0.testImages = SmallImages.header(8, [0, 3, 2])
    },
    Damage(name: "overflowing size", file: "train-images", says: "dimension") {
      $0.trainImages = SmallImages.header(8, [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF])
    },
    Damage(name: "fewer labels", file: "train-labels", says: "6 labels for the 7 images") {
      $0.trainLabels = SmallImages.labels(6)
    },
    Damage(name: "unknown label", file: "t10k-labels", says: "label 3 at byte 11") {
      $0.testLabels[11] = 3
    },
    Damage(name: "one class", file: "train-labels", says: "two classes") {
      $0.trainLabels = SmallImages.header(8, [7]) + [UInt8](repeating: 0, count: 7)
    },
    Damage(name: "other size", file: "t10k-images", says: "2 × 3") {
      $0.testImages = SmallImages.header(8, [4, 2, 3]) + [UInt8](repeating: 0, count: 24)
    },
    Damage(name: "gzip checksum", file: "train-images", says: "gzip") {
      $0.trainImages = gzip($0.trainImages)
      $0.trainImages[$0.trainImages.count - 6] ^= 1
    },
    Damage(name: "gzip cut off", file: "train-images", says: "gzip") {
      $0.trainImages = gzip($0.trainImages)
      $0.trainImages.removeLast(9)
    },
    Damage(name: "after gzip", file: "train-images", says: "follow") {
      $0.trainImages = gzip($0.trainImages) + [1, 2]
    },
  ]

  @Test(arguments: damages.indices)
  func damageIsNamed(_ index: Int) throws {
    let damage = Self.damages[index]
    let folder = try TemporaryFolder()
    var files = SmallImages()
    damage.change(&files)
    try files.write(into: folder)
    let error = datasetError { _ = try read(idx: folder.path) }
    let text = error?.description ?? "no error"
    #expect(text.contains(damage.file), "\(damage.name): \(text)")
    #expect(text.contains(damage.says), "\(damage.name): \(text)")
    #expect(error?.isMissing == false, "\(damage.name)")
  }

  @Test func missingFileIsNamed() throws {
    let folder = try TemporaryFolder()
    let error = datasetError { _ = try read(idx: folder.path) }
    #expect(error?.isMissing == true)
    #expect(error?.description.contains("train-images-idx3-ubyte.gz") == true)
  }

  @Test(.enabled(if: isPresent(.mnist), absent(.mnist)), arguments: [KnownDataset.mnist])
  func realImages(_ dataset: KnownDataset) throws {
    let data = try realData.read(dataset.name, nil)
    #expect(data.shape == dataset.shape)
    // The first labels of the training set, as its page shows them.
    #expect(data.labels.prefix(5).elementsEqual([5, 0, 4, 1, 9]))
  }

  @Test(.enabled(if: isPresent(.fashionMNIST), absent(.fashionMNIST)))
  func realFashion() throws {
    let data = try realData.read("fashion-mnist", nil)
    // Balanced: 6,000 and 1,000 of each class.
    for number in 0..<10 as Range<UInt8> {
      #expect(data.labels[..<60_000].count { $0 == number } == 6000)
      #expect(data.labels[60_000...].count { $0 == number } == 1000)
    }
  }

  /// Of MNIST, or Fashion-MNIST, which is shaped as MNIST.
  private static let anyImages = [KnownDataset.mnist, .fashionMNIST].first(where: isPresent)

  @Test(.enabled(if: anyImages != nil, absent(.fashionMNIST)))
  func oneChangedPixelIsSeen() throws {
    let dataset = try #require(Self.anyImages)
    let folder = try TemporaryFolder()
    let data = try #require(try realData.read(dataset.name, nil) as? ImageDataset)
    func file(_ dimensions: [Int], _ values: ArraySlice<UInt8>) -> [UInt8] {
      SmallImages.header(8, dimensions) + values
    }
    var pixels = file([60_000, 28, 28], data.pixels[0])
    pixels[16 + 31_000_000] ^= 1
    try folder.write(dataset.name + "/train-images-idx3-ubyte", pixels)
    try folder.write(
      dataset.name + "/train-labels-idx1-ubyte", file([60_000], data.labels[..<60_000]))
    try folder.write(
      dataset.name + "/t10k-images-idx3-ubyte", file([10_000, 28, 28], data.pixels[1]))
    try folder.write(
      dataset.name + "/t10k-labels-idx1-ubyte", file([10_000], data.labels[60_000...]))
    let search = DatasetSearch(dataDirectory: folder.path, environment: [:], repository: nil)
    let check = DatasetCheck(dataset, search: search)
    #expect(check.problem?.contains("train-images-idx3-ubyte") == true)
    #expect(check.problem?.contains("SHA-256") == true)
    #expect(!check.isMissing)
    pixels[16 + 31_000_000] ^= 1
    try folder.write(dataset.name + "/train-images-idx3-ubyte", pixels)
    #expect(DatasetCheck(dataset, search: search).problem == nil)
  }
}
