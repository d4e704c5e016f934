//! Random programs as a register: its initial value says what its readers do.

use histories::History;
use registers::memory::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use registers::memory::{Access, Kind, What};
use registers::own::Handles;
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::{Lock, Memory, Sizes, Value, Word};

/// Numbers that look random (Marsaglia, *Xorshift RNGs*, 2003).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % end
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// What a program does next.
#[derive(Clone, Debug)]
enum Step {
    Access(usize, What, Ordering, Ordering),
    Fence(Ordering),
    /// While it holds the lock.
    Locked(Vec<Step>),
    /// Waits until a word holds this, or for so many attempts.
    Wait(usize, u64, Option<u64>),
    /// Waits until a word holds this, and perhaps the other one that.
    Loop(usize, u64, Option<u64>),
    Choose,
}

/// The words: two atomic ones, and a plain cell.
const WORDS: [Kind; 3] = [Kind::Word, Kind::Word, Kind::Cell];

fn program(random: &mut Random, flavour: u64, steps: u64) -> Vec<Step> {
    (0..steps).map(|_| step(random, flavour, true)).collect()
}

/// One step. The flavour says what a program may be made of besides loads, stores and updates.
fn step(random: &mut Random, flavour: u64, may_lock: bool) -> Step {
    let value = 1 + random.below(2);
    let word = random.below(2) as usize;
    let orders: &[Ordering] = match flavour % 3 {
        0 => &[Relaxed, AcqRel],
        1 => &[Relaxed, AcqRel, SeqCst],
        _ => &[SeqCst],
    };
    let order = random.one_of(orders);
    let of_load = match order {
        AcqRel => Acquire,
        other => other,
    };
    let of_store = match order {
        AcqRel => Release,
        other => other,
    };
    match (random.below(14), flavour / 3) {
        (0..=3, _) => Step::Access(word, What::Load, of_load, of_load),
        (4..=7, _) => Step::Access(word, What::Store(value), of_store, of_store),
        (8, _) => Step::Access(word, What::Add(1), order, order),
        (9, _) => {
            let current = random.below(2);
            let exchange = What::Exchange {
                current,
                new: value,
            };
            Step::Access(word, exchange, order, random.one_of(&[Relaxed, of_load]))
        }
        (10, 0) => Step::Access(word, What::Swap(value), order, order),
        (10, _) => {
            let exchange = What::WeakExchange {
                current: 0,
                new: value,
            };
            Step::Access(word, exchange, order, of_load)
        }
        (11, _) => Step::Fence(random.one_of(&[Acquire, Release, AcqRel, SeqCst])),
        (_, 1) => {
            let what = random.one_of(&[What::Read, What::Write(value)]);
            // The cell, or an atomic word.
            Step::Access(random.one_of(&[2, word]), what, Relaxed, Relaxed)
        }
        (_, 2) if may_lock => {
            let inner = (0..2).map(|_| step(random, flavour, false)).collect();
            Step::Locked(inner)
        }
        (_, 3) => Step::Wait(word, value, random.one_of(&[None, Some(2), Some(3)])),
        (_, 4) => Step::Choose,
        (_, 5) => Step::Loop(word, value, random.one_of(&[None, Some(1), Some(2)])),
        _ => Step::Access(word, What::Load, of_load, of_load),
    }
}

/// A register whose readers perform programs that its initial value says, and return what these found.
struct Programs<M: Memory> {
    memory: M,
    words: Vec<M::Word>,
    lock: M::Lock,
    seed: u64,
    /// How many attempts each [`Step::Loop`] has, if not any number.
    attempts: Option<u64>,
}

/// Which reader it is, and how many reads it has performed.
#[derive(Debug)]
struct Performed(u64, u64);

impl<M: Memory> Programs<M> {
    /// Performs steps. `None` if a loop has no attempts left.
    fn perform(&self, steps: &[Step], found: &mut u64) -> Option<()> {
        for step in steps {
            let value = match step {
                Step::Access(word, what, order, failure) => {
                    let access = Access::new(*what, *order).or(*failure);
                    let found = self.words[*word].access(access);
                    if !what.reads() {
                        continue;
                    }
                    2 * found.value + u64::from(found.is_done)
                }
                Step::Fence(order) => {
                    self.memory.fence(*order);
                    continue;
                }
                Step::Locked(inner) => {
                    self.lock.hold(|| self.perform(inner, found))?;
                    continue;
                }
                Step::Wait(word, value, None) => {
                    let is_there = || self.words[*word].load(Acquire) == *value;
                    self.memory.retry(|| is_there().then_some(1))
                }
                Step::Wait(word, value, Some(attempts)) => {
                    let is_there = || self.words[*word].load(Relaxed) == *value;
                    let done = self
                        .memory
                        .retry_at_most(*attempts, || is_there().then_some(1));
                    done.unwrap_or(0)
                }
                Step::Loop(word, value, other) => {
                    let attempt = || {
                        let is_there = self.words[*word].load(Acquire) == *value;
                        let other = other.map(|it| self.words[1 - *word].load(Relaxed) == it);
                        (is_there && other != Some(false)).then_some(1)
                    };
                    match self.attempts {
                        None => self.memory.retry(attempt),
                        Some(most) => self.memory.retry_at_most(most, attempt)?,
                    }
                }
                Step::Choose => self.memory.choose(2),
            };
            *found = 10 * *found + value % 10;
        }
        Some(())
    }
}

impl<M: Memory> Handles<M, 1> for Programs<M> {
    type Writer = ();
    type Reader = Performed;

    fn build(memory: &M, [seed]: Value<1>, _: Sizes) -> Self {
        let word = |(at, &kind): (usize, &Kind)| memory.make(format_args!("word[{at}]"), 0, kind);
        Self {
            memory: memory.clone(),
            words: WORDS.iter().enumerate().map(word).collect(),
            lock: memory.lock(format_args!("lock")),
            seed: seed % ATTEMPTS,
            attempts: Some(seed / ATTEMPTS).filter(|&attempts| attempts > 0),
        }
    }

    fn writer(&self, _: usize) {}

    fn reader(&self, nth: usize) -> Performed {
        Performed(nth as u64, 0)
    }

    fn read(&self, Performed(reader, count): &mut Performed) -> Value<1> {
        // Of every other seed all readers perform the same.
        let of = if self.seed.is_multiple_of(2) {
            0
        } else {
            *reader
        };
        let steps = steps(self.seed, of, *count);
        *count += 1;
        let mut found = 1;
        match self.perform(&steps, &mut found) {
            Some(()) => [found],
            None => [GIVES_UP],
        }
    }

    fn write(&self, (): &mut (), _: Value<1>) {}
}

/// What a reader does in its `count`th read.
fn steps(seed: u64, reader: u64, count: u64) -> Vec<Step> {
    let mut random = Random::new(seed * 64 + reader * 8 + count);
    random.below(2);
    program(
        &mut random,
        seed / 2 % FLAVOURS,
        if reader.is_multiple_of(2) { 3 } else { 4 },
    )
}

/// How many flavours there are.
pub(crate) const FLAVOURS: u64 = 18;

/// What a read returns that has no attempts left.
pub(crate) const GIVES_UP: u64 = 0;

/// So many times the number of attempts is added to a seed.
const ATTEMPTS: u64 = 1 << 32;

registers::on_the_bench!(
    OfPrograms = Programs, 1 words, many writers, many readers, remembering, claims Safe
);

/// The register.
pub(crate) fn of_programs() -> Subject {
    Subject::of::<OfPrograms, 1>()
}

/// Reads by some processes, of programs with this seed, whose loops have so many attempts.
pub(crate) fn scenario(lanes: &str, seed: u64, attempts: Option<u64>) -> Scenario {
    let scenario: Scenario = lanes.parse().expect("it is a scenario");
    let operations = scenario.operations().operations().to_vec();
    let operations = History::new(seed + attempts.unwrap_or(0) * ATTEMPTS, operations)
        .expect("only the initial value has changed");
    scenario.of_operations(operations)
}
