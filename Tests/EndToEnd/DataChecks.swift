import Checks

extension Workplace {
  func checkData() {
    checkTables()
    checkImages()
  }

  private func checkTables() {
    study("{name: own, csv: table.csv, label: kinds}")
    refused(
      "column that is not there", .badData, "no column is called kinds. Did you mean kind?")
    writeTableWithNaN()
    study("{name: own, csv: nan.csv, label: kind}")
    refused(
      "NaN in a table", .badData,
      "nan.csv: line 3, column width: a finite number is needed, found 'nan'")
    study("{name: own, csv: missing.csv, label: kind}")
    refused("table that is not there", .environment, "missing.csv: no such file")
  }

  /// nan.csv: the table, with no number in its third line's first field.
  func writeTableWithNaN() {
    var lines = text("table.csv").split(separator: "\n").map(String.init)
    lines[2] = "nan" + lines[2].drop { $0 != "," }
    write("nan.csv", lines.joined(separator: "\n") + "\n")
  }

  private func checkImages() {
    remove("images")
    study("{name: own, idx: images}")
    refused("folder that is not there", .environment, "/images: no train-images-idx3-ubyte")
    writeImages()
    remove("images/t10k-labels-idx1-ubyte")
    refused("IDX file that is not there", .environment, "/images: no t10k-labels-idx1-ubyte")
    writeImages()
    resize("images/train-images-idx3-ubyte", to: 31)
    refused(
      "truncated IDX file", .badData,
      "train-images-idx3-ubyte: 15 bytes of values, but its header says 4 × 2 × 2 = 16. "
        + "It is cut off")
    writeImages()
    write(
      "images/train-images-idx3-ubyte",
      [0, 0, 13] + bytes("images/train-images-idx3-ubyte").dropFirst(3))
    refused(
      "wrong magic number", .badData,
      "train-images-idx3-ubyte: wrong magic number 00000d03 at byte 0")
    writeImages()
    write("images/t10k-labels-idx1-ubyte", bytes("images/train-images-idx3-ubyte"))
    refused(
      "images in place of labels", .badData, "t10k-labels-idx1-ubyte: wrong magic number")
    writeImages()
    write("images/train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 0])
    refused("fewer labels than images", .badData, "3 labels for the 4 images")
    writeImages()
    write("images/t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 0, 7])
    refused("label of no class", .badData, "t10k-labels-idx1-ubyte: label 7 at byte 11")
    writeImages()
    _ = command(["gzip", "images/train-images-idx3-ubyte"]).run()
    let packed = "images/train-images-idx3-ubyte.gz"
    resize(packed, to: size(packed) - 9)
    refused("truncated gzip file", .badData, "train-images-idx3-ubyte.gz: ")
    write(packed, "no gzip")
    refused("gzip file that is none", .badData, "train-images-idx3-ubyte.gz: ")
    writeImages()
    study("{name: own, idx: images}", architecture: "cnn")
    refused("images too small for the network", .usage, "2×2")
  }
}
