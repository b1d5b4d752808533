# shellcheck shell=bash
# Counting of checks, for launch/test and the tests that it starts. Sourced, never run.

checks_passed=0
checks_failed=0

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

# expect NAME EXPECTED ACTUAL
expect() {
  if [[ $2 == "$3" ]]; then passed "$1"; else failed "$1" "expected $2, got $3"; fi
}

# take_counts NAME STATUS OUTPUT: adds up a suite that ends with "N passed, N failed". One that
# ends otherwise, finds nothing to check, or whose status and count disagree, counts as failed.
take_counts() {
  local last
  last=$(tail -n 1 <<<"$3")
  if ! [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    failed "$1" "ended with status $2 and no count"
    return
  fi
  count "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  if ((BASH_REMATCH[1] + BASH_REMATCH[2] == 0)); then
    failed "$1" 'nothing was checked'
  elif ((BASH_REMATCH[2] == 0 && $2 != 0)); then
    failed "$1" "counts no failure, yet ended with status $2"
  fi
  printf '%s: %s\n' "$1" "$last"
}

# Prints the count, alone on the last line, and exits.
finish() {
  printf '%d passed, %d failed\n' "$checks_passed" "$checks_failed"
  if ((checks_failed > 0)); then exit 1; fi
  exit 0
}
