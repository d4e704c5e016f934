//! The models beyond real time: what matters is the order of each process, and what was read from what.

mod causal;
mod clusters;
mod interleave;
mod legal;
mod order;
mod paths;
pub(crate) mod reads_from;
pub(crate) mod sequential;
pub mod sessions;

use crate::budget::Meter;
use crate::events::Events;
use crate::found::Found;
use crate::{History, Model, verdict};
use order::{Edge, Lanes};
use reads_from::{ReadsFrom, Searched};

/// What judges the sources of a history.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Judged<'a> {
    /// PRAM, or causality in one of its strengths.
    Causal(Model),
    /// These session guarantees together.
    Sessions(&'a [Model]),
}

/// Judges a history by a model that asks who read from what.
pub(crate) fn judge(
    events: &Events,
    reads_from: &ReadsFrom,
    judged: Judged<'_>,
    meter: &Meter<'_>,
) -> Found {
    match search(events, reads_from, judged, meter) {
        Searched::Fits => Found::Meets,
        Searched::Broken { contradiction, .. } => {
            let evidence = contradiction.evidence.into_iter().map(|at| at as usize);
            Found::among(events.in_history(evidence))
        }
        Searched::Unknown => Found::gave_up(
            meter,
            "which write each operation may have read from, by what contradicts it",
        ),
    }
}

fn search(
    events: &Events,
    reads_from: &ReadsFrom,
    judged: Judged<'_>,
    meter: &Meter<'_>,
) -> Searched {
    let lanes = Lanes::new(events);
    match judged {
        Judged::Causal(model) => {
            let mut judge = causal::Judge::new(model, &lanes);
            reads_from.search(&lanes, meter, |sources| judge.judge(sources, meter))
        }
        Judged::Sessions(guarantees) => reads_from.search(&lanes, meter, |sources| {
            sessions::judge(guarantees, events, sources)
        }),
    }
}

/// Why the operations of a short history contradict each other, if each has one source: they are in a cycle, in terms of
/// their index in the history.
pub(crate) fn cycle(
    history: &History,
    model: Model,
    meter: &Meter<'_>,
) -> Option<Vec<verdict::Step>> {
    let events = Events::of(history);
    let reads_from = ReadsFrom::new(&events);
    let guarantees = [model];
    let searched = match model {
        Model::Sequential => sequential::conclude(&events, &reads_from, meter),
        _ if Model::SESSIONS.contains(&model) => {
            search(&events, &reads_from, Judged::Sessions(&guarantees), meter)
        }
        _ => search(&events, &reads_from, Judged::Causal(model), meter),
    };
    let Searched::Broken {
        contradiction,
        is_all: true,
    } = searched
    else {
        return None;
    };
    let in_history = |at: u32| events.operation[at as usize] as usize;
    let step = |edge: &Edge| verdict::Step {
        from: in_history(edge.from),
        to: in_history(edge.to),
        why: match edge.why {
            order::Why::Process => verdict::Why::Process,
            order::Why::ReadFrom => verdict::Why::ReadFrom,
            order::Why::Overwritten(read) => verdict::Why::Overwritten {
                read: in_history(read),
            },
            order::Why::NotYet(write) => verdict::Why::NotYet {
                write: (write != crate::events::NEVER).then(|| in_history(write)),
            },
            order::Why::Session(_) => verdict::Why::Session,
        },
    };
    let steps: Vec<verdict::Step> = contradiction.cycle.iter().map(step).collect();
    (!steps.is_empty()).then_some(steps)
}
