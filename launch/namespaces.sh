# shellcheck shell=bash
# Hosts for tests: each is a set of Linux namespaces (network, name, processes, mounts) on this machine
# with an sshd of its own, and all hang on one bridge. They share the machine's cores and its files,
# except for /dev/shm and what is laid over a file. Sourced after common.sh; takes root. Several
# callers can have hosts at once: what has a name on the machine carries the caller's process.
#
# The first process of a host holds its namespaces: when it is killed, so is everything on the host.

hosts_folder=     # keys, logs, configurations; in the caller's scratch folder
hosts_names=()    # host names, in order
declare -A host_process=()
readonly hosts_network=10.83.0 hosts_bridge="srelu-bridge-$$"

# Whether this machine lets us make namespaces, tried out.
can_make_hosts() {
  [[ $(id -u) == 0 ]] && command -v ip >/dev/null && command -v unshare >/dev/null &&
    [[ -x /usr/sbin/sshd ]] &&
    unshare --net --uts --ipc --mount --pid --fork --mount-proc true 2>/dev/null &&
    ip netns add "srelu-probe-$$" 2>/dev/null && ip netns delete "srelu-probe-$$" &&
    unshare --net sh -c 'ip link add one type veth peer name other && ip link add both type bridge' 2>/dev/null
}

host_address() {
  local index
  for index in "${!hosts_names[@]}"; do
    if [[ ${hosts_names[index]} == "$1" ]]; then
      printf '%s.%d\n' "$hosts_network" $((index + 1))
      return
    fi
  done
  return 1
}

# make_hosts FOLDER NAME...
make_hosts() {
  local name
  hosts_folder=$1
  shift
  hosts_names=("$@")
  mkdir -p -- "$hosts_folder"
  ip netns add "$hosts_bridge"
  ip -n "$hosts_bridge" link add bridge type bridge
  ip -n "$hosts_bridge" link set bridge up
  make_keys
  for name in "${hosts_names[@]}"; do make_host "$name"; done
}

# One key for whoever calls and one for the hosts, made for this run and known to it alone.
make_keys() {
  local name
  ssh-keygen -q -t ed25519 -N '' -f "$hosts_folder/user"
  ssh-keygen -q -t ed25519 -N '' -f "$hosts_folder/host"
  printf '127.0.0.1 localhost\n' >"$hosts_folder/hosts"
  for name in "${hosts_names[@]}"; do
    printf '%s %s\n' "$(host_address "$name")" "$name" >>"$hosts_folder/hosts"
    printf '%s,%s %s\n' "$name" "$(host_address "$name")" "$(cat "$hosts_folder/host.pub")"
  done >"$hosts_folder/known_hosts"
  cat >"$hosts_folder/ssh_config" <<CONFIG
Host *
  User root
  IdentityFile $hosts_folder/user
  IdentitiesOnly yes
  UserKnownHostsFile $hosts_folder/known_hosts
  GlobalKnownHostsFile /dev/null
CONFIG
  cat >"$hosts_folder/sshd_config" <<CONFIG
HostKey $hosts_folder/host
AuthorizedKeysFile $hosts_folder/user.pub
PidFile none
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PasswordAuthentication no
SetEnv PATH=$PATH
CONFIG
}

make_host() {
  local name=$1 scratch="$hosts_folder/$1" process
  mkdir -p -- "$scratch"
  # What holds the namespaces; the files below it are those of the host.
  unshare --net --uts --ipc --mount --pid --fork --kill-child --mount-proc \
    bash -c '
      set -e
      hostname "$1"
      mount -t tmpfs tmpfs /dev/shm
      mount --bind "$3/hosts" /etc/hosts
      mkdir -p /run/sshd
      : >"$2/ready"
      # As the first process it has to take leave of those that lost their parent.
      sleep infinity &
      while true; do wait -n || true; done' host "$name" "$scratch" "$hosts_folder" </dev/null >"$scratch/log" 2>&1 &
  host_process[$name]=$!
  await 10 test -e "$scratch/ready" || die $exit_environment "the host $name does not come up"
  process=$(host_init "$name")
  ip link add "veth-$process" type veth peer name eth0 netns "$process"
  ip link set "veth-$process" netns "$hosts_bridge"
  ip -n "$hosts_bridge" link set "veth-$process" master bridge up
  on_host "$name" ip link set lo up
  on_host "$name" ip address add "$(host_address "$name")/24" dev eth0
  on_host "$name" ip link set eth0 up
  start_sshd "$name"
}

start_sshd() {
  on_host "$1" /usr/sbin/sshd -f "$hosts_folder/sshd_config" -E "$hosts_folder/$1/sshd.log"
}

stop_sshd() { on_host "$1" pkill -x sshd; }

# await SECONDS COMMAND...: until it succeeds.
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@" 2>/dev/null; do
    if ((SECONDS > end)); then return 1; fi
    sleep 0.1
  done
}

# The first process of a host, as this machine numbers it.
host_init() { pgrep -P "${host_process[$1]}" | head -n 1; }

# on_host NAME COMMAND...: as root on that host, in the folder we are in.
on_host() {
  local name=$1
  shift
  nsenter --target "$(host_init "$name")" --net --uts --ipc --mount --pid --wd="$PWD" -- "$@"
}

# link_of NAME up|down: the host's cable.
link_of() { on_host "$1" ip link set eth0 "$2"; }

# slow_link NAME RATE: what the host sends goes out at no more than this, as 2.5gbit. False where the
# kernel can't.
slow_link() {
  on_host "$1" tc qdisc add dev eth0 root tbf rate "$2" burst 256kb latency 50ms 2>/dev/null
}

# unslow_link NAME: where nothing holds it back, nothing happens.
unslow_link() { on_host "$1" tc qdisc delete dev eth0 root 2>/dev/null || true; }

# lay_over NAME FILE OVER: on that host, FILE stands in the place of OVER.
lay_over() { on_host "$1" mount --bind "$2" "$3"; }

# uncover NAME OVER
uncover() { on_host "$1" umount "$2"; }

# remove_hosts: whatever state they are in.
remove_hosts() {
  local name
  for name in "${!host_process[@]}"; do
    # Without the shell's own remark about a process that was killed, which may come late and be the last
    # that is read.
    {
      pkill -KILL -P "${host_process[$name]}" || true
      kill -KILL "${host_process[$name]}" || true
      wait "${host_process[$name]}" || true
    } 2>/dev/null
  done
  host_process=()
  if ip netns list 2>/dev/null | grep -q "^$hosts_bridge\b"; then ip netns delete "$hosts_bridge"; fi
}
