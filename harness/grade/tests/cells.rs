//! Real attacks from inside real cells, in every tier that this machine offers. The program in the cell is this binary
//! again, in one of the ignored tests of [`attacks`].
#![cfg(target_os = "linux")]

#[path = "cells/attacks.rs"]
mod attacks;
#[path = "cells/cage.rs"]
mod cage;

use std::io::Write as _;
use std::time::{Duration, Instant};

use cage::{Cage, Seen};
use grade::cell::{Ended, Policy};
use grade::verdict::Outcome;

/// Runs `attack` in a cage of each tier, made ready by `ready`, and hands what was seen to `look`.
fn each(attack: &str, ready: impl Fn(&mut Cage), look: impl Fn(Seen)) {
    for tier in cage::tiers() {
        let mut cage = Cage::new(tier, attack);
        ready(&mut cage);
        eprintln!("{attack} in a cell of tier {tier}");
        look(cage.run());
    }
}

fn says(attack: &str, word: &str) {
    each(attack, |_| (), |seen| assert!(seen.said(word), "{seen:?}"));
}

fn ends(attack: &str, ended: Ended) {
    each(attack, |_| (), |seen| assert_eq!(seen.record.ended, ended, "{seen:?}"));
}

#[test]
fn a_program_runs_and_its_exit_code_is_told() {
    each(
        "hello",
        |_| (),
        |seen| assert!(seen.said("hello") && seen.record.ended == Ended::Exited(0), "{seen:?}"),
    );
    each(
        "exits_with_three",
        |_| (),
        |seen| assert_eq!((seen.record.ended, seen.code), (Ended::Exited(3), Some(3))),
    );
}

#[test]
fn no_program_can_say_that_the_tools_failed() {
    each("exits_as_the_tools_do", |_| (), |seen| assert_eq!(seen.code, Some(1), "{seen:?}"));
}

#[test]
fn files_that_are_not_named_are_out_of_reach() {
    for attack in ["reads_the_users", "reads_its_environment_as_a_file", "lists_the_root", "writes_to_tmp"] {
        says(attack, "denied");
    }
}

#[test]
fn only_the_one_port_answers() {
    let listening = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (door, elsewhere) = (listening(), listening());
    let port = |listener: &std::net::TcpListener| listener.local_addr().unwrap().port();
    let (own, other) = (port(&door), port(&elsewhere));
    std::thread::spawn(move || {
        for stream in door.incoming() {
            let _ = stream.unwrap().write_all(b"welcome");
        }
    });
    let ready = |target: u16| {
        move |cage: &mut Cage| {
            cage.port = Some(own);
            cage.variable("TARGET", &target.to_string());
        }
    };
    each("connects", ready(own), |seen| assert!(seen.said("welcome"), "{seen:?}"));
    each("connects", ready(other), |seen| assert!(seen.said("denied"), "{seen:?}"));
    each("listens", ready(own), |seen| assert!(seen.said("denied"), "{seen:?}"));
}

#[test]
fn what_only_an_attack_asks_for_is_forbidden() {
    let attacks = [
        "connects_to_a_local_socket",
        "sends_a_datagram",
        "opens_a_raw_socket",
        "opens_netlink",
        "opens_a_socket_to_the_host_of_a_virtual_machine",
        "opens_a_stream_that_is_no_tcp",
        "starts_a_process",
        "signals_another_process",
        "signals_everybody",
        "makes_a_namespace",
        "takes_a_handle_of_another_process",
        "mounts",
        "changes_who_may_do_what",
        "dates_a_file_back",
    ];
    for attack in attacks {
        ends(attack, Ended::Forbidden);
    }
}

#[test]
fn a_session_of_its_own_has_no_terminal() {
    says("opens_its_terminal", "denied");
}

#[test]
fn nothing_is_inherited_but_what_is_meant() {
    let file = std::fs::File::open("/etc/passwd").unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    says("lists_its_descriptors", "descriptors: []");
    each(
        "tells_its_environment",
        |cage| cage.variable("GIVEN", "1"),
        |seen| {
            assert!(seen.said("variables: [\"CAGED\", \"GIVEN\"]"), "{seen:?}");
        },
    );
}

#[test]
fn time_is_up_at_some_time() {
    each(
        "sleeps",
        |cage| cage.spec.bounds.wall_seconds = 1,
        |seen| {
            assert_eq!(seen.record.outcome(), Some(Outcome::Timeout), "{seen:?}");
        },
    );
    each(
        "computes",
        |cage| cage.spec.bounds.cpu_seconds = 1,
        |seen| {
            assert_eq!(seen.record.outcome(), Some(Outcome::Timeout), "{seen:?}");
        },
    );
}

#[test]
fn memory_output_and_threads_end() {
    each(
        "takes_memory",
        |cage| cage.spec.bounds.memory_mib = 64,
        |seen| {
            assert_eq!(seen.record.outcome(), Some(Outcome::Oom), "{seen:?}");
        },
    );
    each(
        "reserves_memory",
        |cage| cage.spec.bounds.memory_mib = 64,
        |seen| {
            assert_eq!(seen.record.outcome(), Some(Outcome::Oom), "{seen:?}");
        },
    );
    each("prints_for_ever", |_| (), |seen| assert_eq!(seen.record.ended, Ended::Output, "{:?}", seen.record));
    each(
        "starts_threads",
        |cage| cage.spec.bounds.tasks = 32,
        |seen| {
            let few = seen.said("refused");
            assert!(few || seen.record.ended == Ended::Tasks, "{seen:?}");
        },
    );
    says("opens_files", "refused");
}

#[test]
fn a_folder_to_write_takes_files_of_a_bounded_size_and_nothing_else() {
    let ready = |cage: &mut Cage| {
        let folder = cage.folder.path().join("out");
        std::fs::create_dir(&folder).unwrap();
        cage.variable("OUT", folder.to_str().unwrap());
        cage.spec.write.push(folder);
        cage.spec.bounds.file_kib = 64;
    };
    each("fills_a_file", ready, |seen| {
        assert!(seen.said("refused") || matches!(seen.record.ended, Ended::Signaled(_)), "{seen:?}");
    });
    each("makes_a_link_out", ready, |seen| assert!(seen.said("denied"), "{seen:?}"));
}

#[test]
fn nothing_outlives_its_cell() {
    let ready = |cage: &mut Cage| {
        cage.spec.policy = Policy::Compile;
        cage.spec.execute.push("/bin".into());
    };
    each("leaves_a_daemon", ready, |seen| assert!(seen.said("left"), "{seen:?}"));
    let left = || cage::command_lines().iter().any(|line| line.contains(attacks::DAEMON_SECONDS));
    assert!(!left());
}

#[test]
fn a_cell_ends_with_whoever_started_it() {
    for tier in cage::tiers() {
        let cage = Cage::new(tier, "sleeps");
        let mut guard = cage.start();
        let pids = cage::descendants_once(&guard, if tier == grade::verdict::Tier::Strong { 2 } else { 1 });
        guard.kill().unwrap();
        guard.wait().unwrap();
        let began = Instant::now();
        while pids.iter().any(|pid| cage::lives(*pid)) {
            assert!(began.elapsed() < Duration::from_secs(5), "{pids:?} outlive their guard in tier {tier}");
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut stopped = cage.start();
        let _ = cage::descendants_once(&stopped, 1);
        drop(stopped.stdin.take());
        stopped.wait().unwrap();
        assert_eq!(cage.record().unwrap().ended, Ended::Stopped);
    }
}
