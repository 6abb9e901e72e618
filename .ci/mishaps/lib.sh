# shellcheck shell=bash
# What the drills beside it share: `source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"`.
#
# A drill brings a mishap about, and asserts on what is said, on the exit code, and on what is left behind. It works on
# copies: the repository's own files are never touched.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$root" || exit

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
# shellcheck disable=SC2034 # of the drills
course=$target/debug/course
# shellcheck disable=SC2034 # of the drills
play=$(mktemp -d)
# What a drill starts, it ends: its name is put here.
undo=()
finish() {
  local command
  for command in "${undo[@]}"; do eval "$command" >/dev/null 2>&1 || true; done
  rm -rf "$play"
}
trap finish EXIT

output=
# fails_with CODE COMMAND...: runs it, and keeps what it says for `says`.
fails_with() {
  local code=$1 got=0
  shift
  output=$("$@" 2>&1 </dev/null) || got=$?
  ((got == code)) || die "expected exit code $code, got $got from: $*"$'\n'"$output"
}

# says TEXT...: each was in the output of the last command, line breaks apart.
says() {
  local text flat
  flat=$(tr -s ' \n' ' ' <<<"$output")
  for text in "$@"; do
    [[ $flat == *"$text"* ]] || die "nothing says \"$text\" in:"$'\n'"$output"
  done
}

# A course without git and without a build: what the commands that only read need.
copy_course() {
  mkdir -p "$1"
  git ls-files -z --cached | tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null | tar -xf - -C "$1"
}

# The processes of a session, the one that leads it included.
of_session() { pgrep --session "$1" || true; }
session_is_over() { [[ -z $(of_session "$1") ]]; }

# in_session OUTPUT COMMAND...: starts it in a session of its own, with Ctrl-C working; its id is in $session.
in_session() {
  local out=$1
  shift
  python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.setsid()
os.execvp(sys.argv[1], sys.argv[1:])' "$@" >"$out" 2>&1 </dev/null &
  # shellcheck disable=SC2034 # of the drills
  session=$!
  undo+=("pkill --session $!")
}
