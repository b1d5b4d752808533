import DataParallel
import Foundation
import Glibc
import Support
import Synchronization
import TestSupport

/// The machine's file system, which writes down the calls that succeed.
final class RecordingFileSystem: ForwardingFileSystem {
  /// A call with the paths that its descriptors were opened with.
  enum Call: Hashable {
    case createDirectory(String)
    case open(String, truncates: Bool)
    case write(String, [UInt8])
    case truncate(String, Int)
    case synchronize(String)
    case rename(String, String)
    case remove(String)
  }

  private let calls = Mutex<[Call]>([])
  private let paths = Mutex<[Int32: String]>([:])

  var log: [Call] { calls.withLock { $0 } }

  private func record(_ call: Call) { calls.withLock { $0.append(call) } }
  private func path(_ descriptor: Int32) -> String { paths.withLock { $0[descriptor] ?? "?" } }

  func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    let isNew = try real.createDirectory(path)
    record(.createDirectory(path))
    return isNew
  }

  func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    let descriptor = try real.open(path, flags)
    paths.withLock { $0[descriptor] = path }
    if flags & O_DIRECTORY == 0 { record(.open(path, truncates: flags & O_TRUNC != 0)) }
    return descriptor
  }

  func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallError) -> Int {
    let count = try real.write(
      descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(1000)))
    record(.write(path(descriptor), Array(bytes.prefix(count))))
    return count
  }

  func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    try real.truncate(descriptor, to: length)
    record(.truncate(path(descriptor), length))
  }

  func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    try real.synchronize(descriptor)
    record(.synchronize(path(descriptor)))
  }

  func rename(_ old: String, to new: String) throws(SystemCallError) {
    try real.rename(old, to: new)
    record(.rename(old, new))
    // Whoever has the file open goes on writing to it.
    paths.withLock { $0 = $0.mapValues { path in path == old ? new : path } }
  }

  func remove(_ path: String) {
    real.remove(path)
    record(.remove(path))
  }
}

/// What a machine that loses power loses of what wasn't synchronised.
enum PowerLoss: CaseIterable {
  /// Contents and names.
  case everythingUnsynchronised
  /// Contents; names reached the disk by themselves.
  case contents
  /// Half of what was written to each file.
  case halfOfContents
}

/// What programs see of a disk, and what is on it, after some calls.
struct DiskModel {
  private struct File {
    var bytes: [UInt8] = []
    var synchronised: [UInt8] = []
  }

  private var files: [File] = []
  /// Paths of files and folders; a folder has no file.
  private var names: [String: Int?] = [:]
  private var synchronisedNames: [String: Int?] = [:]

  /// - Parameter roots: folders that are on the disk from the beginning.
  init(_ calls: ArraySlice<RecordingFileSystem.Call>, roots: [String]) {
    for root in roots {
      names[root] = .some(nil)
      synchronisedNames[root] = .some(nil)
    }
    for call in calls { apply(call) }
  }

  private static func parent(_ path: String) -> String {
    String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  private mutating func apply(_ call: RecordingFileSystem.Call) {
    switch call {
    case .createDirectory(let path): names[path] = .some(nil)
    case .open(let path, let truncates):
      if let file = names[path] ?? nil {
        if truncates { files[file].bytes = [] }
      } else {
        names[path] = files.count
        files.append(File())
      }
    case .write(let path, let bytes): change(path) { $0.bytes += bytes }
    case .truncate(let path, let length): change(path) { $0.bytes = Array($0.bytes.prefix(length)) }
    case .synchronize(let path):
      if names[path] ?? nil != nil {
        change(path) { $0.synchronised = $0.bytes }
      } else {
        synchroniseNames(in: path)
      }
    case .rename(let old, let new):
      names[new] = names[old]
      names[old] = nil
    case .remove(let path): names[path] = nil
    }
  }

  private mutating func change(_ path: String, _ body: (inout File) -> Void) {
    if let file = names[path] ?? nil { body(&files[file]) }
  }

  private mutating func synchroniseNames(in folder: String) {
    synchronisedNames = synchronisedNames.filter { Self.parent($0.key) != folder }
    synchronisedNames.merge(names.filter { Self.parent($0.key) == folder }) { $1 }
  }

  /// The files that are found afterwards.
  func survivors(of loss: PowerLoss) -> [String: [UInt8]] {
    let names = loss == .everythingUnsynchronised ? synchronisedNames : names
    var found: [String: [UInt8]] = [:]
    for (path, file) in names {
      // A file in a folder that isn't there can't be found.
      guard let file, names[Self.parent(path)] != nil else { continue }
      let (bytes, synchronised) = (files[file].bytes, files[file].synchronised)
      found[path] =
        loss == .halfOfContents && bytes != synchronised
        ? Array(bytes.prefix(bytes.count / 2)) : synchronised
    }
    return found
  }
}

/// Files that can be read and removed.
final class StillFileSystem: ForwardingFileSystem {
  private let files: [String: [UInt8]]

  init(_ files: [String: [UInt8]]) { self.files = files }

  func read(_ path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8] {
    guard let bytes = files[path] else { throw SystemCallError(code: ENOENT) }
    return bytes
  }

  func remove(_ path: String) {}
  func rename(_ old: String, to new: String) throws(SystemCallError) {}
}
