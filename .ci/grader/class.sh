# shellcheck shell=bash
# What the grader's drills share: a class of odd submissions, and how it is graded and asked about.
# shellcheck source=.ci/mishaps/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../mishaps/lib.sh"

need jq "apt-get install jq"
cargo build --locked --quiet --package course
export COURSE_SECRET=a-secret-of-drills-and-of-nobody-else
starter=exercises/01-serverless-functions/.starter/src
class=$play/class
bench=$root/target/course/grade

# submission NAME: the starter, in a folder of that name, whose path is the answer.
submission() {
  mkdir -p "$class/$1"
  cp -r "$starter" "$class/$1/src"
  echo "$class/$1"
}

# grade NAME ARGUMENTS...: with the journal and the reports of that name.
grade() {
  local name=$1
  shift
  "$course" grade --exercise 1 --journal "$play/$name.jsonl" --out "$play/$name" "$@"
}
state() { jq -r --arg id "$2" '.students[] | select(.id == $id) | .exercises[0] | "\(.state) \(.outcome) \(.points)"' "$play/$1/report.json"; }
is() { [[ $(state "$1" "$2") == "$3" ]] || die "$2 is \"$(state "$1" "$2")\" and not \"$3\" in $1"; }
submissions() { grep -c '"record":"submission"' "$1" || true; }
nothing_is_left() { ! pgrep -f "cell --spec .*$bench|^$bench/target/.*/steps-" >/dev/null; }

# What a class may send. Twelve of it do not compile, each in a way of its own: quickly judged.
for number in $(seq -w 1 12); do
  echo "fn broken() { $number" >>"$(submission "broken-$number")/src/views.rs"
done
# And one runs, for some seconds: first in the roster, so that the kills meet it.
fair=$(submission fair)
echo "pub fn more() {}" >>"$fair/src/views.rs"
mkdir -p "$class/nothing" "$class/empty/src" "$class/misplaced" "$class/crowded/src"
: >"$class/empty/src/lib.rs"
cp -r "$starter" "$class/misplaced/exercise-1-of-me"
mkdir "$class/misplaced/exercise-1"
mv "$class/misplaced/exercise-1-of-me" "$class/misplaced/exercise-1/src"
windows=$(submission windows)
for file in "$windows"/src/*.rs; do { printf '\xef\xbb\xbf'; sed 's/$/\r/' "$file"; } >"$file.new" && mv "$file.new" "$file"; done
submission "Žofie Ångström" >/dev/null
submission doubled >/dev/null
echo "// another" >>"$(submission doubled-again)/src/views.rs"
python3 - "$class/crowded/src" <<'PYTHON'
import pathlib, sys
for number in range(10_000):
    pathlib.Path(sys.argv[1], f"file_{number}.rs").touch()
PYTHON
{
  echo "id,name,path"
  echo "fair,,class/fair"
  for number in $(seq -w 1 12); do echo "broken-$number,,class/broken-$number"; done
  for name in nothing empty misplaced crowded windows; do echo "$name,,class/$name"; done
  echo "Žofie,Žofie Ångström 🐚,class/Žofie Ångström"
  echo "doubled,Once,class/doubled"
  echo "doubled,Twice,class/doubled-again"
} >"$play/roster.csv"
