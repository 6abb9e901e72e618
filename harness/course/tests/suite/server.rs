//! Who is answered, and what.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use course::book::site::Site;
use course::course::Course;
use course::progress::Progress;
use course::server::routes::{App, Registered};
use course::server::serving::{Serving, serve};
use course::session::board::{Board, Labs, Phase};
use course::session::queue::{Job, Queue};

const LIMIT: Duration = Duration::from_secs(20);

/// A server of the small course.
pub struct Running {
    serving: Serving,
    app: App,
    pub queue: Queue,
}

impl Running {
    /// One that runs things.
    pub fn start() -> Self {
        let queue = Queue::default();
        Self::serve(Some(queue.clone()), queue)
    }

    /// One that only shows the book.
    pub fn reading() -> Self {
        Self::serve(None, Queue::default())
    }

    fn serve(runs: Option<Queue>, queue: Queue) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/course");
        let course = Course::read(&root);
        let board = Board::new(&course, &Progress::default());
        let registered = Registered {
            tries: vec!["greet".into()],
            exercises: vec![1],
            consoles: course.consoles(),
            root: Some(root),
        };
        let site = Site::of_page("<main>one</main>".into());
        let app = App::new(site, board, runs, registered);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self { serving: serve(app.clone(), listener).unwrap(), app, queue }
    }

    fn port(&self) -> &str {
        self.serving.address.rsplit(':').next().unwrap()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.serving.address.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    /// Sends a request with these lines of header, `PORT` replaced, and returns status and body.
    pub fn ask(&self, method: &str, path: &str, headers: &[&str]) -> (u16, String) {
        self.ask_with_body(method, path, headers, "")
    }

    /// As [`Running::ask`], with a body.
    pub fn ask_with_body(&self, method: &str, path: &str, headers: &[&str], body: &str) -> (u16, String) {
        let mut stream = self.connect();
        let headers = headers.join("\r\n").replace("PORT", self.port());
        let separator = if headers.is_empty() { "" } else { "\r\n" };
        write!(stream, "{method} {path} HTTP/1.1\r\n{headers}{separator}Connection: close\r\n\r\n{body}")
            .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let status = reply.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        (status, reply.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }
}

#[test]
fn only_this_servers_own_names_and_pages_are_answered() {
    let running = Running::start();
    let cases: [(&[&str], u16); 14] = [
        (&["Host: 127.0.0.1:PORT"], 200),
        (&["Host: localhost:PORT"], 200),
        (&["Host: LOCALHOST:PORT"], 200),
        (&["Host: 127.0.0.1:PORT", "Origin: http://127.0.0.1:PORT"], 200),
        (&["Host: 127.0.0.1:PORT", "Sec-Fetch-Site: same-origin"], 200),
        (&["Host: example.org"], 403),
        (&["Host: example.org:PORT"], 403),
        (&["Host: 127.0.0.1"], 403),
        (&["Host: 127.0.0.1:1"], 403),
        (&["Host: 127.0.0.1.example.org:PORT"], 403),
        (&["Host: 127.0.0.1:PORT", "Origin: http://example.org"], 403),
        (&["Host: 127.0.0.1:PORT", "Origin: null"], 403),
        (&["Host: 127.0.0.1:PORT", "Origin: https://127.0.0.1:PORT"], 403),
        (&["Host: 127.0.0.1:PORT", "Sec-Fetch-Site: cross-site"], 403),
    ];
    for (headers, expected) in cases {
        let (status, body) = running.ask("GET", "/api/state", headers);
        assert_eq!(status, expected, "{headers:?}: {body}");
        if expected == 403 {
            assert!(body.contains("pages of its own book alone"), "{body}");
        }
    }
    assert_eq!(running.ask("GET", "/", &["Host: example.org:PORT"]).0, 403, "the book is guarded too");
    // A link from elsewhere may be followed: it reads a page, and asks for nothing to be done.
    assert_eq!(running.ask("GET", "/", &["Host: 127.0.0.1:PORT", "Sec-Fetch-Site: cross-site"]).0, 200);
}

const OURS: &[&str] = &["Host: 127.0.0.1:PORT", "Content-Length: 0"];

#[test]
fn what_is_not_registered_is_not_run() {
    let running = Running::start();
    for path in [
        "/api/try/none",
        "/api/try/greet%20--help",
        "/api/try/..%2fgreet",
        "/api/run/2",
        "/api/run/-1",
        "/api/run/one",
    ] {
        assert_eq!(running.ask("POST", path, OURS).0, 404, "{path}");
    }
    assert_eq!(running.ask("GET", "/api/try/greet", OURS).0, 405);
    assert_eq!(running.ask("POST", "/index.html", OURS).0, 405);
    assert_eq!(running.ask("GET", "/../Cargo.toml", OURS).0, 404);
    assert!(running.ask("POST", "/api/run/1", OURS).0 == 202);
    let (job, _) = running.queue.next().unwrap();
    assert!(matches!(job, Job::Exercise(1)));
}

#[test]
fn a_try_is_answered_with_its_output_or_with_why_there_is_none() {
    let running = Running::start();
    let queue = running.queue.clone();
    let worker = std::thread::spawn(move || {
        for answer in [Ok("hello\n".to_owned()), Err("it failed".to_owned())] {
            let Some((Job::Try(id, waiting), _)) = queue.next() else { panic!("no try came") };
            assert_eq!(id, "greet");
            waiting.send(answer).unwrap();
        }
    });
    let (status, body) = running.ask("POST", "/api/try/greet", OURS);
    assert_eq!(status, 200);
    assert!(body.contains("\"ok\":true") && body.contains("\"output\":\"hello\\n\""), "{body}");
    let (_, body) = running.ask("POST", "/api/try/greet", OURS);
    assert!(body.contains("\"ok\":false") && body.contains("it failed"), "{body}");
    worker.join().unwrap();
}

#[test]
fn only_so_many_tries_wait_at_once() {
    let running = Running::start();
    // Nobody works: each of these waits.
    let waiting: Vec<_> = std::iter::from_fn(|| running.queue.run_try("greet")).collect();
    assert!(!waiting.is_empty());
    let (status, body) = running.ask("POST", "/api/try/greet", OURS);
    assert_eq!(status, 429, "{body}");
}

#[test]
fn an_open_page_hears_of_states_and_builds() {
    let running = Running::start();
    let mut stream = running.connect();
    write!(stream, "GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", running.port()).unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let mut next = |event: &str| -> String {
        lines
            .by_ref()
            .find(|line| line == &format!("event: {event}"))
            .unwrap_or_else(|| panic!("no event {event}"));
        lines.next().unwrap()
    };
    assert!(next("state").contains("\"phase\":\"idle\""));
    running.app.board.labs(Labs { phase: Phase::Building, done: 1, total: 2, ..Labs::default() });
    assert!(next("state").contains("\"phase\":\"building\""));
    running.app.replace(Site::of_page("<main>two</main>".into()));
    assert!(next("page").contains("index.html"));
}

#[test]
fn the_state_lists_every_step_with_its_key() {
    let running = Running::start();
    let (_, body) = running.ask("GET", "/api/state", OURS);
    let state: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(state["version"], 1);
    assert_eq!(state["exercises"][0]["status"], "untouched");
    assert_eq!(state["exercises"][0]["steps"][0]["key"], "0a0a0a0a-0000-4000-8000-000000000001/by-name");
    assert_eq!(state["exercises"][0]["steps"][0]["status"], "unknown");
}

#[test]
fn the_kept_runs_of_an_exercise_are_answered_and_nothing_else_is_read() {
    let running = Running::start();
    let host = ["Host: 127.0.0.1:PORT"];
    assert_eq!(running.ask("GET", "/api/trace/1", &host), (200, r#"{"ok":true,"tests":[]}"#.to_owned()));
    for path in ["/api/trace/2", "/api/trace/..", "/api/trace/%2e%2e%2f1", "/api/trace/1/x"] {
        assert_eq!(running.ask("GET", path, &host).0, 404, "{path}");
    }
    assert_eq!(running.ask("POST", "/api/trace/1", &host).0, 405);
    assert_eq!(running.ask("GET", "/api/trace/1", &["Host: example.org"]).0, 403);
}
