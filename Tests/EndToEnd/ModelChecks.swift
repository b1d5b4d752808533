import Checks
import FoundationEssentials

/// Whole studies: what they leave is opened by others, and not trained twice.
extension Workplace {
  /// Every activation and both architectures, for one and for several outputs, trained for a moment.
  func checkModelsInPyTorch() {
    var python = ProcessInfo.processInfo.environment["SRELU_PYTHON"] ?? "python3"
    if python.contains("/") && !python.hasPrefix("/") { python = "\(repository)/\(python)" }
    guard command([python, "-c", "import torch"]).run().status == 0 else {
      return checks.skipped("PyTorch", "\(python) has no torch (SRELU_PYTHON names another)")
    }
    writePictures()
    write("wide.csv", Table.likeWDBC())
    let named = "relu, leaky-relu, prelu, elu, gelu, {srelu: {beta: 0.3}}, sigmoid, tanh, silu"
    let catalogue =
      "mish, gelu-tanh, hard-shrink, pade, phish, s-shaped-relu, selu, snake, tanh-exp"
    let half = "half: {learned: per-channel, initial: 0.4}"
    let formulas = """
      {one: {formula: "x > 0 ? x : c * x * exp(x)", c: 0.5}},
        {two: {formula: "let u = x * x; x / (1 + exp(-1.3 * x)) - k * u / (1 + u)^1.5", k: 0.1}},
        {three: {formula: "x >= t ? x : half * tanh(x)", t: -0.1, \(half)}},
        {four: {formula: "x * sigmoid(b * x) + β", b: {learned: per-network, initial: 1.1},
          β: {learned: per-unit, initial: 0.01}}},
        {snake: {alpha: {learned: per-layer, initial: 1}}}
      """
    // For one output, for several; 9 + 9 + 5 functions.
    compareInPython(python, "[ffnn: {hidden: [20, 12]}]", [named, catalogue, formulas], 46)
    let convolutional = "[cnn: {filters: [3, 4], kernel: 3, padding: same, hidden: [9]}]"
    let layers =
      "{name: mixed, layers: [prelu, {snake: {alpha: {learned: per-unit, initial: 1}}}, mish]}"
    compareInPython(python, convolutional, [named, catalogue, formulas, layers], 24, tables: false)
  }

  /// Trains each function for a moment, and compares PyTorch's logits with this program's.
  private func compareInPython(
    _ python: String, _ architectures: String, _ activations: [String], _ count: Int,
    tables: Bool = true
  ) {
    let name = "models-\(count)"
    let table = "{name: table, csv: \(path("wide.csv")), label: kind}, "
    write(
      "\(name).yaml",
      """
      name: models
      datasets: [\(tables ? table : ""){name: pictures, idx: \(path("ten"))}]
      architectures: \(architectures)
      activations: [\(activations.joined(separator: ", "))]
      seeds: [0]
      training: {epochs: {default: 2}}

      """)
    let trained = sweep("\(name).yaml", "--log-level", "quiet", output: name)
      .within(.seconds(300)).run()
    checks.expect("models for PyTorch: exit status", trained.status == 0, orElse: trained.text)
    let trials = Files.names(path("\(name)/trials")).map { path("\(name)/trials/\($0)") }
    let compared = command([python, "\(repository)/launch/predict-torch.py"] + trials)
      .with(["OMP_NUM_THREADS": "1"]).within(.seconds(600)).run()
    say(compared.text)
    checks.expect(
      "PyTorch: models compared", count,
      compared.lines.count { $0.contains("largest difference") })
    checks.expect("PyTorch: the same logits to 1e-4", 0, compared.status)
  }

  /// Pictures of 10×10 pixels in three classes, which nothing can be learnt from.
  private func writePictures() {
    Files.makeFolder(path("ten"))
    for (part, count) in [("train", UInt8(60)), ("t10k", UInt8(30))] {
      var state = UInt32(count)
      let pixels = (0..<Int(count) * 100).map { _ -> UInt8 in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      }
      write(
        "ten/\(part)-images-idx3-ubyte",
        [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 10, 0, 0, 0, 10] + pixels)
      write(
        "ten/\(part)-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, count] + (0..<count).map { $0 % 3 })
    }
  }

  func checkSmallStudy() {
    guard srelu("data", "check", "wdbc").run().status == 0 else {
      return checks.skipped("a small study", Self.noWDBC)
    }
    write(
      "small.yaml",
      """
      name: small
      datasets: [wdbc]
      architectures: [ffnn]
      activations: [relu, srelu]
      seeds: [0, 1, 2]
      training: {epochs: {wdbc: 5}}

      """)
    let study = sweep("small.yaml", output: "small").within(.seconds(300))
    let trained = study.run()
    checks.expect("small study: exit status", trained.status == 0, orElse: trained.text)
    let trials = Files.names(path("small/trials"))
    checks.expect(
      "small study: results", 6, trials.count { exists("small/trials/\($0)/result.json") })
    for trial in trials {
      let counts = text("small/trials/\(trial)/confusion.csv").split { ",\n".contains($0) }
      checks.expect(
        "small study: test samples in \(trial)", 114, counts.compactMap { Int($0) }.reduce(0, +))
    }
    let before = results(of: "small")
    let again = study.run()
    checks.expect("small study again: exit status", again.status == 0, orElse: again.text)
    checks.expect(
      "small study again: nothing trained twice", !before.isEmpty && before == results(of: "small"),
      orElse: "\(before) and \(results(of: "small"))")
  }

  /// Which results a study has, with when they were written and what they hold.
  private func results(of study: String) -> [String] {
    Files.names(path("\(study)/trials")).compactMap { trial in
      let file = path("\(study)/trials/\(trial)/result.json")
      return Files.changed(file).map { "\(trial) \($0) \(Files.text(file))" }
    }
  }
}
