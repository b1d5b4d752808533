import Coordinator
import Foundation
import Storage
import Testing
import srelu

/// A run folder whose config isn't the journal's.
@Suite struct ChangedStudyTests {
  private func check(changing change: (String) -> String) throws {
    try Fixture.cut(to: try Fixture.journal().count) { folder in
      let path = "\(folder)/study.yaml"
      let before = try String(contentsOfFile: path, encoding: .utf8)
      let after = change(before)
      try after.write(toFile: path, atomically: true, encoding: .utf8)
      let reader = StudyReader(folder: folder)
      try reader.check(try reader.study(), against: try reader.state())
    }
  }

  @Test func theJournalsStudyIsAccepted() throws { try check { $0 } }

  @Test(arguments: [("[0.001]", "[0.002]"), ("name: \"fixture\"", "name: other")])
  func anotherStudyIsRefused(old: String, new: String) throws {
    let error = #expect(throws: StudyError.self) {
      try check { text in
        let changed = text.replacingOccurrences(of: old, with: new)
        #expect(changed != text)
        return changed
      }
    }
    #expect(error?.exitCode == .badData)
    #expect(error?.description.contains("study.yaml: ") == true)
  }

  /// A report without the journal would say that nothing has ended.
  @Test func aJournalThatIsGoneThoughTrialsHaveEndedIsMissed() throws {
    try Fixture.cut(to: 0) { folder in
      let reader = StudyReader(folder: folder)
      let study = try reader.study()
      // So a new study looks.
      try reader.check(study, against: try reader.state())
      let trial = "\(folder)/trials/\(study.trials[5].id)"
      try FileManager.default.createDirectory(atPath: trial, withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(trial)/result.json"))
      let error = #expect(throws: StudyError.self) {
        try reader.check(study, against: try reader.state())
      }
      #expect(error?.exitCode == .badData)
      #expect(error?.description.contains("\(folder)/journal.jsonl: ") == true)
    }
  }

  @Test func aConfigThatCannotBeReadIsBadData() throws {
    for text in ["", "a: [", "seeds: x\n"] {
      let error = #expect(throws: StudyError.self) { try check { _ in text } }
      #expect(error?.exitCode == .badData)
    }
  }
}
