//! The limits and the orders of DynamoDB, tried at their edge on the backend at hand.
//!
//! What is expected is what the book says: the table of `book/src/differences.md` has a line for each thing that is
//! tried, and a column for each backend. `DYNAMODB` chooses the backend, as for every test.

#[path = "limits/book.rs"]
mod book;
#[path = "limits/orders.rs"]
mod orders;
#[path = "limits/requests.rs"]
mod requests;
#[path = "limits/stage.rs"]
mod stage;
#[path = "limits/values.rs"]
mod values;

use lab::Lab;

use book::Backend;
use stage::Tried;

#[tokio::test(flavor = "multi_thread")]
async fn each_backend_does_what_the_book_says_of_it() {
    let lab = Lab::open().await;
    let stage = stage::set(&lab).await;
    let mut tried: Vec<Tried> = Vec::new();
    tried.extend(values::tried(&stage).await);
    tried.extend(requests::tried(&stage).await);
    tried.extend(orders::tried(&lab).await);
    let backend = Backend::of(&stage).await;
    lab.close().await;
    let told = book::told(backend);
    let all: Vec<&str> = tried.iter().map(|tried| tried.what).collect();
    let off: Vec<String> = tried
        .iter()
        .filter(|tried| told.get(tried.what) != Some(&tried.did))
        .map(|tried| {
            let told = told.get(tried.what).map_or("nothing", String::as_str);
            format!("{}: {} (the book says {told})", tried.what, tried.did)
        })
        .chain(
            told.keys().filter(|what| !all.contains(&what.as_str())).map(|what| format!("{what}: not tried")),
        )
        .collect();
    assert!(off.is_empty(), "on {backend:?}:\n{}", off.join("\n"));
}

#[test]
fn what_differs_from_the_service_is_bold() {
    let off = book::wrongly_bold();
    assert!(off.is_empty(), "{}", off.join("\n"));
}
