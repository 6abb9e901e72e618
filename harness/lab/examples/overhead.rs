//! What the recorder and the layer of faults and costs add to a request: for `.ci/bench dynamodb`.
//!
//! `DYNAMODB` is the URL of a backend, which the bare client asks without the lab. Prints a line an operation: its name,
//! and the median microseconds bare, recorded, with a fault in force that never strikes, and with costs measured.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, Put, PutRequest,
    ScalarAttributeType, TransactWriteItem, WriteRequest,
};
use aws_sdk_dynamodb::{Client, Config};
use lab::{Fault, Lab};

/// Requests each way, one way after the other, so that what slows the machine slows all of them.
const ROUNDS: usize = 400;

/// The first ones open connections.
const WARM_UP: usize = 20;

const OPERATIONS: [&str; 6] =
    ["GetItem", "PutItem", "UpdateItem", "Query", "BatchWriteItem", "TransactWriteItems"];

/// How a request goes to the backend.
#[derive(Clone, Copy)]
enum Way {
    Bare,
    Recorded,
    Faults,
    Costs,
}

async fn create(client: &Client, table: &str) {
    let key =
        |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("both");
    let string = |name| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .expect("both")
    };
    client
        .create_table()
        .table_name(table)
        .attribute_definitions(string("board"))
        .attribute_definitions(string("card"))
        .key_schema(key("board", KeyType::Hash))
        .key_schema(key("card", KeyType::Range))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .expect("a table");
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn put(card: usize) -> PutRequest {
    PutRequest::builder()
        .item("board", text("harbor"))
        .item("card", text(format!("{card:03}")))
        .item("text", text("Wish you were here. ".repeat(20)))
        .build()
        .expect("an item")
}

async fn ask(client: &Client, table: &str, operation: &str, card: usize) {
    let item = put(card).item;
    let key = || [("board", text("harbor")), ("card", text(format!("{card:03}")))];
    let [(board, harbor), (sort, number)] = key();
    match operation {
        "GetItem" => drop(
            client
                .get_item()
                .table_name(table)
                .key(board, harbor)
                .key(sort, number)
                .send()
                .await
                .expect(operation),
        ),
        "PutItem" => {
            drop(client.put_item().table_name(table).set_item(Some(item)).send().await.expect(operation));
        }
        "UpdateItem" => drop(
            client
                .update_item()
                .table_name(table)
                .key(board, harbor)
                .key(sort, number)
                .update_expression("ADD visits :one")
                .expression_attribute_values(":one", AttributeValue::N("1".into()))
                .send()
                .await
                .expect(operation),
        ),
        "Query" => drop(
            client
                .query()
                .table_name(table)
                .key_condition_expression("board = :board")
                .expression_attribute_values(":board", harbor)
                .limit(20)
                .send()
                .await
                .expect(operation),
        ),
        "BatchWriteItem" => {
            let all = (0..10).map(|card| WriteRequest::builder().put_request(put(card)).build()).collect();
            drop(client.batch_write_item().request_items(table, all).send().await.expect(operation));
        }
        _ => {
            let puts = (0..4).map(|card| {
                let put = Put::builder().table_name(table).set_item(Some(put(card).item)).build();
                TransactWriteItem::builder().put(put.expect("a table and an item")).build()
            });
            let all = Some(puts.collect());
            drop(client.transact_write_items().set_transact_items(all).send().await.expect(operation));
        }
    }
}

fn median(mut times: Vec<Duration>) -> u128 {
    times.sort_unstable();
    times[times.len() / 2].as_micros()
}

/// A lab whose requests go one way. A layer that is on stays on, so each way has a lab of its own.
struct Route {
    lab: Lab,
    client: Client,
    table: String,
    times: Vec<Duration>,
}

impl Route {
    async fn open(way: Way, url: &str) -> Self {
        let lab = Lab::open().await;
        let table = lab.table_name("cards");
        create(&lab.client(), &table).await;
        let client = match way {
            Way::Bare => {
                let config: Config = lab.client().config().to_builder().endpoint_url(url).build();
                Client::from_conf(config)
            }
            Way::Recorded | Way::Faults | Way::Costs => lab.client(),
        };
        match way {
            Way::Bare | Way::Recorded => {}
            Way::Faults => lab.inject([Fault::throttling("DeleteItem"), Fault::slow("DeleteItem", 1)]),
            Way::Costs => lab.measure_costs(),
        }
        Self { lab, client, table, times: Vec::with_capacity(ROUNDS) }
    }
}

lab::main! { async |_: &Lab| {
    let url = std::env::var("DYNAMODB").expect("DYNAMODB is the URL of a backend");
    for operation in OPERATIONS {
        let mut routes = Vec::new();
        for way in [Way::Bare, Way::Recorded, Way::Faults, Way::Costs] {
            routes.push(Route::open(way, &url).await);
        }
        for round in 0..WARM_UP + ROUNDS {
            for route in &mut routes {
                let begin = Instant::now();
                ask(&route.client, &route.table, operation, round % 100).await;
                if round >= WARM_UP {
                    route.times.push(begin.elapsed());
                }
            }
        }
        let mut line = vec![operation.to_owned()];
        for Route { lab, times, .. } in routes {
            line.push(median(times).to_string());
            lab.close().await;
        }
        println!("{}", line.join(" "));
    }
}}
