# shellcheck shell=bash
# Shared by the scripts beside it: `source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"`.

# What is downloaded or built for CI and may be deleted at any time.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CI_CACHE=${CI_CACHE:-$root/target/ci}
mkdir -p "$CI_CACHE"
# Scripts change folders, so a relative setting has to be made absolute here.
CI_CACHE=$(cd "$CI_CACHE" && pwd)
export CI_CACHE

# Progress goes to stderr: stdout belongs to whoever captures a script's result.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
warn() { say "warning: $*"; }
die() {
  say "error: $*"
  exit 1
}

# A command that fails unforeseen would otherwise end a script without a word.
set -E
trap 'say "stopped at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR

have() { command -v "$1" >/dev/null 2>&1; }

# need COMMAND REMEDY...
need() {
  local command=$1
  shift
  have "$command" || die "\`$command\` is missing: $*"
}

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  else
    need sudo "run this as root, or install sudo"
    sudo "$@"
  fi
}

# quietly COMMAND...: shows the output only when the command fails, so that a log holds what matters.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    say "failed with status $status: $*"
    tail -n 40 "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}

# poll SECONDS COMMAND...: until the command succeeds, or the time is over.
poll() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}

LOCK_WAIT_SECONDS=600

# only_one NAME: waits until no other run of the same work is under way, and holds that until this script ends.
# The lock's descriptor is $lock_fd; what outlives the script has to be started with it closed.
only_one() {
  exec {lock_fd}>"$CI_CACHE/$1.lock"
  flock --wait "$LOCK_WAIT_SECONDS" "$lock_fd" || die "another run has held $CI_CACHE/$1.lock for $LOCK_WAIT_SECONDS s"
}

is_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

APT_LOCK_WAIT_SECONDS=300
apt_updated=no

# apt_install PACKAGE...: installs those that are absent; refreshes the lists at most once a script.
apt_install() {
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  need apt-get "install ${missing[*]} by hand; only Debian and its kin are automated here"
  local apt=(env DEBIAN_FRONTEND=noninteractive
    apt-get --yes -o "DPkg::Lock::Timeout=$APT_LOCK_WAIT_SECONDS")
  if [[ $apt_updated == no ]]; then
    quietly as_root "${apt[@]}" update
    apt_updated=yes
  fi
  say "installing ${missing[*]}"
  quietly as_root "${apt[@]}" install --no-install-recommends "${missing[@]}"
}
