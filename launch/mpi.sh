# shellcheck shell=bash
# Open MPI's parameters: every one that we set, each with its reason, and nowhere else. Sourced after
# common.sh.
#
# A parameter has the same name everywhere; mpirun takes it as a flag, and ranks that srun starts take
# it from their environment.

mpi_parameters=() # NAME VALUE NAME VALUE ...
mpi_options=()    # what mpirun is given

mpi_pages=muted   # who takes away mpirun's pages about ranks that ended: itself, or pick_out_deaths (picked)
ranks_here=1      # ranks on this machine, which share its memory

# The first number of Open MPI's version: 4, or 5, whose runtime is another one (PRRTE), with names of
# its own; nothing where there is no mpirun of Open MPI.
mpi_major() {
  local text
  text=$(mpirun --version 2>/dev/null | head -n 1) || true
  if [[ $text =~ Open\ MPI\)?\ v?([0-9]{1,3})\.[0-9] ]]; then printf '%s\n' "${BASH_REMATCH[1]}"; fi
}

# For those whose ranks are started by mpirun.
require_mpirun() {
  local tool
  for tool in mpirun setsid pkill; do
    if ! command -v "$tool" >/dev/null; then
      die $exit_environment "$tool is not in PATH: apt-get install openmpi-bin util-linux procps, or" \
        'load the module that has it'
    fi
  done
  if [[ -z $(mpi_major) ]]; then
    die $exit_environment "$(command -v mpirun) is not Open MPI's, or doesn't start: mpirun --version says:" \
      "$(mpirun --version 2>&1 | head -n 1)"
  fi
}

# Started in a batch job, mpirun would take places, hosts and the way to start its daemons from there
# (Slurm, PBS, LSF, Grid Engine), where we have counted cores and have a list of hosts. Which batch system
# there is stays known.
forget_batch_job() {
  local name
  for name in "${!SLURM_@}" "${!PBS_@}" "${!LSB_@}" PE_HOSTFILE; do
    if [[ $name != SLURM_CONF ]]; then unset "$name"; fi
  done
}

# parameter NAME VALUE
parameter() { mpi_parameters+=("$1" "$2"); }

# runtime_parameter NAME_IN_4 NAME_IN_5 VALUE: for mpirun and its daemons, not for the ranks.
runtime_parameter() {
  if [[ $mpi_version == 5 ]]; then
    mpi_options+=(--prtemca "$2" "$3")
  else
    mpi_options+=(--mca "$1" "$3")
  fi
}

# Whether a process may read another's memory in one copy (cross-memory attach), tried out: the
# parent reads seven bytes of its child. Containers often forbid the system call.
cross_memory_attach_works() {
  perl -e '
    my $call = {x86_64 => 310, aarch64 => 270}->{(split " ", `uname -m`)[0]} or exit 0;
    my ($there, $here) = ("of rank", "\0" x 7);
    my ($address_there, $address_here) = map { unpack "J", pack "P", $_ } $there, $here;
    pipe my $wait, my $done;
    my $child = fork // exit 0;
    if (!$child) { close $done; readline $wait; exit 0 }
    my $read = syscall $call, $child, pack("JJ", $address_here, 7), 1,
      pack("JJ", $address_there, 7), 1, 0;
    close $done;
    waitpid $child, 0;
    exit($read == 7 && $here eq $there ? 0 : 1);
  ' 2>/dev/null
}

# What the ranks need, whoever starts them. Sets `mpi_parameters`.
choose_mpi_parameters() {
  mpi_parameters=()
  mpi_version=$(mpi_major)

  # The hierarchical collectives' allreduce is broken in Open MPI 4.1.
  parameter coll ^han

  # All windows are of shared memory, for which there is a component of its own; this one complains in
  # some builds of 5 where there is no InfiniBand.
  parameter osc ^ucx

  # Over TCP a chunk of gradients, 256 KiB and a header, leaves at once. By default Open MPI asks first
  # whether a message that long may come, and the answer waits until somebody calls MPI: the network
  # then stands still during the backward pass (bench scaling, CNN at 2.5 Gbit/s: 26 ms a step, so 19).
  local name
  for name in eager_limit rndv_eager_limit max_send_size; do
    parameter "btl_tcp_$name" 300000
  done

  # Without the system call each large message would fail once and be sent again by copying, with
  # a warning for each. The first is the name in Open MPI 4, the second in 5.
  if ! cross_memory_attach_works; then
    parameter btl_vader_single_copy_mechanism none
    parameter smsc ^cma
  fi
}

# choose_interface CIDR_OR_NAME: which network between hosts, where they have several: left alone, Open
# MPI uses all that look alike on both sides, and waits on those that don't reach the other (a bridge
# of containers has the same address everywhere). A network as 10.1.0.0/16 fits hosts whose interfaces
# have different names.
choose_interface() {
  parameter btl_tcp_if_include "$1"
  # mpirun and its daemons talk over TCP of their own.
  runtime_parameter oob_tcp_if_include prte_if_include "$1"
}

# keep_files_in RUN MEMORY: sets `folder_options`: what Open MPI puts onto the disk and into memory lies
# in these folders, which go with the run, whatever ended it.
keep_files_in() {
  if [[ ${mpi_version:-4} == 5 ]]; then
    folder_options=(--prtemca prte_tmpdir_base "$1" --mca btl_sm_backing_directory "$2")
  else
    folder_options=(--mca orte_tmpdir_base "$1" --mca btl_vader_backing_directory "$2")
  fi
  folder_options+=(--mca osc_sm_backing_directory "$2")
}

# For ranks that srun or a foreign launcher starts: the parameters as environment variables.
export_mpi_parameters() {
  local index
  for ((index = 0; index < ${#mpi_parameters[@]}; index += 2)); do
    export "OMPI_MCA_${mpi_parameters[index]}=${mpi_parameters[index + 1]}"
  done
  export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
}

# begin_mpi_options RANKS: what mpirun is given wherever the ranks run.
begin_mpi_options() {
  require_mpirun
  mpi_options=(-np "$1")
  choose_mpi_parameters

  # Open MPI refuses to run as root unless told.
  if [[ $(id -u) == 0 ]]; then
    say 'running as root: passing --allow-run-as-root to mpirun'
    mpi_options+=(--allow-run-as-root)
  fi

  # One rank is one core: a maths library that starts a thread per core slows all of them.
  export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
  pass_on OMP_NUM_THREADS
}

# The program says itself what went wrong; Open MPI's page about a nonzero exit hides it. Muted, 4 says
# nothing of what it refuses either; 5 can't be muted.
quiet_launcher() {
  if [[ $mpi_version != 5 && $mpi_pages == muted ]]; then
    mpi_options+=(--mca orte_execute_quiet 1)
  fi
}

# pass_on NAME...: environment variables that travel to the ranks. No others do.
pass_on() {
  local name
  for name in "$@"; do mpi_options+=(-x "$name"); done
}

# add_parameters: hands `mpi_parameters` to mpirun; the last word before it runs.
add_parameters() {
  local index
  for ((index = 0; index < ${#mpi_parameters[@]}; index += 2)); do
    mpi_options+=(--mca "${mpi_parameters[index]}" "${mpi_parameters[index + 1]}")
  done
}

# choose_mpi_options RANKS [THREADS]: sets `mpi_options` for ranks of so many threads on this machine.
choose_mpi_options() {
  local ranks=$1 threads=${2:-1}
  forget_batch_job
  begin_mpi_options "$ranks"
  quiet_launcher
  ranks_here=$ranks
  # Ranks of one machine never talk over TCP. 5 would set it up, and complain where an interface has an
  # address of IPv6.
  parameter btl ^tcp
  if ((ranks * threads > cores)); then
    # Ranks then share cores, and a waiting one has to yield.
    say "$ranks ranks on $cores core$( ((cores == 1)) || echo s): they share, and are slower for it"
    mpi_options+=(--map-by :OVERSUBSCRIBE --bind-to none)
  elif ((ranks * threads == cores)) && [[ $whole_machine == yes ]]; then
    bind_to_cores "$threads"
  else
    # Bound ranks would all crowd on the first cores, whose other users we don't see: Open MPI
    # looks past the set of CPUs that taskset gave us, and past a quota.
    mpi_options+=(--bind-to none)
  fi
  add_parameters
}

# choose_hosts_options RANKS THREADS BIND: ranks over the hosts in `hostfile`, reached by `ssh_command`,
# over `interface` where one was chosen.
choose_hosts_options() {
  local ranks=$1 threads=$2 bind=$3
  forget_batch_job
  begin_mpi_options "$ranks"
  mpi_options+=(--hostfile "$hostfile")
  # One word of Open MPI's, split at its spaces: none of its parts holds one.
  runtime_parameter plm_rsh_agent plm_ssh_agent "${ssh_command[*]}"
  # A tree of hosts that start hosts would hide which one couldn't be reached.
  runtime_parameter plm_rsh_no_tree_spawn plm_ssh_no_tree_spawn 1
  # A daemon that lost mpirun, or mpirun one of its hosts, is to notice within seconds, not minutes.
  runtime_parameter oob_tcp_keepalive_time oob_tcp_keepalive_time 5
  runtime_parameter oob_tcp_keepalive_intvl oob_tcp_keepalive_intvl 2
  runtime_parameter oob_tcp_keepalive_probes oob_tcp_keepalive_probes 3
  if [[ -n $interface ]]; then choose_interface "$interface"; fi
  if [[ $bind == none ]]; then
    mpi_options+=(--map-by slot --bind-to none)
  else
    bind_to_cores "$threads"
  fi
  add_parameters
}

# pick_out_deaths: from the standard error of mpirun or srun to ours. mpirun's pages stand between lines of
# dashes; of those about ranks that ended all that is kept is which rank on which host was killed, because
# nobody else knows. What the program said, and other pages, stays. Nothing in it reaches a terminal as
# a command. Which pages stayed is written to `pages_file`, where that is set.
pick_out_deaths() {
  local line inside=no page="" stripped
  while IFS= read -r line || [[ -n $line ]]; do
    strip_controls "$line"
    line=$stripped
    if [[ $line =~ ^-{60,}$ ]]; then
      if [[ $inside == yes ]]; then say_page "$page"; fi
      if [[ $inside == yes ]]; then inside=no; else inside=yes; fi
      page=
    elif [[ $inside == yes ]]; then
      page+=$line$'\n'
    elif ! is_noise "$line"; then
      printf '%s\n' "$line"
    fi
  done
  if [[ -n $page ]]; then say_page "$page"; fi
}

# is_noise LINE: what mpirun, its libraries and srun say when ranks end, beside their pages.
is_noise() {
  local pattern
  for pattern in '^(mpirun|prterun): (Forwarding signal|killing job|abort is already)' \
    'sent help message help-' 'orte_base_help_aggregate' 'ORTE_ERROR_LOG: .*/show_help\.c' \
    'PMIX ERROR: PMIX_ERR_UNREACH in file' \
    '(opal|pmix)_ifinit: unable to find network interfaces' 'ptl_tool: problems getting address' \
    '^srun: error: [^ ]+: tasks? [^ ]+: Exited with exit code' '^srun: (Job step aborted|Terminating )' \
    '^srun: launch/slurm: .*: Terminating ' '^slurmstepd: error: \*\*\* STEP .* CANCELLED'; do
    if [[ $1 =~ $pattern ]]; then return 0; fi
  done
  return 1
}

say_page() {
  local text=${1//$'\n'/ }
  if [[ $text =~ process\ rank\ ([0-9]+).*on\ node\ ([^ ]+).*on\ +signal\ ([0-9]+) ]]; then
    printf '%s: rank %s on %s was ended by signal %s\n' "${0##*/}" "${BASH_REMATCH[@]:1:3}"
  elif [[ $text =~ unexpectedly\ disconnected.*Peer\ host:\ +([^ ]+) ]]; then
    say "a rank on ${BASH_REMATCH[1]} is gone"
  elif [[ $text =~ listener\ thread\ failed|no\ available\ +interfaces\ were\ found ]]; then
    if [[ -n ${pages_file:-} ]]; then echo other >>"$pages_file"; fi
    say 'no network interface is up on this machine, and mpirun talks to its ranks through one:' \
      'ip link set lo up'
  elif [[ ! $text =~ MPI_ABORT\ was\ invoked|non-zero|exit\ code|exit\ status|exited\ due\ to\ process ]]; then
    if [[ -n ${pages_file:-} ]]; then
      if [[ $text == *'lost communication'* ]]; then echo lost; else echo other; fi >>"$pages_file"
    fi
    printf '%s' "$1"
  fi
}

# bind_to_cores THREADS: so many cores for each rank, for good: no migration, and caches stay warm.
# Neighbours in rank fill a host before the next one, and within it one part of the memory (NUMA)
# before the next: they train one trial together, through that memory.
bind_to_cores() {
  if (($1 == 1)); then
    mpi_options+=(--map-by core --bind-to core)
    # 5 knows no ranking by cores: mapping by them it ranks so anyway.
    if [[ $mpi_version != 5 ]]; then mpi_options+=(--rank-by core); fi
  else
    mpi_options+=(--map-by "slot:PE=$1" --bind-to core)
  fi
}
