# shellcheck shell=bash
# What the comparisons share: clocks, medians, and the line that each prints.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Work that a comparison makes and removes; not in `target`, which would be taken for the repository's own.
# With BENCH_WORK it is that folder, and kept: the next comparison finds there what this one has built.
work=${BENCH_WORK:-$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")}
mkdir -p "$work"
remove_work() { [[ -n ${BENCH_WORK:-} ]] || rm -rf "$work"; }
trap remove_work EXIT

now() { date +%s.%N; }

# seconds COMMAND...: runs it with its output in $work/log, and prints how long it took. Its status is not judged:
# a red exercise is a verdict too.
seconds() {
  local begin
  begin=$(now)
  "$@" >"$work/log" 2>&1 </dev/null || true
  awk -v a="$begin" -v b="$(now)" 'BEGIN { printf "%.2f", b - a }'
}

median() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# verdict NAME OURS PEER RATIO most|least GOAL: prints the line; fails where the goal is missed.
verdict() {
  local held=held
  case $5 in
    most) awk -v r="$4" -v g="$6" 'BEGIN { exit !(r <= g) }' || held='NOT HELD' ;;
    least) awk -v r="$4" -v g="$6" 'BEGIN { exit !(r >= g) }' || held='NOT HELD' ;;
  esac
  printf '%-22s ours %-12s peer %-12s ratio %-6s goal at %s %-6s %s\n' "$1" "$2" "$3" "$4" "$5" "$6" "$held"
  [[ $held == held ]]
}

# A clone of what is committed, as a reader gets it.
clone() {
  rm -rf "$1"
  git clone --quiet "$root" "$1"
}

# The usual set-up: the same crates, as their READMEs have them, in a package of its own.
usual_setup() {
  mkdir -p "$1/src" "$1/tests"
  cat >"$1/Cargo.toml" <<'TOML'
[package]
name = "usual"
version = "0.1.0"
edition = "2024"

[dependencies]
aws-config = { version = "1", features = ["behavior-version-latest"] }
aws-sdk-dynamodb = "1"
lambda_runtime = "1"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", features = ["full"] }

[dev-dependencies]
insta = "1"
testcontainers = "0.28"

[workspace]
TOML
  cat >"$1/src/lib.rs" <<'RUST'
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub struct Event {
    pub card: String,
}

#[derive(Debug, Serialize)]
pub struct Reply {
    pub text: String,
}

pub fn greeting(card: &str) -> String {
    format!("edit 0 of {card}")
}

pub async fn handler(event: LambdaEvent<Event>) -> Result<Reply, Error> {
    let config = aws_config::load_from_env().await;
    let client = aws_sdk_dynamodb::Client::new(&config);
    client
        .put_item()
        .table_name("cards")
        .item("card", AttributeValue::S(event.payload.card.clone()))
        .send()
        .await?;
    Ok(Reply { text: greeting(&event.payload.card) })
}

pub async fn run() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handler)).await
}
RUST
  # The container is linked and not started: what is compared is the set-up, not a start that ours doesn't make either.
  cat >"$1/tests/steps.rs" <<'RUST'
use testcontainers::{GenericImage, core::WaitFor, runners::AsyncRunner};

#[tokio::test]
async fn greets() {
    if std::env::var_os("WITH_CONTAINER").is_some() {
        let image = GenericImage::new("amazon/dynamodb-local", "3.3.1").with_wait_for(WaitFor::seconds(2));
        let _container = image.start().await.unwrap();
        usual::run().await.unwrap();
    }
    insta::assert_debug_snapshot!(usual::greeting("a card").len() > 3, @"true");
}
RUST
}
