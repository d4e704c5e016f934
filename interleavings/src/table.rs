//! Equal states are one state: a table of words of 16 bits, in which each is kept once and has a number.
//!
//! The states lie one after the other in one vector; the table proper holds their numbers, each with a part of the hash,
//! by open addressing with linear probing. A state costs its own words and some 30 bytes more, and no allocation.

use std::hash::Hasher;

use crate::mixer::Mixer;

/// Distinct states, numbered from 0 in the order in which they were first met.
#[derive(Debug)]
pub struct Table {
    words: Vec<u16>,
    /// Where each state ends.
    ends: Vec<usize>,
    /// A power of two of them.
    slots: Vec<Slot>,
}

/// The number of a state, or that of none, and the upper half of its hash, which tells most states apart.
#[derive(Clone, Copy, Debug)]
struct Slot {
    number: u32,
    tag: u32,
}

const FREE: Slot = Slot {
    number: u32::MAX,
    tag: 0,
};

impl Slot {
    fn is_free(self) -> bool {
        self.number == FREE.number
    }
}

impl Default for Table {
    fn default() -> Self {
        Self {
            words: Vec::new(),
            ends: Vec::new(),
            slots: vec![FREE; 1024],
        }
    }
}

impl Table {
    /// How many states there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many bytes they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.words.len() * 2 + self.ends.len() * 8 + self.slots.len() * size_of::<Slot>()
    }

    /// The state with this number.
    #[inline]
    #[must_use]
    pub fn get(&self, number: u32) -> &[u16] {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.words[start..self.ends[number]]
    }

    /// The number of a state, which is kept if it is new.
    pub fn number(&mut self, state: &[u16]) -> u32 {
        let mask = self.slots.len() - 1;
        let hash = hash(state);
        let tag = (hash >> 32) as u32;
        let mut at = hash as usize & mask;
        while !self.slots[at].is_free() {
            let slot = self.slots[at];
            if slot.tag == tag && self.get(slot.number) == state {
                return slot.number;
            }
            at = (at + 1) & mask;
        }
        let number = self.len() as u32;
        self.slots[at] = Slot { number, tag };
        self.words.extend_from_slice(state);
        self.ends.push(self.words.len());
        if self.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let mask = 2 * self.slots.len() - 1;
        let mut slots = vec![FREE; mask + 1];
        for number in 0..self.len() as u32 {
            let hash = hash(self.get(number));
            let mut at = hash as usize & mask;
            while !slots[at].is_free() {
                at = (at + 1) & mask;
            }
            let tag = (hash >> 32) as u32;
            slots[at] = Slot { number, tag };
        }
        self.slots = slots;
    }
}

/// Four words at a time.
fn hash(state: &[u16]) -> u64 {
    let mut mixed = Mixer::starting_from(state.len() as u64);
    for four in state.chunks(4) {
        let word = four
            .iter()
            .fold(0, |word, &part| word << 16 | u64::from(part));
        mixed.write_u64(word);
    }
    mixed.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_kept_once_and_found_again() {
        let mut table = Table::default();
        let state = |n: u16| vec![n, 0, 7, n / 3, n % 5];
        for n in 0..5_000 {
            assert_eq!(table.number(&state(n)), u32::from(n));
        }
        for n in (0..5_000).rev() {
            assert_eq!(table.number(&state(n)), u32::from(n));
            assert_eq!(table.get(u32::from(n)), state(n));
        }
        assert_eq!(table.len(), 5_000);
    }

    #[test]
    fn states_of_different_lengths_differ() {
        let mut table = Table::default();
        assert_ne!(table.number(&[0, 0]), table.number(&[0, 0, 0]));
    }
}
