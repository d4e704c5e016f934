//! Where threads meet, so that they start at once and end together.

use std::hint::spin_loop;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread;

use crossbeam_utils::CachePadded;

/// A meeting point for some threads, and a flag that says when it is over.
#[derive(Debug)]
pub struct Gate {
    threads: usize,
    arrived: CachePadded<AtomicUsize>,
    over: CachePadded<AtomicBool>,
}

impl Gate {
    /// One for so many threads.
    #[must_use]
    pub fn of(threads: usize) -> Self {
        Self {
            threads,
            arrived: CachePadded::default(),
            over: CachePadded::default(),
        }
    }

    /// Waits until all threads are here.
    pub fn meet(&self) {
        // AcqRel: pairs with itself and with the Acquire load below. Who goes on sees what all did before they came.
        let before = self.arrived.fetch_add(1, AcqRel);
        let all = (before / self.threads + 1) * self.threads;
        let mut spins = 0_u32;
        // Acquire: pairs with the fetch_add of the last one.
        while self.arrived.load(Acquire) < all {
            spins += 1;
            // There may be more threads than cores.
            if spins.is_multiple_of(2048) {
                thread::yield_now();
            }
            spin_loop();
        }
    }

    /// Says that it is over.
    pub fn end(&self) {
        // Relaxed: nothing else is told by it.
        self.over.store(true, Relaxed);
    }

    /// Whether it is over.
    #[inline]
    pub fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }
}
