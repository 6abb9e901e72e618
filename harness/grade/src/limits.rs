//! What compiling and running a submission may take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Of one program in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// What the compiler may take, each of its two runs.
    #[serde(default = "Bounds::of_compiler")]
    pub compile: Bounds,
    /// What each process of the submission may take.
    #[serde(default = "Bounds::of_process")]
    pub run: Bounds,
    /// Wall-clock seconds of one step with one seed, all its tests together.
    #[serde(default = "step_seconds")]
    pub step_seconds: u32,
}

/// What one process in a cell may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Processor time, in seconds.
    pub cpu_seconds: u32,
    /// Wall-clock time, in seconds.
    pub wall_seconds: u32,
    /// Memory, in mebibytes: of the whole cell where there is a cgroup, else of its address space.
    pub memory_mib: u32,
    /// What it may write to its two streams together, in kibibytes.
    pub output_kib: u32,
    /// What a file may hold, in kibibytes.
    pub file_kib: u32,
    /// Open files.
    pub files: u32,
    /// Threads, and where processes are allowed these too.
    pub tasks: u32,
}

impl Bounds {
    /// Measured for exercise 2, the largest: 600 MiB, and 2 s on one machine, 6 s on another with something else to do. Ten
    /// times the latter, for machines that are slower yet.
    const fn of_compiler() -> Self {
        Self {
            cpu_seconds: 60,
            wall_seconds: 90,
            memory_mib: 2048,
            output_kib: 1024,
            file_kib: 512 * 1024,
            files: 256,
            tasks: 64,
        }
    }

    /// A function process of exercise 1 takes a few milliseconds of processor time and 40 MiB.
    const fn of_process() -> Self {
        Self {
            cpu_seconds: 20,
            wall_seconds: 70,
            memory_mib: 512,
            output_kib: 1024,
            file_kib: 1024,
            files: 256,
            tasks: 64,
        }
    }

    /// The longest that it may run.
    pub fn wall(&self) -> Duration {
        Duration::from_secs(self.wall_seconds.into())
    }

    /// The most memory, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        u64::from(self.memory_mib) * 1024 * 1024
    }

    /// The most output, in bytes.
    pub fn output_bytes(&self) -> u64 {
        u64::from(self.output_kib) * 1024
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { compile: Bounds::of_compiler(), run: Bounds::of_process(), step_seconds: step_seconds() }
    }
}

/// The lab ends a test after 60 s by itself; a step has up to a dozen, side by side.
const fn step_seconds() -> u32 {
    120
}
