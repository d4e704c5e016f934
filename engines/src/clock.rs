//! The clock of histories of stores: nanoseconds, so that it is known for how long a read has been stale.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use histories::record::Clock;

/// Nanoseconds since it was made, each told only once: whatever is told later is larger. So an operation that was invoked
/// after another one had completed has the larger instants, as the [clock rule](histories::record) asks. It synchronises
/// more than the clock of registers may; what clients share with a store is a connection and not memory, so nothing is hidden.
#[derive(Debug)]
pub struct Nanoseconds {
    begun: Instant,
    last: AtomicU64,
}

impl Nanoseconds {
    fn tell(&self) -> histories::Instant {
        let elapsed = self.begun.elapsed().as_nanos();
        let elapsed = u64::try_from(elapsed).unwrap_or(u64::MAX);
        // AcqRel: each pairs with the one before.
        let before = self
            .last
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| {
                Some(elapsed.max(last + 1))
            });
        let before = before.unwrap_or_else(|last| last);
        elapsed.max(before + 1)
    }
}

impl Default for Nanoseconds {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            last: AtomicU64::new(0),
        }
    }
}

impl Clock for Nanoseconds {
    fn invoked(&self) -> histories::Instant {
        self.tell()
    }

    fn completed(&self) -> histories::Instant {
        self.tell()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_instant_is_told_twice() {
        let clock = Nanoseconds::default();
        let all: Vec<_> = (0..10_000).map(|_| clock.invoked()).collect();
        assert!(all.is_sorted_by(|one, other| one < other));
    }
}
