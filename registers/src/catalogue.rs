//! The registers by name.
//!
//! A register is one line in the list at the end of this file. With it the register has a name on the command line, is
//! explored, stressed, staged, replayed and benchmarked.

use std::fmt;

use crate::subject::{Claims, Subject};
use crate::worlds::flicker::Flickering;
use crate::{Class, Construction, Hardware, atomic, exhibits, regular, safe};

/// Something that can be done with any register at full speed, compiled for each.
pub trait Use {
    /// What comes out.
    type Output;
    /// Does it.
    fn of<C: Construction<Hardware, N>, const N: usize>(self) -> Self::Output;
}

/// A register is not built in with so many words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{register} is not built in with {words} words: choose {}",
    one_of(built_in)
)]
pub struct NotBuiltIn {
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
    pub fn class(self) -> Class {
        self.claims().class
    }

    /// How many words it has where nobody says how many: two, or one if it can have no more.
    pub fn usual_width(self) -> usize {
        let widths = self.widths();
        if widths.contains(&2) { 2 } else { widths[0] }
    }

    /// All that there are: those that are what they claim, and the exhibits.
    pub fn everything() -> impl Iterator<Item = Self> {
        let all = [Self::ALL, Self::EXHIBITS];
        all.into_iter().flatten().copied()
    }

    /// The register with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::everything().find(|register| register.name() == name)
    }
}

/// What is studied of a register: the register, or a small variant of it in which small scenarios go round everything.
macro_rules! studied {
    ($register:ty) => {
        $register
    };
    ($register:ty, $small:ty) => {
        $small
    };
}

/// The register of this many words, if that is one of these widths.
macro_rules! subject_of {
    ($register:ident, $words:ident, $path:ty, [$($width:literal),+]) => {
        match $words {
            $( $width => Ok(Subject::of::<$path, $width>()), )+
            _ => Err($register.no_such_width($words, $register.widths())),
        }
    };
}

macro_rules! catalogue {
    (
        ours { $( $our:ident = $our_path:ty $(, small: $our_small:ty, of $our_size:literal)?, studied: $our_widths:tt, stormed: [$our_first:literal $(, $our_stormed:literal)*]; )+ }
        exhibits { $( $exhibit:ident = $exhibit_path:ty, which is $truth:expr, shown in $lanes:literal; )* }
    ) => {
        /// A register, chosen at run time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Register {
            $( #[doc = concat!("[`", stringify!($our_path), "`]")] $our, )+
            $( #[doc = concat!("[`", stringify!($exhibit_path), "`]")] $exhibit, )*
        }

        impl Register {
            /// Those of this crate that are what they claim, in reading order.
            pub const ALL: &[Self] = &[$(Self::$our),+];

            /// Those that look right and are not.
            pub const EXHIBITS: &[Self] = &[$(Self::$exhibit),*];

            /// What it says of itself.
            pub fn claims(self) -> Claims {
                match self {
                    $( Self::$our => Claims::of::<Hardware, $our_path, $our_first>(), )+
                    $( Self::$exhibit => Claims::of::<Hardware, $exhibit_path, 2>(), )*
                }
            }

            /// The class that it has: what it claims, unless it is an exhibit. `None` if it is not even safe.
            pub fn truth(self) -> Option<Class> {
                match self {
                    $( Self::$exhibit => $truth, )*
                    _ => Some(self.class()),
                }
            }

            /// A scenario in which it breaks what it claims, if it does.
            pub fn shown_in(self) -> Option<&'static str> {
                match self {
                    $( Self::$exhibit => Some($lanes), )*
                    _ => None,
                }
            }

            /// The size of the small variant that is explored in its stead, where there is one.
            pub fn explored_with(self) -> Option<&'static str> {
                match self {
                    $( $( Self::$our => Some($our_size), )? )+
                    _ => None,
                }
            }

            /// How many words it may have in the worlds that study it.
            pub fn widths(self) -> &'static [usize] {
                match self {
                    $( Self::$our => &$our_widths, )+
                    $( Self::$exhibit => &[1, 2, 3], )*
                }
            }

            /// How many words it may have at full speed.
            pub fn widths_at_full_speed(self) -> &'static [usize] {
                match self {
                    $( Self::$our => &[$our_first $(, $our_stormed)*], )+
                    $( Self::$exhibit => &[1, 2, 8, 64], )*
                }
            }

            /// The register of this many words as a value, for the worlds that study it.
            ///
            /// # Errors
            ///
            /// If it is not built in with so many words.
            pub fn subject(self, words: usize) -> Result<Subject, NotBuiltIn> {
                match self {
                    $( Self::$our => {
                        subject_of!(self, words, studied!($our_path $(, $our_small)?), $our_widths)
                    } )+
                    $( Self::$exhibit => subject_of!(self, words, $exhibit_path, [1, 2, 3]), )*
                }
            }

            /// Does something with the register of this many words, at full speed.
            ///
            /// # Errors
            ///
            /// If it is not built in with so many words.
            pub fn at_full_speed<U: Use>(self, words: usize, what: U) -> Result<U::Output, NotBuiltIn> {
                match self {
                    $( Self::$our => match words {
                        $our_first => Ok(what.of::<$our_path, $our_first>()),
                        $( $our_stormed => Ok(what.of::<$our_path, $our_stormed>()), )*
                        _ => Err(self.no_such_width(words, self.widths_at_full_speed())),
                    } )+
                    $( Self::$exhibit => match words {
                        1 => Ok(what.of::<$exhibit_path, 1>()),
                        2 => Ok(what.of::<$exhibit_path, 2>()),
                        8 => Ok(what.of::<$exhibit_path, 8>()),
                        64 => Ok(what.of::<$exhibit_path, 64>()),
                        _ => Err(self.no_such_width(words, self.widths_at_full_speed())),
                    } )*
                }
            }
        }
    };
}

impl Register {
    fn no_such_width(self, words: usize, built_in: &'static [usize]) -> NotBuiltIn {
        NotBuiltIn {
            register: self.name(),
            words,
            built_in,
        }
    }
}

/// Lamport's bit: safe, for many readers, on words that flicker.
type FlickeringBit = safe::ManyReaders<Flickering<safe::SafeBit>>;

catalogue! {
    ours {
        SafeBit = Flickering<safe::SafeBit>, studied: [1], stormed: [1];
        ManyReaders = safe::ManyReaders<Flickering<safe::SafeBit>>, studied: [1], stormed: [1];
        WordByWord = safe::WordByWord, studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
        WrittenToChange = regular::WrittenToChange<FlickeringBit>, studied: [1], stormed: [1];
        Unary = regular::Unary<regular::WrittenToChange<FlickeringBit>, 4>, studied: [1], stormed: [1];
        TwoCopies = regular::TwoCopies, studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
        OneWord = atomic::OneWord, studied: [1], stormed: [1];
        Numbered = atomic::Numbered<regular::TwoCopies>, studied: [1], stormed: [1];
        ReadersTable = atomic::ReadersTable<safe::WordByWord>, studied: [1], stormed: [1];
        Timestamps = atomic::Timestamps<safe::WordByWord>, studied: [1], stormed: [1];
        SequenceLock = atomic::SequenceLock, studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
        FourSlot = atomic::FourSlot, studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
        TripleBuffer = atomic::TripleBuffer, studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
        VersionedRing = atomic::VersionedRing, small: atomic::VersionedRingOf<2>, of "2 slots", studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
        LeftRight = atomic::LeftRight, studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
        AnonymousReaders = atomic::AnonymousReaders, studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
        PinnedSlots = atomic::PinnedSlots, small: atomic::PinnedSlotsOf<3>, of "3 slots", studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
        Peterson = atomic::Peterson, studied: [1], stormed: [1, 2, 8, 64, 512];
        ManyWriterSequenceLock = atomic::ManyWriterSequenceLock, studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
        Locked = atomic::Locked, studied: [1, 2, 3, 8], stormed: [1, 2, 8, 64, 512];
    }
    exhibits {
        FlagCheckedOnce = exhibits::FlagCheckedOnce, which is Some(Class::Safe), shown in "w.r";
        CountedOnce = exhibits::CountedOnce, which is Some(Class::Safe), shown in "w.r";
        DoubleBuffer = exhibits::DoubleBuffer, which is Some(Class::Safe), shown in "ww.r";
        ReaderCache = exhibits::ReaderCache, which is Some(Class::Regular), shown in "ww.rr.r";
        DirtyFlag = exhibits::DirtyFlag, which is None, shown in "w.r.r";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for register in Register::everything() {
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
