# shellcheck shell=bash
# How what is written in Swift beside the program is started (Tests/Torture, Tests/EndToEnd, Tests/Bench).
# Sourced.

# shellcheck source=launch/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# build_harness PRODUCT [INSTALL]: builds the program and the product. INSTALL is yes or no.
build_harness() {
  set_up_tools "${2:-yes}"
  build_program
  if ! swift build --package-path "$repository" -c release --product "$1" >&2; then
    die $exit_environment 'the build failed: the compiler says why above'
  fi
}
