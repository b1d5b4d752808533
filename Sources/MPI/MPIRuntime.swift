import CMPI
import Foundation

/// Which threads of a process may call MPI (MPI 3.1, section 12.4.3), from fewest to most.
public enum ThreadLevel: Int, Comparable, Sendable, CaseIterable {
  /// The process has one thread.
  case single
  /// Only the thread that initialised MPI calls it.
  case funneled
  /// Any thread calls MPI, one at a time.
  case serialized
  /// Several threads call MPI at once.
  case multiple

  /// Ordered by how much is allowed.
  public static func < (a: ThreadLevel, b: ThreadLevel) -> Bool { a.rawValue < b.rawValue }

  var raw: Int32 {
    switch self {
    case .single: Int32(MPI_THREAD_SINGLE)
    case .funneled: Int32(MPI_THREAD_FUNNELED)
    case .serialized: Int32(MPI_THREAD_SERIALIZED)
    case .multiple: Int32(MPI_THREAD_MULTIPLE)
    }
  }
}

/// MPI's start and end in this process (MPI 3.1, section 8.7).
public enum MPIRuntime {
  /// Initialises MPI, once per process; from then on errors are returned instead of being fatal.
  /// - Returns: the thread level that MPI grants.
  /// - Throws: `MPIError` if MPI grants less than `level` or was already initialised.
  @discardableResult
  public static func initialize(requiring level: ThreadLevel) throws -> ThreadLevel {
    guard !isInitialized else {
      throw MPIError(operation: "MPI_Init_thread", refusal: "MPI is already initialised.")
    }
    var provided: Int32 = 0
    // int MPI_Init_thread(int *argc, char ***argv, int required, int *provided)
    try check("MPI_Init_thread", MPI_Init_thread(nil, nil, level.raw, &provided))
    // int MPI_Comm_set_errhandler(MPI_Comm comm, MPI_Errhandler errhandler)
    try check("MPI_Comm_set_errhandler", srelu_errors_return(srelu_comm_world()))
    try check("MPI_Comm_set_errhandler", srelu_errors_return(srelu_comm_self()))
    let granted = ThreadLevel.allCases.last { $0.raw <= provided } ?? .single
    guard granted >= level else {
      throw MPIError(
        operation: "MPI_Init_thread",
        refusal: "this MPI grants the thread level \(granted), \(level) is needed. "
          + "Use an Open MPI that was built with thread support.")
    }
    return granted
  }

  /// Finalises MPI; every rank calls it, and no MPI call may follow.
  /// - Throws: `MPIError`; also if MPI is not up, where MPI itself would end the process, and if an
  ///   operation was dropped before it finished, for which MPI might wait forever.
  public static func finalize() throws {
    guard isInitialized, !isFinalized else {
      throw MPIError(
        operation: "MPI_Finalize",
        refusal: isFinalized ? "MPI is already finalised." : "MPI was never initialised.")
    }
    guard DroppedMessages.count == 0 else {
      throw MPIError(
        operation: "MPI_Finalize",
        refusal: "\(DroppedMessages.count) operations were dropped before they were finished.")
    }
    // int MPI_Finalize(void)
    try check("MPI_Finalize", MPI_Finalize())
  }

  /// Ends every rank of the job, this one with `exitCode`. If MPI hangs, as in MPI_Finalize, this
  /// process exits after three seconds and the launcher ends the others.
  public static func abort(exitCode: Int32) -> Never {
    Thread.detachNewThread {
      sleep(3)
      _exit(exitCode)
    }
    // int MPI_Abort(MPI_Comm comm, int errorcode)
    MPI_Abort(srelu_comm_world(), exitCode)
    // MPI_Abort may return if MPI is already shutting down.
    _exit(exitCode)
  }

  /// Whether MPI was initialised, by any caller.
  public static var isInitialized: Bool {
    var flag: Int32 = 0
    // int MPI_Initialized(int *flag)
    MPI_Initialized(&flag)
    return flag != 0
  }

  /// Whether MPI was finalised, by any caller.
  public static var isFinalized: Bool {
    var flag: Int32 = 0
    // int MPI_Finalized(int *flag)
    MPI_Finalized(&flag)
    return flag != 0
  }

  /// The implementation's name and version, such as `Open MPI v4.1.4`.
  public static var libraryVersion: String {
    // int MPI_Get_library_version(char *version, int *resultlen)
    let text = text(capacity: MPI_MAX_LIBRARY_VERSION_STRING) { MPI_Get_library_version($0, &$1) }
    return text.split(separator: ",").first.map(String.init) ?? text
  }

  /// Returns the host's name as MPI knows it.
  /// - Throws: `MPIError`.
  public static func processorName() throws -> String {
    // int MPI_Get_processor_name(char *name, int *resultlen)
    try text(capacity: MPI_MAX_PROCESSOR_NAME) {
      try check("MPI_Get_processor_name", MPI_Get_processor_name($0, &$1))
    }
  }
}
