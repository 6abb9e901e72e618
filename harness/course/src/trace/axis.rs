//! Where a moment is drawn. Times of a run differ by a factor of thousands: to scale, all that happens would be in one
//! spot. So each wait between two moments gets room by its logarithm, and each moment at least some.

use lab_manifest::trace::Trace;

/// A wait that is shorter than this gets the least room.
const SHORT_US: f64 = 500.0;

/// An axis of one run.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Moments and their places, both growing; places from 0 to 1.
    stops: Vec<(u64, f64)>,
}

impl Axis {
    /// The axis on which everything of `trace` from `from_us` on has its place.
    pub fn of(trace: &Trace, from_us: u64) -> Self {
        let mut moments = vec![from_us, trace.end_us];
        for process in &trace.processes {
            moments.push(process.at_us);
            moments.extend(process.ready_us);
            moments.extend(process.end_us);
            let invocations = process.invocations.iter();
            moments.extend(invocations.flat_map(|one| [Some(one.at_us), one.end_us]).flatten());
        }
        moments.extend(trace.calls.iter().flat_map(|call| [Some(call.at_us), call.end_us]).flatten());
        moments.extend(trace.requests.iter().map(|request| request.at_us));
        moments.extend(trace.clock.iter().map(|advance| advance.at_us));
        moments.retain(|moment| (from_us..=trace.end_us.max(from_us)).contains(moment));
        moments.sort_unstable();
        moments.dedup();
        let mut stops = Vec::with_capacity(moments.len());
        let mut place = 0.0;
        let mut before = from_us;
        for moment in moments {
            if moment > before {
                place += room(moment - before);
            }
            stops.push((moment, place));
            before = moment;
        }
        let whole = if place > 0.0 { place } else { 1.0 };
        for (_, place) in &mut stops {
            *place /= whole;
        }
        Self { stops }
    }

    /// The place of a moment, from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a run is shorter than 2^52 microseconds")]
    pub fn place(&self, us: u64) -> f64 {
        match self.stops.binary_search_by_key(&us, |(moment, _)| *moment) {
            Ok(found) => self.stops[found].1,
            Err(0) => 0.0,
            Err(after) if after == self.stops.len() => 1.0,
            Err(after) => {
                let ((from, begin), (to, end)) = (self.stops[after - 1], self.stops[after]);
                begin + (end - begin) * ((us - from) as f64 / (to - from) as f64)
            }
        }
    }

    /// How many moments there are: what a drawing needs room for.
    pub fn moments(&self) -> usize {
        self.stops.len()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a run is shorter than 2^52 microseconds")]
fn room(us: u64) -> f64 {
    1.0 + (1.0 + us as f64 / SHORT_US).ln()
}
