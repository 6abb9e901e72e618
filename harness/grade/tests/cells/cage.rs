//! A cell with one attack in it.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use grade::cell::{Policy, Record, Spec, probe};
use grade::limits::Limits;
use grade::verdict::Tier;
use tempfile::TempDir;

const CELL: &str = env!("CARGO_BIN_EXE_grade-cell");

/// The tiers that this machine offers; at least one, or there is nothing to test.
pub fn tiers() -> Vec<Tier> {
    static OFFER: OnceLock<probe::Offer> = OnceLock::new();
    let offer = OFFER.get_or_init(|| probe::offer(&[CELL.into()]));
    assert!(offer.tier >= Tier::Base, "{offer:?}");
    [Tier::Base, Tier::Strong].into_iter().filter(|tier| *tier <= offer.tier).collect()
}

pub struct Cage {
    pub folder: TempDir,
    pub spec: Spec,
    pub port: Option<u16>,
    attack: String,
}

/// What was seen of it.
#[derive(Debug)]
pub struct Seen {
    pub record: Record,
    pub code: Option<i32>,
    pub stdout: String,
}

impl Seen {
    /// Whether it wrote this line.
    pub fn said(&self, line: &str) -> bool {
        self.stdout.lines().any(|said| said == line)
    }
}

impl Cage {
    pub fn new(tier: Tier, attack: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let records = folder.path().join("records");
        std::fs::create_dir(&records).unwrap();
        let libraries = ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache"].map(PathBuf::from);
        let spec = Spec {
            tier,
            policy: Policy::Run,
            read: Vec::new(),
            execute: libraries.to_vec(),
            write: Vec::new(),
            links: [].into(),
            bounds: Limits::default().run,
            environment: [(crate::attacks::CAGED.to_owned(), "1".to_owned())].into(),
            directory: "/".into(),
            records: Some(records),
        };
        Self { folder, spec, port: None, attack: attack.into() }
    }

    pub fn variable(&mut self, name: &str, value: &str) {
        self.spec.environment.insert(name.into(), value.into());
    }

    pub fn start(&self) -> Child {
        let path = self.folder.path().join("spec.json");
        std::fs::write(&path, serde_json::to_vec(&self.spec).unwrap()).unwrap();
        let mut command = Command::new(CELL);
        command.arg("--spec").arg(path);
        if let Some(port) = self.port {
            command.args(["--port", &port.to_string()]);
        }
        command.arg("--").arg(std::env::current_exe().unwrap());
        command.args([&format!("attacks::{}", self.attack), "--exact", "--ignored", "--nocapture"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub fn run(&self) -> Seen {
        let mut child = self.start();
        let stdin = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        let record = self.record();
        let said = String::from_utf8_lossy(&output.stderr);
        let record = record.unwrap_or_else(|| panic!("no record: {} {said}", output.status));
        Seen { record, code: output.status.code(), stdout: String::from_utf8_lossy(&output.stdout).into() }
    }

    pub fn record(&self) -> Option<Record> {
        Record::read_all(&self.folder.path().join("records")).pop()
    }
}

/// The descendants of a guard, as soon as there are so many of them.
pub fn descendants_once(guard: &Child, count: usize) -> Vec<u32> {
    let began = Instant::now();
    loop {
        let mut found = children(guard.id());
        let mut next = 0;
        while next < found.len() {
            found.extend(children(found[next]));
            next += 1;
        }
        if found.len() >= count {
            // The last stage is to have become the program.
            std::thread::sleep(Duration::from_millis(100));
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "the cell does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn children(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>())
        .collect()
}

pub fn lives(pid: u32) -> bool {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    status.is_ok_and(|status| !status.contains(") Z "))
}

/// Of every process that there is.
pub fn command_lines() -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}
