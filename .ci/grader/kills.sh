# shellcheck shell=bash
# Graders of the class that are killed at random moments.
# shellcheck source=.ci/grader/class.sh
source "$(dirname "${BASH_SOURCE[0]}")/class.sh"

# Of the time that the whole class takes here: so a journal needs a few graders, however slow the machine is.
LATEST_SHARE=0.5
# Some find a grader that has ended.
MOMENTS_A_KILL=5
# Then it may come to its end, and another journal is begun: most of what can be lost is written at the beginning.
KILLS_A_JOURNAL=10
# As a shell tells of a SIGKILL.
KILLED=137

outcomes() { jq -S '[.students[] | {id, total, exercises: [.exercises[] | {state, outcome, points}]}]' "$play/$1/report.json"; }

# moments COUNT SEED SECONDS: seconds after a start, each on a line.
moments() {
  python3 -c 'import random, sys
moment = random.Random(int(sys.argv[2]))
for _ in range(int(sys.argv[1])): print(moment.uniform(0, float(sys.argv[3])))' "$@"
}

# is_whole NAME: a finished journal has each verdict once, and the marks of the class that nobody killed.
is_whole() {
  local doubled
  fails_with 75 grade "$1" "$play/roster.csv"
  doubled=$(jq -r '.data | select(.digest) | "\(.record) \(.student // .digest)"' "$play/$1.jsonl" | sort | uniq -d)
  [[ -z $doubled ]] || die "graded twice: $doubled"
  cmp <(outcomes odd) <(outcomes "$1") || die "other marks than without a kill"
}

# kills COUNT SEED: as many graders are killed at work, by a seed that brings the same moments again. Needs `odd`, the
# class graded by one that nobody killed.
kills() {
  local count=$1 seed=$2 killed=0 journals=1 records=0 begin latest name moment whole status
  begin=$(date +%s.%N)
  is_whole timed
  latest=$(awk -v a="$begin" -v b="$(date +%s.%N)" -v share="$LATEST_SHARE" 'BEGIN { print (b - a) * share }')
  say "kill -9 at $count random moments of the first ${latest}s, by seed $seed"
  while read -r moment && ((killed < count)); do
    name=killed-$journals
    in_session "$play/killed.log" "$course" grade --exercise 1 --journal "$play/$name.jsonl" --out "$play/$name" "$play/roster.csv"
    sleep "$moment"
    cp "$play/$name.jsonl" "$play/before.jsonl" 2>/dev/null || : >"$play/before.jsonl"
    kill -9 "$session" 2>/dev/null || true
    status=0
    wait "$session" 2>/dev/null || status=$?
    poll 10 nothing_is_left || die "something has outlived its grader: $(pgrep -af "$bench")"
    # Whatever was on the disk before is there after; the last line of a copy may be half of one.
    whole=$(head -n -1 "$play/before.jsonl" | wc -c)
    ((whole == 0)) || cmp --bytes="$whole" "$play/before.jsonl" "$play/$name.jsonl" || die "a verdict was lost"
    if ((status == KILLED)); then
      killed=$((killed + 1)) records=$((records + $(wc -l <"$play/before.jsonl")))
    fi
    if ((status != KILLED || killed % KILLS_A_JOURNAL == 0 || killed == count)); then
      is_whole "$name"
      journals=$((journals + 1))
    fi
  done < <(moments $((count * MOMENTS_A_KILL)) "$seed" "$latest")
  ((killed == count)) || die "only $killed graders were killed: the others had ended"
  printf 'kills: %d graders killed at work on %d journals, with %d records on the disk in all; none lost, none doubled\n' \
    "$killed" $((journals - 1)) "$records"
}
