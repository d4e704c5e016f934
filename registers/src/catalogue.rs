//! The registers by name.

use crate::{Class, Construction, Hardware, Memory, atomic, regular, safe};

/// A register of this crate, chosen at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Register {
    /// [`safe::WordByWord`]
    WordByWord,
    /// [`regular::TwoCopies`]
    TwoCopies,
    /// [`atomic::SequenceLock`]
    SequenceLock,
    /// [`atomic::Locked`]
    Locked,
}

/// Something that can be done with any register, on memory `M`, with `N` words.
pub trait Use<M: Memory, const N: usize> {
    /// What comes out.
    type Output;
    /// Does it.
    fn of<C: Construction<M, N> + 'static>(self) -> Self::Output;
}

/// What a register says of itself.
#[derive(Clone, Copy, Debug)]
struct Claims {
    name: &'static str,
    class: Class,
}

impl Register {
    /// All of them, weakest first.
    pub const ALL: [Self; 4] = [
        Self::WordByWord,
        Self::TwoCopies,
        Self::SequenceLock,
        Self::Locked,
    ];

    /// One for each class: the registers of the story.
    pub const LADDER: [Self; 3] = [Self::WordByWord, Self::TwoCopies, Self::SequenceLock];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.claims().name
    }

    /// The strongest class that it claims.
    pub fn class(self) -> Class {
        self.claims().class
    }

    /// The register with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|register| register.name() == name)
    }

    /// Does something with this register.
    pub fn apply<M: Memory, const N: usize, U: Use<M, N>>(self, what: U) -> U::Output {
        match self {
            Self::WordByWord => what.of::<safe::WordByWord>(),
            Self::TwoCopies => what.of::<regular::TwoCopies>(),
            Self::SequenceLock => what.of::<atomic::SequenceLock>(),
            Self::Locked => what.of::<atomic::Locked>(),
        }
    }

    fn claims(self) -> Claims {
        struct Ask;
        impl Use<Hardware, 1> for Ask {
            type Output = Claims;
            fn of<C: Construction<Hardware, 1>>(self) -> Claims {
                Claims {
                    name: C::NAME,
                    class: C::CLASS,
                }
            }
        }
        self.apply(Ask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for register in Register::ALL {
            assert_eq!(Register::named(register.name()), Some(register));
        }
    }

    #[test]
    fn the_ladder_has_a_register_for_each_class() {
        let classes = Register::LADDER.map(Register::class);
        assert_eq!(classes, [Class::Safe, Class::Regular, Class::Atomic]);
    }
}
