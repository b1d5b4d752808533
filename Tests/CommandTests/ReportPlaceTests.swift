import Foundation
import Testing
import srelu

/// Where reports go, and which they never replace.
@Suite struct ReportPlaceTests {
  @Test(arguments: [
    (["runs/a"], "runs/a/report"), (["runs/a", "runs/b"], "runs/report-a-b"),
    (["runs/a/", "runs//b"], "runs/report-a-b"), (["a", "b", "c"], "./report-a-b-c"),
    (["/x/a", "/x/a"], "/x/report-a-a"),
  ])
  func severalLieBesideTheFirst(runs: [String], folder: String) {
    #expect(ReportPlace.folder(of: runs) == folder)
  }

  @Test func whatANameCannotHoldIsToldApart() {
    let folders = [
      ["x/a", "y/a"], ["x/a", "z/a"], ["x/a b", "x/c"], ["x/a-b", "x/c", "y"],
      ["x/" + String(repeating: "long", count: 30), "x/a"], ["x/|touch y;", "x/a"],
    ].map { ReportPlace.folder(of: $0) }
    #expect(Set(folders).count == folders.count)
    for folder in folders {
      #expect(folder.hasPrefix("x/report-") && folder.utf8.count < 100, "\(folder)")
      #expect(!folder.contains("|") && !folder.contains(" "))
    }
  }

  @Test func anotherRunsReportIsNotReplaced() throws {
    try Fixture.inFolder { folder in
      for name in ["a", "b"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)/study.yaml"))
      }
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/link", withDestinationPath: "\(folder)/a")
      func isRefused(_ place: String, _ runs: String...) -> Bool {
        let paths = runs.map { "\(folder)/\($0)" }
        do { try ReportPlace.check("\(folder)/\(place)", for: paths) } catch {
          return error is ReportPlace.AnothersReport
        }
        return false
      }
      #expect(!isRefused("a/report", "a") && !isRefused("link/report", "a"))
      #expect(!isRefused("a/report", "link") && !isRefused("b/../a/report/", "a/"))
      #expect(isRefused("a/report", "b") && isRefused("a/report", "a", "b"))
      #expect(isRefused("link/report", "b") && isRefused("b/../a/report/", "a", "a"))
      #expect(!isRefused("a/mine", "b") && !isRefused("report", "a", "b"))
    }
  }
}
