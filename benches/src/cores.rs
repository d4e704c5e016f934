//! Which core a thread runs on, and whether it was interrupted.

use std::fs;
use std::time::Duration;

use core_affinity::CoreId;
use workbench::screen::plural;

/// The cores to run on.
#[derive(Clone, Debug)]
pub struct Cores(Vec<CoreId>);

impl Cores {
    /// All that this process may use; none if the system does not say.
    #[must_use]
    pub fn all() -> Self {
        Self(core_affinity::get_core_ids().unwrap_or_default())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Keeps this thread on the core with this number, counted round. Where the system does not allow it, the thread
    /// runs wherever it is put.
    pub fn pin(&self, number: usize) {
        if let Some(&core) = self.0.get(number % self.0.len().max(1)) {
            core_affinity::set_for_current(core);
        }
    }
}

/// How often this thread had to make room for another one; `None` where the system does not say.
#[must_use]
pub fn interruptions() -> Option<u64> {
    let status = fs::read_to_string("/proc/thread-self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"))?;
    line.trim().parse().ok()
}

/// How long this thread has been ready to run and had no core; nothing where the system does not say.
#[must_use]
pub fn time_without_core() -> Duration {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = statistics.split_whitespace().nth(1);
    let nanos = nanos.and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

/// The machine, in words.
#[must_use]
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unnamed processor", |(_, model)| model.trim());
    format!(
        "{} of {model}, {}, {}",
        plural(cores, "core"),
        std::env::consts::ARCH,
        std::env::consts::OS
    )
}
