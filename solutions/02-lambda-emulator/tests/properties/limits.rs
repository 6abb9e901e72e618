//! The bounds, as the services' documentation has them: whoever writes 6 MB otherwise is told.

use solution_2::core::limits;

#[test]
fn the_services_bounds_are_what_their_documentation_says() {
    let bytes = [
        ("event, synchronous", limits::SYNC_PAYLOAD_BYTES, 6_291_456),
        ("event, asynchronous", limits::ASYNC_PAYLOAD_BYTES, 1_048_576),
        ("response", limits::RESPONSE_BYTES, 6_291_556),
        ("response, streamed", limits::STREAM_BYTES, 209_715_200),
        ("error report", limits::ERROR_BYTES, 262_144),
        ("line of a log", limits::LOG_LINE_BYTES, 65_536),
        ("log tail", limits::LOG_TAIL_BYTES, 4_096),
    ];
    for (what, is, documented) in bytes {
        assert_eq!(is, documented, "{what}");
    }
}
