//! Error reports: what a runtime writes is what a caller reads.

use proptest::prelude::*;
use serde_json::json;
use solution_2::core::failure::reported;
use solution_2::core::invocation::FunctionError;

proptest! {
    #[test]
    fn a_report_survives_the_way_to_the_caller(
        error_type in "\\PC{0,20}",
        error_message in "\\PC{0,40}",
        stack_trace in proptest::option::of(proptest::collection::vec("\\PC{0,20}", 0..3)),
        header in proptest::option::of("[A-Za-z.]{1,20}"),
    ) {
        let stack_trace = stack_trace.map(|lines| lines.into_iter().map(|line| json!(line)).collect());
        let error = FunctionError { error_type, error_message, stack_trace };
        prop_assert_eq!(reported(header.as_deref(), &error.body()), error);
    }

    #[test]
    fn any_body_is_a_report(body: Vec<u8>, header in proptest::option::of("[A-Za-z.]{1,20}")) {
        let error = reported(header.as_deref(), &body);
        if serde_json::from_slice::<serde_json::Value>(&body).is_err() {
            prop_assert_eq!(error.error_type, header.unwrap_or_else(|| "Unknown".into()));
            prop_assert_eq!(error.error_message, String::from_utf8_lossy(&body));
        }
    }
}
