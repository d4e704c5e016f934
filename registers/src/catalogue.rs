//! The registers by name.
//!
//! A register is one line in the list at the end of this file. With it the register has a name on the command line, is
//! explored, stressed, staged, replayed and benchmarked.

use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use crate::essay::Essay;
use crate::stress::{self, Counts, NotStressed, Stress};
use crate::subject::{Claims, Subject};
use crate::worlds::flicker::Flickering;
use crate::{Class, Construction, Hardware, atomic, broken, regular, safe};

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

    /// All that there are: those that are what they claim, and the broken ones.
    pub fn everything() -> impl Iterator<Item = Self> {
        let all = [Self::ALL, Self::BROKEN];
        all.into_iter().flatten().copied()
    }

    /// The register with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::everything().find(|register| register.name() == name)
    }

    /// The register that is known under another name.
    pub fn known_as(name: &str) -> Option<Self> {
        let (_, register) = ALIASES.iter().find(|(alias, _)| *alias == name)?;
        Some(*register)
    }

    /// The other names of this register.
    pub fn aliases(self) -> impl Iterator<Item = &'static str> {
        let of_this = ALIASES
            .iter()
            .filter(move |(_, register)| *register == self);
        of_this.map(|(alias, _)| *alias)
    }

    /// The registers whose names are most like this one: at most three, and none if none is like it.
    pub fn nearest(name: &str) -> Vec<Self> {
        let typed = name.to_lowercase().replace(['_', ' '], "-");
        let names = Self::everything().flat_map(|register| {
            let aliases = register.aliases().map(move |alias| (alias, register));
            aliases.chain([(register.name(), register)])
        });
        let far = |of: &str| {
            // Whoever types a part of a name is understood, too.
            let is_part = typed.len() > 2 && (of.contains(&typed) || typed.contains(of));
            if is_part { 1 } else { distance(of, &typed) }
        };
        let mut near: Vec<(usize, Self)> = names
            .map(|(of, register)| (far(of), register))
            .filter(|&(far, _)| far <= 1 + typed.len() / 4)
            .collect();
        near.sort_by_key(|&(far, _)| far);
        let mut nearest = Vec::new();
        for (_, register) in near {
            if nearest.len() < 3 && !nearest.contains(&register) {
                nearest.push(register);
            }
        }
        nearest
    }
}

/// Names under which practice knows some registers.
const ALIASES: &[(&str, Register)] = &[
    ("seqlock", Register::SequenceLock),
    ("seqcount", Register::SequenceLock),
    ("mutex", Register::Locked),
    ("lock", Register::Locked),
    ("rwlock", Register::Locked),
    ("atomic", Register::OneWord),
    ("memcpy", Register::WordByWord),
    ("simpson", Register::FourSlot),
    ("leftright", Register::LeftRight),
    ("seqlock-many-writers", Register::ManyWriterSequenceLock),
];

/// How many letters have to be typed, left out or changed to make one name of another.
pub fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (typed, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = typed + 1;
        for (at, b) in other.chars().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[row.len() - 1]
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
        ours { $( $our:ident = $our_path:ty $(, small: $our_small:ty, of $our_size:literal)?, studied: $our_widths:tt, stressed: [$our_first:literal $(, $our_stressed:literal)*], essay: $our_essay:literal; )+ }
        broken { $( $broken:ident = $broken_path:ty, which is $truth:expr, shown in $lanes:literal, essay: $broken_essay:literal; )* }
    ) => {
        /// A register, chosen at run time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Register {
            $( #[doc = concat!("[`", stringify!($our_path), "`]")] $our, )+
            $( #[doc = concat!("[`", stringify!($broken_path), "`]")] $broken, )*
        }

        impl Register {
            /// Those of this crate that are what they claim, in reading order.
            pub const ALL: &[Self] = &[$(Self::$our),+];

            /// Those that look right and are not.
            pub const BROKEN: &[Self] = &[$(Self::$broken),*];

            /// What it says of itself.
            pub fn claims(self) -> Claims {
                match self {
                    $( Self::$our => Claims::of::<Hardware, $our_path, $our_first>(), )+
                    $( Self::$broken => Claims::of::<Hardware, $broken_path, 2>(), )*
                }
            }

            /// The class that it has: what it claims, unless it is broken. `None` if it is not even safe.
            pub fn truth(self) -> Option<Class> {
                match self {
                    $( Self::$broken => $truth, )*
                    _ => Some(self.class()),
                }
            }

            /// A scenario in which it breaks what it claims, if it does.
            pub fn shown_in(self) -> Option<&'static str> {
                match self {
                    $( Self::$broken => Some($lanes), )*
                    _ => None,
                }
            }

            /// Its type, as a program names it.
            pub fn path(self) -> &'static str {
                match self {
                    $( Self::$our => concat!("registers::", stringify!($our_path)), )+
                    $( Self::$broken => concat!("registers::", stringify!($broken_path)), )*
                }
            }

            /// What stands at the top of its file: what it stores, why it has its class, and what breaks it.
            pub fn essay(self) -> Essay {
                Essay::of_item(match self {
                    $( Self::$our => include_str!($our_essay), )+
                    $( Self::$broken => include_str!($broken_essay), )*
                })
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
                    $( Self::$broken => &[1, 2, 3], )*
                }
            }

            /// How many words it may have at full speed.
            pub fn widths_at_full_speed(self) -> &'static [usize] {
                match self {
                    $( Self::$our => &[$our_first $(, $our_stressed)*], )+
                    $( Self::$broken => &[1, 2, 8, 64], )*
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
                    $( Self::$broken => subject_of!(self, words, $broken_path, [1, 2, 3]), )*
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
                        $( $our_stressed => Ok(what.of::<$our_path, $our_stressed>()), )*
                        _ => Err(self.no_such_width(words, self.widths_at_full_speed())),
                    } )+
                    $( Self::$broken => match words {
                        1 => Ok(what.of::<$broken_path, 1>()),
                        2 => Ok(what.of::<$broken_path, 2>()),
                        8 => Ok(what.of::<$broken_path, 8>()),
                        64 => Ok(what.of::<$broken_path, 64>()),
                        _ => Err(self.no_such_width(words, self.widths_at_full_speed())),
                    } )*
                }
            }
        }
    };
}

/// [Stress](crate::stress): `progress` is told, now and then, how long it has lasted, and may end it early.
pub struct Stressing<'a> {
    /// How long, and who.
    pub settings: &'a Stress,
    /// What is told.
    pub progress: &'a mut dyn FnMut(Duration) -> ControlFlow<()>,
}

impl fmt::Debug for Stressing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stressing").field(self.settings).finish()
    }
}

impl Use for Stressing<'_> {
    type Output = Result<Counts, NotStressed>;

    fn of<C: Construction<Hardware, N>, const N: usize>(self) -> Self::Output {
        stress::stress::<C, N>(self.settings, self.progress)
    }
}

impl Register {
    /// [Stress](crate::stress) on the register of this many words; compiled here, and not for whoever asks.
    ///
    /// # Errors
    ///
    /// If it is not built in with so many words, or does not take that many writers or readers.
    pub fn stress(
        self,
        words: usize,
        settings: &Stress,
        progress: &mut dyn FnMut(Duration) -> ControlFlow<()>,
    ) -> Result<Result<Counts, NotStressed>, NotBuiltIn> {
        self.at_full_speed(words, Stressing { settings, progress })
    }

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
        SafeBit = Flickering<safe::SafeBit>, studied: [1], stressed: [1], essay: "safe/safe_bit.rs";
        ManyReaders = safe::ManyReaders<Flickering<safe::SafeBit>>, studied: [1], stressed: [1], essay: "safe/many_readers.rs";
        WordByWord = safe::WordByWord, studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "safe/word_by_word.rs";
        WrittenToChange = regular::WrittenToChange<FlickeringBit>, studied: [1], stressed: [1], essay: "regular/written_to_change.rs";
        Unary = regular::Unary<regular::WrittenToChange<FlickeringBit>, 4>, studied: [1], stressed: [1], essay: "regular/unary.rs";
        TwoCopies = regular::TwoCopies, studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "regular/two_copies.rs";
        OneWord = atomic::OneWord, studied: [1], stressed: [1], essay: "atomic/one_word.rs";
        Numbered = atomic::Numbered<regular::TwoCopies>, studied: [1], stressed: [1], essay: "atomic/numbered.rs";
        ReadersTable = atomic::ReadersTable<safe::WordByWord>, studied: [1], stressed: [1], essay: "atomic/readers_table.rs";
        Timestamps = atomic::Timestamps<safe::WordByWord>, studied: [1], stressed: [1], essay: "atomic/timestamps.rs";
        SequenceLock = atomic::SequenceLock, studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "atomic/sequence_lock.rs";
        FourSlot = atomic::FourSlot, studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "atomic/four_slot.rs";
        TripleBuffer = atomic::TripleBuffer, studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "atomic/triple_buffer.rs";
        VersionedRing = atomic::VersionedRing, small: atomic::VersionedRingOf<2>, of "2 slots", studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "atomic/versioned_ring.rs";
        LeftRight = atomic::LeftRight, studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "atomic/left_right.rs";
        AnonymousReaders = atomic::AnonymousReaders, studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "atomic/arc.rs";
        PinnedSlots = atomic::PinnedSlots, small: atomic::PinnedSlotsOf<3>, of "3 slots", studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "atomic/pinned_slots.rs";
        Peterson = atomic::Peterson, studied: [1], stressed: [1, 2, 8, 64, 512], essay: "atomic/peterson.rs";
        ManyWriterSequenceLock = atomic::ManyWriterSequenceLock, studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "atomic/many_writer_sequence_lock.rs";
        Locked = atomic::Locked, studied: [1, 2, 3, 8], stressed: [1, 2, 8, 64, 512], essay: "atomic/locked.rs";
    }
    broken {
        FlagCheckedOnce = broken::FlagCheckedOnce, which is Some(Class::Safe), shown in "w.r", essay: "broken/flag_checked_once.rs";
        CountedOnce = broken::CountedOnce, which is Some(Class::Safe), shown in "w.r", essay: "broken/counted_once.rs";
        DoubleBuffer = broken::DoubleBuffer, which is Some(Class::Safe), shown in "ww.r", essay: "broken/double_buffer.rs";
        ReaderCache = broken::ReaderCache, which is Some(Class::Regular), shown in "ww.rr.r", essay: "broken/reader_cache.rs";
        DirtyFlag = broken::DirtyFlag, which is None, shown in "w.r.r", essay: "broken/dirty_flag.rs";
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
    fn aliases_are_nobodys_name_and_lead_to_one() {
        for (alias, register) in ALIASES {
            assert_eq!(Register::named(alias), None, "{alias}");
            assert_eq!(Register::known_as(alias), Some(*register), "{alias}");
        }
    }

    #[test]
    fn a_name_that_there_is_not_leads_to_those_that_are_like_it() {
        let nearest = |name| Register::nearest(name).into_iter().map(Register::name);
        for (typed, first) in [
            ("seqence-lock", "sequence-lock"),
            ("TWO_COPIES", "two-copies"),
            ("peter", "peterson"),
            ("mutx", "locked"),
        ] {
            assert_eq!(nearest(typed).next(), Some(first), "{typed}");
        }
        assert_eq!(nearest("nothing").next(), None);
    }

    #[test]
    fn every_register_has_an_essay() {
        for register in Register::everything() {
            let essay = register.essay();
            let begins = |with: &str| {
                essay.0.iter().any(|part| {
                    matches!(part, crate::essay::Part::Paragraph(text) if text.starts_with(with))
                })
            };
            assert!(!essay.idea().is_empty(), "{register}");
            assert!(begins("It stores"), "{register}");
            assert!(begins("It comes from"), "{register}");
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
