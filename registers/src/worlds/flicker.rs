//! Words that are only safe: what Lamport begins with.
//!
//! While such a word is written, a read of it returns anything (Lamport, *On interprocess communication*, part II,
//! 1986); in hardware, a flip-flop that is sampled as it turns. [`Flicker`] makes the words of any memory such words,
//! each with a small domain of values, so that the constructions that begin with safe bits can be tried on them.
//! [`Flickering`] is a register on such words.
//!
//! **A store is two steps:** now the word is [unsettled](UNSETTLED), and now it holds the value. A load between the two
//! is followed by a [choice](Memory::choose): it returns any value of the domain, those before and after among them. In
//! a picture it looks like this:
//!
//! ```
//! # use registers::{safe::SafeBit, worlds::{conducted::replay, flicker::Flickering}};
//! let picture = "
//! init: 1
//! Thread 1:  ww1wwwwwwwwww4ww(1)
//! Thread 2:      rr2rr3rr(0)
//!      1  T1  bit := ?
//!      2  T2  bit -> ?
//!      3  T2  chance -> 0
//!      4  T1  bit := 1
//! ";
//! replay::<Flickering<SafeBit>, 1>(&picture.parse()?)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Nothing else is weak.** Lamport's processes live in one time, so every access is SeqCst, whatever the register
//! asks for: of a word that has SeqCst stores only, a SeqCst load returns the latest in the one order of them all. And
//! fences have nothing to add.

use std::fmt;
use std::marker::PhantomData;

use crate::memory::{Access, Attempts, Found, Kind, Memory, Ordering, Place, Site, What, Word};
use crate::{Arity, Class, Construction, Progress, Sizes, Value};

/// What a word holds while it is written. It is no value of any domain, and drawn as `?`.
pub const UNSETTLED: u64 = u64::MAX;

/// A memory whose words are only safe. It has loads and stores, and no read-modify-writes.
#[derive(Clone, Debug)]
pub struct Flicker<M> {
    memory: M,
    domain: u64,
}

/// A word of [`Flicker`] memory.
pub struct FlickerWord<M: Memory> {
    memory: M,
    word: M::Word,
    domain: u64,
}

impl<M: Memory> Flicker<M> {
    /// `memory`, with words that hold numbers below `domain`, and flicker between all of them.
    ///
    /// # Panics
    ///
    /// If the domain is empty.
    pub fn new(memory: &M, domain: u64) -> Self {
        assert!(domain > 0, "a word holds some value");
        Self {
            memory: memory.clone(),
            domain,
        }
    }
}

impl<M: Memory> Memory for Flicker<M> {
    type Word = FlickerWord<M>;
    type Lock = M::Lock;

    fn make(&self, place: Place<'_>, init: u64, _: Kind) -> FlickerWord<M> {
        FlickerWord {
            memory: self.memory.clone(),
            word: self.memory.make(place, init, Kind::Safe),
            domain: self.domain,
        }
    }

    fn lock(&self, place: Place<'_>) -> M::Lock {
        self.memory.lock(place)
    }

    fn fence_at(&self, _: Ordering, _: Site) {}

    fn relax(&self) {
        self.memory.relax();
    }

    fn choose(&self, among: u64) -> u64 {
        self.memory.choose(among)
    }

    fn attempts(&self, attempts: Attempts) {
        self.memory.attempts(attempts);
    }
}

impl<M: Memory> Word for FlickerWord<M> {
    /// # Panics
    ///
    /// If it stores a value that is not in the domain, or reads and writes at once.
    fn access(&self, access: Access) -> Found {
        // SeqCst: of the two stores each pairs with the load, which returns the latest.
        let access = Access {
            order: Ordering::SeqCst,
            ..access
        };
        match access.what {
            What::Load => {
                let found = self.word.access(access);
                if found.value == UNSETTLED {
                    return Found::done(self.memory.choose(self.domain));
                }
                found
            }
            What::Store(value) => {
                assert!(
                    value < self.domain,
                    "{value} is stored in a word that holds numbers below {}",
                    self.domain
                );
                let what = What::Store(UNSETTLED);
                self.word.access(Access { what, ..access });
                self.word.access(access)
            }
            _ => panic!("a word that is only safe can be read and written, not both at once"),
        }
    }
}

impl<M: Memory> fmt::Debug for FlickerWord<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.word.fmt(f)
    }
}

/// Register `C` on words that [flicker](Flicker), between the numbers that `C` may hold: those below
/// [`BELOW`](Construction::BELOW). A register that holds any number at all is refused by the compiler.
///
/// ```compile_fail,E0080
/// use registers::{Construction, Sizes, Hardware, safe::WordByWord, worlds::flicker::Flickering};
///
/// let _ = Flickering::<WordByWord>::build(&Hardware, [0; 2], Sizes::readers(1));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Flickering<C>(PhantomData<C>);

impl<M, C, const N: usize> Construction<M, N> for Flickering<C>
where
    M: Memory,
    C: Construction<Flicker<M>, N>,
{
    const NAME: &'static str = C::NAME;
    const CLASS: Class = C::CLASS;
    const PROGRESS: Progress = C::PROGRESS;
    const READERS: Arity = C::READERS;
    const BELOW: Option<u64> = C::BELOW;
    type Writers = C::Writers;
    type Reader = C::Reader;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        let domain =
            const { C::BELOW.expect("a word flickers in a small domain: the register says BELOW") };
        C::build(&Flicker::new(memory, domain), init, sizes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe::SafeBit;
    use crate::worlds::conducted::replay;
    use crate::{Hardware, Read, Write};

    #[test]
    fn a_word_that_nobody_writes_holds_what_was_written() {
        let ([mut writer], mut readers) =
            Flickering::<SafeBit>::build(&Hardware, [0], Sizes::readers(1));
        for value in [1, 1, 0, 1, 0, 0] {
            writer.write([value]);
            assert_eq!(readers[0].read(), [value]);
        }
    }

    #[test]
    fn a_load_in_the_middle_of_a_store_returns_what_the_schedule_says() {
        for value in [0, 1] {
            let picture = format!(
                "init: 1\nT1: ww1wwwwwwwwww4ww(1)\nT2:     rr2rr3rr({value})\n\
                 1 T1 bit := ?\n2 T2 bit -> ?\n3 T2 chance -> {value}\n4 T1 bit := 1\n"
            );
            replay::<Flickering<SafeBit>, 1>(&picture.parse().unwrap()).unwrap();
        }
    }

    #[test]
    #[should_panic(expected = "only safe can be read and written, not both at once")]
    fn a_read_modify_write_is_refused() {
        let word = Flicker::new(&Hardware, 2).word(format_args!("word"), 0);
        word.swap(1, Ordering::SeqCst);
    }

    #[test]
    #[should_panic(expected = "2 is stored in a word that holds numbers below 2")]
    fn a_value_outside_of_the_domain_is_refused() {
        let word = Flicker::new(&Hardware, 2).word(format_args!("word"), 0);
        word.store(2, Ordering::SeqCst);
    }
}
