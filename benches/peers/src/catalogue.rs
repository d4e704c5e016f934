//! The registers that others wrote, by name.

use registers::catalogue::{NotBuiltIn, Use};
use registers::subject::Claims;
use registers::{Construction, Hardware};

macro_rules! peers {
    ($($peer:ident = [$first:literal $(, $more:literal)*];)+) => {
        /// A register that others wrote, chosen at run time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Peer {
            $( #[doc = concat!("[`", stringify!($peer), "`](crate::", stringify!($peer), ")")] $peer, )+
        }

        impl Peer {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$peer),+];

            /// What its documentation says of it.
            pub fn claims(self) -> Claims {
                match self {
                    $( Self::$peer => claims::<crate::$peer, $first>(), )+
                }
            }

            /// How many words it may have.
            pub fn widths(self) -> &'static [usize] {
                match self {
                    $( Self::$peer => &[$first $(, $more)*], )+
                }
            }

            /// Does something with the register of this many words, at full speed.
            ///
            /// # Errors
            ///
            /// If it is not built in with so many words.
            pub fn at_full_speed<U: Use>(self, words: usize, what: U) -> Result<U::Output, NotBuiltIn> {
                match self {
                    $( Self::$peer => match words {
                        $first => Ok(what.of::<crate::$peer, $first>()),
                        $( $more => Ok(what.of::<crate::$peer, $more>()), )*
                        _ => Err(NotBuiltIn {
                            register: self.name(),
                            words,
                            built_in: self.widths(),
                        }),
                    } )+
                }
            }
        }
    };
}

peers! {
    AtomicCell = [2, 8, 64, 512];
    ShardedLock = [2, 8, 64, 512];
    ArcSwap = [2, 8, 64, 512];
    ArcSwapFull = [2, 8, 64, 512];
    ArcSwapCache = [2, 8, 64, 512];
    Sdd = [2, 8, 64, 512];
    SeqLock = [2, 8, 64, 512];
    LeftRight = [2, 8, 64, 512];
    TripleBuffer = [2, 8, 64, 512];
    ParkingLotMutex = [2, 8, 64, 512];
    ParkingLotRwLock = [2, 8, 64, 512];
    StdMutex = [2, 8, 64, 512];
    StdRwLock = [2, 8, 64, 512];
    AtomicU128 = [2];
}

impl Peer {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.claims().name
    }

    /// The register with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|peer| peer.name() == name)
    }
}

fn claims<C: Construction<Hardware, N>, const N: usize>() -> Claims {
    Claims::of::<Hardware, C, N>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use registers::catalogue::Register;

    #[test]
    fn names_are_unique_and_lead_back() {
        for &peer in Peer::ALL {
            assert_eq!(Peer::named(peer.name()), Some(peer));
            assert_eq!(Register::named(peer.name()), None);
        }
    }
}
