//! Leases: a leader that answers reads by itself, for a while, and how long "a while" is on two clocks.
//!
//! A leader that asks a majority to store something at time `t`, by its own clock, may answer reads until `t + length` if the
//! majority does. Those who do have promised to vote for nobody until `length + margin` has passed since they were asked, by
//! *their* clocks. Say clocks are never more than `d` apart. When a follower was asked at `f` by its clock, the leader's
//! showed at least `t`, so `f` is at least `t - d`. When the follower votes, its clock shows at least `f + length + margin`,
//! and the leader's at least `d` less: `t + length + margin - 2d`. By then the lease must have ended, so the **margin must be
//! twice what the clocks may be apart**: once for the instant at which the promise begins, once for that at which it ends.
//!
//! Nobody has to believe this. Every execution of a read, a read and a write with one suspicion is stale for a margin of 0
//! or 1 where clocks are up to 1 apart, and atomic for a margin of 2:
//!
//! ```
//! use histories::Model;
//! use replicas::every::{Budget, Setup, explore};
//! use replicas::protocols::leader::{Leader, Lease};
//!
//! let stale = |margin| -> Result<bool, Box<dyn std::error::Error>> {
//!     let budget = Budget { suspicions: 1, ticks: 2, skew: 1, ..Budget::NONE };
//!     let setup = Setup { budget, until: Some(Model::Atomic), ..Setup::default() };
//!     let lease = Lease { length: 1, margin };
//!     let report = explore(&Leader::leasing(lease), &"rr.w".parse()?, &setup)?;
//!     Ok(!report.meets(Model::Atomic))
//! };
//! assert!(stale(0)? && stale(1)? && !stale(2)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// How long a leader answers reads by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// How long it does, by its own clock.
    pub length: u64,
    /// How much longer the others vote for nobody, by theirs.
    pub margin: u64,
}

impl Lease {
    /// Until when the leader may answer, if it asked at `begun`.
    pub(super) fn lasts_until(self, begun: u64) -> u64 {
        begun + self.length
    }

    /// Until when one who was asked at `asked` votes for nobody.
    pub(super) fn promised_until(self, asked: u64) -> u64 {
        asked + self.length + self.margin
    }
}
