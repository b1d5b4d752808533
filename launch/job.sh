# shellcheck shell=bash
# What launch/run, local, hosts and slurm share: their flags, and running a study under the supervisor,
# or another command of srelu as it is. Sourced after common.sh; brings mpi.sh and supervise.sh.

# shellcheck source=launch/mpi.sh
source "$repository/launch/mpi.sh"
# shellcheck source=launch/supervise.sh
source "$repository/launch/supervise.sh"
# shellcheck disable=SC2034  # mpi.sh
mpi_pages=picked

# Words that can't be written end nothing: neither where their reader left nor where a file may not grow.
trap : PIPE XFSZ

ranks=
threads=1
max_restarts=5
report=yes
config=
output= # where results go, if that was said
sweep_flags=()
command=() # another command than a study

readonly shared_flags=(--ranks --threads --max-restarts --output-dir --data-dir --set --ranks-per-trial
  --log-level --retry)
# A launcher's own flags, each with a value; `own_flag FLAG VALUE` takes them.
own_flags=()

shared_flags_help() {
  cat <<'TEXT'
  --ranks N        start N ranks instead of one per core
  --threads N      threads per rank; a rank then has N cores
  --max-restarts N start again at most N times (default 5) in a row without progress when a rank or
                   mpirun dies; the study goes on from its last checkpoints
  --no-report      don't write the report at the end
  -h, --help       show this

Other flags go to `srelu sweep`, for instance:
  --output-dir DIR  --data-dir DIR  --set training.epochs.mnist=1  --ranks-per-trial N  --json
  --retry failed|none  --allow-foreign-folder
In place of CONFIG another command of srelu may stand, with its own flags: `bench step`,
`doctor --ranks`. It runs in the folder you are in, and isn't started again.

SIGINT, SIGTERM and SIGUSR1 let the ranks write checkpoints and leave; a second SIGINT ends them at
once.

Exit codes: 0 done, 1 some trials failed, 64 usage or config, 65 bad data, 69 launch or
environment, 70 bug, 73 cannot write, 75 interrupted (run it again to go on).
TEXT
}

# need_value FLAG COUNT: refuses a flag that is the last word.
need_value() {
  if (($2 < 2)); then die $exit_usage "$1 needs a value; see launch/${0##*/} --help"; fi
}

# whole_number FLAG VALUE LEAST
whole_number() {
  if [[ ! $2 =~ ^(0|[1-9][0-9]{0,5})$ ]] || (($2 < $3)); then
    die $exit_usage "$1 takes a whole number of at least $3, not '$2'"
  fi
}

# among WORD WORDS...
among() {
  local word=$1 other
  shift
  for other in "$@"; do if [[ $word == "$other" ]]; then return 0; fi; done
  return 1
}

takes_value() { among "$1" "${shared_flags[@]}" ${own_flags[@]+"${own_flags[@]}"}; }

# What standard output couldn't be written for; empty where it could.
lost_output=

# Where standard output couldn't be written, what went well otherwise didn't. A reader that left, as head
# does, has what it wanted: nothing is said.
check_output() {
  if [[ -z $lost_output ]]; then return 0; fi
  if [[ $lost_output != 'Broken pipe' ]]; then
    say "standard output can't be written: $lost_output. Write to a place that takes it, such as a file on" \
      'a disk with room.'
  fi
  if ((status == 0)); then status=$exit_cannot_write; fi
}

# A closed standard output would be lost at the end of everything; it is known before.
require_output() {
  if ! { : 3>&1; } 2>/dev/null; then
    die $exit_cannot_write "standard output can't be written: it is closed"
  fi
}

# say_usage: sets `status`.
say_usage() {
  local text reason
  text=$(usage)
  status=0
  {
    reason=$(
      trap '' PIPE XFSZ
      LC_ALL=C cat <<<"$text" 2>&1 >&3
    ) || lost_output=${reason##*: }
  } 3>&1
  check_output
}

# take_arguments ARGUMENT...: sets what stands above. A flag that nobody here knows is the program's.
take_arguments() {
  require_output
  while (($# > 0)); do
    # --flag=value is --flag value.
    if takes_value "${1%%=*}" && [[ $1 == *=* ]]; then set -- "${1%%=*}" "${1#*=}" "${@:2}"; fi
    case $1 in
      -h | --help)
        say_usage
        exit "$status"
        ;;
      --no-report) report=no ;;
      -*)
        if takes_value "$1"; then
          need_value "$1" $#
          take_flag "$1" "$2"
          shift
        else
          sweep_flags+=("$1")
        fi
        ;;
      *)
        # launch/local sweep CONFIG is launch/local CONFIG.
        if [[ -z $config && $1 == sweep && ! -f $1 ]]; then
          shift
          continue
        fi
        if [[ -z $config && $1 != *.y?(a)ml && ! -f $1 ]]; then
          command=("$@")
          break
        fi
        if [[ -n $config ]]; then die $exit_usage "one config at a time: got $config and $1"; fi
        config=$1
        ;;
    esac
    shift
  done
}

take_flag() {
  if among "$1" "${shared_flags[@]}"; then shared_flag "$@"; else own_flag "$@"; fi
}

shared_flag() {
  case $1 in
    --ranks)
      whole_number "$1" "$2" 1
      ranks=$2
      ;;
    --threads)
      whole_number "$1" "$2" 1
      threads=$2
      sweep_flags+=(--set "threads-per-rank=$2")
      ;;
    --max-restarts)
      whole_number "$1" "$2" 0
      max_restarts=$2
      ;;
    --output-dir)
      absolute_path "$2"
      output=$absolute
      sweep_flags+=("$1" "$output")
      ;;
    --data-dir)
      absolute_path "$2"
      sweep_flags+=("$1" "$absolute")
      ;;
    *) sweep_flags+=("$1" "$2") ;;
  esac
}

# require_file WHAT PATH: a file that can be read to its end, not a pipe or a device.
require_file() {
  if [[ -e $2 && ! -f $2 ]]; then die $exit_usage "$1: $2 is no file"; fi
  if [[ ! -r $2 ]]; then die $exit_usage "cannot read the $1 $2"; fi
}

# find_config: as an absolute path, since runs and fetched data lie in the repository. Another command runs
# in the caller's folder.
find_config() {
  if ((${#command[@]} > 0)); then
    require_caller
    return
  fi
  absolute_path "${config:-$repository/configs/quickstart.yaml}"
  config=$absolute
  require_file config "$config"
}

require_program() {
  if [[ ! -x $products/srelu ]]; then
    die $exit_environment "srelu is not built: launch/run builds it, or swift build -c release"
  fi
}

# run_command: the other command, with the paths of its flags as the caller sees them; ends with its status.
run_command() {
  require_caller
  cd -- "$caller"
  run_plain "$products/srelu" "${command[@]}"
  check_output
  exit "$status"
}

# run_job: the study, or the other command, with `mpi_options`; ends with its status.
run_job() {
  # mpirun puts a pipe between the ranks and the terminal, so the program cannot ask for its size.
  local size device
  if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then
    { size=$(stty size <&3 2>/dev/null) && device=$(tty <&3); } 3>&1 || true
    if [[ ! ${size:-} =~ ^[1-9][0-9]{0,3}\ [1-9][0-9]{0,3}$ ]]; then size='24 80'; fi
    export SRELU_TERMINAL="${size#* }x${size% *}"
    pass_on SRELU_TERMINAL
    # Its size changes with the window; the program looks.
    if [[ -c ${device:-} ]]; then
      export SRELU_TERMINAL_DEVICE="$device"
      pass_on SRELU_TERMINAL_DEVICE
    fi
  fi
  if ((${#command[@]} > 0)); then run_command; fi
  supervise "$max_restarts" "$products/srelu" sweep "$config" \
    ${sweep_flags[@]+"${sweep_flags[@]}"}
  if [[ $interrupted == yes && $status == "$exit_interrupted" ]]; then
    say 'interrupted; the same command goes on from here'
  fi
  write_report
  check_output
  exit "$status"
}

# run_here: on the cores of this machine.
run_here() {
  cd -- "$repository"
  require_program
  find_cores
  choose_mpi_options "${ranks:-$((cores / threads > 0 ? cores / threads : 1))}" "$threads"
  run_job
}

# The ranks are gone: what the report takes disturbs nobody. Standard output may be JSON.
write_report() {
  if [[ $report == no || -z $folder ]] || ((status > 1)); then return 0; fi
  local flags=()
  if among --allow-foreign-folder ${sweep_flags[@]+"${sweep_flags[@]}"}; then
    flags+=(--allow-foreign-folder)
  fi
  "$products/srelu" report "$folder" ${flags[@]+"${flags[@]}"} >&2 ||
    say "the report could not be written; srelu report $folder tries again"
}
