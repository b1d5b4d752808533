import Reports
import Testing

private func trial(_ id: Int, activation: String = "relu", dataset: String = "mnist") -> TrialName {
  TrialName(
    id: "id\(id)", activation: activation, dataset: dataset, architecture: "ffnn",
    seed: UInt64(id))
}

private func progress(_ epoch: Int, of epochs: Int = 10, fraction: Double = 1) -> EpochProgress {
  EpochProgress(
    epoch: epoch, epochs: epochs, fraction: fraction, loss: 0.25, accuracy: 0.9125,
    samplesPerSecond: 12_345)
}

@Suite struct TerminalProgressTests {
  /// What a log says of the study, behind a trial that ended.
  private func counts(secondsLeft: Double?, seconds: Double?, predicted: Double?) -> String {
    var display = ProgressDisplay(.log)
    let study = StudyProgress(
      done: 1, running: 1, left: 2, secondsLeft: secondsLeft, seconds: seconds,
      predictedSeconds: predicted)
    return display.update([
      .study(study), .ended(trial(1), .finished(testAccuracy: 0.5, seconds: 1)),
    ])
  }

  @Test func theTimeLeftIsOnePhrase() {
    #expect(
      counts(secondsLeft: 3, seconds: 45, predicted: 44)
        .hasSuffix("2 waiting · about 3.0 s left (45 s so far, 44 s predicted))\n"))
    // At the beginning the prediction says more than the little that was measured.
    #expect(
      counts(secondsLeft: 213, seconds: 0.6, predicted: 15).hasSuffix(
        "2 waiting · about 14 s left)\n"))
    #expect(
      counts(secondsLeft: 213, seconds: nil, predicted: nil)
        .hasSuffix("2 waiting · about 3 min 33 s left)\n"))
    #expect(counts(secondsLeft: nil, seconds: 1, predicted: 2).hasSuffix("2 waiting)\n"))
  }

  /// Shows the events one by one and returns the screen.
  private func screen(
    columns: Int, rows: Int, _ events: [ProgressEvent], closing: Bool = false
  ) -> ScreenEmulator {
    var screen = ScreenEmulator(columns: columns, rows: rows)
    var display = ProgressDisplay(.terminal(TerminalSize(columns: columns, rows: rows)))
    for event in events { screen.write(display.update(event)) }
    if closing { screen.write(display.close()) }
    return screen
  }

  @Test func showsALineForEachTrialAndOneForTheWhole() {
    let screen = screen(
      columns: 140, rows: 10,
      [
        .study(StudyProgress(done: 3, running: 2, left: 7, secondsLeft: 250)),
        .started(trial(1)),
        .step(
          trial(2, activation: "srelu(beta=0.25)", dataset: "wdbc"), progress(6, fraction: 0.5)),
      ])
    #expect(screen.unknown.isEmpty)
    #expect(
      screen.lines == [
        "relu              mnist  ffnn  seed 1              starting",
        "srelu(beta=0.25)  wdbc   ffnn  seed 2  █████▌      epoch  6/10  loss 0.2500  "
          + "accuracy 0.9125  12.3k/s samples",
        "3 done · 2 running · 7 waiting · about 4 min 10 s left",
      ])
  }

  @Test func redrawsInPlace() {
    var events: [ProgressEvent] = [.study(StudyProgress(done: 0, running: 1, left: 0))]
    for step in 0..<500 {
      events.append(.step(trial(1), progress(1, fraction: Double(step) / 500)))
    }
    let screen = screen(columns: 120, rows: 6, events)
    #expect(screen.lines.count == 2)
    #expect(screen.history.isEmpty)
  }

  @Test func whatEndedScrollsAboveInOrderAndTheBlockShrinks() {
    let count = 30
    var events: [ProgressEvent] = (0..<count).map { .started(trial($0)) }
    for id in 0..<count {
      events.append(.ended(trial(id), .finished(testAccuracy: 0.5, seconds: 1)))
    }
    let screen = screen(columns: 100, rows: 8, events, closing: true)
    let lasting = screen.history + screen.lines
    #expect(
      lasting
        == (0..<count).map {
          "relu mnist ffnn seed \($0) finished: test accuracy 0.5000, 1.0 s"
        })
  }

  @Test func closingLeavesACleanLine() {
    var screen = ScreenEmulator(columns: 60, rows: 5)
    var display = ProgressDisplay(.terminal(TerminalSize(columns: 60, rows: 5)))
    screen.write("before\n")
    screen.write(
      display.update([
        .started(trial(1)), .started(trial(2)),
        .study(StudyProgress(done: 0, running: 2, left: 0)),
      ]))
    #expect(screen.lines.count == 4)
    screen.write(display.note("careful"))
    screen.write(display.close())
    screen.write("after\n")
    #expect(screen.lines == ["before", "careful", "after"])
  }

  @Test(arguments: [(1, 1), (2, 1), (20, 1), (20, 2), (37, 3), (80, 4), (200, 5)])
  func neverLeavesItsScreen(columns: Int, rows: Int) {
    var screen = ScreenEmulator(columns: columns, rows: rows)
    var display = ProgressDisplay(.terminal(TerminalSize(columns: columns, rows: rows)))
    for id in 0..<12 {
      screen.write(
        display.update([
          .step(trial(id, dataset: "a-data-set-with-a-name-that-is-long"), progress(3)),
          .study(StudyProgress(done: 1, running: id + 1, left: 3, failed: 2, secondsLeft: 1e5)),
        ]))
    }
    // Twelve redraws of a growing block scroll nothing off, and no line is cut by the screen's edge.
    #expect(screen.history.isEmpty)
    #expect(screen.widest < columns)
    screen.write(
      display.update(.ended(trial(0), .failed(reason: "a\u{1B}[2Jb\nc\r\td", seconds: 2))))
    #expect(screen.unknown.isEmpty)
    #expect(screen.widest < columns)
  }

  /// Also where the terminal has its new width before it says so, and lines are written at the old one.
  @Test(arguments: [(120, 60), (120, 31), (100, 13), (60, 120)], [0, 3])
  func followsTheTerminalsWidth(widths: (before: Int, after: Int), late: Int) {
    var screen = ScreenEmulator(columns: widths.before, rows: 40)
    var display = ProgressDisplay(
      .terminal(TerminalSize(columns: widths.before, rows: 40)))
    let events: [ProgressEvent] =
      [.study(StudyProgress(done: 0, running: 2, left: 9, secondsLeft: 1e5))]
      + (1...2).map { .step(trial($0), progress(3, fraction: 0.5)) }
    screen.write(display.note("results in runs/s"))
    screen.write(display.update(events))
    #expect(screen.lines.count == 4)
    screen.resize(columns: widths.after)
    for _ in 0..<late { screen.write(display.update(events)) }
    display.resize(to: TerminalSize(columns: widths.after, rows: 40))
    for _ in 0..<3 { screen.write(display.update(events)) }
    // As if it had always been so wide.
    let alone = self.screen(columns: widths.after, rows: 40, events)
    #expect(screen.unknown.isEmpty)
    #expect(Array(screen.lines.dropFirst()) == alone.lines)
    #expect(screen.lines.first?.hasPrefix("results in ") == true)
    screen.write(display.update(.ended(trial(1), .finished(testAccuracy: 0.5, seconds: 1))))
    screen.write(display.close())
    #expect(screen.lines.count == 2)
    #expect(screen.lines.last?.hasPrefix("relu mnist") == true)
  }

  @Test func anotherHeightLeavesTheLinesWhereTheyAre() {
    var screen = ScreenEmulator(columns: 80, rows: 10)
    var display = ProgressDisplay(.terminal(TerminalSize(columns: 80, rows: 10)))
    screen.write("$ srelu\n" + display.update([.started(trial(1)), .started(trial(2))]))
    display.resize(to: TerminalSize(columns: 80, rows: 20))
    screen.write(display.update(.started(trial(3))))
    #expect(screen.lines.count == 4)
    #expect(screen.lines.first == "$ srelu")
  }

  @Test func saysHowManyTrialsHaveNoLine() {
    var events: [ProgressEvent] = (0..<9).map { .started(trial($0)) }
    events.append(.study(StudyProgress(done: 0, running: 9, left: 0)))
    let screen = screen(columns: 80, rows: 5, events)
    #expect(screen.lines.count == 5)
    #expect(screen.lines[2].hasPrefix("relu  mnist  ffnn  seed 2"))
    #expect(screen.lines[3] == "… and 6 more running")
    #expect(screen.lines[4] == "0 done · 9 running · 0 waiting")
  }

  @Test func dropsTheBarBeforeItCutsWords() {
    let wide = screen(columns: 100, rows: 3, [.step(trial(1), progress(10))])
    let narrow = screen(columns: 90, rows: 3, [.step(trial(1), progress(10))])
    let narrowest = screen(columns: 30, rows: 3, [.step(trial(1), progress(10))])
    #expect(wide.lines[0].contains("██████████"))
    #expect(!narrow.lines[0].contains("█"))
    #expect(narrow.lines[0].hasSuffix("12.3k/s samples"))
    #expect(narrowest.lines == ["relu  mnist  ffnn  seed 1  e…"])
  }
}

@Suite struct LogProgressTests {
  @Test func writesALineForEachEpochAndTrialAndNothingElse() {
    var display = ProgressDisplay(.log)
    var text = display.update(.study(StudyProgress(done: 0, running: 0, left: 2)))
    text += display.update([.started(trial(1)), .step(trial(1), progress(1, fraction: 0.3))])
    text += display.update(.epoch(trial(1), progress(1, of: 2)))
    text += display.update([
      .ended(trial(1), .finished(testAccuracy: 0.98126, seconds: 75)),
      .study(StudyProgress(done: 1, running: 0, left: 1)),
    ])
    text += display.update(.ended(trial(2), .skipped(reason: "no\u{1B}data\nhere")))
    text += display.close()
    #expect(
      text == """
        relu mnist ffnn seed 1: epoch 1/2 loss 0.2500 accuracy 0.9125 12.3k/s samples
        relu mnist ffnn seed 1 finished: test accuracy 0.9813, 1 min 15 s \
        (1 done · 0 running · 1 waiting)
        relu mnist ffnn seed 2 skipped: no data here (1 done · 0 running · 1 waiting)

        """)
  }

  /// Twelve trials that are skipped for one reason say it once.
  @Test func aReasonForSkippingIsSaidOnce() throws {
    var display = ProgressDisplay(.log)
    var text = ""
    for seed in 1...12 {
      text += display.update([
        .study(StudyProgress(done: 0, running: 0, left: 12 - seed, skipped: seed)),
        .ended(trial(seed), .skipped(reason: seed == 5 ? "other" : "no data")),
      ])
    }
    text += display.update([.study(StudyProgress(done: 0, running: 1, left: 1))])
    #expect(text.split(separator: "\n").count == 2)
    text += display.update(.started(trial(13)))
    #expect(text.components(separatedBy: "no data").count == 2)
    let lines = text.split(separator: "\n")
    try #require(lines.count == 3)
    #expect(lines[0].hasPrefix("relu mnist ffnn seed 1 skipped: no data"))
    #expect(lines[1].hasPrefix("relu mnist ffnn seed 5 skipped: other"))
    #expect(
      lines[2] == "10 more trials skipped for the same reason as relu mnist ffnn seed 1")
    // What is left is said at the end, and nothing twice.
    let last = display.update(.ended(trial(14), .skipped(reason: "other")))
    #expect(last.isEmpty)
    #expect(
      display.close() == "1 more trial skipped for the same reason as relu mnist ffnn seed 5\n")
    #expect(display.close().isEmpty)
  }

  /// So do trials that fail for one, each in a line of its own, and one that fails twice isn't told that it
  /// did so for its own reason.
  @Test func aReasonForFailingIsSaidOnce() throws {
    var display = ProgressDisplay(.log)
    var text = ""
    for seed in [1, 2, 3, 1] {
      text += display.update(.ended(trial(seed), .failed(reason: "no memory", seconds: 1)))
    }
    text += display.update(.ended(trial(4), .failed(reason: "other", seconds: 1)))
    let lines = text.split(separator: "\n")
    try #require(lines.count == 5)
    #expect(
      lines[0].hasPrefix("relu mnist ffnn seed 1 FAILED after") && lines[0].hasSuffix(": no memory")
    )
    for (line, seed) in [(lines[1], 2), (lines[2], 3)] {
      #expect(line.hasPrefix("relu mnist ffnn seed \(seed) FAILED after"))
      #expect(line.hasSuffix(" for the same reason as relu mnist ffnn seed 1"))
    }
    #expect(lines[3].hasSuffix(": no memory"))
    #expect(lines[4].hasSuffix(": other"))
    #expect(display.reasonsSaid == ["no memory", "other"])
  }

  /// A reason that a terminal has no room for was not said, whatever came of the rest of its line.
  @Test(arguments: [
    (ProgressDisplay.Medium.log, true), (.terminal(TerminalSize(columns: 200, rows: 20)), true),
    (.terminal(TerminalSize(columns: 60, rows: 20)), false),
  ])
  func aReasonThatIsCutOffWasntSaid(medium: ProgressDisplay.Medium, isSaid: Bool) {
    let reason = String(repeating: "no data at any of these places ", count: 2)
    for ending in [TrialEnding.skipped(reason: reason), .failed(reason: reason, seconds: 1)] {
      var display = ProgressDisplay(medium)
      #expect(display.reasonsSaid.isEmpty)
      _ = display.update(.ended(trial(1), ending))
      #expect(display.reasonsSaid == (isSaid ? [reason] : []))
    }
  }

  @Test func hasNoControlCharacterButLineBreaks() {
    var display = ProgressDisplay(.log)
    let name = TrialName(
      id: "1", activation: "re\tlu", dataset: "my\u{7}data", architecture: "c\u{9B}nn", seed: 1)
    let text =
      display.update([
        .epoch(name, progress(1)), .ended(name, .failed(reason: "x\r\n\u{1B}[31my", seconds: 1)),
      ]) + display.note("a\u{8}b")
    #expect(text.split(separator: "\n").count == 3)
    #expect(
      !text.unicodeScalars.contains {
        $0 != "\n" && ($0.value < 0x20 || (0x7F...0x9F).contains($0.value))
      })
  }
}

@Suite struct TerminalSizeTests {
  @Test func readsWhatTheLauncherHandsOver() {
    #expect(TerminalSize("120x40") == TerminalSize(columns: 120, rows: 40))
    #expect(TerminalSize("120")?.columns == 120)
    for text in ["", "x", "0x0", "80x", "x24", "80x24x1", "-80x24", "wide"] {
      #expect(TerminalSize(text) == nil, "\(text)")
    }
  }
}
