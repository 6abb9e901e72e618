//! The DynamoDB of a lab, for a client that is no test: prints its endpoint, and stands until its input ends.
//!
//! What is behind the endpoint is chosen by `DYNAMODB`, and every request passes the lab's recorder, as in a test.

use tokio::io::AsyncReadExt;

lab::main! { async |lab: &lab::Lab| {
    println!("{}", lab.dynamodb_url());
    // What the input says doesn't matter, nor how it ends.
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}}
