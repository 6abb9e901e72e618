//! `cargo course verify`: holds exercises against the five gates.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use lab_docker::Engine;
use lab_manifest::exercise::Exercise;
use serde::Serialize;

use crate::course::Course;
use crate::failure::Failure;
use crate::interrupt;
use crate::terminal::{Style, Terminal};
use crate::verify::Gate;
use crate::verify::bench::Bench;
use crate::verify::finding::{Report, count};
use crate::verify::overlay::Overlay;

/// The seeds that are always tried: the snapshots' own, its neighbour, and one with all bits in use.
const SEEDS: [u64; 3] = [0, 1, 0x9e37_79b9_7f4a_7c15];
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
    /// Only this variant, by the name of its folder; may be given several times
    #[arg(long, value_name = "NAME", requires = "exercise")]
    variant: Vec<String>,
    /// The random seed of a run before, to repeat it; may be given several times
    #[arg(long, value_name = "SEED")]
    seed: Vec<u64>,
    /// How many random seeds to draw
    #[arg(long, value_name = "COUNT", default_value = "1", conflicts_with = "seed", value_parser = clap::value_parser!(u16).range(1..))]
    draw: u16,
    /// Variants: runs the steps before the declared one too, and all of them on the random seeds; what holds only when run alone does not hold
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
    random_seeds: &'a [u64],
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
    let Args { exercise, gate, variant, seed, draw, thorough, json } = args;
    let seeds = if seed.is_empty() { (0..draw).map(|_| random()).collect() } else { seed };
    if let (Some(broken), None) = (course.broken.first(), exercise) {
        return Err(Failure::NotGreen { summary: broken.to_string() });
    }
    let exercises: Vec<&Exercise> = match exercise {
        Some(number) => vec![course.exercise(number)?],
        None => course.exercises.iter().collect(),
    };
    let (terminal, started) = (Terminal::stderr(), Instant::now());
    // Who names a variant asks for no other gate.
    let gate = if gate.is_empty() && !variant.is_empty() { vec![Gate::Variants] } else { gate };
    let gates: Vec<Gate> =
        Gate::ALL.into_iter().filter(|known| gate.is_empty() || gate.contains(known)).collect();
    let bench = Bench { thorough, variants: variant, ..bench(course, seeds, &terminal)? };
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
            random_seeds: &bench.hidden_seeds,
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
        "{} not hold; repeat it with {}",
        if failed == 1 { "1 thing does".to_owned() } else { format!("{} do", count(failed, "thing")) },
        shown(&bench.hidden_seeds)
    );
    Err(Failure::NotGreen { summary })
}

/// The overlay, with the backends of this machine and seeds that nobody has seen.
pub fn bench<'a>(
    course: &'a Course,
    hidden_seeds: Vec<u64>,
    terminal: &Terminal,
) -> Result<Bench<'a>, Failure> {
    terminal.live("copying the course");
    let mut seeds = SEEDS.to_vec();
    seeds.extend(&hidden_seeds);
    let mut backends = vec!["embedded".to_owned()];
    if Engine::find().is_ok_and(|engine| engine.has_image()) {
        backends.push("container".to_owned());
    }
    Ok(Bench {
        course,
        overlay: Overlay::open(course)?,
        backends,
        seeds,
        hidden_seeds,
        thorough: false,
        variants: Vec::new(),
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
    terminal.text(&format!("on {}{container}; {}", bench.backends.join(" and "), shown(&bench.hidden_seeds)));
}

/// The seeds as they are given again.
fn shown(seeds: &[u64]) -> String {
    let seeds: Vec<String> = seeds.iter().map(|seed| format!("--seed {seed}")).collect();
    seeds.join(" ")
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
    let Report { checked, findings, unsteady } = &gate.report;
    let mut facts = Vec::new();
    if !findings.is_empty() {
        facts.push(count(findings.len(), "finding"));
    }
    if !unsteady.is_empty() {
        facts.push(format!("{} unsteady", unsteady.len()));
    }
    facts.push(checked.join(", "));
    let facts = facts.join("; ");
    let (name, seconds) = (gate.gate.name(), gate.seconds);
    format!("exercise {number}  {name:<9} {held} {seconds:>5.0} s  {facts}")
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
