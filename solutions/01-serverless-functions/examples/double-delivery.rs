//! A counter without protection receives the same event twice.

use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_sdk_dynamodb::types::ReturnValue;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use solution_1::database::{self, DatabaseError};
use solution_1::tables::Table;
use solution_2::Function;

use deploy::deploy;

mod deploy;

/// Boards, and how many cards they have received.
const BOARDS: Table =
    Table { name: "boards", variable: "TABLE_BOARDS", sort_key: None, ..solution_1::tables::BOARDS };

// ANCHOR: book
#[derive(Clone, Deserialize, Serialize)]
struct Arrival {
    event_id: String,
    board: String,
}

// ANCHOR: update
/// Counts a card that has arrived at a board. The board's item is there, and has a count.
async fn arrived(event: LambdaEvent<Arrival>) -> Result<(), Error> {
    database::client()?
        .update_item()
        .table_name(database::variable("TABLE_BOARDS")?)
        .key("board", S(event.payload.board))
        .update_expression("SET received = received + :one")
        .expression_attribute_values(":one", N("1".into()))
        .return_values(ReturnValue::None)
        .send()
        .await
        .map_err(DatabaseError::from)?;
    Ok(())
}
// ANCHOR_END: update

async fn run() -> Result<(), Error> {
    lambda_runtime::run(service_fn(arrived)).await
}

lab::main! { "arrivals" => run(); async |lab: &lab::Lab| {
    let table = lab.table_name(BOARDS.name);
    BOARDS.create(&lab.client(), &table).await.expect("a fresh table can be created");
    let board = [("board".to_owned(), S("harbor".into())), ("received".to_owned(), N("41".into()))];
    let put = lab.client().put_item().table_name(&table).set_item(Some(board.into()));
    put.send().await.expect("an item can be put into a fresh table");

    let functions = deploy(lab, Function::new("arrivals").variable("TABLE_BOARDS", &table)).await;
    let one_card = Arrival { event_id: "event-7".into(), board: "harbor".into() };
    println!("before                 {}", received(lab).await);

    // The function works. Its reply gets lost, so the sender cannot know.
    let _lost = functions.invoke("arrivals", &one_card).await;
    println!("after one delivery     {}", received(lab).await);

    // The sender does what it must: it sends the same event again.
    let reply = functions.invoke("arrivals", &one_card).await;
    println!("after two deliveries   {}", received(lab).await);
    println!("told to the sender     {} {}", reply.status, reply.text());
}}
// ANCHOR_END: book

/// What the board's item says.
async fn received(lab: &lab::Lab) -> String {
    let items = lab.items(BOARDS.name).await;
    let received = items.first().and_then(|board| board.number("received"));
    received.map_or("no count".into(), |received| format!("{received} cards"))
}
