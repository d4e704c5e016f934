//! Words that are only safe: the bits with which Lamport begins.
//!
//! While such a word is written, a read of it returns anything (Lamport, *On interprocess communication*, part II,
//! 1986); in hardware, a flip-flop that is sampled as it turns. [`Flicker`] is a memory of such words, each with a
//! small domain of values, so that his constructions can be tried on what he makes them of.
//!
//! **A store is two steps:** now it is being written, and now it is written. A load between the two returns any value
//! of the domain, the one before and the one after among them.
//!
//! **Loom chooses the value.** It knows no such choice, but it does try every value that a relaxed load may return. So
//! the value is tossed with *coins*: words that hold 0, and in which a thread with which nobody synchronises has stored
//! 1 before the exploration begins. A relaxed load of a coin returns the one or the other, and orders nothing.
//!
//! **Nothing else is weak:** a word is accessed by read-modify-writes, which always act on the latest value. Lamport's
//! processes live in one time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use loom::sync::atomic::AtomicU64;
use registers::memory::Ordering::{self, AcqRel, Relaxed};
use registers::memory::{Access, Attempts, Found, Kind, Place, Site, What as Did};
use registers::{Memory, Word};

use crate::memory::{LoomLock, LoomMemory, LoomWord};
use crate::trace::What;

/// What a word holds while it is written. No value of a domain.
const BEING_WRITTEN: u64 = u64::MAX;

/// A memory whose words are only safe. It has loads and stores, no read-modify-writes, and needs no fences.
#[derive(Clone)]
pub struct Flicker {
    loom: LoomMemory,
    domain: Arc<[u64]>,
    coins: Arc<Coins>,
}

/// A word of [`Flicker`].
pub struct FlickerWord {
    word: LoomWord,
    domain: Arc<[u64]>,
    coins: Arc<Coins>,
}

struct Coins {
    words: Vec<AtomicU64>,
    /// How many have been tossed. One thread of loom's runs at a time, so this counts them in the order in which they
    /// are.
    tossed: AtomicUsize,
}

impl Flicker {
    /// A memory whose words may hold the values of `domain`, and in which at most `coins` coins are tossed in one
    /// execution: a load that flickers tosses one less than there are values. It takes one of the threads that loom has
    /// for operations.
    ///
    /// # Panics
    ///
    /// If the domain is empty.
    pub fn new(loom: &LoomMemory, domain: &[u64], coins: usize) -> Self {
        assert!(!domain.is_empty(), "a word holds some value");
        let coins = Arc::new(Coins {
            words: (0..coins).map(|_| AtomicU64::new(0)).collect(),
            tossed: AtomicUsize::new(0),
        });
        let thrown = Arc::new(AtomicUsize::new(0));
        {
            let (coins, thrown) = (Arc::clone(&coins), Arc::clone(&thrown));
            loom.trace.state().threads += 1;
            loom::thread::spawn(move || {
                coins.words.iter().for_each(|coin| coin.store(1, Relaxed));
                thrown.store(1, Relaxed);
            });
        }
        // A word of `std`, not of loom's: to wait for the thread must not synchronise with it.
        while thrown.load(Relaxed) == 0 {
            loom.trace.turn(loom::thread::yield_now);
        }
        Self {
            loom: loom.clone(),
            domain: domain.into(),
            coins,
        }
    }
}

impl Memory for Flicker {
    type Word = FlickerWord;
    type Lock = LoomLock;

    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> FlickerWord {
        FlickerWord {
            word: self.loom.make(place, init, kind),
            domain: Arc::clone(&self.domain),
            coins: Arc::clone(&self.coins),
        }
    }

    fn lock(&self, place: Place<'_>) -> LoomLock {
        self.loom.lock(place)
    }

    fn fence_at(&self, _: Ordering, _: Site) {}

    fn relax(&self) {
        self.loom.relax();
    }

    fn choose(&self, among: u64) -> u64 {
        self.loom.choose(among)
    }

    fn attempts(&self, attempts: Attempts) {
        self.loom.attempts(attempts);
    }
}

impl FlickerWord {
    /// Any value of the domain.
    fn anything(&self) -> u64 {
        let (last, others) = self.domain.split_last().expect("the domain is not empty");
        let toss = || {
            let coin = self.coins.tossed.fetch_add(1, Relaxed);
            let coin = self.coins.words.get(coin);
            let coin =
                coin.expect("this execution tosses more coins than the memory has: give it more");
            self.word.trace.turn(|| coin.load(Relaxed)) == 1
        };
        *others.iter().find(|_| toss()).unwrap_or(last)
    }
}

impl Word for FlickerWord {
    fn access(&self, access: Access) -> Found {
        let LoomWord {
            trace, name, word, ..
        } = &self.word;
        match access.what {
            Did::Load => {
                let found = trace.turn(|| word.fetch_add(0, AcqRel));
                if found != BEING_WRITTEN {
                    trace.log(*name, What::load(found));
                    return Found::done(found);
                }
                // Logged now, because others run while the coins are tossed.
                let access = trace.log(*name, What::Flicker(found));
                let value = self.anything();
                trace.amend(access, What::Flicker(value));
                Found::done(value)
            }
            Did::Store(value) => {
                assert!(
                    self.domain.contains(&value),
                    "{value} is stored, but the domain of the word is {:?}",
                    self.domain
                );
                trace.turn(|| word.swap(BEING_WRITTEN, AcqRel));
                trace.log(*name, What::Unsettle);
                trace.turn(|| word.swap(value, AcqRel));
                trace.log(*name, What::store(value));
                Found::done(0)
            }
            _ => panic!("a word that is only safe can be read and written, not both at once"),
        }
    }
}

impl fmt::Debug for Flicker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flicker")
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FlickerWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FlickerWord").field(&self.word.name).finish()
    }
}
