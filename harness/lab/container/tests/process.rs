//! The program as a process. What it does with an engine is in the lab's drills.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lab_docker::Answer;

/// The program, told to use the engine at `host`.
fn program(host: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_lab-container"))
        .env("DOCKER_HOST", host)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo has built it")
}

#[test]
fn without_an_engine_its_answer_says_what_was_tried() {
    let mut child = program("tcp://127.0.0.1:1");
    let _input = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let answer: Answer = serde_json::from_slice(&output.stdout).unwrap();
    let Answer::NoEngine { reason } = answer else { panic!("{answer:?}") };
    assert!(reason.contains("Connect") || reason.contains("no answer"), "{reason}");
}

#[test]
fn it_ends_with_its_input_whatever_it_waits_for() {
    // An engine that answers a ping, and nothing else ever.
    let engine = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = program(&format!("tcp://{}", engine.local_addr().unwrap()));
    let mut held = Vec::new();
    for stream in engine.incoming() {
        let mut stream = stream.unwrap();
        let mut request = [0; 4096];
        let read = stream.read(&mut request).unwrap();
        if !String::from_utf8_lossy(&request[..read]).contains("/_ping") {
            held.push(stream);
            break;
        }
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK";
        stream.write_all(ok.as_bytes()).unwrap();
    }
    assert_eq!(child.try_wait().unwrap(), None);
    drop(child.stdin.take());
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "it outlives whoever asked");
        std::thread::sleep(Duration::from_millis(20));
    }
}
