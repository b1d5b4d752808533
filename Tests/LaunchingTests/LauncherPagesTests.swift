import Launching
import Testing

@Suite struct LauncherPagesTests {
  private static let rule = String(repeating: "-", count: 74) + "\n"

  private func page(_ lines: String...) -> String {
    Self.rule + lines.map { "\($0)\n" }.joined() + Self.rule
  }

  /// What is shown of a text, which comes in pieces of so many bytes.
  private func shown(
    _ text: String, pieces: Int = 7
  ) -> (text: String, subjects: Set<LauncherPages.Subject>) {
    var pages = LauncherPages(name: "local")
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      bytes += pages.take(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
    }
    bytes += pages.end()
    return (String(decoding: bytes, as: UTF8.self), pages.subjects)
  }

  @Test func pagesAboutEndsAreLeftOut() {
    let text =
      "srelu: s.yaml: what is wrong\n"
      + page("Primary job  terminated normally, but 1 process returned", "a non-zero exit code.")
      + page("MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD")
      + "\0" + page("prterun has exited due to process rank 0 with PID 0 on node vm calling")
      + "mpirun: Forwarding signal 10 to job\n"
      + "[vm:1] 1 more process has sent help message help-mpi-api.txt / mpi-abort\n"
      + "srun: error: n1: tasks 1-3: Exited with exit code 64\n"
      + "srun: launch/slurm: _step_signal: Terminating StepId=2.0\n"
      + "slurmstepd: error: *** STEP 2.0 ON n1 CANCELLED AT 2026-11-28T10:00:00 ***\n"
    for pieces in [1, 7, 100_000] {
      let (words, subjects) = shown(text, pieces: pieces)
      #expect(words == "srelu: s.yaml: what is wrong\n")
      #expect(subjects.isEmpty)
    }
  }

  @Test func whoWasKilledIsTold() {
    #expect(
      shown(
        page(
          "prterun noticed that process rank 1 with PID 4042 on node vm exited on",
          "signal 9 (Killed).")
      ).text == "local: rank 1 on vm was killed by signal 9\n")
    #expect(
      shown(
        page(
          "An MPI communication peer process has unexpectedly disconnected.  This",
          "  Local host: alpha", "  Peer host:  beta")
      ).text == "local: a rank on beta is gone\n")
  }

  @Test func otherPagesStay() {
    let lost = shown(page("PRTE has lost communication with a remote daemon."))
    #expect(lost.text == "PRTE has lost communication with a remote daemon.\n")
    #expect(lost.subjects == [.lostHost])
    let slots = shown(Self.rule + "There are not enough slots available in the system")
    #expect(slots.text == "There are not enough slots available in the system\n")
    #expect(slots.subjects == [.other])
    let network = shown(page("The PMIx server's listener thread failed to start."))
    #expect(network.text.contains("ip link set lo up"))
    #expect(network.subjects == [.other])
  }

  @Test func nothingReachesATerminalAsACommand() {
    #expect(
      shown("a host says \u{1b}]0;owned\u{7}\u{1b}[2J\u{9b} this\n").text
        == "a host says ]0;owned[2J this\n")
    // What is left when something was taken away is looked at again.
    var pages = LauncherPages(name: "local")
    #expect(pages.take([0xc2, 0xc2, 0x9b, 0x9b, 0xff, 0x41, 0x0a]) == [0xff, 0x41, 0x0a])
  }
}
