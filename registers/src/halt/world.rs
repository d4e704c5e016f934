//! A memory in which one process takes steps at a time, and may be stopped behind any of them.

use std::panic;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::guard::{self, Panic, guarded};
use crate::memory::{Access, Found, Kind, Lock, Memory, Ordering, Place, Site, Word};

/// Unwinds a process that takes no further step.
pub(super) struct Stopped;

/// A memory for one process at a time.
#[derive(Clone, Debug)]
pub(super) struct OneByOne(Arc<Mutex<Turn>>);

/// Whose steps are counted.
#[derive(Debug, Default)]
struct Turn {
    /// How many steps may still be taken; anything goes while the register is built.
    left: Option<usize>,
    /// What the steps of this turn did.
    steps: Vec<String>,
    /// Whether an attempt has said that it failed.
    relaxed: bool,
    /// How often one has.
    relaxes: usize,
    /// The first panic.
    panic: Option<Panic>,
}

/// Whose attempts fail more often than this in one turn waits for ever.
const MOST_RELAXES: usize = 20_000;

#[derive(Debug)]
pub(super) struct OneWord {
    memory: OneByOne,
    place: String,
    kind: Kind,
    value: Mutex<u64>,
}

#[derive(Debug)]
pub(super) struct OneLock {
    memory: OneByOne,
    place: String,
    is_held: Mutex<bool>,
}

impl OneByOne {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Lets a process take at most this many steps, and returns what they did, and what it returned; `None` if it was
    /// stopped.
    pub(super) fn turn<R>(&self, most: usize, act: impl FnOnce() -> R) -> (Vec<String>, Option<R>) {
        let mut turn = self.0.lock();
        let panic = turn.panic.take();
        *turn = Turn {
            left: Some(most),
            panic,
            ..Turn::default()
        };
        drop(turn);
        let acted = guarded(act);
        let mut turn = self.0.lock();
        turn.left = None;
        let steps = std::mem::take(&mut turn.steps);
        drop(turn);
        match acted {
            Ok(result) => (steps, Some(result)),
            Err(guard::Stopped::Unwound(payload)) if payload.is::<Stopped>() => (steps, None),
            Err(guard::Stopped::Unwound(payload)) => panic::resume_unwind(payload),
            Err(guard::Stopped::Panicked(panic)) => {
                self.0.lock().panic.get_or_insert(panic);
                (steps, None)
            }
        }
    }

    /// What the code of the register said, if it has panicked in any turn.
    pub(super) fn panic(&self) -> Option<Panic> {
        self.0.lock().panic.clone()
    }

    /// Whether in the last turn an attempt said that it failed.
    pub(super) fn has_relaxed(&self) -> bool {
        self.0.lock().relaxed
    }

    /// Takes a step, or stops here for good.
    fn step<R>(&self, place: &str, access: impl FnOnce() -> (R, String)) -> R {
        let mut turn = self.0.lock();
        let Some(left) = &mut turn.left else {
            return access().0;
        };
        if *left == 0 {
            drop(turn);
            stop();
        }
        *left -= 1;
        let (result, what) = access();
        turn.steps.push(format!("{place} {what}"));
        result
    }
}

fn stop() -> ! {
    panic::resume_unwind(Box::new(Stopped))
}

impl Memory for OneByOne {
    type Word = OneWord;
    type Lock = OneLock;

    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> OneWord {
        OneWord {
            memory: self.clone(),
            place: place.to_string(),
            kind,
            value: Mutex::new(init),
        }
    }

    fn lock(&self, place: Place<'_>) -> OneLock {
        OneLock {
            memory: self.clone(),
            place: place.to_string(),
            is_held: Mutex::new(false),
        }
    }

    fn fence_at(&self, _: Ordering, _: Site) {}

    /// Counts as a step: a loop may wait for something that is no word.
    fn relax(&self) {
        let mut turn = self.0.lock();
        turn.relaxed = true;
        turn.relaxes += 1;
        if turn.left.is_some() && turn.relaxes > MOST_RELAXES {
            drop(turn);
            stop();
        }
    }

    fn choose(&self, _: u64) -> u64 {
        self.step("chance", || (0, "-> 0".to_owned()))
    }
}

impl Word for OneWord {
    fn access(&self, access: Access) -> Found {
        self.memory.step(&self.place, || {
            access.perform(&mut self.value.lock(), |value| self.kind.shown(value))
        })
    }
}

impl Lock for OneLock {
    /// Whoever finds it held waits for one who stands still: that is as good as being stopped.
    fn hold_at(&self, _: Site, critical: &mut dyn FnMut()) {
        if *self.is_held.lock() {
            stop();
        }
        self.memory.step(&self.place, || {
            *self.is_held.lock() = true;
            ((), "taken".to_owned())
        });
        critical();
        self.memory.step(&self.place, || {
            *self.is_held.lock() = false;
            ((), "freed".to_owned())
        });
    }
}
