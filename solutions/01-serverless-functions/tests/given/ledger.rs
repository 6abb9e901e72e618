//! A ledger, an album and a press, when DynamoDB refuses or answers what nobody expects.

use solution_1::album::{Album, AlbumError, Like};
use solution_1::ledger::{Ledger, LedgerError};
use solution_1::press::Press;

use super::dynamodb::{Answer, Played};
use super::run;

const DONE: Answer = (200, "{}");
const LOST: Answer = (
    400,
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"canceled",
        "CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}]}"#,
);
const TOO_LARGE: Answer = (
    400,
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"canceled",
        "CancellationReasons":[{"Code":"ItemCollectionSizeLimitExceeded"},{"Code":"None"}]}"#,
);
const REFUSED: Answer = (
    400,
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"canceled",
        "CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Item":{"a":{"S":"b"}}}]}"#,
);
const NO_CARD: Answer =
    (400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}"#);
const INVALID: Answer =
    (400, r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"bad"}"#);

/// What a process tells of a case.
pub async fn told(case: &str) -> String {
    match case {
        "write" => {
            let ledger = Ledger::open().unwrap();
            match ledger.write(vec![ledger.take_stamps("ada", 1)]).await {
                Ok(()) => "done".into(),
                Err(LedgerError::Refused(refusals)) => {
                    let of = |refusal: &solution_1::ledger::Refusal| (refusal.write, refusal.found.is_some());
                    format!("refused {:?}", refusals.iter().map(of).collect::<Vec<_>>())
                }
                Err(LedgerError::Database(error)) => error.error_type().into(),
            }
        }
        "like" => match Album::open().unwrap().keep(&Like { card: "c".into(), by: "ada".into() }).await {
            Ok(()) => "done".into(),
            Err(AlbumError::NoCard(card)) => format!("no card {card}"),
            Err(AlbumError::Database(error)) => error.error_type().into(),
        },
        "waiting" => match Press::open().unwrap().waiting("board", None).await {
            Ok(cards) => format!("{cards:?}"),
            Err(error) => format!("{}: {error}", error.error_type()),
        },
        case => panic!("there is no case {case}"),
    }
}

fn after(case: &str, answers: &[Answer]) -> (String, usize) {
    let played = Played::new(answers.to_vec());
    (run(case, &played), played.asked())
}

#[test]
fn a_transaction_that_lost_is_sent_again_up_to_five_times() {
    assert_eq!(after("write", &[LOST, LOST, LOST, LOST, DONE]), ("done".into(), 5));
    assert_eq!(after("write", &[LOST, LOST, LOST, LOST, LOST]), ("Database.Request".into(), 5));
}

#[test]
fn a_transaction_that_was_refused_is_sent_once() {
    assert_eq!(after("write", &[REFUSED]), ("refused [(1, true)]".into(), 1));
    assert_eq!(after("write", &[TOO_LARGE]), ("Database.Request".into(), 1));
    assert_eq!(after("write", &[INVALID]), ("Database.Request".into(), 1));
}

#[test]
fn a_condition_that_fails_is_no_card_and_anything_else_is_the_databases() {
    assert_eq!(after("like", &[DONE]).0, "done");
    assert_eq!(after("like", &[NO_CARD]).0, "no card c");
    assert_eq!(after("like", &[INVALID]).0, "Database.Request");
}

#[test]
fn a_card_without_its_attributes_is_told() {
    const WHOLE: Answer = (
        200,
        r#"{"Count":1,"ScannedCount":1,"Items":[{"place":{"N":"3"},"card":{"S":"c"},"press_ms":{"N":"20"}}]}"#,
    );
    const TEXT: Answer = (
        200,
        r#"{"Count":1,"ScannedCount":1,"Items":[{"place":{"S":"3"},"card":{"S":"c"},"press_ms":{"N":"20"}}]}"#,
    );
    assert_eq!(after("waiting", &[WHOLE]).0, r#"[Waiting { place: 3, card: "c", press_ms: 20 }]"#);
    assert_eq!(after("waiting", &[TEXT]).0, "Database.Attribute: an item has no usable attribute place");
}
