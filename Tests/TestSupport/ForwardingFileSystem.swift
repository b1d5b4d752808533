import Support

/// The machine's file system, for tests to change single calls of: each that a type doesn't write anew is
/// the machine's.
package protocol ForwardingFileSystem: FileSystem {
  /// What does the work.
  var real: any FileSystem { get }
}

extension ForwardingFileSystem {
  package var real: any FileSystem { POSIXFileSystem() }

  package func within(_ folder: String) -> any FileSystem { self }

  package func createDirectory(_ path: String) throws(SystemCallError) -> Bool {
    try real.createDirectory(path)
  }

  package func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
    try real.open(path, flags)
  }

  package func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemCallError) -> Int {
    try real.write(descriptor, bytes)
  }

  package func truncate(_ descriptor: Int32, to length: Int) throws(SystemCallError) {
    try real.truncate(descriptor, to: length)
  }

  package func startWriting(_ descriptor: Int32) {}

  package func synchronize(_ descriptor: Int32) throws(SystemCallError) {
    try real.synchronize(descriptor)
  }

  package func close(_ descriptor: Int32) { real.close(descriptor) }

  package func rename(_ old: String, to new: String) throws(SystemCallError) {
    try real.rename(old, to: new)
  }

  package func link(_ old: String, to new: String) throws(SystemCallError) {
    try real.link(old, to: new)
  }

  package func remove(_ path: String) { real.remove(path) }

  package func read(_ path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8] {
    try real.read(path, atMost: limit)
  }

  package func lock(_ descriptor: Int32) throws(SystemCallError) { try real.lock(descriptor) }

  package func owner(_ descriptor: Int32) throws(SystemCallError) -> UInt32 {
    try real.owner(descriptor)
  }
}
