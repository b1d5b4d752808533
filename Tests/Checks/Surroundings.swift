import FoundationEssentials
import Glibc

/// What a test is called in.
package enum Surroundings {
  /// Takes out of the environment what a batch job that this may run in, or a launcher above, would tell launchers
  /// and ranks. Comes before anything is started.
  package static func forgetJob() {
    for name in ProcessInfo.processInfo.environment.keys where tellsOfJob(name) { unsetenv(name) }
  }

  private static func tellsOfJob(_ name: String) -> Bool {
    if name == "SLURM_CONF" || name.hasPrefix("PMIX_MCA_") { return false }
    let prefixes = ["SLURM_", "PBS_", "LSB_", "PMIX_", "PMI_", "OMPI_COMM_", "SRELU_TERMINAL"]
    return ["PE_HOSTFILE", "SRELU_LAUNCHER", "SRELU_FOLDER_FILE"].contains(name)
      || prefixes.contains { name.hasPrefix($0) }
  }
}
