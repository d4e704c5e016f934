//! Who waits for whom: guarantees by every execution of small scenarios, and by what happens when one process stops.

use histories::Timeline;
use interleavings::{Bound, Limits, MemoryModel, StepBounds, Waiting, survey};
use registers::halt::{Finish, Halt};
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::{Arity, Guarantee};

use super::PICTURE;
use crate::cli::Failure;

/// What is known of both kinds of operations.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Of reads.
    pub read: Kept,
    /// Of writes.
    pub write: Kept,
}

/// What keeps one kind of operation from its end.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What the register claims.
    pub claimed: Guarantee,
    /// The strongest guarantee that nothing contradicts; none if not every execution was looked at.
    pub found: Option<Guarantee>,
    /// The bounds on its steps.
    pub bounds: StepBounds,
    /// Whether it takes more steps the more operations of others there are.
    pub grows: bool,
    /// The guarantee that it lacks, and an execution up to where that shows.
    pub schedule: Option<(Guarantee, Timeline)>,
}

impl Kept {
    fn unknown(claimed: Guarantee) -> Self {
        Self {
            claimed,
            found: None,
            bounds: StepBounds::NONE,
            grows: false,
            schedule: None,
        }
    }

    fn add(&mut self, bounds: StepBounds, waits: &[Waiting], is_write: bool) {
        self.bounds = self.bounds.and(bounds);
        let of_kind = waits.iter().filter(|it| it.is_write == is_write);
        for waiting in of_kind {
            let worse = self
                .schedule
                .as_ref()
                .is_none_or(|(lacks, _)| waiting.lacks < *lacks);
            if worse {
                self.schedule = Some((waiting.lacks, waiting.timeline.clone()));
            }
        }
    }

    fn finish(&mut self) {
        let found = self.bounds.guarantee();
        self.found = Some(if self.grows {
            found.min(Guarantee::LockFree)
        } else {
            found
        });
    }

    /// How many steps it takes at most, if there is a bound.
    #[must_use]
    pub fn steps(&self) -> Option<Bound> {
        self.found?;
        Some(if self.grows {
            Bound::Unbounded
        } else {
            self.bounds.among_others
        })
    }
}

/// Finds out who waits for whom, with all others running and with all others stopped, on sequentially consistent memory:
/// on the others a load may be stale again and again, which no machine does.
pub(super) fn find(subject: &Subject, states: usize) -> Result<Progress, Failure> {
    let claims = subject.claims();
    let mut read = Kept::unknown(claims.progress.read);
    let mut write = Kept::unknown(claims.progress.write);
    let limits = Limits {
        states: states.min(150_000),
        bytes: PICTURE,
        ..Limits::default()
    };
    // Each line grows by an operation of somebody else.
    let mut lines = vec![
        vec!["w.r", "ww.r", "www.r", "wwww.r"],
        vec!["w.r", "w.rr", "w.rrr"],
    ];
    lines.push(vec!["ww.rr"]);
    if claims.readers == Arity::Many {
        lines.push(vec!["w.r.r"]);
    }
    if claims.writers == Arity::Many {
        lines.push(vec!["w.w.r"]);
        lines.push(vec!["w.w", "w.ww", "w.www", "w.wwww"]);
    }
    let mut is_complete = true;
    for line in lines {
        let mut steps: Vec<[Bound; 2]> = Vec::new();
        for lanes in line {
            let scenario: Scenario = lanes.parse().expect("it is a scenario");
            let below = claims.small_numbers();
            let scenario = below.map_or(scenario.clone(), |below| scenario.below(below));
            let found = survey(subject, &scenario, MemoryModel::Sc, &limits)?;
            let Some(bounds) = found.bounds else {
                // What is too large is left out, but not what is smallest.
                is_complete &= scenario.operations().operations().len() > 3;
                break;
            };
            read.add(bounds.read, &found.waits, false);
            write.add(bounds.write, &found.waits, true);
            steps.push([bounds.read.among_others, bounds.write.among_others]);
        }
        read.grows |= grows(steps.iter().map(|it| it[0]));
        write.grows |= grows(steps.iter().map(|it| it[1]));
    }
    if is_complete {
        read.finish();
        write.finish();
    }
    Ok(Progress { read, write })
}

/// Whether the last three grow, each by something.
fn grows(steps: impl DoubleEndedIterator<Item = Bound>) -> bool {
    let last: Vec<Bound> = steps.rev().take(3).collect();
    last.len() == 3 && last[0] > last[1] && last[1] > last[2] && last[0] != Bound::Unbounded
}

impl Progress {
    /// What contradicts the claims, if anything does.
    pub(super) fn waits_more(&self, halts: &[Halt]) -> Option<String> {
        for (kind, kept) in [("read", &self.read), ("write", &self.write)] {
            let claimed = kept.claimed;
            if kept.found.is_some_and(|found| found < claimed) {
                let why = match kept.found {
                    Some(Guarantee::Blocking) => "it waits for one that has stopped",
                    Some(Guarantee::ObstructionFree) => {
                        "two operations can make each other start again for ever"
                    }
                    _ if kept.grows => {
                        "it takes more steps the more operations of others there are"
                    }
                    _ => "others can make it start again for ever",
                };
                return Some(format!("a {kind} claims to be {claimed}, but {why}"));
            }
        }
        for halt in halts {
            let both = [
                (&halt.reads, self.read.claimed),
                (&halt.writes, self.write.claimed),
            ];
            for (finish, claimed) in both {
                if claimed != Guarantee::Blocking && matches!(finish, Finish::Never { .. }) {
                    return Some(format!(
                        "with another process stopped, what claims to be {claimed} does not complete"
                    ));
                }
            }
        }
        None
    }
}
