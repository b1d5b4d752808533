import CMPI
import Synchronization

/// An ordered set of ranks that communicate in a context of their own (MPI 3.1, chapter 6).
///
/// A communicator from `duplicate`, `split` or `subset` belongs to its caller, who frees it on
/// every rank; `world` and `selfOnly` belong to MPI. Calls throw `MPIError`, also on a freed
/// communicator.
public final class Communicator: Sendable {
  private enum Ownership {
    case builtIn
    case owned
    case freed
  }

  private struct Handle: @unchecked Sendable {
    let raw: MPI_Comm
  }

  private let handle: Handle
  private let ownership: Mutex<Ownership>
  /// This process's number in the communicator, from 0.
  public let rank: Int
  /// Number of ranks.
  public let size: Int

  private init(_ raw: MPI_Comm, ownership: Ownership) throws {
    handle = Handle(raw: raw)
    self.ownership = Mutex(ownership)
    var rank: Int32 = 0
    var size: Int32 = 0
    // int MPI_Comm_rank(MPI_Comm comm, int *rank)
    try check("MPI_Comm_rank", MPI_Comm_rank(raw, &rank))
    // int MPI_Comm_size(MPI_Comm comm, int *size)
    try check("MPI_Comm_size", MPI_Comm_size(raw, &size))
    self.rank = Int(rank)
    self.size = Int(size)
  }

  /// All ranks of the job. MPI must be initialised.
  public static let world = builtIn(srelu_comm_world())
  /// This rank alone. MPI must be initialised.
  public static let selfOnly = builtIn(srelu_comm_self())

  private static func builtIn(_ raw: MPI_Comm) -> Communicator {
    precondition(MPIRuntime.isInitialized, "a communicator before MPIRuntime.initialize")
    do {
      return try Communicator(raw, ownership: .builtIn)
    } catch {
      fatalError("a built-in communicator without rank and size: \(error)")
    }
  }

  func raw(_ operation: StaticString) throws -> MPI_Comm {
    guard ownership.withLock({ $0 != .freed }) else {
      throw MPIError(operation: "\(operation)", refusal: "the communicator was freed before.")
    }
    return handle.raw
  }

  /// Traps if `rank` is not one of this communicator's.
  func requireRank(_ rank: Int, _ role: StaticString) {
    precondition(rank >= 0 && rank < size, "\(role) \(rank) of \(size) ranks")
  }

  /// Returns a communicator of the same ranks whose messages never match this one's; collective.
  public func duplicate() throws -> Communicator {
    var made = srelu_comm_null()
    // int MPI_Comm_dup(MPI_Comm comm, MPI_Comm *newcomm)
    try check("MPI_Comm_dup", MPI_Comm_dup(try raw("MPI_Comm_dup"), &made))
    return try Communicator.owned(made)
  }

  /// Returns the ranks that give the same color, ordered by `key`, then by rank here; collective.
  /// - Parameter color: not negative; nil for a rank that joins none.
  /// - Returns: nil for a nil color.
  public func split(color: Int?, key: Int) throws -> Communicator? {
    precondition(color ?? 0 >= 0, "color \(color ?? 0)")
    var made = srelu_comm_null()
    // int MPI_Comm_split(MPI_Comm comm, int color, int key, MPI_Comm *newcomm)
    try check(
      "MPI_Comm_split",
      MPI_Comm_split(
        try raw("MPI_Comm_split"), color.map(Int32.init) ?? srelu_undefined(), Int32(key), &made))
    return color == nil ? nil : try Communicator.owned(made)
  }

  /// Returns some of the ranks, in the given order; collective over these alone.
  /// - Parameters:
  ///   - ranks: ranks here, each once, this one among them.
  ///   - tag: distinguishes calls that a rank makes at the same time from several threads.
  public func subset(_ ranks: [Int], tag: Int = 0) throws -> Communicator {
    for rank in ranks { requireRank(rank, "member") }
    var (all, chosen) = (srelu_group_null(), srelu_group_null())
    // int MPI_Comm_group(MPI_Comm comm, MPI_Group *group)
    try check("MPI_Comm_group", MPI_Comm_group(try raw("MPI_Comm_group"), &all))
    defer {
      // int MPI_Group_free(MPI_Group *group)
      MPI_Group_free(&all)
      if chosen != srelu_group_null() { MPI_Group_free(&chosen) }
    }
    let members = ranks.map(Int32.init)
    // int MPI_Group_incl(MPI_Group group, int n, const int ranks[], MPI_Group *newgroup)
    try check("MPI_Group_incl", MPI_Group_incl(all, Int32(members.count), members, &chosen))
    var made = srelu_comm_null()
    // int MPI_Comm_create_group(MPI_Comm comm, MPI_Group group, int tag, MPI_Comm *newcomm)
    try check(
      "MPI_Comm_create_group",
      MPI_Comm_create_group(try raw("MPI_Comm_create_group"), chosen, Int32(tag), &made))
    return try Communicator.owned(made)
  }

  /// Returns the ranks that can share memory with this one, in the same order; collective.
  public func splitByHost() throws -> Communicator {
    var made = srelu_comm_null()
    // int MPI_Comm_split_type(MPI_Comm comm, int split_type, int key, MPI_Info info,
    //                         MPI_Comm *newcomm)
    try check(
      "MPI_Comm_split_type",
      MPI_Comm_split_type(
        try raw("MPI_Comm_split_type"), Int32(MPI_COMM_TYPE_SHARED), Int32(rank),
        srelu_info_null(), &made))
    return try Communicator.owned(made)
  }

  /// Gives the communicator back; collective. It can't be used afterwards.
  /// - Throws: `MPIError` for a built-in communicator and for one already freed.
  public func free() throws {
    try ownership.withLock { state in
      switch state {
      case .builtIn:
        throw MPIError(
          operation: "MPI_Comm_free", refusal: "a built-in communicator belongs to MPI.")
      case .freed:
        throw MPIError(
          operation: "MPI_Comm_free", refusal: "the communicator was freed before.")
      case .owned: state = .freed
      }
    }
    var raw: MPI_Comm? = handle.raw
    // int MPI_Comm_free(MPI_Comm *comm)
    try check("MPI_Comm_free", MPI_Comm_free(&raw))
  }

  private static func owned(_ raw: MPI_Comm?) throws -> Communicator {
    guard let raw else {
      throw MPIError(operation: "MPI_Comm", refusal: "MPI made no communicator.")
    }
    // int MPI_Comm_set_errhandler(MPI_Comm comm, MPI_Errhandler errhandler)
    try check("MPI_Comm_set_errhandler", srelu_errors_return(raw))
    return try Communicator(raw, ownership: .owned)
  }
}
