//! Processes, as `/proc` tells of them.

use std::collections::VecDeque;
use std::path::PathBuf;

/// The threads of this process's user, all of its processes together.
pub(super) fn of_user() -> u64 {
    let user = rustix::process::getuid().as_raw();
    let Ok(entries) = std::fs::read_dir("/proc") else { return 0 };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|entry| {
            use std::os::unix::fs::MetadataExt as _;
            entry.metadata().is_ok_and(|data| data.uid() == user)
        })
        .map(|entry| u64::from(status(&entry.path()).threads))
        .sum()
}

/// What a process takes at the moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    pub(super) resident_bytes: u64,
    pub(super) threads: u32,
    pub(super) processor_ms: u64,
}

/// The unit of `/proc/PID/stat`: `USER_HZ` is 100 on every architecture that is in use (`proc_pid_stat(5)`).
const TICK_MS: u64 = 10;

/// What all that descends from this process take together, as far as `most` threads; shared pages are counted once for
/// each. In a flood nobody needs the rest: to look at each thread takes longer than to start one, and no limit of the
/// kernel's is there for root.
pub(super) fn of_descendants(most: u32) -> Taken {
    let (mut sum, mut found) = (Taken::default(), VecDeque::from(children("self")));
    while let Some(pid) = found.pop_front() {
        let one = status(&PathBuf::from(format!("/proc/{pid}")));
        sum.resident_bytes += one.resident_bytes;
        sum.threads += one.threads;
        sum.processor_ms += one.processor_ms;
        if sum.threads > most {
            break;
        }
        found.extend(children(&pid.to_string()));
    }
    sum
}

/// Every process that descends from this one, the oldest first.
pub(super) fn descendants() -> Vec<i32> {
    let mut found = children("self");
    let mut next = 0;
    while next < found.len() {
        found.extend(children(&found[next].to_string()));
        next += 1;
    }
    found
}

/// The processes that `pid` has started.
pub(super) fn children(pid: &str) -> Vec<i32> {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists = tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn status(process: &std::path::Path) -> Taken {
    let Ok(text) = std::fs::read_to_string(process.join("status")) else { return Taken::default() };
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    // What is written out to swap counts as taken.
    let kib = field("VmRSS:").unwrap_or(0) + field("VmSwap:").unwrap_or(0);
    let threads = field("Threads:").and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    Taken { resident_bytes: kib * 1024, threads, processor_ms: processor_ms(process) }
}

/// Its own time, and that of the children that it has waited for.
fn processor_ms(process: &std::path::Path) -> u64 {
    let Ok(text) = std::fs::read_to_string(process.join("stat")) else { return 0 };
    // The second field is a name in parentheses, which may hold anything.
    let Some((_, fields)) = text.rsplit_once(") ") else { return 0 };
    let ticks = fields.split(' ').skip(11).take(4).filter_map(|field| field.parse::<u64>().ok());
    ticks.sum::<u64>() * TICK_MS
}
