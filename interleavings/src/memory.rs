//! A memory that asks instead of remembering.
//!
//! A process is deterministic, given what its reads returned. So [`Atlas`] holds no words at all: it holds a *script*,
//! the answers that the accesses of one process get, one after the other. At the first access without an answer it
//! notes what the process wants to do and unwinds it. Which answers are possible is decided elsewhere, where all
//! processes and the real memory are known.
//!
//! Unwinding goes through [`resume_unwind`](std::panic::resume_unwind), which runs no panic hook: nothing is printed.

use std::fmt;
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

use histories::Value;
use registers::memory::{Ordering, Place};
use registers::{Lock, Memory, Word};

/// A memory in which a process is run from answer to answer.
#[derive(Clone)]
pub struct Atlas(Arc<Mutex<Script>>);

/// A word of [`Atlas`] memory. Its `Debug` output is its name, not a value: it tells which word it is.
pub struct AtlasWord {
    atlas: Atlas,
    at: usize,
}

/// A lock of [`Atlas`] memory. To take it is a step, to free it another one.
pub struct AtlasLock {
    atlas: Atlas,
    at: usize,
}

/// What a process does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// It invokes its next operation.
    Begin,
    /// It loads a word; the answer is the value.
    Load { word: usize, order: Ordering },
    /// It stores a value.
    Store {
        word: usize,
        value: u64,
        order: Ordering,
    },
    /// It replaces a value; the answer is the one before.
    Update {
        word: usize,
        update: Update,
        order: Ordering,
        failure: Ordering,
    },
    /// It performs a fence.
    Fence(Ordering),
    /// It waits for a lock, and takes it.
    Take(usize),
    /// It frees a lock.
    Free(usize),
    /// An attempt has failed, and starts again.
    Relax,
    /// It asks for some number below this; the answer is the number.
    Choose(u64),
    /// It completes its operation, which returns this.
    End(Option<Value>),
    /// It has nothing more to do.
    Done,
}

/// What a read-modify-write makes of the value that it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    Swap(u64),
    Add(u64),
    Exchange { current: u64, new: u64 },
}

impl Update {
    /// The value that it leaves; `None` if it changes nothing.
    pub(crate) fn of(self, found: u64) -> Option<u64> {
        match self {
            Self::Swap(value) => Some(value),
            Self::Add(value) => Some(found.wrapping_add(value)),
            Self::Exchange { current, new } => (found == current).then_some(new),
        }
    }
}

/// The words and locks that a register is made of, in order of creation: the same at every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// The name of each word, and what it holds at first.
    pub(crate) words: Vec<(String, u64)>,
    /// The name of each lock.
    pub(crate) locks: Vec<String>,
}

#[derive(Debug, Default)]
struct Script {
    answers: Vec<u64>,
    /// How many of the answers have been given.
    given: usize,
    /// What the process wants to do at the end of the script.
    wants: Option<Request>,
    places: Places,
    /// Whether the register is built. Before, nobody else is there, and accesses take effect on the initial values.
    built: bool,
    /// Whether a word or a lock was made later than that.
    made_late: bool,
}

/// Unwinds a process at the end of its script.
struct Unanswered;

impl Atlas {
    /// A memory in which accesses get these answers, one after the other.
    pub(crate) fn scripted(answers: &[u64]) -> Self {
        Self(Arc::new(Mutex::new(Script {
            answers: answers.to_vec(),
            ..Script::default()
        })))
    }

    fn with<R>(&self, act: impl FnOnce(&mut Script) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From here on accesses are steps.
    pub(crate) fn built(&self) {
        self.with(|script| script.built = true);
    }

    /// Whether every answer has been given, so that the next access ends the run.
    pub(crate) fn at_end(&self) -> bool {
        self.with(|script| script.given == script.answers.len())
    }

    /// The answer to a request; at the end of the script, unwinds.
    pub(crate) fn ask(&self, request: Request) -> u64 {
        let answer = self.with(|script| {
            let answer = script.answers.get(script.given).copied();
            match answer {
                Some(_) => script.given += 1,
                None => script.wants = Some(request),
            }
            answer
        });
        answer.unwrap_or_else(|| panic::resume_unwind(Box::new(Unanswered)))
    }

    /// What the process wants to do at the end of the script, if it got there by [`ask`](Self::ask).
    pub(crate) fn wants(&self) -> Option<Request> {
        self.with(|script| script.wants.take())
    }

    /// What the register is made of; `None` if it made words or locks while it ran.
    pub(crate) fn places(&self) -> Option<Places> {
        self.with(|script| (!script.made_late).then(|| script.places.clone()))
    }

    /// A step that touches no word: nothing to do while the register is built.
    fn step(&self, request: Request) {
        if self.with(|script| script.built) {
            self.ask(request);
        }
    }

    /// An access: an effect on the initial value while the register is built, a request later.
    fn access(&self, word: usize, build: impl FnOnce(&mut u64) -> u64, request: Request) -> u64 {
        let at_once =
            self.with(|script| (!script.built).then(|| build(&mut script.places.words[word].1)));
        at_once.unwrap_or_else(|| self.ask(request))
    }
}

impl Memory for Atlas {
    type Word = AtlasWord;
    type Lock = AtlasLock;

    fn word(&self, place: Place<'_>, init: u64) -> AtlasWord {
        let at = self.with(|script| {
            script.made_late |= script.built;
            script.places.words.push((place.to_string(), init));
            script.places.words.len() - 1
        });
        AtlasWord {
            atlas: self.clone(),
            at,
        }
    }

    fn lock(&self, place: Place<'_>) -> AtlasLock {
        let at = self.with(|script| {
            script.made_late |= script.built;
            script.places.locks.push(place.to_string());
            script.places.locks.len() - 1
        });
        AtlasLock {
            atlas: self.clone(),
            at,
        }
    }

    fn fence(&self, order: Ordering) {
        self.step(Request::Fence(order));
    }

    fn relax(&self) {
        self.step(Request::Relax);
    }

    fn choose(&self, among: u64) -> u64 {
        if self.with(|script| script.built) {
            self.ask(Request::Choose(among))
        } else {
            0
        }
    }
}

impl AtlasWord {
    fn update(&self, update: Update, order: Ordering, failure: Ordering) -> u64 {
        let build = |word: &mut u64| {
            let found = *word;
            *word = update.of(found).unwrap_or(found);
            found
        };
        let word = self.at;
        self.atlas.access(
            word,
            build,
            Request::Update {
                word,
                update,
                order,
                failure,
            },
        )
    }
}

impl Word for AtlasWord {
    fn load(&self, order: Ordering) -> u64 {
        let word = self.at;
        self.atlas
            .access(word, |word| *word, Request::Load { word, order })
    }

    fn store(&self, value: u64, order: Ordering) {
        let build = |word: &mut u64| std::mem::replace(word, value);
        let word = self.at;
        self.atlas
            .access(word, build, Request::Store { word, value, order });
    }

    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.update(Update::Swap(value), order, order)
    }

    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.update(Update::Add(value), order, order)
    }

    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        let found = self.update(Update::Exchange { current, new }, success, failure);
        if found == current {
            Ok(found)
        } else {
            Err(found)
        }
    }
}

impl Lock for AtlasLock {
    fn hold<R>(&self, critical: impl FnOnce() -> R) -> R {
        self.atlas.step(Request::Take(self.at));
        let result = critical();
        self.atlas.step(Request::Free(self.at));
        result
    }
}

impl fmt::Debug for Atlas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Atlas")
    }
}

impl fmt::Debug for AtlasWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "word #{}", self.at)
    }
}

impl fmt::Debug for AtlasLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lock #{}", self.at)
    }
}

/// Runs a process to the end of its script.
///
/// # Errors
///
/// What it said, if it panicked by itself.
pub(crate) fn run(process: impl FnOnce()) -> Result<(), String> {
    let Err(payload) = panic::catch_unwind(panic::AssertUnwindSafe(process)) else {
        return Ok(());
    };
    if payload.is::<Unanswered>() {
        return Ok(());
    }
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    Err(text.unwrap_or_else(|| "without a message".to_owned()))
}
