//! Requests to a lab's DynamoDB as they go over the wire: a console sends what a reader typed, and no client's idea of it.

use lab::{Lab, Reply};
use serde_json::{Value, json};

/// What stands before an operation's name in the header that names it.
const VERSION: &str = "DynamoDB_20120810";
/// The embedded database wants a signature with its date, and takes any.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=lab/20260101/us-east-1/dynamodb/aws4_request, \
                         SignedHeaders=host;x-amz-date, Signature=0";
const DATE: &str = "20260101T000000Z";

/// Sends a request through the lab's recorder.
pub(crate) async fn send(lab: &Lab, operation: &str, body: &Value) -> Reply {
    let target = format!("{VERSION}.{operation}");
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", target.as_str()),
        ("authorization", SIGNATURE),
        ("x-amz-date", DATE),
    ];
    lab.http(lab.dynamodb_url()).request("POST", "/", &headers, body.to_string().into_bytes()).await
}

/// Every item of a table, in the order of a scan.
pub(crate) async fn items(lab: &Lab, table: &str) -> Vec<Value> {
    let mut body = json!({ "TableName": table, "ConsistentRead": true });
    let mut items = Vec::new();
    loop {
        let mut page = send(lab, "Scan", &body).await.json();
        items.extend(page["Items"].as_array_mut().map(std::mem::take).unwrap_or_default());
        match page["LastEvaluatedKey"].take() {
            Value::Null => return items,
            next => body["ExclusiveStartKey"] = next,
        }
    }
}
