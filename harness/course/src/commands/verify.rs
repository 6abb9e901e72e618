//! `cargo course verify`: holds exercises against the five gates.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use lab_manifest::exercise::Exercise;
use serde::Serialize;

use crate::course::Course;
use crate::docker::Engine;
use crate::failure::Failure;
use crate::interrupt;
use crate::terminal::{Style, Terminal};
use crate::verify::Gate;
use crate::verify::bench::Bench;
use crate::verify::finding::{Report, count};
use crate::verify::overlay::Overlay;

/// The seeds that are always tried: the snapshots' own, small ones, and one with all bits in use.
const SEEDS: [u64; 4] = [0, 1, 7, 0x9e37_79b9_7f4a_7c15];
/// Lines of a finding's detail that a person is shown; `--json` has them all.
const SHOWN_LINES: usize = 40;

/// What `verify` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The exercise's number; all of them where it is left out
    exercise: Option<u32>,
    /// Only this gate; may be given several times
    #[arg(long, value_enum)]
    gate: Vec<Gate>,
    /// The random seed of a run before, to repeat it
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// Variants: runs the steps before the declared one too, and all of them on the random seed
    #[arg(long)]
    thorough: bool,
    /// As JSON, for a script
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Verified<'a> {
    version: u32,
    held: bool,
    seconds: f64,
    backends: &'a [String],
    seeds: &'a [u64],
    random_seed: u64,
    exercises: Vec<VerifiedExercise<'a>>,
}

#[derive(Serialize)]
struct VerifiedExercise<'a> {
    number: u32,
    title: &'a str,
    gates: Vec<VerifiedGate>,
}

#[derive(Serialize)]
struct VerifiedGate {
    gate: Gate,
    held: bool,
    seconds: f64,
    #[serde(flatten)]
    report: Report,
}

/// Holds the exercises against the gates and tells what does not hold.
pub fn run(course: &Course, args: Args) -> Result<(), Failure> {
    let Args { exercise, gate, seed, thorough, json } = args;
    if let (Some(broken), None) = (course.broken.first(), exercise) {
        return Err(Failure::NotGreen { summary: broken.to_string() });
    }
    let exercises: Vec<&Exercise> = match exercise {
        Some(number) => vec![course.exercise(number)?],
        None => course.exercises.iter().collect(),
    };
    let (terminal, started) = (Terminal::stderr(), Instant::now());
    let gates: Vec<Gate> =
        Gate::ALL.into_iter().filter(|known| gate.is_empty() || gate.contains(known)).collect();
    let bench = Bench { thorough, ..bench(course, seed.unwrap_or_else(random), &terminal)? };
    announce(&bench, &terminal);
    let mut verified = Vec::new();
    for exercise in &exercises {
        let mut of_exercise =
            VerifiedExercise { number: exercise.number, title: &exercise.title, gates: Vec::new() };
        for &gate in &gates {
            let gate = held(gate, exercise, &bench)?;
            terminal.settle();
            terminal.line(&row(&terminal, exercise.number, &gate));
            if !json {
                print_findings(&Terminal::stdout(), exercise.number, &gate);
            }
            of_exercise.gates.push(gate);
        }
        verified.push(of_exercise);
    }
    let failed: usize =
        verified.iter().flat_map(|exercise| &exercise.gates).map(|gate| gate.report.findings.len()).sum();
    let seconds = started.elapsed().as_secs_f64();
    if json {
        let document = Verified {
            version: 1,
            held: failed == 0,
            seconds,
            backends: &bench.backends,
            seeds: &bench.seeds,
            random_seed: bench.hidden_seed,
            exercises: verified,
        };
        Terminal::stdout()
            .line(&serde_json::to_string_pretty(&document).expect("the document has only text keys"));
    } else {
        print(&Terminal::stdout(), &verified, seconds);
    }
    if failed == 0 {
        return Ok(());
    }
    let summary = format!(
        "{} not hold; repeat it with --seed {}",
        if failed == 1 { "1 thing does".to_owned() } else { format!("{} do", count(failed, "thing")) },
        bench.hidden_seed
    );
    Err(Failure::NotGreen { summary })
}

/// The overlay, with the backends of this machine and a seed that nobody has seen.
pub fn bench<'a>(course: &'a Course, hidden_seed: u64, terminal: &Terminal) -> Result<Bench<'a>, Failure> {
    terminal.live("copying the course");
    let mut seeds = SEEDS.to_vec();
    seeds.push(hidden_seed);
    let mut backends = vec!["embedded".to_owned()];
    if Engine::find().is_ok_and(|engine| engine.has_image()) {
        backends.push("container".to_owned());
    }
    Ok(Bench {
        course,
        overlay: Overlay::open(course)?,
        backends,
        seeds,
        hidden_seed,
        thorough: false,
        cancel: interrupt::cancel(),
        terminal: *terminal,
    })
}

fn held(gate: Gate, exercise: &Exercise, bench: &Bench<'_>) -> Result<VerifiedGate, Failure> {
    let started = Instant::now();
    let report = crate::verify::check(gate, exercise, bench).inspect_err(|_| bench.terminal.settle())?;
    Ok(VerifiedGate {
        gate,
        held: report.findings.is_empty(),
        seconds: started.elapsed().as_secs_f64(),
        report,
    })
}

fn announce(bench: &Bench<'_>, terminal: &Terminal) {
    terminal.settle();
    let container = if bench.backends.len() > 1 {
        ""
    } else {
        " (no container: no Docker engine with the image answers)"
    };
    terminal.text(&format!(
        "on {}{container}; random seed {}",
        bench.backends.join(" and "),
        bench.hidden_seed
    ));
}

/// A seed that nobody could have known.
pub fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // RandomState's keys come from the operating system.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    RandomState::new().hash_one(now.as_nanos())
}

fn row(terminal: &Terminal, number: u32, gate: &VerifiedGate) -> String {
    let held =
        if gate.held { terminal.paint(Style::Good, "held  ") } else { terminal.paint(Style::Bad, "FAILED") };
    let mut found = match gate.report.findings.len() {
        0 => String::new(),
        found => format!("{}; ", count(found, "finding")),
    };
    if !gate.report.unsteady.is_empty() {
        found += &format!("{} unsteady; ", gate.report.unsteady.len());
    }
    let (name, seconds) = (gate.gate.name(), gate.seconds);
    format!("exercise {number}  {name:<9} {held} {seconds:>5.0} s  {found}{}", gate.report.checked.join(", "))
}

/// The findings, as soon as they are known: a whole run takes minutes, and somebody may stop it.
fn print_findings(terminal: &Terminal, number: u32, gate: &VerifiedGate) {
    let Report { findings, unsteady, .. } = &gate.report;
    let all = findings.iter().map(|finding| ("", finding));
    let all = all.chain(unsteady.iter().map(|finding| ("unsteady, for alone it held: ", finding)));
    for (kind, finding) in all {
        let place = format!("exercise {number}, {}, {kind}{}:", gate.gate.name(), finding.place);
        terminal.entry(&terminal.paint(Style::Strong, &place), &finding.message);
        let lines: Vec<&str> = finding.detail.lines().collect();
        for line in lines.iter().take(SHOWN_LINES) {
            terminal.line(&format!("    {line}"));
        }
        if lines.len() > SHOWN_LINES {
            terminal
                .line(&format!("    … {} more; --json has them", count(lines.len() - SHOWN_LINES, "line")));
        }
        terminal.line("");
    }
}

fn print(terminal: &Terminal, verified: &[VerifiedExercise<'_>], seconds: f64) {
    terminal.line("");
    for exercise in verified {
        terminal.line(&terminal.paint(Style::Strong, &format!("{}. {}", exercise.number, exercise.title)));
        for gate in &exercise.gates {
            terminal.line(&format!("  {}", row(terminal, exercise.number, gate)));
        }
    }
    terminal.line(&format!("{seconds:.0} s in all"));
}
