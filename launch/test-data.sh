# shellcheck shell=bash
# Data for tests: a table made here, for what needs something to train on, so that no test depends on
# the network or on what lies beside this repository; and the real data sets, got as a user gets them.
# Sourced after common.sh.

# write_table FILE: a table as WDBC is one: 569 rows of 30 numbers, 212 of them malignant, whose classes
# overlap. The same bytes everywhere: the numbers come from Lehmer's generator, not from awk's own.
write_table() {
  LC_ALL=C awk 'function uniform() { state = state * 16807 % 2147483647; return state / 2147483647 }
    BEGIN {
      state = 20021
      for (i = 1; i <= 30; i++) printf "f%d,", i
      print "kind"
      for (row = 0; row < 569; row++) {
        malignant = int((row + 1) * 212 / 569) > int(row * 212 / 569)
        for (i = 1; i <= 30; i++) {
          normal = uniform() + uniform() + uniform() + uniform() - 2
          printf "%.4f,", (10 + i) * (1 + 0.1 * normal + 0.018 * (i % 4) * malignant)
        }
        print malignant ? "malignant" : "benign"
      }
    }' >"$1"
}

# fetch_data: the real data sets, where studies find them. What can't be had, the tests that need it skip.
fetch_data() {
  local name
  for name in mnist fashion-mnist wdbc; do
    "$products/srelu" data fetch "$name" || true
  done
}

# place_of NAME: the folder where studies find a data set, with the right contents; false where they don't.
place_of() {
  local text
  text=$("$products/srelu" data check "$1" 2>/dev/null) && printf '%s\n' "${text#"$1: ok, in "}"
}

readonly no_wdbc='WDBC is not here and could not be fetched (srelu data fetch wdbc)'
