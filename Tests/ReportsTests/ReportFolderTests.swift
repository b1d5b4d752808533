import Foundation
import Reports
import Support
import Testing

/// Reports in folders that aren't empty.
@Suite struct ReportFolderTests {
  private let manager = FileManager.default

  private func put(_ text: String, at path: String) throws {
    let url = URL(fileURLWithPath: path)
    try manager.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func text(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }

  private func paths(_ folder: String) throws -> Set<String> {
    Set(try manager.subpathsOfDirectory(atPath: folder))
  }

  private func write(
    _ names: [String] = ["mnist"], to folder: String, events: Bool = false, figures: Bool = false
  ) throws {
    _ = try ReportWriter(folder: folder, drawsFigures: figures, writesEvents: events)
      .write([SmallStudy.of(names: names)])
  }

  @Test(arguments: [
    "index.html", "report.json", "results.csv", "epochs.csv", "tables/thesis.tex",
    "figures/deep/photo.png", "tensorboard/run/mine", "tables/trials.csv",
  ])
  func whatNoReportWroteStays(file: String) throws {
    try inFolder { folder in
      try put("mine", at: "\(folder)/\(file)")
      let before = try paths(folder)
      let top = file.split(separator: "/")[0]
      let error = #expect(throws: (any Error).self) {
        try write(to: folder, events: true, figures: true)
      }
      let words = String(describing: error)
      #expect(words.contains("\(folder)/\(top)") && words.contains("--output-dir"), "\(words)")
      #expect(try paths(folder) == before)
      #expect(text("\(folder)/\(file)") == "mine")
    }
  }

  /// In a run folder, whose content may come from anyone, links aren't followed; a link of either
  /// kind in a file's place is replaced.
  @Test func nothingIsWrittenThroughALinkInARunFolder() throws {
    try inFolder { folder in
      let (run, other) = ("\(folder)/run", "\(folder)/other")
      try put("mine", at: "\(other)/mine")
      try manager.createDirectory(atPath: run, withIntermediateDirectories: true)
      let report = "\(run)/report"
      try manager.createSymbolicLink(atPath: report, withDestinationPath: other)
      func write() throws {
        _ = try ReportWriter(folder: report, below: run, drawsFigures: false)
          .write([SmallStudy.of(names: ["mnist"])])
      }
      let error = #expect(throws: WriteError.self) { try write() }
      #expect(error?.exitCode == .cannotWrite && error?.path == report)
      #expect(try paths(other) == ["mine"])
      try manager.removeItem(atPath: report)
      try write()
      for (name, isSymbolic) in [("index.html", true), ("report.json", false)] {
        let place = "\(report)/\(name).partial"
        if isSymbolic {
          try manager.createSymbolicLink(atPath: place, withDestinationPath: "\(other)/mine")
        } else {
          try manager.linkItem(atPath: "\(other)/mine", toPath: place)
        }
      }
      try write()
      #expect(text("\(other)/mine") == "mine")
      #expect(try !paths(run).contains { $0.hasSuffix(".partial") })
    }
  }

  @Test func aLinkInPlaceOfAFolderIsRefused() throws {
    try inFolder { folder in
      try put("mine", at: "\(folder)/elsewhere/trials.csv")
      let report = "\(folder)/report"
      try manager.createDirectory(atPath: report, withIntermediateDirectories: true)
      try manager.createSymbolicLink(
        atPath: "\(report)/tables", withDestinationPath: "\(folder)/elsewhere")
      #expect(throws: (any Error).self) { try write(to: report) }
      #expect(text("\(folder)/elsewhere/trials.csv") == "mine")
    }
  }

  @Test func anEmptyFolderAndOtherFilesAreNoObstacle() throws {
    try inFolder { folder in
      try put("mine", at: "\(folder)/notes/today.txt")
      try manager.createDirectory(atPath: "\(folder)/tables", withIntermediateDirectories: true)
      try write(to: folder)
      #expect(text("\(folder)/notes/today.txt") == "mine")
      #expect(text("\(folder)/tables/trials.csv") != nil)
    }
  }

  @Test func theNextReportReplacesTheLast() throws {
    try inFolder { folder in
      try write(["mnist", "wdbc"], to: folder, events: true)
      #expect(text("\(folder)/tables/scores-wdbc-ffnn.csv") != nil)
      #expect(manager.fileExists(atPath: "\(folder)/tensorboard"))
      try put("mine", at: "\(folder)/tables/remarks.txt")
      try write(["mnist"], to: folder)
      #expect(text("\(folder)/tables/scores-mnist-ffnn.csv") != nil)
      #expect(text("\(folder)/tables/scores-wdbc-ffnn.csv") == nil)
      #expect(!manager.fileExists(atPath: "\(folder)/tensorboard"))
      #expect(text("\(folder)/tables/remarks.txt") == "mine")
      // Of the first report, only foreign files remain.
      try inFolder { fresh in
        try write(["mnist"], to: fresh)
        #expect(try paths(folder) == paths(fresh).union(["tables/remarks.txt"]))
      }
    }
  }

  @Test func aReportThatWasCutOffIsReplacedToo() throws {
    try inFolder { folder in
      try write(to: folder)
      try manager.removeItem(atPath: "\(folder)/index.html")
      try manager.removeItem(atPath: "\(folder)/tables/trials.csv")
      try write(to: folder)
      #expect(text("\(folder)/index.html") != nil)
    }
  }

  @Test func aListThatLeadsOutsideRemovesNothing() throws {
    try inFolder { folder in
      let report = "\(folder)/report"
      try write(to: report)
      try put("mine", at: "\(folder)/victim")
      let list = "\(report)/.srelu-report"
      let lines = try #require(text(list))
      try put(lines + "../victim\n\(folder)/victim\ntables/../../victim\n", at: list)
      try write(to: report)
      #expect(text("\(folder)/victim") == "mine")
    }
  }

  @Test func severalStudiesHaveAFolderEach() throws {
    try inFolder { folder in
      let writer = ReportWriter(folder: folder, drawsFigures: false)
      let studies = ["mnist", "wdbc"].map { SmallStudy.of(names: [$0]) }
      _ = try writer.write(studies)
      for file in ["1-mnist/report.json", "2-wdbc/tables/trials.csv", "tables/side-by-side.csv"] {
        #expect(text("\(folder)/\(file)") != nil, "\(file)")
      }
      _ = try writer.write(Array(studies.reversed()))
      #expect(
        try manager.contentsOfDirectory(atPath: folder).sorted() == [
          ".srelu-report", "1-wdbc", "2-mnist", "index.html", "tables",
        ])
    }
  }
}
