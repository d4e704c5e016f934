//! What goes wrong over a network, each with the protocol that shows it and the smallest scenario in which it does.
//!
//! All are found by exploring every execution, and drawn from there; none is written down. A test pins how many messages
//! each takes.

use histories::{Model, Timeline};
use registers::Arity;

use crate::catalogue::{Use, broken};
use crate::every::{Budget, Report, Setup, Unfit, explore};
use crate::machine::Explorable;
use crate::protocols::leader::Lease;
use crate::protocols::primary::{Ack, Reads};
use crate::protocols::{LastWriterWins, Leader, Majority, Primary, Striped};

macro_rules! exhibits {
    (
        $( $name:ident = $text:literal: $protocol:expr, $scenario:literal, $model:ident, $replicas:literal
           $(, $fault:ident: $times:literal)*;
           $title:literal
           $lesson:literal )+
    ) => {
        /// Something that goes wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Exhibit {
            $( #[doc = $title] $name, )+
        }

        impl Exhibit {
            /// All of them.
            pub const ALL: &'static [Self] = &[$( Self::$name ),+];

            /// Its name on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$name => $text, )+ }
            }

            /// What a heading calls it.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $( Self::$name => $title, )+ }
            }

            /// Why it happens.
            #[must_use]
            pub const fn lesson(self) -> &'static str {
                match self { $( Self::$name => $lesson, )+ }
            }

            /// What each thread does.
            #[must_use]
            pub const fn scenario(self) -> &'static str {
                match self { $( Self::$name => $scenario, )+ }
            }

            /// What it breaks.
            #[must_use]
            pub const fn model(self) -> Model {
                match self { $( Self::$name => Model::$model, )+ }
            }

            /// How many replicas there are.
            #[must_use]
            pub const fn replicas(self) -> u8 {
                match self { $( Self::$name => $replicas, )+ }
            }

            /// What may go wrong besides loss and crashes.
            #[must_use]
            pub const fn budget(self) -> Budget {
                match self { $( Self::$name => Budget { $( $fault: $times, )* ..Budget::NONE }, )+ }
            }

            /// Does something with its protocol.
            pub fn with<U: Use>(self, it: U) -> U::Output {
                match self { $( Self::$name => it.of(&$protocol), )+ }
            }
        }
    };
}

/// A lease of one tick, with a margin.
const fn lease(margin: u64) -> Leader {
    Leader::leasing(Lease { length: 1, margin })
}

exhibits! {
    TornRead = "striped": Striped, "w.r", Regular, 3;
        "A torn read"
        "A value that is spread over two replicas is word by word again: a read that meets a write finds one word new and the other one old."
    OwnWriteGone = "own-write-gone": LastWriterWins { roaming: true }, "wr.r", ReadYourWrites, 3;
        "One's own write is gone"
        "The replica that took the write has told its client that it is done, and nobody else yet. The client's next request goes to another one."
    TwoRegisters = "two-registers": LastWriterWins { roaming: false }, "w:x r:y.w:y r:x", Sequential, 3;
        "Sequential on each register, and not on both"
        "Each thread writes one register at the replica nearest to it and reads the other one, which it finds unwritten. One register alone would be sequential; no order of all four operations explains both reads."
    NewThenOld = "new-then-old": Primary::new(Ack::Primary, Reads::Anywhere), "w.rr", MonotonicReads, 3;
        "The new value, and then the old one"
        "One reader asks the primary and then a backup that has not been told yet."
    StaleBackup = "stale-backup": Primary::new(Ack::Majority, Reads::Nearest), "w.r.r", Safe, 3;
        "A majority has it, and a read has not"
        "That a majority has acknowledged a write means that it survives. Whoever reads at the one replica of the minority finds the old value: majority acknowledgement buys durability, not freshness."
    AllAcknowledge = "all-acknowledge": Primary::new(Ack::All, Reads::Anywhere), "w.rr", Atomic, 3;
        "All acknowledge, and readers disagree"
        "The write is not done until all have it. Meanwhile some have it and others have not, and a reader that meets the ones before the others sees time run backwards."
    NoWriteBack = "no-write-back": broken::INVERTED, "w.rr", Atomic, 3;
        "A new-old inversion, over a network"
        "Both reads ask a majority, and only one of the majorities has a replica that the write has reached. A read that stores what it returns, as ABD's does, would have told the others."
    ReadOneWriteTwo = "read-1-write-2": broken::R1_W2, "w.r", Safe, 3;
        "R + W = N: quorums that do not meet"
        "The write is stored by two, and the read asks the third."
    ReadTwoWriteOne = "read-2-write-1": broken::R2_W1, "w.r", Safe, 3;
        "R + W = N, the other way around"
        "The write is stored by one, and the read asks the two others."
    TwoOfFive = "two-of-five": broken::TWO_OF_FIVE, "w.r", Safe, 5;
        "Two of five are no majority"
        "Two sets of two need not have a replica in common where there are five."
    NotAsking = "not-asking": broken::NOT_ASKING, "w.w.r", Atomic, 3;
        "Two writers that do not ask first"
        "Both take version 1. The one whose name is greater wins, even if it has written first: the other one's write completed, and was never stored anywhere."
    NoDisk = "no-disk": Majority::ABD, "w.r", Safe, 3, restarts: 1;
        "A replica that comes back without its state"
        "It has acknowledged the write, and answers as if it had not. A majority that counts it has nobody who remembers: ABD, too, needs a disk."
    LostWrite = "lost-write": broken::FAILOVER, "w.rr", Safe, 3, suspicions: 1;
        "An acknowledged write is lost"
        "Only the primary has the write when the next in turn takes over with what it has."
    TakeOver = "take-over": broken::FAILOVER_MAJORITY, "w.rr", Safe, 3, suspicions: 1;
        "The next in turn asks nobody"
        "A majority has what was acknowledged. But the replica that takes over is of the minority, and does not ask what there is: without a promise of the others it cannot know."
    RepeatedRequest = "repeated-request": broken::FORGETTING, "ww.rr", Atomic, 3, duplicates: 1;
        "A request that comes twice is performed twice"
        "The network delivers the first write again behind the second, and the old value comes back. A client table prevents it."
    RepeatedNumber = "repeated-number": broken::FORGETTING_CHAIN, "ww.rr", Atomic, 3, duplicates: 1;
        "Old data under a new number"
        "The head numbers a request again that comes twice, and what it carries overwrites what came between, all down the chain."
    StaleLeader = "stale-leader": broken::UNCHECKED, "r.w", Safe, 3, suspicions: 1;
        "A leader that believes that it leads"
        "A majority has gone over to another leader, which has written. The old one has not heard of it, and answers from what it has."
    Lease = "lease": lease(0), "rr.w", Safe, 3, suspicions: 1, ticks: 1, skew: 1;
        "A lease, and clocks that are one tick apart"
        "The follower's clock runs ahead of the leader's: by the one the promise has ended, by the other the lease has not."
    LeaseHalf = "lease-half": lease(1), "rr.w", Safe, 3, suspicions: 1, ticks: 2, skew: 1;
        "A margin of once the skew is not enough"
        "The follower's clock was one tick behind when the promise began, and is one tick ahead when it ends. The margin must be twice what clocks may be apart."
    RetriedWrite = "retried-write": broken::FORGETTING_CONSENSUS, "w.rwr", Atomic, 3, resends: 1;
        "A write that is tried again is performed twice"
        "The first try was accepted by one replica, and another client took it over and completed it. A retry is a new operation, unless replicas remember the old one."
    BrokenPromise = "broken-promise": broken::BREAKING_PROMISES, "wr.r", Atomic, 3;
        "A read destroys a completed write"
        "The reader asked before the write and has accepted after it, under a lower ballot, the old state that it had been told. The promise to accept nothing under a lower ballot is what ABD lacks and compare-and-swap needs."
}

impl Exhibit {
    /// The exhibit with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.name() == name)
    }

    /// How it is explored: until it is found.
    #[must_use]
    pub fn setup(self) -> Setup {
        Setup {
            replicas: self.replicas(),
            budget: self.budget(),
            until: Some(self.model()),
            ..Setup::default()
        }
    }

    /// Finds it.
    ///
    /// # Errors
    ///
    /// If its protocol does not fit its scenario.
    pub fn find(self) -> Result<Report, Unfit> {
        struct Find(Exhibit);
        impl Use for Find {
            type Output = Result<Report, Unfit>;

            fn of<P: Explorable>(self, protocol: &P) -> Self::Output {
                let scenario = self.0.scenario().parse().expect("it is a scenario");
                explore(protocol, &scenario, &self.0.setup())
            }
        }
        self.with(Find(self))
    }

    /// Finds and draws it; `None` if it is not found.
    #[must_use]
    pub fn drawn(self) -> Option<Timeline> {
        let report = self.find().ok()?;
        Some(report.witness(self.model())?.timeline.clone())
    }

    /// How many write in it.
    #[must_use]
    pub fn writers(self) -> Arity {
        let writing = |thread: &&str| thread.contains(['w', 'c']);
        match self.scenario().split('.').filter(writing).count() {
            0 | 1 => Arity::One,
            _ => Arity::Many,
        }
    }
}
