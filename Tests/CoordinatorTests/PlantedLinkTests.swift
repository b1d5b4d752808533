import Coordinator
import DataParallel
import Experiments
import Foundation
import Storage
import Support
import TestSupport
import Testing

/// A run folder in which somebody has put links: what they lead to is never written to.
@Suite struct PlantedLinkTests {
  private static let kept = "what is kept\n"
  private static let trialFolder = "trials/\(trial(0).id)"

  /// Names of files that a study writes, with those that they have before.
  static let names =
    ["lock", "journal.jsonl", "study.yaml", "results.csv", "journal.jsonl.partial"].flatMap {
      [$0, $0 + ".partial"]
    }
    + [
      "trial.json", "progress.csv", "layers.csv", "parameters.csv", "confusion.csv",
      "model.safetensors",
      "result.json",
    ].flatMap { ["\(trialFolder)/\($0)", "\(trialFolder)/\($0).partial"] }

  private func run(_ folder: String) throws -> StudySummary {
    try StudyRunner(groups: 1).run(in: folder, seeds: 0..<1, train: pretendToTrain).coordinator
  }

  /// A folder of an earlier run, and a file beside it.
  private func withRun(_ body: (_ run: String, _ file: String) throws -> Void) throws {
    try withTemporaryFolder { parent in
      let (folder, file) = ("\(parent)/run", "\(parent)/file")
      #expect(try run(folder).exitCode == .done)
      try Self.kept.write(toFile: file, atomically: false, encoding: .utf8)
      try body(folder, file)
      #expect(try text(file) == Self.kept)
    }
  }

  @Test(arguments: names, [true, false])
  func aLinkInAFilesPlaceLeadsNowhere(name: String, isSymbolic: Bool) throws {
    try withRun { folder, file in
      let path = "\(folder)/\(name)"
      try? FileManager.default.removeItem(atPath: path)
      if isSymbolic {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: file)
      } else {
        try FileManager.default.linkItem(atPath: file, toPath: path)
      }
      // A journal and a config of somebody else's making are refused, whatever they are.
      let summary = try run(folder)
      #expect([.done, .cannotWrite, .badData].contains(summary.exitCode), "\(summary)")
      #expect(summary.exitCode == .done || summary.problem?.contains(folder) == true)
      if name == "lock", isSymbolic {
        #expect(summary.exitCode == .cannotWrite)
        #expect(summary.problem?.contains("\(folder)/lock: ") == true)
      }
    }
  }

  @Test(arguments: ["trials", trialFolder]) func aLinkInAFoldersPlaceLeadsNowhere(name: String)
    throws
  {
    try withTemporaryFolder { parent in
      let (folder, other) = ("\(parent)/run", "\(parent)/other")
      #expect(try run(folder).exitCode == .done)
      // What is behind the link is what was there, so that the trial's result is missing alone.
      try FileManager.default.moveItem(atPath: "\(folder)/\(name)", toPath: other)
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/\(name)", withDestinationPath: other)
      let before = try FileManager.default.subpathsOfDirectory(atPath: other).sorted()
      let summary = try run(folder)
      #expect(summary.exitCode == .cannotWrite)
      #expect(summary.problem?.contains("a symbolic link is in the way") == true)
      #expect(try FileManager.default.subpathsOfDirectory(atPath: other).sorted() == before)
    }
  }

  /// A backup by hard links stays as it was, and the study goes on.
  @Test func aJournalWithAnotherNameIsCopiedFirst() throws {
    try withTemporaryFolder { parent in
      let (folder, backup) = ("\(parent)/run", "\(parent)/journal")
      #expect(try run(folder).exitCode == .done)
      try FileManager.default.linkItem(atPath: "\(folder)/journal.jsonl", toPath: backup)
      let before = try text(backup)
      #expect(try run(folder).exitCode == .done)
      let after = try text("\(folder)/journal.jsonl")
      #expect(try text(backup) == before)
      #expect(after.hasPrefix(before) && after.count > before.count)
    }
  }

  /// Only names that this program gives are taken for what it left.
  @Test func unfinishedFilesOfOthersStay() throws {
    try withTemporaryFolder { folder in
      #expect(try run(folder).exitCode == .done)
      let own = ["study.yaml.partial", "\(Self.trialFolder)/checkpoint.safetensors.partial"]
      let others = ["download.partial", "\(Self.trialFolder)/notes.partial", "report/mine.partial"]
      try FileManager.default.createDirectory(
        atPath: "\(folder)/report", withIntermediateDirectories: true)
      for name in own + others {
        try "x".write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
      }
      #expect(try run(folder).exitCode == .done)
      for name in own {
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/\(name)"), "\(name)")
      }
      for name in others {
        #expect(FileManager.default.fileExists(atPath: "\(folder)/\(name)"), "\(name)")
      }
    }
  }
}

/// The machine's file system, in which every folder is another user's.
private struct ForeignFileSystem: ForwardingFileSystem {
  func owner(_ descriptor: Int32) throws(SystemCallError) -> UInt32 {
    try real.owner(descriptor) &+ 1
  }
}

@Suite struct ForeignFolderTests {
  @Test func aFolderOfAnotherUserIsRefusedUnlessAskedFor() throws {
    try withTemporaryFolder { parent in
      let files = ForeignFileSystem()
      let path = "\(parent)/run"
      // Of a folder that this process makes the file system may say what it likes.
      try StudyFolder(opening: path, for: study("paper"), fileSystem: files).close()
      let before = try names(in: path)
      let error = #expect(throws: StudyError.foreignFolder(path: path, owner: geteuid() + 1)) {
        try StudyFolder(opening: path, for: study("paper"), fileSystem: files)
      }
      #expect(error?.exitCode == .cannotWrite)
      #expect(error?.description.contains("--allow-foreign-folder") == true)
      #expect(try names(in: path) == before)
      try StudyFolder(
        opening: path, for: study("paper"), fileSystem: files, allowsForeignFolder: true
      ).close()
    }
  }
}
