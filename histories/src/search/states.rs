//! A set of states, each a fixed number of words, for searches that meet millions of them.
//!
//! All states lie one behind the other in one array, and a table of their numbers is searched from where the hash says
//! (open addressing). Nothing is allocated for a state of its own.

/// States that have been met.
#[derive(Debug)]
pub(crate) struct States {
    /// Words of each state.
    stride: usize,
    states: Vec<u64>,
    /// One more than the number of a state, or 0.
    table: Vec<u32>,
}

impl States {
    /// None yet, of so many words each.
    pub(crate) fn new(stride: usize) -> Self {
        Self {
            stride,
            states: Vec::new(),
            table: vec![0; 64],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.states.len() / self.stride
    }

    /// How much memory they take, or will once there is room for more.
    pub(crate) fn bytes(&self) -> usize {
        8 * self.states.capacity() + 4 * self.table.len()
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        if !self.states.is_empty() {
            self.states.clear();
            self.table.fill(0);
        }
    }

    /// Whether a state has been added.
    pub(crate) fn contains(&self, state: &[u64]) -> bool {
        let mask = self.table.len() - 1;
        let mut at = hash(state) as usize & mask;
        while let Some(nth) = (self.table[at] as usize).checked_sub(1) {
            if self.states[nth * self.stride..][..self.stride] == *state {
                return true;
            }
            at = (at + 1) & mask;
        }
        false
    }

    /// Adds a state; whether it is a new one.
    pub(crate) fn insert(&mut self, state: &[u64]) -> bool {
        debug_assert_eq!(state.len(), self.stride);
        if 4 * (self.len() + 1) > 3 * self.table.len() {
            self.grow();
        }
        let mask = self.table.len() - 1;
        let mut at = hash(state) as usize & mask;
        while let Some(nth) = (self.table[at] as usize).checked_sub(1) {
            if self.states[nth * self.stride..][..self.stride] == *state {
                return false;
            }
            at = (at + 1) & mask;
        }
        self.states.extend_from_slice(state);
        self.table[at] = self.len() as u32;
        true
    }

    fn grow(&mut self) {
        let size = 2 * self.table.len();
        self.table.clear();
        self.table.resize(size, 0);
        for (state, number) in self.states.chunks_exact(self.stride).zip(1..) {
            let mut at = hash(state) as usize & (size - 1);
            while self.table[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.table[at] = number;
        }
    }
}

/// Mixes the words of a state. States are the search's own, not of an attacker's choice.
fn hash(state: &[u64]) -> u64 {
    let mut hash = 0_u64;
    for &word in state {
        // The constant of Fibonacci hashing: 2^64 divided by the golden ratio.
        let product = u128::from(hash ^ word ^ 0x2545_f491_4f6c_dd1d) * 0x9e37_79b9_7f4a_7c15;
        hash = (product >> 64) as u64 ^ product as u64;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_is_new_once() {
        let mut states = States::new(2);
        for round in 0..2 {
            for state in 0..10_000 {
                assert_eq!(states.insert(&[state / 100, state % 100]), round == 0);
            }
        }
        assert_eq!(states.len(), 10_000);
        states.clear();
        assert!(states.insert(&[0, 0]));
    }
}
