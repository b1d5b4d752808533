import Checks
import FoundationEssentials
import Support

/// This program and the others in turn, so that each sees the machine as the others do.
struct Comparison {
  let options: Options
  private(set) var figures = Figures()
  private let program: String
  private let python: String
  private let scratch = Scratch()
  private var hasTorch = false
  private var hasKeras = false
  /// Peers run on the core that a rank of ours is bound to.
  private let firstCore: String

  static let architectures = ["ffnn", "cnn"]
  /// What is timed, by the peers' names; a formula is what this program gets instead, and Keras sits out.
  static let activations: [(name: String, formula: String?)] = [
    ("relu", nil), ("srelu", nil), ("mish", "x * tanh(softplus(x))"),
    ("own", "x > 0 ? x : 0.5 * x * exp(x)"),
  ]

  init(_ options: Options) {
    self.options = options
    program = "\(options.repository)/.build/release/srelu"
    python = ProcessInfo.processInfo.environment["SRELU_PYTHON"] ?? "python3"
    let allowed =
      Files.text("/proc/self/status").split(separator: "\n")
      .first { $0.hasPrefix("Cpus_allowed_list:") }?.split(separator: "\t").last ?? "0"
    firstCore = String(allowed.prefix { $0.isNumber })
    hasTorch = has("torch", "PyTorch")
    hasKeras = has("tensorflow", "Keras")
  }

  private func has(_ module: String, _ name: String) -> Bool {
    guard options.hasPeers else { return false }
    if command([python, "-c", "import \(module)"]).run().status == 0 { return true }
    note("\(python) has no \(module): no figures of \(name) (pip install \(module))")
    return false
  }

  // MARK: - Measuring

  mutating func run() {
    for round in 1...options.rounds {
      for architecture in Self.architectures {
        for activation in Self.activations {
          note("round \(round) of \(options.rounds): \(architecture) \(activation.name)")
          measureStep(architecture, activation.name, activation.formula)
        }
        measureRanks(architecture)
        measureHalfPrecision(architecture)
      }
    }
    if options.isPaper { trainPaper() }
  }

  private mutating func measureStep(
    _ architecture: String, _ activation: String, _ formula: String?
  ) {
    let what = ["--architecture", architecture, "--activation", activation]
    let key = "\(architecture).\(activation)"
    take("ours.\(key)", onRanks(1, what.dropLast() + [formula ?? activation]))
    if hasTorch {
      take("torch.\(key)", inPython("torch", what))
      take("torch-compiled.\(key)", inPython("torch", what + ["--compile"]))
    }
    if hasKeras, formula == nil {
      take("keras.\(key)", inPython("keras", what))
      take("keras-xla.\(key)", inPython("keras", what + ["--compile"]))
    }
  }

  /// Both sides of a ratio beside each other.
  private mutating func measureRanks(_ architecture: String) {
    let what = ["--architecture", architecture]
    take("ours1.\(architecture)", onRanks(1, what))
    take("ours2.\(architecture)", onRanks(2, what))
    take(
      "ours2-allreduce.\(architecture)", onRanks(2, what + ["--gradient-exchange", "allreduce"]))
    if hasTorch {
      take(
        "ddp.\(architecture)",
        command(
          [
            python, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
            "\(options.repository)/launch/bench-torch.py", "--ddp", "--steps", "\(options.steps)",
          ] + what))
    }
  }

  private mutating func measureHalfPrecision(_ architecture: String) {
    let what = ["--architecture", architecture]
    let probe = command([program, "bench", "step", "--precision", "bf16", "--steps", "1"])
    guard probe.run().status == 0 else { return }
    take("ours-bf16.\(architecture)", onRanks(1, what + ["--precision", "bf16"]))
    if hasTorch { take("torch-bf16.\(architecture)", inPython("torch", what + ["--bf16"])) }
  }

  private mutating func trainPaper() {
    note("configs/paper.yaml on 2 ranks")
    let begin = ContinuousClock.now
    let outcome = command(
      options.launcher + [
        "-np", "2", program, "sweep", "configs/paper.yaml", "--output-dir",
        "\(scratch.path)/paper", "--log-level", "quiet",
      ]
    ).writing(to: .descriptor(2)).within(.seconds(7 * 86400)).run()
    guard outcome.status == 0 else {
      return note("paper: no figure: the sweep ended with status \(outcome.status)")
    }
    figures.add("paper.seconds", "\((ContinuousClock.now - begin).inSeconds)")
  }

  /// Runs a benchmark; its median goes to the figures, none where it fails.
  private mutating func take(_ key: String, _ command: Command) {
    let outcome = command.writing(to: .collected, errors: .collected).run()
    guard outcome.status == 0, let line = outcome.lines.last,
      let report = try? JSON.value(Report.self, from: line.utf8)
    else {
      let why = outsidePages(outcome.errors).last ?? "status \(outcome.status)"
      return note("\(key): no figure: \(why)")
    }
    figures.add(key, "\(report.medianMs)")
    if let share = report.percentOfPeak { figures.add("\(key).percent_of_peak", "\(share)") }
    if let memory = report.maxRssMb { figures.add("\(key).max_rss_mb", "\(memory)") }
    if let library = report.library { figures.add("\(key).library", library) }
  }

  private func onRanks(_ ranks: Int, _ flags: [String]) -> Command {
    command(
      options.launcher + ["-np", "\(ranks)", program, "bench", "step", "--json"]
        + ["--steps", "\(options.steps)"] + flags)
  }

  private func inPython(_ peer: String, _ flags: [String]) -> Command {
    command(
      ["taskset", "-c", firstCore, python, "\(options.repository)/launch/bench-\(peer).py"]
        + ["--steps", "\(options.steps)"] + flags)
  }

  /// OpenMP and MKL would take all cores otherwise.
  func command(_ words: [String]) -> Command {
    Command(words, in: options.repository).within(.seconds(3600))
      .with(["OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"])
  }
}

/// The lines of an error output that don't stand between mpirun's lines of dashes.
private func outsidePages(_ text: String) -> [Substring] {
  var isInside = false
  return text.split(separator: "\n").filter { line in
    let isEdge = line.count >= 60 && line.allSatisfy { $0 == "-" }
    if isEdge { isInside.toggle() }
    return !isEdge && !isInside
  }
}
