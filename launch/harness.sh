# shellcheck shell=bash
# How the tests that are written in Swift (Tests/Torture, Tests/EndToEnd) are started: built, and free of what
# their caller's environment holds. Sourced.

# shellcheck source=launch/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=launch/checks.sh
source "$repository/launch/checks.sh"

# build_harness PRODUCT: builds the program and the test.
build_harness() {
  set_up_tools yes
  build_program
  if ! swift build --package-path "$repository" -c release --product "$1" >&2; then
    die $exit_environment 'the build failed: the compiler says why above'
  fi
}
