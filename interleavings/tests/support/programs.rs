//! Small programs, written as in `x = 1 rel | x acq; y rlx`: threads between bars, and in each its accesses.
//!
//! | written | means |
//! |---|---|
//! | `x = 1 rlx` | a store |
//! | `x rlx` | a load |
//! | `x + 1 rlx`, `x swap 7 rlx` | a read-modify-write |
//! | `x cas 0 1 acq rlx`, `x weak 0 1 acq rlx` | a compare-and-exchange, strong or weak, with both of its orderings |
//! | `fence sc` | a fence |
//! | `lock`, `unlock` | everything in between holds the lock |
//!
//! An outcome is what the accesses found, digit by digit and thread by thread: `0,10`. Threads that only store are left
//! out.

use std::collections::BTreeSet;
use std::sync::Arc;

use interleavings::MemoryModel;
use interleavings::litmus::{Inconclusive, Thread, outcomes};
use registers::memory::Memory;
use registers::memory::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use registers::{Lock, Word};

/// One access of a program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Store(usize, u64, Ordering),
    Load(usize, Ordering),
    Add(usize, u64, Ordering),
    Swap(usize, u64, Ordering),
    Exchange(usize, [u64; 2], [Ordering; 2]),
    WeakExchange(usize, [u64; 2], [Ordering; 2]),
    Fence(Ordering),
    Lock,
    Unlock,
}

fn parse(text: &str) -> Step {
    let word = |name: &str| {
        ["x", "y", "z"]
            .iter()
            .position(|it| *it == name)
            .expect("a word")
    };
    let number = |text: &str| text.parse().expect("a number");
    let order = |name: &str| match name {
        "rlx" => Relaxed,
        "acq" => Acquire,
        "rel" => Release,
        "acqrel" => AcqRel,
        "sc" => SeqCst,
        _ => panic!("{name} is no ordering"),
    };
    let parts: Vec<&str> = text.split_whitespace().collect();
    match parts[..] {
        ["lock"] => Step::Lock,
        ["unlock"] => Step::Unlock,
        ["fence", of] => Step::Fence(order(of)),
        [of, by] => Step::Load(word(of), order(by)),
        [of, "=", value, by] => Step::Store(word(of), number(value), order(by)),
        [of, "+", value, by] => Step::Add(word(of), number(value), order(by)),
        [of, "swap", value, by] => Step::Swap(word(of), number(value), order(by)),
        [of, how @ ("cas" | "weak"), current, new, success, failure] => {
            let values = [number(current), number(new)];
            let orders = [order(success), order(failure)];
            match how {
                "cas" => Step::Exchange(word(of), values, orders),
                _ => Step::WeakExchange(word(of), values, orders),
            }
        }
        _ => panic!("`{text}` is no access"),
    }
}

impl Step {
    /// Whether it finds a value.
    fn finds(&self) -> bool {
        !matches!(
            self,
            Self::Store(..) | Self::Fence(_) | Self::Lock | Self::Unlock
        )
    }
}

/// What the threads of a program share.
pub(crate) struct Shared<M: Memory> {
    memory: M,
    words: [M::Word; 3],
    lock: M::Lock,
}

impl<M: Memory> Shared<M> {
    /// In a memory, all words 0.
    pub(crate) fn new(memory: &M) -> Self {
        Self {
            memory: memory.clone(),
            words: ["x", "y", "z"].map(|name| memory.word(format_args!("{name}"), 0)),
            lock: memory.lock(format_args!("lock")),
        }
    }

    /// Performs steps, and returns what they found, as the digits of a number.
    pub(crate) fn perform(&self, steps: &[Step], mut found: u64) -> u64 {
        let mut steps = steps.iter();
        while let Some(step) = steps.next() {
            let either = |result: Result<u64, u64>| result.unwrap_or_else(|found| found);
            let value = match *step {
                Step::Store(at, value, order) => {
                    self.words[at].store(value, order);
                    continue;
                }
                Step::Fence(order) => {
                    self.memory.fence(order);
                    continue;
                }
                Step::Lock => {
                    let inner = steps.as_slice();
                    let end = inner.iter().position(|it| matches!(it, Step::Unlock));
                    let end = end.expect("it is unlocked");
                    found = self.lock.hold(|| self.perform(&inner[..end], found));
                    steps = inner[end + 1..].iter();
                    continue;
                }
                Step::Unlock => unreachable!("a lock ends where it begins"),
                Step::Load(at, order) => self.words[at].load(order),
                Step::Add(at, value, order) => self.words[at].fetch_add(value, order),
                Step::Swap(at, value, order) => self.words[at].swap(value, order),
                Step::Exchange(at, [current, new], [success, failure]) => {
                    either(self.words[at].compare_exchange(current, new, success, failure))
                }
                Step::WeakExchange(at, [current, new], [success, failure]) => {
                    either(self.words[at].compare_exchange_weak(current, new, success, failure))
                }
            };
            found = 10 * found + value;
        }
        found
    }
}

/// What the threads of a program return together.
pub(crate) fn run(memory: MemoryModel, program: &str) -> Result<BTreeSet<String>, Inconclusive> {
    let threads: Vec<Vec<Step>> = program
        .split('|')
        .map(|thread| thread.split(';').map(parse).collect())
        .collect();
    let found = outcomes(memory, |memory| {
        let shared = Arc::new(Shared::new(memory));
        let thread = |steps: &Vec<Step>| {
            let (shared, steps) = (Arc::clone(&shared), steps.clone());
            Box::new(move || shared.perform(&steps, 0)) as Thread
        };
        threads.iter().map(thread).collect()
    })?;
    let digits = |outcome: Vec<u64>| {
        let finding = threads.iter().zip(outcome).filter_map(|(steps, found)| {
            let width = steps.iter().filter(|step| step.finds()).count();
            (width > 0).then(|| format!("{found:0width$}"))
        });
        finding.collect::<Vec<_>>().join(",")
    };
    Ok(found.into_iter().map(digits).collect())
}
