import Checks
import Glibc

/// Where launchers are called from, and with what.
extension PretendedRepository {
  /// Called in a folder that is gone by then.
  private func inFolderThatIsGone(_ command: Command) -> Command {
    Files.makeFolder("\(place)/gone")
    return piped("cd gone && rmdir ../gone && exec \"$@\"", command)
  }

  func checkPlaces() {
    launch("a study", .done, "the program: report", local("s.yaml"))
    expect("a study runs in the repository", copy, calledIn())
    expectCalled("the config is the caller's", with: "sweep", "\(place)/s.yaml")
    launch(
      "sweep before the config", .done, "", local("sweep", "s.yaml", "--output-dir", "out"))
    expectCalled(
      "sweep before the config is no command", with: "sweep", "\(place)/s.yaml", "--output-dir",
      "\(place)/out")
    launch("another command", .done, "", local("plan", "s.yaml"))
    expect("another command runs in the caller's folder", place, calledIn())
    launch("a relative folder of data", .done, "", local("s.yaml").with(["SRELU_DATA": "mine"]))
    expect(
      "a relative folder of data is that of the caller", ["SRELU_DATA=\(place)/mine"],
      environment("SRELU_DATA="))
    symlink("\(copy)/launch/local", "\(place)/by-link")
    symlink("\(copy)/launch", "\(place)/folder")
    symlink(copy, "\(place)/link")
    for path in ["by-link", "folder/local", "link/launch/local"] {
      launch("called as \(path)", .done, "the program: report", command(["./\(path)", "s.yaml"]))
    }
    launch("CDPATH", .done, "the program: report", local("s.yaml").with(["CDPATH": copy]))
    launch(
      "no HOME, no USER", .done, "the program: report",
      local("s.yaml").with(["HOME": nil, "USER": nil, "LOGNAME": nil]))
    expect("no HOME, no USER: Open MPI gets a home", 1, environment("HOME=/").count)
    for language in ["de_DE.UTF-8", "C.UTF-8", "tr_TR.UTF-8"] {
      launch(
        "in the language \(language)", .done, "the program: report",
        local("s.yaml").with(["LC_ALL": language, "LANG": language]))
    }
  }

  func checkFoldersThatAreGone() {
    let gone = "is gone or may not be entered: cd to another one"
    let config = "\(place)/s.yaml"
    launch("a folder that is gone", .done, "", inFolderThatIsGone(local(config)))
    launch(
      "another command in a folder that is gone", .usage, gone,
      inFolderThatIsGone(local("plan", "s.yaml")))
    launch(
      "run, in a folder that is gone", .done, "the program: report",
      inFolderThatIsGone(run([config])))
    for words in [["s.yaml"], ["doctor"], ["--output-dir", "out", config]] {
      let name = "run \(words.joined(separator: " ")), in a folder that is gone"
      launch(name, .usage, gone, inFolderThatIsGone(run(words)))
      expect("\(name): it isn't made again", false, Files.exists("\(place)/gone"))
    }
  }

  func checkOddFiles() {
    mkfifo("\(place)/p.yaml", 0o600)
    symlink("/dev/zero", "\(place)/zero.yaml")
    for path in ["p.yaml", "zero.yaml"] {
      launch("run \(path)", .usage, "\(path) is not a file", run([path]))
      launch(
        "hosts --hostfile \(path)", .usage, "\(path) is not a file",
        launcher("hosts", ["--hostfile", path, "s.yaml"]))
    }
    let name = "a name that a terminal would obey"
    launch(name, .usage, "cannot read the config", local("\u{1b}]0;owned\u{7}.yaml"))
    harmless("\(name): is not shown so")
  }

  // MARK: - Folders for temporary files

  func checkTemporaryFolders() {
    for folder in ["\(scratch)/nowhere", "\(place)/s.yaml"] {
      launch(
        "TMPDIR=\(folder.split(separator: "/").last ?? "")", .cannotWrite, "\(folder) (TMPDIR)",
        local("s.yaml").with(["TMPDIR": folder]))
    }
    for folder in ["a b", "a,b", "a'b", "a:b", "a\"b"] {
      Files.makeFolder("\(place)/\(folder)")
      launch(
        "TMPDIR=\(folder)", .done, "the program: report",
        local("s.yaml").with(["TMPDIR": "\(place)/\(folder)"]))
      launch(
        "TMPDIR=\(folder), relative", .done, "the program: report",
        local("s.yaml").with(["TMPDIR": folder]))
      expect("TMPDIR=\(folder): nothing is left", [], Files.names("\(place)/\(folder)"))
    }
    checkMounts()
  }

  /// Whether mounts may be made here that nobody else sees; says so where they mayn't.
  private func canMount(_ what: String) -> Bool {
    let can = Command(["unshare", "--mount", "true"]).run().status == 0
    if !can { checks.skipped("launchers: \(what)", "they take a mount namespace, and so root") }
    return can
  }

  private func mounted(_ mount: String, _ command: Command) -> Command {
    piped("\(mount) && exec \"$@\"", command).behind("unshare", "--mount")
  }

  /// A full folder, memory for sharing that is small or absent, no /proc.
  private func checkMounts() {
    guard canMount("a full TMPDIR, a small /dev/shm, no /proc") else { return }
    let full = "\(scratch)/full"
    Files.makeFolder(full)
    launch(
      "a full TMPDIR", .cannotWrite, "No space left",
      mounted(
        "mount -t tmpfs -o size=64k tmpfs '\(full)' && ! head -c 1m /dev/zero >'\(full)/x' 2>/dev/null",
        local("s.yaml").with(["TMPDIR": full])))
    for size in ["size=1m", "ro"] {
      launch(
        "/dev/shm, \(size)", .done, "/dev/shm is missing or full",
        mounted("mount -t tmpfs -o \(size) tmpfs /dev/shm", local("s.yaml")))
      let memory = zip(called, called.dropFirst()).filter { $0.0.contains("backing_directory") }
      expect(
        "/dev/shm, \(size): what ranks share lies elsewhere",
        memory.contains { $0.1.hasPrefix("\(scratch)/tmp/") }, orElse: "\(called)")
    }
    launch(
      "no /proc", .environment, "/proc is not mounted",
      mounted("mount -t tmpfs tmpfs /proc", local("s.yaml")))
  }

  // MARK: - What is missing

  /// A folder with the programs of this machine but for some.
  private func tools(_ name: String, without missing: [String]) -> String {
    let folder = "\(scratch)/\(name)"
    Files.makeFolder(folder)
    for place in ["/usr/bin", "/bin"] {
      for tool in Files.names(place) where !missing.contains(where: tool.hasPrefix) {
        symlink("\(place)/\(tool)", "\(folder)/\(tool)")
      }
    }
    return folder
  }

  func checkMissingTools() {
    let kinds = ["mpirun", "mpiexec", "orterun", "prterun", "gnuplot"]
    let without = tools("without", without: kinds)
    for tool in ["curl", "apt-get"] { Files.remove("\(without)/\(tool)") }
    for (name, command) in [
      ("no mpirun", local("s.yaml")), ("no mpirun, another command", local("doctor")),
      ("no mpirun, hosts", launcher("hosts", ["--hosts", "localhost:1", "s.yaml"])),
    ] {
      launch(name, .environment, "mpirun is not in PATH", command.with(["PATH": without]))
    }
    symlink("\(fakes)/mpirun", "\(without)/mpirun")
    Files.makeFolder("\(scratch)/hydra")
    script("\(scratch)/hydra/mpirun", "#!/bin/sh\necho HYDRA build details:\n")
    launch(
      "another MPI's mpirun", .environment, "is not Open MPI's",
      local("s.yaml").with(["PATH": "\(scratch)/hydra:\(searchPath)"]))
    for tool in ["find", "grep", "head", "readlink"] {
      Files.move("\(without)/\(tool)", "\(scratch)/\(tool)")
      launch(
        "no \(tool)", .environment, "local: \(tool) is not in PATH",
        local("s.yaml").with(["PATH": without]))
      silent("no \(tool): in words of our own", /line [0-9]+:|not found/)
      Files.move("\(scratch)/\(tool)", "\(without)/\(tool)")
    }
    Files.remove("\(without)/dirname")
    launch("no dirname", .done, "the program: report", local("s.yaml").with(["PATH": without]))
    // Whether the tools of the build are here is not what this is about.
    let setUp = "set -euo pipefail; source \"$1\"; need() { :; }; set_up_tools no; echo on it goes"
    launch(
      "no gnuplot, no curl", .done, "on it goes",
      command(["bash", "-c", setUp, "local", "\(copy)/launch/common.sh"]).with(["PATH": without]))
    for text in ["draws the report's figures", "fetches data sets"] {
      expect(
        "no gnuplot, no curl: what is done without: \(text)", 1,
        said.split(separator: "\n").count { $0.contains(text) })
    }
    checkReadOnlyRepository()
  }

  /// Where the sources are newer than the program and nothing can be written.
  private func checkReadOnlyRepository() {
    let name = "a repository that is read-only"
    guard canMount(name) else { return }
    Files.write("\(copy)/Sources/new.swift", "")
    pretend("swift", "#!/bin/sh\necho 'swift-driver version: 1.0 Apple Swift version 6.3'\n")
    launch(
      name, .cannotWrite, "cannot write in \(copy)",
      mounted(
        "mount --bind '\(copy)' '\(copy)' && mount -o remount,bind,ro '\(copy)'",
        command([
          "bash", "-c", "set -euo pipefail; source \"$1\"; build_program", "local",
          "\(copy)/launch/common.sh",
        ])))
  }
}
