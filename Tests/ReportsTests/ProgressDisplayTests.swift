import Experiments
import Reports
import Testing

private func trial(
  _ seed: Int, activation: ActivationSpec = ActivationSpec(name: "relu"), dataset: String = "mnist",
  epochs: Int = 10, rate: Double = 0.001
) -> Trial {
  Trial(
    dataset: DatasetSpec(name: dataset), architecture: .ffnn, activation: activation,
    training: TrainingSpec(learningRate: rate, epochs: epochs), seed: UInt64(seed))
}

/// A display of a study with 40 trials that differ only in their seeds, and `others`.
private func display(_ medium: ProgressDisplay.Medium, _ others: [Trial] = []) -> ProgressDisplay {
  let trials = (0..<40).map { trial($0) } + others
  var display = ProgressDisplay(medium)
  for trial in trials { display.introduce(trial, id: trial.id) }
  return display
}

private func started(_ trial: Trial) -> StudyEvent { .started(trial: trial.id, group: 0) }

private func step(_ trial: Trial, _ epoch: Int, fraction: Double = 1) -> StudyEvent {
  .progress(
    trial: trial.id,
    TrialProgress(
      epoch: epoch, fraction: (Double(epoch - 1) + fraction) / Double(trial.training.epochs),
      loss: 0.25, accuracy: 0.9125, samplesPerSecond: 12_345))
}

private func epoch(_ trial: Trial, _ epoch: Int) -> StudyEvent {
  .epoch(
    trial: trial.id,
    record: EpochRecord(
      epoch: epoch, trainLoss: 0.5, trainAccuracy: 0.5, testLoss: 0.25, testAccuracy: 0.9125,
      seconds: 1))
}

private func finished(_ trial: Trial, accuracy: Double = 0.5, seconds: Double = 1) -> StudyEvent {
  var summary = TrialSummary(trial, status: .finished, reason: nil, seconds: seconds)
  summary.test = ClassificationScores(loss: 1, accuracy: accuracy, precision: 1, recall: 1, f1: 1)
  return .ended(summary)
}

private func failed(_ trial: Trial, _ reason: String, seconds: Double = 1) -> StudyEvent {
  .ended(TrialSummary(trial, status: .failed, reason: reason, seconds: seconds))
}

private func skipped(_ trial: Trial, _ reason: String) -> StudyEvent {
  .ended(TrialSummary(trial, status: .skipped, reason: reason))
}

private func tally(
  done: Int = 0, running: Int = 0, waiting: Int = 0, failed: Int = 0, skipped: Int = 0,
  secondsLeft: Double? = nil
) -> StudyCounts {
  var counts = StudyCounts()
  counts.done = done
  counts.running = running
  counts.waiting = waiting
  counts.failed = failed
  counts.skipped = skipped
  counts.secondsLeft = secondsLeft
  return counts
}

extension ProgressDisplay {
  fileprivate mutating func update(_ events: [StudyEvent], _ counts: StudyCounts) -> String {
    events.map { update($0, counts) }.joined()
  }
}

@Suite struct TerminalProgressTests {
  /// Returns the study's part of a log line for an ended trial.
  private func line(secondsLeft: Double?, seconds: Double?, predicted: Double?) -> String {
    var display = display(.log)
    var study = tally(done: 1, running: 1, waiting: 2, secondsLeft: secondsLeft)
    study.seconds = seconds
    study.predictedSeconds = predicted
    return display.update(finished(trial(1)), study)
  }

  @Test func theTimeLeftIsOnePhrase() {
    #expect(
      line(secondsLeft: 3, seconds: 45, predicted: 44)
        .hasSuffix("2 waiting · about 3.0 s left (45 s so far, 44 s predicted))\n"))
    // At first the prediction is better than the few measurements.
    #expect(
      line(secondsLeft: 213, seconds: 0.6, predicted: 15).hasSuffix(
        "2 waiting · about 14 s left)\n"))
    #expect(
      line(secondsLeft: 213, seconds: nil, predicted: nil)
        .hasSuffix("2 waiting · about 3 min 33 s left)\n"))
    #expect(line(secondsLeft: nil, seconds: 1, predicted: 2).hasSuffix("2 waiting)\n"))
  }

  private func screen(
    columns: Int, rows: Int, _ events: [StudyEvent], _ counts: StudyCounts,
    others: [Trial] = [], closing: Bool = false
  ) -> ScreenEmulator {
    var screen = ScreenEmulator(columns: columns, rows: rows)
    var display = display(.terminal(TerminalSize(columns: columns, rows: rows)), others)
    for event in events { screen.write(display.update(event, counts)) }
    if closing { screen.write(display.close()) }
    return screen
  }

  @Test func showsALineForEachTrialAndOneForTheWhole() {
    let srelu = ActivationSpec(name: "srelu", parameters: ["alpha": 1, "beta": 0.25])
    let other = trial(2, activation: srelu, dataset: "wdbc")
    let screen = screen(
      columns: 140, rows: 10, [started(trial(1)), step(other, 6, fraction: 0.5)],
      tally(done: 3, running: 2, waiting: 7, secondsLeft: 250), others: [other])
    #expect(screen.unknown.isEmpty)
    #expect(
      screen.lines == [
        "relu              mnist  ffnn  seed 1              starting",
        "srelu(beta=0.25)  wdbc   ffnn  seed 2  █████▌      epoch  6/10  loss 0.2500  "
          + "accuracy 0.9125  12.3k/s samples",
        "3 done · 2 running · 7 waiting · about 4 min 10 s left",
      ])
  }

  /// The learning rate is an axis on one data set; the epochs are others on the other, and no axis.
  @Test func namesTellTheSettingsThatAreAxes() {
    let others = [trial(1, rate: 0.01), trial(1, dataset: "wdbc", epochs: 100)]
    let events = ([trial(1)] + others).map(started)
    let screen = screen(columns: 90, rows: 10, events, tally(running: 3), others: others)
    #expect(
      screen.lines.dropLast() == [
        "relu  mnist  ffnn  rate 0.001  seed 1              starting",
        "relu  mnist  ffnn  rate 0.01   seed 1              starting",
        "relu  wdbc   ffnn              seed 1              starting",
      ])
    var log = display(.log, others)
    #expect(
      log.update(others.map { failed($0, "why") }, tally()).contains(
        "relu wdbc ffnn seed 1 FAILED after 1.0 s for the same reason as relu mnist ffnn rate 0.01 "
          + "seed 1 "))
  }

  @Test func redrawsInPlace() {
    let events = (0..<500).map { step(trial(1), 1, fraction: Double($0) / 500) }
    let screen = screen(columns: 120, rows: 6, events, tally(running: 1))
    #expect(screen.lines.count == 2)
    #expect(screen.history.isEmpty)
  }

  @Test func whatEndedScrollsAboveInOrderAndTheBlockShrinks() {
    let count = 30
    let trials = (0..<count).map { trial($0) }
    let events = trials.map(started) + trials.map { finished($0) }
    let screen = screen(columns: 100, rows: 8, events, tally(running: count), closing: true)
    let lasting = screen.history + screen.lines
    #expect(
      lasting
        == (0..<count).map {
          "relu mnist ffnn seed \($0) finished: test accuracy 0.5000, 1.0 s"
        })
  }

  @Test func closingLeavesACleanLine() {
    var screen = ScreenEmulator(columns: 60, rows: 5)
    var display = display(.terminal(TerminalSize(columns: 60, rows: 5)))
    screen.write("before\n")
    screen.write(display.update([started(trial(1)), started(trial(2))], tally(running: 2)))
    #expect(screen.lines.count == 4)
    screen.write(display.note("careful"))
    screen.write(display.close())
    screen.write("after\n")
    #expect(screen.lines == ["before", "careful", "after"])
  }

  @Test(arguments: [(1, 1), (2, 1), (20, 1), (20, 2), (37, 3), (80, 4), (200, 5)])
  func neverLeavesItsScreen(columns: Int, rows: Int) {
    var screen = ScreenEmulator(columns: columns, rows: rows)
    let trials = (0..<12).map { trial($0, dataset: "a-data-set-with-a-name-that-is-long") }
    var display = display(.terminal(TerminalSize(columns: columns, rows: rows)), trials)
    func counts(_ running: Int) -> StudyCounts {
      tally(done: 1, running: running, waiting: 3, failed: 2, secondsLeft: 1e5)
    }
    for (index, trial) in trials.enumerated() {
      screen.write(display.update(step(trial, 3), counts(index + 1)))
    }
    // Twelve redraws of a growing block scroll nothing off, and the screen's edge cuts no line.
    #expect(screen.history.isEmpty)
    #expect(screen.widest < columns)
    screen.write(
      display.update(failed(trials[0], "a\u{1B}[2Jb\nc\r\td", seconds: 2), counts(11)))
    #expect(screen.unknown.isEmpty)
    #expect(screen.widest < columns)
  }

  /// Even where the terminal adopts its new width before reporting it.
  @Test(arguments: [(120, 60), (120, 31), (100, 13), (60, 120)], [0, 3])
  func followsTheTerminalsWidth(widths: (before: Int, after: Int), late: Int) {
    var screen = ScreenEmulator(columns: widths.before, rows: 40)
    var display = display(.terminal(TerminalSize(columns: widths.before, rows: 40)))
    let events = (1...2).map { step(trial($0), 3, fraction: 0.5) }
    let counts = tally(running: 2, waiting: 9, secondsLeft: 1e5)
    screen.write(display.note("results in runs/s"))
    screen.write(display.update(events, counts))
    #expect(screen.lines.count == 4)
    screen.resize(columns: widths.after)
    for _ in 0..<late { screen.write(display.update(events, counts)) }
    display.resize(to: TerminalSize(columns: widths.after, rows: 40))
    for _ in 0..<3 { screen.write(display.update(events, counts)) }
    // As if the terminal had always had this width.
    let alone = self.screen(columns: widths.after, rows: 40, events, counts)
    #expect(screen.unknown.isEmpty)
    #expect(Array(screen.lines.dropFirst()) == alone.lines)
    #expect(screen.lines.first?.hasPrefix("results in ") == true)
    screen.write(display.update(finished(trial(1)), counts))
    screen.write(display.close())
    #expect(screen.lines.count == 2)
    #expect(screen.lines.last?.hasPrefix("relu mnist") == true)
  }

  @Test func anotherHeightLeavesTheLinesWhereTheyAre() {
    var screen = ScreenEmulator(columns: 80, rows: 10)
    var display = display(.terminal(TerminalSize(columns: 80, rows: 10)))
    screen.write(
      "$ srelu\n" + display.update([started(trial(1)), started(trial(2))], tally(running: 2)))
    display.resize(to: TerminalSize(columns: 80, rows: 20))
    screen.write(display.update(started(trial(3)), tally(running: 3)))
    // The command, three trials, the counts.
    #expect(screen.lines.count == 5)
    #expect(screen.lines.first == "$ srelu")
  }

  @Test func saysHowManyTrialsHaveNoLine() {
    let events = (0..<9).map { started(trial($0)) }
    let screen = screen(columns: 80, rows: 5, events, tally(running: 9))
    #expect(screen.lines.count == 5)
    #expect(screen.lines[2].hasPrefix("relu  mnist  ffnn  seed 2"))
    #expect(screen.lines[3] == "… and 6 more running")
    #expect(screen.lines[4] == "0 done · 9 running · 0 waiting")
  }

  @Test func dropsTheBarBeforeItCutsWords() {
    let events = [step(trial(1), 10)]
    let wide = screen(columns: 100, rows: 3, events, tally(running: 1))
    let narrow = screen(columns: 90, rows: 3, events, tally(running: 1))
    let narrowest = screen(columns: 30, rows: 3, events, tally(running: 1))
    #expect(wide.lines[0].contains("██████████"))
    #expect(!narrow.lines[0].contains("█"))
    #expect(narrow.lines[0].hasSuffix("12.3k/s samples"))
    #expect(narrowest.lines.first == "relu  mnist  ffnn  seed 1  e…")
  }
}

@Suite struct LogProgressTests {
  /// Remarks on a resumed trial, and those about no trial.
  @Test func remarksNameTheirTrial() {
    var display = display(.log)
    let id = trial(3).id
    let text = display.update(
      [
        .waitingForFolder(notice: "s: held; waiting"), .resumed(trial: id, step: 70, epoch: 2),
        .note(trial: id, text: "mended"), .note(trial: nil, text: "all\nis well"),
        .interrupted(trial: id), .started(trial: "another study's", group: 0),
      ], tally(waiting: 2))
    #expect(
      text == """
        s: held; waiting
        relu mnist ffnn seed 3: resumes after step 70
        relu mnist ffnn seed 3: mended
        all is well
        relu mnist ffnn seed 3 interrupted: the next run resumes it \
        (0 done · 0 running · 2 waiting)

        """)
  }

  /// A trial stopped by a search gives its reason and leaves its place.
  @Test func whatEndedWithoutAResultLeavesTheScreen() {
    for ending in [
      StudyEvent.ended(TrialSummary(trial(1), status: .stopped, reason: "after epoch 1 of 9")),
      failed(trial(1), "no memory"), .interrupted(trial: trial(1).id),
    ] {
      var screen = ScreenEmulator(columns: 100, rows: 9)
      var display = display(.terminal(TerminalSize(columns: 100, rows: 9)))
      screen.write(display.update([started(trial(1)), ending], tally(waiting: 1)))
      #expect(screen.lines.count == 2)
      #expect(screen.lines.first?.hasPrefix("relu mnist ffnn seed 1 ") == true)
      #expect(screen.lines.last == "0 done · 0 running · 1 waiting")
    }
  }

  @Test func writesALineForEachEpochAndTrialAndNothingElse() {
    let first = trial(1, dataset: "wdbc", epochs: 2)
    var display = display(.log, [first])
    var text = display.update(
      [
        .opened(study: "s", digest: "", trials: 2, groups: 1, ranksPerTrial: 1),
        .environment(["version": "1"]), started(first), step(first, 1, fraction: 0.3),
        epoch(first, 1),
      ], tally(running: 1, waiting: 1))
    let one = tally(done: 1, waiting: 1)
    text += display.update(finished(first, accuracy: 0.98126, seconds: 75), one)
    text += display.update(skipped(trial(2), "no\u{1B}data\nhere"), one)
    text += display.update([.stopping, .closed(code: 0, seconds: 1, predicted: nil)], one)
    text += display.close()
    #expect(
      text == """
        relu wdbc ffnn seed 1: epoch 1/2 loss 0.2500 accuracy 0.9125
        relu wdbc ffnn seed 1 finished: test accuracy 0.9813, 1 min 15 s \
        (1 done · 0 running · 1 waiting)
        relu mnist ffnn seed 2 skipped: no data here (1 done · 0 running · 1 waiting)

        """)
  }

  /// Twelve trials skipped for one reason show it once.
  @Test func aReasonForSkippingIsSaidOnce() throws {
    var display = display(.log)
    var text = ""
    for seed in 1...12 {
      text += display.update(
        skipped(trial(seed), seed == 5 ? "other" : "no data"),
        tally(waiting: 12 - seed, skipped: seed))
    }
    let one = tally(running: 1, waiting: 1)
    text += display.update(.stopping, one)
    #expect(text.split(separator: "\n").count == 2)
    text += display.update(started(trial(13)), one)
    #expect(text.components(separatedBy: "no data").count == 2)
    let lines = text.split(separator: "\n")
    try #require(lines.count == 3)
    #expect(lines[0].hasPrefix("relu mnist ffnn seed 1 skipped: no data"))
    #expect(lines[1].hasPrefix("relu mnist ffnn seed 5 skipped: other"))
    #expect(
      lines[2] == "10 more trials skipped for the same reason as relu mnist ffnn seed 1")
    // The rest is reported at the end, and nothing twice.
    let last = display.update(skipped(trial(14), "other"), one)
    #expect(last.isEmpty)
    #expect(
      display.close() == "1 more trial skipped for the same reason as relu mnist ffnn seed 5\n")
    #expect(display.close().isEmpty)
  }

  /// Trials that fail for one reason, each in its own line, refer to the first; a trial that fails
  /// twice doesn't refer to itself.
  @Test func aReasonForFailingIsSaidOnce() throws {
    var display = display(.log)
    let events = [1, 2, 3, 1].map { failed(trial($0), "no memory") } + [failed(trial(4), "other")]
    // Each line ends with the study's counts.
    let text = display.update(events, tally(failed: 1))
      .replacing(" (0 done · 0 running · 0 waiting · 1 failed)", with: "")
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

  /// A reason that the terminal has no room for doesn't count as shown.
  @Test(arguments: [
    (ProgressDisplay.Medium.log, true), (.terminal(TerminalSize(columns: 200, rows: 20)), true),
    (.terminal(TerminalSize(columns: 60, rows: 20)), false),
  ])
  func aReasonThatIsCutOffWasntSaid(medium: ProgressDisplay.Medium, isSaid: Bool) {
    let reason = String(repeating: "no data at any of these places ", count: 2)
    for ending in [skipped(trial(1), reason), failed(trial(1), reason)] {
      var display = display(medium)
      #expect(display.reasonsSaid.isEmpty)
      _ = display.update(ending, tally())
      #expect(display.reasonsSaid == (isSaid ? [reason] : []))
    }
  }

  @Test func hasNoControlCharacterButLineBreaks() {
    let odd = trial(1, activation: ActivationSpec(name: "re\tlu"), dataset: "my\u{7}d\u{9B}ata")
    var display = display(.log, [odd])
    let events = [epoch(odd, 1), failed(odd, "x\r\n\u{1B}[31my")]
    let text = display.update(events, tally()) + display.note("a\u{8}b")
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
