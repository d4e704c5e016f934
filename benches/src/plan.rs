//! What is measured, how often, and for how long at most.

use serde::Serialize;

use crate::contestant::Contestant;
use crate::workload::Workload;

/// Everything that a run of the scoreboard does.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Who takes part. The raw copy always does.
    pub contestants: Vec<Contestant>,
    /// Seeds the order of the contestants.
    pub seed: u64,
    /// One after the other.
    pub legs: Vec<Leg>,
}

/// One workload.
#[derive(Clone, Debug, Serialize)]
pub struct Leg {
    /// Which.
    pub workload: Workload,
    /// With values of so many words.
    pub payloads: Vec<usize>,
    /// So many rounds, each with a slice of every contestant.
    pub rounds: usize,
    /// No new round begins after this many seconds; one always takes place.
    pub seconds: f64,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Ends in under 90 seconds.
    Quick,
    /// Takes a few minutes.
    Full,
    /// What the table of semantics needs.
    Semantics,
}

/// The payload of workloads with many threads: the first of these that is asked for.
const USUAL: [usize; 4] = [64, 8, 2, 512];

/// The payload of a writer that is stopped: with more words a reader may starve beside one that is not.
const SMALL: [usize; 4] = [8, 2, 64, 512];

/// What is measured. `rounds` replaces the number of rounds of every workload.
#[must_use]
pub fn legs(extent: Extent, payloads: &[usize], rounds: Option<usize>) -> Vec<Leg> {
    use Workload::{Alone, Crowd, Frozen, Paced, Pair, PairTimed};
    let first_of = |order: [usize; 4]| -> Vec<usize> {
        let found = order.into_iter().find(|words| payloads.contains(words));
        found.or(payloads.first().copied()).into_iter().collect()
    };
    let (one, small) = (first_of(USUAL), first_of(SMALL));
    let leg = |workload, payloads: &[usize], usual_rounds, seconds| Leg {
        workload,
        payloads: payloads.to_vec(),
        rounds: rounds.unwrap_or(usual_rounds),
        seconds,
    };
    match extent {
        Extent::Quick => vec![
            leg(Alone, payloads, 40, 9.0),
            leg(Pair, payloads, 40, 25.0),
            leg(PairTimed, payloads, 8, 7.0),
            leg(Paced, payloads, 20, 13.0),
            leg(Crowd(1), &one, 4, 3.5),
            leg(Crowd(2), &one, 4, 3.5),
            leg(Crowd(3), &one, 5, 6.0),
            leg(Frozen, &small, 5, 5.0),
        ],
        Extent::Full => vec![
            leg(Alone, payloads, 100, 30.0),
            leg(Pair, payloads, 120, 120.0),
            leg(PairTimed, payloads, 40, 40.0),
            leg(Paced, payloads, 60, 60.0),
            leg(Crowd(1), &one, 10, 25.0),
            leg(Crowd(2), &one, 10, 25.0),
            leg(Crowd(3), &one, 15, 40.0),
            leg(Frozen, &small, 20, 40.0),
        ],
        Extent::Semantics => vec![leg(Alone, &small, 60, 5.0), leg(Pair, &small, 60, 15.0)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_plans_less_than_ninety_seconds() {
        let seconds: f64 = legs(Extent::Quick, &[2, 8, 64, 512], None)
            .iter()
            .map(|leg| leg.seconds)
            .sum();
        // A last round may run on for some seconds.
        assert!(seconds <= 75.0, "{seconds}");
    }

    #[test]
    fn no_workload_lacks_a_payload() {
        for payloads in [&[2][..], &[512], &[8, 512], &[3]] {
            for leg in legs(Extent::Quick, payloads, Some(1)) {
                assert!(!leg.payloads.is_empty());
                assert_eq!(leg.rounds, 1);
            }
        }
    }
}
