# shellcheck shell=bash
# What the launchers and the tests share: the tools this machine lacks, and the release build. Sourced,
# never run. Notices go to stderr: stdout is the program's.

# Where cd goes, what sorts first, what a number looks like and which errors end a shell depend on nobody's
# environment.
unset CDPATH POSIXLY_CORRECT
set +o posix
if [[ -n ${LC_ALL:-} ]]; then
  export LC_CTYPE=$LC_ALL LC_MESSAGES=$LC_ALL
  unset LC_ALL
fi
export LC_COLLATE=C LC_NUMERIC=C

# Open MPI dies of a user without a home. Where there is none, bash knows of /.
export HOME="${HOME:-/}"

# The folder that the user called from: relative paths are seen from there. Variables too: who reads
# them may be somewhere else.
caller=$PWD
for name in TMPDIR SRELU_DATA; do
  if [[ -n ${!name:-} && ${!name} != /* ]]; then export "$name=$caller/${!name}"; fi
done
unset name

repository=$(cd -- "${BASH_SOURCE[0]%/*}/.." && pwd -P)
products="$repository/.build/release"
stamps="$repository/.build/launch"

# The program's own exit codes, for what goes wrong around it (Sources/Support).
# shellcheck disable=SC2034  # the scripts that source this use them
readonly exit_usage=64 exit_environment=69 exit_cannot_write=73

# say TEXT...: without control characters, which a terminal would obey. Where nobody can be told, the work continues.
say() {
  local LC_ALL=C text="$*"
  printf '%s: %s\n' "${0##*/}" "${text//[$'\001'-$'\010\013'-$'\037\177']/}" >&2 || true
}

die() {
  local code=$1
  shift
  say "$@"
  exit "$code"
}

# What every one of these scripts stands on: without one of them, what it is for would be blamed.
for name in cat find grep head id mkdir mv rm; do
  if ! command -v "$name" >/dev/null; then die $exit_environment "$name is not in PATH"; fi
done
unset name

# --- Tools -----------------------------------------------------------------------------------

# What is missing, and what is good to have, without which nothing stops: "package reason".
missing=()
wanted=()

# look_for LIST PACKAGE REASON TEST...: puts the package on the list if the test fails.
look_for() {
  local -n list=$1
  if ! "${@:4}" >/dev/null 2>&1; then list+=("$2 $3"); fi
}

# What the build and the runs stand on, looked for by use and not by package name, so that an Open MPI
# of the user's own counts.
find_missing() {
  missing=() wanted=()
  look_for missing git 'swift build gets its packages with it' command -v git
  look_for missing pkg-config 'tells the compiler where the libraries are' command -v pkg-config
  look_for missing libopenmpi-dev "Open MPI's headers, to build against" pkg-config --exists ompi-c
  look_for missing openmpi-bin 'mpirun, which starts the ranks' command -v mpirun
  look_for missing zlib1g-dev 'reads the gzip files of the data sets' pkg-config --exists zlib
  look_for missing libpng-dev 'reads PNG images to predict' pkg-config --exists libpng
  look_for missing procps 'ends what is left of a run that died' command -v pkill
  look_for wanted gnuplot-nox "draws the report's figures" command -v gnuplot
  look_for wanted curl 'fetches data sets that are not on this machine' command -v curl
}

# list_packages "PACKAGE REASON"...
list_packages() {
  local line
  for line; do printf '  %-16s %s\n' "${line%% *}" "${line#* }" >&2 || true; done
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

# Installs what is good to have, where nobody is asked for a password for it; tried once.
set_up_wanted() {
  local marker="$stamps/wanted-packages-tried"
  if ((${#wanted[@]} == 0)); then return 0; fi
  if [[ $1 == yes && ! -e $marker && $(id -u) == 0 ]] && can_install; then
    say 'installing with apt-get:'
    list_packages "${wanted[@]}"
    if apt_install "${wanted[@]%% *}"; then return 0; fi
    mark "$marker"
  fi
  say 'not here, and done without:'
  list_packages "${wanted[@]}"
}

# mark FILE: remembers that something was done; where that can't be written it is done again.
mark() { { mkdir -p -- "$stamps" && : >"$1"; } 2>/dev/null || true; }

# set_up_tools INSTALL: INSTALL is yes or no.
set_up_tools() {
  find_missing
  if ((${#missing[@]} == 0)); then
    set_up_wanted "$1"
    return 0
  fi
  if [[ $1 == no ]]; then
    say 'these packages are missing, and --no-install was given:'
    list_packages "${missing[@]}"
    die $exit_environment "install them with: apt-get install ${missing[*]%% *}"
  fi
  if ! can_install; then
    say 'these packages (by their Debian names) are missing:'
    list_packages "${missing[@]}"
    die $exit_environment 'this takes apt-get, and root or sudo; install them another way'
  fi
  if [[ $(id -u) == 0 ]]; then
    say 'installing with apt-get:'
  else
    say 'installing with sudo apt-get (it may ask for your password):'
  fi
  list_packages "${missing[@]}" ${wanted[@]+"${wanted[@]}"}
  if ! apt_install "${missing[@]%% *}" ${wanted[@]+"${wanted[@]%% *}"} &&
    ! apt_install "${missing[@]%% *}"; then
    die $exit_environment "apt-get could not install them (its reason is above): check the network" \
      "and, on Ubuntu, that the universe component is on"
  fi
  find_missing
  if ((${#missing[@]} > 0)); then
    say 'installed, yet still not found:'
    list_packages "${missing[@]}"
    die $exit_environment 'is another installation in the way? See PATH and PKG_CONFIG_PATH'
  fi
}

# Debian packages Fashion-MNIST. Tried once: without the package the program fetches the files.
set_up_fashion_mnist() {
  local folder marker="$stamps/fashion-mnist-package-tried"
  for folder in "${SRELU_DATA:-}" "$repository/data" /usr/share/datasets; do
    if [[ -n $folder && -d $folder/fashion-mnist ]]; then return 0; fi
  done
  if [[ $1 == no || -e $marker ]] || ! can_install; then return 0; fi
  say 'installing dataset-fashion-mnist: the Fashion-MNIST images, as this distribution has them'
  if ! apt_install dataset-fashion-mnist; then
    say 'not to be had here; the program looks for the files on the network'
  fi
  mark "$marker"
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
  if ! [[ $text =~ version\ ([1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})([^0-9]|$) ]]; then
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
  # Stamped with the time before the build: what is edited meanwhile is built next time.
  if ! { mkdir -p -- "$stamps" && : >"$stamp.new"; } 2>/dev/null; then
    die $exit_cannot_write "cannot write in $repository, and srelu isn't built there (or is older than" \
      "its sources): build it where it can be written"
  fi
  if ! swift build --package-path "$repository" -c release --product srelu >&2; then
    die $exit_environment 'the build failed: the compiler says why above'
  fi
  mv -f -- "$stamp.new" "$stamp"
}

# --- Launchers ---------------------------------------------------------------------------------

# asks_for_help WORD...: whether the help is wanted, which has to be there before anything is built.
asks_for_help() {
  local word
  for word; do
    if [[ $word == -h || $word == --help ]]; then return 0; fi
  done
  return 1
}

# launch SCRIPT WORD...: the program itself reads the flags, starts ranks, and looks after them (Sources/Launching).
launch() {
  local files=("$repository/launch/help/$1.txt") reason
  if [[ ! -x $products/srelu ]]; then
    if asks_for_help "${@:2}"; then
      if [[ $1 != slurm ]]; then files+=("$repository/launch/help/flags.txt"); fi
      exec cat -- "${files[@]}"
    fi
    die $exit_environment "srelu is not built: launch/run builds it, or swift build -c release"
  fi
  if [[ ! -r /proc/self/status ]]; then
    die $exit_environment '/proc is not mounted, and nothing can be started without it: mount -t proc proc /proc'
  fi
  # A library may be missing, as where a module wasn't loaded.
  if ! reason=$("$products/srelu" --version 2>&1 >/dev/null); then
    die $exit_environment "srelu doesn't start here, where its libraries (Open MPI) may be missing: $reason"
  fi
  export PWD
  exec "$products/srelu" launch "$1" --repository "$repository" "${@:2}"
}
