import Checks
import Glibc
import Support

/// Studies whose ranks die, and signals, through launch/local. What a supervisor decides is tested where it is
/// described; here are its processes and what is said.
extension PretendedRepository {
  /// Each run takes the next line of the plan: STATUS HOW [CODE]. HOW is `dies` in the middle of a study, `closes`
  /// it, with this code in its journal, `outlives` that with one of two ranks, is `stubborn`: it hears no request
  /// to stop, or `obedient`.
  private func pretendPlans() {
    pretend(
      "mpirun",
      #"""
      #!/usr/bin/env bash
      if [[ $1 == --version ]]; then echo 'mpirun (Open MPI) 4.1.4'; exit; fi
      read -r status how code <"$SCRATCH/plan" || exit 99
      sed -i 1d "$SCRATCH/plan"
      journal="$SCRATCH/study/journal.jsonl"
      printf '%s' "$SCRATCH/study" >"$SRELU_FOLDER_FILE"
      printf '{"event":"opened"}\n' >>"$journal"
      case $how in
        obedient) trap 'printf "{\"code\":75,\"event\":\"closed\"}\n" >>"$journal"; exit 75' USR1 ;;
        stubborn) trap '' USR1 TERM INT ;;
      esac
      # Whoever waits for this line may send a signal at once.
      printf '%s\n' "${*: -2}" >>"$SCRATCH/runs"
      case $how in
        closes) printf '{"code":%s,"event":"closed"}\n' "${code:-$status}" >>"$journal" ;;
        outlives)
          printf '{"code":0,"event":"closed"}\n' >>"$journal"
          for word; do if [[ $word == sweep ]]; then break; else program=$word; fi; done
          rank="$SCRATCH/study/${program##*/}"
          ln -s /bin/sleep "$rank"
          "$rank" 1 & "$rank" "$LONG" & wait
          ;;
        obedient) while true; do /bin/sleep 0.05; done ;;
        stubborn) exec /bin/sleep "$LONG" ;;
      esac
      exit "$status"

      """#)
  }

  /// A study on ranks that do so.
  private func planned(_ plan: String..., flags: String...) -> Command {
    Files.remove("\(scratch)/study")
    Files.makeFolder("\(scratch)/study")
    write("runs", "")
    write("plan", plan.map { $0 + "\n" }.joined())
    return local(["--no-report"] + flags + ["s.yaml"])
  }

  private var runs: [String] { text("runs").split(separator: "\n").map(String.init) }

  func checkDeaths() {
    pretendPlans()
    let name = "a job that dies and comes back"
    let config = "sweep \(place)/s.yaml"
    launch(
      name, .done, "restarting in 1 s (restart 1 of at most 5 without progress)",
      planned("137 dies", "0 closes"))
    expect(
      "\(name): says what a killed rank may mean", said.contains("because memory ran out"),
      orElse: said)
    expect(
      "\(name): only the first run tries failed trials again", [config, "--retry none"], runs)
    launch(
      "a job that may not be started again", .interrupted, "stopped after 0 restarts",
      planned("137 dies", "0 closes", flags: "--max-restarts", "0"))
    expect("a job that may not be started again: runs", [config], runs)
    launch(
      "a death after the study had closed", .done, "died after the study had ended",
      planned("137 closes 0"))
    launch(
      "a rank that outlives the others", .done, "some ranks have exited and others haven't",
      planned("0 outlives"))
  }

  /// A launcher that gets these signals, the first once something holds, ends with 75 and leaves nothing.
  private func signalled(
    _ name: String, _ command: Command, once: (String) -> Bool, _ signals: [Int32]
  ) {
    let log = "\(scratch)/log"
    let running = command.writing(to: .file(log)).start()
    awaited(every: .milliseconds(50)) { once(Files.text(log)) || !running.isAlive }
    for signal in signals {
      running.signal(signal)
      pauseFor(.milliseconds(200))
    }
    expect("\(name): exit status", ExitCode.interrupted.rawValue, running.outcome().status)
    expect(
      "\(name): says how to go on",
      Files.text(log).contains("run the same command again to resume"),
      orElse: Files.text(log))
    expectNothingLeft(name)
    expect("\(name): nobody waits", [], waiting)
  }

  func checkSignals() {
    pretendPlans()
    for (name, signal) in [("SIGINT", SIGINT), ("SIGTERM", SIGTERM), ("SIGUSR1", SIGUSR1)] {
      signalled(
        "\(name) while ranks train", planned("0 obedient"), once: { _ in !runs.isEmpty }, [signal])
      expect(
        "\(name) while ranks train: they end in order", 1,
        text("study/journal.jsonl").split(separator: "\n").count { $0.contains("closed") })
      // The pause before the fourth run is long enough for a signal to come within it.
      signalled(
        "\(name) in a pause", planned("137 dies", "137 dies", "137 dies", "0 closes"),
        once: { $0.contains("restarting in 4 s") }, [signal])
      expect("\(name) in a pause: runs", 3, runs.count)
    }
    for (name, signals) in [
      ("SIGTERM", [SIGTERM]), ("a second SIGINT", [SIGINT, SIGINT]),
      // SIGUSR1 has no limit after which ranks are ended: the second signal ends them.
      ("SIGUSR1 and SIGINT", [SIGUSR1, SIGINT]),
    ] {
      signalled(
        "\(name) to ranks that do not stop", planned("0 stubborn"), once: { _ in !runs.isEmpty },
        signals)
    }
  }

  // MARK: - A terminal

  /// Ctrl-C at a terminal, often: what is written has nothing of the shell's. The terminal's keys come from a pipe,
  /// which stays open until the end.
  func checkTerminal() {
    pretendPlans()
    var statuses: [Int32] = []
    var heard: Set<String> = []
    for round in 0..<20 {
      let study = planned("0 obedient")
      Files.remove("\(scratch)/over")
      // script starts the command with the shell that SHELL names, and its remarks are in the user's language.
      let outcome = piped(
        """
        { until [[ -s $SCRATCH/runs || -e $SCRATCH/over ]]; do /bin/sleep 0.05; done
          /bin/sleep "0.0\(round % 5)"
          printf '\\003'
          until [[ -e $SCRATCH/over ]]; do /bin/sleep 0.1; done
        } | { status=0
          printf -v command ' %q' "$@"
          script --quiet --return --command "exec$command" "$SCRATCH/typescript" >/dev/null 2>&1 ||
            status=$?
          : >"$SCRATCH/over"
          exit "$status"; }
        """, study.with(["SHELL": "/bin/sh", "LANGUAGE": "", "LC_ALL": "C", "TERM": "xterm"])
      ).run()
      statuses.append(outcome.status)
      for line in text("typescript").split(whereSeparator: \.isNewline) {
        heard.insert(String(line).replacing("^C", with: ""))
      }
    }
    expect(
      "Ctrl-C, 20 times: exit status",
      Array(repeating: ExitCode.interrupted.rawValue, count: 20), statuses)
    // The first and the last line are script's own.
    let others = ["Script ", "local: running as root"]
    expect(
      "Ctrl-C, 20 times: nothing of the shell is heard",
      ["local: interrupted; run the same command again to resume"],
      heard.filter { line in !line.isEmpty && !others.contains(where: line.hasPrefix) }.sorted())
  }
}
