/// The data sets of the SReLU paper.
public enum KnownDataset: String, CaseIterable, Codable, Sendable {
  /// Handwritten digits (LeCun et al. 1998): 60,000 + 10,000 images of 28 × 28.
  case mnist
  /// Pictures of clothes (Xiao et al. 2017), shaped as MNIST.
  case fashionMNIST = "fashion-mnist"
  /// Wisconsin Diagnostic Breast Cancer (Street et al. 1993): 569 samples of 30 features.
  case wdbc

  /// The name in configs and of its folder.
  public var name: String { rawValue }

  /// A file of the data set.
  struct File: Sendable {
    /// Its name without `.gz`.
    let name: String
    /// SHA-256 of its unpacked contents.
    let digest: String
  }

  /// The files, in the order: training images and labels, test images and labels.
  var files: [File] {
    switch self {
    case .mnist:
      Self.images([
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      ])
    case .fashionMNIST:
      Self.images([
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
      ])
    case .wdbc:
      [
        File(
          name: "wdbc.data",
          digest: "d606af411f3e5be8a317a5a8b652b425aaf0ff38ca683d5327ffff94c3695f4a")
      ]
    }
  }

  /// The four IDX files' names, training images and labels, test images and labels.
  static let imageFileNames = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ]

  private static func images(_ digests: [String]) -> [File] {
    zip(imageFileNames, digests).map { File(name: $0, digest: $1) }
  }

  /// WDBC as scikit-learn ships it: the same values, row for row, without the patients' numbers.
  static let breastCancer = File(
    name: "breast_cancer.csv",
    digest: "fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed")

  /// Names of the classes, by number.
  public var classNames: [String] {
    switch self {
    case .mnist: (0...9).map(String.init)
    case .fashionMNIST:
      [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot",
      ]
    case .wdbc: ["benign", "malignant"]
    }
  }

  /// Where its files can be fetched: each a folder, to which `NAME.gz` or the file's name is added.
  var mirrors: [String] {
    switch self {
    case .mnist:
      [
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
      ]
    case .fashionMNIST:
      [
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
      ]
    case .wdbc:
      [
        "https://archive.ics.uci.edu/ml/machine-learning-databases/breast-cancer-wisconsin/"
      ]
    }
  }
}
