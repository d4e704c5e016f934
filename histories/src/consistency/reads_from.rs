//! Which write each operation read from, and what follows for the models that ask it.
//!
//! Where every value is written once there is one answer. Else each operation has candidates, those likely ones first
//! that were invoked shortly before it completed, and a history meets a model if some choice of them does. Choices are
//! [searched](crate::search::choice): the judge of a model says what contradicts it, and what it says is learned.
//!
//! A compare-and-swap that did not find a value has most writes for candidates. It wrote nothing, so leaving it out is
//! sound for a no: it is decided last.

use super::order::{Contradiction, End, Lanes};
use super::paths;
use crate::budget::{Limit, Meter};
use crate::events::{Events, Kind, NEVER};
use crate::search::choice::{Answer, Chosen, Said, choose};

/// The source of an operation that read nothing, or that never took effect.
pub(super) const NOTHING: u32 = NEVER;
/// The source of an operation that read the initial value.
pub(super) const INITIAL: u32 = NEVER - 1;
/// The source of an operation that has not been chosen yet.
pub(super) const OPEN: u32 = NEVER - 2;

/// How many sources of one operation are tried, at most.
const CHOICES: usize = 256;

/// Among how many writes they are sought.
const SOUGHT: usize = 4_096;

/// Up to so many operations the judge is asked after every choice.
const SHORT: usize = 400;

/// The sources that the operations of a history may have.
#[derive(Debug)]
pub(crate) struct ReadsFrom {
    /// The source of each operation that has only one; [`NOTHING`] of what reads nothing, [`OPEN`] of the others.
    pub(super) source: Vec<u32>,
    /// The operations that may have more than one, each with them, the likely one first.
    pub(super) open: Vec<(u32, Vec<u32>)>,
    /// Whether these are all.
    is_complete: bool,
    /// Whether there are operations of which no source was found, though there may be one.
    is_lost: bool,
    /// An operation that has none.
    pub(super) alone: Option<u32>,
}

/// What is in one bucket of many, given with where each starts.
fn bucket_of((all, starts): &(Vec<u32>, Vec<u32>), bucket: usize) -> &[u32] {
    &all[starts[bucket] as usize..starts[bucket + 1] as usize]
}

impl ReadsFrom {
    pub(crate) fn new(events: &Events) -> Self {
        // Writes of each value and on each register, in the order of their invocations. Operations that write nothing
        // stand in a bucket behind all others.
        let has_refused = events
            .kind
            .iter()
            .any(|kind| matches!(kind, Kind::Refused | Kind::Indeterminate));
        let mut in_order: Vec<u32> = (0..events.len() as u32).collect();
        if has_refused || !events.is_each_written_once() {
            in_order.sort_unstable_by_key(|&at| events.invoked[at as usize]);
        }
        let sorted = |buckets: usize, of: &dyn Fn(usize, u32) -> u32| {
            let bucket = |&at: &u32| match events.written(at as usize) {
                Some(written) => of(at as usize, written),
                None => buckets as u32,
            };
            let (places, starts) = paths::bucket(buckets + 1, in_order.iter().map(bucket));
            let writes: Vec<u32> = places.into_iter().map(|at| in_order[at as usize]).collect();
            (writes, starts)
        };
        let of_value = sorted(events.values, &|_, written| written);
        let on_register = match has_refused {
            true => sorted(events.initial.len(), &|at, _| events.register(at) as u32),
            false => (Vec::new(), Vec::new()),
        };
        let mut found = Self {
            source: vec![NOTHING; events.len()],
            open: Vec::new(),
            is_complete: true,
            is_lost: false,
            alone: None,
        };
        let mut sources: Vec<u32> = Vec::new();
        for at in 0..events.len() {
            let value = events.value[at];
            let is_initial = value == events.initial[events.register(at)];
            sources.clear();
            let (writes, fits): (&[u32], &dyn Fn(u32) -> bool) = match events.kind[at] {
                Kind::Write => continue,
                Kind::Read | Kind::Swap => (bucket_of(&of_value, value as usize), &|_| true),
                Kind::Refused => (bucket_of(&on_register, events.register(at)), &|write| {
                    events.written(write as usize) != Some(value)
                }),
                Kind::Indeterminate => (bucket_of(&on_register, events.register(at)), &|_| true),
            };
            let are_all = add_likely(events, at, writes, fits, &mut sources);
            found.is_complete &= are_all;
            let may_be_initial = match events.kind[at] {
                Kind::Refused => !is_initial,
                Kind::Indeterminate => true,
                _ => is_initial,
            };
            if may_be_initial {
                sources.push(INITIAL);
            }
            if events.is_pending(at) {
                // It need not have taken effect.
                sources.insert(0, NOTHING);
            }
            match sources.as_slice() {
                [] if are_all => found.alone = found.alone.or(Some(at as u32)),
                [] => found.is_lost = true,
                &[only] => found.source[at] = only,
                several => {
                    found.source[at] = OPEN;
                    found.open.push((at as u32, several.to_vec()));
                }
            }
        }
        found
    }

    /// Searches a choice of the sources that nothing contradicts.
    pub(super) fn search(
        &self,
        lanes: &Lanes<'_>,
        meter: &Meter<'_>,
        mut judge: impl FnMut(&[u32]) -> Result<(), End>,
    ) -> Searched {
        let events = lanes.events;
        if let Some(at) = self.alone {
            return Searched::Broken {
                contradiction: Contradiction {
                    cycle: Vec::new(),
                    evidence: vec![at],
                    premises: Vec::new(),
                },
                is_all: true,
            };
        }
        if self.is_lost {
            meter.end(Limit::Method);
        }
        if self.is_lost || !meter.allows(lanes.bytes()) {
            return Searched::Unknown;
        }
        let options: Vec<u32> = self.open.iter().map(|(_, it)| it.len() as u32).collect();
        let rank = |&(at, _): &(u32, Vec<u32>)| u8::from(events.kind[at as usize] == Kind::Refused);
        let rank: Vec<u8> = self.open.iter().map(rank).collect();
        let mut variable = vec![NEVER; events.len()];
        for (number, &(at, _)) in (0..).zip(&self.open) {
            variable[at as usize] = number;
        }
        let mut sources = self.source.clone();
        let mut last = Contradiction::default();
        let mut evidence = vec![false; events.len()];
        let cost = 1 + (events.len() * events.processes / 32) as u64;
        let eager = events.len() <= SHORT;
        let answer = choose(&options, &rank, eager, meter, |chosen: Chosen<'_>| {
            for (number, (at, options)) in self.open.iter().enumerate() {
                let option = chosen.of(number);
                sources[*at as usize] = option.map_or(OPEN, |option| options[option as usize]);
            }
            if !meter.spend(cost) {
                return Said::Unknown;
            }
            let judged = match has_written(events, &sources) {
                Ok(()) => judge(&sources),
                Err(contradiction) => Err(contradiction.into()),
            };
            match judged {
                Ok(()) => Said::Fine,
                Err(End::Unknown) => Said::Unknown,
                Err(End::Contradiction(contradiction)) => {
                    let of = |&at: &u32| variable[at as usize];
                    let premises = contradiction.premises.iter().map(of);
                    // Where it is open, or there is no choice, nothing rests on it.
                    let premises =
                        premises.filter(|&it| it != NEVER && chosen.of(it as usize).is_some());
                    let premises = premises.collect();
                    for &at in &contradiction.evidence {
                        evidence[at as usize] = true;
                    }
                    last = contradiction;
                    Said::Contradiction(premises)
                }
            }
        });
        match answer {
            Answer::Found(_) => Searched::Fits,
            Answer::None if self.is_complete => {
                let is_all = self.open.is_empty();
                if !is_all {
                    let all = (0..).zip(&evidence).filter(|(_, is)| **is);
                    last.evidence = all.map(|(at, _)| at).collect();
                }
                Searched::Broken {
                    contradiction: last,
                    is_all,
                }
            }
            Answer::None => {
                meter.end(Limit::Method);
                Searched::Unknown
            }
            Answer::Unknown => Searched::Unknown,
        }
    }
}

/// Whether a compare-and-swap swapped, if it read from this source; `None` if that is open.
pub(super) fn swapped(events: &Events, at: usize, source: u32) -> Option<bool> {
    let found = match source {
        OPEN | NOTHING => return None,
        INITIAL => events.initial[events.register(at)],
        write => events.written(write as usize)?,
    };
    Some(found == events.value[at])
}

/// Whether everything that was read from wrote, as far as is known: a pending compare-and-swap has to have a source of
/// its own, and one of unknown outcome has to have swapped.
pub(super) fn has_written(events: &Events, sources: &[u32]) -> Result<(), Contradiction> {
    for (to, &from) in (0..).zip(sources) {
        if from >= OPEN {
            continue;
        }
        let at = from as usize;
        let wrote = match events.kind[at] {
            Kind::Indeterminate => swapped(events, at, sources[at]),
            Kind::Swap if events.is_pending(at) => Some(sources[at] != NOTHING),
            _ => None,
        };
        if wrote == Some(false) {
            return Err(Contradiction {
                cycle: Vec::new(),
                evidence: vec![from, to],
                premises: vec![from, to],
            });
        }
    }
    Ok(())
}

/// How a search for sources ended.
pub(super) enum Searched {
    /// With some nothing is contradicted.
    Fits,
    /// There are none. If each operation has one source, the contradiction is all there is to it; else its evidence is
    /// what was met on the way.
    Broken {
        contradiction: Contradiction,
        is_all: bool,
    },
    Unknown,
}

/// Adds the likely ones among the writes that fit, given in the order of their invocations: that invoked last before an
/// operation completed comes first. Whether these are all.
fn add_likely(
    events: &Events,
    at: usize,
    writes: &[u32],
    fits: &dyn Fn(u32) -> bool,
    found: &mut Vec<u32>,
) -> bool {
    let completed = events.completed[at];
    let begun = writes.partition_point(|&write| events.invoked[write as usize] <= completed);
    let (begun, later) = writes.split_at(begun);
    let mut all = begun.iter().rev().chain(later.iter().rev()).copied();
    let sought = all.by_ref().take(SOUGHT);
    let mut fitting = sought.filter(|&write| write as usize != at && fits(write));
    found.extend(fitting.by_ref().take(CHOICES));
    fitting.next().is_none() && all.next().is_none()
}
