//! Strong regular, where values repeat or are compared and swapped: an order of the writes is searched, in which each
//! read by itself has a place.
//!
//! Writes are put in order one after the other. A write may come next if no write left precedes it, and no read left
//! either, since that one would have to be placed before it. A read is placed where its value is held, once all writes
//! that precede it are in order; that hinders nobody, so it happens as soon as it can. A state that was met before, the
//! same operations in order and the same value held, is not followed again. Deciding is NP-complete, but a state differs
//! from its neighbours only in what runs at one time.
//!
//! A pending write may be put in order or not: one whose value no read takes right away is not. A pending swap is judged
//! by nobody, so it is such a write. Of those that write the same value the one goes first that was invoked first.
//!
//! Compare-and-swaps of unknown outcome did swap, or did not: every combination is tried.

use crate::budget::{Budget, Limit, Meter};
use crate::events::{Events, Kind, NEVER};
use crate::found::Found;
use crate::search::states::States;

/// How many compare-and-swaps of unknown outcome are tried in all combinations.
const OPEN: usize = 20;

pub(crate) fn judge(events: &Events, budget: &Budget) -> Found {
    let tried = "every order of the writes of a register in which each read has a place";
    let meter = budget.meter();
    let open: Vec<usize> = events.indeterminate().collect();
    if open.len() > OPEN {
        meter.end(Limit::Method);
        return Found::gave_up(&meter, tried);
    }
    let mut decided = events.clone();
    for outcome in 0..1_u32 << open.len() {
        for (nth, &at) in open.iter().enumerate() {
            decided.kind[at] = match outcome >> nth & 1 {
                0 => Kind::Swap,
                _ => Kind::Refused,
            };
        }
        match Search::new(&decided).run(&meter) {
            Some(true) => return Found::Meets,
            Some(false) => {}
            None => return Found::gave_up(&meter, tried),
        }
    }
    Found::among(events.in_history(0..events.len()))
}

/// Up to so many operations a state has a bit for each. Of more, those far ahead of one that is not in order have none.
const SHORT: usize = 513;

/// An operation that completed.
#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: Kind,
    value: u32,
    /// What it writes.
    new: Option<u32>,
    invoked: u32,
    completed: u32,
}

/// The writes of one value that never completed, by their invocations.
#[derive(Debug)]
struct Class {
    new: u32,
    invoked: Vec<u32>,
}

/// A state is an array of words: the value held, and the number of the first operation that is not in order, in one
/// word; a bit for each operation from there on; and how many of each class are used.
struct Search {
    /// By their invocations.
    entries: Vec<Entry>,
    /// The first completion of a write, and of anything, among the entries from each on.
    first_write: Vec<u32>,
    first: Vec<u32>,
    classes: Vec<Class>,
    initial: u32,
    words: usize,
}

impl Search {
    fn new(events: &Events) -> Self {
        let mut order: Vec<usize> = (0..events.len()).collect();
        order.sort_unstable_by_key(|&at| events.invoked[at]);
        let mut entries: Vec<Entry> = Vec::new();
        let mut classes: Vec<Class> = Vec::new();
        for at in order {
            if events.is_pending(at) {
                let new = events.written(at).expect("a pending read is left out");
                let nth = classes.iter().position(|class| class.new == new);
                let nth = nth.unwrap_or_else(|| {
                    classes.push(Class {
                        new,
                        invoked: Vec::new(),
                    });
                    classes.len() - 1
                });
                classes[nth].invoked.push(events.invoked[at]);
                continue;
            }
            entries.push(Entry {
                kind: events.kind[at],
                value: events.value[at],
                new: events.written(at),
                invoked: events.invoked[at],
                completed: events.completed[at],
            });
        }
        // Only a value that somebody finds is worth a pending write.
        classes.retain(|class| {
            entries.iter().any(|entry| match entry.kind {
                Kind::Write => false,
                Kind::Refused => entry.value != class.new,
                _ => entry.value == class.new,
            })
        });
        let least = |of: &dyn Fn(&Entry) -> bool| {
            let mut least = vec![NEVER; entries.len() + 1];
            for (nth, entry) in entries.iter().enumerate().rev() {
                let own = if of(entry) { entry.completed } else { NEVER };
                least[nth] = least[nth + 1].min(own);
            }
            least
        };
        let first_write = least(&|entry| entry.new.is_some());
        let first = least(&|_| true);
        let span = match entries.len() {
            short @ 0..SHORT => short,
            _ => Self::span(&entries),
        };
        let words = span.div_ceil(64).max(1);
        Self {
            entries,
            first_write,
            first,
            classes,
            initial: events.initial[0],
            words,
        }
    }

    /// How many operations after one that is not in order may be, in all likelihood.
    fn span(entries: &[Entry]) -> usize {
        // While an operation is not in order, no write is that was invoked after it completed, and no read that was
        // invoked after the completion of a write that is not.
        let mut latest = Vec::with_capacity(entries.len());
        let mut end = 0;
        for entry in entries {
            end = end.max(if entry.new.is_some() {
                entry.completed
            } else {
                0
            });
            latest.push(end);
        }
        let begun = |event: u32| entries.partition_point(|entry| entry.invoked < event);
        let spans = (0..entries.len()).map(|nth| {
            let last = begun(entries[nth].completed).max(nth + 1);
            begun(latest[last - 1]).max(last) - nth
        });
        spans.max().unwrap_or(1) + 1
    }

    fn stride(&self) -> usize {
        1 + self.words + self.classes.len().div_ceil(4)
    }

    /// Whether there is an order.
    fn run(&self, meter: &Meter<'_>) -> Option<bool> {
        let stride = self.stride();
        let mut met = States::new(stride);
        let mut open = vec![0; stride];
        open[0] = u64::from(self.initial);
        let mut state = vec![0; stride];
        // Whether a read could have been placed that is too far ahead.
        let mut is_cut = false;
        while let Some(top) = open.len().checked_sub(stride) {
            state.copy_from_slice(&open[top..]);
            open.truncate(top);
            if !meter.spend(1) || !meter.allows(met.bytes() + 8 * open.len()) {
                return None;
            }
            is_cut |= self.place_reads(&mut state);
            if self.base(&state) == self.entries.len() {
                return Some(true);
            }
            if met.insert(&state) {
                self.push_next(&state, &mut open);
            }
        }
        if is_cut {
            meter.end(Limit::Method);
        }
        (!is_cut).then_some(false)
    }

    fn base(&self, state: &[u64]) -> usize {
        (state[0] >> 32) as usize
    }

    fn is_done(&self, state: &[u64], nth: usize) -> bool {
        let bit = nth - self.base(state);
        state[1 + bit / 64] >> (bit % 64) & 1 == 1
    }

    fn set_done(&self, state: &mut [u64], nth: usize) {
        let bit = nth - self.base(state);
        debug_assert!(
            bit < 64 * self.words,
            "operations are in order as far as the span reaches"
        );
        state[1 + bit / 64] |= 1 << (bit % 64);
    }

    /// The entries that are not in order, as far as others may be.
    fn left(&self, state: &[u64]) -> impl Iterator<Item = usize> {
        let base = self.base(state);
        let end = (base + 64 * self.words).min(self.entries.len());
        (base..end).filter(move |&nth| !self.is_done(state, nth))
    }

    /// The first completion of a write that is not in order, and of anything.
    fn first(&self, state: &[u64]) -> (u32, u32) {
        let end = (self.base(state) + 64 * self.words).min(self.entries.len());
        let beyond = (self.first_write[end], self.first[end]);
        self.left(state).fold(beyond, |(write, first), nth| {
            let entry = &self.entries[nth];
            let own = if entry.new.is_some() {
                entry.completed
            } else {
                NEVER
            };
            (write.min(own), first.min(entry.completed))
        })
    }

    fn finds(entry: &Entry, held: u32) -> bool {
        match entry.kind {
            Kind::Write => true,
            Kind::Refused => entry.value != held,
            _ => entry.value == held,
        }
    }

    /// Places all reads that can be, and begins behind what is in order. Whether one is too far ahead.
    fn place_reads(&self, state: &mut [u64]) -> bool {
        let (write, _) = self.first(state);
        let held = state[0] as u32;
        let end = (self.base(state) + 64 * self.words).min(self.entries.len());
        let beyond = self.entries.get(end);
        let is_cut = beyond.is_some_and(|entry| entry.invoked < write);
        let fit = |nth: &usize| {
            let entry = &self.entries[*nth];
            entry.new.is_none() && entry.invoked < write && Self::finds(entry, held)
        };
        let placed: Vec<usize> = self.left(state).filter(fit).collect();
        for nth in placed {
            self.set_done(state, nth);
        }
        let base = self.base(state);
        let next = self.left(state).next();
        let end = (base + 64 * self.words).min(self.entries.len());
        let moved = next.unwrap_or(end) - base;
        let shift = |state: &mut [u64], by: usize| {
            let (words, bits) = (by / 64, by % 64);
            for word in 0..self.words {
                let at = |word: usize| match word < self.words {
                    true => state[1 + word],
                    false => 0,
                };
                let (low, high) = (at(word + words), at(word + words + 1));
                state[1 + word] = match bits {
                    0 => low,
                    _ => low >> bits | high << (64 - bits),
                };
            }
        };
        shift(&mut *state, moved);
        state[0] = (base + moved) as u64 * (1 << 32) + u64::from(held);
        is_cut
    }

    /// Adds the states in which one more write is in order, the one that has to complete first last.
    fn push_next(&self, state: &[u64], open: &mut Vec<u64>) {
        let (first_write, first) = self.first(state);
        let held = state[0] as u32;
        let hold = |next: &mut [u64], value: u32| {
            next[0] = next[0] >> 32 << 32 | u64::from(value);
        };
        for (nth, class) in self.classes.iter().enumerate() {
            let begun = class.invoked.partition_point(|&invoked| invoked < first);
            let (word, shift) = (1 + self.words + nth / 4, 16 * (nth % 4));
            let used = (state[word] >> shift & 0xffff) as usize;
            let is_found = |entry: &Entry| {
                let may_go = match entry.new {
                    None => entry.invoked < first_write,
                    Some(_) => entry.invoked < first,
                };
                may_go && entry.kind != Kind::Write && Self::finds(entry, class.new)
            };
            let mut left = self.left(state);
            if used < begun.min(0xffff)
                && class.new != held
                && left.any(|nth| is_found(&self.entries[nth]))
            {
                let at = open.len();
                open.extend_from_slice(state);
                open[at + word] += 1 << shift;
                hold(&mut open[at..], class.new);
            }
        }
        let may_go = |nth: &usize| {
            let entry = &self.entries[*nth];
            entry.new.is_some() && entry.invoked < first && Self::finds(entry, held)
        };
        let mut writes: Vec<usize> = self.left(state).filter(may_go).collect();
        writes.sort_unstable_by_key(|&nth| std::cmp::Reverse(self.entries[nth].completed));
        for nth in writes {
            let at = open.len();
            open.extend_from_slice(state);
            self.set_done(&mut open[at..], nth);
            if let Some(new) = self.entries[nth].new {
                hold(&mut open[at..], new);
            }
        }
    }
}
