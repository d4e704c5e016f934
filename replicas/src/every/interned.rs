//! Equal things are one thing, and have a number.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash};

use interleavings::mixer::Mixer;

/// A map that hashes by multiplying and turning: quick, and nobody chooses the keys.
pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;

/// Distinct things, numbered from 0 in the order in which they were first met.
#[derive(Debug)]
pub(crate) struct Interned<T> {
    all: Vec<T>,
    numbers: Map<T, u32>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            numbers: Map::default(),
        }
    }
}

impl<T: Clone + Eq + Hash> Interned<T> {
    /// The number of a thing, which is kept if it is new.
    pub(crate) fn number(&mut self, thing: T) -> u32 {
        if let Some(&number) = self.numbers.get(&thing) {
            return number;
        }
        let number = self.all.len() as u32;
        self.all.push(thing.clone());
        self.numbers.insert(thing, number);
        number
    }

    /// All things, in the order of their numbers.
    pub(crate) fn all(&self) -> &[T] {
        &self.all
    }

    /// The same, as its own.
    pub(crate) fn into_all(self) -> Vec<T> {
        self.all
    }

    /// The thing with this number.
    pub(crate) fn get(&self, number: u32) -> &T {
        &self.all[number as usize]
    }
}
