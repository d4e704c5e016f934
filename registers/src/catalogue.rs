//! The registers by name.
//!
//! A register is one line in the list at the end of this file. With it the register has a name on the command line, is
//! explored, stormed, staged, replayed and benchmarked.

use std::fmt;

use crate::subject::{Claims, Subject};
use crate::{Construction, Hardware, atomic, regular, safe};

/// Something that can be done with any register at full speed, compiled for each.
pub trait Use {
    /// What comes out.
    type Output;
    /// Does it.
    fn of<C: Construction<Hardware, N>, const N: usize>(self) -> Self::Output;
}

/// The register has no such number of words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{register} is not built in with {words} words: choose {}",
    one_of(built_in)
)]
pub struct NoSuchWidth {
    /// The name of the register.
    pub register: &'static str,
    /// How many words were asked for.
    pub words: usize,
    /// How many it may have.
    pub built_in: &'static [usize],
}

/// `1, 2 or 3`
fn one_of(numbers: &[usize]) -> String {
    let texts: Vec<String> = numbers.iter().map(usize::to_string).collect();
    match texts.as_slice() {
        [front @ .., last] if !front.is_empty() => format!("{} or {last}", front.join(", ")),
        _ => texts.concat(),
    }
}

impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Register {
    /// One for each class: the registers of the story.
    pub const LADDER: [Self; 3] = [Self::WordByWord, Self::TwoCopies, Self::SequenceLock];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.claims().name
    }

    /// The strongest class that it claims.
    pub fn class(self) -> crate::Class {
        self.claims().class
    }

    /// How many words it has where nobody says how many: two, or one if it can have no more.
    pub fn usual_width(self) -> usize {
        let two = self.widths().iter().find(|&&words| words == 2);
        *two.unwrap_or(&self.widths()[0])
    }

    /// The register with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|register| register.name() == name)
    }
}

macro_rules! catalogue {
    ($(
        $(#[$doc:meta])*
        $register:ident = $path:ty, studied: [$first:literal $(, $studied:literal)*], stormed: [$($stormed:literal),+];
    )+) => {
        /// A register of this crate, chosen at run time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Register {
            $(
                $(#[$doc])*
                #[doc = concat!("[`", stringify!($path), "`]")]
                $register,
            )+
        }

        impl Register {
            /// All of them, in reading order.
            pub const ALL: [Self; [$(Self::$register),+].len()] = [$(Self::$register),+];

            /// What it says of itself.
            pub fn claims(self) -> Claims {
                match self {
                    $(Self::$register => Claims::of::<Hardware, $path, $first>(),)+
                }
            }

            /// How many words it may have in the worlds that study it.
            pub fn widths(self) -> &'static [usize] {
                match self {
                    $(Self::$register => &[$first $(, $studied)*],)+
                }
            }

            /// The register of this many words as a value, for the worlds that study it.
            ///
            /// # Errors
            ///
            /// If it is not built in with so many words.
            pub fn subject(self, words: usize) -> Result<Subject, NoSuchWidth> {
                match self {
                    $(Self::$register => match words {
                        $first => Ok(Subject::of::<$path, $first>()),
                        $($studied => Ok(Subject::of::<$path, $studied>()),)*
                        _ => Err(self.no_such_width(words, self.widths())),
                    })+
                }
            }

            /// Does something with the register of this many words, at full speed.
            ///
            /// # Errors
            ///
            /// If it is not built in with so many words.
            pub fn at_full_speed<U: Use>(self, words: usize, what: U) -> Result<U::Output, NoSuchWidth> {
                match self {
                    $(Self::$register => match words {
                        $($stormed => Ok(what.of::<$path, $stormed>()),)+
                        _ => Err(self.no_such_width(words, &[$($stormed),+])),
                    })+
                }
            }
        }
    };
}

impl Register {
    fn no_such_width(self, words: usize, built_in: &'static [usize]) -> NoSuchWidth {
        NoSuchWidth {
            register: self.name(),
            words,
            built_in,
        }
    }
}

catalogue! {
    WordByWord = safe::WordByWord, studied: [1, 2, 3, 8], stormed: [1, 2, 3, 8, 64, 512];
    TwoCopies = regular::TwoCopies, studied: [1, 2, 3, 8], stormed: [1, 2, 3, 8, 64, 512];
    SequenceLock = atomic::SequenceLock, studied: [1, 2, 3, 8], stormed: [1, 2, 3, 8, 64, 512];
    Locked = atomic::Locked, studied: [1, 2, 3, 8], stormed: [1, 2, 3, 8, 64, 512];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;

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

    #[test]
    fn a_width_that_is_not_built_in_is_refused_with_those_that_are() {
        let refused = Register::Locked.subject(5).unwrap_err().to_string();
        assert_eq!(
            refused,
            "locked is not built in with 5 words: choose 1, 2, 3 or 8"
        );
    }
}
