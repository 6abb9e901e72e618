//! The drawing for a page, or for a file to show to somebody. Its colors are the book's where it is in the book.

use std::fmt::Write as _;

use lab_manifest::trace::{Access, Kind, Request, Touched, Trace};

use super::axis::Axis;
use super::collections::{self, Collection, is_refused};
use super::story::{Story, time, units};
use super::text::{cost, how, items, marks};
use super::totals::Totals;
use crate::book::html::escape;
use crate::session::board::statement;

/// Where the names are.
const NAMES: f64 = 236.0;
const MARGIN: f64 = 18.0;
/// Room for a moment, and for all of them.
const MOMENT: f64 = 15.0;
const NARROWEST: f64 = 460.0;
const WIDEST: f64 = 2_600.0;
/// Heights.
const TOP: f64 = 34.0;
const LANE: f64 = 30.0;
const NUMBERS: f64 = 40.0;
const ROW: f64 = 22.0;
const COSTS: f64 = 44.0;
const OPERATIONS: f64 = 128.0;
const KEY: f64 = 24.0;
/// Item collections that have a row of their own.
const COLLECTIONS: usize = 18;
/// Letters of a name.
const NAME: usize = 36;
/// The highest bar of a cost, and how high a unit is.
const BAR: f64 = 30.0;
const UNIT: f64 = 5.0;

/// Colors by class; the values after the comma are for a file without the book.
const STYLE: &str = "\
.tr{font-family:var(--label-font,Helvetica,Arial,sans-serif);font-variant-numeric:tabular-nums}\
.tr text{fill:var(--d-ink,#1a2236);font-size:12px}.tr .tr-soft{fill:var(--ink-soft,#4a566d);font-size:11px}\
.tr .tr-head{font-weight:700;font-size:13px}.tr .tr-mid{text-anchor:middle}.tr .tr-end{text-anchor:end}\
.tr .tr-bad{fill:var(--d-warn,#b0281e)}.tr-paper{fill:var(--d-paper,#fff)}\
.tr-rule{stroke:var(--rule,#d6deea);stroke-width:1}.tr-life{stroke:var(--d-line,#5b6880);stroke-width:1.5}\
.tr-call{fill:none;stroke:var(--d-line,#5b6880);stroke-width:1.5}\
.tr-init{fill:var(--d-init,#c27a12);stroke:var(--d-line,#5b6880);stroke-dasharray:2 2}\
.tr-run{fill:var(--d-run,#3d70c9)}.tr-run.tr-failed{fill:var(--d-paper,#fff);stroke:var(--d-warn,#b0281e);stroke-width:2}\
.tr-ask{stroke:var(--d-line,#5b6880);stroke-width:1;opacity:.65}.tr-ask.tr-no{stroke:var(--d-warn,#b0281e);opacity:1;stroke-dasharray:4 3}\
.tr-write{fill:var(--d-accent,#1c4da1)}.tr-read{fill:var(--d-paper,#fff);stroke:var(--d-accent,#1c4da1);stroke-width:2}\
.tr-check{fill:none;stroke:var(--d-accent,#1c4da1);stroke-width:2}\
.tr-cross{fill:none;stroke:var(--d-warn,#b0281e);stroke-width:2.2}\
.tr-again{fill:none;stroke:var(--d-wait,#855100);stroke-width:1.6;stroke-dasharray:4 2}\
.tr-clock{stroke:var(--d-wait,#855100);stroke-width:1.2;stroke-dasharray:1 4}";

/// Without the book there is one theme: light.
const FILE_PAPER: &str = "#ffffff";

/// A drawing to be put into a page. `id` begins the ids in it.
pub fn fragment(trace: &Trace, id: &str, whose: &str) -> String {
    Drawing::of(trace, id, whose).svg("")
}

/// A drawing as a file of its own.
pub fn file(trace: &Trace) -> String {
    let drawing = Drawing::of(trace, "trace", "a run");
    let paper = format!("<rect width=\"100%\" height=\"100%\" fill=\"{FILE_PAPER}\"/>");
    drawing.svg(&paper)
}

struct Drawing<'a> {
    story: Story<'a>,
    collections: Vec<Collection>,
    axis: Axis,
    id: &'a str,
    whose: &'a str,
    width: f64,
    out: String,
}

impl<'a> Drawing<'a> {
    #[expect(clippy::cast_precision_loss, reason = "a run has few moments")]
    fn of(trace: &'a Trace, id: &'a str, whose: &'a str) -> Self {
        let story = Story::of(trace);
        let from_us = story.events.first().map_or(0, |event| event.at_us);
        let axis = Axis::of(trace, from_us);
        let plot = (axis.moments() as f64 * MOMENT).clamp(NARROWEST, WIDEST);
        let mut collections = collections::of(&story);
        collections.truncate(COLLECTIONS);
        Self { story, collections, axis, id, whose, width: NAMES + plot + MARGIN, out: String::new() }
    }

    fn svg(mut self, paper: &str) -> String {
        let height = self.costs_at() + COSTS + OPERATIONS + KEY;
        let title = format!("{}: {}", self.whose, statement(&self.story.trace.test));
        self.lanes();
        self.rows();
        self.requests();
        self.clock();
        self.key();
        let (id, width) = (self.id, self.width);
        format!(
            "<svg class=\"tr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\"><style>{STYLE}</style>\
             <title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>{paper}{}</svg>",
            escape(&title),
            escape(&self.description()),
            self.out
        )
    }

    /// What the drawing shows, in a sentence; the text beside it tells everything.
    fn description(&self) -> String {
        let figures = Totals::of(&self.story).rows(None);
        let figures: Vec<String> =
            figures.into_iter().map(|(name, own, _)| format!("{own} {name}")).collect();
        format!("In {}: {}.", time(self.story.trace.end_us), figures.join(", "))
    }

    #[expect(clippy::cast_precision_loss, reason = "a run has few lanes")]
    fn numbers_at(&self) -> f64 {
        TOP + LANE * self.story.lanes.len() as f64 + NUMBERS - 8.0
    }

    #[expect(clippy::cast_precision_loss, reason = "a run has few collections")]
    fn row_at(&self, row: usize) -> f64 {
        self.numbers_at() + 8.0 + ROW * (row as f64 + 0.7)
    }

    fn costs_at(&self) -> f64 {
        self.row_at(self.collections.len())
    }

    fn x(&self, us: u64) -> f64 {
        NAMES + self.axis.place(us) * (self.width - NAMES - MARGIN)
    }

    fn put(&mut self, piece: std::fmt::Arguments<'_>) {
        self.out.write_fmt(piece).expect("a string takes every write");
    }

    fn label(&mut self, x: f64, y: f64, class: &str, text: &str) {
        self.put(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{}</text>", escape(text)));
    }

    fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    fn bar(&mut self, class: &str, from: u64, to: u64, y: f64, told: &str) {
        let (x, end) = (self.x(from), self.x(to));
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\" rx=\"2\"><title>{}</title></rect>",
            y - 7.0,
            (end - x).max(3.0),
            escape(told)
        ));
    }

    fn lanes(&mut self) {
        let end = self.width - MARGIN;
        let (begin_us, end_us) =
            (self.story.events.first().map_or(0, |event| event.at_us), self.story.trace.end_us);
        self.label(NAMES, 14.0, "tr-soft", &time(begin_us));
        self.label(end, 14.0, "tr-soft tr-end", &time(end_us));
        let middle = NAMES + (end - NAMES) / 2.0;
        self.label(middle, 14.0, "tr-soft tr-mid", "in order; waiting is shortened");
        for lane in 0..self.story.lanes.len() {
            let y = lane_at(lane);
            let name = cut(&self.story.lanes[lane]);
            self.label(0.0, y + 4.0, "tr-head", &name);
            self.line("tr-rule", (NAMES, y), (end, y));
        }
        let trace = self.story.trace;
        for call in &trace.calls {
            let told = format!("{} {}: {}", call.function, call.event, call.status);
            self.bar("tr-call", call.at_us, call.end_us.unwrap_or(end_us), lane_at(0), &told);
        }
        for process in &trace.processes {
            let y = lane_at(self.story.lane(process.id));
            let gone = process.end_us.unwrap_or(end_us).min(end_us);
            let (from, to) = (self.x(process.at_us), self.x(gone));
            self.line("tr-life", (from, y), (to, y));
            if process.kind == Kind::Environment {
                let ready = process.ready_us.unwrap_or(gone);
                let told = match &process.init_error {
                    Some(error) => format!("Init failed: {error}"),
                    None => format!("Init, {}", time(ready.saturating_sub(process.at_us))),
                };
                self.bar("tr-init", process.at_us, ready, y, &told);
            }
            for invocation in &process.invocations {
                let failed = invocation.error.is_some() || (invocation.end_us.is_none() && !process.outlived);
                let class = if failed { "tr-run tr-failed" } else { "tr-run" };
                let ended =
                    invocation.error.as_ref().map(|error| format!(", failed: {error}")).unwrap_or_default();
                let told =
                    format!("invocation of {}, attempt {}{ended}", invocation.event, invocation.attempt);
                self.bar(class, invocation.at_us, invocation.end_us.unwrap_or(gone), y, &told);
            }
            if !process.outlived {
                self.cross(to, y, 5.0);
                self.label(to + 8.0, y - 6.0, "tr-soft", how(process));
            }
        }
    }

    /// The item collections' names and lines.
    fn rows(&mut self) {
        let (numbers, end) = (self.numbers_at(), self.width - MARGIN);
        self.label(0.0, numbers, "tr-head", "DynamoDB");
        for row in 0..self.collections.len() {
            let y = self.row_at(row);
            let name = format!("{} {}", self.collections[row].table, self.collections[row].partition);
            let cut = cut(&name);
            self.put(format_args!("<g><title>{}</title>", escape(&name)));
            self.label(8.0, y + 4.0, "", &cut);
            self.out.push_str("</g>");
            self.line("tr-rule", (NAMES, y), (end, y));
        }
        let y = self.costs_at() + BAR;
        if self.story.requests().any(|(_, request)| request.cost.is_some()) {
            self.label(8.0, y, "", "capacity units");
            self.line("tr-rule", (NAMES, y), (end, y));
        }
    }

    fn requests(&mut self) {
        let told: Vec<(usize, &Request)> = self.story.requests().collect();
        let (mut last, mut last_operation) = (f64::MIN, f64::MIN);
        for (number, request) in told {
            let x = self.x(request.at_us);
            let from = lane_at(self.story.lane(request.from));
            let rows: Vec<(usize, &Touched)> =
                request.touched.iter().filter_map(|touched| Some((self.row(touched)?, touched))).collect();
            let lowest =
                rows.iter().map(|(row, _)| self.row_at(*row)).fold(self.numbers_at() + 4.0, f64::max);
            let bad = is_refused(request) || request.fault.is_some() || request.lost;
            let remarks: String = marks(&self.story, request)
                .iter()
                .flat_map(|mark| ["; ", mark.as_str()])
                .map(str::to_owned)
                .collect();
            let about =
                format!("#{number} {}{}{}{remarks}", request.operation, items(request, 8), cost(request, 1));
            self.put(format_args!("<g><title>{}</title>", escape(&about)));
            self.line(if bad { "tr-ask tr-no" } else { "tr-ask" }, (x, from), (x, lowest));
            // Numbers that would stand in each other are left to the tips.
            let y = self.numbers_at();
            let struck = request.fault.is_some() || request.lost;
            let digits = format!("{number}{}", if struck { "!" } else { "" });
            #[expect(clippy::cast_precision_loss, reason = "a number has few digits")]
            let wide = digits.len() as f64 * 7.0;
            if x - last >= wide + 3.0 {
                self.put(format_args!(
                    "<rect class=\"tr-paper\" x=\"{:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"13\"/>",
                    x - wide / 2.0,
                    y - 10.0
                ));
                self.label(x, y, if bad { "tr-bad tr-mid" } else { "tr-mid" }, &digits);
                last = x;
            }
            for (row, touched) in rows {
                self.touch(x, row, touched, is_refused(request));
            }
            self.operation(x, request, &mut last_operation);
            self.out.push_str("</g>");
            self.again(x, request);
            self.cost(x, request);
        }
    }

    fn row(&self, touched: &Touched) -> Option<usize> {
        self.collections
            .iter()
            .position(|known| known.table == touched.table && known.partition == touched.partition)
    }

    fn touch(&mut self, x: f64, row: usize, touched: &Touched, refused: bool) {
        let y = self.row_at(row);
        self.shape(x, y, touched.access);
        if refused || touched.unprocessed {
            self.cross(x, y, 6.5);
        }
    }

    fn shape(&mut self, x: f64, y: f64, access: Access) {
        match access {
            Access::Write => {
                self.put(format_args!(
                    "<rect class=\"tr-write\" x=\"{:.1}\" y=\"{:.1}\" width=\"9\" height=\"9\"/>",
                    x - 4.5,
                    y - 4.5
                ));
            }
            Access::Read => {
                self.put(format_args!("<circle class=\"tr-read\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>"));
            }
            Access::Missed => {
                self.put(format_args!("<circle class=\"tr-read tr-missed\" stroke-dasharray=\"2 2\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>"));
            }
            Access::Check => {
                self.put(format_args!(
                    "<path class=\"tr-check\" d=\"M{x:.1} {:.1}l5 5l-5 5l-5 -5z\"/>",
                    y - 5.0
                ));
            }
        }
    }

    fn cross(&mut self, x: f64, y: f64, r: f64) {
        let (left, top, side) = (x - r, y - r, 2.0 * r);
        self.put(format_args!(
            "<path class=\"tr-cross\" d=\"M{left:.1} {top:.1}l{side:.1} {side:.1}M{left:.1} {:.1}l{side:.1} -{side:.1}\"/>",
            y + r
        ));
    }

    /// From a request to the one that it tries again.
    fn again(&mut self, x: f64, request: &Request) {
        let earlier = request.retry_of.and_then(|index| self.story.trace.requests.get(index));
        if let Some(earlier) = earlier {
            let (from, y) = (self.x(earlier.at_us), self.numbers_at() - 12.0);
            let bend = ((x - from) / 4.0).clamp(8.0, 16.0);
            self.put(format_args!(
                "<path class=\"tr-again\" d=\"M{from:.1} {y:.1}Q{:.1} {:.1} {x:.1} {y:.1}\"><title>tried again</title></path>",
                f64::midpoint(from, x),
                y - bend
            ));
        }
    }

    fn cost(&mut self, x: f64, request: &Request) {
        let Some(cost) = &request.cost else { return };
        let ground = self.costs_at() + BAR;
        for (class, cost, shift) in [("tr-write", cost.written(), -5.5), ("tr-read", cost.read, 0.5)] {
            if cost > 0.0 {
                let height = (cost * UNIT).min(BAR);
                self.put(format_args!(
                    "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"5\" height=\"{height:.1}\"><title>{} units</title></rect>",
                    x + shift,
                    ground - height,
                    units(cost)
                ));
            }
        }
    }

    /// The operation's name, downward, where there is room for it.
    fn operation(&mut self, x: f64, request: &Request, last: &mut f64) {
        if x - *last < 11.0 {
            return;
        }
        *last = x;
        let (x, y) = (x - 3.5, self.costs_at() + COSTS - 6.0);
        self.put(format_args!(
            "<text class=\"tr-soft\" transform=\"translate({x:.1} {y:.1}) rotate(90)\">{}</text>",
            escape(&request.operation)
        ));
    }

    /// What the shapes mean.
    fn key(&mut self) {
        let y = self.costs_at() + COSTS + OPERATIONS + 6.0;
        let key = [
            (Some(Access::Write), false, "written"),
            (Some(Access::Read), false, "read"),
            (Some(Access::Missed), false, "not there"),
            (Some(Access::Check), false, "checked"),
            (None, true, "refused"),
            (None, false, "! fault, or answer lost"),
        ];
        let mut x = 14.0;
        for (access, refused, words) in key {
            if let Some(access) = access {
                self.shape(x, y, access);
            }
            if refused {
                self.cross(x, y, 5.0);
            }
            self.label(x + 10.0, y + 4.0, "tr-soft", words);
            #[expect(clippy::cast_precision_loss, reason = "a word has few letters")]
            let wide = words.len() as f64 * 6.2;
            x += wide + 30.0;
        }
    }

    fn clock(&mut self) {
        let (bottom, trace) = (self.numbers_at() - 26.0, self.story.trace);
        for advance in &trace.clock {
            let x = self.x(advance.at_us);
            self.line("tr-clock", (x, 20.0), (x, bottom));
            let told = format!("clock +{}", time(advance.by_ms.saturating_mul(1000)));
            self.label(x, 28.0, "tr-soft tr-mid", &told);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a run has few lanes")]
fn lane_at(lane: usize) -> f64 {
    TOP + LANE * (lane as f64 + 0.5)
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}
