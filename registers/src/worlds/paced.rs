//! Hardware that dawdles: the word accesses of an operation spread over the time that the operation is given.
//!
//! An operation on a real register takes nanoseconds, too short for anyone to place it beside another. On this memory a
//! thread waits for a random while before each access, so that an operation lasts as long as it is drawn, and its
//! accesses fall anywhere within it. Nothing else is changed: the words are those of [`Hardware`], the threads are
//! real, and whatever is read has been read in a race.

use std::cell::RefCell;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::Instant;

use fastrand::Rng;

use crate::Hardware;
use crate::memory::{Access, Found, Kind, Lock, Memory, Ordering, Place, Site, Word};

/// The memory of this machine, accessed without haste by threads within [`spread`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Paced;

/// A word of [`Paced`] memory.
#[derive(Debug)]
pub struct PacedWord(AtomicU64);

/// A lock of [`Paced`] memory.
#[derive(Debug)]
pub struct PacedLock(<Hardware as Memory>::Lock);

#[derive(Debug)]
struct Pace {
    until: Instant,
    /// The higher, the smaller the part of the time left that an access waits for, most of the times.
    haste: i32,
    random: Rng,
}

thread_local! {
    static PACE: RefCell<Option<Pace>> = const { RefCell::new(None) };
}

/// Performs `operation` with its word accesses spread at random over the time from now to `until`: evenly or in a
/// hurry, and half of the times only after a while.
pub fn spread<R>(until: Instant, mut random: Rng, operation: impl FnOnce() -> R) -> R {
    if random.bool() {
        let now = Instant::now();
        wait_until(now + until.saturating_duration_since(now).mul_f64(random.f64()));
    }
    let haste = random.i32(1..=8);
    PACE.set(Some(Pace {
        until,
        haste,
        random,
    }));
    let result = operation();
    PACE.set(None);
    result
}

/// Waits until `instant`, and lets others run meanwhile.
pub fn wait_until(instant: Instant) {
    while Instant::now() < instant {
        thread::yield_now();
    }
}

/// Waits for a random part of the time that is left.
fn pause() {
    PACE.with_borrow_mut(|pace| {
        if let Some(Pace {
            until,
            haste,
            random,
        }) = pace
        {
            let now = Instant::now();
            let part = random.f64().powi(*haste);
            wait_until(now + until.saturating_duration_since(now).mul_f64(part));
        }
    });
}

impl Memory for Paced {
    type Word = PacedWord;
    type Lock = PacedLock;

    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> PacedWord {
        PacedWord(Hardware.make(place, init, kind))
    }

    fn lock(&self, place: Place<'_>) -> PacedLock {
        PacedLock(Hardware.lock(place))
    }

    fn fence_at(&self, order: Ordering, site: Site) {
        Hardware.fence_at(order, site);
    }

    fn relax(&self) {
        thread::yield_now();
    }

    fn choose(&self, among: u64) -> u64 {
        Hardware.choose(among)
    }
}

impl Word for PacedWord {
    fn access(&self, access: Access) -> Found {
        pause();
        self.0.access(access)
    }
}

impl Lock for PacedLock {
    fn hold_at(&self, site: Site, critical: &mut dyn FnMut()) {
        pause();
        self.0.hold_at(site, critical);
    }
}
