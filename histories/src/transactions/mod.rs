//! Transactions over registers: which level of isolation a history of them meets.
//!
//! A [transaction](Transaction) reads and writes registers, and takes effect as a whole or not at all. How far it is
//! kept from seeing half of another is its level of isolation:
//!
//! | level | forbids | source |
//! |---|---|---|
//! | [read committed](Level::ReadCommitted) | to read what was aborted (G1a) or overwritten before it was committed (G1b), and to read in circles (G1c) | PL-2 of Adya, *Weak consistency*, 1999 |
//! | [monotonic atomic view](Level::MonotonicAtomicView) | and, after a read from a transaction, to read something older than what that one wrote | Bailis et al., *Highly available transactions*, VLDB 2013; "read committed" of Biswas and Enea 2019 |
//! | [read atomic](Level::ReadAtomic) | and so of all reads of a transaction: fractured reads | Bailis et al., *Scalable atomic visibility with RAMP transactions*, SIGMOD 2014; Biswas and Enea, *On the complexity of checking transactional consistency*, OOPSLA 2019 |
//! | [snapshot isolation](Level::SnapshotIsolation) | and to read from more than one snapshot, and to write what another writes at the same time: read skew (G-single), lost update, long fork | Berenson et al., SIGMOD 1995; Adya 1999; Cerone and Gotsman, *Analysing snapshot isolation*, PODC 2016 |
//! | [serializable](Level::Serializable) | and every other circle: write skew (G2-item) | Papadimitriou 1979; PL-3 of Adya |
//! | [strict serializable](Level::StrictSerializable) | and any order but that of real time | Herlihy and Wing 1990 |
//!
//! Each level is asked as its definition has it: *is there* an order of the versions of each register with which the
//! reads fit? Nobody has seen this order, so none is presumed. With [`Options::sessions`] the order of the transactions of
//! each process counts as well, at every level (*strong session* serializable and so on; Daudjee and Salem 2004);
//! otherwise only strict serializable knows of time.
//!
//! * A transaction of unknown outcome has committed if somebody has read from it; otherwise it cannot matter.
//! * A value may be written more than once: then every choice of who read from whom is tried.
//! * A read of what the transaction itself has written has to find that, at every level.
//!
//! The levels below snapshot isolation are decided in time linear in the reads and in whom they read from, if no value is
//! written twice. The others are NP-complete (Papadimitriou 1979; Biswas and Enea 2019): `ordered` adds what is forced
//! until nothing more is, and `search` tries what is left, within a [budget](crate::check::Budget). What is not decided
//! within it is [unknown](Verdict::Unknown), never a yes. [`naive`] is the oracle: tests compare the two on random
//! histories, and each violation of up to five transactions is put to it before it is shown.
//!
//! ```
//! use histories::transactions::{Access, Level, Options, Transaction, Transactions, check};
//!
//! let x = 0;
//! let read = |value: u64| Access::Read(x, Some(value.into()));
//! let write = |value: u64| Access::Write(x, value.into());
//! let history = Transactions::new(0, vec!["x".to_owned()], vec![
//!     Transaction::committed(1, [read(0), write(1)], 0..=5),
//!     Transaction::committed(2, [read(0), write(2)], 1..=6),
//! ])?;
//! assert_eq!(check(Level::ReadAtomic, &history, &Options::default()).meets(), Some(true));
//! let verdict = check(Level::SnapshotIsolation, &history, &Options::default());
//! assert_eq!(verdict.violation().unwrap().name(), "lost update");
//! # Ok::<(), histories::transactions::TransactionsError>(())
//! ```

mod decide;
mod evidence;
mod facts;
mod graph;
mod level;
pub mod naive;
mod ordered;
mod search;
mod transaction;
mod verdict;
mod weak;

use crate::check::Budget;
use decide::{Found, Question};

pub use level::{Level, NotALevel};
pub use transaction::{Access, Outcome, Transaction, Transactions, TransactionsError};
pub use verdict::{Anomaly, Beyond, Dependency, Ground, Kind, Undecided, Verdict, Violation};

/// What is asked of all levels.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether the order of the transactions of each process counts.
    pub sessions: bool,
    /// How much is looked at for each level.
    pub budget: Budget,
}

/// Judges a history by one level.
pub fn check(level: Level, history: &Transactions, options: &Options) -> Verdict {
    let facts = match facts::gather(history) {
        Ok(facts) => facts,
        Err(violation) => return Verdict::Breaks(violation),
    };
    let budget = options.budget.started();
    let meter = budget.meter();
    let question = Question {
        level,
        options,
        meter: &meter,
        is_for_show: false,
    };
    match question.ask(&facts) {
        Found::Meets => Verdict::Meets,
        Found::Unknown(saturated) => Verdict::Unknown(Undecided {
            states: meter.spent(),
            limit: meter.ended().unwrap_or(crate::check::Limit::Method),
            saturated,
        }),
        found => Verdict::Breaks(Box::new(evidence::violation(
            level, &facts, options, &found,
        ))),
    }
}

/// A level, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Which one.
    pub level: Level,
    /// Whether it is met.
    pub verdict: Verdict,
    /// The stronger level that is met, from which it follows that this one is.
    pub implied_by: Option<Level>,
}

/// Judges a history by several levels, which share what is found: a stronger level that is met implies a weaker one, and a
/// weaker one that is broken breaks a stronger one.
pub fn check_all(levels: &[Level], history: &Transactions, options: &Options) -> Vec<Judged> {
    let mut levels = levels.to_vec();
    levels.sort_unstable();
    levels.dedup();
    let mut judged: Vec<Judged> = Vec::new();
    for &level in levels.iter().rev() {
        let met = judged.iter().rev().find(|it| it.verdict == Verdict::Meets);
        let implied_by = met.map(|it| it.implied_by.unwrap_or(it.level));
        let verdict = match implied_by {
            Some(_) => Verdict::Meets,
            None => check(level, history, options),
        };
        judged.push(Judged {
            level,
            verdict,
            implied_by,
        });
    }
    judged.reverse();
    let mut broken: Option<Verdict> = None;
    for it in &mut judged {
        match (&it.verdict, &broken) {
            (Verdict::Breaks(_), _) => broken = Some(it.verdict.clone()),
            (Verdict::Unknown(_), Some(weaker)) => it.verdict = weaker.clone(),
            _ => {}
        }
    }
    judged
}
