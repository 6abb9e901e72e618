//! The sample exercise's tests.

mod step_1_green;
mod step_2_red;
mod step_3_broken;

lab::processes! {
    "echo" => crate::servers::echo(),
    "todo" => crate::servers::unwritten(),
    "early" => std::future::ready(crate::servers::early()),
    "refuses" => std::future::ready(crate::servers::refuses()),
    "lives" => crate::servers::lives(),
    "count" => crate::servers::count(),
}
