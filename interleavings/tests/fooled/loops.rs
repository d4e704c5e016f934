//! Sequence locks whose readers do something of their own when an attempt has failed.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed as Hidden};

use registers::memory::Ordering::{Acquire, Relaxed};
use registers::{Memory, Word};

use super::parts::{Failed, Parts, Way, ways};

ways! {
    /// As it should be read.
    Patient
    read |it| {
        it.memory.retry(|| it.attempt().ok())
    }

    /// The first attempt is the last.
    SkipsTheSecondLook
    read |it| {
        it.peek()
    }

    /// After so many failed attempts it returns what it has found, torn or not.
    GivesUp<TIMES>
    read |it| {
        let mut failed = 0;
        loop {
            match it.attempt() {
                Ok(value) => return value,
                Err(found) => {
                    failed += 1;
                    if failed >= TIMES {
                        return found.found();
                    }
                }
            }
            it.memory.relax();
        }
    }

    /// The same, by a bounded retry.
    RetriesAtMost<TIMES>
    read |it| {
        let value = it.memory.retry_at_most(TIMES, || it.attempt().ok());
        value.unwrap_or_else(|| it.peek())
    }

    /// After so many failed attempts, it waits for an even number and nothing else. It calls `relax` at once.
    LosesPatience<TIMES>
    read |it| {
        let (mut failed, mut is_patient) = (0, true);
        loop {
            match it.attempt() {
                Ok(value) => return value,
                Err(Failed::Changed(found)) if !is_patient => return found,
                Err(_) => {}
            }
            failed += 1;
            is_patient &= failed != TIMES;
            it.memory.relax();
        }
    }

    /// It calls `relax` twice as often after each failed attempt, up to 64 times.
    BacksOff
    read |it| {
        let mut times = 1;
        loop {
            match it.attempt() {
                Ok(value) => return value,
                Err(_) => (0..times).for_each(|_| it.memory.relax()),
            }
            times = 64.min(2 * times);
        }
    }

    /// It counts those attempts only that found an odd number.
    CountsOdd<TIMES>
    read |it| {
        let mut odd = 0;
        loop {
            match it.attempt() {
                Ok(value) => return value,
                Err(Failed::Odd(found)) => {
                    odd += 1;
                    if odd >= TIMES {
                        return found;
                    }
                }
                Err(Failed::Changed(_)) => {}
            }
            it.memory.relax();
        }
    }

    /// It counts those attempts only during which the number changed.
    CountsChanged<TIMES>
    read |it| {
        let mut changed = 0;
        loop {
            match it.attempt() {
                Ok(value) => return value,
                Err(Failed::Changed(found)) => {
                    changed += 1;
                    if changed >= TIMES {
                        return found;
                    }
                }
                Err(Failed::Odd(_)) => {}
            }
            it.memory.relax();
        }
    }

    /// After so many failed attempts, it does without the second look.
    TrustsInTheEnd<TIMES>
    read |it| {
        let mut failed = 0;
        loop {
            let before = it.sequence.load(Acquire);
            if before.is_multiple_of(2) {
                let found = it.peek();
                it.memory.fence(Acquire);
                if failed >= TIMES || it.sequence.load(Relaxed) == before {
                    return found;
                }
            }
            failed += 1;
            it.memory.relax();
        }
    }

    /// Every tenth attempt, for ever, takes what it finds if the number was even when it began.
    IsCarelessEveryTenthTime
    read |it| {
        let mut attempts = 0_u64;
        loop {
            attempts += 1;
            match it.attempt() {
                Ok(value) => return value,
                Err(Failed::Changed(found)) if attempts.is_multiple_of(10) => return found,
                Err(_) => {}
            }
            it.memory.relax();
        }
    }

    /// It returns what two attempts in a row have found.
    BelievesWhatItFindsTwice
    read |it| {
        let mut last = None;
        loop {
            match it.attempt() {
                Ok(value) => return value,
                Err(failed) if last == Some(failed) => return failed.found(),
                Err(failed) => last = Some(failed),
            }
            it.memory.relax();
        }
    }

    /// It adds up what failed attempts have found, and makes no use of it.
    RemembersInVain
    read |it| {
        let mut sum = 0;
        loop {
            match it.attempt() {
                Ok(value) => {
                    black_box(sum);
                    return value;
                }
                Err(failed) => sum += failed.found()[0],
            }
            it.memory.relax();
        }
    }

    /// A closure that counts in a cell.
    CountsInACell<TIMES>
    read |it| {
        let failed = Cell::new(0);
        it.memory.retry(|| {
            it.attempt().or_else(|found| {
                failed.set(failed.get() + 1);
                if failed.get() >= TIMES { Ok(found.found()) } else { Err(found) }
            })
            .ok()
        })
    }

    /// A closure that counts in an atomic of the standard library.
    CountsInAnAtomic<TIMES>
    read |it| {
        let failed = AtomicU64::new(0);
        it.memory.retry(|| {
            let value = it.attempt();
            let before = failed.fetch_add(1, Hidden);
            value.or_else(|found| if before + 1 >= TIMES { Ok(found.found()) } else { Err(found) }).ok()
        })
    }

    /// It tries again at once.
    Spins
    read |it| {
        loop {
            if let Ok(value) = it.attempt() {
                return value;
            }
        }
    }

    /// It tries again at once, so often, and then returns what it has found.
    SpinsAtMost<TIMES>
    read |it| {
        let mut last = it.attempt();
        for _ in 1..TIMES {
            if last.is_err() {
                last = it.attempt();
            }
        }
        last.unwrap_or_else(Failed::found)
    }
}
