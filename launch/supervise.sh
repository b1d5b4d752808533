# shellcheck shell=bash
# Keeps a study going while ranks or their launcher die. Sourced by job.sh, after common.sh.
#
# mpirun runs in a session of its own: what a terminal sends reaches us, not the ranks, and whatever is
# left of a run afterwards can be found and ended. All that Open MPI puts into memory and onto the disk
# lies in folders that go with the run.

readonly first_pause=1 longest_pause=60
# What a stop may take before the ranks are ended without asking (SIGUSR1 has no such limit: whoever
# sends it before a time limit knows how long that is).
readonly seconds_to_stop=3

interrupted=no
mpirun=
# Processes that wait: between two runs, and for a stop to take too long.
pausing=
stopping=
run_folder=
memory_folder=
# The study's folder, as the last run told it, and as any did.
folder=
study=

# Folders of the same names on other hosts, and what is left there: for a launcher that has some.
make_folders_elsewhere() { :; }
clean_up_elsewhere() { :; }
# The last thing that is done.
clean_up_launcher() { :; }

# start_launcher COMMAND...: starts the ranks' launcher in the background, in a session of its own, and
# sets `mpirun` to its process. Launchers with other ways override it.
start_launcher() {
  keep_files_in "$run_folder" "$memory_folder"
  setsid mpirun "${mpi_options[@]}" -x SRELU_FOLDER_FILE "${folder_options[@]}" "$@" </dev/null &
  mpirun=$!
}

# The launcher's session and every process in it.
end_session() {
  if [[ -n $mpirun ]]; then pkill -KILL -s "$mpirun" 2>/dev/null || true; fi
}

remove_run_folders() {
  if [[ -n $run_folder ]]; then clean_up_elsewhere; fi
  # A signal to the whole process group ends it too: twice is enough.
  local try
  for try in 1 2; do
    if rm -rf -- ${run_folder:+"$run_folder"} ${memory_folder:+"$memory_folder"}; then break; fi
  done
  run_folder='' memory_folder=''
}

# What waits in the background would hold whoever reads our output.
end_waits() {
  if [[ -n $pausing ]]; then kill -KILL "$pausing" 2>/dev/null || true; fi
  if [[ -n $stopping ]]; then
    pkill -KILL -P "$stopping" 2>/dev/null || true
    kill -KILL "$stopping" 2>/dev/null || true
  fi
  pausing='' stopping=''
}

clean_up() {
  end_session
  end_waits
  remove_run_folders
}

# on_signal NAME: the first asks the ranks to write checkpoints and leave; a second SIGINT ends them.
on_signal() {
  if [[ $interrupted == yes ]]; then
    if [[ $1 == INT ]]; then end_session; fi
    return 0
  fi
  interrupted=yes
  # Whoever ends a process and its group sends it twice. What is started from here on ignores it too.
  if [[ $1 == TERM ]]; then trap '' TERM HUP; fi
  if [[ -z $mpirun ]]; then
    end_waits
    return 0
  fi
  # mpirun passes this one on to all ranks.
  kill -USR1 "$mpirun" 2>/dev/null || true
  if [[ $1 == USR1 ]]; then return 0; fi
  {
    sleep "$seconds_to_stop"
    end_session
  } &
  stopping=$!
}

# launch_once COMMAND...: one run; sets `status`.
launch_once() {
  run_folder=$(mktemp -d)
  if [[ -d /dev/shm && -w /dev/shm ]]; then
    memory_folder=$(mktemp -d /dev/shm/srelu.XXXXXX)
  else
    memory_folder=$(mktemp -d)
  fi
  folder=
  if ! make_folders_elsewhere; then
    status=$exit_environment
    clean_up
    return
  fi
  export SRELU_FOLDER_FILE="$run_folder/study"
  start_launcher "$@"
  if [[ $interrupted == yes ]]; then kill -USR1 "$mpirun" 2>/dev/null || true; fi
  status=0
  # Without the shell's own remark about a launcher that was killed.
  { wait "$mpirun" || status=$?; } 2>/dev/null
  # A trap ends the wait before mpirun has ended.
  while kill -0 "$mpirun" 2>/dev/null; do
    status=0
    { wait "$mpirun" || status=$?; } 2>/dev/null
  done
  if [[ -r $run_folder/study ]]; then IFS= read -r -d '' folder <"$run_folder/study" || true; fi
  if [[ -n $folder ]]; then study=$folder; fi
  clean_up
  mpirun=
}

# Whether the last run ended as it meant to, whatever its status: its journal says that it closed.
ended_in_order() {
  [[ -n $folder ]] && tail -n 1 -- "$folder/journal.jsonl" 2>/dev/null | grep -q '"event":"closed"'
}

# The code that the study itself ended with.
code_of_study() {
  tail -n 1 -- "$folder/journal.jsonl" | sed -n 's/.*"code":\([0-9]*\).*/\1/p'
}

# How far the study has come, as a number that grows with every epoch.
progress_of_study() {
  local text
  text=$("$products/srelu" status --json "$folder" 2>/dev/null) || true
  sed -n 's/.*"progress" *: *\([0-9]*\).*/\1/p' <<<"$text" | head -n 1
}

say_how_it_died() {
  if ((status == 137)); then
    say 'a rank was killed (signal 9), most often for want of memory: fewer --ranks need less'
  elif ((status > 128 && status < 160)); then
    say "a rank or mpirun ended with signal $((status - 128))"
  elif ((status != exit_interrupted)); then
    say "mpirun ended with status $status before the study did"
  fi
}

# supervise MAX_RESTARTS COMMAND...: runs the command and starts it again while it dies; sets
# `status`. The restarts are counted anew whenever the study has come further.
supervise() {
  local most=$1 restarts=0 pause=$first_pause best=-1 now
  shift
  trap 'clean_up; clean_up_launcher' EXIT
  trap 'on_signal INT' INT
  trap 'on_signal TERM' TERM HUP
  trap 'on_signal USR1' USR1
  launch_once "$@"
  while true; do
    if ended_in_order; then
      if [[ $status != "$(code_of_study)" ]]; then
        say "the job died after the study had ended: srelu report $folder shows what it came to"
        status=$(code_of_study) || true
      fi
      return
    fi
    if [[ $interrupted == yes ]]; then
      status=$exit_interrupted
      return
    fi
    # It had no study to run: --help, --version.
    if [[ -z $folder ]] && ((status == 0)); then return; fi
    # What the program says before it opens the study needs the user, not another try; but a folder
    # may be in use for a moment by what is left of the last run.
    if [[ -z $folder ]] && ((status != exit_environment || restarts == 0)); then
      case $status in
        "$exit_usage" | "$exit_bad_data" | "$exit_environment" | "$exit_cannot_write") return ;;
      esac
    fi
    if [[ -n $folder ]] && ((status == exit_cannot_write || status == exit_bad_data)); then
      return
    fi
    say_how_it_died
    now=$(progress_of_study) || true
    if ((${now:-0} > best)); then
      best=${now:-0} restarts=0 pause=$first_pause
    fi
    if ((restarts >= most)); then
      say "given up after $restarts restarts without progress; the same command goes on from here"
      status=$exit_interrupted
      return
    fi
    restarts=$((restarts + 1))
    say "starting again in $pause s (restart $restarts of at most $most without progress)"
    sleep "$pause" &
    pausing=$!
    wait "$pausing" || true
    pausing=
    pause=$((2 * pause < longest_pause ? 2 * pause : longest_pause))
    if [[ $interrupted == yes ]]; then
      status=$exit_interrupted
      return
    fi
    # What failed in this study's time has failed; only a new call tries it again.
    launch_once "$@" --retry none
  done
}
