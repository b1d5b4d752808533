import Experiments
import Foundation
import Reports
import Testing

/// Texts and numbers that gnuplot could misread.
@Suite(.enabled(if: Gnuplot.version() != nil, "gnuplot isn't installed"))
struct GnuplotTests {
  /// Returns the pictures of a study, by file name.
  private func pictures(of study: ReportedStudy) throws -> [String: String] {
    var pictures: [String: String] = [:]
    try inFolder { folder in
      let page = try ReportWriter(folder: folder).write([study])
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(
        !html.contains("be drawn:"),
        "\(html.split(separator: "\n").filter { $0.contains("be drawn:") })")
      let drawn = "\(folder)/figures"
      for file in try FileManager.default.contentsOfDirectory(atPath: drawn)
      where file.hasSuffix(".svg") {
        pictures[String(file.dropLast(4))] = try String(
          contentsOfFile: "\(drawn)/\(file)", encoding: .utf8)
      }
    }
    return pictures
  }

  /// Returns the texts of a picture.
  private func texts(_ picture: String) -> [String] {
    picture.split(separator: "<").compactMap { part in
      guard part.hasPrefix("tspan") || part.hasPrefix("text") else { return nil }
      let text = part.split(separator: ">", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
      // By scalars, not by characters.
      return [("&#39;", "'"), ("&apos;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&amp;", "&")]
        .reduce(text) {
          $0.replacingOccurrences(of: $1.0, with: $1.1, options: .literal)
        }.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  @Test func signsInNamesAreShown() throws {
    let pictures = try pictures(of: SmallStudy.of(names: markedNames, seeds: 1))
    // Curves, accuracy and gap, and a confusion matrix for each of two activations; both functions.
    #expect(pictures.count == 5 * markedNames.count + 2)
    let confusions = pictures.filter { $0.key.hasPrefix("confusion-") }
    #expect(confusions.count == 2 * markedNames.count)
    for name in markedNames {
      let shown = confusions.values.count { texts($0).contains(name) }
      #expect(shown == 2, "\(name)")
    }
  }

  /// Returns the rows of a figure's data blocks whose names begin with `block`.
  private func rows(_ figure: Figure, _ block: String) -> [[Double]] {
    var rows: [[Double]] = []
    var isInside = false
    for line in figure.commands.split(separator: "\n") {
      if line.hasPrefix("$") {
        isInside = line.hasPrefix("$\(block)") && line.contains("<<")
      } else if line == "END_OF_DATA" {
        isInside = false
      } else if isInside {
        rows.append(line.split(separator: " ").map { Double($0) ?? .nan })
      }
    }
    return rows
  }

  /// A study of one activation with these test losses, a list per seed.
  private func study(losses: [[Double]]) -> ReportedStudy {
    let trials = losses.enumerated().map { seed, losses in
      var trial = SmallStudy.of(names: ["mnist"]).analysis.results.trials[0]
      trial.summary.seed = UInt64(seed)
      trial.epochs = losses.enumerated().map {
        EpochRecord(
          epoch: $0 + 1, trainLoss: 1, trainAccuracy: 0.5, testLoss: $1, testAccuracy: 0.5,
          seconds: 1)
      }
      return trial
    }
    return SmallStudy.reported("mnist", [activation("relu")], trials)
  }

  @Test func bandsStayOnALogarithmicAxis() throws {
    // The interval of 0.01 and 1 extends far below zero.
    let figure = try #require(
      ReportContent(study(losses: [[0.01, 0.5], [1, 0.6]])).figures.first {
        $0.id.hasPrefix("curves")
      })
    let test = rows(figure, "d0_")
    #expect(test.count == 2)
    #expect(test.allSatisfy { $0[2] > 0 && $0[2] <= $0[1] }, "\(test)")
    #expect(test[0][3] > 1)
  }

  @Test func oneEpochMakesNoCurve() {
    func curves(_ losses: [[Double]]) -> Figure? {
      ReportContent(study(losses: losses)).figures.first { $0.id.hasPrefix("curves") }
    }
    #expect(curves([[0.5], [0.6]]) == nil)
    // A line through one point draws nothing, so points are marked where there are few.
    #expect(curves([[0.5, 0.4], [0.6]])?.commands.contains("with linespoints") == true)
    let many = [Double](repeating: 0.5, count: 16)
    #expect(curves([many, many])?.commands.contains("linespoints") == false)
  }

  @Test func aMatrixIsMadeOfRectangles() throws {
    let picture = try #require(
      try pictures(of: SmallStudy.of(names: ["mnist"])).first { $0.key.hasPrefix("confusion-") })
    #expect(!picture.value.contains("<image"))
    #expect(picture.value.components(separatedBy: "<polygon").count - 1 >= 4)
  }

  @Test func oneSeedHasNoInterval() throws {
    func dots(_ seeds: Int) throws -> Figure {
      try #require(
        ReportContent(SmallStudy.of(names: ["mnist"], seeds: seeds)).figures.first {
          $0.id.hasPrefix("accuracy")
        })
    }
    let (one, two) = (try dots(1), try dots(2))
    #expect(two.commands.contains("yerrorbars") && !one.commands.contains("yerrorbars"))
    #expect(rows(one, "dots").count == 2 && rows(one, "mean").isEmpty)
    #expect(two.caption.contains("interval") && !one.caption.contains("interval"))
  }

  @Test func lossesThatAreNoNumbersOrZeroAreDrawn() throws {
    let pictures = try pictures(of: study(losses: [[0, .nan, 0.5], [0, 1, .infinity]]))
    #expect(pictures.keys.contains { $0.hasPrefix("curves") })
  }

  @Test func noDeadUnitsLieAtTheBottom() throws {
    let study = SmallStudy.of(names: ["mnist"])
    var results = study.analysis.results
    for index in results.trials.indices {
      for epoch in results.trials[index].epochs.indices {
        results.trials[index].epochs[epoch].layers = [
          LayerRecord(
            layer: "fc1", units: 10, deadUnits: 0, saturatedShare: 0, mean: 0,
            standardDeviation: 1, gradientNorm: 1)
        ]
      }
    }
    let pictures = try pictures(
      of: SmallStudy.reported("mnist", results.activations, results.trials))
    let picture = try #require(pictures.first { $0.key.hasPrefix("dead-") }?.value)
    let ticks = texts(picture).compactMap(Double.init)
    #expect(ticks.contains(0.01))
    #expect(!ticks.contains { $0 < 0 })
  }

  @Test func aProgramThatHangsIsEnded() throws {
    let complaint = try Gnuplot.complaint(about: "pause 600\n", deadline: 0.5)
    #expect(complaint?.contains("killed") == true)
  }

  @Test(.timeLimit(.minutes(1))) func whatAHangingProgramStartedIsNotWaitedFor() throws {
    // The child keeps the output open for longer than the test may take.
    let complaint = try Gnuplot.complaint(
      about: "system('sleep 300 >&2 &')\npause 600\n", deadline: 0.5)
    #expect(complaint?.contains("killed") == true)
  }

  @Test func filesOfOthersAreOutOfReach() throws {
    // Each run has its own folder, which is removed afterwards.
    #expect(try Gnuplot.complaint(about: "load 'figure.gp.txt'\n") != nil)
    #expect(
      try Gnuplot.complaint(about: "print system('ls')\nexit status 1\n") == "figure.gp\nmessages\n"
    )
    let mode = try Gnuplot.complaint(about: "print system('stat -c %a .')\nexit status 1\n")
    #expect(mode == "700\n")
  }

  @Test func noDescriptorIsLeft() throws {
    // Only of this folder's files: other tests run in parallel.
    func open() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
        let target = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/self/fd/\($0)")
        return target?.hasSuffix("/messages (deleted)") == true
      }
    }
    for _ in 0..<5 { _ = try Gnuplot.complaint(about: "set title 'x'\n") }
    #expect(try open() < 5)
  }

  @Test func aProgramThatEndsEarlyIsReported() throws {
    // More than a pipe holds.
    let rest = String(repeating: "# nothing\n", count: 100_000)
    #expect(try Gnuplot.complaint(about: "exit status 3\n" + rest) != nil)
    #expect(try Gnuplot.complaint(about: "set title 'x'\n") == nil)
  }
}
