import Checks
import FoundationEssentials
import Glibc
import Support

/// A folder with a small table, in which commands of the built program are run and looked at.
final class Workplace {
  let checks = Checks()
  let repository: String
  let folder: String
  private let scratch = Scratch()
  let products: String
  /// The values of the suite's own flags.
  let settings: [String: String]
  private let program: String
  /// What Open MPI is given, by number of ranks.
  private var launchers: [Int: [String]] = [:]
  /// A study whose words nobody has read yet.
  var slowReader: (study: Running, pipe: NarrowPipe)?
  /// Made when the first check wants them.
  lazy var hostChecks = HostChecks(self)

  /// The table that studies here train on, as a config names it.
  static let table = "{name: own, csv: table.csv, label: kind}"

  init(_ options: Options) {
    repository = options.repository
    settings = options.settings
    products = "\(repository)/.build/release"
    program = "\(products)/srelu"
    folder = scratch.path
    write("table.csv", Self.rows { $0 % 3 == 0 ? "oak" : "ash" })
  }

  static let noWDBC = "WDBC is not here and could not be fetched (srelu data fetch wdbc)"

  /// 40 rows of two columns, and a class for each.
  static func rows(_ kind: (Int) -> String) -> String {
    "width,depth,kind\n"
      + (0..<40).map { "\($0 * $0 % 17),\($0 % 5),\(kind($0))\n" }.joined()
  }

  // MARK: - Commands

  func command(_ words: [String]) -> Command { Command(words, in: folder) }

  /// The program, alone.
  func srelu(_ words: String...) -> Command { command([program] + words) }
  func srelu(_ words: [String]) -> Command { command([program] + words) }

  /// A program on so many ranks of this machine, started as the launchers start it.
  func ranks(_ count: Int, _ words: [String]) -> Command {
    let options = launchers[count] ?? mpirunOptions(count)
    launchers[count] = options
    return command(["mpirun"] + options + words)
  }

  /// The launchers have the list, and nobody else.
  private func mpirunOptions(_ count: Int) -> [String] { mpirunOptions("local", [], count) }

  /// The same over hosts, as launch/hosts has them.
  func mpirunOptions(over hosts: String, _ count: Int, sshConfig: String) -> [String] {
    mpirunOptions(
      "hosts", ["--hosts", hosts, "--ssh-config", sshConfig, "--bind", "none"], count)
  }

  private func mpirunOptions(_ launcher: String, _ flags: [String], _ count: Int) -> [String] {
    let outcome = srelu(
      ["launch", launcher, "--print-options", "--ranks", "\(count)"] + flags
    ).writing(to: .collected, errors: .collected).run()
    guard outcome.status == 0 else { refuse(.environment, outcome.errors) }
    return outcome.lines.map(String.init)
  }

  /// The program on two ranks.
  func onTwoRanks(_ words: String...) -> Command { ranks(2, [program] + words) }

  /// A study on two ranks, with these flags.
  func sweep(_ config: String = "study.yaml", _ flags: String..., output: String) -> Command {
    ranks(2, [program, "sweep", config] + flags + ["--output-dir", output])
  }

  /// launch/local over the real mpirun.
  func local(_ words: String...) -> Command { command(["\(repository)/launch/local"] + words) }
  func local(_ words: [String]) -> Command { command(["\(repository)/launch/local"] + words) }

  func isInPath(_ tool: String) -> Bool {
    command(["sh", "-c", "command -v \"$1\"", "-", tool]).run().status == 0
  }

  // MARK: - Checks

  @discardableResult
  func check(_ name: String, _ code: ExitCode, _ text: String, _ command: Command) -> Outcome {
    checks.check(name, code, text, command)
  }

  /// A check whose command says one line of its own, though several ranks know the reason. (mpirun's remarks
  /// don't begin with its name.)
  func checkOnce(_ name: String, _ code: ExitCode, _ text: String, _ command: Command) {
    let outcome = check(name, code, text, command)
    let lines = outcome.lines.count { $0.hasPrefix("srelu: ") }
    checks.expect("\(name): said once", lines == 1, orElse: "\(lines) lines: \(outcome.text)")
  }

  /// A refused command leaves nothing half-written.
  func checkNothingWritten(_ name: String, _ path: String) {
    checks.expect("\(name): no folder", !exists(path), orElse: "\(path) was written")
  }

  /// study.yaml is refused on two ranks, once, and nothing is written.
  func refused(_ name: String, _ code: ExitCode, _ text: String) {
    checkOnce(name, code, text, sweep(output: "refused"))
    checkNothingWritten(name, "refused")
  }

  /// Two studies have so many models each, by the same names and with the same bits.
  func expectSameModels(_ name: String, _ study: String, _ other: String, count: Int) {
    let (models, others) = (models(of: study), models(of: other))
    checks.expect(
      name, models == others && models.count == count,
      orElse: "\(models.count) and \(others.count) models of \(count); others are "
        + "\(models.keys.filter { models[$0] != others[$0] }.sorted())")
  }

  /// The bits of all models of a study, by their paths.
  private func models(of study: String) -> [String: [UInt8]] {
    let trials = path("\(study)/trials")
    let paths = Files.all(trials).filter { $0.hasSuffix("/model.safetensors") }
    return Dictionary(
      uniqueKeysWithValues: paths.map { ($0, Files.bytes("\(trials)/\($0)") ?? []) })
  }

  // MARK: - Files

  func path(_ name: String) -> String { name.hasPrefix("/") ? name : "\(folder)/\(name)" }
  func write(_ name: String, _ text: String) { Files.write(path(name), text) }
  func write(_ name: String, _ bytes: [UInt8]) { Files.write(path(name), bytes) }
  func append(_ name: String, _ text: String) { Files.append(path(name), text) }
  func text(_ name: String) -> String { Files.text(path(name)) }
  func bytes(_ name: String) -> [UInt8] { Files.bytes(path(name)) ?? [] }
  func exists(_ name: String) -> Bool { Files.exists(path(name)) }
  func remove(_ name: String) { Files.remove(path(name)) }
  func copy(_ from: String, _ to: String) { Files.copy(path(from), path(to)) }
  func size(_ name: String) -> Int { Files.size(path(name)) ?? 0 }

  /// Gives a file so many bytes.
  func resize(_ name: String, to size: Int) { truncate(path(name), size) }

  /// The folder where studies find a known data set, with the right contents; nil where they don't.
  func folder(of dataset: String) -> String? {
    let outcome = srelu("data", "check", dataset).run()
    let beginning = "\(dataset): ok, in "
    guard outcome.status == 0, let line = outcome.lines.first(where: { $0.hasPrefix(beginning) })
    else { return nil }
    return String(line.dropFirst(beginning.count))
  }

  /// A study, sound unless an argument is not.
  func study(
    _ dataset: String = table, architecture: String = "ffnn", activation: String = "relu",
    seeds: String = "[0]", training: String = "epochs: {own: 1}", name: String = "checked",
    file: String = "study.yaml"
  ) {
    write(
      file,
      """
      name: \(name)
      datasets: [\(dataset)]
      architectures: [\(architecture)]
      activations: [\(activation)]
      seeds: \(seeds)
      training: {\(training)}

      """)
  }

  // MARK: - What several checks look at

  /// A study of one trial that ended well: the first call trains it.
  lazy var finished: String = {
    study()
    check("a sound study", .done, "Best accuracy", sweep(output: "finished"))
    return "finished"
  }()

  /// A study of images that ended well.
  lazy var pictures: String = {
    writeImages()
    study("{name: own, idx: images}")
    check("a study of images", .done, "Best accuracy", sweep(output: "pictures"))
    return "pictures"
  }()

  /// The folder of a study's first trial.
  func trial(of study: String) -> String {
    "\(study)/trials/\(Files.names(path("\(study)/trials")).first ?? "none")"
  }

  /// The four IDX files of four images of 2×2 pixels each, in two classes.
  func writeImages() {
    remove("images")
    Files.makeFolder(path("images"))
    for part in ["train", "t10k"] {
      write(
        "images/\(part)-images-idx3-ubyte",
        [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2] + Array("abcdefghijklmnop".utf8))
      write("images/\(part)-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 0, 1])
    }
  }

  /// A file where others want a folder. Root may write anywhere but there.
  func putFileInTheWay() { write("in-the-way", "") }
}
