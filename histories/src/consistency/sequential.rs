//! Sequential (Lamport, *How to make a multiprocessor computer that correctly executes multiprocess programs*, 1979):
//! some order of all operations keeps the order of each process, and in it every read returns the value of the last
//! write before it. Real time means nothing.
//!
//! Unlike the classes of registers this is no matter of each register alone: a history may be sequential on x and
//! sequential on y, and not on both.
//!
//! Deciding is NP-complete (Gibbons and Korach 1997), so it is tried in the order of what it costs:
//!
//! 1. on one register where every value is written once, the [clusters](super::clusters) tell, in linear time;
//! 2. a short search of the [states](super::interleave) that an order passes through;
//! 3. where each operation has one source, what has to come before what is concluded, and then an order is searched that
//!    is [legal](super::legal); else the [sources](super::reads_from) are searched, with the same conclusions for a judge;
//! 4. a long search of the states, first without the compare-and-swaps that did not find their value: they wrote nothing,
//!    so that leaving them out is sound for a no.
//!
//! On one register that is only read and written causal convergence is the same as sequential: in the order of the
//! versions each write, with its readers behind it, makes an order of all operations that keeps that of each process. So
//! it is the judge of the sources on one register, before all else is concluded.

use super::causal;
use super::clusters::{self, Clusters};
use super::interleave::Interleave;
use super::legal;
use super::order::{Contradiction, End, Lanes, Order};
use super::reads_from::{OPEN, ReadsFrom, Searched, has_written};
use crate::Model;
use crate::budget::{Budget, Limit, Meter};
use crate::events::{Events, Kind};

/// How many states the first search looks at; and up to how many where there are no more.
const QUICK: u64 = 100_000;
const ALL: u64 = 1_000_000;

/// How it ended.
pub(crate) enum Ended {
    /// With an order, where one was asked for.
    Fits(Vec<u32>),
    /// The operations that show why not.
    Broken(Vec<u32>),
    Unknown,
}

/// What is found in little time.
pub(crate) fn quick<'r>(
    events: &Events,
    reads_from: impl FnOnce() -> &'r ReadsFrom,
    meter: &Meter<'_>,
) -> Ended {
    match clusters::judge(events) {
        Some(Clusters::Fit(order)) => return Ended::Fits(order),
        Some(Clusters::Contradict(evidence)) => return Ended::Broken(evidence),
        None => {}
    }
    let reads_from = reads_from();
    let is_clear = reads_from.open.is_empty() && reads_from.alone.is_none();
    if is_clear && has_written(events, &reads_from.source).is_ok() {
        // An order is often found at once, and then nothing need be concluded.
        let (lanes, sources) = (Lanes::new(events), &reads_from.source);
        let budget = Budget::of_states(4 * events.len() as u64 + 1_000);
        let found = legal::search(&lanes, sources, std::iter::empty(), &budget.meter());
        return match found {
            Some(Ok(order)) => Ended::Fits(order),
            _ => Ended::Unknown,
        };
    }
    let states = Interleave::new(events, |_| true);
    let share = if states.size() <= ALL { ALL } else { QUICK };
    ended(states.search(meter, share), 0..events.len() as u32)
}

/// What is found where that was not enough.
pub(crate) fn thorough(events: &Events, reads_from: &ReadsFrom, meter: &Meter<'_>) -> Ended {
    // Each search has a budget of its own.
    let ended = by_sources(events, reads_from, &meter.another());
    if !matches!(ended, Ended::Unknown) {
        return ended;
    }
    if events.kind.contains(&Kind::Refused) {
        // What did not find a value wrote nothing: if what is left without it is not sequential, neither is the whole.
        let others = |at: usize| events.kind[at] != Kind::Refused;
        let found = by_states(events, others, meter, meter.share(2));
        if let Ended::Broken(_) = found {
            return found;
        }
    }
    by_states(events, |_| true, meter, u64::MAX)
}

fn ended(found: Option<Result<Vec<u32>, ()>>, all: impl Iterator<Item = u32>) -> Ended {
    match found {
        Some(Ok(order)) => Ended::Fits(order),
        Some(Err(())) => Ended::Broken(all.collect()),
        None => Ended::Unknown,
    }
}

fn by_states(
    events: &Events,
    wanted: impl Fn(usize) -> bool,
    meter: &Meter<'_>,
    share: u64,
) -> Ended {
    let all = (0..events.len() as u32).filter(|&at| wanted(at as usize));
    ended(Interleave::new(events, &wanted).search(meter, share), all)
}

fn by_sources(events: &Events, reads_from: &ReadsFrom, meter: &Meter<'_>) -> Ended {
    let lanes = &Lanes::new(events);
    let one_register = events.initial.len() == 1;
    let mut converges = causal::Judge::new(Model::CausalConvergence, lanes);
    let mut order = Order::new(lanes);
    let is_open = |sources: &[u32]| sources.contains(&OPEN);
    let mut found: Option<Vec<u32>> = None;
    let searched = reads_from.search(lanes, meter, |sources| {
        if one_register {
            converges.judge(sources, meter)?;
            if is_open(sources) {
                return Ok(());
            }
        }
        order.read_from(sources, |_| true);
        order.set_clocks()?;
        order.conclude(|_| true, true, true, meter)?;
        if is_open(sources) {
            return Ok(());
        }
        let edges: Vec<(u32, u32)> = order.edges().collect();
        match legal::search(lanes, sources, edges.iter().copied(), meter) {
            None => Err(End::Unknown),
            Some(Ok(order)) => {
                found = Some(order);
                Ok(())
            }
            Some(Err(())) => {
                let all: Vec<u32> = (0..events.len() as u32).collect();
                Err(End::Contradiction(Contradiction {
                    cycle: Vec::new(),
                    evidence: all.clone(),
                    premises: all,
                }))
            }
        }
    });
    match (searched, found) {
        (Searched::Fits, Some(order)) => Ended::Fits(order),
        (Searched::Broken { contradiction, .. }, _) => Ended::Broken(contradiction.evidence),
        _ => {
            meter.end(Limit::Method);
            Ended::Unknown
        }
    }
}

/// What follows from the sources alone.
pub(super) fn conclude(events: &Events, reads_from: &ReadsFrom, meter: &Meter<'_>) -> Searched {
    let lanes = Lanes::new(events);
    let mut order = Order::new(&lanes);
    reads_from.search(&lanes, meter, |sources| {
        order.read_from(sources, |_| true);
        order.set_clocks()?;
        order.conclude(|_| true, true, true, meter)
    })
}
