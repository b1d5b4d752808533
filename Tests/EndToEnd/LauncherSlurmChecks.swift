import Checks
import Glibc
import Support

/// launch/slurm in a job, as Slurm starts it: by a copy of its own.
extension PretendedRepository {
  private func pretendSlurm() {
    pretend(
      "scontrol",
      #"""
      #!/usr/bin/env bash
      case $* in
        'show job'*) printf '   Command=%s\n' "$COMMAND" ;;
        *node*) printf '%s\n' "NodeName=n CoresPerSocket=${CORES-2} CPUTot=2 Sockets=1" ;;
      esac

      """#)
    pretend(
      "srun",
      #"""
      #!/usr/bin/env bash
      if [[ $1 == --mpi=list ]]; then echo pmix; exit; fi
      exec mpirun "$@"

      """#)
    pretend("squeue", "#!/bin/sh\necho RUNNING\n")
    Files.makeFolder("\(scratch)/spool")
    Files.copy("\(copy)/launch/slurm", "\(scratch)/spool/slurm_script")
  }

  /// Slurm's copy of the launcher, in a job with these variables.
  private func inSlurm(
    _ name: String, _ code: ExitCode, _ text: String, _ variables: [String: String?]
  ) {
    launch(
      "Slurm: \(name)", code, text,
      command(["bash", "\(scratch)/spool/slurm_script", "s.yaml"]).with([
        "SLURM_JOB_ID": "7", "SLURM_SUBMIT_DIR": place, "SLURM_NTASKS": "2",
        "SLURM_JOB_CPUS_PER_NODE": "2", "COMMAND": "\(copy)/launch/slurm",
      ]).with(variables))
  }

  func checkSlurmJobs() {
    pretendSlurm()
    // What lies where the job was submitted from is nobody's to run.
    Files.makeFolder("\(place)/launch")
    for name in ["common.sh", "launch/common.sh", "launch/slurm"] {
      Files.write("\(place)/\(name)", "touch \(scratch)/PWNED\nexit 0\n")
    }
    inSlurm(
      "the submitted file", .done, "the program: report", ["COMMAND": "\(copy)/launch/slurm s.yaml"]
    )
    symlink("\(copy)/launch/slurm", "\(scratch)/srelu-job")
    inSlurm(
      "a link to it", .done, "the program: report", ["COMMAND": "\(scratch)/srelu-job s.yaml"])
    inSlurm(
      "a copy of it elsewhere", .environment, "the repository isn't found",
      ["COMMAND": "\(place)/common.sh \(copy)/launch/slurm"])
    expectNoCommandRun("Slurm: nothing of the folder it was submitted from is run")
    for cores in ["a[\(trap)]", "", "08", "0"] {
      inSlurm("\(cores) cores", .environment, "doesn't report the cores", ["CORES": cores])
    }
    for count in ["2(x\(trap))", "a[\(trap)]", "08"] {
      inSlurm(
        "\(count) CPUs", .environment, "no node has", ["SLURM_JOB_CPUS_PER_NODE": count])
    }
    for variable in ["SLURM_NTASKS", "SLURM_RESTART_COUNT"] {
      inSlurm(variable, .usage, "takes a whole number", [variable: "a[\(trap)]"])
    }
    expectNoCommandRun("Slurm: no variable runs a command")
  }
}
