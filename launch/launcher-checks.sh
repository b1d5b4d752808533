# shellcheck shell=bash
# Checks of the launchers, sourced by test-supervisor: each is called in a copy of the repository whose
# program, mpirun, ssh and scontrol only pretend. Nothing is trained, and no network is needed.

place="$scratch/place"       # where they are called
copy="$scratch/a copy of it" # the repository
fakes="$scratch/fakes"       # the programs that pretend
mkdir -p "$place" "$fakes" "$copy/.build/release" "$copy/.build/launch" "$copy/Sources" "$scratch/tmp"
cp -R -- "$repository/launch" "$repository/configs" "$copy/"
: >"$copy/Package.swift"
printf 'name: s\n' >"$place/s.yaml"

# pretend NAME: a program, from standard input.
pretend() { cat >"$fakes/$1" && chmod +x "$fakes/$1"; }

# Each leaves word of how it was called, and does what $HOW says.
pretend mpirun <<'FAKE'
#!/usr/bin/env bash
if [[ $1 == --version ]]; then echo "mpirun (Open MPI) ${MPI_VERSION:-4.1.4}"; exit; fi
{ pwd -P; printf '%s\n' "$@"; } >"$SCRATCH/called"
env | sort >"$SCRATCH/environment"
if [[ -n ${SRELU_FOLDER_FILE:-} && ${HOW:-} != refuses ]]; then
  mkdir -p "$SCRATCH/results"
  printf '{"code":0,"event":"closed"}\n' >"$SCRATCH/results/journal.jsonl"
  printf '%s' "$SCRATCH/results" >"$SRELU_FOLDER_FILE"
fi
cat -- "${PAGES:-/dev/null}" >&2 || exit 141
cat -- "${WORDS:-/dev/null}" 2>/dev/null || exit 141
if [[ ${HOW:-} == awaits ]]; then
  for ((try = 0; try < 600; try++)); do
    if [[ -e $SCRATCH/read ]]; then echo yes >"$SCRATCH/in-time"; break; fi
    /bin/sleep 0.05
  done
fi
exit "${STATUS:-0}"
FAKE
ln -s "$products/srelu" "$copy/.build/release/srelu"
cat >"$SRELU_PROGRAM" <<'FAKE'
#!/usr/bin/env bash
if [[ $1 == report ]]; then echo yes >"$SCRATCH/reported"; fi
echo "the program: $*"
FAKE
chmod +x "$SRELU_PROGRAM"
: >"$copy/.build/launch/srelu-built"

# launch NAME EXPECTED_STATUS EXPECTED_TEXT COMMAND...: called in $place, with the programs that pretend
# and a folder for temporary files of its own, which is to be empty afterwards. Variables may stand
# before COMMAND. What it wrote stays in `output`.
launch() {
  local name="launchers: $1" expected=$2 text=$3 status=0
  shift 3
  rm -f -- "$scratch/called" "$scratch/environment"
  output=$(cd -- "$place" && env PATH="$fakes:${PATH#*:}" TMPDIR="$scratch/tmp" timeout --kill-after=5 60 \
    env "$@" </dev/null 2>&1) || status=$?
  expect "$name: exit status" "$expected" "$status"
  if [[ $output == *"$text"* ]]; then passed "$name: says so"; else failed "$name: says so" "$output"; fi
  expect "$name: nothing is left" '' "$(ls -A "$scratch/tmp")"
}

# silent NAME PATTERN: what the last one wrote has none of this.
silent() {
  if grep -qaE -- "$2" <<<"$output"; then
    failed "launchers: $1" "$output"
  else
    passed "launchers: $1"
  fi
}

# called_with WORD...: whether mpirun got these words in a row.
called_with() {
  local words
  words=$(tr '\n' ' ' <"$scratch/called")
  [[ $words == *" $* "* ]] && echo yes
}

local="$copy/launch/local"
# launch/run, where the tools of the build aren't asked for: whether they are here is not what this is about.
cat >"$scratch/run" <<DRIVER
#!/usr/bin/env bash
set -- --no-install "\$@"
BASH_ARGV0=run
source <(sed -e 's|\\\${BASH_SOURCE\[0\]}|$copy/launch/run|' -e 's|^set_up_tools .*||' "$copy/launch/run")
DRIVER
chmod +x "$scratch/run"

# --- Where it is called from ------------------------------------------------------------------

launch 'a study' 0 'the program: report' "$local" s.yaml
expect 'launchers: a study runs in the repository' "$copy" "$(head -n 1 "$scratch/called")"
expect "launchers: the config is the caller's" yes "$(called_with sweep "$place/s.yaml")"
launch 'sweep before the config' 0 '' "$local" sweep s.yaml --output-dir out
expect 'launchers: sweep before the config is no command' yes \
  "$(called_with sweep "$place/s.yaml" --output-dir "$place/out")"
launch 'another command' 0 '' "$local" plan s.yaml
expect "launchers: another command runs in the caller's folder" "$place" "$(head -n 1 "$scratch/called")"
launch 'a relative folder of data' 0 '' SRELU_DATA=mine "$local" s.yaml
expect 'launchers: a relative folder of data is that of the caller' "SRELU_DATA=$place/mine" \
  "$(grep ^SRELU_DATA= "$scratch/environment")"
ln -s "$local" "$place/by-link"
ln -s "$copy/launch" "$place/folder"
ln -s "$copy" "$place/link"
for path in by-link folder/local link/launch/local; do
  launch "called as $path" 0 'the program: report' "./$path" s.yaml
done
launch 'CDPATH' 0 'the program: report' CDPATH="$copy" "$local" s.yaml
mkdir "$place/gone"
launch 'a folder that is gone' 0 '' bash -c 'cd gone && rmdir ../gone && exec "$@"' bash "$local" \
  "$place/s.yaml"
mkdir "$place/gone"
launch 'another command in a folder that is gone' $exit_usage 'is gone or may not be entered: cd to another one' \
  bash -c 'cd gone && rmdir ../gone && exec "$@"' bash "$local" plan s.yaml
launch 'no HOME, no USER' 0 'the program: report' -u HOME -u USER -u LOGNAME "$local" s.yaml
expect 'launchers: no HOME, no USER: Open MPI gets a home' 1 "$(grep -c '^HOME=/' "$scratch/environment")"
for language in de_DE.UTF-8 C.UTF-8 tr_TR.UTF-8; do
  launch "in the language $language" 0 'the program: report' LC_ALL=$language LANG=$language "$local" s.yaml
done

mkdir -p "$place/gone"
launch 'run, in a folder that is gone' 0 'the program: report' bash -c 'cd gone && rmdir ../gone && exec "$@"' \
  bash "$scratch/run" "$place/s.yaml"
for arguments in s.yaml doctor "--output-dir out $place/s.yaml"; do
  mkdir -p "$place/gone"
  # shellcheck disable=SC2086  # words
  launch "run $arguments, in a folder that is gone" $exit_usage 'is gone or may not be entered: cd to another one' \
    bash -c 'cd gone && rmdir ../gone && exec "$@"' bash "$scratch/run" $arguments
  expect "launchers: run $arguments, in a folder that is gone: it isn't made again" no \
    "$([[ -e $place/gone ]] && echo yes || echo no)"
done

# --- Files that have no end --------------------------------------------------------------------

mkfifo "$place/p.yaml"
ln -s /dev/zero "$place/zero.yaml"
for path in p.yaml zero.yaml; do
  launch "run $path" $exit_usage "$path is no file" "$scratch/run" "$path"
  launch "hosts --hostfile $path" $exit_usage "$path is no file" "$copy/launch/hosts" --hostfile "$path" s.yaml
done

launch 'a name that a terminal would obey' $exit_usage 'cannot read the config' "$local" $'\033]0;owned\007.yaml'
silent 'a name that a terminal would obey: is not shown so' $'[\001-\010\013-\037]'

# --- Standard output ---------------------------------------------------------------------------

# What the program writes, as mpirun passes it on: bytes, the last line without an end.
printf 'one\n\0two\377\n%200000s\nlast' x >"$scratch/words"
# to PLACE COMMAND...: with its standard output there; closed where that is -.
cat >"$scratch/to" <<'DRIVER'
if [[ $1 == - ]]; then exec >&-; else exec >"$1"; fi
shift
exec "$@"
DRIVER
for arguments in s.yaml 'plan s.yaml' '--no-report s.yaml'; do
  # shellcheck disable=SC2086  # words
  launch "$arguments, to a file" 0 '' WORDS="$scratch/words" bash "$scratch/to" "$scratch/written" \
    "$local" $arguments
  expect "launchers: $arguments, to a file: all of it" "$(sha256sum <"$scratch/words")" \
    "$(sha256sum <"$scratch/written")"
  # shellcheck disable=SC2086  # words
  launch "$arguments, to a full disk" $exit_cannot_write "local: standard output can't be written: No space" \
    WORDS="$scratch/words" bash "$scratch/to" /dev/full "$local" $arguments
  silent "$arguments, to a full disk: in words of our own" 'cat:|line [0-9]+:'
  # shellcheck disable=SC2086  # words
  launch "$arguments, closed" $exit_cannot_write "local: standard output can't be written: it is closed" \
    WORDS="$scratch/words" bash "$scratch/to" - "$local" $arguments
  expect "launchers: $arguments, closed: nothing is started" no \
    "$([[ -e $scratch/called ]] && echo yes || echo no)"
done
# There bash leaves without a word at an error of a builtin.
launch 'closed, in POSIX mode' $exit_cannot_write "local: standard output can't be written: it is closed" \
  POSIXLY_CORRECT=1 bash "$scratch/to" - "$local" s.yaml
launch 'a full disk, and a report' $exit_cannot_write 'the program: report' WORDS="$scratch/words" \
  bash "$scratch/to" /dev/full "$local" s.yaml
launch "a full disk, and a status of the command's own" $exit_usage "can't be written" STATUS=64 \
  HOW=refuses WORDS="$scratch/words" bash "$scratch/to" /dev/full "$local" plan s.yaml
launch 'nothing to write, to a full disk' 0 '' bash "$scratch/to" /dev/full "$local" plan s.yaml
cat >"$scratch/left" <<'DRIVER'
{ "$@" || echo "ended with $?" >&2; } | head -n 1
DRIVER
launch 'a reader that left' 0 "ended with $exit_cannot_write" WORDS="$scratch/words" \
  bash "$scratch/left" "$local" s.yaml
expect 'launchers: a reader that left: the report is written' 1 "$(grep -c 'the program: report' <<<"$output")"
silent 'a reader that left: nothing is said' "can't be written|Broken pipe"
# The last of it is written after mpirun has left, and all of it before the launcher has.
# (Of so much mpirun gets rid without a reader: it lies in two pipes and in what copies from one to the other.)
head -c 150000 "$scratch/words" >"$scratch/fewer"
# shellcheck disable=SC2016  # the inner shell's
launch 'a reader that takes its time' 0 "$(sha256sum <"$scratch/fewer")" \
  bash -c '{ "$@" && : >"$SCRATCH/ended"; } 2>/dev/null | {
    /bin/sleep 2
    if [[ -e $SCRATCH/ended ]]; then echo early; fi
    sha256sum; }' bash env WORDS="$scratch/fewer" "$local" --no-report s.yaml
silent 'a reader that takes its time: the launcher waits' early
# What is written comes through while the program still runs.
launch 'a line at once' 0 'came: one' bash -c '"$@" | { read -r line && echo "came: $line" && echo >"$SCRATCH/read"
  cat >/dev/null; }' bash env WORDS="$scratch/words" HOW=awaits "$local" plan s.yaml
expect 'launchers: a line at once: before the end' yes "$(cat "$scratch/in-time" 2>/dev/null)"
for name in local hosts run slurm; do
  launch "$name --help, to a full disk" $exit_cannot_write "$name: standard output can't be written: No space" \
    bash "$scratch/to" /dev/full "$copy/launch/$name" --help
  silent "$name --help, to a full disk: in words of our own" 'cat:|line [0-9]+:'
  launch "$name --help, closed" $exit_cannot_write "$name: standard output can't be written: it is closed" \
    bash "$scratch/to" - "$copy/launch/$name" --help
  launch "$name --help" 0 'Exit codes: 0 done' "$copy/launch/$name" --help
done

# Standard error: what can't be said there changes nothing.
for ((line = 0; line < 3000; line++)); do echo "a line that the program says, and another one, number $line"; done \
  >"$scratch/many"
cat >"$scratch/errors-to" <<'DRIVER'
if [[ $1 == - ]]; then exec 2>&-; else exec 2>"$1"; fi
shift
exec "$@"
DRIVER
for place_of_errors in /dev/full -; do
  rm -f -- "$scratch/reported"
  for arguments in s.yaml 'plan s.yaml'; do
    # shellcheck disable=SC2086  # words
    launch "$arguments, errors to $place_of_errors" 0 last WORDS="$scratch/words" PAGES="$scratch/many" \
      bash "$scratch/errors-to" "$place_of_errors" "$local" $arguments
  done
  expect "launchers: errors to $place_of_errors: the report is written" yes "$(cat "$scratch/reported" 2>/dev/null)"
  launch "a wrong flag, errors to $place_of_errors" $exit_usage '' \
    bash "$scratch/errors-to" "$place_of_errors" "$local" --ranks x s.yaml
done
cat >"$scratch/errors-left" <<'DRIVER'
{ { "$@" 2>&1 >&3 || echo "ended with $?" >&3; } | head -n 1 >/dev/null; } 3>&1
DRIVER
launch 'a reader of errors that left' 0 last WORDS="$scratch/words" PAGES="$scratch/many" \
  bash "$scratch/errors-left" "$local" s.yaml
silent 'a reader of errors that left: ends as it would' 'ended with'
launch 'no standard input' 0 'the program: report' bash -c 'exec <&-; exec "$@"' bash "$local" s.yaml

# --- Folders for temporary files ---------------------------------------------------------------

for folder in "$scratch/nowhere" "$place/s.yaml"; do
  launch "TMPDIR=${folder##*/}" $exit_cannot_write "$folder (TMPDIR)" TMPDIR="$folder" "$local" s.yaml
done
for folder in 'a b' 'a,b' "a'b" 'a:b' 'a"b'; do
  mkdir "$place/$folder"
  launch "TMPDIR=$folder" 0 'the program: report' TMPDIR="$place/$folder" "$local" s.yaml
  launch "TMPDIR=$folder, relative" 0 'the program: report' TMPDIR="$folder" "$local" s.yaml
  expect "launchers: TMPDIR=$folder: nothing is left" '' "$(ls -A "$place/$folder")"
done
# Where we may make mounts: a full folder, memory for sharing that is small or absent, no /proc.
if unshare --mount true 2>/dev/null; then
  mkdir "$scratch/full"
  mounted() { unshare --mount bash -c "$1"' && shift && exec "$@"' bash "$@"; }
  export -f mounted
  launch 'a full TMPDIR' $exit_cannot_write 'No space left' TMPDIR="$scratch/full" \
    bash -c 'mounted "$@"' bash \
    "mount -t tmpfs -o size=64k tmpfs '$scratch/full' && ! head -c 1m /dev/zero >'$scratch/full/x' 2>/dev/null" \
    "$local" s.yaml
  for size in size=1m ro; do
    launch "/dev/shm, $size" 0 'no room in /dev/shm' bash -c 'mounted "$@"' bash \
      "mount -t tmpfs -o $size tmpfs /dev/shm" "$local" s.yaml
    expect "launchers: /dev/shm, $size: what ranks share lies elsewhere" yes \
      "$(grep -q "^$scratch/tmp/" <(grep -A 1 backing_directory "$scratch/called") && echo yes)"
  done
  launch 'no /proc' $exit_environment '/proc is not mounted' bash -c 'mounted "$@"' bash \
    'mount -t tmpfs tmpfs /proc' "$local" s.yaml
fi

# --- What is missing ---------------------------------------------------------------------------

# The programs of this machine without some.
mkdir "$scratch/without"
for file in /usr/bin/* /bin/*; do
  case ${file##*/} in
    mpirun* | mpiexec* | orterun* | prterun* | gnuplot* | curl | apt-get) ;;
    *) ln -sf "$file" "$scratch/without/" ;;
  esac
done
launch 'no mpirun' $exit_environment 'mpirun is not in PATH' PATH="$scratch/without" "$local" s.yaml
launch 'no mpirun, another command' $exit_environment 'mpirun is not in PATH' PATH="$scratch/without" \
  "$local" doctor
launch 'no mpirun, hosts' $exit_environment 'mpirun is not in PATH' PATH="$scratch/without" \
  "$copy/launch/hosts" --hosts localhost:1 s.yaml
ln -sf "$fakes/mpirun" "$scratch/without/"
pretend none-of-ours <<'FAKE'
#!/bin/sh
echo HYDRA build details:
FAKE
mkdir "$scratch/hydra"
cp "$fakes/none-of-ours" "$scratch/hydra/mpirun"
launch "another MPI's mpirun" $exit_environment "is not Open MPI's" PATH="$scratch/hydra:$PATH" "$local" s.yaml
for name in find grep head readlink; do
  mkdir "$scratch/without-$name"
  cp -P -- "$scratch/without/"* "$scratch/without-$name/"
  rm -- "$scratch/without-$name/$name"
  launch "no $name" $exit_environment "local: $name is not in PATH" PATH="$scratch/without-$name" "$local" s.yaml
  silent "no $name: in words of our own" 'line [0-9]+:|not found'
done
mv -- "$scratch/without/dirname" "$scratch/dirname"
launch 'no dirname' 0 'the program: report' PATH="$scratch/without" "$local" s.yaml
# Whether the tools of the build are here is not what this is about.
cat >"$scratch/set-up" <<DRIVER
set -euo pipefail
source "$copy/launch/common.sh"
need() { :; }
set_up_tools no
echo on it goes
DRIVER
launch 'no gnuplot, no curl' 0 'on it goes' PATH="$scratch/without" bash "$scratch/set-up"
for text in "draws the report's figures" 'fetches data sets'; do
  expect "launchers: no gnuplot, no curl: what is done without: $text" 1 "$(grep -c "$text" <<<"$output")"
done
# Where the sources are newer than the program and nothing can be written.
if unshare --mount true 2>/dev/null; then
  touch -- "$copy/Sources/new.swift"
  echo 'echo swift-driver version: 1.0 Apple Swift version 6.3' | pretend swift
  cat >"$scratch/build" <<DRIVER
set -euo pipefail
source "$copy/launch/common.sh"
build_program
DRIVER
  launch 'a repository that is read-only' $exit_cannot_write "cannot write in $copy" bash -c 'mounted "$@"' \
    bash "mount --bind '$copy' '$copy' && mount -o remount,bind,ro '$copy'" bash "$scratch/build"
  rm -- "$copy/Sources/new.swift" "$fakes/swift"
  touch -- "$copy/.build/launch/srelu-built"
fi

# --- Open MPI's versions -------------------------------------------------------------------------

for version in 4.1.4 5.0.7; do
  launch "Open MPI $version" 0 '' MPI_VERSION=$version "$local" --ranks 1 s.yaml
  expect "launchers: Open MPI $version: no TCP on one machine" yes "$(called_with --mca btl ^tcp)"
  expect "launchers: Open MPI $version: mpirun isn't muted" '' "$(grep quiet "$scratch/called" || true)"
done
# A batch job's variables say nothing about what we count ourselves.
launch 'in a batch job' 0 '' SLURM_JOB_ID=1 SLURM_NTASKS=1 SLURM_TASKS_PER_NODE=1 PBS_JOBID=1 \
  PBS_NODEFILE=/nowhere LSB_JOBID=1 PE_HOSTFILE=/nowhere SLURM_CONF=/nowhere "$local" s.yaml
expect 'launchers: in a batch job: mpirun hears nothing of it' SLURM_CONF=/nowhere \
  "$(grep -E '^(SLURM|PBS|LSB|PE_HOST)' "$scratch/environment" || true)"

# --- What mpirun says --------------------------------------------------------------------------

rule=--------------------------------------------------------------------------
# page TEXT...: as mpirun prints it; 5 ends each with a NUL.
page() { printf '%s\n' "$rule" "$@" "$rule"; }
{
  echo 'srelu: s.yaml: what is wrong'
  page 'Primary job  terminated normally, but 1 process returned' \
    'a non-zero exit code. Per user-direction, the job has been aborted.'
  page 'mpirun detected that one or more processes exited with non-zero status, thus causing' \
    'the job to be terminated. The first process to do so was:' '' '  Process name: [[25064,1],1]' \
    '  Exit code:    64'
  page 'MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD' 'with errorcode 75.'
  echo '[vm:1] 1 more process has sent help message help-mpi-api.txt / mpi-abort'
  echo '[vm:1] Set MCA parameter "orte_base_help_aggregate" to 0 to see all help / error messages'
  echo 'mpirun: Forwarding signal 10 to job'
} >"$scratch/pages-4"
{
  echo 'srelu: s.yaml: what is wrong'
  page 'prterun detected that one or more processes exited with non-zero status,' \
    'thus causing the job to be terminated. The first process to do so was:' '' \
    '   Process name: [prterun-vm-3979@1,1]' '   Exit code:    64'
  printf '\0'
  page 'prterun has exited due to process rank 0 with PID 0 on node vm calling' \
    '"abort". This may have caused other processes in the application to be' \
    'terminated by signals sent by prterun (as reported here).'
  printf '\0'
  echo '[vm:1] PMIX ERROR: PMIX_ERR_UNREACH in file pmix_server.c at line 3146'
} >"$scratch/pages-5"
{
  echo 'srun: error: n1: task 0: Exited with exit code 64'
  echo 'srun: error: n1: tasks 1-3: Exited with exit code 64'
  echo 'srun: launch/slurm: _step_signal: Terminating StepId=2.0'
  echo 'srun: Job step aborted: Waiting up to 32 seconds for job step to finish.'
  echo 'slurmstepd: error: *** STEP 2.0 ON n1 CANCELLED AT 2026-11-28T10:00:00 ***'
  echo 'srelu: s.yaml: what is wrong'
} >"$scratch/pages-srun"
for kind in 4 5 srun; do
  for command in s.yaml 'plan s.yaml'; do
    for code in $exit_usage $exit_bad_data $exit_cannot_write; do
      # shellcheck disable=SC2086  # a command and its argument
      launch "$code from $kind, $command" "$code" 'srelu: s.yaml: what is wrong' STATUS="$code" \
        HOW=refuses PAGES="$scratch/pages-$kind" "$local" $command
      expect "launchers: $code from $kind, $command: nothing but that" 'srelu: s.yaml: what is wrong' \
        "$(grep -v '^local: running as root' <<<"$output")"
    done
  done
done
page 'There are not enough slots available in the system to satisfy the 7' >"$scratch/pages"
for command in s.yaml doctor; do
  launch "what mpirun refuses, $command" $exit_environment 'not enough slots' STATUS=1 HOW=refuses \
    PAGES="$scratch/pages" "$local" "$command"
done
page 'PRTE has lost communication with a remote daemon.' >"$scratch/pages"
launch 'a host that is lost from another command' $exit_environment 'a host was lost' \
  PAGES="$scratch/pages" "$local" doctor
page 'prterun noticed that process rank 1 with PID 4042 on node vm exited on' 'signal 9 (Killed).' \
  >"$scratch/pages"
launch 'a killed rank' 137 'local: rank 1 on vm was ended by signal 9' STATUS=137 HOW=refuses \
  PAGES="$scratch/pages" "$local" doctor
page 'An MPI communication peer process has unexpectedly disconnected.  This' '' '  Local host: alpha' \
  '  Local PID:  7' '  Peer host:  beta' >"$scratch/pages"
launch 'a rank that another host misses' 0 'local: a rank on beta is gone' PAGES="$scratch/pages" "$local" doctor
page "The PMIx server's listener thread failed to start. We cannot" continue. >"$scratch/pages"
launch 'no network' $exit_environment 'ip link set lo up' STATUS=1 HOW=refuses PAGES="$scratch/pages" \
  "$local" s.yaml
printf 'a host says \033]0;owned\007\033[2J\302\233 this\n' >"$scratch/pages"
launch 'what a terminal would obey' 0 'a host says ]0;owned[2J this' PAGES="$scratch/pages" "$local" doctor

# --- Other hosts -------------------------------------------------------------------------------

pretend ssh <<'FAKE'
#!/usr/bin/env bash
cat >/dev/null
cat -- "$SCRATCH/answer"
cat -- "$SCRATCH/complaint" >&2
exit "${SSH_STATUS:-0}"
FAKE
mv -- "$copy" "$scratch/copy" # paths go to other hosts: plain ones
copy="$scratch/copy"
: >"$scratch/complaint"
build=$(sha256sum <"$SRELU_PROGRAM" | cut -c 1-16)
sound=("cores 3" "mpi mpirun (Open MPI) 4.1.4" "build $build")
hosts=("$copy/launch/hosts" --hosts localhost:1,beta --bind none)
# The first host has what a host of Open MPI has.
echo true | pretend orted

# answered NAME STATUS TEXT ANSWER...: a second host says this.
answered() {
  local name=$1 status=$2 text=$3
  shift 3
  printf '%b\n' "$@" >"$scratch/answer"
  launch "a host that says $name" "$status" "$text" "${hosts[@]}" s.yaml
  silent "a host that says $name: nothing that a terminal obeys" $'[\001-\010\013-\037]'
  expect "launchers: a host that says $name: runs no command" '' "$(find "$scratch" -name PWNED)"
}

answered 'what is right' 0 '' "${sound[@]}"
expect 'launchers: a host that says what is right: a rank for each core' yes "$(called_with -np 4)"
for cores in "threads[\$(touch $scratch/PWNED)]" "a[\$(touch $scratch/PWNED >&2)]" '' 0 -1 08 1e3 \
  99999999999999999999 '3; true' '\033[2J3' '$((1))'; do
  answered "cores $cores" $exit_environment 'beta: has no answer that we understand about its cores' \
    "cores $cores" "${sound[@]:1}"
done
answered 'that it has 4096 cores' 0 '' 'cores 4096' "${sound[@]:1}"
for cores in 4097 99999; do
  answered "that it has $cores cores" $exit_environment \
    "hosts: beta: claims $cores cores, and no more than 4096 are believed" "cores $cores" "${sound[@]:1}"
done
answered 'nonsense of its build' $exit_environment \
  'beta: has no answer that we understand about its build' "${sound[@]:0:2}" \
  "build \$(touch $scratch/PWNED)"
answered 'terminal escapes of its MPI' $exit_environment 'about its mpi' "${sound[0]}" \
  'mpi mpirun (Open MPI) 4.1.4\033]0;owned\007' "${sound[2]}"
answered 'another version' $exit_environment "they don't understand each other" "${sound[0]}" \
  'mpi mpirun (Open MPI) 4.0.3' "${sound[2]}"
answered 'what a login prints too' 0 '' 'Welcome! \033[31m' "${sound[@]}"
printf 'Permission denied \033]0;owned\007(publickey).\n' >"$scratch/complaint"
: >"$scratch/answer"
launch 'a host that refuses us' $exit_environment 'Permission denied ?]0;owned?(publickey)' \
  SSH_STATUS=255 "${hosts[@]}" s.yaml
: >"$scratch/complaint"
# One that says more than is listened to.
mkdir "$scratch/endless"
printf '#!/bin/sh\nexec cat /dev/zero >&2\n' >"$scratch/endless/ssh"
chmod +x "$scratch/endless/ssh"
launch 'a host that complains without end' $exit_environment 'beta: ssh' \
  bash -c 'PATH=$SCRATCH/endless:$PATH exec "$@"' bash "${hosts[@]}" s.yaml
silent "a host that complains without end: nothing of the shell's" 'limit|core dumped|line [0-9]+:'
# One that says nothing, and a user who has waited enough.
mkdir "$scratch/slow"
printf '#!/bin/sh\necho asked >"$SCRATCH/asked"\nexec /bin/sleep "$LONG"\n' >"$scratch/slow/ssh"
chmod +x "$scratch/slow/ssh"
for signal in INT TERM HUP; do
  rm -f "$scratch/asked"
  status=0
  (cd -- "$place" && exec env "--default-signal=$signal" PATH="$scratch/slow:$fakes:${PATH#*:}" \
    TMPDIR="$scratch/tmp" "${hosts[@]}" s.yaml >"$scratch/said" 2>&1) &
  process=$!
  await "$scratch/asked"
  kill "-$signal" "$process"
  wait "$process" || status=$?
  expect "launchers: SIG$signal while hosts are asked: exit status" $exit_interrupted "$status"
  expect "launchers: SIG$signal while hosts are asked: nothing of the shell's is said" '' \
    "$(grep -E 'line [0-9]+:|Terminated|Killed' "$scratch/said" || true)"
  expect "launchers: SIG$signal while hosts are asked: nothing is left" '' \
    "$(ls -A "$scratch/tmp"; pgrep -fa "/bin/sleep $LONG\$" || true)"
done
printf '%s\n' "${sound[@]}" >"$scratch/answer"
mkdir "$scratch/tmp-\$(touch PWNED)"
launch 'a TMPDIR that a shell elsewhere would read' $exit_usage "'$scratch/tmp-\$(touch PWNED)'" \
  TMPDIR="$scratch/tmp-\$(touch PWNED)" "${hosts[@]}" s.yaml
launch 'a parameter that a shell elsewhere would read' $exit_usage 'OMPI_MCA_orte_base' \
  "OMPI_MCA_orte_base=\$(touch $scratch/PWNED)" "${hosts[@]}" s.yaml
for name in inet scope lo 'beta;true' '-oProxyCommand=true' 'a$(true)'; do
  launch "a first host called $name" $exit_usage '' "$copy/launch/hosts" --hosts "$name:1,beta:1" s.yaml
done
printf 'beta slots=a[$(touch %s)]\n' "$scratch/PWNED" >"$scratch/hostfile"
launch 'a hostfile with a command' $exit_usage 'expected NAME slots=N' "$copy/launch/hosts" \
  --hostfile "$scratch/hostfile" s.yaml
expect 'launchers: a hostfile with a command: is not run' '' "$(find "$scratch" -name PWNED)"

# --- Slurm ---------------------------------------------------------------------------------------

mkdir -p "$scratch/spool" "$place/launch"
cp "$repository/launch/slurm" "$scratch/spool/slurm_script"
for name in common.sh launch/common.sh; do
  printf 'touch %s/PWNED\nexit 0\n' "$scratch" >"$place/$name"
done
cp "$place/common.sh" "$place/launch/slurm"
pretend scontrol <<'FAKE'
#!/usr/bin/env bash
case $* in
  'show job'*) printf '   Command=%s\n' "$COMMAND" ;;
  *node*) printf '%s\n' "NodeName=n CoresPerSocket=${CORES-2} CPUTot=2 Sockets=1" ;;
esac
FAKE
pretend srun <<'FAKE'
#!/usr/bin/env bash
if [[ $1 == --mpi=list ]]; then echo pmix; exit; fi
exec mpirun "$@"
FAKE
echo 'echo RUNNING' | pretend squeue
job=(SLURM_JOB_ID=7 SLURM_SUBMIT_DIR="$place" SLURM_NTASKS=2 SLURM_JOB_CPUS_PER_NODE=2)
# in_slurm NAME STATUS TEXT VARIABLE...: Slurm's copy of the launcher, in a job with these variables.
in_slurm() {
  launch "Slurm: $1" "$2" "$3" "${job[@]}" "${@:4}" bash "$scratch/spool/slurm_script" s.yaml
}
in_slurm 'the submitted file' 0 'the program: report' COMMAND="$copy/launch/slurm s.yaml"
ln -s "$copy/launch/slurm" "$scratch/srelu-job"
in_slurm 'a link to it' 0 'the program: report' COMMAND="$scratch/srelu-job s.yaml"
in_slurm 'a copy of it elsewhere' $exit_environment "the repository isn't found" \
  COMMAND="$place/common.sh $copy/launch/slurm"
expect 'launchers: Slurm: nothing of the folder it was submitted from is run' '' \
  "$(find "$scratch" -name PWNED)"
for cores in "a[\$(touch $scratch/PWNED)]" '' 08 0; do
  in_slurm "$cores cores" $exit_environment "doesn't tell the cores" CORES="$cores" \
    COMMAND="$copy/launch/slurm"
done
for cpus in "2(x\$(touch $scratch/PWNED))" "a[\$(touch $scratch/PWNED)]" 08; do
  in_slurm "$cpus CPUs" $exit_environment 'no node has' SLURM_JOB_CPUS_PER_NODE="$cpus" \
    COMMAND="$copy/launch/slurm"
done
for name in SLURM_NTASKS SLURM_RESTART_COUNT; do
  in_slurm "$name" $exit_usage 'takes a whole number' COMMAND="$copy/launch/slurm" \
    "$name=a[\$(touch $scratch/PWNED)]"
done
expect 'launchers: Slurm: no variable runs a command' '' "$(find "$scratch" -name PWNED)"

# --- A terminal --------------------------------------------------------------------------------

# Ctrl-C at a terminal, often: what is written has nothing of the shell's.
cat >"$scratch/terminal" <<DRIVER
echo begun >"$scratch/begun"
exec "$repository/launch/local" --no-report "$scratch/s.yaml"
DRIVER
heard='' statuses=''
for ((round = 0; round < 20; round++)); do
  planned '0 0 obedient'
  # The terminal's keys come from the pipe; it stays open until the end.
  {
    await "$scratch/runs"
    /bin/sleep "0.0$((round % 5))"
    printf '\003'
    while [[ -s $scratch/begun ]]; do /bin/sleep 0.1; done
  } | {
    status=0
    # It starts the command with the shell that SHELL names, and its remarks are in the user's language.
    SHELL=/bin/sh LANGUAGE='' LC_ALL=C timeout --kill-after=5 60 script --quiet --return \
      --command "exec bash '$scratch/terminal'" \
      "$scratch/typescript" >/dev/null 2>&1 || status=$?
    : >"$scratch/begun"
    printf '%s' "$status" >"$scratch/ended"
  }
  statuses+=" $(cat "$scratch/ended")"
  heard+=$(tr -d '\r^C' <"$scratch/typescript" | grep -avE '^(Script |local: (running as root|interrupted))' || true)
done
expect 'launchers: Ctrl-C, 20 times: exit status' "$(printf ' 75%.0s' {1..20})" "$statuses"
expect 'launchers: Ctrl-C, 20 times: nothing of the shell is heard' '' "$heard"
