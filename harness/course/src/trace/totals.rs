//! The figures of a run, and two runs beside each other.

use lab_manifest::trace::Kind;
use serde::Serialize;

use super::collections::{self, is_refused};
use super::story::{Story, units};

/// The figures of a run. Preparations are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Requests to DynamoDB.
    pub requests: usize,
    /// Read units that they would have cost.
    pub read_units: f64,
    /// Write units, those of indexes included.
    pub write_units: f64,
    /// Requests that were refused.
    pub refused: usize,
    /// Requests that try another one again.
    pub retries: usize,
    /// Requests that the lab let go wrong, and answers that were lost.
    pub faults: usize,
    /// Item collections that were touched.
    pub collections: usize,
    /// Execution environments that were started.
    pub environments: usize,
    /// Invocations, each attempt for itself.
    pub invocations: usize,
    /// Invocations that ended in an error, or in nothing.
    pub failed_invocations: usize,
}

impl Totals {
    /// Of one run.
    pub fn of(story: &Story<'_>) -> Self {
        let mut totals = Self { collections: collections::of(story).len(), ..Self::default() };
        for (_, request) in story.requests() {
            totals.requests += 1;
            totals.refused += usize::from(is_refused(request));
            totals.retries += usize::from(request.retry_of.is_some());
            totals.faults += usize::from(request.fault.is_some() || request.lost);
            if let Some(cost) = &request.cost {
                totals.read_units += cost.read;
                totals.write_units += cost.written();
            }
        }
        for process in &story.trace.processes {
            totals.environments += usize::from(process.kind == Kind::Environment);
            totals.invocations += process.invocations.len();
            let failed = process.invocations.iter().filter(|invocation| {
                invocation.error.is_some() || (invocation.end_us.is_none() && !process.outlived)
            });
            totals.failed_invocations += failed.count();
        }
        totals
    }

    /// Each figure with its name; those that are 0 in both runs say nothing and are left out.
    pub fn rows(&self, other: Option<&Self>) -> Vec<(&'static str, String, Option<String>)> {
        let figures = |of: &Self| {
            let counts = [of.requests, of.refused, of.retries, of.faults, of.collections];
            let [requests, refused, retries, faults, collections] = counts.map(|count| count.to_string());
            [
                ("execution environments", of.environments.to_string()),
                ("invocations", of.invocations.to_string()),
                ("invocations that failed", of.failed_invocations.to_string()),
                ("requests to DynamoDB", requests),
                ("read units", units(of.read_units)),
                ("write units", units(of.write_units)),
                ("refused", refused),
                ("retries", retries),
                ("faults", faults),
                ("item collections", collections),
            ]
        };
        let others: Vec<Option<String>> = match other {
            Some(other) => figures(other).into_iter().map(|(_, figure)| Some(figure)).collect(),
            None => vec![None; figures(self).len()],
        };
        figures(self)
            .into_iter()
            .zip(others)
            .filter(|((_, own), other)| own != "0" || other.as_deref().is_some_and(|other| other != "0"))
            .map(|((name, own), other)| (name, own, other))
            .collect()
    }
}
