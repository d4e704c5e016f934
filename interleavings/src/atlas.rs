//! A memory that asks instead of remembering.
//!
//! A process is deterministic, given what its reads returned. So [`Atlas`] holds no words at all: it holds a *script*,
//! the answers that the accesses of one process get, one after the other. At the first access without an answer it
//! notes what the process wants to do and unwinds it. Which answers are possible is decided elsewhere, where all
//! processes and the real memory are known.
//!
//! Unwinding goes through [`resume_unwind`](std::panic::resume_unwind), which runs no panic hook: nothing is printed.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use histories::Value;
use registers::guard::{Stopped, guarded};
use registers::memory::{Access, Attempts, Found, Kind, Lock, Memory, Ordering, Place, Site, Word};

use crate::mixer::Mixer;
use crate::mutation::Mutation;

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
    /// It accesses a word.
    Access { word: usize, access: Access },
    /// It performs a fence.
    Fence(Ordering, Site),
    /// It waits for a lock, and takes it.
    Take(usize, Site),
    /// It frees a lock.
    Free(usize, Site),
    /// An attempt has failed, and starts again.
    Relax(Option<Loop>),
    /// It asks for some number below this.
    Choose(u64),
    /// It completes its operation, which returns this.
    End(Option<Value>),
    /// It has nothing more to do.
    Done,
    /// Its code panics, and says this.
    Panic(String),
}

impl Request {
    /// Whether it accesses a word or a lock, or is a choice: a step that a trace shows.
    pub(crate) fn is_step(&self) -> bool {
        matches!(
            self,
            Self::Access { .. } | Self::Take(..) | Self::Free(..) | Self::Choose(_)
        )
    }

    /// The line that makes it, if it is one of those that lines make.
    pub(crate) fn site(&self) -> Option<Site> {
        match self {
            Self::Access { access, .. } => Some(access.site),
            Self::Fence(_, site) | Self::Take(_, site) | Self::Free(_, site) => Some(*site),
            _ => None,
        }
    }

    fn hash(&self, state: &mut impl Hasher) {
        match self {
            Self::Access { word, access } => {
                (0_u8, *word, access.what, access.order, access.failure).hash(state);
            }
            Self::Fence(order, _) => (1_u8, order).hash(state),
            Self::Take(lock, _) => (2_u8, lock).hash(state),
            Self::Free(lock, _) => (3_u8, lock).hash(state),
            Self::Choose(among) => (4_u8, among).hash(state),
            Self::Begin => 5_u8.hash(state),
            Self::End(_) => 6_u8.hash(state),
            Self::Relax(_) => 7_u8.hash(state),
            Self::Done => 8_u8.hash(state),
            Self::Panic(_) => 9_u8.hash(state),
        }
    }
}

/// A loop of attempts by a closure, in which one has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loop {
    /// How many answers had been given when the loop began.
    pub(crate) began: usize,
    /// How many attempts of it have failed, if it remembers that.
    pub(crate) failed: Option<u64>,
}

/// What a request gets: a value, and whether an exchange did what it is for.
pub(crate) type Answer = Found;

/// The answer to a request that asks for nothing.
pub(crate) const DONE: Answer = Found::done(0);

/// The words and locks that a register is made of, in order of creation: the same at every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// The words.
    pub(crate) words: Vec<WordAt>,
    /// The name of each lock.
    pub(crate) locks: Vec<String>,
}

/// A word as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WordAt {
    /// Its name.
    pub(crate) place: String,
    /// What it holds at first.
    pub(crate) init: u64,
    /// What it is for.
    pub(crate) kind: Kind,
}

#[derive(Debug, Default)]
struct Script {
    answers: Vec<Answer>,
    /// How many of the answers have been given.
    given: usize,
    /// The requests that got them, as a fingerprint.
    fingerprint: Fingerprint,
    /// What is to come after the answers, again and again: see [`Atlas::expecting`].
    cycle: Vec<(Request, Answer)>,
    /// How many requests of the cycle have come, and how many may.
    cycled: usize,
    most: usize,
    /// What is to come behind the cycle, and how much of it has.
    tail: Vec<(Request, Answer)>,
    tailed: usize,
    /// Whether the last request was that of an attempt that has failed, and how many such were passed over because
    /// they only repeated the one before.
    relaxed: bool,
    repeated: usize,
    /// What the process wants to do at the end of the script.
    wants: Option<Request>,
    places: Places,
    /// Whether the register is built. Before, nobody else is there, and accesses take effect on the initial values.
    built: bool,
    /// Whether a word or a lock was made later than that.
    made_late: bool,
    /// The loops of attempts that it is in.
    loops: Vec<Loop>,
    mutation: Option<Mutation>,
    /// Whether the names of places are asked for.
    names: bool,
    /// Whether counters start shortly before they wrap around.
    near_wrap: bool,
    /// Whether a register has asked where a counter starts.
    counts: bool,
}

/// So many calls of `relax` without an access are taken for a loop that waits for something unseen.
pub(crate) const MOST_IN_A_ROW: usize = 100_000;

/// A hash of a sequence of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// As a number.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// That of the same sequence with one request more.
    pub(crate) fn and(self, request: &Request) -> Self {
        let mut mixed = Mixer::starting_from(self.0);
        request.hash(&mut mixed);
        Self(mixed.finish())
    }
}

/// Unwinds a process at the end of its script.
struct Unanswered;

/// How a register is run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Setting {
    /// What is changed in the register.
    pub(crate) mutation: Option<Mutation>,
    /// Whether counters start shortly before they wrap around.
    pub(crate) near_wrap: bool,
}

impl Atlas {
    /// A memory in which accesses get these answers, one after the other.
    pub(crate) fn scripted(setting: Setting, answers: Vec<Answer>) -> Self {
        Self(Arc::new(Mutex::new(Script {
            answers,
            mutation: setting.mutation,
            near_wrap: setting.near_wrap,
            ..Script::default()
        })))
    }

    /// The same, and after the answers these requests are expected again and again, up to so many of them, and then those
    /// of the tail. The script ends at the first that differs.
    pub(crate) fn expecting(
        setting: Setting,
        answers: Vec<Answer>,
        (cycle, most): (Vec<(Request, Answer)>, usize),
        tail: Vec<(Request, Answer)>,
    ) -> Self {
        let atlas = Self::scripted(setting, answers);
        let mut script = atlas.script();
        (script.cycle, script.most, script.tail) = (cycle, most, tail);
        drop(script);
        atlas
    }

    /// A memory for a register that is built and no more: it keeps the names of words and locks.
    pub(crate) fn naming(setting: Setting) -> Self {
        let atlas = Self::scripted(setting, Vec::new());
        atlas.script().names = true;
        atlas
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on accesses are steps.
    pub(crate) fn built(&self) {
        self.script().built = true;
    }

    /// Whether every answer has been given, so that the next access ends the run.
    pub(crate) fn at_end(&self) -> bool {
        let script = self.script();
        script.given == script.answers.len() && script.cycle.is_empty() && script.tail.is_empty()
    }

    /// The answer to a request; at the end of the script, unwinds.
    pub(crate) fn ask(&self, request: Request) -> Answer {
        let answer = self.script().answer(request);
        answer.unwrap_or_else(|| panic::resume_unwind(Box::new(Unanswered)))
    }

    /// What the process wants to do at the end of the script, if it got there by [`ask`](Self::ask).
    pub(crate) fn wants(&self) -> Option<Request> {
        self.script().wants.take()
    }

    /// The requests that were answered.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.script().fingerprint
    }

    /// How many requests came as expected, again and again and behind that.
    pub(crate) fn came_as_expected(&self) -> (usize, usize) {
        let script = self.script();
        (script.cycled, script.tailed)
    }

    /// Whether a register has asked where a counter starts.
    pub(crate) fn counts(&self) -> bool {
        self.script().counts
    }

    /// What the register is made of; `None` if it made words or locks while it ran.
    pub(crate) fn places(&self) -> Option<Places> {
        let script = self.script();
        (!script.made_late).then(|| script.places.clone())
    }

    /// Whether it made words or locks while it ran.
    pub(crate) fn made_late(&self) -> bool {
        self.script().made_late
    }

    /// A step that touches no word: nothing to do while the register is built.
    fn step(&self, request: Request) {
        let answer = {
            let mut script = self.script();
            if !script.built {
                return;
            }
            script.answer(request)
        };
        if answer.is_none() {
            panic::resume_unwind(Box::new(Unanswered));
        }
    }
}

impl Script {
    /// The answer to a request; `None` at the end of the script.
    fn answer(&mut self, request: Request) -> Option<Answer> {
        if self.wants.is_some() {
            // What destructors do while the process is unwound makes no difference.
            return Some(DONE);
        }
        let relaxes = matches!(request, Request::Relax(_));
        if relaxes && self.relaxed && self.repeated < MOST_IN_A_ROW {
            // One behind another adds nothing.
            self.repeated += 1;
            return Some(DONE);
        }
        self.relaxed = relaxes;
        if let Some(&answer) = self.answers.get(self.given) {
            self.given += 1;
            self.fingerprint = self.fingerprint.and(&request);
            return Some(answer);
        }
        if self.cycled < self.most {
            let (expected, answer) = &self.cycle[self.cycled % self.cycle.len()];
            if alike(expected, &request) {
                self.cycled += 1;
                return Some(*answer);
            }
        } else if let Some((expected, answer)) = self.tail.get(self.tailed)
            && alike(expected, &request)
        {
            self.tailed += 1;
            return Some(*answer);
        }
        self.wants = Some(request);
        None
    }
}

impl Script {
    /// The answer to a fence that was put there.
    fn answer_fence(&mut self, order: Option<Ordering>, site: Site) -> Option<Answer> {
        self.answer(Request::Fence(order?, site))
    }
}

/// Whether two requests are the same, whatever a loop has counted.
pub(crate) fn alike(one: &Request, other: &Request) -> bool {
    match (one, other) {
        (Request::Relax(_), Request::Relax(_)) => true,
        _ => one == other,
    }
}

/// Where a counter of so many bits starts: at 0, or shortly before it wraps around.
pub(crate) fn first_count(near_wrap: bool, bits: u32) -> u64 {
    /// So many counts before it wraps around: an even number, as some counters are odd for a while.
    const BEFORE: u64 = 2;
    match (near_wrap, 1_u64.checked_shl(bits)) {
        (false, _) => 0,
        (true, past_the_last) => past_the_last.unwrap_or(0).wrapping_sub(BEFORE),
    }
}

impl Memory for Atlas {
    type Word = AtlasWord;
    type Lock = AtlasLock;

    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> AtlasWord {
        let mut script = self.script();
        script.made_late |= script.built;
        let place = if script.names {
            place.to_string()
        } else {
            String::new()
        };
        script.places.words.push(WordAt { place, init, kind });
        AtlasWord {
            atlas: self.clone(),
            at: script.places.words.len() - 1,
        }
    }

    fn lock(&self, place: Place<'_>) -> AtlasLock {
        let mut script = self.script();
        script.made_late |= script.built;
        let place = if script.names {
            place.to_string()
        } else {
            String::new()
        };
        script.places.locks.push(place);
        AtlasLock {
            atlas: self.clone(),
            at: script.places.locks.len() - 1,
        }
    }

    fn fence_at(&self, order: Ordering, site: Site) {
        let mutation = self.script().mutation;
        let left = match mutation {
            Some(mutation) => mutation.of_fence(order, site),
            None => Some(order),
        };
        if let Some(left) = left {
            self.step(Request::Fence(left, site));
        }
    }

    fn relax(&self) {
        let relax = {
            let mut script = self.script();
            let mut innermost = script.loops.last_mut();
            if let Some(Loop {
                failed: Some(failed),
                ..
            }) = &mut innermost
            {
                *failed += 1;
            }
            Request::Relax(innermost.copied())
        };
        self.step(relax);
    }

    fn choose(&self, among: u64) -> u64 {
        if self.script().built {
            self.ask(Request::Choose(among)).value
        } else {
            0
        }
    }

    fn first_count(&self, bits: u32) -> u64 {
        let mut script = self.script();
        script.counts = true;
        first_count(script.near_wrap, bits)
    }

    fn attempts(&self, attempts: Attempts) {
        let mut script = self.script();
        let began = script.given;
        let counts = match attempts {
            Attempts::Begin => None,
            Attempts::BeginCounted => Some(0),
            Attempts::End => {
                script.loops.pop();
                return;
            }
        };
        script.loops.push(Loop {
            began,
            failed: counts,
        });
    }
}

impl Word for AtlasWord {
    fn access(&self, access: Access) -> Found {
        let mut script = self.atlas.script();
        let word = self.at;
        if !script.built {
            let init = &mut script.places.words[word].init;
            return access.perform(init, |value| value).0;
        }
        let mutation = script.mutation;
        let Some(access) = mutation.map_or(Some(access), |it| it.of_access(access)) else {
            return DONE;
        };
        let (before, behind) = mutation.map_or((None, None), |it| it.fences(&access));
        if before.is_some() && script.answer_fence(before, access.site).is_none() {
            drop(script);
            panic::resume_unwind(Box::new(Unanswered));
        }
        let answer = script.answer(Request::Access { word, access });
        let fenced = behind.is_none() || script.answer_fence(behind, access.site).is_some();
        drop(script);
        match answer {
            Some(found) if fenced => mutation.map_or(found, |it| it.of_found(&access, found)),
            _ => panic::resume_unwind(Box::new(Unanswered)),
        }
    }
}

impl Lock for AtlasLock {
    fn hold_at(&self, site: Site, critical: &mut dyn FnMut()) {
        self.atlas.step(Request::Take(self.at, site));
        critical();
        self.atlas.step(Request::Free(self.at, site));
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
    match guarded(process) {
        Ok(()) => Ok(()),
        Err(Stopped::Unwound(payload)) if payload.is::<Unanswered>() => Ok(()),
        Err(Stopped::Unwound(_)) => Err("it unwinds without a panic".to_owned()),
        Err(Stopped::Panicked(panic)) => Err(panic.to_string()),
    }
}
