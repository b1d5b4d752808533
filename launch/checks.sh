# shellcheck shell=bash
# Counting of checks, for launch/test and the tests that it calls, and what makes them independent of who
# calls them. Sourced, never run.

# A signal that is ignored when a shell begins can't be caught by it, nor by what it starts: so it is under
# nohup, in the background of a script, and in many services.
ignored_signals=$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status)
if [[ $ignored_signals =~ [1-9a-f] && -z ${SRELU_SIGNALS_ARE_DEFAULT:-} ]]; then
  SRELU_SIGNALS_ARE_DEFAULT=yes exec env --default-signal "$BASH" "$0" "$@"
fi
unset ignored_signals SRELU_SIGNALS_ARE_DEFAULT

# What a batch job that this may run in, or a launcher above, would tell launchers and ranks.
for name in "${!SLURM_@}" "${!PBS_@}" "${!LSB_@}" PE_HOSTFILE "${!PMIX_@}" "${!PMI_@}" "${!OMPI_COMM_@}" \
  SRELU_LAUNCHER "${!SRELU_TERMINAL@}" SRELU_FOLDER_FILE; do
  if [[ $name != PMIX_MCA_* && $name != SLURM_CONF ]]; then unset "$name"; fi
done
unset name

# make_scratch: sets `scratch`, a folder for a test's files, by a path that may go to other hosts and into
# other programs' configurations: in TMPDIR, where that has such a path.
make_scratch() {
  local parent
  parent=$(cd -- "${TMPDIR:-/tmp}" && pwd -P)
  if [[ ! $parent =~ ^[A-Za-z0-9_./+@%-]+$ ]]; then parent=/tmp; fi
  # shellcheck disable=SC2034  # the tests use it
  scratch=$(TMPDIR=$parent mktemp -d)
}

checks_passed=0
checks_failed=0
# What was left out, each as "NAME: WHY".
checks_skipped=()

count() {
  checks_passed=$((checks_passed + $1))
  checks_failed=$((checks_failed + $2))
}

passed() {
  count 1 0
  printf 'ok %s\n' "$1"
}

# failed NAME WHY
failed() {
  count 0 1
  printf 'FAILED %s: %s\n' "$1" "$2"
}

# skipped NAME WHY: left out because of this machine. It is no failure, but nobody should overlook it: it is
# counted, and said again at the end.
skipped() {
  checks_skipped+=("$1: $2")
  printf 'not run: %s: %s\n' "$1" "$2"
}

# expect NAME EXPECTED ACTUAL
expect() {
  if [[ $2 == "$3" ]]; then passed "$1"; else failed "$1" "expected $2, got $3"; fi
}

# take_counts NAME STATUS OUTPUT: adds up a suite that ends as `finish` does. One that ends otherwise, finds
# nothing to check, or whose status and counts disagree, counts as failed.
take_counts() {
  local last line skips=0
  last=$(tail -n 1 <<<"$3")
  if ! [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    failed "$1" "ended with status $2 and no count"
    return
  fi
  local passes=${BASH_REMATCH[1]} failures=${BASH_REMATCH[2]} said=${BASH_REMATCH[4]:-0}
  count "$passes" "$failures"
  while IFS= read -r line; do
    if [[ $line == 'SKIPPED '* ]]; then
      checks_skipped+=("${line#SKIPPED }")
      skips=$((skips + 1))
    fi
  done <<<"$3"
  if ((passes + failures + said == 0)); then
    failed "$1" 'nothing was checked'
  elif ((skips != said)); then
    failed "$1" "counts $said skipped, and names $skips"
  elif ((failures == 0 && $2 != 0)); then
    failed "$1" "counts no failure, yet ended with status $2"
  fi
  printf '%s: %s\n' "$1" "$last"
}

# Says what was left out and why, prints the counts, alone on the last line, and exits.
finish() {
  if ((${#checks_skipped[@]} > 0)); then
    printf 'SKIPPED %s\n' "${checks_skipped[@]}"
    printf '%d passed, %d failed, %d skipped\n' "$checks_passed" "$checks_failed" \
      "${#checks_skipped[@]}"
  else
    printf '%d passed, %d failed\n' "$checks_passed" "$checks_failed"
  fi
  if ((checks_failed > 0)); then exit 1; fi
  exit 0
}
