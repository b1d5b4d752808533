import Checks
import Glibc

/// Inputs made to hang or to crash.
extension Workplace {
  /// A small study, sound unless an argument is not.
  private func extremeStudy(
    training: String = "epochs: 1", seeds: String = "[0]", hidden: String = "[4]",
    table: String = "table.csv", file: String
  ) {
    study(
      "{name: own, csv: \(path(table)), label: kind}", architecture: "ffnn: {hidden: \(hidden)}",
      seeds: seeds, training: training, name: "extreme", file: file)
  }

  /// extreme.yaml, and the folder of the study that it asks for, which has ended well.
  func extremeStudyDone() -> String {
    if !exists("done") {
      extremeStudy(file: "extreme.yaml")
      check(
        "a study", .done, "Best accuracy", srelu("sweep", "extreme.yaml", "--output-dir", "done"))
    }
    return "done"
  }

  /// Ten to the power of 11 values, aliases written out, in a few hundred bytes.
  func checkAliases() {
    let done = extremeStudyDone()
    var bomb = "a0: &a0 x\n"
    for level in 1...11 {
      let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
      bomb += "a\(level): &a\(level) [\(items)]\n"
    }
    copy(done, "bombed")
    for key in ["{*a11 : 1}", "*a11"] {
      write("bombed/study.yaml", bomb + "b: \(key)\n")
      for words in [
        ["plan", "bombed/study.yaml"],
        ["sweep", "bombed/study.yaml", "--output-dir", "refused"], ["report", "bombed"],
        ["status", "bombed"], ["watch", "bombed", "--once"], ["serve", "bombed"],
      ] {
        // A config is its user's; in a study's folder it is data.
        let isConfig = words[0] == "plan" || words[0] == "sweep"
        check(
          "\(key): \(words[0])", isConfig ? .usage : .badData, "study.yaml:", srelu(words))
      }
    }
    check(
      "an alias as a key in --set", .usage, "a key must be one word",
      srelu("plan", "extreme.yaml", "--set", "seeds=[&a [1], {*a : 1}]"))
  }

  func checkOddFiles() {
    let model = trial(of: extremeStudyDone())
    mkfifo(path("pipe"), 0o600)
    for what in ["pipe", "/dev/zero", "."] {
      check(
        "\(what) as a config", .usage, "expected a file, found", srelu("plan", what))
      check(
        "\(what) as a table to predict", .badData, "but a file is needed",
        srelu("predict", model, what))
      unlink(path("odd.csv"))
      symlink(path(what), path("odd.csv"))
      extremeStudy(table: "odd.csv", file: "odd.yaml")
      check(
        "\(what) as a table to train on", .badData, "but a file is needed",
        srelu("sweep", "odd.yaml", "--output-dir", "refused"))
    }
  }

  func checkOddData() {
    let model = trial(of: extremeStudyDone())
    write("huge.csv", "depth,width\n1,2\n1.797e308,3\n")
    for flag in [[], ["--json"]] {
      check(
        "a value that no float holds \(flag.joined())", .badData,
        "huge.csv: line 3, column depth", srelu(["predict", model, "huge.csv"] + flag))
    }
    let table = text("table.csv")
    write("far.csv", table + "1,1e300,oak\n")
    extremeStudy(seeds: "{first: 0, count: 20}", table: "far.csv", file: "far.yaml")
    check(
      "a row that no seed can be tested with", .badData, "far.csv: line 42, column depth",
      srelu("sweep", "far.yaml", "--output-dir", "refused"))
    checkOtherTables(model, table)
    let plain = text("\(model)/trial.json")
    let foreign = plain.replacing("\"name\":\"own\"", with: "\"name\":\"nothing\"")
      .replacing("\"source\":\"csv\"", with: "\"source\":\"builtin\"")
    checks.expect(
      "a model of a data set that is none: is one", foreign.count == plain.count + 8, orElse: plain)
    write("alone/trial.json", foreign)
    check(
      "a model of a data set that is none", .badData, "alone/trial.json",
      srelu("predict", "alone"))
  }

  /// The journal knows the table that the model was trained on.
  private func checkOtherTables(_ model: String, _ table: String) {
    let other = "isn't the data that the model was trained on"
    write("kept.csv", table)
    let turned = table.split(separator: "\n").map { line in
      let fields = line.split(separator: ",")
      return "\(fields[1]),\(fields[0]),\(fields[2])\n"
    }
    write("table.csv", turned.joined())
    for flag in [[], ["--json"]] {
      check(
        "columns in another order \(flag.joined())", .badData, other,
        srelu(["predict", model] + flag))
    }
    write("table.csv", table + "1,1,fir\n")
    check("a class added", .badData, other, srelu("predict", model, "kept.csv"))
    copy(model, "alone")
    check(
      "a class added, without the journal", .badData, "its classes are ash, fir, oak",
      srelu("predict", "alone", "--json"))
    write("table.csv", table)
  }

  func checkLimits() {
    _ = extremeStudyDone()
    let memory = ["prlimit", "--as=12288000000"]
    extremeStudy(training: "epochs: 1, batch-size: 10000000", file: "batch.yaml")
    check(
      "a batch of far more than all rows", .done, "Best accuracy",
      srelu("sweep", "batch.yaml", "--output-dir", "batch").behind(memory[0], memory[1]))
    extremeStudy(hidden: "[65536, 65536, 65536]", file: "wide.yaml")
    for words in [["plan"], ["sweep", "--output-dir", "refused"]] {
      check(
        "more parameters than can be counted: \(words[0])", .usage,
        "more than 2147483647 parameters", srelu(words + ["wide.yaml"]))
    }
    extremeStudy(hidden: "[40000, 40000]", file: "large.yaml")
    check(
      "a network without memory for it", .environment, "of memory",
      srelu("sweep", "large.yaml", "--output-dir", "refused").behind(memory[0], memory[1]))
    check(
      "a batch without memory for it", .environment, "of memory",
      srelu("bench", "step", "--batch-size", "10000000", "--steps", "1")
        .behind(memory[0], memory[1]))
    let plan = ["plan", "extreme.yaml"]
    for words in [
      plan + ["--ranks"], plan + ["--ranks-per-host"], ["bench", "step", "--steps"],
      ["bench", "step", "--batch-size"], ["bench", "coordinator", "--groups"],
      ["bench", "coordinator", "--trials"], ["bench", "study", "--seeds"],
      ["bench", "allreduce", "--rounds"], ["doctor", "--ranks-per-trial"],
    ] {
      check(
        "\(words.joined(separator: " ")) \(Int.max)", .usage, "expected 1",
        srelu(words + ["\(Int.max)"]))
    }
    check(
      "a rank that computes nothing", .usage, "--gflops", srelu(plan + ["--gflops", "1e-300"]))
    check(
      "plan on fewer ranks than a group has", .usage, "no group of 64 fits",
      srelu(plan + ["--ranks", "8", "--ranks-per-trial", "64"]))
    check(
      "plan of large groups on this machine", .done, "64 per trial",
      srelu(plan + ["--ranks-per-trial", "64"]))
    for seeds in ["{first: 0, count: 4000000000}", "{first: 18446744073709551615, count: 2}"] {
      check("seeds \(seeds)", .usage, "seeds", srelu(plan + ["--set", "seeds=\(seeds)"]))
    }
    let table = text("table.csv")
    write("table.csv", table + "5,1,fir\n")
    check(
      "plan of a table that has changed", .done, "extreme: 1 trials", srelu(plan))
    write("table.csv", table)
  }
}
