//! How far two threads are from each other, by the time that a ball takes there and back.
//!
//! A virtual machine may be moved from core to core at any time, and every figure of two threads moves with it, by up to
//! four times. So the distance is probed in front of and behind every slice, and figures are compared at one distance
//! only.

use std::fmt;
use std::hint::spin_loop;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;
use serde::Serialize;

/// How far two threads are from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// The two threads of one core: there and back in less than 45 ns.
    OneCore,
    /// Two cores with a common cache: about 63 ns.
    Near,
    /// Two cores that have none: about 325 ns.
    Far,
}

impl Topology {
    /// By the time for there and back.
    #[must_use]
    pub fn of(round_trip: Duration) -> Self {
        match round_trip.as_nanos() {
            0..45 => Self::OneCore,
            // The geometric mean of 63 and 325.
            45..143 => Self::Near,
            _ => Self::Far,
        }
    }
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::OneCore => "one core",
            Self::Near => "near",
            Self::Far => "far",
        })
    }
}

/// A word that two threads change in turn.
#[derive(Debug, Default)]
pub struct Ball(CachePadded<AtomicU64>);

const BATCHES: u64 = 6;
const TRIPS: u64 = 40;
/// No longer than this, even if the other one does not run.
const PATIENCE: Duration = Duration::from_millis(3);
const GIVEN_UP: u64 = u64::MAX;

// Relaxed throughout: the ball carries nothing but itself.
impl Ball {
    /// Serves the ball: the fastest of a few batches there and back; `None` if the other one did not run at once.
    pub fn serve(&self) -> Option<Duration> {
        let begun = Instant::now();
        let mut fastest = Duration::MAX;
        for batch in 0..BATCHES {
            let start = Instant::now();
            for trip in batch * TRIPS..(batch + 1) * TRIPS {
                self.0.store(2 * trip + 1, Relaxed);
                let mut spins = 0_u32;
                while self.0.load(Relaxed) != 2 * trip + 2 {
                    spins += 1;
                    if spins.is_multiple_of(1024) && begun.elapsed() > PATIENCE {
                        self.0.store(GIVEN_UP, Relaxed);
                        return None;
                    }
                    spin_loop();
                }
            }
            fastest = fastest.min(start.elapsed());
        }
        Some(fastest / TRIPS as u32)
    }

    /// Returns the ball until the other one has had enough.
    pub fn back(&self) {
        let mut spins = 0_u32;
        for trip in 0..BATCHES * TRIPS {
            let (there, back) = (2 * trip + 1, 2 * trip + 2);
            // The other one may give up at any time, and that must stay.
            while self
                .0
                .compare_exchange(there, back, Relaxed, Relaxed)
                .is_err_and(|found| found != GIVEN_UP)
            {
                spins += 1;
                if spins.is_multiple_of(4096) {
                    thread::yield_now();
                }
                while ![there, GIVEN_UP].contains(&self.0.load(Relaxed)) {
                    spins += 1;
                    if spins.is_multiple_of(4096) {
                        thread::yield_now();
                    }
                    spin_loop();
                }
            }
            if self.0.load(Relaxed) == GIVEN_UP {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_have_three_modes() {
        let of = |nanos| Topology::of(Duration::from_nanos(nanos));
        assert_eq!([of(20), of(44)], [Topology::OneCore; 2]);
        assert_eq!([of(45), of(63), of(142)], [Topology::Near; 3]);
        assert_eq!([of(143), of(325), of(2000)], [Topology::Far; 3]);
    }

    #[test]
    fn a_ball_comes_back_or_is_given_up() {
        let ball = Ball::default();
        thread::scope(|scope| {
            scope.spawn(|| ball.back());
            ball.serve();
        });
    }
}
