//! Given code, where a step's tests can't lead it: what it does when DynamoDB refuses.
//!
//! DynamoDB is played by a listener that gives each request the next of its answers. The code under test takes its
//! configuration from the environment, so it runs in a process of its own: this binary again, in the test `process`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on is red")]

mod clock;
mod database;
mod dynamodb;
mod ledger;

use dynamodb::Played;

/// Says which case a process is to run.
const CASE: &str = "GIVEN_CASE";

/// Runs `case` in a process whose DynamoDB is `played`, and returns the line that it printed.
fn run(case: &str, played: &Played) -> String {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "process", "--ignored", "--nocapture"]).env(CASE, case);
    command.env("AWS_ENDPOINT_URL_DYNAMODB", played.url()).env("AWS_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    for table in ["TABLE_ACCOUNTS", "TABLE_RECEIPTS", "TABLE_CARDS", "TABLE_BOARDS", "TABLE_PRINTS"] {
        command.env(table, table);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = text.lines().find_map(|line| line.split_once("told: ")).map(|(_, told)| told.to_owned());
    told.unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
#[ignore = "another test starts it as a process of its own"]
fn process() {
    let Ok(case) = std::env::var(CASE) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("told: {}", runtime.block_on(ledger::told(&case)));
}
