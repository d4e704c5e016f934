//! Who takes part: every register of the catalogue, other ways to use some of them, and a plain copy of the words.

use std::fmt;

use peers::Peer;
use registers::atomic::PinnedSlots;
use registers::catalogue::{NotBuiltIn, Register, Use};
use registers::subject::Claims;
use registers::{Arity, Class, Construction, Hardware};
use serde::{Serialize, Serializer};

use crate::floor::Plain;
use crate::scalar::Scalar;

/// Somebody who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contestant {
    /// A register.
    Register(Register),
    /// A register that others wrote.
    Peer(Peer),
    /// [`PinnedSlots`], with values that are copied one word at a time.
    ScalarPinnedSlots,
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
    Broken,
    /// A register that others wrote.
    Peer,
}

impl Contestant {
    /// The raw copy: relaxed words, one by one. All others are compared with it.
    pub const RAW: Self = Self::Register(Register::WordByWord);

    /// How many words pinned slots may have where they are copied one at a time.
    const SCALAR_WIDTHS: &'static [usize] = &[2, 8, 64, 512];

    /// All of them, the raw copy first.
    pub fn everybody() -> impl Iterator<Item = Self> {
        let others = Register::everything()
            .map(Self::Register)
            .filter(|&it| it != Self::RAW);
        let peers = Peer::ALL.iter().copied().map(Self::Peer);
        [Self::RAW, Self::Plain]
            .into_iter()
            .chain(others)
            .chain(peers)
            .chain([Self::ScalarPinnedSlots])
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::everybody().find(|contestant| contestant.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.claims().map_or("plain-memcpy", |claims| claims.name)
    }

    /// What it claims: nothing, if it is no register.
    pub fn claims(self) -> Option<Claims> {
        match self {
            Self::Register(register) => Some(register.claims()),
            Self::Peer(peer) => Some(peer.claims()),
            Self::ScalarPinnedSlots => Some(Claims {
                name: "pinned-slots-scalar",
                ..Claims::of::<Hardware, Scalar<PinnedSlots>, 2>()
            }),
            Self::Plain => None,
        }
    }

    /// Where it comes from.
    pub fn origin(self) -> Origin {
        match self {
            Self::Plain => Origin::Floor,
            Self::Register(register) if Register::BROKEN.contains(&register) => Origin::Broken,
            Self::Register(_) | Self::ScalarPinnedSlots => Origin::Ours,
            Self::Peer(_) => Origin::Peer,
        }
    }

    /// The class that it has: none for what is no register.
    pub fn class(self) -> Option<Class> {
        match self {
            Self::Register(register) => register.truth(),
            Self::Peer(_) | Self::ScalarPinnedSlots | Self::Plain => {
                self.claims().map(|claims| claims.class)
            }
        }
    }

    /// How many may read it while another one writes.
    pub fn most_readers(self) -> usize {
        match self.claims().map(|claims| claims.readers) {
            None => 0,
            Some(Arity::One) => 1,
            Some(Arity::Many) => usize::MAX,
        }
    }

    /// How many words it may have.
    pub fn widths(self) -> &'static [usize] {
        match self {
            Self::Plain => Plain::WIDTHS,
            Self::Register(register) => register.widths_at_full_speed(),
            Self::Peer(peer) => peer.widths(),
            Self::ScalarPinnedSlots => Self::SCALAR_WIDTHS,
        }
    }

    /// Whether it holds any value of so many words: some hold small numbers only, which do not tell writes apart.
    pub fn holds(self, words: usize) -> bool {
        let below = self.claims().and_then(|claims| claims.below);
        below.is_none() && self.widths().contains(&words)
    }

    /// Does something with so many words of it.
    ///
    /// # Errors
    ///
    /// If it is not built in with so many words.
    pub fn with<U: Use>(self, words: usize, what: U) -> Result<U::Output, NotBuiltIn> {
        let with = match self {
            Self::Register(register) => return register.at_full_speed(words, what),
            Self::Peer(peer) => return peer.at_full_speed(words, what),
            Self::Plain => with::<Plain, U>(words, what),
            Self::ScalarPinnedSlots => with::<Scalar<PinnedSlots>, U>(words, what),
        };
        with.ok_or(NotBuiltIn {
            register: self.name(),
            words,
            built_in: self.widths(),
        })
    }
}

/// Does something with so many words of a register that is not in the catalogue; nothing if it has not so many.
fn with<C, U: Use>(words: usize, what: U) -> Option<U::Output>
where
    C: Construction<Hardware, 2>
        + Construction<Hardware, 8>
        + Construction<Hardware, 64>
        + Construction<Hardware, 512>,
{
    match words {
        2 => Some(what.of::<C, 2>()),
        8 => Some(what.of::<C, 8>()),
        64 => Some(what.of::<C, 64>()),
        512 => Some(what.of::<C, 512>()),
        _ => None,
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
        let besides = 2 + Peer::ALL.len();
        assert_eq!(all.len(), Register::everything().count() + besides);
        for contestant in all {
            assert_eq!(Contestant::named(contestant.name()), Some(contestant));
        }
    }
}
