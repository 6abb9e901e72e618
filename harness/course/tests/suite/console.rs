//! The labs of a page's consoles: who has which, and how they end. The lab's process is a script here
//! (`fixtures/lab.sh`) that says which process it is, and breaks off or hangs where it is asked to.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use course::console::labs::{Labs, Limits, Reply, Trouble, View};
use course::console::program::Program;
use lab_manifest::console::{Ask, Document, Table};
use serde_json::{Value, json};

use crate::sample::Sample;

const LIMIT: Duration = Duration::from_secs(20);

struct Stand {
    sample: Sample,
    labs: Labs,
    /// How often a program was looked for.
    built: AtomicUsize,
}

impl Stand {
    fn new(limits: Limits) -> Self {
        Self { sample: Sample::new(), labs: Labs::new(limits), built: AtomicUsize::new(0) }
    }

    async fn ask(&self, view: &str, operation: &str) -> Result<Reply, Trouble> {
        self.say(view, Some(Ask::Send { operation: operation.into(), body: json!({}) })).await
    }

    async fn say(&self, view: &str, ask: Option<Ask>) -> Result<Reply, Trouble> {
        let view = View { console: "shelf".into(), key: view.into() };
        let program = async {
            self.built.fetch_add(1, Ordering::Relaxed);
            Ok(program(&self.sample))
        };
        self.labs.ask(&view, &tables(&self.sample), ask, program).await
    }

    /// The process that answers, and whether its lab is a new one.
    async fn answers(&self, view: &str) -> (u32, bool) {
        let reply = self.ask(view, "Scan").await.unwrap();
        let pid = reply.answer.unwrap().reply["pid"].as_u64().unwrap();
        (u32::try_from(pid).unwrap(), reply.fresh)
    }
}

/// The script, as a program. A link: what is being written can't be run, and a test beside this one may be starting a
/// process that has the file open for as long as it is not yet a program of its own.
fn program(sample: &Sample) -> Program {
    let script = sample.root().join("lab.sh");
    if !script.exists() {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lab.sh");
        std::os::unix::fs::symlink(fixture, &script).unwrap();
    }
    Program::new(script, OsString::new())
}

fn tables(sample: &Sample) -> Vec<Table> {
    Document::read(&sample.root().join("exercises/01-greet/consoles/shelf.toml")).unwrap().tables
}

fn is_alive(pid: u32) -> bool {
    // A process that has ended and that nobody has asked for yet is a zombie.
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < LIMIT, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn few() -> Limits {
    Limits { labs: 2, idle: Duration::from_mins(10), at_once: 100, one_more_every: Duration::from_millis(1) }
}

#[tokio::test]
async fn each_view_has_a_lab_of_its_own_and_keeps_it() {
    let stand = Stand::new(few());
    let (first, fresh) = stand.answers("a").await;
    assert!(fresh);
    assert_eq!(stand.answers("a").await, (first, false));
    let (second, fresh) = stand.answers("b").await;
    assert!(fresh && second != first);
    assert_eq!(stand.answers("a").await, (first, false));
    assert_eq!(stand.built.load(Ordering::Relaxed), 1, "a program is looked for once");
}

#[tokio::test]
async fn where_all_places_are_taken_the_lab_that_was_used_longest_ago_is_ended() {
    let stand = Stand::new(few());
    let (a, _) = stand.answers("a").await;
    let (b, _) = stand.answers("b").await;
    stand.answers("a").await;
    let (_, fresh) = stand.answers("c").await;
    assert!(fresh);
    until("the lab of b outlives its place", || !is_alive(b)).await;
    assert!(is_alive(a));
    assert!(stand.answers("b").await.1, "the lab of b is a new one");
}

#[tokio::test]
async fn a_lab_that_nobody_uses_is_ended() {
    let stand = Stand::new(Limits { idle: Duration::from_millis(200), ..few() });
    let (pid, _) = stand.answers("a").await;
    until("an idle lab goes on", || !is_alive(pid)).await;
    assert!(stand.answers("a").await.1);
}

#[tokio::test]
async fn a_page_that_is_left_and_a_course_that_ends_leave_no_process() {
    let stand = Stand::new(few());
    let (a, _) = stand.answers("a").await;
    stand.labs.end(&View { console: "shelf".into(), key: "a".into() });
    until("the lab of a page that was left goes on", || !is_alive(a)).await;
    let (b, _) = stand.answers("b").await;
    let Stand { labs, .. } = stand;
    drop(labs);
    until("a lab goes on without anybody to ask it", || !is_alive(b)).await;
}

#[tokio::test]
async fn a_view_asks_for_one_thing_at_a_time_and_labs_in_use_are_not_taken_away() {
    let stand = Stand::new(few());
    stand.answers("a").await;
    stand.answers("b").await;
    let hangs = stand.sample.root().join("lab.sh.hangs");
    let (one, other, ()) = tokio::join!(stand.ask("a", "Hang"), stand.ask("b", "Hang"), async {
        until("nothing hangs", || hangs.exists()).await;
        assert!(matches!(stand.ask("a", "Scan").await, Err(Trouble::Busy)));
        assert!(matches!(stand.ask("c", "Scan").await, Err(Trouble::Full)));
        // One may have begun after the other has seen the file go.
        while hangs.exists() {
            std::fs::remove_file(&hangs).unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
}

#[tokio::test]
async fn a_lab_that_breaks_off_says_so_and_the_next_operation_has_a_new_one() {
    let stand = Stand::new(few());
    stand.answers("a").await;
    let told = stand.ask("a", "Break").await.unwrap_err().to_string();
    assert_eq!(
        told,
        "The lab is gone: it ended: no room in here. The next operation begins with a fresh one."
    );
    assert!(stand.answers("a").await.1);
    assert_eq!(stand.built.load(Ordering::Relaxed), 2, "and its program is looked for again");
}

#[tokio::test]
async fn a_reset_gives_a_fresh_lab_in_the_same_process() {
    let stand = Stand::new(few());
    let (pid, _) = stand.answers("a").await;
    let reset = stand.say("a", None).await.unwrap();
    assert_eq!((reset.answer, reset.content.len()), (None, 1));
    assert_eq!(stand.answers("a").await, (pid, false));
}

#[tokio::test]
async fn only_so_much_is_asked_at_once() {
    let stand = Stand::new(Limits { at_once: 3, one_more_every: Duration::from_mins(1), ..few() });
    for _ in 0..3 {
        stand.answers("a").await;
    }
    assert!(matches!(stand.ask("a", "Scan").await, Err(Trouble::TooFast)));
    assert!(matches!(stand.ask("b", "Scan").await, Err(Trouble::TooFast)), "of all views together");
}

#[tokio::test]
async fn without_a_program_there_is_no_lab_and_the_reason_is_told() {
    let stand = Stand::new(few());
    let view = View { console: "shelf".into(), key: "a".into() };
    let missing = async { Err("no C compiler".to_owned()) };
    let told = stand.labs.ask(&view, &tables(&stand.sample), None, missing).await.unwrap_err().to_string();
    assert_eq!(told, "The lab can't be had: no C compiler.");
    let gone = Program::new(stand.sample.root().join("none"), OsString::new());
    let told = stand.labs.ask(&view, &tables(&stand.sample), None, async { Ok(gone) }).await.unwrap_err();
    assert!(told.to_string().starts_with("The lab is gone: it could not be started: "), "{told}");
}

/// What a page is told, without the HTML's tags.
fn plain(html: &Value) -> String {
    let mut told = String::new();
    let mut inside = false;
    for letter in html.as_str().unwrap_or_default().chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            letter if !inside => told.push(letter),
            _ => {}
        }
    }
    told
}

mod over_http {
    use super::*;
    use crate::server::Running;

    const KEY: &str = "0123456789abcdef0123456789ABCDEF";

    /// Says something to the console and returns status and document.
    fn say(running: &Running, path: &str, headers: &[&str], body: &str) -> (u16, Value) {
        let length = format!("Content-Length: {}", body.len());
        let mut all = vec!["Host: 127.0.0.1:PORT", "Content-Type: application/json", length.as_str()];
        all.extend(headers);
        let (status, body) = running.ask_with_body("POST", path, &all, body);
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    fn line(line: &str) -> String {
        json!({ "view": KEY, "line": line }).to_string()
    }

    /// Builds the program whenever it is asked for, as a session's worker does.
    fn worker(running: &Running) -> Sample {
        let (sample, queue) = (Sample::new(), running.queue.clone());
        let program = program(&sample);
        std::thread::spawn(move || {
            while let Some((job, _)) = queue.next() {
                if let course::session::queue::Job::Console(answer) = job {
                    let _ = answer.send(Ok(program.clone()));
                }
            }
        });
        sample
    }

    #[test]
    fn an_operation_is_answered_with_what_a_page_shows() {
        let running = Running::start();
        let _sample = worker(&running);
        let (status, told) = say(&running, "/api/console/shelf", &[], &line("scan --table-name jars"));
        assert_eq!((status, &told["ok"], &told["fresh"]), (200, &json!(true), &json!(true)), "{told}");
        assert!(plain(&told["html"]).contains("The reply, as it came"), "{told}");
        assert!(plain(&told["content"]).contains("Table jars: 1 item, 7 bytes"), "{told}");
        let (_, told) = say(&running, "/api/console/shelf", &[], &line("scan --table-name jars"));
        assert_eq!(told["fresh"], false);
        let (status, told) = say(&running, "/api/console/shelf/reset", &[], &line(""));
        assert_eq!((status, plain(&told["content"]).contains("1 item")), (200, true), "{told}");
        assert_eq!(say(&running, "/api/console/shelf/end", &[], &line("")), (200, json!({"ok": true})));
        let (_, told) = say(&running, "/api/console/shelf", &[], &line("scan --table-name jars"));
        assert_eq!(told["fresh"], true, "after its end there is a new one");
    }

    #[test]
    fn what_is_no_operation_starts_no_lab() {
        let running = Running::start();
        // Nobody works: whatever waits for a lab would wait for ever.
        let (status, told) = say(&running, "/api/console/shelf", &[], &line(""));
        assert_eq!((status, &told["understood"]), (200, &json!(true)));
        assert!(plain(&told["html"]).contains("transact-write-items"), "{told}");
        for typed in
            ["scan; touch /tmp/x", "$(touch /tmp/x)", "create-table --table-name x", "scan --table-name '"]
        {
            let (status, told) = say(&running, "/api/console/shelf", &[], &line(typed));
            assert_eq!(
                (status, &told["ok"], &told["understood"]),
                (200, &json!(true), &json!(false)),
                "{typed}: {told}"
            );
        }
    }

    #[test]
    fn only_pages_of_this_book_are_answered_and_only_what_is_registered() {
        let running = Running::start();
        let scan = line("scan --table-name jars");
        for path in ["/api/console/shelf", "/api/console/shelf/reset", "/api/console/shelf/end"] {
            for foreign in ["Origin: http://example.org", "Origin: null", "Sec-Fetch-Site: cross-site"] {
                assert_eq!(say(&running, path, &[foreign], &scan).0, 403, "{path} {foreign}");
            }
        }
        for path in ["/api/console/none", "/api/console/..%2fshelf", "/api/console/none/reset"] {
            assert_eq!(say(&running, path, &[], &scan).0, 404, "{path}");
        }
        for view in ["", "../etc", "0123456789abcdef0123456789abcdeg"] {
            let body = json!({ "view": view, "line": "help" }).to_string();
            assert_eq!(say(&running, "/api/console/shelf", &[], &body).0, 400, "{view}");
        }
        assert_eq!(say(&running, "/api/console/shelf", &[], "no JSON").0, 400);
        assert_eq!(running.ask("GET", "/api/console/shelf", &["Host: 127.0.0.1:PORT"]).0, 405);
        let plain = running.ask_with_body(
            "POST",
            "/api/console/shelf",
            &["Host: 127.0.0.1:PORT", "Content-Length: 2"],
            "{}",
        );
        assert_eq!(plain.0, 415, "a form of another site can't say JSON");
    }

    #[test]
    fn a_line_has_a_bound_and_so_has_a_request() {
        let running = Running::start();
        let long = line(&format!("scan --table-name {}", "x".repeat(17_000)));
        let (status, told) = say(&running, "/api/console/shelf", &[], &long);
        assert_eq!((status, &told["understood"]), (200, &json!(false)));
        assert!(told["summary"].as_str().unwrap().contains("16384 are read"), "{told}");
        let longer = line(&"x".repeat(200_000));
        assert_eq!(say(&running, "/api/console/shelf", &[], &longer).0, 413);
    }

    #[test]
    fn a_server_that_only_shows_the_book_says_so() {
        let running = Running::reading();
        let (status, told) = say(&running, "/api/console/shelf", &[], &line("scan --table-name jars"));
        assert_eq!(status, 409);
        assert!(told["message"].as_str().unwrap().contains("start `cargo course`"), "{told}");
    }
}
