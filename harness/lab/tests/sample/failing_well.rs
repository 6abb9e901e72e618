//! Trouble with the tools never looks like a wrong answer, and a killed test leaves nothing behind.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::rerun::{Ended, command, lives, run};

const REQUEST: &str = "step_3_broken::a_request_is_made";

/// The exit code of `sysexits.h` for a failure that is not the user's.
const INFRA: i32 = 75;

fn says_so(ended: &Ended, what: &str, remedy: &str) {
    assert_eq!(ended.code, Some(INFRA), "{}\n{}", ended.said, ended.stderr);
    let stderr = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in ["This says nothing about your code.", what, remedy] {
        assert!(stderr.contains(text), "{text} is not in:\n{stderr}");
    }
    assert!(ended.stderr.lines().all(|line| line.chars().count() <= 80), "{}", ended.stderr);
}

#[test]
fn an_unknown_backend_is_named_with_those_that_exist() {
    let ended = run(command(REQUEST).env("DYNAMODB", "sqlite"));
    says_so(&ended, "DYNAMODB=sqlite names no backend", "auto, container, embedded");
}

#[test]
fn the_real_service_is_not_built_in_unless_it_was_asked_for() {
    let ended = run(command(REQUEST).env("DYNAMODB", "aws"));
    says_so(&ended, "DYNAMODB=aws needs a build with the feature aws", "--features lab/aws");
}

#[test]
fn a_forced_container_without_an_engine_is_trouble_with_the_tools() {
    let ended = run(command(REQUEST).env("DYNAMODB", "container").env("DOCKER_HOST", "tcp://127.0.0.1:1"));
    says_so(&ended, "no Docker engine answers", "Start Docker");
}

#[test]
fn without_an_engine_the_embedded_database_is_taken_and_one_line_says_so() {
    let ended = run(command(REQUEST).env("DYNAMODB", "auto").env("DOCKER_HOST", "tcp://127.0.0.1:1"));
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.said, ended.stderr);
    assert!(ended.stderr.starts_with("lab: DynamoDB is the embedded one"), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[test]
fn an_engine_that_does_not_answer_is_given_up_soon() {
    // It takes connections and says nothing.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("tcp://{}", mute.local_addr().unwrap());
    let started = Instant::now();
    let ended = run(command(REQUEST).env("DYNAMODB", "auto").env("DOCKER_HOST", host));
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.said, ended.stderr);
    assert!(ended.stderr.contains("no answer within 1500 ms"), "{}", ended.stderr);
    assert!(started.elapsed() < Duration::from_secs(20));
}

/// An engine that answers, has no image and can't get one. It serves until the test process ends.
fn engine_without_image() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or_default();
            let line =
                String::from_utf8_lossy(&request[..read]).lines().next().unwrap_or_default().to_owned();
            let (status, body) = match line.as_str() {
                line if line.contains("/images/create") => {
                    ("500 Server Error", r#"{"message":"no route to the registry"}"#)
                }
                line if line.contains("/_ping") => ("200 OK", "OK"),
                _ => ("404 Not Found", r#"{"message":"there is none"}"#),
            };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: \
                 close\r\n\r\n{body}"
            );
        }
    });
    host
}

#[test]
fn an_image_that_can_not_be_had_is_trouble_with_the_tools_where_a_container_is_asked_for() {
    let host = engine_without_image();
    let ended = run(command(REQUEST).env("DYNAMODB", "container").env("DOCKER_HOST", &host));
    says_so(&ended, "no route to the registry", "docker pull");
    let ended = run(command(REQUEST).env("DYNAMODB", "auto").env("DOCKER_HOST", &host));
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.said, ended.stderr);
    assert!(ended.stderr.contains("no route to the registry"), "{}", ended.stderr);
    assert!(ended.stderr.contains("lab: DynamoDB is the embedded one"), "{}", ended.stderr);
}

#[test]
fn a_program_that_can_not_be_built_is_trouble_with_the_tools_where_a_container_is_asked_for() {
    let host = engine_without_image();
    let ended =
        run(command(REQUEST).env("DYNAMODB", "container").env("DOCKER_HOST", &host).env("CARGO", "no-cargo"));
    says_so(&ended, "lab-container can't be built", "cargo build --package lab-container");
    let ended =
        run(command(REQUEST).env("DYNAMODB", "auto").env("DOCKER_HOST", &host).env("CARGO", "no-cargo"));
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.said, ended.stderr);
    assert!(ended.stderr.starts_with("lab: DynamoDB is the embedded one"), "{}", ended.stderr);
}

#[test]
fn an_endpoint_where_nothing_listens_is_trouble_with_the_tools() {
    let ended = run(command(REQUEST).env("DYNAMODB", "http://127.0.0.1:1"));
    says_so(&ended, "nothing answers at http://127.0.0.1:1", "Start what should answer there");
}

#[test]
fn a_backend_that_dies_under_a_test_is_trouble_with_the_tools_also_where_the_readers_code_sees_it_first() {
    // It answers the lab's first question, and drops every request that comes later.
    let dying = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", dying.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in dying.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4];
            if stream.read_exact(&mut request).is_ok() && &request == b"GET " {
                let _ = stream
                    .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        }
    });
    let ended = run(command(REQUEST).env("DYNAMODB", &url));
    says_so(&ended, &format!("DynamoDB at {url} went away in the middle of a test"), "Run the tests again");
}

#[test]
fn a_seed_that_is_no_number_is_named() {
    let ended = run(command(REQUEST).env("LAB_SEED", "seven"));
    says_so(&ended, "LAB_SEED=seven", "a whole number");
}

#[cfg(unix)]
#[test]
fn a_killed_test_leaves_no_process() {
    let file = pid_file("killed");
    let mut test = command("step_3_broken::it_never_ends")
        .env("SAMPLE_PID_FILE", &file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid = written(&file).parse().unwrap();
    assert!(lives(pid));
    // SIGKILL: nothing of the test's own code runs any more.
    test.kill().unwrap();
    test.wait().unwrap();
    assert!(soon(|| !lives(pid)), "process {pid} outlives its test");
    std::fs::remove_file(file).unwrap();
}

#[cfg(unix)]
#[test]
fn an_interrupted_test_leaves_no_process() {
    let file = pid_file("interrupted");
    let mut test = command("step_3_broken::it_never_ends")
        .env("SAMPLE_PID_FILE", &file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid = written(&file).parse().unwrap();
    let interrupt = Command::new("kill").args(["-INT", &test.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    test.wait().unwrap();
    assert!(soon(|| !lives(pid)), "process {pid} outlives its test");
    std::fs::remove_file(file).unwrap();
}

fn pid_file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("lab-pid-{name}-{}", std::process::id()))
}

fn written(file: &PathBuf) -> String {
    let mut text = String::new();
    assert!(
        soon(|| {
            text = std::fs::read_to_string(file).unwrap_or_default();
            !text.is_empty()
        }),
        "{} stays empty",
        file.display()
    );
    text
}

/// Polls for twenty seconds.
fn soon(mut done: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        if done() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}
