import Checks
import Support

extension Workplace {
  /// What is finished in a folder counts for nothing under another setting, and plan says in which.
  func checkPlans() {
    let finished = finished
    study()
    let plan = ["plan", "study.yaml", "--output-dir", finished]
    let outcome = check("plan of what is finished", .done, "checked: 1 trials", srelu(plan))
    checks.expect(
      "plan of what is finished: nothing is trained anew",
      !outcome.text.contains("other trial"), orElse: outcome.text)
    let longer = plan + ["--set", "training.epochs.own=2"]
    check("plan of other epochs", .done, "training.epochs 1 instead of 2", srelu(longer))
    check(
      "plan of other epochs: what is trained", .done, "All 1 trials here are trained anew",
      srelu(longer))
    check(
      "plan of other epochs as JSON", .done, "\"training.epochs 1 instead of 2\"",
      srelu(longer + ["--json"]))
    check(
      "plan of another split", .done, "test-fraction 0.2 instead of 0.3",
      srelu(
        plan + [
          "--set", "datasets=[{name: own, csv: table.csv, label: kind, test-fraction: 0.3}]",
        ]))
    checkDraws()
    checkFormulas()
  }

  /// A function of one's own: from the config to the report, and what is known of it.
  private func checkFormulas() {
    let learned = "s: {formula: x * sigmoid(b * x), b: {learned: per-channel, initial: 1}}"
    study(activation: "relu, m: {formula: \"x > 0 ? x : a * x * exp(x)\", a: [0.5, 1]}, \(learned)")
    check("plan of formulas", .done, "4 trials", srelu("plan", "study.yaml"))
    check("sweep of formulas", .done, "m(a=0.5)", sweep(output: "formulas"))
    check("sweep of formulas again", .done, "Best accuracy", sweep(output: "formulas"))
    check(
      "report of formulas", .done, "s(b=1 learned per-channel)",
      srelu("report", "formulas", "--markdown"))
    let results = text("formulas/results.csv")
    checks.expect(
      "results of formulas", true,
      results.contains(",learned,formula\n") && results.contains(",x > 0 ? x : a * x * exp(x)\n"))
    checkSharedFormulas()
    study(activation: "m: {formula: \"x > 0 ? x : a * y\", a: 1}")
    check(
      "formula without a value", .usage, "‘y’ in the formula has no value",
      srelu("plan", "study.yaml"))
    check("card of a function", .done, "falls, then rises", srelu("activation", "mish"))
    check(
      "card of a formula as JSON", .done, "\"silu\"",
      srelu("activation", "x / (1 + exp(-x))", "--json"))
    check(
      "card of a function: what is proved", .done, "-0.169972 to ∞ (proved)",
      srelu("activation", "gelu"))
    check(
      "card of a function: its cost", .done, "\"nanoseconds_per_value\"",
      srelu("activation", "srelu", "--parameter", "beta=0.2", "--json"))
    check(
      "card of a function as a drawing", .done, "Lipschitz constant  1 (proved)",
      srelu("activation", "tanh", "--svg", "tanh.svg"))
    checks.expect(
      "card of a function as a drawing: f and f′", true,
      text("tanh.svg").contains("<svg") && text("tanh.svg").contains("f′(x)"))
    check(
      "card of a function without gnuplot", .environment, "gnuplot isn't installed",
      srelu("activation", "tanh", "--svg", "none.svg").with(["PATH": "/nowhere"]))
    checkNothingWritten("card of a function without gnuplot", "none.svg")
    check(
      "card of a function into no folder", .cannotWrite, "nowhere/tanh.svg",
      srelu("activation", "tanh", "--svg", "nowhere/tanh.svg"))
    check("card of nothing", .usage, "did you mean mish?", srelu("activation", "mesh"))
    check("card without a value", .usage, "--parameter a=NUMBER", srelu("activation", "a * x"))
  }

  /// Formulas out of another file, bounds of what is learned, a function for each layer, and what is said of
  /// functions that are the same.
  private func checkSharedFormulas() {
    write(
      "shared.yaml",
      """
      activations:
        - m: {formula: "x > 0 ? x : a * x * exp(x)", a: 0.5}
        - s: {formula: x / (1 + exp(-x))}
      """)
    let slope = "{learned: per-channel, initial: 0.1, minimum: 0.0999, maximum: 0.1001}"
    study(
      activation:
        "silu, s, m: {a: [0.5, 1]}, {name: mixed, layers: [{leaky-relu: {slope: \(slope)}}, m]}")
    append("study.yaml", "activation-files: [shared.yaml]\n")
    let same = "silu and s are the same function (the formulas simplify to the same)"
    check("plan of shared formulas", .done, "note: \(same)", srelu("plan", "study.yaml"))
    let whole = srelu("plan", "study.yaml", "--yaml")
    check(
      "shared formulas in one file", .done, "", whole.writing(to: .file(path("whole.yaml"))))
    checks.expect(
      "shared formulas in one file: no other is named", true,
      text("whole.yaml").contains("x / (1 + exp(-x))")
        && !text("whole.yaml").contains("shared.yaml"))
    check("plan of one file", .done, "note: \(same)", srelu("plan", "whole.yaml"))
    check(
      "one file, and JSON", .usage, "--yaml is neither",
      srelu("plan", "study.yaml", "--yaml", "--json"))
    check(
      "plan of shared formulas as JSON", .done, "\"\(same)", srelu("plan", "study.yaml", "--json"))
    check("sweep of shared formulas", .done, same, sweep(output: "shared"))
    let written = text("shared/study.yaml")
    checks.expect(
      "study of shared formulas is whole", true,
      written.contains("x > 0 ? x : a * x * exp(x)") && !written.contains("shared.yaml"))
    let mixed = Files.names(path("shared/trials")).first {
      text("shared/trials/\($0)/trial.json").contains("layers")
    }
    if let mixed {
      let name = "mixed(leaky-relu(slope=0.1 learned per-channel from 0.0999 to 0.1001),m(a=0.5))"
      check(
        "prediction of a mixed network", .done, name, srelu("predict", "shared/trials/\(mixed)"))
    } else {
      checks.failed("a mixed network's trial", "no trial.json has layers")
    }
    check(
      "report of shared formulas", .done, "mixed(Leaky ReLU(",
      srelu("report", "shared", "--markdown"))
    append("shared.yaml", "\n  - t: {formula: tanh(x}\n")
    check(
      "fault in a shared file", .usage, "shared.yaml:4:18: activations[2].t.formula: column 7",
      srelu("plan", "study.yaml"))
    study(activation: "{name: mixed, layers: [relu, gelu, tanh]}")
    refused("functions for other layers", .usage, "mixed has 3 functions, and ffnn")
  }

  /// A list of two values has no seven different ones.
  private func checkDraws() {
    study(activation: "srelu")
    append(
      "study.yaml",
      "search: {method: random, trials: 7, parameters: "
        + "{activations.srelu.beta: {choice: [0.1, 0.2]}}}\n")
    let text = "2 different of 7"
    check("plan of draws that agree", .done, text, srelu("plan", "study.yaml"))
    check("sweep of draws that agree", .done, text, sweep(output: "drawn"))
    check("status of draws that agree", .done, text, srelu("status", "drawn"))
    check("report of draws that agree", .done, text, srelu("report", "drawn", "--no-figures"))
    checks.expect(
      "draws that agree are trained once", 2, Files.names(path("drawn/trials")).count)
  }

  /// Names out of a file do nothing to a terminal, and nothing to a spreadsheet.
  func checkHostileNames() {
    let rows = Self.rows { $0 % 3 == 0 ? "\u{1b}[2J\u{9b}oak" : "=1+1" }
    write("hostile.csv", rows)
    let header = "width,depth,kind"
    write("header.csv", "width,depth,ki\u{1b}[2J\u{9b}nd" + rows.dropFirst(header.count))
    study("{name: own, csv: header.csv, label: kind}")
    checkHarmless("hostile column", .badData, "no column is called kind", sweep(output: "refused"))
    study("{name: own, csv: hostile.csv, label: kind}")
    check("hostile classes", .done, "Best accuracy", sweep(output: "hostile"))
    let trial = trial(of: "hostile")
    for (words, text) in [
      (["report", "hostile", "--terminal"], "own × ffnn"),
      (["report", "hostile", "--markdown"], "## own × ffnn"),
      (["report", "hostile", "--json"], "\"own\""), (["status", "hostile"], "relu own ffnn"),
      (["watch", "hostile", "--once"], "relu own ffnn"), (["predict", trial], "oak"),
      (["predict", trial, "--json"], "oak"),
    ] {
      checkHarmless("hostile classes: \(words.joined(separator: " "))", .done, text, srelu(words))
    }
    let tables = Files.all(path("hostile")).filter { $0.hasSuffix(".csv") }
    let formula = /(^|,)"?[=@]/
    let dangerous = tables.filter { table in
      text("hostile/\(table)").split(separator: "\n").contains {
        $0.firstMatch(of: formula) != nil
      }
    }
    checks.expect(
      "hostile classes: no formula", dangerous.isEmpty && !tables.isEmpty,
      orElse: "in \(dangerous) of \(tables)")
  }

  /// A check whose command writes no control characters but line ends and tabs.
  private func checkHarmless(
    _ name: String, _ code: ExitCode, _ text: String, _ command: Command
  ) {
    let outcome = check(name, code, text, command)
    let controls = outcome.text.unicodeScalars.filter {
      $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
    }
    checks.expect("\(name): no control characters", [], controls.map(\.value))
  }

  func checkFolders() {
    let finished = finished
    putFileInTheWay()
    let quiet = ["--log-level", "quiet"]
    study(name: "another")
    checkOnce(
      "folder of another study", .usage, "finished: holds the study checked, not another",
      sweep("study.yaml", quiet[0], quiet[1], output: finished))
    study()
    checkOnce(
      "output folder that cannot be made", .cannotWrite,
      "in-the-way/folder: can't create the folder: Not a directory",
      sweep("study.yaml", quiet[0], quiet[1], output: "in-the-way/folder"))
    checkOnce(
      "file in place of the output folder", .usage, "in-the-way: expected an empty folder",
      sweep("study.yaml", quiet[0], quiet[1], output: "in-the-way"))

    // Two processes that don't know of each other say so once: the second one is silent.
    let lonely = srelu("sweep", "study.yaml", "--output-dir", "refused")
      .with(["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "0"])
    checkOnce("ranks that are alone", .environment, "each of them is alone in MPI", lonely)
    let second = check(
      "ranks that are alone, the second", .environment, "", lonely.with(["SLURM_PROCID": "1"]))
    checks.expect("ranks that are alone, the second: silent", "", second.text)
    checkNothingWritten("ranks that are alone", "refused")
  }
}
