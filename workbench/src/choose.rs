//! Which register to take: what each holds in memory, what an operation alone costs, and which of them do what is asked.

use registers::catalogue::{NotBuiltIn, Register};
use registers::cost::{Cost, cost};
use registers::worlds::counted::Accesses;
use registers::{Arity, Class, Sizes};
use serde::Serialize;

/// What a register is made of, counted in memory that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Footprint {
    /// How many words the value has.
    pub value: usize,
    /// How many words of 8 bytes the register has, for one writer and one reader.
    pub words: u64,
    /// How many more it has for each further reader.
    pub per_reader: u64,
    /// How many more it has for each further writer.
    pub per_writer: u64,
    /// The most loads of a read that nobody disturbs.
    pub read_loads: u64,
    /// The most stores of a read that nobody disturbs.
    pub read_stores: u64,
    /// The most loads of a write that nobody disturbs.
    pub write_loads: u64,
    /// The most stores of a write that nobody disturbs.
    pub write_stores: u64,
    /// The small variant that was counted, if what programs use has more of something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub small: Option<&'static str>,
}

impl Footprint {
    /// Counts a register for a value of this many words.
    ///
    /// # Errors
    ///
    /// If it is not built in with so many words.
    pub fn of(register: Register, words: usize) -> Result<Self, NotBuiltIn> {
        let subject = register.subject(words)?;
        let claims = register.claims();
        let counted = |writers, readers| -> Cost {
            let small = claims.below.unwrap_or(u64::MAX).min(1 << 16);
            let values = (1..=6).map(|value| value % small);
            cost(&subject, Sizes { writers, readers }, values)
        };
        let one = counted(1, 1);
        let more = |arity, with_one_more: &dyn Fn() -> Cost| match arity {
            Arity::One => 0,
            Arity::Many => with_one_more().words - one.words,
        };
        let Accesses { loads, stores } = one.read;
        Ok(Self {
            value: words,
            words: one.words,
            per_reader: more(claims.readers, &|| counted(1, 2)),
            per_writer: more(claims.writers, &|| counted(2, 1)),
            read_loads: loads,
            read_stores: stores,
            write_loads: one.write.loads,
            write_stores: one.write.stores,
            small: register.explored_with(),
        })
    }

    /// How many words it has in all, for so many writers and readers.
    #[must_use]
    pub fn words_for(&self, sizes: Sizes) -> u64 {
        let more = |number: usize| number.saturating_sub(1) as u64;
        self.words + self.per_writer * more(sizes.writers) + self.per_reader * more(sizes.readers)
    }

    /// How many accesses a read and a write take together, if nobody disturbs them.
    #[must_use]
    pub fn accesses(&self) -> u64 {
        self.read_loads + self.read_stores + self.write_loads + self.write_stores
    }
}

/// What a register has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// At least this class.
    pub class: Class,
    /// For how many.
    pub sizes: Sizes,
    /// For a value of how many words.
    pub words: usize,
    /// Whether reads may wait for nobody.
    pub wait_free_reads: bool,
    /// Whether writes may wait for nobody.
    pub wait_free_writes: bool,
    /// How many words of memory it may take, if that matters.
    pub memory: Option<u64>,
    /// How many accesses a read and a write may take together, if that matters.
    pub accesses: Option<u64>,
}

/// A register that does what is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Which.
    pub register: Register,
    /// What it is made of.
    pub footprint: Footprint,
    /// How many words of memory it takes for those who use it.
    pub memory: u64,
}

impl Wanted {
    /// The registers that do all of it and are what they claim, those with the fewest accesses first.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let all = Register::ALL.iter();
        let mut choices: Vec<Choice> = all.filter_map(|&it| self.choice(it)).collect();
        choices.sort_by_key(|choice| (choice.footprint.accesses(), choice.memory));
        choices
    }

    fn choice(&self, register: Register) -> Option<Choice> {
        let claims = register.claims();
        let enough = |arity, number| arity == Arity::Many || number == 1;
        let waits = |wait_free: bool, progress: String| wait_free && progress != "wait-free";
        // A value of many words is counted as the widest that is studied, and grows in proportion.
        let widths = register.widths();
        let fits = widths.contains(&self.words) || widths.len() > 1;
        let is_whole = claims.below.is_none_or(|below| below > u64::from(u32::MAX));
        if !fits
            || !is_whole
            || claims.class < self.class
            || !enough(claims.writers, self.sizes.writers)
            || !enough(claims.readers, self.sizes.readers)
            || waits(self.wait_free_reads, claims.progress.read.to_string())
            || waits(self.wait_free_writes, claims.progress.write.to_string())
        {
            return None;
        }
        let footprint = Footprint::for_width(register, self.words)?;
        let memory = footprint.words_for(self.sizes);
        let within = |most: Option<u64>, is: u64| most.is_none_or(|most| is <= most);
        (within(self.memory, memory) && within(self.accesses, footprint.accesses())).then_some(
            Choice {
                register,
                footprint,
                memory,
            },
        )
    }
}

impl Footprint {
    /// Of any width: between two widths that are counted every count is a straight line.
    fn for_width(register: Register, words: usize) -> Option<Self> {
        if register.widths().contains(&words) {
            return Self::of(register, words).ok();
        }
        let [two, three] = [2, 3].map(|words| Self::of(register, words).ok());
        let (two, three) = (two?, three?);
        let further = words.checked_sub(3)? as u64;
        let line = |of: fn(&Self) -> u64| of(&three) + (of(&three) - of(&two)) * further;
        Some(Self {
            value: words,
            words: line(|it| it.words),
            per_reader: line(|it| it.per_reader),
            per_writer: line(|it| it.per_writer),
            read_loads: line(|it| it.read_loads),
            read_stores: line(|it| it.read_stores),
            write_loads: line(|it| it.write_loads),
            write_stores: line(|it| it.write_stores),
            small: three.small,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_lock_has_its_words_and_a_number() {
        let footprint = Footprint::of(Register::SequenceLock, 2).unwrap();
        assert_eq!((footprint.words, footprint.per_reader), (3, 0));
        assert_eq!((footprint.read_loads, footprint.write_stores), (4, 4));
    }

    #[test]
    fn counts_are_straight_lines_in_the_number_of_words() {
        for &register in Register::ALL {
            if !register.widths().contains(&8) {
                continue;
            }
            let counted = Footprint::of(register, 8).unwrap();
            let [two, three] = [2, 3].map(|words| Footprint::of(register, words).unwrap());
            assert_eq!(
                counted.words,
                three.words + 5 * (three.words - two.words),
                "{register}"
            );
            let accesses = three.accesses() + 5 * (three.accesses() - two.accesses());
            assert_eq!(counted.accesses(), accesses, "{register}");
        }
    }

    #[test]
    fn every_choice_does_what_is_wanted() {
        let wanted = Wanted {
            class: Class::Atomic,
            sizes: Sizes {
                writers: 1,
                readers: 3,
            },
            words: 16,
            wait_free_reads: true,
            wait_free_writes: true,
            memory: None,
            accesses: None,
        };
        let names = |wanted: Wanted| -> Vec<&str> {
            wanted
                .choices()
                .iter()
                .map(|it| it.register.name())
                .collect()
        };
        let mut found = names(wanted);
        found.sort_unstable();
        assert_eq!(found, ["arc", "pinned-slots"]);
        let single = Wanted { words: 1, ..wanted };
        assert_eq!(names(single)[0], "one-word");
        let too_little = Wanted {
            memory: Some(16),
            ..wanted
        };
        assert!(names(too_little).is_empty());
    }
}
