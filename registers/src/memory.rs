//! The seam between a register and the world that it runs in.
//!
//! A register sees shared memory only through [`Memory`]: words, cells, locks and fences. So the same code runs on
//! [`Hardware`](crate::Hardware), under a model checker, or step by step along a
//! [given schedule](crate::worlds::conducted). Inlined, hardware costs nothing over plain `AtomicU64`.
//!
//! Every word is atomic by itself. A register of several words is torn *between* words, never by undefined behaviour.

use std::fmt;

pub use std::sync::atomic::Ordering;

pub use crate::access::{Access, Found, Site, What};
pub use crate::cells::Cells;
pub use crate::narrow::{Narrow, Number};
pub use crate::within::Within;

/// The name of a word or a lock in a trace, as in `format_args!("slot[{i}][{j}]")`. Hardware never formats it.
pub type Place<'a> = fmt::Arguments<'a>;

/// A shared memory made of 64-bit words.
///
/// A clone is another handle to the same memory. Registers access words within operations only, not when they are
/// dropped.
pub trait Memory: Clone + fmt::Debug + Send + Sync + 'static {
    /// A word of this memory.
    type Word: Word;
    /// A lock of this memory.
    type Lock: Lock;

    /// A new word of some kind that holds `init`.
    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> Self::Word;

    /// A new lock, free.
    fn lock(&self, place: Place<'_>) -> Self::Lock;

    /// A fence, as [`std::sync::atomic::fence`], at a line of the register.
    fn fence_at(&self, order: Ordering, site: Site);

    /// To be called once for each failed attempt of a retry loop that is written by hand. It lets others run.
    ///
    /// The attempt then starts again with nothing remembered: it may end differently only once some word that it read
    /// has changed. Explorations test that and do not trust it; [`retry`](Self::retry) needs no trust.
    fn relax(&self);

    /// Some number below `among`, which is not 0: hardware draws it by lot, an exploration tries each.
    fn choose(&self, among: u64) -> u64;

    /// Where a counter of so many bits starts: at 0, or shortly before it wraps around in an exploration that tries
    /// that. A register that counts asks for this while it is built.
    fn first_count(&self, bits: u32) -> u64 {
        let _ = bits;
        0
    }

    /// Tells an exploration where a loop of attempts begins and ends. [`retry`](Self::retry) calls it.
    #[doc(hidden)]
    #[inline]
    fn attempts(&self, attempts: Attempts) {
        let _ = attempts;
    }

    /// A new word that holds `init`.
    #[inline]
    fn word(&self, place: Place<'_>, init: u64) -> Self::Word {
        self.make(place, init, Kind::Word)
    }

    /// New words `place[0]`, `place[1]`, ... that hold `init`.
    #[inline]
    fn words<const N: usize>(&self, place: Place<'_>, init: [u64; N]) -> [Self::Word; N] {
        std::array::from_fn(|at| self.word(format_args!("{place}[{at}]"), init[at]))
    }

    /// New plain cells `place[0]`, `place[1]`, ... that hold `init`: not atomic, so that accesses which happens-before
    /// does not order are a data race.
    #[inline]
    fn cells<const N: usize>(&self, place: Place<'_>, init: [u64; N]) -> Cells<Self::Word, N> {
        Cells::new(self, place, init)
    }

    /// A new word of 8, 16 or 32 bits, or a `bool`.
    #[inline]
    fn narrow<T: Number>(&self, place: Place<'_>, init: T) -> Narrow<Self::Word, T> {
        Narrow::new(self, place, init)
    }

    /// A fence, as [`std::sync::atomic::fence`].
    #[inline]
    #[track_caller]
    fn fence(&self, order: Ordering) {
        self.fence_at(order, Site::here());
    }

    /// Attempts until one succeeds. An attempt cannot remember the ones before it, because it is a [`Fn`].
    #[inline]
    fn retry<T>(&self, attempt: impl Fn() -> Option<T>) -> T {
        self.attempts(Attempts::Begin);
        loop {
            if let Some(done) = attempt() {
                self.attempts(Attempts::End);
                return done;
            }
            self.relax();
        }
    }

    /// Attempts until one succeeds, but no more than so many times. `None` if all have failed.
    #[inline]
    fn retry_at_most<T>(&self, attempts: u64, attempt: impl Fn() -> Option<T>) -> Option<T> {
        self.attempts(Attempts::BeginCounted);
        let mut failed = 0;
        let done = loop {
            let done = attempt();
            failed += 1;
            if done.is_some() || failed >= attempts {
                break done;
            }
            self.relax();
        };
        self.attempts(Attempts::End);
        done
    }
}

/// What a word is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An atomic word of 64 bits.
    Word,
    /// An atomic word of fewer bits, held in the upper ones.
    Narrow {
        /// How many.
        bits: u32,
    },
    /// A plain word, to be accessed by [`What::Read`] and [`What::Write`] alone.
    Cell,
    /// A word that is only safe: it holds [`UNSETTLED`](crate::worlds::flicker::UNSETTLED) while it is written.
    Safe,
}

impl Kind {
    /// What a word of this kind holds, as traces show it: a number, `?` while a safe word is written, and `2^64-1` for
    /// a counter about to wrap around.
    pub fn shown(self, held: u64) -> impl fmt::Display {
        /// So many values below 2^64 are shown as what they lack.
        const SHORTLY_BEFORE: u64 = 1 << 10;
        fmt::from_fn(move |f| match self {
            Self::Safe if held == u64::MAX => f.pad("?"),
            Self::Narrow { bits } => fmt::Display::fmt(&(held >> (64 - bits)), f),
            _ if held > u64::MAX - SHORTLY_BEFORE => {
                f.pad(&format!("2^64-{}", held.wrapping_neg()))
            }
            _ => fmt::Display::fmt(&held, f),
        })
    }
}

/// Where a loop of attempts begins and ends.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempts {
    /// Here begins a loop that remembers nothing of a failed attempt.
    Begin,
    /// Here begins a loop that remembers how many attempts have failed, and nothing else.
    BeginCounted,
    /// Here ends the loop that has begun last.
    End,
}

/// A shared 64-bit word, with the operations and orderings of `AtomicU64`. A memory defines [`access`](Self::access);
/// the rest follows.
pub trait Word: fmt::Debug + Send + Sync + 'static {
    /// Performs an access.
    fn access(&self, access: Access) -> Found;

    /// Returns the value.
    #[inline]
    #[track_caller]
    fn load(&self, order: Ordering) -> u64 {
        self.access(Access::new(What::Load, order)).value
    }

    /// Replaces the value.
    #[inline]
    #[track_caller]
    fn store(&self, value: u64, order: Ordering) {
        self.access(Access::new(What::Store(value), order));
    }

    /// Replaces the value and returns the one before.
    #[inline]
    #[track_caller]
    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.access(Access::new(What::Swap(value), order)).value
    }

    /// Adds to the value, wrapping around at 2^64, and returns the one before.
    #[inline]
    #[track_caller]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.access(Access::new(What::Add(value), order)).value
    }

    /// Subtracts from the value, wrapping around at 0, and returns the one before.
    #[inline]
    #[track_caller]
    fn fetch_sub(&self, value: u64, order: Ordering) -> u64 {
        self.access(Access::new(What::Sub(value), order)).value
    }

    /// Clears the bits that are not set in `value`, and returns the value before.
    #[inline]
    #[track_caller]
    fn fetch_and(&self, value: u64, order: Ordering) -> u64 {
        self.access(Access::new(What::And(value), order)).value
    }

    /// Sets the bits that are set in `value`, and returns the value before.
    #[inline]
    #[track_caller]
    fn fetch_or(&self, value: u64, order: Ordering) -> u64 {
        self.access(Access::new(What::Or(value), order)).value
    }

    /// Turns over the bits that are set in `value`, and returns the value before.
    #[inline]
    #[track_caller]
    fn fetch_xor(&self, value: u64, order: Ordering) -> u64 {
        self.access(Access::new(What::Xor(value), order)).value
    }

    /// Replaces the value if the new one is larger, and returns the one before.
    #[inline]
    #[track_caller]
    fn fetch_max(&self, value: u64, order: Ordering) -> u64 {
        self.access(Access::new(What::Max(value), order)).value
    }

    /// Replaces the value if the new one is smaller, and returns the one before.
    #[inline]
    #[track_caller]
    fn fetch_min(&self, value: u64, order: Ordering) -> u64 {
        self.access(Access::new(What::Min(value), order)).value
    }

    /// Replaces the value if it is `current`.
    ///
    /// # Errors
    ///
    /// The value, if it is another one.
    #[inline]
    #[track_caller]
    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        let exchange = What::Exchange { current, new };
        self.access(Access::new(exchange, success).or(failure))
            .exchanged()
    }

    /// As [`compare_exchange`](Self::compare_exchange), but it may fail though the value is `current`.
    ///
    /// # Errors
    ///
    /// The value.
    #[inline]
    #[track_caller]
    fn compare_exchange_weak(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        let exchange = What::WeakExchange { current, new };
        self.access(Access::new(exchange, success).or(failure))
            .exchanged()
    }

    /// Replaces the value by what `new` makes of it, and starts over with the value found if another one came first.
    ///
    /// # Errors
    ///
    /// The value, if `new` makes nothing of it.
    #[inline]
    #[track_caller]
    fn fetch_update(
        &self,
        success: Ordering,
        failure: Ordering,
        mut new: impl FnMut(u64) -> Option<u64>,
    ) -> Result<u64, u64>
    where
        Self: Sized,
    {
        let mut seen = self.load(failure);
        while let Some(next) = new(seen) {
            match self.compare_exchange(seen, next, success, failure) {
                Ok(before) => return Ok(before),
                Err(found) => seen = found,
            }
        }
        Err(seen)
    }

    /// Loads each of these words, relaxed, in any order: what copies a value out of a register.
    #[inline]
    #[track_caller]
    fn load_all<const N: usize>(words: &[Self; N]) -> [u64; N]
    where
        Self: Sized,
    {
        let access = Access::new(What::Load, Ordering::Relaxed);
        std::array::from_fn(|at| words[at].access(access.part(at)).value)
    }

    /// The same, into `value`.
    #[inline]
    #[track_caller]
    fn load_into<const N: usize>(words: &[Self; N], value: &mut [u64; N])
    where
        Self: Sized,
    {
        *value = Self::load_all(words);
    }

    /// Stores to each of these words, relaxed, in any order: what copies a value into a register.
    #[inline]
    #[track_caller]
    fn store_all<const N: usize>(words: &[Self; N], value: &[u64; N])
    where
        Self: Sized,
    {
        for (at, (word, &value)) in words.iter().zip(value).enumerate() {
            word.access(Access::new(What::Store(value), Ordering::Relaxed).part(at));
        }
    }

    /// As [`load_all`](Self::load_all), by a reader who claims that nobody writes these words meanwhile: if
    /// happens-before does not order the two, that is a data race.
    #[inline]
    #[track_caller]
    fn read_all<const N: usize>(words: &[Self; N]) -> [u64; N]
    where
        Self: Sized,
    {
        let access = Access::new(What::Read, Ordering::Relaxed);
        std::array::from_fn(|at| words[at].access(access.part(at)).value)
    }

    /// The same, into `value`.
    #[inline]
    #[track_caller]
    fn read_into<const N: usize>(words: &[Self; N], value: &mut [u64; N])
    where
        Self: Sized,
    {
        *value = Self::read_all(words);
    }

    /// As [`store_all`](Self::store_all), by a writer who claims that nobody writes these words meanwhile, nor reads
    /// them by [`read_all`](Self::read_all): if happens-before does not order the two, that is a data race.
    #[inline]
    #[track_caller]
    fn write_all<const N: usize>(words: &[Self; N], value: &[u64; N])
    where
        Self: Sized,
    {
        for (at, (word, &value)) in words.iter().zip(value).enumerate() {
            word.access(Access::new(What::Write(value), Ordering::Relaxed).part(at));
        }
    }
}

/// Mutual exclusion.
pub trait Lock: fmt::Debug + Send + Sync + 'static {
    /// Waits until no one else holds the lock, then holds it while `critical` runs.
    fn hold_at(&self, site: Site, critical: &mut dyn FnMut());

    /// The same, at the line that calls it.
    #[inline]
    #[track_caller]
    fn hold<R>(&self, critical: impl FnOnce() -> R) -> R
    where
        Self: Sized,
    {
        let (mut critical, mut result) = (Some(critical), None);
        self.hold_at(Site::here(), &mut || {
            let critical = critical.take().expect("it runs once");
            result = Some(critical());
        });
        result.expect("it has run")
    }
}
