//! The seam between a register and the world that it runs in.
//!
//! A register sees shared memory only through [`Memory`]: 64-bit words, locks and fences. So the same code runs on
//! [`Hardware`], under a model checker, or step by step along a [given schedule](crate::worlds::conducted). Inlined,
//! [`Hardware`] costs nothing over plain `AtomicU64`.
//!
//! Every word is atomic by itself. A register of several words is torn *between* words, never by undefined behaviour.

use std::fmt;
use std::sync::atomic::{self, AtomicU64};

pub use std::sync::atomic::Ordering;

use crate::vector;

/// The name of a word or a lock in a trace, as in `format_args!("slot[{i}][{j}]")`. [`Hardware`] never formats it.
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

    /// A new word that holds `init`.
    fn word(&self, place: Place<'_>, init: u64) -> Self::Word;

    /// A new lock, free.
    fn lock(&self, place: Place<'_>) -> Self::Lock;

    /// A fence, as [`std::sync::atomic::fence`].
    fn fence(&self, order: Ordering);

    /// To be called once for each failed attempt of a retry loop, which then starts again with nothing remembered. It
    /// lets others run: the attempt can only end differently once some word that it read has changed.
    fn relax(&self);

    /// Some number below `among`, which is not 0: hardware draws it by lot, an exploration tries each.
    fn choose(&self, among: u64) -> u64;
}

/// A shared 64-bit word, with the operations and orderings of [`AtomicU64`].
pub trait Word: fmt::Debug + Send + Sync + 'static {
    /// Returns the value.
    fn load(&self, order: Ordering) -> u64;
    /// Replaces the value.
    fn store(&self, value: u64, order: Ordering);
    /// Replaces the value and returns the one before.
    fn swap(&self, value: u64, order: Ordering) -> u64;
    /// Adds to the value, wrapping around at 2^64, and returns the one before.
    fn fetch_add(&self, value: u64, order: Ordering) -> u64;
    /// Replaces the value if it is `current`.
    ///
    /// # Errors
    ///
    /// The value, if it is another one.
    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64>;

    /// Loads each of these words, relaxed, in any order: what copies a value out of a register.
    #[inline]
    fn load_all<const N: usize>(words: &[Self; N]) -> [u64; N]
    where
        Self: Sized,
    {
        std::array::from_fn(|at| words[at].load(Ordering::Relaxed))
    }

    /// The same, into `value`.
    #[inline]
    fn load_into<const N: usize>(words: &[Self; N], value: &mut [u64; N])
    where
        Self: Sized,
    {
        *value = Self::load_all(words);
    }

    /// Stores to each of these words, relaxed, in any order: what copies a value into a register.
    #[inline]
    fn store_all<const N: usize>(words: &[Self; N], value: &[u64; N])
    where
        Self: Sized,
    {
        for (word, value) in words.iter().zip(value) {
            word.store(*value, Ordering::Relaxed);
        }
    }
}

/// Mutual exclusion.
pub trait Lock: fmt::Debug + Send + Sync + 'static {
    /// Waits until no one else holds the lock, then holds it while `critical` runs.
    fn hold<R>(&self, critical: impl FnOnce() -> R) -> R;
}

/// The memory of this machine: the atomics of `std` and the mutex of `parking_lot`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hardware;

impl Memory for Hardware {
    type Word = AtomicU64;
    type Lock = parking_lot::Mutex<()>;

    #[inline]
    fn word(&self, _: Place<'_>, init: u64) -> AtomicU64 {
        AtomicU64::new(init)
    }

    #[inline]
    fn lock(&self, _: Place<'_>) -> Self::Lock {
        parking_lot::Mutex::new(())
    }

    #[inline]
    fn fence(&self, order: Ordering) {
        atomic::fence(order);
    }

    #[inline]
    fn relax(&self) {
        std::hint::spin_loop();
    }

    fn choose(&self, among: u64) -> u64 {
        fastrand::u64(..among)
    }
}

impl Word for AtomicU64 {
    #[inline]
    fn load(&self, order: Ordering) -> u64 {
        self.load(order)
    }

    #[inline]
    fn store(&self, value: u64, order: Ordering) {
        self.store(value, order);
    }

    #[inline]
    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.swap(value, order)
    }

    #[inline]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_add(value, order)
    }

    #[inline]
    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.compare_exchange(current, new, success, failure)
    }

    #[inline]
    fn load_all<const N: usize>(words: &[Self; N]) -> [u64; N] {
        vector::load(words)
    }

    #[inline]
    fn load_into<const N: usize>(words: &[Self; N], value: &mut [u64; N]) {
        vector::load_into(words, value);
    }

    #[inline]
    fn store_all<const N: usize>(words: &[Self; N], value: &[u64; N]) {
        vector::store(words, value);
    }
}

impl Lock for parking_lot::Mutex<()> {
    #[inline]
    fn hold<R>(&self, critical: impl FnOnce() -> R) -> R {
        let _held = self.lock();
        critical()
    }
}

/// The same memory, with a prefix to the name of each place: for a register that is built from others, whose words
/// would otherwise share their names.
#[derive(Clone, Debug)]
pub struct Within<M> {
    memory: M,
    prefix: String,
}

impl<M: Memory> Within<M> {
    /// `memory`, in which `word[0]` is called `prefix.word[0]`.
    pub fn new(memory: &M, prefix: Place<'_>) -> Self {
        Self {
            memory: memory.clone(),
            prefix: prefix.to_string(),
        }
    }
}

impl<M: Memory> Memory for Within<M> {
    type Word = M::Word;
    type Lock = M::Lock;

    fn word(&self, place: Place<'_>, init: u64) -> M::Word {
        self.memory
            .word(format_args!("{}.{place}", self.prefix), init)
    }

    fn lock(&self, place: Place<'_>) -> M::Lock {
        self.memory.lock(format_args!("{}.{place}", self.prefix))
    }

    #[inline]
    fn fence(&self, order: Ordering) {
        self.memory.fence(order);
    }

    #[inline]
    fn relax(&self) {
        self.memory.relax();
    }

    fn choose(&self, among: u64) -> u64 {
        self.memory.choose(among)
    }
}
