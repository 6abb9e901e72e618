//! The program as a process. What it does with an engine is in the lab's drills.

use std::process::{Command, Output};

use lab_docker::Answer;

#[test]
fn without_an_engine_its_answer_says_what_was_tried() {
    let Output { status, stdout, .. } = Command::new(env!("CARGO_BIN_EXE_lab-container"))
        .env("DOCKER_HOST", "tcp://127.0.0.1:1")
        .output()
        .unwrap();
    assert!(status.success());
    let answer: Answer = serde_json::from_slice(&stdout).unwrap();
    let Answer::NoEngine { reason } = answer else { panic!("{answer:?}") };
    assert!(reason.contains("Connect"), "{reason}");
}
