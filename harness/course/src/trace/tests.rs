//! The drawings of runs that never change.

use insta::assert_snapshot;
use lab_manifest::trace::Trace;

use super::text::{Pen, draw, joined};
use super::{samples, svg};

fn drawn(trace: &Trace, reference: Option<&Trace>, width: usize, all: bool) -> String {
    let lines = draw(trace, reference, Pen { width, all, paint: &|_, text| text.to_owned() });
    for line in &lines {
        assert!(line.chars().count() <= width, "{} columns: {line}", line.chars().count());
    }
    joined(&lines)
}

#[test]
fn functions_are_drawn_on_a_time_line_with_what_was_lost_and_tried_again() {
    let trace = samples::functions();
    assert_snapshot!("functions", drawn(&trace, Some(&trace), 100, false));
}

#[test]
fn items_are_drawn_by_collection_with_costs_and_faults() {
    assert_snapshot!("items", drawn(&samples::items(), None, 80, false));
}

#[test]
fn a_narrow_terminal_has_everything_below_each_other() {
    assert_snapshot!("narrow", drawn(&samples::functions(), None, 44, false));
}

#[test]
fn a_long_run_is_cut_unless_everything_is_asked_for() {
    let mut trace = samples::items();
    let last = trace.requests.pop().unwrap();
    for turn in 0..100_u64 {
        let mut request = last.clone();
        request.at_us += turn * 2_000;
        request.end_us = request.at_us + 300;
        request.touched[0].sort = Some(format!("card={turn:02}"));
        trace.requests.push(request);
    }
    let short = drawn(&trace, None, 80, false);
    assert!(short.contains("more: --all shows them") && !short.contains("#113 "), "{short}");
    let long = drawn(&trace, None, 80, true);
    assert!(!long.contains("--all") && long.contains("#113 "), "{long}");
}

#[test]
fn a_picture_has_a_name_every_request_and_nothing_unescaped() {
    for (name, mut trace) in [("functions", samples::functions()), ("items", samples::items())] {
        trace.requests.last_mut().unwrap().operation = "<b>&".to_owned();
        let picture = svg::fragment(&trace, "t", "Yours");
        assert!(picture.contains("role=\"img\" aria-labelledby=\"t-title t-desc\""));
        assert!(picture.contains("&lt;b&gt;&amp;") && !picture.contains("<b>"));
        let told = trace.requests.iter().filter(|request| !request.prepares).count();
        assert!(picture.matches("class=\"tr-ask").count() <= told);
        assert_snapshot!(format!("{name}.svg"), picture.replace("><", ">\n<"));
    }
}
