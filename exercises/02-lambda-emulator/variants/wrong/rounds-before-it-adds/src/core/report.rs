//! Step 7. The lines around what a function wrote.

use std::time::Duration;

use super::name::LATEST;

/// An invocation, as its log tells it.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The invocation.
    pub request_id: &'a str,
    /// From the hand-over to the answer.
    pub duration: Duration,
    /// How long Init took, if this invocation is the first of its environment.
    pub init: Option<Duration>,
    /// The function's memory.
    pub memory_mb: u32,
    /// The class of the error, if it ended in one that was not the function's own.
    pub error_type: Option<&'a str>,
}

impl Report<'_> {
    /// The log of an invocation in which the function wrote `lines`.
    ///
    /// ```text
    /// START RequestId: 8f5a… Version: $LATEST
    /// a line of the function
    /// END RequestId: 8f5a…
    /// REPORT RequestId: 8f5a…\tDuration: 12.34 ms\tBilled Duration: 113 ms\tMemory Size: 128 MB\tInit Duration: 100.50 ms
    /// ```
    ///
    /// The fields of the last line are separated by tabs. `Init Duration` is there in the first invocation of an
    /// environment. Billed is what was used, Init included, rounded up to a whole millisecond. A timeout
    /// (`Sandbox.Timedout`) adds `Status: timeout`; another end that was not the function's own adds `Status: error` and
    /// `Error Type: …`.
    pub fn around(&self, lines: &[String]) -> String {
        let id = self.request_id;
        let billed = milliseconds(self.duration).ceil() + self.init.map_or(0.0, milliseconds).ceil();
        let mut fields = vec![
            format!("REPORT RequestId: {id}"),
            format!("Duration: {:.2} ms", milliseconds(self.duration)),
            format!("Billed Duration: {billed:.0} ms"),
            format!("Memory Size: {} MB", self.memory_mb),
        ];
        fields.extend(self.init.map(|init| format!("Init Duration: {:.2} ms", milliseconds(init))));
        match self.error_type {
            None => {}
            Some("Sandbox.Timedout") => fields.push("Status: timeout".into()),
            Some(error_type) => fields.push(format!("Status: error\tError Type: {error_type}")),
        }
        let mut log = format!("START RequestId: {id} Version: {LATEST}\n");
        for line in lines {
            log.push_str(line);
            log.push('\n');
        }
        log + &format!("END RequestId: {id}\n{}\n", fields.join("\t"))
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
