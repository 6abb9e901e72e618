//! Submissions that want what they have not earned, and honest ones that look odd, through a whole bench, in every tier
//! that this machine offers. Each is a document in `attacks/submissions`: what it puts in the place of the solution.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

#[path = "attacks/arena.rs"]
mod arena;
#[path = "attacks/document.rs"]
mod document;
#[path = "attacks/intake.rs"]
mod intake;
#[path = "attacks/sources.rs"]
mod sources;
#[path = "attacks/traces.rs"]
mod traces;

use arena::{Arena, Judged};
use document::Document;
use grade::verdict::{Outcome, SeedKind, Tier};

/// The rows of the list of threats that are no submission's sources, and are attacked elsewhere: in `intake`.
const ROWS_OF_INTAKE: [u32; 9] = [12, 13, 14, 15, 16, 18, 32, 33, 34];

/// What is wrong with how a document was judged, if something is.
fn wrong(document: &Document, judged: &Judged) -> Option<String> {
    let verdict = &judged.verdict;
    let attacked = judged.attacked(document);
    if document.is_honest() {
        return (verdict.outcome != Outcome::Pass || verdict.unstable).then(|| "it lost points".into());
    }
    if attacked.earned() > 0 {
        return Some("it earned points".into());
    }
    if !document.outcomes.contains(&attacked.outcome) {
        return Some(format!("it is called {}, and not {:?}", attacked.outcome, document.outcomes));
    }
    if !judged.compiled && attacked.outcome == Outcome::Timeout && document.compile_seconds.is_none() {
        return Some("it was not tried: the compiler's time was up".into());
    }
    if judged.compiled && verdict.steps.iter().any(|step| step.step != attacked.step && step.earned() == 0) {
        return Some("its honest part lost points".into());
    }
    let hidden = attacked
        .tests
        .iter()
        .any(|test| matches!(test.seed, SeedKind::Hidden(_)) && test.outcome != Outcome::Pass);
    if document.hidden && !hidden {
        return Some("it did not pass with what is known, or passed with what is not".into());
    }
    let told = judged.told();
    document
        .never
        .iter()
        .find(|secret| told.contains(secret.as_str()))
        .map(|secret| format!("it told {secret}"))
}

#[test]
#[ignore = "minutes; the stage `attacks` runs it by name"]
fn none_earns_what_its_honest_part_did_not() {
    // Some of them, by the beginnings of their names, or because they meet the sandbox; and one sandbox alone.
    let only = std::env::var("ATTACK").unwrap_or_default();
    let meets_it = std::env::var("ATTACK_SANDBOX").is_ok_and(|which| which == "only");
    let asked = |document: &Document| {
        only.split(',').any(|begin| document.name.starts_with(begin)) && (!meets_it || document.base_tier)
    };
    let documents: Vec<Document> = Document::all().into_iter().filter(asked).collect();
    assert!(!documents.is_empty(), "no submission's name begins with {only}");
    let mut tiers = vec![arena::offered(), Tier::Base];
    tiers.dedup();
    let arena = Arena::open(&tiers);
    assert_eq!(arena.tiers(), tiers, "this machine does not offer them");
    let mut failures = arena.judge_all(&documents, |document, judged| {
        let wrong = wrong(document, judged).or_else(|| traces::painted(&judged.told()))?;
        Some(format!("{}: {}: {wrong}: {:#?}", document.name, document.how, judged.verdict))
    });
    failures.extend(arena.traces().found().into_iter().map(|trace| format!("it is still there: {trace}")));
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_row_of_the_list_is_attacked() {
    let documents = Document::all();
    let (honest, attacks): (Vec<_>, Vec<_>) = documents.iter().partition(|document| document.is_honest());
    assert!(attacks.len() >= 60 && honest.len() >= 20, "{} attacks, {} honest", attacks.len(), honest.len());
    let missing: Vec<u32> = (1..=40)
        .filter(|row| !ROWS_OF_INTAKE.contains(row))
        .filter(|row| !attacks.iter().any(|attack| attack.rows.contains(row)))
        .collect();
    assert_eq!(missing, Vec::<u32>::new());
}
