//! A test in a cell: it runs for the sake of its calls, and judges and reports nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Test;
use crate::infra::or_abort;
use crate::test_name::TestName;
use crate::{Lab, capture, role};

/// Whether this process was started for that.
pub(super) fn is_one() -> bool {
    std::env::var(role::PROCESS).is_ok_and(|role| role == role::CALLS)
}

pub(super) fn run(name: &TestName, test: Test) -> ! {
    role::end_with_parent();
    capture::tell_panics();
    role::begin();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a process may start threads");
    let run = || {
        runtime.block_on(async {
            let lab = or_abort(Lab::mirror(&name.full()).await);
            drop(test(&lab).await);
        });
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(()) => role::end(0),
        // What an uncaught panic ends in.
        Err(_) => role::end(101),
    }
}
