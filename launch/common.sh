# shellcheck shell=bash
# What the launchers and launch/test share: the tools this machine lacks, the release build, the
# cores this process may use. Sourced, never run. Notices go to stderr: stdout is the program's.

repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
products="$repository/.build/release"
stamps="$repository/.build/launch"

# The program's own exit codes, for what goes wrong around it (Sources/Experiments).
# shellcheck disable=SC2034  # the scripts that source this use them
readonly exit_usage=64 exit_bad_data=65 exit_environment=69 exit_cannot_write=73 exit_interrupted=75

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
  local code=$1
  shift
  say "$@"
  exit "$code"
}

# absolute_path PATH: PATH as seen from the folder the user called from.
absolute_path() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "$PWD" "$1" ;;
  esac
}

# --- Tools -----------------------------------------------------------------------------------

missing_packages=()
missing_reasons=()

need() {
  local package=$1 reason=$2
  shift 2
  if ! "$@" >/dev/null 2>&1; then
    missing_packages+=("$package")
    missing_reasons+=("$reason")
  fi
}

has_header() {
  local folder
  while IFS= read -r -d : folder; do
    if [[ -n $folder && -e $folder/$1 ]]; then return 0; fi
  done <<<"${CPATH:-}:/usr/include:/usr/local/include:"
  return 1
}

# What the build and the runs stand on, looked for by use and not by package name, so that an
# Open MPI or oneDNN of the user's own counts.
find_missing() {
  missing_packages=()
  missing_reasons=()
  need git 'swift build gets its packages with it' command -v git
  need pkg-config 'tells the compiler where the libraries are' command -v pkg-config
  need libopenmpi-dev "Open MPI's headers, to build against" pkg-config --exists ompi-c
  need openmpi-bin 'mpirun, which starts the ranks' command -v mpirun
  need libdnnl-dev 'oneDNN, for convolutions of any shape' has_header oneapi/dnnl/dnnl.h
  need zlib1g-dev 'reads the gzip files of the data sets' pkg-config --exists zlib
  need libpng-dev 'reads PNG images to predict' pkg-config --exists libpng
  need procps 'ends what is left of a run that died' command -v pkill
  need gnuplot-nox "draws the report's figures" command -v gnuplot
  need curl 'fetches data sets that are not on this machine' command -v curl
}

list_missing() {
  local index
  for index in "${!missing_packages[@]}"; do
    printf '  %-16s %s\n' "${missing_packages[index]}" "${missing_reasons[index]}" >&2
  done
}

# As root, or through sudo.
privileged() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo -- "$@"; fi
}

apt_lists_fresh=no

apt_install() {
  local quiet=(-qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  if [[ $apt_lists_fresh == no ]]; then
    say 'running apt-get update'
    # A mirror that fails leaves the old lists, which may do.
    privileged env DEBIAN_FRONTEND=noninteractive apt-get "${quiet[@]}" update >&2 || true
    apt_lists_fresh=yes
  fi
  privileged env DEBIAN_FRONTEND=noninteractive \
    apt-get "${quiet[@]}" install --yes --no-install-recommends "$@" >&2
}

can_install() {
  command -v apt-get >/dev/null && { [[ $(id -u) == 0 ]] || command -v sudo >/dev/null; }
}

# set_up_tools INSTALL: INSTALL is yes or no.
set_up_tools() {
  find_missing
  if ((${#missing_packages[@]} == 0)); then return 0; fi
  if [[ $1 == no ]]; then
    say 'these packages are missing, and --no-install was given:'
    list_missing
    die $exit_environment "install them with: apt-get install ${missing_packages[*]}"
  fi
  if ! can_install; then
    say 'these packages (by their Debian names) are missing:'
    list_missing
    die $exit_environment 'this takes apt-get, and root or sudo; install them another way'
  fi
  if [[ $(id -u) == 0 ]]; then
    say 'installing with apt-get:'
  else
    say 'installing with sudo apt-get (it may ask for your password):'
  fi
  list_missing
  if ! apt_install "${missing_packages[@]}"; then
    die $exit_environment "apt-get could not install them (its reason is above): check the network" \
      "and, on Ubuntu, that the universe component is on"
  fi
  find_missing
  if ((${#missing_packages[@]} > 0)); then
    say 'installed, yet still not found:'
    list_missing
    die $exit_environment 'is another installation in the way? See PATH and PKG_CONFIG_PATH'
  fi
}

# Debian packages Fashion-MNIST. Tried once: without the package the program fetches the files.
set_up_fashion_mnist() {
  local folder marker="$stamps/fashion-mnist-package-tried"
  for folder in "${SRELU_DATA:-}" "$repository/data" "$repository/../shared/data" \
    /usr/share/datasets; do
    if [[ -n $folder && -d $folder/fashion-mnist ]]; then return 0; fi
  done
  if [[ $1 == no || -e $marker ]] || ! can_install; then return 0; fi
  say 'installing dataset-fashion-mnist: the Fashion-MNIST images, as this distribution has them'
  if ! apt_install dataset-fashion-mnist; then
    say 'not to be had here; the program looks for the files on the network'
  fi
  mkdir -p -- "$stamps"
  : >"$marker"
}

# The report's page is opened in a browser by the tests alone.
set_up_browser() {
  if command -v chromium >/dev/null || command -v google-chrome >/dev/null; then return 0; fi
  if [[ $1 == no ]] || ! can_install || ! { say 'installing chromium' && apt_install chromium; }; then
    say 'no Chromium here: the report is not opened in a browser'
  fi
}

# --- Build -----------------------------------------------------------------------------------

require_swift() {
  local text
  if ! command -v swift >/dev/null; then
    die $exit_environment 'swift is not in PATH: install Swift 6.3 (https://www.swift.org/install)'
  fi
  if ! text=$(swift --version 2>&1); then
    die $exit_environment "swift does not start: $text"
  fi
  if ! [[ $text =~ version\ ([0-9]+)\.([0-9]+) ]]; then
    die $exit_environment "cannot read the version out of: $text"
  fi
  if ((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2] < 6001)); then
    die $exit_environment "Swift ${BASH_REMATCH[1]}.${BASH_REMATCH[2]} is too old: 6.1 or later" \
      "is needed, 6.3 is what we test with (https://www.swift.org/install)"
  fi
}

# built_since STAMP INPUT...: true if nothing under the inputs is newer than the stamp. Folders
# count too: theirs is the time that tells of a removed file.
built_since() {
  local stamp=$1
  shift
  [[ -e $stamp ]] && [[ -z $(find "$@" -newer "$stamp" -print -quit) ]]
}

# Builds the command in release mode, unless nothing changed: asking SwiftPM takes seconds, asking
# the files takes milliseconds.
build_program() {
  local stamp="$stamps/srelu-built"
  if [[ -x $products/srelu ]] &&
    built_since "$stamp" "$repository/Package.swift" "$repository/Sources"; then
    return 0
  fi
  require_swift
  say 'building srelu in release mode (minutes the first time, seconds after)'
  mkdir -p -- "$stamps"
  # Stamped with the time before the build: what is edited meanwhile is built next time.
  : >"$stamp.new"
  if ! swift build --package-path "$repository" -c release --product srelu >&2; then
    die $exit_environment 'the build failed: the compiler says why above'
  fi
  mv -f -- "$stamp.new" "$stamp"
}

# --- Machine ---------------------------------------------------------------------------------

# expand_list 0-2,8: 0 1 2 8, one a line.
expand_list() {
  local range
  local -a ranges
  IFS=, read -ra ranges <<<"$1"
  for range in "${ranges[@]}"; do seq "${range%-*}" "${range#*-}"; done
}

# count_cores CPU_LIST: physical cores among these CPUs (hyperthreads share one core's SIMD units,
# so a second rank on a core gains nothing).
count_cores() {
  local cpu siblings
  expand_list "$1" | while read -r cpu; do
    siblings=$cpu
    read -r siblings 2>/dev/null \
      <"/sys/devices/system/cpu/cpu$cpu/topology/thread_siblings_list" || true
    printf '%s\n' "$siblings"
  done | sort -u | wc -l
}

# The CPUs' worth of time that control groups grant this process, rounded down, at least 1; nothing
# where there is no limit.
cpu_quota() {
  local folder quota period=100000
  folder=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup 2>/dev/null)
  while [[ $folder == /sys/fs/cgroup* ]]; do
    if read -r quota period 2>/dev/null <"$folder/cpu.max" && [[ $quota != max ]]; then
      echo $((quota > period ? quota / period : 1))
      return
    fi
    folder=${folder%/*}
  done
  if read -r quota 2>/dev/null </sys/fs/cgroup/cpu/cpu.cfs_quota_us && ((quota > 0)); then
    read -r period 2>/dev/null </sys/fs/cgroup/cpu/cpu.cfs_period_us || true
    echo $((quota > period ? quota / period : 1))
  fi
}

# Sets `cores`, those this process may use, and `whole_machine`, whether that is all of them.
find_cores() {
  local allowed online quota
  allowed=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
  online=$(cat /sys/devices/system/cpu/online 2>/dev/null) || online=$allowed
  cores=$(count_cores "$allowed")
  whole_machine=yes
  if ((cores < $(count_cores "$online"))); then whole_machine=no; fi
  quota=$(cpu_quota)
  if [[ -n $quota ]] && ((quota < cores)); then
    cores=$quota
    whole_machine=no
  fi
}
