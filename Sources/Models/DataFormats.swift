/// Every format of data sets.
package enum DataFormats {
  /// Those that a config may name for a user's own data.
  package static let own: [any DataFormat] = [IDXFormat(), CSVFormat(), NPYFormat()]
}

/// Four files of bytes, as MNIST has them: images and labels, to train and to test on.
package struct IDXFormat: DataFormat {
  package init() {}
  package let name = "idx"
  package let holdsImages: Bool? = true
  package let keys = [
    DataKey(
      key: "idx", name: "folder", values: .path, placeholder: "FOLDER",
      expectation: "the folder with the four IDX files",
      purpose: "Four IDX files with MNIST's file names, plain or gzipped.")
  ]
  package func summary(of source: DataSource) -> String { "IDX files in \(source.place)" }

  /// The files' names: training images and labels, test images and labels.
  package static let fileNames = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ]
}

/// A table of comma-separated values with a header.
package struct CSVFormat: DataFormat {
  package init() {}
  package let name = "csv"
  package let holdsImages: Bool? = false
  package let keys = [
    DataKey(
      key: "csv", name: "file", values: .path, placeholder: "FILE", expectation: "a CSV file",
      purpose: "A table with a header and numeric columns."),
    DataKey(
      key: "label", name: "label", values: .text, placeholder: "COLUMN",
      expectation: "the name of the column that holds the classes",
      purpose: "The column of the class labels."),
    .testFraction,
  ]
}

/// Two NumPy arrays: samples × features or samples × height × width, and the samples' classes.
package struct NPYFormat: DataFormat {
  package init() {}
  package let name = "npy"
  package let holdsImages: Bool? = nil
  package let keys = [
    DataKey(
      key: "npy", name: "features", values: .path, placeholder: "FILE",
      expectation: "a .npy file of the samples' features",
      purpose:
        "A NumPy array of samples: uint8 with height and width are images, others a table."
    ),
    DataKey(
      key: "labels", name: "labels", values: .path, placeholder: "FILE",
      expectation: "a .npy file of the classes",
      purpose: "A NumPy array of the class labels, one per sample: whole numbers or text."),
    .testFraction,
  ]
}

/// The table of the Wisconsin Diagnostic Breast Cancer data set, as UCI or scikit-learn has it.
package struct WDBCFormat: DataFormat {
  package init() {}
  package let name = "wdbc"
  package let holdsImages: Bool? = false
  package let keys: [DataKey] = []
}
