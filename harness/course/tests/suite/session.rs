//! A reader's session as a process: what it prints, what it reruns, and that nothing of it is left. Cargo is a script
//! here that says what cargo and the lab would say.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::sample::Sample;

const LIMIT: Duration = Duration::from_mins(1);

/// Says what a run of `cargo test` says: the step is green where its file has `right`, and hangs where it has `hang`.
const CARGO: &str = r#"#!/bin/sh
echo '{"reason":"build-finished","success":true}'
case "$*" in *--no-run*) exit 0;; esac
code=exercises/01-greet/src/lib.rs
if grep -q hang $code; then echo $$ > hanging; sleep 600; fi
if grep -q right $code; then outcome='"outcome":"passed"'; else outcome='"outcome":"todo","panic":"step 1: greet by name"'; fi
echo '{"event":"backend","name":"embedded","why":null}' >> "$LAB_REPORT"
echo '{"event":"test","exercise":"u","step":"by-name","test":"step_1_by_name::ada_is_greeted",'"$outcome"'}' >> "$LAB_REPORT"
echo 'test result: ok'
"#;

struct Session {
    sample: Sample,
    child: Child,
    lines: Receiver<String>,
}

impl Session {
    fn start(arguments: &[&str]) -> Self {
        let sample = Sample::new();
        let cargo = sample.root().join("cargo.sh");
        std::fs::write(&cargo, CARGO).unwrap();
        std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_course"))
            .args(arguments)
            .current_dir(sample.root())
            .env("CARGO", &cargo)
            .env_remove("CARGO_MANIFEST_DIR")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            stdout.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        Self { sample, child, lines }
    }

    /// The next line that contains `text`.
    fn line(&self, text: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        let mut seen = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("no {text:?} in {seen:#?}"));
            assert!(!line.contains('\x1b'), "a pipe has no colors: {line:?}");
            if line.contains(text) {
                return line;
            }
            seen.push(line);
        }
    }

    fn write(&self, text: &str) {
        std::fs::write(self.sample.root().join("exercises/01-greet/src/lib.rs"), text).unwrap();
    }

    /// Presses Ctrl-C, and waits for the end.
    fn stop(mut self) {
        Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        let deadline = Instant::now() + LIMIT;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(status.success(), "{status}");
    }
}

fn is_alive(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().unwrap().success()
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn pid_of_hanging(root: &Path) -> String {
    let file = root.join("hanging");
    wait_for("nothing hangs", || std::fs::read_to_string(&file).is_ok_and(|pid| pid.ends_with('\n')));
    std::fs::read_to_string(file).unwrap().trim().to_owned()
}

#[test]
fn a_save_turns_red_to_green() {
    let session = Session::start(&["watch", "1"]);
    session.line("Red is where one starts");
    session.line("exercise 1: 0 of 1 steps green");
    session.line("step 1: greet by name");
    session.write("// right\n");
    session.line("saved: exercises/01-greet/src/lib.rs");
    session.line("exercise 1: 1 of 1 steps green");
    let root = session.sample.root();
    let progress = std::fs::read_to_string(root.join(".course/progress.json")).unwrap();
    assert!(progress.contains("\"status\": \"passed\""), "{progress}");
    session.stop();
}

#[test]
fn the_newest_save_ends_the_run_before_it() {
    let session = Session::start(&["watch", "1"]);
    session.line("0 of 1 steps green");
    session.write("// hang\n");
    let pid = pid_of_hanging(&session.sample.root());
    session.write("// right\n");
    session.line("1 of 1 steps green");
    wait_for("the outdated run is still there", || !is_alive(&pid));
    session.stop();
}

#[test]
fn ctrl_c_leaves_no_process() {
    let session = Session::start(&["watch", "1"]);
    session.line("0 of 1 steps green");
    session.write("// hang\n");
    let pid = pid_of_hanging(&session.sample.root());
    session.stop();
    wait_for("the run outlives its session", || !is_alive(&pid));
}

fn get(port: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply
}

#[test]
fn the_book_is_served_before_anything_is_built_and_a_saved_page_is_served_anew() {
    let session = Session::start(&[]);
    let address = session.line("The book is at");
    let port = address.rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    session.line("Red is where one starts");
    session.line("Next is step 1.1: exercises/01-greet/src/lib.rs");
    assert!(get(&port, "/").contains("Nothing but"));
    // At once, however much of the session is still being put together: no save is missed.
    session.sample.edit("book/src/start.md", "Nothing but", "Something like");
    session.line("saved: book/src/start.md; the book is built in");
    assert!(get(&port, "/start.html").contains("Something like"));
    session.write("// right\n");
    session.line("1 of 1 steps green");
    assert!(get(&port, "/api/state").contains("\"status\":\"green\""));
    session.stop();
}

#[test]
fn a_port_that_was_asked_for_and_is_taken_is_an_error_with_its_own_code() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let sample = Sample::new();
    let output = Command::new(env!("CARGO_BIN_EXE_course"))
        .args(["read", "--port", &port])
        .current_dir(sample.root())
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(6));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(&format!("port {port} is taken")) && told.contains("--port 4000"), "{told}");
}

#[test]
fn a_book_that_cannot_be_built_is_served_as_the_reason() {
    let sample = Sample::new();
    sample.remove("book/src/text.md");
    let mut child = Command::new(env!("CARGO_BIN_EXE_course"))
        .arg("read")
        .current_dir(sample.root())
        .env_remove("CARGO_MANIFEST_DIR")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find(|line| line.contains("The book is at")).unwrap();
    let port = address.rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    let page = get(&port, "/");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    child.wait().unwrap();
    assert!(page.contains("The book can't be built") && page.contains("text.md"), "{page}");
}
