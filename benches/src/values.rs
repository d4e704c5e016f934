//! What is written while it is measured, so that a value tells which write it is of and whether it is torn.
//!
//! Writes are numbered from 1. The first and the last word of a value hold its number, those between hold the number
//! modulo a power of two. So values are filled beforehand: a writer goes round a few of them and changes two words of
//! each, long before it is their turn again. Filling every word in front of every write would be measured with it, and
//! would stall vectorised copies, which load more than was just stored.
//!
//! A read mixed from values whose numbers differ by a multiple of that power is noticed by its first and last word, and
//! missed if those two are of the same write.

/// Words at the beginning of a cache line: a buffer that lies across lines costs twice.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Line<const N: usize>(pub [u64; N]);

/// How many values a writer goes round: a power of two, and 8 KiB at most.
const fn rounds<const N: usize>() -> u64 {
    match 1024 / N {
        0 | 1 => 2,
        many if many < 64 => many.next_power_of_two() as u64,
        _ => 64,
    }
}

/// The values that a writer writes.
#[derive(Debug)]
pub struct Values<const N: usize> {
    lines: Vec<Line<N>>,
    /// The number of the write that is next.
    next: u64,
}

impl<const N: usize> Default for Values<N> {
    fn default() -> Self {
        let line = |at| {
            let number = if at == 0 { rounds::<N>() } else { at };
            let mut line = Line([at; N]);
            stamp(&mut line, number);
            line
        };
        Self {
            lines: (0..rounds::<N>()).map(line).collect(),
            next: 1,
        }
    }
}

#[inline]
fn stamp<const N: usize>(Line(words): &mut Line<N>, number: u64) {
    words[0] = number;
    words[N - 1] = number;
}

impl<const N: usize> Values<N> {
    /// The next value to write.
    #[inline]
    #[must_use]
    pub fn line(&self) -> &Line<N> {
        &self.lines[(self.next % rounds::<N>()) as usize]
    }

    /// Notes that it has been written.
    #[inline]
    pub fn advance(&mut self) {
        let line = &mut self.lines[(self.next % rounds::<N>()) as usize];
        stamp(line, self.next + rounds::<N>());
        self.next += 1;
    }

    /// Takes them out, and leaves none: a loop that has them to itself counts in a machine register, and what is
    /// measured is the other register.
    #[must_use]
    pub fn take(&mut self) -> Self {
        Self {
            lines: std::mem::take(&mut self.lines),
            next: self.next,
        }
    }

    /// How many have been written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.next - 1
    }
}

/// Whether all words are of one value.
#[inline]
#[must_use]
pub fn is_whole<const N: usize>(words: &[u64; N]) -> bool {
    let number = words[0];
    let between = number % rounds::<N>();
    let middle = words.get(1..N - 1).unwrap_or_default();
    // Every word is looked at, so that the comparison can be vectorised.
    let strange = middle
        .iter()
        .fold(0, |strange, word| strange | (word ^ between));
    strange == 0 && words[N - 1] == number
}

/// What a reader makes of the values that it reads, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judge {
    /// Reads.
    pub reads: u64,
    /// Reads of a value newer than all before.
    pub fresh: u64,
    /// Reads whose words are of different values.
    pub torn: u64,
    /// Reads, not torn, of an older value than one before.
    pub inverted: u64,
    newest: u64,
}

impl Judge {
    /// Looks at a value. A torn one is as new as its first word.
    #[inline]
    pub fn look<const N: usize>(&mut self, words: &[u64; N]) {
        let number = words[0];
        let is_whole = is_whole(words);
        self.reads += 1;
        self.torn += u64::from(!is_whole);
        if number > self.newest {
            self.fresh += 1;
            self.newest = number;
        } else if number < self.newest && is_whole {
            self.inverted += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_values<const N: usize>(many: usize) -> Vec<[u64; N]> {
        let mut values = Values::default();
        let write = |_| {
            let value = values.line().0;
            values.advance();
            value
        };
        (0..many).map(write).collect()
    }

    fn all_tears_are_noticed<const N: usize>() {
        let written = first_values::<N>(200);
        for (value, number) in written.iter().zip(1..) {
            assert_eq!((value[0], is_whole(value)), (number, true));
        }
        for (older, newer) in [(0, 1), (3, 4), (0, 64), (7, 199)] {
            for at in 1..N {
                let mut torn = written[newer];
                torn[at..].copy_from_slice(&written[older][at..]);
                assert!(!is_whole(&torn), "{torn:?}");
            }
        }
    }

    #[test]
    fn whole_values_are_whole_and_torn_ones_are_not() {
        all_tears_are_noticed::<2>();
        all_tears_are_noticed::<8>();
        all_tears_are_noticed::<64>();
        all_tears_are_noticed::<512>();
        assert!(is_whole(&[7]));
        assert!(is_whole(&[0; 8]), "the initial value");
    }

    #[test]
    fn a_judge_counts_what_is_new_torn_and_older() {
        let values = first_values::<8>(3);
        let mut torn = values[1];
        torn[7] = 1;
        let mut judge = Judge::default();
        for value in [values[0], values[0], torn, values[1], values[0], values[2]] {
            judge.look(&value);
        }
        let Judge {
            reads,
            fresh,
            torn,
            inverted,
            ..
        } = judge;
        assert_eq!((reads, fresh, torn, inverted), (6, 3, 1, 1));
    }
}
