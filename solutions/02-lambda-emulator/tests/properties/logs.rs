//! The lines around an invocation's log.

use std::time::Duration;

use proptest::prelude::*;
use solution_2::core::report::Report;

fn milliseconds(field: &str) -> f64 {
    field.strip_suffix(" ms").unwrap().parse().unwrap()
}

proptest! {
    #[test]
    fn the_last_line_tells_what_was_used_and_bills_whole_milliseconds(
        request_id in "[0-9a-f-]{1,36}",
        micros in 0..900_000_000_u64,
        init_micros in proptest::option::of(0..10_000_000_u64),
        memory_mb in 128..10_240_u32,
        lines in proptest::collection::vec("[^\\n\\r]{0,30}", 0..4),
    ) {
        let (duration, init) = (Duration::from_micros(micros), init_micros.map(Duration::from_micros));
        let report = Report { request_id: &request_id, duration, init, memory_mb, error_type: None };
        let log = report.around(&lines);
        let written: Vec<&str> = log.lines().collect();
        prop_assert!(log.ends_with('\n'));
        prop_assert_eq!(written.len(), lines.len() + 3);
        let start = format!("START RequestId: {request_id} ");
        prop_assert!(written[0].starts_with(&start));
        prop_assert_eq!(&written[1..=lines.len()], &lines[..]);
        let fields: Vec<(&str, &str)> =
            written[lines.len() + 2].split('\t').filter_map(|field| field.split_once(": ")).collect();
        prop_assert_eq!(fields[0], ("REPORT RequestId", &*request_id));
        let used = duration + init.unwrap_or_default();
        let (told, billed) = (milliseconds(fields[1].1), milliseconds(fields[2].1));
        prop_assert!((told - duration.as_secs_f64() * 1000.0).abs() <= 0.005 + 1e-6);
        prop_assert!(billed >= used.as_secs_f64() * 1000.0 && billed < used.as_secs_f64() * 1000.0 + 1.0);
        prop_assert_eq!(fields[3].1, format!("{memory_mb} MB"));
        prop_assert_eq!(fields.get(4).map(|field| field.0), init.map(|_| "Init Duration"));
    }
}
