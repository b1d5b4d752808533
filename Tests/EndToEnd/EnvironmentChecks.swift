import Checks
import Glibc
import Support

/// Environments that lack what others have.
extension Workplace {
  func checkEnvironments() {
    let done = extremeStudyDone()
    let plan = srelu("plan", path("extreme.yaml"))
    var closed = plan
    closed.input = .closed
    check("standard input is closed", .done, "extreme: 1 trials", closed)
    var bare = plan.with(["PATH": getenv("PATH").map { String(cString: $0) }])
    bare.hasBareEnvironment = true
    check("no HOME", .done, "extreme: 1 trials", bare)
    checkNobody()

    let locales = command(["locale", "-a"]).run().lines.map(String.init)
    let comma =
      locales.first { $0.lowercased().wholeMatch(of: /de_de.utf-?8/) != nil }
      ?? "de_DE.UTF-8"
    for words in [
      ["plan", "extreme.yaml", "--json"], ["report", done, "--no-figures"],
      ["report", done, "--json"],
    ] {
      let plain = srelu(words).with(["LC_ALL": "C"]).run()
      let other = srelu(words).with(["LC_ALL": comma, "LANG": comma]).run()
      checks.expect(
        "a locale with decimal commas: \(words.joined(separator: " "))",
        plain.status == 0 && !plain.text.isEmpty && plain.text == other.text,
        orElse: "\(plain.text) and \(other.text)")
    }
  }

  private func checkNobody() {
    let name = "no entry in passwd"
    guard getuid() == 0 else { return checks.skipped(name, "only root can be somebody else") }
    chmod(folder, 0o755)
    Files.makeFolder(path("nobody"))
    chmod(path("nobody"), 0o777)
    var sweep = srelu("sweep", "extreme.yaml", "--output-dir", "nobody/study")
      .behind("setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups")
      .with(["PATH": getenv("PATH").map { String(cString: $0) }, "TMPDIR": path("nobody")])
    sweep.hasBareEnvironment = true
    check(name, .done, "Best accuracy", sweep)
  }

  func checkRemovedFolder() {
    let done = extremeStudyDone()
    let config = path("extreme.yaml")
    for words in [
      ["plan", config], ["plan", "extreme.yaml"], ["status", path(done)], ["sweep", config],
      ["report", path(done), "--no-figures"], ["predict", path(trial(of: done))],
      ["data", "fetch", "wdbc"], ["doctor"],
    ] {
      Files.makeFolder(path("removed"))
      var command = srelu(words).behind("sh", "-c", "rmdir ../removed && exec \"$@\"", "-")
      command.folder = path("removed")
      let outcome = command.run()
      let codes: [ExitCode] = [.usage, .badData, .environment, .cannotWrite]
      let isRefused =
        codes.contains { $0.rawValue == outcome.status }
        && outcome.text.contains("the current folder was removed")
      checks.expect(
        "a folder that was removed: \(words.joined(separator: " "))",
        outcome.status == 0 || isRefused, orElse: "exit \(outcome.status): \(outcome.text)")
    }
  }
}
