# shellcheck shell=bash
# How what is written in Swift beside the program is started (Tests/Torture, Tests/EndToEnd, Tests/Bench).
# Sourced.

# shellcheck source=launch/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# What may be installed; yes or no.
install=yes

# take_install USAGE [FLAG]: --no-install or --help, for scripts that have no other flags.
take_install() {
  case ${2:-} in
    '') ;;
    --no-install) install=no ;;
    -h | --help)
      printf '%s\n' "$1"
      exit
      ;;
    *) die $exit_usage "unknown flag $2; see launch/${0##*/} --help" ;;
  esac
}

# build_product PRODUCT
build_product() {
  if ! swift build --package-path "$repository" -c release --product "$1" >&2; then
    die $exit_environment 'the build failed: the compiler says why above'
  fi
}

# build_harness PRODUCT: builds the program and the product.
build_harness() {
  set_up_tools $install
  build_program
  build_product "$1"
}

# run_suite SUITE [ARGUMENT...]: ends as this suite of Tests/EndToEnd does.
run_suite() {
  build_harness endtoend
  exec "$products/endtoend" "$1" --repository "$repository" "${@:2}"
}
