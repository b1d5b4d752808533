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

# Whether it is a study that runs, to be started again, or another command. A study is asked to stop by a
# signal that mpirun passes on to all ranks; other commands don't know that one.
is_supervised=yes
stop_signal=USR1
interrupted=no
mpirun=
# Processes that wait: between two runs, and for a stop to take too long.
pausing=
stopping=
run_folder=
memory_folder=
# What picks the launcher's pages out of its standard error.
picking=
# What copies its standard output to ours.
copying=
# What mpirun's own pages were about in the last run: `lost` hosts, `other` things.
pages=
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
  if [[ $is_supervised == yes ]]; then folder_options+=(-x SRELU_FOLDER_FILE); fi
  start_apart mpirun "${mpi_options[@]}" "${folder_options[@]}" "$@"
}

# start_apart COMMAND...: in a session of its own, its pages picked out; sets `mpirun` and `picking`.
start_apart() {
  mkfifo -m 600 -- "$run_folder/errors"
  {
    # It ends with the last process that writes to it, and not where it can't write itself: the ranks' launcher
    # would have no reader then, and die of that.
    set +e
    trap '' INT TERM HUP USR1 PIPE XFSZ
    pages_file="$run_folder/pages"
    pick_out_deaths <"$run_folder/errors" >&2
  } &
  picking=$!
  disown "$picking"
  # At a terminal the launcher writes by itself: the program draws there.
  if [[ -t 1 ]]; then
    setsid "$@" </dev/null 2>"$run_folder/errors" &
  else
    mkfifo -m 600 -- "$run_folder/output"
    # Both ends are opened here: ended before it has opened its own, neither side would be missed by the
    # other. The first lets the others be opened without waiting.
    local both from to
    exec {both}<>"$run_folder/output" {from}<"$run_folder/output" {to}>"$run_folder/output" {both}>&-
    copy_output "$run_folder/lost" <&"$from" {from}<&- {to}>&- &
    copying=$!
    disown "$copying"
    setsid "$@" </dev/null >&"$to" 2>"$run_folder/errors" {from}<&- {to}>&- &
    mpirun=$!
    exec {from}<&- {to}>&-
    return
  fi
  mpirun=$!
}

# copy_output LOST: to our standard output. mpirun drops without a word what it can't write; here the
# reason goes to the file LOST, and the study, which lies in its folder, goes on.
copy_output() {
  trap '' INT TERM HUP USR1 PIPE XFSZ
  # cat takes it for an error where a descriptor doesn't wait; whoever had it before us may have left it so.
  perl -MFcntl -e 'fcntl STDOUT, F_SETFL, fcntl(STDOUT, F_GETFL, 0) & ~O_NONBLOCK' 2>/dev/null || true
  {
    LC_ALL=C cat 2>"$1.reason" || {
      mv -- "$1.reason" "$1"
      cat >/dev/null
    }
  } 2>/dev/null
}

# All that was written comes before our end, however long its reader takes; sets `lost_output`.
end_copying() {
  local reason
  if [[ -z $copying ]]; then return 0; fi
  while kill -0 "$copying" 2>/dev/null; do sleep 0.1 || true; done
  copying=
  if [[ -e $run_folder/lost ]]; then
    reason=$(head -n 1 -- "$run_folder/lost") || true
    # shellcheck disable=SC2034  # job.sh
    lost_output=${reason##*: }
    lost_output=${lost_output:-no reason is known}
  fi
}

# Its reader isn't waited for any longer.
stop_copying() {
  if [[ -z $copying ]]; then return 0; fi
  pkill -KILL -P "$copying" 2>/dev/null || true
  kill -KILL "$copying" 2>/dev/null || true
}

# What the launcher said comes before what we say about it.
end_picking() {
  local try
  if [[ -z $picking ]]; then return 0; fi
  for ((try = 0; try < 20; try++)); do
    if ! kill -0 "$picking" 2>/dev/null; then break; fi
    sleep 0.1
  done
  pkill -KILL -P "$picking" 2>/dev/null || true
  kill -KILL "$picking" 2>/dev/null || true
  picking=
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
  end_picking
  stop_copying
  end_waits
  remove_run_folders
}

# on_signal NAME: the first asks the ranks to write checkpoints and leave; a second SIGINT ends them.
on_signal() {
  if [[ $interrupted == yes ]]; then
    if [[ $1 == INT ]]; then
      end_session
      sleep 0.2 || true
      stop_copying
    fi
    return 0
  fi
  interrupted=yes
  # Whoever ends a process and its group sends it twice. What is started from here on ignores it too.
  if [[ $1 == TERM ]]; then trap '' TERM HUP; fi
  if [[ -z $mpirun ]]; then
    end_waits
    return 0
  fi
  kill "-$stop_signal" "$mpirun" 2>/dev/null || true
  if [[ $1 == USR1 ]]; then return 0; fi
  {
    sleep "$seconds_to_stop" && end_session && sleep 0.2 && stop_copying
  } 2>/dev/null &
  stopping=$!
  # Ended before its time, the shell is not to remark on it.
  disown "$stopping"
}

# What the ranks of a machine share lies in memory, where that is there and has room for Open MPI's own
# part of it: 4 MB a rank, and some.
make_memory_folder() {
  local room
  room=$(stat -f -c '%a %S' /dev/shm 2>/dev/null) || true
  if is_number "${room% *}" && is_number "${room#* }" &&
    ((${room% *} * ${room#* } >= (ranks_here + 1) * 5000000)) &&
    memory_folder=$(mktemp -d /dev/shm/srelu.XXXXXX 2>/dev/null); then
    return
  fi
  say "there is no room in /dev/shm, or it isn't there: ranks share memory through files in" \
    "${TMPDIR:-/tmp}, which may be slower"
  memory_folder=$(new_folder) || exit
}

# launch_once COMMAND...: one run; sets `status`.
launch_once() {
  run_folder=$(new_folder) || exit
  make_memory_folder
  folder=
  if ! make_folders_elsewhere; then
    status=$exit_environment
    clean_up
    return
  fi
  if [[ $is_supervised == yes ]]; then export SRELU_FOLDER_FILE="$run_folder/study"; fi
  start_launcher "$@"
  if [[ $interrupted == yes ]]; then kill "-$stop_signal" "$mpirun" 2>/dev/null || true; fi
  status=0
  # Without the shell's own remark about a launcher that was killed.
  { wait "$mpirun" || status=$?; } 2>/dev/null
  # A trap ends the wait before mpirun has ended.
  while kill -0 "$mpirun" 2>/dev/null; do
    status=0
    { wait "$mpirun" || status=$?; } 2>/dev/null
  done
  end_session
  end_picking
  end_copying
  pages=$(cat -- "$run_folder/pages" 2>/dev/null) || true
  if [[ -r $run_folder/study ]]; then IFS= read -r -d '' folder <"$run_folder/study" || true; fi
  if [[ -n $folder ]]; then study=$folder; fi
  clean_up
  mpirun=
}

# Whether the last run ended as it meant to, whatever its status: its journal says that it closed.
ended_in_order() {
  [[ -n $folder ]] && tail -n 1 -- "$folder/journal.jsonl" 2>/dev/null | grep -q '"event":"closed"'
}

# The code that the study itself ended with; that of a bug where the journal has none.
code_of_study() {
  local code
  code=$(tail -n 1 -- "$folder/journal.jsonl" | sed -n 's/.*"code":\([0-9]*\).*/\1/p') || true
  if ! is_number "$code" || ((code > 255)); then code=70; fi
  printf '%s\n' "$code"
}

# How far the study has come, as a number that grows with every epoch; 0 where nobody knows.
progress_of_study() {
  local text number
  text=$("$products/srelu" status --json "$folder" 2>/dev/null) || true
  number=$(sed -n 's/.*"progress" *: *\([0-9]*\).*/\1/p' <<<"$text" | head -n 1) || true
  if ! is_number "$number"; then number=0; fi
  printf '%s\n' "$number"
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

# asks_for_words COMMAND...: whether it has no study to run, and says something of itself instead.
asks_for_words() {
  local word
  for word; do
    case $word in -h | --help | --help-hidden | --version | --generate-completion-script*) return 0 ;; esac
  done
  return 1
}

# What the ranks' launcher ends with, before there is a study, when something failed that may be right
# the next time: a launcher of several hosts loses one.
passing_statuses=()

# was_refused: whether the ranks' launcher ended of itself before there was a study, with a status that is
# neither the program's nor that of a signal: it didn't like what it was given, or can't run here.
was_refused() {
  local passing
  if [[ -n $folder ]]; then return 1; fi
  case $status in 0 | 6[0-9] | 7[0-9]) return 1 ;; esac
  if ((status >= 128 && status < 160)); then return 1; fi
  for passing in ${passing_statuses[@]+"${passing_statuses[@]}"}; do
    if ((status == passing)); then return 1; fi
  done
}

# supervise MAX_RESTARTS COMMAND...: runs the command and starts it again while it dies; sets
# `status`. The restarts are counted anew whenever the study has come further.
supervise() {
  local most=$1 restarts=0 pause=$first_pause best=-1 now=0 lacking=no code
  shift
  trap 'clean_up; clean_up_launcher' EXIT
  trap 'on_signal INT' INT
  trap 'on_signal TERM' TERM HUP
  trap 'on_signal USR1' USR1
  launch_once "$@"
  while true; do
    if ended_in_order; then
      code=$(code_of_study)
      if [[ $status != "$code" ]]; then
        # Ranks that take their time with leaving are ended.
        [[ $interrupted == yes ]] || say "the job died after the study had ended: srelu report $folder shows what it came to"
        status=$code
      fi
      return
    fi
    # Killed, the ranks leave the cursor behind the last of the lines that move.
    if [[ -n $folder && -n ${SRELU_TERMINAL:-} ]]; then { echo; } 2>/dev/null || true; fi
    if [[ $interrupted == yes ]]; then
      status=$exit_interrupted
      return
    fi
    # Without a study that ended, 0 is what a launcher says that has lost a host.
    if [[ -z $folder ]] && ((status == 0)) && asks_for_words "$@"; then return; fi
    # What the program says before it opens the study needs the user, not another try; but a folder
    # may be in use for a moment by what is left of the last run.
    if [[ -z $folder ]] && ((status != exit_environment || restarts == 0)); then
      case $status in
        "$exit_usage" | "$exit_bad_data" | "$exit_environment" | "$exit_cannot_write") return ;;
      esac
    fi
    if [[ -n $folder ]]; then
      case $status in "$exit_usage" | "$exit_bad_data" | "$exit_cannot_write") return ;; esac
    fi
    say_how_it_died
    if was_refused; then
      say "no rank came as far as the study, and another try wouldn't help: the reason is above"
      status=$exit_environment
      return
    fi
    if [[ -n $folder ]]; then now=$(progress_of_study); fi
    if ((now > best)); then
      best=$now restarts=0 pause=$first_pause lacking=no
    fi
    # In a study the program leaves so where the machine lacks something, as memory for ranks to share: it may
    # be there a moment later, and so one more try is made, but no others.
    if ((status == exit_environment)); then
      if [[ $lacking == yes ]] || { [[ -n $folder ]] && ((restarts >= most)); }; then
        say 'not started again, since another try would hardly help: the reason is above'
        return
      fi
      if [[ -n $folder ]]; then lacking=yes; fi
    fi
    if ((restarts >= most)) && [[ -z $study ]]; then
      say "given up after $restarts restarts: no rank came as far as the study (the reason is above)"
      status=$exit_environment
      return
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
    # A signal ends it; without the shell's remark about that.
    { wait "$pausing" || true; } 2>/dev/null
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

# run_plain COMMAND...: another command than a study, once; sets `status`.
run_plain() {
  is_supervised=no stop_signal=TERM
  trap 'clean_up; clean_up_launcher' EXIT
  trap 'on_signal INT' INT
  trap 'on_signal TERM' TERM HUP
  trap 'kill -USR1 "$mpirun" 2>/dev/null || true' USR1
  launch_once "$@"
  if [[ $interrupted == yes ]] && ((status != 0)); then
    status=$exit_interrupted
  elif ((status == 0)) && [[ $pages == *lost* ]]; then
    say 'a host was lost: the command may not have come to its end'
    status=$exit_environment
  elif ((status >= 128 && status < 160)); then
    say_how_it_died
  elif ((status >= 160)) || { ((status == 1)) && [[ -n $pages ]]; }; then
    # A status of mpirun's own, whose reason stands above.
    status=$exit_environment
  fi
}
