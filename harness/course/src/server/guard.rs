//! Who is answered: pages of this book. A page of another site, or a name that was bent to 127.0.0.1, is not.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The names under which this machine reaches itself.
const NAMES: [&str; 2] = ["127.0.0.1", "localhost"];

/// The port that is listened on: part of every host and origin that is ours.
#[derive(Clone, Copy, Debug)]
pub struct Port(pub u16);

/// Answers 403 to a foreign Host, Origin, or fetch from another site; else goes on.
pub async fn check(State(Port(port)): State<Port>, request: Request, next: Next) -> Response {
    match foreign(request.headers(), request.uri().path(), port) {
        Some(why) => refuse(&why, port),
        None => next.run(request).await,
    }
}

fn refuse(why: &str, port: u16) -> Response {
    let text = format!(
        "403: {why}\n\nThis server answers pages of its own book alone. Open http://127.0.0.1:{port}/ in a browser on this \
         machine.\n"
    );
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Why a request is not ours.
fn foreign(headers: &HeaderMap, path: &str, port: u16) -> Option<String> {
    let Some(host) = single(headers, header::HOST) else {
        return Some("the request has no Host, or several.".into());
    };
    if !is_ours(host, port) {
        return Some(format!("the Host {host:?} is not this server's."));
    }
    if headers.contains_key(header::ORIGIN) {
        let origin = single(headers, header::ORIGIN).unwrap_or_default();
        if !origin.strip_prefix("http://").is_some_and(|host| is_ours(host, port)) {
            return Some(format!("the Origin {origin:?} is not this book."));
        }
    }
    // A browser says where a fetch comes from even where it sends no Origin (Fetch Metadata, W3C).
    let site = single(headers, header::HeaderName::from_static("sec-fetch-site"));
    if path.starts_with("/api/") && site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Some("the request comes from a page of another site.".into());
    }
    None
}

fn is_ours(host: &str, port: u16) -> bool {
    host.split_once(':').is_some_and(|(name, given)| {
        given == port.to_string() && NAMES.iter().any(|ours| ours.eq_ignore_ascii_case(name))
    })
}

fn single(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}
