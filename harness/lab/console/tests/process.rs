//! The console as a process: what each operation costs, looks at and changes, on the embedded database.

#![expect(clippy::unwrap_used, reason = "where the set-up fails, the test is to fail")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lab_console::{BYTES_MAX, ITEMS_MAX};
use lab_manifest::console::{Answer, Ask, Json, Table};
use lab_manifest::effect::{Change, Effect};
use serde_json::{Value, json};

/// The filling makes an item of this many bytes with a board of six letters, a card of one, and a short title.
const CARD_BYTES: usize = 1_000;

struct Console {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Console {
    /// A lab with five cards of a kilobyte on one board, one on another, and an index by title.
    fn open() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lab-console"))
            .env("DYNAMODB", "embedded")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut console = Self { child, input, output };
        let opened = console.ask(&Ask::Open(tables()));
        assert_eq!((opened.status, opened.content[0].items.len()), (200, 6), "{opened:?}");
        console
    }

    fn ask(&mut self, ask: &Ask) -> Answer {
        writeln!(self.input, "{}", serde_json::to_string(ask).unwrap()).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn send(&mut self, operation: &str, body: Value) -> Answer {
        self.ask(&Ask::Send { operation: operation.into(), body })
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tables() -> Vec<Table> {
    let create = json!({
        "TableName": "cards", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "board", "AttributeType": "S"}, {"AttributeName": "card", "AttributeType": "S"},
            {"AttributeName": "title", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "board", "KeyType": "HASH"}, {"AttributeName": "card", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-title", "KeySchema": [{"AttributeName": "title", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    });
    let harbor = (1..=5).map(|number| card("harbor", number));
    vec![Table { create: Json(create), items: Json(harbor.chain([card("summit", 1)]).collect()) }]
}

fn card(board: &str, number: u32) -> Value {
    let names = "board".len() + "card".len() + "title".len() + "text".len();
    let rest = CARD_BYTES - names - board.len() - 1 - 2;
    json!({
        "board": {"S": board}, "card": {"S": number.to_string()}, "title": {"S": format!("t{number}")},
        "text": {"S": "x".repeat(rest)},
    })
}

fn key(board: &str, card: &str) -> Value {
    json!({"board": {"S": board}, "card": {"S": card}})
}

/// Read and written units, those of indexes included.
fn units(answer: &Answer) -> (f64, f64) {
    let cost = answer.cost.as_ref().unwrap_or_else(|| panic!("no cost: {answer:?}"));
    (cost.read, cost.written())
}

/// The cards that were looked at, those in brackets that a filter threw away.
fn looked_at(answer: &Answer) -> String {
    let Effect { looked_at, .. } = answer.effect.clone().unwrap_or_else(|| panic!("no effect: {answer:?}"));
    let told = looked_at.iter().map(|looked| {
        let card = looked.stored.item["card"]["S"].as_str().unwrap_or_default();
        if looked.returned { card.to_owned() } else { format!("({card})") }
    });
    told.collect::<Vec<_>>().join(" ")
}

fn changes(answer: &Answer) -> Vec<Change> {
    answer.effect.clone().unwrap_or_else(|| panic!("no effect: {answer:?}")).changes
}

#[test]
fn reads_by_key_cost_each_item_and_look_at_it_whole() {
    let mut console = Console::open();
    let get = json!({"TableName": "cards", "Key": key("harbor", "2"), "ProjectionExpression": "title"});
    let got = console.send("GetItem", get);
    assert_eq!((units(&got), looked_at(&got).as_str()), ((0.5, 0.0), "2"));
    assert_eq!(got.reply["Item"], json!({"title": {"S": "t2"}}));
    assert_eq!(got.effect.as_ref().unwrap().looked_at[0].stored.bytes, CARD_BYTES);
    assert!(got.content.is_empty(), "nothing has changed");
    let missing = console
        .send("GetItem", json!({"TableName": "cards", "Key": key("harbor", "9"), "ConsistentRead": true}));
    assert_eq!((units(&missing), looked_at(&missing).as_str()), ((1.0, 0.0), ""));
    let batch = json!({"RequestItems": {"cards": {"Keys": [key("harbor", "1"), key("harbor", "9"), key("summit", "1")]}}});
    let batch = console.send("BatchGetItem", batch);
    assert_eq!((units(&batch), looked_at(&batch).as_str()), ((1.5, 0.0), "1 1"));
    let transaction = json!({"TransactItems": [{"Get": {"TableName": "cards", "Key": key("harbor", "1")}}]});
    let transaction = console.send("TransactGetItems", transaction);
    assert_eq!((units(&transaction), looked_at(&transaction).as_str()), ((2.0, 0.0), "1"));
}

#[test]
fn a_query_and_a_scan_look_at_what_they_throw_away() {
    let mut console = Console::open();
    let query = json!({
        "TableName": "cards", "KeyConditionExpression": "board = :b",
        "ExpressionAttributeValues": {":b": {"S": "harbor"}},
    });
    let with = |more: Value| {
        let mut body = query.clone();
        for (name, value) in more.as_object().unwrap() {
            match body[name].as_object_mut() {
                Some(members) => members.extend(value.as_object().unwrap().clone()),
                None => body[name] = value.clone(),
            }
        }
        body
    };
    // Five kilobytes are two blocks of four.
    let all = console.send("Query", query.clone());
    assert_eq!((units(&all), looked_at(&all).as_str()), ((1.0, 0.0), "1 2 3 4 5"));
    let last = console.send("Query", with(json!({"ScanIndexForward": false, "Limit": 2})));
    assert_eq!((units(&last), looked_at(&last).as_str()), ((0.5, 0.0), "5 4"));
    let filter = json!({
        "FilterExpression": "#t = :t", "ExpressionAttributeNames": {"#t": "title"},
        "ExpressionAttributeValues": {":t": {"S": "t3"}},
    });
    let filtered = console.send("Query", with(filter.clone()));
    assert_eq!((units(&filtered), looked_at(&filtered).as_str()), ((1.0, 0.0), "(1) (2) 3 (4) (5)"));
    let mut cut = with(filter);
    cut["ProjectionExpression"] = json!("#t");
    let cut = console.send("Query", cut);
    assert_eq!(cut.reply["Items"], json!([{"title": {"S": "t3"}}]));
    assert_eq!((units(&cut), looked_at(&cut).as_str()), ((1.0, 0.0), "(1) (2) 3 (4) (5)"));
    let mut counted = with(json!({"Select": "COUNT", "FilterExpression": "card > :c"}));
    counted["ExpressionAttributeValues"][":c"] = json!({"S": "3"});
    let refused = console.send("Query", counted);
    assert_eq!(
        (refused.status, refused.cost.is_none(), refused.effect.is_none()),
        (400, true, true),
        "no key in a filter"
    );
    let scan = json!({
        "TableName": "cards", "FilterExpression": "board = :b", "ExpressionAttributeValues": {":b": {"S": "summit"}},
        "ConsistentRead": true, "Select": "COUNT",
    });
    let scan = console.send("Scan", scan);
    assert_eq!((&scan.reply["Count"], &scan.reply["ScannedCount"]), (&json!(1), &json!(6)));
    assert_eq!(units(&scan), (2.0, 0.0));
    assert_eq!(scan.effect.as_ref().unwrap().looked_at.iter().filter(|looked| looked.returned).count(), 1);
    let index = json!({
        "TableName": "cards", "IndexName": "by-title", "KeyConditionExpression": "title = :t",
        "ExpressionAttributeValues": {":t": {"S": "t1"}},
    });
    let index = console.send("Query", index);
    assert_eq!((units(&index), looked_at(&index).as_str()), ((0.5, 0.0), "1 1"));
}

#[test]
fn a_write_tells_the_item_before_and_after() {
    let mut console = Console::open();
    let new = json!({"board": {"S": "harbor"}, "card": {"S": "6"}});
    let put = console.send("PutItem", json!({"TableName": "cards", "Item": new}));
    assert_eq!(units(&put), (0.0, 1.0));
    let [change] = &changes(&put)[..] else { panic!("{put:?}") };
    assert_eq!((&change.key, &change.before), (&key("harbor", "6"), &None));
    assert_eq!(change.after.as_ref().unwrap().item, new);
    assert_eq!(put.content[0].items.len(), 7, "the table is told where it changed");
    let update = json!({
        "TableName": "cards", "Key": key("harbor", "1"), "UpdateExpression": "SET title = :t",
        "ExpressionAttributeValues": {":t": {"S": "u1"}},
    });
    let update = console.send("UpdateItem", update);
    // One for the item, and two for the index: its entry is at another key now.
    assert_eq!(units(&update), (0.0, 3.0));
    let [change] = &changes(&update)[..] else { panic!("{update:?}") };
    assert_eq!(change.before.as_ref().unwrap().item["title"], json!({"S": "t1"}));
    assert_eq!(change.after.as_ref().unwrap().item["title"], json!({"S": "u1"}));
    let again =
        json!({"TableName": "cards", "Item": new, "ConditionExpression": "attribute_not_exists(board)"});
    let again = console.send("PutItem", again);
    assert!(
        again.reply["__type"].as_str().unwrap().ends_with("ConditionalCheckFailedException"),
        "{again:?}"
    );
    assert_eq!(units(&again), (0.0, 1.0));
    let [change] = &changes(&again)[..] else { panic!("{again:?}") };
    assert_eq!(change.before, change.after, "a condition that fails changes nothing");
    assert!(again.content.is_empty());
    let delete = console.send("DeleteItem", json!({"TableName": "cards", "Key": key("harbor", "6")}));
    assert_eq!((units(&delete), changes(&delete)[0].after.is_none()), ((0.0, 1.0), true));
}

#[test]
fn batches_and_transactions_tell_each_item() {
    let mut console = Console::open();
    let put = |card: &str| json!({"PutRequest": {"Item": key("pier", card)}});
    let batch = json!({"RequestItems": {"cards": [put("1"), put("2"), {"DeleteRequest": {"Key": key("harbor", "1")}}]}});
    let batch = console.send("BatchWriteItem", batch);
    // The deleted card had an entry in the index.
    assert_eq!((units(&batch), changes(&batch).len()), ((0.0, 4.0), 3));
    assert_eq!(
        changes(&batch).iter().map(|change| change.after.is_some()).collect::<Vec<_>>(),
        [true, true, false]
    );
    let check = |condition: &str| {
        json!({"TransactItems": [
            {"Put": {"TableName": "cards", "Item": key("pier", "3")}},
            {"ConditionCheck": {"TableName": "cards", "Key": key("pier", "1"), "ConditionExpression": condition}},
        ]})
    };
    let done = console.send("TransactWriteItems", check("attribute_exists(board)"));
    assert_eq!((done.status, units(&done), changes(&done).len()), (200, (0.0, 4.0), 2));
    let canceled = console.send("TransactWriteItems", check("attribute_not_exists(board)"));
    assert_eq!(canceled.reply["CancellationReasons"][1]["Code"], "ConditionalCheckFailed");
    assert!(changes(&canceled).iter().all(|change| change.before == change.after), "{canceled:?}");
}

#[test]
fn what_the_database_refuses_is_told_in_its_own_words_and_costs_nothing() {
    let mut console = Console::open();
    let scan = json!({"TableName": "cards", "FilterExpression": "views > :v", "ExpressionAttributeValues": {":v": {"N": "1"}}});
    let reserved = console.send("Scan", scan);
    assert_eq!((reserved.status, reserved.cost.is_none()), (400, true));
    let message = reserved.reply["message"].as_str().unwrap();
    assert!(message.contains("reserved keyword: views"), "{message}");
    let described = console.send("DescribeTable", json!({"TableName": "cards"}));
    assert_eq!((described.status, &described.reply["Table"]["TableName"]), (200, &json!("cards")));
    let listed = console.send("ListTables", json!({}));
    assert_eq!(listed.reply["TableNames"], json!(["cards"]));
    assert_eq!(console.send("Query", json!({"TableName": "none"})).status, 400);
}

#[test]
fn a_full_lab_takes_nothing_more_and_a_fresh_one_is_as_at_the_beginning() {
    let mut console = Console::open();
    let put = |card: usize| json!({"TableName": "cards", "Item": key("pier", &card.to_string())});
    for card in 6..ITEMS_MAX {
        assert_eq!(console.send("PutItem", put(card)).refused, None, "{card}");
    }
    let refused = console.send("PutItem", put(0)).refused.unwrap();
    assert!(refused.contains("200 items at most"), "{refused}");
    let fresh = console.ask(&Ask::Open(tables()));
    assert_eq!(fresh.content[0].items.len(), 6);
    // An item that a request of a few bytes makes larger and larger.
    let start = json!({"TableName": "cards", "Item": {"board": {"S": "big"}, "card": {"S": "1"}, "list": {"L": [{"S": "x".repeat(100_000)}]}}});
    assert_eq!(console.send("PutItem", start).status, 200);
    let double = json!({"TableName": "cards", "Key": key("big", "1"), "UpdateExpression": "SET #l = list_append(#l, #l)", "ExpressionAttributeNames": {"#l": "list"}});
    let refused = (0..9).find_map(|_| console.send("UpdateItem", double.clone()).refused);
    assert!(refused.is_some_and(|refused| refused.contains("KB at most")));
    const { assert!(2 * BYTES_MAX < 1024 * 1024, "the largest table is a page of a scan") };
}

#[test]
fn it_ends_with_its_input() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lab-console"))
        .env("DYNAMODB", "embedded")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn with_a_database_that_others_use_too_it_does_not_begin() {
    let ended = Command::new(env!("CARGO_BIN_EXE_lab-console")).env("DYNAMODB", "auto").output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && told.contains("set DYNAMODB=embedded"), "{told}");
}
