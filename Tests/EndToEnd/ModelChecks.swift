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
    write(
      "models.yaml",
      """
      name: models
      datasets:
        - {name: table, csv: \(path("wide.csv")), label: kind}
        - {name: pictures, idx: \(path("ten"))}
      architectures:
        - ffnn: {hidden: [20, 12]}
        - cnn: {filters: [3, 4], kernel: 3, padding: same, hidden: [9]}
      activations: [relu, leaky-relu, prelu, elu, gelu, {srelu: {beta: 0.3}}, sigmoid, tanh, silu]
      seeds: [0]
      training: {epochs: {table: 2, pictures: 2}}
      exclude: [{dataset: table, architecture: cnn}]

      """)
    let trained = sweep("models.yaml", "--log-level", "quiet", output: "models")
      .within(.seconds(300)).run()
    checks.expect("models for PyTorch: exit status", trained.status == 0, orElse: trained.text)
    let trials = Files.names(path("models/trials")).map { path("models/trials/\($0)") }
    let compared = command([python, "\(repository)/launch/predict-torch.py"] + trials)
      .with(["OMP_NUM_THREADS": "1"]).within(.seconds(600)).run()
    say(compared.text)
    checks.expect(
      "PyTorch: models compared", 27, compared.lines.count { $0.contains("largest difference") })
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
