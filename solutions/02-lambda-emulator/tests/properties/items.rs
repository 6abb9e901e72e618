//! The queue's events as items, and times as text.

use std::time::Duration;

use proptest::prelude::*;
use solution_2::core::record::timestamp;
use solution_2::store::Event;

fn event() -> impl Strategy<Value = Event> {
    let texts = ("\\PC{0,20}", "\\PC{0,20}", "\\PC{0,20}", "\\PC{0,20}", "\\PC{0,40}");
    let times = (any::<u64>(), any::<u64>());
    (texts, times, any::<[u32; 5]>()).prop_map(
        |(texts, times, [parts, attempts, ended, failures, throttles])| Event {
            request_id: texts.0,
            function: texts.1,
            arn: texts.2,
            trace_id: texts.3,
            payload: texts.4.into(),
            parts,
            accepted: Duration::from_millis(times.0),
            visible_at: Duration::from_millis(times.1),
            attempts,
            ended,
            failures,
            throttles,
        },
    )
}

/// Days since the epoch of a date, counted year by year and month by month.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let february = if is_leap(year) { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    years + lengths.iter().take(usize::try_from(month - 1).unwrap()).sum::<u64>() + day - 1
}

proptest! {
    #[test]
    fn an_event_survives_its_item(event in event()) {
        prop_assert_eq!(Event::from_item(&event.item()), Some(event));
    }

    #[test]
    fn an_item_that_lacks_an_attribute_is_no_event(event in event(), at: prop::sample::Index) {
        let mut item = event.item();
        let name = at.get(&item.keys().cloned().collect::<Vec<_>>()).clone();
        item.remove(&name);
        prop_assert_eq!(Event::from_item(&item), None, "without {}", name);
    }

    #[test]
    fn a_time_is_the_day_and_the_hour_that_it_says(milliseconds in 0..4_102_444_800_000_u64) {
        let text = timestamp(Duration::from_millis(milliseconds));
        let number = |range: std::ops::Range<usize>| text[range].parse::<u64>().unwrap();
        let seconds = days(number(0..4), number(5..7), number(8..10)) * 86_400
            + number(11..13) * 3600
            + number(14..16) * 60
            + number(17..19);
        prop_assert_eq!(seconds * 1000 + number(20..23), milliseconds);
    }
}
