import Foundation

/// Why a file isn't read.
struct UnreadableFile: Error {
  var reason: String
}

/// A file's bytes, if it is a regular file of a size that makes sense: opened without waiting for a
/// pipe's other end, and refused unread otherwise. A pipe may never end, and can be read once only, and
/// the program and its launcher read some files again.
func readRegularFile(_ path: String, limit: Int) throws(UnreadableFile) -> Data {
  let advice = "write it to a file first, and give that file"
  func failure(_ code: Int32) -> UnreadableFile {
    switch code {
    case ENOENT: UnreadableFile(reason: "no such file")
    case ENXIO: UnreadableFile(reason: "expected a file, found a socket or a device; \(advice)")
    default:
      UnreadableFile(
        reason: "the file can't be opened for reading: \(String(cString: strerror(code)))")
    }
  }
  let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard descriptor >= 0 else { throw failure(errno) }
  let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw failure(errno) }
  switch status.st_mode & S_IFMT {
  case S_IFREG: break
  case S_IFDIR: throw UnreadableFile(reason: "expected a file, found a folder")
  case S_IFIFO: throw UnreadableFile(reason: "expected a file, found a pipe; \(advice)")
  default: throw UnreadableFile(reason: "expected a file, found a device; \(advice)")
  }
  let tooLong = UnreadableFile(reason: "expected at most \(limit) bytes, found more")
  guard status.st_size <= limit else { throw tooLong }
  let data: Data
  do {
    data = try handle.read(upToCount: limit + 1) ?? Data()
  } catch {
    throw UnreadableFile(reason: "the file can't be read: \(error.localizedDescription)")
  }
  guard data.count <= limit else { throw tooLong }
  return data
}
