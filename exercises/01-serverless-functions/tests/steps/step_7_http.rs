//! Step 7: the same logic as an HTTP function.
//!
//! A function URL turns a request into an event, in payload format 2.0, and the reply into a response. What is wrong
//! with a request is a response with a status; a function error is for what its sender can't mend.

use super::subject::tables::CARDS;
use lab::{Lab, Observation, Reply, Seed};
use serde_json::{Value, json};
use solution_2::config::Function;

use super::cloud::Cloud;
use super::shown::shown;
use super::stocked;

async fn deploy(lab: &Lab) -> Cloud {
    let function = Function::new("site").reserved_concurrency(1);
    Cloud::deploy(lab, stocked::table(lab, function, CARDS).await).await
}

enum Body {
    None,
    Text(String),
    Bytes(Vec<u8>),
}

/// The event that a function URL makes of a request.
fn event(method: &str, path: &str, body: Body) -> Value {
    let (body, encoded) = match body {
        Body::None => (Value::Null, false),
        Body::Text(text) => (json!(text), false),
        Body::Bytes(bytes) => (json!(lambda_http::Body::from(bytes)), true),
    };
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "content-type": if encoded { "application/octet-stream" } else { "application/json" },
            "host": "postcards.lambda-url.us-east-1.on.aws",
        },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "postcards",
            "domainName": "postcards.lambda-url.us-east-1.on.aws",
            "domainPrefix": "postcards",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "198.51.100.7",
                "userAgent": "a-browser",
            },
            "requestId": "an-id-of-the-front-door",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2030:00:00:00 +0000",
            "timeEpoch": 1_893_456_000_000_u64,
        },
        "isBase64Encoded": encoded,
    });
    if !body.is_null() {
        event["body"] = body;
    }
    event
}

/// Status and body; or what came in their place.
fn response(reply: &Reply) -> [String; 2] {
    let document = reply.json();
    match document["statusCode"].as_u64() {
        Some(status) if reply.function_error().is_none() => [status.to_string(), body(&document)],
        _ => ["none".to_owned(), shown(reply)],
    }
}

/// The body's JSON, without the message of a refusal: how it is worded is no promise.
fn body(document: &Value) -> String {
    let text = document["body"].as_str().unwrap_or_default();
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(mut members)) => {
            if members.contains_key("error") {
                members.remove("message");
            }
            Value::Object(members).to_string()
        }
        _ => text.to_owned(),
    }
}

fn header(reply: &Reply, name: &str) -> String {
    reply.json()["headers"][name].as_str().unwrap_or("none").to_owned()
}

fn card(seed: &Seed) -> Value {
    json!({ "from": seed.name(), "to": seed.name(), "words": format!("{} é {}", seed.word(), seed.word()) })
}

#[test]
fn a_card_is_answered_however_it_was_sent_and_whatever_is_wrong_with_it() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = deploy(lab).await;
        let (from, to) = (seed.name(), seed.name());
        let words = |words: &str| Body::Text(json!({ "from": from, "to": to, "words": words }).to_string());
        let mut not_utf8 = card(&seed).to_string().into_bytes();
        // Within the words, so that whoever puts another character in its place has a card.
        let at = not_utf8.iter().position(|byte| !byte.is_ascii()).expect("a card has an `é`");
        not_utf8[at] = 0xff;
        let too_long = "é".repeat(281);
        let good = card(&seed).to_string();
        let mut bodies = vec![
            ("a card as text", Body::Text(good.clone())),
            ("a card as bytes", Body::Bytes(good.into_bytes())),
            ("no body", Body::None),
            ("an empty body", Body::Text(String::new())),
            ("not JSON", Body::Text(seed.word())),
            ("no card", Body::Text(json!({ "from": from, "to": to }).to_string())),
            ("bytes that are not UTF-8", Body::Bytes(not_utf8)),
            ("no words", words("  ")),
            ("too many words", words(&too_long)),
        ];
        seed.shuffle(&mut bodies);
        let mut rows = Vec::new();
        for (name, body) in bodies {
            let reply = cloud.invoke(&event("POST", "/cards", body)).await;
            let [status, body] = response(&reply);
            rows.push([name.to_owned(), status, header(&reply, "content-type"), body]);
        }
        lab.observe(Observation::new().table("responses", &["sent", "status", "content-type", "body"], rows))
    });
}

#[test]
fn views_are_counted_over_http() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = deploy(lab).await;
        let (one, two) = (seed.id("card"), seed.id("card"));
        let mut rows = Vec::new();
        for card in [&one, &two, &one, &one] {
            let path = format!("/cards/{card}/views");
            let [status, body] = response(&cloud.invoke(&event("POST", &path, Body::None)).await);
            rows.push([path, status, body]);
        }
        let observation = Observation::new()
            .table("responses", &["path", "status", "body"], rows)
            .items("cards", &lab.items("cards").await);
        lab.observe(observation)
    });
}

#[test]
fn what_is_not_there_and_what_is_not_allowed_are_told_apart() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let cloud = deploy(lab).await;
        let card = seed.id("card");
        let views = format!("/cards/{card}/views");
        let requests = [
            ("GET", "/cards".to_owned()),
            ("DELETE", views.clone()),
            ("POST", "/cards//views".to_owned()),
            ("POST", "/".to_owned()),
            ("POST", "/cards/".to_owned()),
            ("POST", format!("/cards/{card}")),
            ("POST", format!("{views}/{}", seed.word())),
            ("POST", format!("/{}/{card}/views", seed.word())),
            ("GET", format!("/elsewhere/{}", seed.word())),
            ("POST", format!("/cards/{card}/more/views")),
        ];
        let mut rows = Vec::new();
        for (method, path) in requests {
            let reply = cloud.invoke(&event(method, &path, Body::None)).await;
            let [status, body] = response(&reply);
            rows.push([format!("{method} {path}"), status, header(&reply, "allow"), body]);
        }
        let observation = Observation::new()
            .table("responses", &["request", "status", "allow", "body"], rows)
            .items("cards", &lab.items("cards").await);
        lab.observe(observation)
    });
}
