import Checks

extension Workplace {
  func checkPredictions() {
    let model = trial(of: finished)
    check(
      "predict", .done, "of 8 are right", srelu("predict", model, "--data-dir", ".", "--top", "2"))
    check(
      "predict for a table", .done, "\"count\":40",
      srelu("predict", model, "table.csv", "--json"))
    checkChangedTable(model)
    writeColumns(2, of: "table.csv", to: "unlabelled.csv")
    check(
      "predict without classes", .done, "unlabelled.csv:39",
      srelu("predict", model, "unlabelled.csv", "--limit", "0"))
    writeColumns(1, of: "table.csv", to: "narrow.csv")
    check(
      "predict for a table without a column", .badData, "no column is called depth",
      srelu("predict", model, "narrow.csv"))
    check(
      "predict a sample that is not there", .usage, "there are samples 0 to 7",
      srelu("predict", model, "--index", "8"))
    writeImages()
    check(
      "predict without a model", .usage, "trial.json: no such file", srelu("predict", "images"))
    checkPictures()
  }

  /// The journal keeps the digest of the table, so one of the same shape with one other number is told apart.
  private func checkChangedTable(_ model: String) {
    let table = text("table.csv")
    let digest = "the SHA-256 of its contents begins"
    write("kept.csv", table)
    write("table.csv", table.replacing("\n0,0,", with: "\n1,0,", maxReplacements: 1))
    checks.expect("a changed table has changed", text("table.csv") != table, orElse: table)
    check(
      "predict after the table has changed", .badData, digest, srelu("predict", model, "kept.csv"))
    check("predict its rows after it has changed", .badData, digest, srelu("predict", model))
    write("table.csv", table)
    check("predict after the table is back", .done, "of 8 are right", srelu("predict", model))
  }

  private func checkPictures() {
    let model = trial(of: pictures)
    write("picture.pgm", "P2 2 2 9 1 2 3 4\n")
    check(
      "predict for a picture", .done, "picture.pgm", srelu("predict", model, "picture.pgm"))
    write("wide.pgm", "P2 3 1 9 1 2 3\n")
    check(
      "predict for a picture of another size", .badData, "doesn't fit samples of 1×3",
      srelu("predict", model, "wide.pgm"))
    check(
      "predict for what is no picture", .badData, "neither a PNG or PGM image",
      srelu("predict", model, "study.yaml"))
  }

  private func writeColumns(_ count: Int, of table: String, to file: String) {
    let rows = text(table).split(separator: "\n").map {
      $0.split(separator: ",").prefix(count).joined(separator: ",") + "\n"
    }
    write(file, rows.joined())
  }
}
