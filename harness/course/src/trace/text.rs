//! The drawing for a terminal: letters alone, so that it can be piped, mailed and read without colors.

use lab_manifest::report::Outcome;
use lab_manifest::trace::{Access, Call, Invocation, Kind, Process, Request, Touched, Trace};

use super::axis::Axis;
use super::collections::{self, Collection, Touches, is_refused};
use super::story::{Event, Story, What, time, units};
use super::totals::Totals;
use crate::session::board::statement;
use crate::terminal::{Style, wrap};

/// Narrower than this, what happened stands below who did it.
const NARROW: usize = 60;
/// Columns of a moment.
const TIME: usize = 9;
/// The widest name of a lane.
const NAME: usize = 14;
/// Items of a request that are named, where not everything is asked for.
const ITEMS: usize = 4;
/// What happened, in lines, where not everything is asked for.
const EVENTS: usize = 60;
/// Item collections, and items of one, where not everything is asked for.
const COLLECTIONS: usize = 16;
/// Letters of an event that are shown.
const EVENT: usize = 60;

/// How it is drawn.
#[derive(Clone, Copy)]
pub struct Pen<'a> {
    /// Columns.
    pub width: usize,
    /// Everything, however long.
    pub all: bool,
    /// How a style looks.
    pub paint: &'a dyn Fn(Style, &str) -> String,
}

impl std::fmt::Debug for Pen<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Pen")
            .field("width", &self.width)
            .field("all", &self.all)
            .finish_non_exhaustive()
    }
}

/// Lines as a text, each with its end and nothing before it.
pub fn joined(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// Draws `trace`; `reference` is the same test of the solution.
pub fn draw(trace: &Trace, reference: Option<&Trace>, pen: Pen<'_>) -> Vec<String> {
    let story = Story::of(trace);
    let mut lines = head(&story, pen);
    lines.extend(figures(&story, reference, pen));
    lines.extend(lanes(&story, pen));
    lines.extend(order(&story, pen));
    lines.extend(by_collection(&story, pen));
    lines
}

fn head(story: &Story<'_>, pen: Pen<'_>) -> Vec<String> {
    let trace = story.trace;
    let (style, outcome) = match trace.outcome {
        Outcome::Passed => (Style::Good, "passed"),
        Outcome::Failed => (Style::Bad, "failed"),
        Outcome::Panicked => (Style::Bad, "panicked"),
        Outcome::Todo => (Style::Note, "to do"),
    };
    let mut lines: Vec<String> = wrap(&statement(&trace.test), pen.width)
        .iter()
        .map(|line| (pen.paint)(Style::Strong, line))
        .collect();
    let seed = if trace.seed == 0 { String::new() } else { format!(", seed {}", trace.seed) };
    lines.push(format!("{}, {}{seed}", (pen.paint)(style, outcome), time(trace.end_us)));
    lines
}

fn figures(story: &Story<'_>, reference: Option<&Trace>, pen: Pen<'_>) -> Vec<String> {
    let reference = reference.map(|trace| Totals::of(&Story::of(trace)));
    let rows = Totals::of(story).rows(reference.as_ref());
    if rows.is_empty() {
        return vec![String::new(), "Nothing was asked of a function or of DynamoDB.".to_owned()];
    }
    let mut lines = vec![String::new()];
    if reference.is_some() {
        lines.push((pen.paint)(Style::Quiet, &format!("{:<24}{:>7}{:>11}", "", "yours", "reference")));
    }
    for (name, own, other) in rows {
        let other = other.map(|other| format!("{other:>11}")).unwrap_or_default();
        lines.push(format!("{name:<24}{own:>7}{other}"));
    }
    lines
}

/// The lanes on a time line.
fn lanes(story: &Story<'_>, pen: Pen<'_>) -> Vec<String> {
    let trace = story.trace;
    if trace.processes.is_empty() && trace.calls.is_empty() {
        return Vec::new();
    }
    let from_us = story.events.first().map_or(0, |event| event.at_us);
    let axis = Axis::of(trace, from_us);
    let name = story.lanes.iter().map(|name| name.chars().count()).max().unwrap_or_default().clamp(8, NAME);
    let columns = pen.width.saturating_sub(name + 2).max(10);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place is from 0 to 1")]
    #[expect(clippy::cast_precision_loss, reason = "a terminal has few columns")]
    let column = |us: u64| (axis.place(us) * (columns - 1) as f64).round() as usize;
    let mut rows = vec![vec![' '; columns]; story.lanes.len() + 1];
    for call in &trace.calls {
        let end = column(call.end_us.unwrap_or(trace.end_us));
        fill(&mut rows[0], column(call.at_us), end, '-');
    }
    for process in &trace.processes {
        let row = &mut rows[story.lane(process.id)];
        let gone = process.end_us.unwrap_or(trace.end_us).min(trace.end_us);
        fill(row, column(process.at_us), column(gone), '.');
        if process.kind == Kind::Environment {
            fill(row, column(process.at_us), column(process.ready_us.unwrap_or(gone)), '=');
        }
        for invocation in &process.invocations {
            fill(row, column(invocation.at_us), column(invocation.end_us.unwrap_or(gone)), '#');
        }
        if !process.outlived {
            row[column(gone)] = 'x';
        }
    }
    for (_, request) in story.requests() {
        let mark = if is_refused(request) || request.fault.is_some() || request.lost { '!' } else { '|' };
        let at = &mut rows[story.lanes.len()][column(request.at_us)];
        if *at != '!' {
            *at = mark;
        }
    }
    let mut lines = vec![String::new()];
    let (begin, end) = (time(from_us), time(trace.end_us));
    let gap = columns.saturating_sub(begin.len() + end.len());
    lines.push((pen.paint)(Style::Quiet, &format!("{:name$}  {begin}{:gap$}{end}", "", "")));
    let names = story.lanes.iter().map(String::as_str).chain(["DynamoDB"]);
    for (label, row) in names.zip(rows) {
        let row: String = row.into_iter().collect();
        lines.push(format!("{:name$}  {row}", cut(label, name)).trim_end().to_owned());
    }
    let key = "- call   = Init   # invocation   . waits   x ended   | request   ! refused, faulty or lost   (waiting is shortened)";
    lines.extend(wrap(key, pen.width).iter().map(|line| (pen.paint)(Style::Quiet, line)));
    lines
}

fn fill(row: &mut [char], from: usize, to: usize, letter: char) {
    let to = to.max(from).min(row.len() - 1);
    row[from.min(to)..=to].fill(letter);
}

/// What happened, in order.
fn order(story: &Story<'_>, pen: Pen<'_>) -> Vec<String> {
    let mut lines = title("in order", pen);
    if !story.prepared.is_empty() {
        let counted = counted(story.prepared.iter().map(|request| request.operation.as_str()));
        lines.extend(entry(name_width(story), "", "test", &format!("prepares: {counted}"), pen));
    }
    let most = if pen.all { usize::MAX } else { EVENTS };
    for event in story.events.iter().take(most) {
        lines.extend(row(story, event, pen));
    }
    let more = story.events.len().saturating_sub(most);
    if more > 0 {
        lines.push((pen.paint)(Style::Quiet, &format!("and {more} more: --all shows them")));
    }
    if story.trace.left_out > 0 {
        lines.push((pen.paint)(
            Style::Quiet,
            &format!("and {} more that were not kept", story.trace.left_out),
        ));
    }
    lines
}

fn row(story: &Story<'_>, event: &Event<'_>, pen: Pen<'_>) -> Vec<String> {
    let (text, marks) = match &event.what {
        What::Call(call) => called(story, call, pen),
        What::Start(process) => started(process),
        What::Invocation(process, invocation) => invoked(process, invocation),
        What::Requests { number, request, times } => requested(story, *number, request, *times, pen),
        What::End(process) => (format!("ended: {}", how(process)), Vec::new()),
        What::Clock(advance) => {
            (format!("moves the clock by {}", time(advance.by_ms.saturating_mul(1000))), Vec::new())
        }
    };
    let columns = name_width(story);
    let mut lines = entry(columns, &time(event.at_us), &story.lanes[event.lane], &text, pen);
    let indent = if pen.width < NARROW { 4 } else { TIME + 2 + columns + 4 };
    for mark in marks {
        let room = pen.width.saturating_sub(indent).max(16);
        lines.extend(
            wrap(&mark, room)
                .iter()
                .map(|line| format!("{}{}", " ".repeat(indent), (pen.paint)(Style::Bad, line))),
        );
    }
    lines
}

/// How a process ended.
pub fn how(process: &Process) -> &str {
    match process.end.as_deref() {
        Some("signal 9") => "killed",
        Some(end) => end,
        None => "nobody knows how",
    }
}

fn called(story: &Story<'_>, call: &Call, pen: Pen<'_>) -> (String, Vec<String>) {
    let how = if call.invocation_type == "RequestResponse" { "calls" } else { "queues for" };
    let took = call.end_us.map_or("went away".to_owned(), |end| {
        format!("{} after {}", call.status, time(end.saturating_sub(call.at_us)))
    });
    let mut marks = Vec::new();
    if let Some(first) = call.same_as.and_then(|first| story.trace.calls.get(first)) {
        marks.push(format!("AGAIN: the same event as at {}", time(first.at_us)));
    }
    if let Some(error) = &call.error {
        marks.push(format!("FAILED: {error}"));
    }
    (format!("{how} {} {} -> {took}", call.function, cut(&call.event, EVENT.min(pen.width / 2))), marks)
}

fn started(process: &Process) -> (String, Vec<String>) {
    if process.kind == Kind::Server {
        return ("starts".to_owned(), Vec::new());
    }
    let marks = process.init_error.iter().map(|error| format!("INIT FAILED: {error}")).collect();
    let text = match process.ready_us {
        Some(ready) => format!("starts, Init takes {}", time(ready.saturating_sub(process.at_us))),
        None => "starts, and never comes to the end of its Init".to_owned(),
    };
    (text, marks)
}

fn invoked(process: &Process, invocation: &Invocation) -> (String, Vec<String>) {
    let id: String = invocation.request_id.chars().take(8).collect();
    let mut marks = Vec::new();
    if invocation.attempt > 1 {
        marks.push(format!("RETRY: attempt {} of this invocation", invocation.attempt));
    }
    if let Some(error) = &invocation.error {
        marks.push(format!("FAILED: {error}"));
    }
    let text = if let Some(end) = invocation.end_us {
        format!("invocation {id}, done in {}", time(end.saturating_sub(invocation.at_us)))
    } else {
        if !process.outlived {
            marks.push("NO ANSWER: the environment was ended before it gave one".to_owned());
        }
        format!("invocation {id}")
    };
    (text, marks)
}

fn requested(
    story: &Story<'_>,
    number: usize,
    request: &Request,
    times: usize,
    pen: Pen<'_>,
) -> (String, Vec<String>) {
    let number = if times > 1 { format!("#{number}-{}", number + times - 1) } else { format!("#{number}") };
    let again = if times > 1 { format!(" {times} times") } else { String::new() };
    let items = items(request, if pen.all { usize::MAX } else { ITEMS });
    let text = format!("{number} {}{again}{items}{}", request.operation, cost(request, times));
    (text, marks(story, request))
}

/// What is remarkable about a request, a line each.
pub fn marks(story: &Story<'_>, request: &Request) -> Vec<String> {
    let mut marks = Vec::new();
    if let Some(first) = request.retry_of {
        let first = story.number(first).map_or("one before".to_owned(), |number| format!("#{number}"));
        marks.push(format!("RETRY of {first}"));
    }
    if let Some(fault) = &request.fault {
        marks.push(format!("FAULT: {fault}"));
    }
    if let Some(error) = &request.error {
        marks.push(format!("REFUSED: {error}"));
    } else if request.status >= 400 {
        marks.push(format!("REFUSED: status {}", request.status));
    }
    if request.lost && request.fault.is_none() {
        marks.push("ANSWER LOST: it was carried out, and who asked never heard".to_owned());
    }
    marks
}

/// The items of a request by item collection, each with what was done to it.
pub fn items(request: &Request, most: usize) -> String {
    if request.touched.is_empty() {
        return request.tables.first().map(|table| format!(" {table}")).unwrap_or_default();
    }
    let mut text: Vec<String> = Vec::new();
    let mut before: Option<&Touched> = None;
    for touched in request.touched.iter().take(most) {
        let same = before.is_some_and(|before| {
            (&before.table, &before.partition) == (&touched.table, &touched.partition)
                && touched.sort.is_some()
        });
        let lead = if before.is_some() { "," } else { "" };
        let collection =
            if same { String::new() } else { format!(" {} {}", touched.table, touched.partition) };
        let sort = touched.sort.as_ref().map(|sort| format!(" {sort}")).unwrap_or_default();
        text.push(format!("{lead}{collection}{sort}{}", done_to(touched)));
        before = Some(touched);
    }
    let more = request.touched.len().saturating_sub(most) + request.more;
    if more > 0 {
        text.push(format!(" and {more} more"));
    }
    text.concat()
}

fn done_to(touched: &Touched) -> &'static str {
    match (touched.unprocessed, touched.access) {
        (true, _) => " UNPROCESSED",
        (false, Access::Missed) => " (not there)",
        (false, Access::Check) => " (checked)",
        (false, Access::Read | Access::Write) => "",
    }
}

/// What a request cost, such as `, 2 WCU`.
#[expect(clippy::cast_precision_loss, reason = "a run has few requests")]
pub fn cost(request: &Request, times: usize) -> String {
    let Some(cost) = &request.cost else { return String::new() };
    let times = times as f64;
    let mut text: Vec<String> = Vec::new();
    if cost.read > 0.0 {
        text.push(format!(", {} RCU", units(cost.read * times)));
    }
    if cost.written() > 0.0 {
        text.push(format!(", {} WCU", units(cost.written() * times)));
    }
    if !cost.indexes.is_empty() {
        let indexes: Vec<String> = cost
            .indexes
            .iter()
            .map(|(name, written)| format!("{} in {name}", units(written * times)))
            .collect();
        text.push(format!(" ({})", indexes.join(", ")));
    }
    if cost.discarded > 0 {
        text.push(format!(", {} read and thrown away", cost.discarded));
    }
    text.concat()
}

/// What was touched, by item collection.
fn by_collection(story: &Story<'_>, pen: Pen<'_>) -> Vec<String> {
    let collections = collections::of(story);
    if collections.is_empty() {
        return Vec::new();
    }
    let mut lines = title("by item collection", pen);
    let most = if pen.all { usize::MAX } else { COLLECTIONS };
    let mut table = "";
    for collection in collections.iter().take(most) {
        if collection.table != table {
            table = &collection.table;
            lines.push(format!("  {table}"));
        }
        lines.extend(of_collection(collection, most, pen));
    }
    let more = collections.len().saturating_sub(most);
    if more > 0 {
        lines.push((pen.paint)(Style::Quiet, &format!("  and {more} more: --all shows them")));
    }
    lines
}

/// A collection, and its items; where not everything is asked for, those alone that were touched more than once.
fn of_collection(collection: &Collection, most: usize, pen: Pen<'_>) -> Vec<String> {
    let mut lines = touches(4, &collection.partition, &collection.all, pen);
    let (told, once): (Vec<_>, Vec<_>) =
        collection.items.iter().partition(|(_, done)| pen.all || done.requests.len() > 1);
    for (item, done) in told.iter().take(most) {
        lines.extend(touches(6, item, done, pen));
    }
    let more = told.len().saturating_sub(most);
    if more > 0 {
        lines.push((pen.paint)(Style::Quiet, &format!("      and {more} more: --all shows them")));
    }
    match (once.len(), told.is_empty()) {
        (0, _) => {}
        (items, true) => lines.push((pen.paint)(
            Style::Quiet,
            &match items {
                1 => "      1 item".to_owned(),
                _ => format!("      {items} items, each once"),
            },
        )),
        (items, false) => {
            lines.push((pen.paint)(Style::Quiet, &format!("      and {items} more, each once")));
        }
    }
    lines
}

fn touches(indent: usize, name: &str, done: &Touches, pen: Pen<'_>) -> Vec<String> {
    let count = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let counts: Vec<String> = [
        count(done.reads, "read", "reads"),
        count(done.writes, "write", "writes"),
        count(done.refused, "refused", "refused"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let text = format!("{name}: {} ({})", counts.join(", "), ranges(&done.requests));
    hanging(indent, indent + 2, &text, pen.width)
}

/// Numbers as ranges: `#1-3 #7`.
fn ranges(numbers: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let told = ranges
        .iter()
        .map(|(first, last)| if first == last { format!("#{first}") } else { format!("#{first}-{last}") });
    told.collect::<Vec<_>>().join(" ")
}

/// Each word with how often it came, in the order of the first: `CreateTable 2, PutItem`.
fn counted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for word in words {
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let told = counts.iter().map(|(word, count)| match count {
        1 => (*word).to_owned(),
        count => format!("{count} {word}"),
    });
    told.collect::<Vec<_>>().join(", ")
}

fn title(text: &str, pen: Pen<'_>) -> Vec<String> {
    vec![String::new(), (pen.paint)(Style::Strong, text)]
}

fn name_width(story: &Story<'_>) -> usize {
    story.lanes.iter().map(|name| name.chars().count()).max().unwrap_or_default().min(NAME)
}

/// A moment, a name, and what happened, its further lines under the first.
fn entry(columns: usize, moment: &str, name: &str, text: &str, pen: Pen<'_>) -> Vec<String> {
    if pen.width < NARROW {
        let head = if moment.is_empty() { name.to_owned() } else { format!("{moment} {name}") };
        let mut lines = vec![(pen.paint)(Style::Quiet, &head)];
        lines.extend(hanging(2, 4, text, pen.width));
        return lines;
    }
    let head = format!("{moment:>TIME$}  {:columns$}  ", cut(name, columns));
    let hang = head.chars().count();
    let mut lines = wrap(text, pen.width.saturating_sub(hang + 2)).into_iter();
    let first = lines.next().unwrap_or_default();
    let mut told = vec![format!("{}{first}", (pen.paint)(Style::Quiet, &head))];
    told.extend(lines.map(|line| format!("{}{line}", " ".repeat(hang + 2))));
    told
}

fn hanging(first: usize, then: usize, text: &str, width: usize) -> Vec<String> {
    let lines = wrap(text, width.saturating_sub(then).max(16));
    let indent = |index: usize| " ".repeat(if index == 0 { first } else { then });
    lines.iter().enumerate().map(|(index, line)| format!("{}{line}", indent(index))).collect()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(3)).chain("...".chars()).collect()
}
