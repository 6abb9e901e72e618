//! Drills that need a Docker engine and a container of their own to kill. `.ci/drills` runs them:
//! `cargo test --package lab --test sample -- --ignored drills::`

#[cfg(unix)]
use std::net::{Shutdown, TcpListener, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::rerun::{command, run};

const REQUEST: &str = "step_3_broken::a_request_is_made";

/// A container of this drill alone. It is removed at the end, whatever the drill has shown.
struct Own(String);

impl Own {
    fn new(drill: &str) -> Self {
        Self(format!("-drill-{drill}"))
    }

    fn name(&self) -> String {
        format!("serverless-from-scratch-dynamodb-3.3.1{}", self.0)
    }

    fn test(&self, name: &str) -> Command {
        let mut test = command(name);
        test.env("DYNAMODB", "container").env("LAB_CONTAINER_SUFFIX", &self.0);
        test
    }

    fn docker(&self, verb: &[&str]) -> String {
        let output = Command::new("docker").args(verb).arg(self.name()).output().unwrap();
        assert!(output.status.success(), "docker {verb:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn id(&self) -> String {
        self.docker(&["inspect", "--format", "{{.Id}}"])
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["rm", "--force"]).arg(self.name()).output();
    }
}

fn passes(test: &mut Command) {
    let ended = run(test);
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.said, ended.stderr);
}

#[test]
#[ignore = "a drill: it needs Docker"]
fn the_next_run_uses_the_container_of_this_one() {
    let own = Own::new("reuse");
    passes(&mut own.test(REQUEST));
    let first = own.id();
    passes(&mut own.test(REQUEST));
    assert_eq!(own.id(), first);
}

#[test]
#[ignore = "a drill: it needs Docker"]
fn a_killed_container_is_replaced() {
    let own = Own::new("killed");
    passes(&mut own.test(REQUEST));
    own.docker(&["kill"]);
    passes(&mut own.test(REQUEST));
    own.docker(&["rm", "--force"]);
    passes(&mut own.test(REQUEST));
}

#[test]
#[ignore = "a drill: it needs Docker"]
fn a_paused_container_is_woken() {
    let own = Own::new("paused");
    passes(&mut own.test(REQUEST));
    own.docker(&["pause"]);
    passes(&mut own.test(REQUEST));
}

/// Does `verb` to the container between two requests of a test.
fn trouble_under_a_test(drill: &str, verb: &str, what: &str) {
    let own = Own::new(drill);
    let test = own.test("step_3_broken::two_requests_with_time_between");
    trouble(drill, test, || drop(own.docker(&[verb])), what);
}

/// Runs `test`, has `happens` happen where it waits, and sees that it is told as trouble with the tools.
fn trouble(drill: &str, mut test: Command, happens: impl FnOnce(), what: &str) {
    let go: PathBuf = std::env::temp_dir().join(format!("lab-go-{drill}-{}", std::process::id()));
    test.env("SAMPLE_GO_FILE", &go).stdout(Stdio::piped()).stderr(Stdio::piped());
    let test = test.spawn().unwrap();
    let started = Instant::now();
    while !std::fs::read_to_string(&go).is_ok_and(|state| state == "one") {
        assert!(started.elapsed() < Duration::from_mins(2), "the test does not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    happens();
    std::fs::write(&go, "two").unwrap();
    let output = test.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{}\n{stderr}", String::from_utf8_lossy(&output.stdout));
    assert!(stderr.contains("This says nothing about your code."), "{stderr}");
    // It is wrapped as a terminal is wide.
    assert!(stderr.split_whitespace().collect::<Vec<_>>().join(" ").contains(what), "{stderr}");
    std::fs::remove_file(go).unwrap();
}

#[test]
#[ignore = "a drill: it needs Docker"]
fn a_container_killed_under_a_test_is_trouble_with_the_tools() {
    trouble_under_a_test("under", "kill", "went away");
}

#[test]
#[ignore = "a drill: it needs Docker"]
fn a_container_paused_under_a_test_is_trouble_with_the_tools() {
    trouble_under_a_test("frozen", "pause", "no answer within 15 seconds");
}

/// A way to the engine that can be closed. Whoever knows no other sees the engine stop.
#[cfg(unix)]
struct Engine {
    address: std::net::SocketAddr,
    stopped: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

#[cfg(unix)]
impl Engine {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stopped, open) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        std::thread::spawn({
            let (stopped, open) = (stopped.clone(), open.clone());
            move || {
                for client in listener.incoming() {
                    if stopped.load(Ordering::SeqCst) {
                        break;
                    }
                    let client = client.unwrap();
                    let engine = UnixStream::connect("/var/run/docker.sock").unwrap();
                    open.lock().unwrap().push(client.try_clone().unwrap());
                    let (mut there, mut back) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut there, &mut back);
                        let _ = back.shutdown(Shutdown::Write);
                    });
                    let (mut there, mut back) = (engine, client);
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut there, &mut back);
                        let _ = back.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        Self { address, stopped, open }
    }

    fn host(&self) -> String {
        format!("tcp://{}", self.address)
    }

    /// An engine that stops takes its containers with it.
    fn stop(&self, own: &Own) {
        own.docker(&["kill"]);
        self.stopped.store(true, Ordering::SeqCst);
        // The listener waits for one more, and goes.
        let _ = TcpStream::connect(self.address);
        for connection in self.open.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

#[test]
#[cfg(unix)]
#[ignore = "a drill: it needs Docker"]
fn an_engine_that_stops_under_a_test_is_trouble_with_the_tools() {
    let (own, engine) = (Own::new("stops"), Engine::new());
    let mut test = own.test("step_3_broken::two_requests_with_time_between");
    test.env("DOCKER_HOST", engine.host());
    trouble("stops", test, || engine.stop(&own), "went away");
}

#[test]
#[cfg(unix)]
#[ignore = "a drill: it needs Docker"]
fn an_engine_that_stops_between_two_tests_is_told_with_what_to_do() {
    let (own, engine) = (Own::new("between"), Engine::new());
    let mut tests = own.test("step_3_broken::a_request_is_made");
    tests.args(
        ["time_goes_by", "two_requests_with_time_between"]
            .map(|name| format!("steps::step_3_broken::{name}")),
    );
    tests.arg("--test-threads=1").env("DOCKER_HOST", engine.host()).env("DYNAMODB", "auto");
    trouble("between", tests, || engine.stop(&own), "Start Docker, or set DYNAMODB=embedded");
}

#[test]
#[ignore = "a drill: it needs Docker"]
fn two_runs_at_once_start_one_container_and_do_not_meet() {
    let own = Own::new("race");
    let runs: Vec<_> = (0..4)
        .map(|_| own.test(REQUEST).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let filter = format!("name=^/{}$", own.name());
    let names =
        Command::new("docker").args(["ps", "--all", "--quiet", "--filter", &filter]).output().unwrap();
    assert_eq!(String::from_utf8(names.stdout).unwrap().lines().count(), 1);
}
