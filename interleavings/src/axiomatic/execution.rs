//! An execution: the events, where each read took its value, and in which order each word was written.
//!
//! An execution says *what* happened and nothing about when. It consists of
//!
//! * **events**, one for each instruction that a thread performed and one for the initial value of each word;
//! * **sb**, sequenced before: the program order of each thread, and the initial values before everything;
//! * **rf**, reads-from: from a write to each read that returned its value;
//! * **mo**, modification order: the order in which each word was written, the initial value first.
//!
//! A read-modify-write is one event, which reads and writes; an exchange that fails only reads. What a model calls
//! *reads-before*, **rb**, follows: from a read to each write after the one that it read from.

use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

use super::relation::{Relation, Set, one};
use crate::litmus::{Instruction, Outcome};

/// What an event did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Gave a word its initial value.
    Initial,
    /// Read.
    Load,
    /// Wrote.
    Store,
    /// Read and wrote at once.
    Update,
    /// Read, and did not write because it found another value: an exchange that failed.
    Failed,
    /// Ordered others.
    Fence,
}

/// Something that happened in an execution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    /// Which thread did it; none the initial values.
    pub(crate) thread: Option<usize>,
    pub(crate) kind: Kind,
    /// The word; a fence has none.
    pub(crate) word: Option<usize>,
    /// Its effective ordering: that of its failure, if it failed.
    pub(crate) order: Ordering,
    /// What it read, if it reads.
    pub(crate) read: Option<u64>,
    /// What it wrote, if it writes.
    pub(crate) wrote: Option<u64>,
}

impl Event {
    fn initial(word: usize) -> Self {
        Self {
            thread: None,
            kind: Kind::Initial,
            word: Some(word),
            order: Relaxed,
            read: None,
            wrote: Some(0),
        }
    }

    /// What `thread` does with this instruction, if it reads `value`; one that does not read ignores it.
    pub(crate) fn new(thread: usize, instruction: Instruction, value: u64) -> Self {
        let (kind, order, read, wrote) = match instruction {
            Instruction::Load { order, .. } => (Kind::Load, order, Some(value), None),
            Instruction::Store { value, order, .. } => (Kind::Store, order, None, Some(value)),
            Instruction::Update {
                update,
                order,
                failure,
                ..
            } => match update.of(value) {
                Some(new) => (Kind::Update, order, Some(value), Some(new)),
                None => (Kind::Failed, failure, Some(value), None),
            },
            Instruction::Fence(order) => (Kind::Fence, order, None, None),
        };
        Self {
            thread: Some(thread),
            kind,
            word: instruction.word(),
            order,
            read,
            wrote,
        }
    }
}

/// The events so far, and how the reads and writes among them are related.
#[derive(Clone, Debug)]
pub(crate) struct Execution {
    /// The initial values first, then the events of the threads; those of one thread in program order.
    pub(crate) events: Vec<Event>,
    /// For each event that reads, the write that it read from.
    pub(crate) sources: Vec<Option<usize>>,
    /// For each word, its writes in modification order.
    pub(crate) modifications: Vec<Vec<usize>>,
}

impl Execution {
    /// The initial values of so many words.
    pub(crate) fn new(words: usize) -> Self {
        Self {
            events: (0..words).map(Event::initial).collect(),
            sources: vec![None; words],
            modifications: (0..words).map(|word| vec![word]).collect(),
        }
    }

    /// The events that `belongs` picks.
    pub(crate) fn set(&self, belongs: impl Fn(&Event) -> bool) -> Set {
        let events = self.events.iter().enumerate();
        let events = events.filter(|(_, event)| belongs(event));
        events.fold(0, |set, (at, _)| set | one(at))
    }

    /// All that read.
    pub(crate) fn reads(&self) -> Set {
        self.set(|event| event.read.is_some())
    }

    /// All that write, the initial values among them.
    pub(crate) fn writes(&self) -> Set {
        self.set(|event| event.wrote.is_some())
    }

    /// All of one kind.
    pub(crate) fn kind(&self, kind: Kind) -> Set {
        self.set(|event| event.kind == kind)
    }

    /// All that are Release or stronger; whether that means anything depends on what they are.
    pub(crate) fn releasing(&self) -> Set {
        self.set(|event| matches!(event.order, Release | AcqRel | SeqCst))
    }

    /// All that are Acquire or stronger; whether that means anything depends on what they are.
    pub(crate) fn acquiring(&self) -> Set {
        self.set(|event| matches!(event.order, Acquire | AcqRel | SeqCst))
    }

    /// All that are SeqCst.
    pub(crate) fn seq_cst(&self) -> Set {
        self.set(|event| event.order == SeqCst)
    }

    /// Sequenced before: each thread in program order, and the initial values before all threads.
    pub(crate) fn sb(&self) -> Relation {
        let mut sb = Relation::empty(self.events.len());
        for (at, event) in self.events.iter().enumerate() {
            let before = self.events[..at].iter().enumerate();
            let before = before.filter(|(_, earlier)| match earlier.thread {
                None => event.thread.is_some(),
                some => some == event.thread,
            });
            before.for_each(|(earlier, _)| sb.add(earlier, one(at)));
        }
        sb
    }

    /// Reads-from.
    pub(crate) fn rf(&self) -> Relation {
        let mut rf = Relation::empty(self.events.len());
        for (read, source) in self.sources.iter().enumerate() {
            source.iter().for_each(|&write| rf.add(write, one(read)));
        }
        rf
    }

    /// Modification order.
    pub(crate) fn mo(&self) -> Relation {
        let mut mo = Relation::empty(self.events.len());
        for writes in &self.modifications {
            let mut later = 0;
            for &write in writes.iter().rev() {
                mo.add(write, later);
                later |= one(write);
            }
        }
        mo
    }

    /// Pairs that access the same word.
    pub(crate) fn same_word(&self) -> Relation {
        let mut same = Relation::empty(self.events.len());
        for (at, event) in self.events.iter().enumerate() {
            if event.word.is_some() {
                same.add(at, self.set(|other| other.word == event.word));
            }
        }
        same
    }

    /// What each thread has read and what each word holds in the end.
    pub(crate) fn outcome(&self, threads: usize) -> Outcome {
        let of = |thread| {
            let events = self.events.iter();
            let events = events.filter(|event| event.thread == Some(thread));
            events.filter_map(|event| event.read).collect()
        };
        let last = |writes: &Vec<usize>| {
            let write = writes.last().expect("every word has its initial value");
            self.events[*write].wrote.expect("a write")
        };
        Outcome {
            read: (0..threads).map(of).collect(),
            last: self.modifications.iter().map(last).collect(),
        }
    }
}

/// The relations that the axioms of every model are about.
pub(crate) struct Relations {
    pub(crate) sb: Relation,
    pub(crate) rf: Relation,
    pub(crate) mo: Relation,
    pub(crate) rb: Relation,
}

impl Execution {
    /// These relations, of this execution.
    pub(crate) fn relations(&self) -> Relations {
        let (sb, rf, mo) = (self.sb(), self.rf(), self.mo());
        // An update reads before its own write, but that makes no pair.
        let same = Relation::identity(self.events.len(), Set::MAX);
        let rb = &rf.inverse().then(&mo) - &same;
        Relations { sb, rf, mo, rb }
    }
}

/// Whether each update writes immediately after the write that it read from, in modification order.
pub(crate) fn updates_are_atomic(execution: &Execution, r: &Relations) -> bool {
    let updates = execution.kind(Kind::Update);
    let nothing_between = r.rb.then(&r.mo).from(updates).is_irreflexive();
    let after_its_source = (&r.rf.to(updates) - &r.mo).is_empty();
    nothing_between && after_its_source
}
