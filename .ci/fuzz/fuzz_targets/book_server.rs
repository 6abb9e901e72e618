//! The book's server: whoever is not a page of this book is refused, and nothing else is done for them.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, Uri};
use course::book::site::Site;
use course::course::Course;
use course::progress::Progress;
use course::server::routes::{App, Registered, router};
use course::session::board::Board;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use tower::ServiceExt;

const PORT: u16 = 4000;

#[derive(Arbitrary, Debug)]
struct Asked<'a> {
    post: bool,
    path: &'a str,
    hosts: Vec<Header<'a>>,
    origins: Vec<Header<'a>>,
    site: Option<&'a [u8]>,
}

/// Ours, so that the fuzzer need not guess it, or anything.
#[derive(Arbitrary, Debug)]
enum Header<'a> {
    Address,
    Name,
    Other(&'a [u8]),
}

impl Header<'_> {
    fn value(&self, scheme: &str) -> Option<HeaderValue> {
        match self {
            Self::Address => HeaderValue::from_str(&format!("{scheme}127.0.0.1:{PORT}")).ok(),
            Self::Name => HeaderValue::from_str(&format!("{scheme}LocalHost:{PORT}")).ok(),
            Self::Other(bytes) => HeaderValue::from_bytes(bytes).ok(),
        }
    }
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be made"));

static APP: LazyLock<App> = LazyLock::new(|| {
    let course = Course::read(Path::new("/nowhere"));
    let board = Board::new(&course, &Progress::default());
    let registered = Registered { tries: vec!["hello".into()], exercises: vec![1] };
    App::new(Site::of_page("<h1>The book</h1>".into()), board, None, registered)
});

/// Written down once more, without the server's own code.
fn is_ours(value: &HeaderValue, scheme: &str) -> bool {
    [format!("{scheme}127.0.0.1:{PORT}"), format!("{scheme}localhost:{PORT}")]
        .iter()
        .any(|ours| value.as_bytes().eq_ignore_ascii_case(ours.as_bytes()))
}

fuzz_target!(|asked: Asked<'_>| {
    let Ok(uri) = asked.path.parse::<Uri>() else { return };
    let hosts: Vec<HeaderValue> = asked.hosts.iter().filter_map(|host| host.value("")).collect();
    let origins: Vec<HeaderValue> =
        asked.origins.iter().filter_map(|origin| origin.value("http://")).collect();
    let site = asked.site.and_then(|site| HeaderValue::from_bytes(site).ok());
    let mut request = Request::new(Body::empty());
    *request.method_mut() = if asked.post { Method::POST } else { Method::GET };
    *request.uri_mut() = uri.clone();
    for (name, values) in [("host", &hosts), ("origin", &origins)] {
        for value in values {
            request.headers_mut().append(name, value.clone());
        }
    }
    if let Some(site) = &site {
        request.headers_mut().insert("sec-fetch-site", site.clone());
    }
    let reply =
        RUNTIME.block_on(router(APP.clone(), PORT).oneshot(request)).expect("the router answers everything");
    let is_foreign = !matches!(hosts.as_slice(), [host] if is_ours(host, ""))
        || !matches!(origins.as_slice(), [] | [_])
        || origins.iter().any(|origin| !is_ours(origin, "http://"));
    assert_eq!(reply.status() == StatusCode::FORBIDDEN, is_foreign || is_of_other_site(&uri, site.as_ref()));
    assert!(!reply.status().is_server_error(), "{}", reply.status());
});

fn is_of_other_site(uri: &Uri, site: Option<&HeaderValue>) -> bool {
    // A value that is no text is none: no browser sends it.
    let site = site.and_then(|site| site.to_str().ok());
    uri.path().starts_with("/api/") && site.is_some_and(|site| site != "same-origin" && site != "none")
}
