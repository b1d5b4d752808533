import Checks
import Glibc

/// A study whose files are not what it left.
extension Workplace {
  func checkDamage() {
    let finished = finished
    check(
      "predict with a model that is whole", .done, "of 8 are right",
      srelu("predict", trial(of: finished)))
    let changes: [(name: String, make: (String) -> Void)] = [
      ("rm", { self.remove($0) }),
      ("three bytes less", { self.resize($0, to: self.size($0) - 3) }),
      ("emptying it", { self.resize($0, to: 0) }),
      ("five bytes more", { self.resize($0, to: self.size($0) + 5) }),
    ]
    for file in [
      "trial.json", "confusion.csv", "model.safetensors", "result.json", "progress.csv",
      "layers.csv",
    ] {
      for change in changes {
        let trial = copyToDamage()
        change.make("\(trial)/\(file)")
        for words in [["status"], ["report", "--terminal"], ["report", "--json"]] {
          check(
            "\(words.joined(separator: " ")) where \(file) is changed by \(change.name)", .badData,
            "\(trial)/\(file): ", srelu(words + ["damaged"]))
        }
        check(
          "predict where \(file) is changed by \(change.name)", .badData, "\(trial)/\(file): ",
          srelu("predict", trial))
      }
    }
    checkDamagedStudies()
    checkOthersFolders()
  }

  /// Makes `damaged`, a copy of the finished study.
  ///
  /// - Returns: the folder of its trial.
  @discardableResult
  private func copyToDamage() -> String {
    remove("damaged")
    copy(finished, "damaged")
    return trial(of: "damaged")
  }

  private func checkDamagedStudies() {
    let terminal = srelu("report", "damaged", "--terminal")
    copyToDamage()
    remove("damaged/study.yaml")
    check(
      "status without study.yaml", .badData, "damaged/study.yaml: ", srelu("status", "damaged"))
    copyToDamage()
    resize("damaged/study.yaml", to: 0)
    check("report with an empty study.yaml", .badData, "damaged/study.yaml: ", terminal)
    copyToDamage()
    remove("damaged/journal.jsonl")
    check("report without the journal", .badData, "damaged/journal.jsonl: ", terminal)
    mkfifo(path("damaged/journal.jsonl"), 0o600)
    check(
      "status where the journal is a pipe", .badData, "damaged/journal.jsonl: ",
      srelu("status", "damaged"))
    copyToDamage()
    resize("damaged/journal.jsonl", to: 1 << 40)
    check("report where the journal has a terabyte", .badData, "damaged/journal.jsonl: ", terminal)
  }

  private func checkOthersFolders() {
    copyToDamage()
    Files.makeFolder(path("elsewhere-report"))
    remove("damaged/report")
    symlink("../elsewhere-report", path("damaged/report"))
    let report = srelu("report", "damaged", "--no-figures")
    check("report where a link is in its place", .cannotWrite, "symbolic link", report)
    checks.expect(
      "report where a link is in its place: nothing behind it", [],
      Files.names(path("elsewhere-report")))
    let name = "report of another user's folder"
    guard getuid() == 0 else { return checks.skipped(name, "it takes root") }
    chown(path("damaged"), 12345, gid_t.max)
    unlink(path("damaged/report"))
    check(name, .cannotWrite, "belongs to another user", report)
    check(
      "\(name), asked for", .done, "report: ",
      srelu("report", "damaged", "--no-figures", "--allow-foreign-folder"))
  }
}
