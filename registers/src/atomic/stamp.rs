//! A value with a number, in one word of a register below.
//!
//! The word is `number x VALUES + value`. How many numbers there are depends on what the register below holds, and on
//! how many values are to be told apart. Whoever has used up the last number goes on with it.

/// Values below `VALUES`, with numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamped<const VALUES: u64> {
    pub(super) number: u64,
    pub(super) value: u64,
}

impl<const VALUES: u64> Stamped<VALUES> {
    /// The first one, with number 0.
    pub(super) const fn initial(value: u64) -> Self {
        Self { number: 0, value }
    }

    pub(super) const fn of(word: u64) -> Self {
        Self {
            number: word / VALUES,
            value: word % VALUES,
        }
    }

    pub(super) const fn word(self) -> u64 {
        self.number * VALUES + self.value
    }
}

/// The last number for which a register that holds numbers below `below` has room, beside one of so many values.
pub(super) const fn last_number(below: Option<u64>, values: u64) -> u64 {
    let largest = match below {
        Some(below) => below - 1,
        None => u64::MAX,
    };
    assert!(
        largest >= values - 1,
        "the register below holds fewer values than are to be stored in it"
    );
    (largest - (values - 1)) / values
}

/// The number after this one, or the last one again.
pub(super) fn next(number: u64, last: u64) -> u64 {
    last.min(number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_fits_and_the_next_would_not() {
        for below in [6, 7, 8, 9] {
            let last = last_number(Some(below), 3);
            let word = |number| Stamped::<3> { number, value: 2 }.word();
            assert!(word(last) < below && word(last + 1) >= below);
        }
        assert_eq!(last_number(Some(2), 2), 0);
        assert_eq!(last_number(None, 1 << 32), (1 << 32) - 1);
    }

    #[test]
    fn a_word_is_a_number_and_a_value() {
        let stamped = Stamped::<10>::of(42);
        assert_eq!((stamped.number, stamped.value), (4, 2));
        assert_eq!(stamped.word(), 42);
    }
}
