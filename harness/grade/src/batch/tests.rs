use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::journal::{GradedStep, MemoryStore, Reader, Store};
use crate::limits::Limits;
use crate::verdict::StepVerdict;

/// Judges by the text of `src/lib.rs`: `pass`, `panic`, `flaky` (the grader fails once), `broken` (always).
#[derive(Default)]
struct Fake {
    judged: Mutex<Vec<String>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    cancel_at: Option<usize>,
}

impl Judge for Fake {
    fn judge(&self, work: &Work, _: &Settings, cancel: &Cancel) -> Verdict {
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        let text = String::from_utf8(work.files[Path::new("src/lib.rs")].clone()).unwrap();
        let mut judged = self.judged.lock().unwrap();
        let before = judged.iter().filter(|one| **one == text).count();
        judged.push(text.clone());
        if self.cancel_at == Some(judged.len()) {
            cancel.cancel();
        }
        drop(judged);
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        let outcome = match (text.split(' ').next().unwrap(), before) {
            ("panic", _) => panic!("a judge's own mistake"),
            ("flaky", 0) | ("broken", _) => Outcome::InfraError,
            ("pass" | "flaky", _) => Outcome::Pass,
            _ => Outcome::Fail,
        };
        let step =
            StepVerdict { step: "one".into(), title: "One".into(), points: 10, outcome, tests: Vec::new() };
        Verdict {
            outcome,
            tier: Tier::Base,
            steps: vec![step],
            notes: vec!["as told".into()],
            unstable: false,
        }
    }
}

fn plan(jobs: usize) -> Plan {
    let wanted = Wanted::for_tests(1, "01-one", &["src/lib.rs"]);
    let starter = BTreeMap::from([(PathBuf::from("src/lib.rs"), b"todo!()\n".to_vec())]);
    Plan {
        exercises: vec![Planned {
            wanted,
            starter: Starter::new(starter),
            steps: vec![GradedStep { id: "one".into(), title: "One".into(), points: 10 }],
            settings: Settings { seeds: vec![0, 1 << 40], limits: Limits::default(), ..Settings::default() },
            settings_id: "settings".into(),
            version: "1".into(),
            asked: true,
        }],
        course: Vec::new(),
        caps: Caps::default(),
        jobs,
        retries: 2,
    }
}

struct Class {
    folder: tempfile::TempDir,
    entries: Vec<Entry>,
}

fn class(sources: &[(&str, &str)]) -> Class {
    let folder = tempfile::tempdir().unwrap();
    let mut entries = Vec::new();
    for (id, source) in sources {
        let path = folder.path().join(id);
        std::fs::create_dir_all(path.join("src")).unwrap();
        std::fs::write(path.join("src/lib.rs"), source).unwrap();
        entries.push(Entry {
            id: (*id).into(),
            name: String::new(),
            path: Some(path),
            submitted: None,
            unclear: None,
        });
    }
    Class { folder, entries }
}

/// A batch on the journal at `path`, resumed where there is one.
fn batch(class: &Class, judge: &Fake, jobs: usize, path: &Path, cancel: &Cancel) -> Summary {
    let mut before = Resumption::default();
    let (mut journal, _) = Journal::open(path, &mut |record| before.take(record)).unwrap();
    run(&class.entries, &plan(jobs), judge, &mut journal, &before, cancel, &mut |_| {}).unwrap()
}

/// A journal that begins.
fn begun(store: impl Store + 'static) -> Journal {
    Journal::on(Box::new(store), Path::new("journal"), &mut |_| {}).unwrap().0
}

fn records(path: &Path) -> Vec<Record> {
    let mut records = Vec::new();
    Reader::open(path).unwrap().scan(&mut |_, record| records.push(record)).unwrap();
    records
}

/// A batch on a journal of its own: its summary and what it wrote.
fn grade(class: &Class, judge: &Fake, jobs: usize) -> (Summary, Vec<Record>) {
    let path = class.folder.path().join("journal");
    let summary = batch(class, judge, jobs, &path, &Cancel::default());
    (summary, records(&path))
}

fn outcomes(records: &[Record]) -> Vec<(String, Option<Outcome>)> {
    let of = |wanted: &crate::verdict::Digest| {
        records.iter().rev().find_map(|record| match record {
            Record::Verdict { digest, verdict, .. } if digest == wanted => Some(verdict.outcome),
            _ => None,
        })
    };
    let mut outcomes: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Submission(one) => Some((one.student.clone(), one.digest.as_ref().and_then(of))),
            _ => None,
        })
        .collect();
    outcomes.sort_by(|one, other| one.0.cmp(&other.0));
    outcomes
}

#[test]
fn one_bad_submission_never_stops_the_others() {
    let mut class = class(&[("anna", "pass"), ("bob", "panic"), ("cleo", "fail"), ("dan", "broken")]);
    let entry = |id: &str, path: Option<PathBuf>| Entry {
        id: id.into(),
        name: String::new(),
        path,
        submitted: None,
        unclear: None,
    };
    std::fs::write(class.folder.path().join("eve.zip"), "PK no zip").unwrap();
    class.entries.push(entry("eve", Some(class.folder.path().join("eve.zip"))));
    class.entries.push(entry("fay", None));
    class.entries.push(entry("gil", Some("/nowhere/at/all".into())));
    let (summary, records) = grade(&class, &Fake::default(), 3);
    let expected = [
        ("anna", Some(Outcome::Pass)),
        ("bob", Some(Outcome::InfraError)),
        ("cleo", Some(Outcome::Fail)),
        ("dan", Some(Outcome::InfraError)),
        ("eve", None),
        ("fay", None),
        ("gil", None),
    ];
    assert_eq!(outcomes(&records), expected.map(|(id, outcome)| (id.to_owned(), outcome)));
    assert_eq!((summary.infra_errors, summary.without_work, summary.stopped), (2, 3, false));
}

#[test]
fn a_failure_of_the_grader_is_retried_and_not_for_ever() {
    let class = class(&[("anna", "flaky"), ("bob", "broken")]);
    let judge = Fake::default();
    let (summary, records) = grade(&class, &judge, 1);
    let judged = judge.judged.lock().unwrap();
    assert_eq!(judged.iter().filter(|text| *text == "flaky").count(), 2);
    assert_eq!(judged.iter().filter(|text| *text == "broken").count(), 3);
    assert_eq!(judged.last().unwrap(), "broken");
    assert_eq!(summary.infra_errors, 1);
    let attempts: Vec<u32> = records
        .iter()
        .filter_map(|record| match record {
            Record::Verdict { attempt, .. } => Some(*attempt),
            _ => None,
        })
        .collect();
    assert_eq!(attempts, [1, 1, 2, 2, 3]);
}

#[test]
fn equal_work_is_judged_once_also_at_the_same_time() {
    let class = class(&[("a", "pass 1"), ("b", "pass 1"), ("c", "pass 2"), ("d", "pass 1")]);
    let judge = Fake::default();
    let (summary, records) = grade(&class, &judge, 4);
    assert_eq!(judge.judged.lock().unwrap().len(), 2);
    assert_eq!((summary.judged, summary.cached), (2, 2));
    assert!(outcomes(&records).iter().all(|(_, outcome)| *outcome == Some(Outcome::Pass)));
}

#[test]
fn an_untouched_starter_needs_no_run_whatever_its_line_ends_are() {
    let class = class(&[("a", "todo!()\n"), ("b", "\u{feff}todo!()\r\n"), ("c", "todo!();\n")]);
    let judge = Fake::default();
    let (_, records) = grade(&class, &judge, 1);
    assert_eq!(*judge.judged.lock().unwrap(), ["todo!();\n"]);
    assert_eq!(outcomes(&records).len(), 3);
}

#[test]
fn a_batch_that_was_stopped_resumes_where_it_was_and_repeats_nothing() {
    let sources: Vec<(String, String)> = (0..9).map(|n| (format!("s{n}"), format!("pass {n}"))).collect();
    let sources: Vec<(&str, &str)> = sources.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let class = class(&sources);
    let judge = Fake { cancel_at: Some(4), ..Fake::default() };
    let path = class.folder.path().join("journal");
    for round in 0..2 {
        let summary = batch(&class, &judge, 1, &path, &Cancel::default());
        assert_eq!(summary.stopped, round == 0);
    }
    let judged = judge.judged.lock().unwrap().clone();
    let mut unique = judged.clone();
    unique.sort();
    unique.dedup();
    assert_eq!((judged.len(), unique.len()), (9, 9), "each work was judged once: {judged:?}");
    let written = records(&path);
    assert_eq!(written.len(), 18, "a verdict and a submission each");
    batch(&class, &judge, 2, &path, &Cancel::default());
    assert_eq!(records(&path), written, "nothing is written again");
}

#[test]
fn no_more_is_under_way_than_there_are_workers() {
    struct Meeting(Barrier, Fake);
    impl Judge for Meeting {
        fn judge(&self, work: &Work, settings: &Settings, cancel: &Cancel) -> Verdict {
            self.0.wait();
            self.1.judge(work, settings, cancel)
        }
    }
    // Two workers meet at every second work: fewer would wait for ever, more would not be waited for.
    let class = class(&[("a", "pass 1"), ("b", "pass 2"), ("c", "pass 3"), ("d", "pass 4")]);
    let judge = Meeting(Barrier::new(2), Fake::default());
    let mut journal = begun(MemoryStore::default());
    let cancel = Cancel::default();
    let summary =
        run(&class.entries, &plan(2), &judge, &mut journal, &Resumption::default(), &cancel, &mut |_| {})
            .unwrap();
    assert_eq!(summary.judged, 4);
    assert!(judge.1.most_at_once.load(Ordering::SeqCst) <= 2);
}

#[test]
fn a_journal_that_takes_no_more_stops_the_batch() {
    struct Full;
    impl Store for Full {
        fn read(&mut self) -> std::io::Result<Box<dyn std::io::Read + '_>> {
            Ok(Box::new(std::io::empty()))
        }
        fn append(&mut self, _: &[u8]) -> std::io::Result<()> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn truncate(&mut self, _: u64) -> std::io::Result<()> {
            Ok(())
        }
    }
    let class = class(&[("a", "pass 1"), ("b", "pass 2"), ("c", "pass 3"), ("d", "pass 4"), ("e", "pass 5")]);
    let judge = Fake::default();
    let mut journal = begun(Full);
    let error = run(
        &class.entries,
        &plan(1),
        &judge,
        &mut journal,
        &Resumption::default(),
        &Cancel::default(),
        &mut |_| {},
    );
    assert!(matches!(error, Err(JournalError::Full { .. })));
    assert!(judge.judged.lock().unwrap().len() < 5);
}
