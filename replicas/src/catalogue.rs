//! The protocols by name.
//!
//! A protocol is one line in the list below. With it the protocol has a name on the command line, is explored, simulated and
//! run over sockets, and has its row in every table.

use histories::Model;
use registers::Arity;

use crate::machine::{Claims, Explorable, Protocol};
use crate::protocols::leader::{self, Lease};
use crate::protocols::majority::{Quorum, WriteBack};
use crate::protocols::primary::{Ack, Reads};
use crate::protocols::{
    Chain, Consensus, LastWriterWins, Leader, Majority, Primary, SingleCopy, Striped,
};
use registers::essay::Essay;

/// Something that can be done with any protocol, compiled for each of their types.
pub trait Use {
    /// What comes out.
    type Output;
    /// Does it.
    fn of<P: Explorable>(self, protocol: &P) -> Self::Output;
}

/// A majority asked and told, and no more.
const NO_WRITE_BACK: Majority = Majority {
    name: "majority-no-write-back",
    claims: Model::StrongRegular,
    write_back: WriteBack::Never,
    ..Majority::ABD
};

/// Reads one replica, writes all.
const READ_ONE_WRITE_ALL: Majority = Majority {
    name: "read-one-write-all",
    claims: Model::StrongRegular,
    read: Quorum::Of(1),
    write: Quorum::All,
    write_back: WriteBack::Never,
    ..Majority::ABD
};

/// Quorums that need not meet.
const SLOPPY: Majority = Majority {
    name: "sloppy",
    claims: Model::WritesFollowReads,
    read: Quorum::Of(1),
    write: Quorum::Of(1),
    write_back: WriteBack::Never,
    ..Majority::ABD
};

macro_rules! catalogue {
    (
        $( #[doc = $about:literal] $name:ident = $protocol:expr, $file:literal; )+
    ) => {
        /// A protocol that is built in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Listed {
            $( #[doc = $about] $name, )+
        }

        impl Listed {
            /// All of them, weakest first.
            pub const ALL: &'static [Self] = &[$( Self::$name ),+];

            /// Does something with it.
            pub fn with<U: Use>(self, it: U) -> U::Output {
                match self {
                    $( Self::$name => it.of(&$protocol), )+
                }
            }

            /// Its name on the command line.
            #[must_use]
            pub fn name(self) -> String {
                match self {
                    $( Self::$name => $protocol.name(), )+
                }
            }

            /// What it does, in a line.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $( Self::$name => $about.trim_ascii(), )+
                }
            }

            /// What stands at the top of the file that it is written in.
            #[must_use]
            pub fn essay(self) -> Essay {
                Essay::of(match self {
                    $( Self::$name => include_str!(concat!("protocols/", $file)), )+
                })
            }

            /// The file that it is written in, in the directory of the protocols.
            #[must_use]
            pub fn file(self) -> &'static str {
                match self {
                    $( Self::$name => $file, )+
                }
            }

            /// What it claims.
            #[must_use]
            pub fn claims(self) -> Claims {
                match self {
                    $( Self::$name => $protocol.claims(), )+
                }
            }
        }
    };
}

catalogue! {
    /// A word each on two replicas.
    Striped = Striped, "striped.rs";
    /// Every replica takes writes; clients go from one to the next.
    Roaming = LastWriterWins { roaming: true }, "last_writer_wins.rs";
    /// Done when the primary has it; reads go anywhere.
    PrimaryAnywhere = Primary::new(Ack::Primary, Reads::Anywhere), "primary.rs";
    /// Done when the primary has it; reads go to the nearest replica.
    PrimaryNearest = Primary::new(Ack::Primary, Reads::Nearest), "primary.rs";
    /// Done when a majority has it; reads go to the nearest replica.
    MajorityAckNearest = Primary::new(Ack::Majority, Reads::Nearest), "primary.rs";
    /// Quorums that need not meet.
    Sloppy = SLOPPY, "majority.rs";
    /// Every replica takes writes; clients stay with one.
    Sticky = LastWriterWins { roaming: false }, "last_writer_wins.rs";
    /// Done when the primary has it; a session says what it has seen.
    PrimaryToken = Primary::new(Ack::Primary, Reads::Token), "primary.rs";
    /// Done when all have it; reads go anywhere.
    AllAckAnywhere = Primary::new(Ack::All, Reads::Anywhere), "primary.rs";
    /// Done when all have it; reads go to the nearest replica.
    AllAckNearest = Primary::new(Ack::All, Reads::Nearest), "primary.rs";
    /// The writer stores with all, a reader asks one.
    ReadOneWriteAll = READ_ONE_WRITE_ALL, "majority.rs";
    /// A majority stores, a majority is asked.
    NoWriteBack = NO_WRITE_BACK, "majority.rs";
    /// One replica has the register.
    SingleCopy = SingleCopy, "single_copy.rs";
    /// Done when the primary has it; so are reads.
    Primary = Primary::new(Ack::Primary, Reads::Primary), "primary.rs";
    /// Done when a majority has it; reads go to the primary.
    MajorityAck = Primary::new(Ack::Majority, Reads::Primary), "primary.rs";
    /// A chain of replicas.
    Chain = Chain::default(), "chain.rs";
    /// ABD.
    Majority = Majority::ABD, "majority.rs";
    /// ABD; a read stores what it returns only if it must.
    Agreed = Majority { name: "majority-agreed", write_back: WriteBack::IfTheyDiffer, ..Majority::ABD }, "majority.rs";
    /// ABD for many writers.
    Many = Majority::MANY, "majority.rs";
    /// The same; a read stores what it returns only if it must.
    ManyAgreed = Majority { name: "majority-many-agreed", write_back: WriteBack::IfTheyDiffer, ..Majority::MANY }, "majority.rs";
    /// A leader for each view, which confirms reads.
    Leader = Leader::CONFIRMED, "leader/mod.rs";
    /// A leader that answers reads as long as its lease lasts.
    Lease = Leader::leasing(LEASE), "leader/lease.rs";
    /// A ballot for each operation.
    Consensus = Consensus::PAXOS, "consensus.rs";
}

/// In microseconds of real or virtual time: 400 ms, which is longer than a majority takes to answer around the world, for
/// clocks up to 10 ms apart. Explorations count ticks instead.
pub const LEASE: Lease = Lease {
    length: 400_000,
    margin: 20_000,
};

/// Protocols that break what they claim, when something happens that they do not reckon with.
pub mod broken {
    use super::{
        Ack, Arity, Chain, Consensus, Leader, Majority, Model, NO_WRITE_BACK, Primary, Quorum,
        Reads, leader,
    };

    /// The replica next in turn takes over; what only the primary had is lost.
    pub const FAILOVER: Primary = Primary::new(Ack::Primary, Reads::Primary).failing_over();
    /// The same, where a majority has what is acknowledged.
    pub const FAILOVER_MAJORITY: Primary =
        Primary::new(Ack::Majority, Reads::Primary).failing_over();
    /// A primary that performs a request again.
    pub const FORGETTING: Primary = Primary::new(Ack::Primary, Reads::Primary).forgetting();
    /// A head that numbers a request again.
    pub const FORGETTING_CHAIN: Chain = Chain::forgetting();
    /// A leader that believes that it leads.
    pub const UNCHECKED: Leader = Leader {
        reads: leader::Reads::Unchecked,
    };
    /// Operations that are performed again when they are tried again.
    pub const FORGETTING_CONSENSUS: Consensus = Consensus::forgetting();
    /// Replicas that accept whatever comes.
    pub const BREAKING_PROMISES: Consensus = Consensus::breaking_promises();
    /// Reads that do not store what they return, though they claim what those guarantee that do.
    pub const INVERTED: Majority = Majority {
        claims: Model::Atomic,
        ..NO_WRITE_BACK
    };
    /// Reads ask one, writes store with two of three: with a write-back, and yet the quorums do not meet.
    pub const R1_W2: Majority = Majority {
        name: "read-1-write-2",
        read: Quorum::Of(1),
        write: Quorum::Of(2),
        ..Majority::ABD
    };
    /// Reads ask two, writes store with one.
    pub const R2_W1: Majority = Majority {
        name: "read-2-write-1",
        read: Quorum::Of(2),
        write: Quorum::Of(1),
        ..Majority::ABD
    };
    /// Two of five are taken for a majority.
    pub const TWO_OF_FIVE: Majority = Majority {
        name: "two-of-five",
        read: Quorum::Of(2),
        write: Quorum::Of(2),
        ..Majority::ABD
    };
    /// Two writers that do not ask first which versions there are.
    pub const NOT_ASKING: Majority = Majority {
        name: "majority-not-asking",
        writers: Arity::Many,
        ..Majority::ABD
    };
}

impl Listed {
    /// The protocol with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.name() == name)
    }
}
