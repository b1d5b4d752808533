import Foundation

/// The launcher's environment, which is known before MPI starts.
enum Launcher {
  private static func integer(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
  }

  /// This process's rank by the launcher; 0 without a launcher.
  static var rank: Int {
    integer("OMPI_COMM_WORLD_RANK") ?? integer("PMIX_RANK") ?? integer("PMI_RANK")
      ?? (slurmStepTasks > 1 ? integer("SLURM_PROCID") : nil) ?? 0
  }

  /// The number of processes in Slurm's step.
  private static var slurmStepTasks: Int { integer("SLURM_STEP_NUM_TASKS") ?? 1 }

  /// The number of processes that the launcher started; 1 without a launcher.
  static var size: Int {
    max(
      integer("OMPI_COMM_WORLD_SIZE") ?? 1, integer("PMI_SIZE") ?? 1,
      integer("MPI_LOCALNRANKS") ?? 1, slurmStepTasks)
  }

  /// Whether Slurm started several processes without PMI, which they need to find each other.
  static var lacksPMI: Bool {
    slurmStepTasks > 1 && !isOpenMPI
      && ["PMIX_RANK", "PMI_RANK", "PMI_FD"].allSatisfy { integer($0) == nil }
  }

  /// The launcher's name for messages.
  static var name: String {
    if isOpenMPI { return "mpirun" }
    if slurmStepTasks > 1 { return "srun" }
    return integer("MPI_LOCALNRANKS") != nil ? "the mpirun of another MPI" : "the launcher"
  }

  /// Whether Open MPI's `mpirun` started this process.
  static var isOpenMPI: Bool { integer("OMPI_COMM_WORLD_SIZE") != nil }

  /// Whether Open MPI's daemon, which it starts for a process without `mpirun`, is in `PATH`.
  static var hasDaemon: Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains { folder in
      ["orted", "prted"].contains { access("\(folder)/\($0)", X_OK) == 0 }
    }
  }
}
