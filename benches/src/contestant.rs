//! Who takes part: every register of the catalogue, and a plain copy of the words.

use std::fmt;

use registers::catalogue::{NotBuiltIn, Register, Use};
use registers::{Arity, Class};
use serde::{Serialize, Serializer};

use crate::floor::Plain;

/// Somebody who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contestant {
    /// A register.
    Register(Register),
    /// The words copied as any words are, shared with nobody: see [`Plain`].
    Plain,
}

/// Where a contestant comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// No register: what copying costs.
    Floor,
    /// A register of this project.
    Ours,
    /// A register that looks right, and is not.
    Exhibit,
    /// A register that others wrote.
    Peer,
}

impl Contestant {
    /// The raw copy: relaxed words, one by one. All others are compared with it.
    pub const RAW: Self = Self::Register(Register::WordByWord);

    /// All of them, the raw copy first.
    pub fn everybody() -> impl Iterator<Item = Self> {
        let others = Register::everything()
            .map(Self::Register)
            .filter(|&it| it != Self::RAW);
        [Self::RAW, Self::Plain].into_iter().chain(others)
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::everybody().find(|contestant| contestant.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Register(register) => register.name(),
            Self::Plain => "plain-memcpy",
        }
    }

    /// Where it comes from.
    pub fn origin(self) -> Origin {
        match self {
            Self::Plain => Origin::Floor,
            Self::Register(register) if Register::EXHIBITS.contains(&register) => Origin::Exhibit,
            Self::Register(register) if Register::FOREIGN.contains(&register) => Origin::Peer,
            Self::Register(_) => Origin::Ours,
        }
    }

    /// The class that it has: none for what is no register.
    pub fn class(self) -> Option<Class> {
        match self {
            Self::Register(register) => register.truth(),
            Self::Plain => None,
        }
    }

    /// How many may read it while another one writes.
    pub fn most_readers(self) -> usize {
        match self {
            Self::Plain => 0,
            Self::Register(register) => match register.claims().readers {
                Arity::One => 1,
                Arity::Many => usize::MAX,
            },
        }
    }

    /// How many words it may have.
    pub fn widths(self) -> &'static [usize] {
        match self {
            Self::Plain => Plain::WIDTHS,
            Self::Register(register) => register.widths_at_full_speed(),
        }
    }

    /// Whether it holds any value of so many words: some hold small numbers only, which do not tell writes apart.
    pub fn holds(self, words: usize) -> bool {
        let any_number = match self {
            Self::Plain => true,
            Self::Register(register) => register.claims().below.is_none(),
        };
        any_number && self.widths().contains(&words)
    }

    /// Does something with so many words of it.
    ///
    /// # Errors
    ///
    /// If it is not built in with so many words.
    pub fn with<U: Use>(self, words: usize, what: U) -> Result<U::Output, NotBuiltIn> {
        match (self, words) {
            (Self::Register(register), _) => register.at_full_speed(words, what),
            (Self::Plain, 2) => Ok(what.of::<Plain, 2>()),
            (Self::Plain, 8) => Ok(what.of::<Plain, 8>()),
            (Self::Plain, 64) => Ok(what.of::<Plain, 64>()),
            (Self::Plain, 512) => Ok(what.of::<Plain, 512>()),
            (Self::Plain, _) => Err(NotBuiltIn::Width {
                register: self.name(),
                words,
                built_in: Plain::WIDTHS,
            }),
        }
    }
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Contestant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_in_the_catalogue_takes_part_once() {
        let all: Vec<Contestant> = Contestant::everybody().collect();
        assert_eq!(all.len(), Register::everything().count() + 1);
        for contestant in all {
            assert_eq!(Contestant::named(contestant.name()), Some(contestant));
        }
    }
}
