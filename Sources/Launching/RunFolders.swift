import Foundation
import Support

/// The folders of one run of the ranks, for what Open MPI puts on the disk and in memory. They are removed after
/// the run, however it ended.
struct RunFolders {
  /// On the disk.
  let run: String
  /// In memory, if there is room.
  let memory: String

  /// The file in which the ranks say which folder their study is in.
  var studyFile: String { "\(run)/study" }

  /// What Open MPI itself needs of shared memory per rank: 4 MB and some.
  private static let bytesForRank = 5e6

  init(ranks: Int, environment: [String: String], console: Console) throws(Refusal) {
    run = try Self.new(environment)
    var room = statvfs()
    if statvfs("/dev/shm", &room) == 0,
      Double(room.f_bavail) * Double(room.f_frsize) >= Double(ranks + 1) * Self.bytesForRank,
      let folder = try? makePrivateFolder("/dev/shm/srelu.XXXXXX")
    {
      memory = folder
      return
    }
    let place = Self.parent(environment).path
    console.say(
      "/dev/shm is missing or full: ranks share memory through files in \(place), "
        + "which may be slower")
    do throws(Refusal) {
      memory = try Self.new(environment)
    } catch {
      Self.remove(run)
      throw error
    }
  }

  func remove() {
    Self.remove(run)
    Self.remove(memory)
  }

  static func remove(_ folder: String) { try? FileManager.default.removeItem(atPath: folder) }

  /// Makes a folder for temporary files with some room in it.
  static func new(_ environment: [String: String]) throws(Refusal) -> String {
    let parent = parent(environment)
    let folder: String
    do throws(SystemCallError) {
      folder = try makePrivateFolder("\(parent.path)/srelu.XXXXXXXX")
    } catch {
      throw Refusal(.cannotWrite, "cannot make a folder in \(parent.words): \(error.reason)")
    }
    let room = "\(folder)/room"
    defer { unlink(room) }
    do throws(SystemCallError) {
      let files = POSIXFileSystem()
      let descriptor = try files.openNew(room)
      defer { files.close(descriptor) }
      try files.writeAll(descriptor, [UInt8](repeating: 0, count: 1 << 20))
    } catch {
      remove(folder)
      throw Refusal(.cannotWrite, "cannot write 1 MB in \(parent.words): \(error.reason)")
    }
    return folder
  }

  private static func parent(_ environment: [String: String]) -> (path: String, words: String) {
    guard let named = environment["TMPDIR"], !named.isEmpty else { return ("/tmp", "/tmp") }
    return (named, "\(named) (TMPDIR)")
  }
}
