//! From the record of an execution to a picture of it.

use histories::check::Violation;
use histories::timeline::{Mark, Step};
use histories::{History, Instant, Operation, Timeline};
use interleavings::report::Witness;

use crate::trace::{Access, State, What};

/// How hard an execution is to read: the fewer stale loads, then context switches, then events, the better a witness it
/// is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    stale_loads: usize,
    context_switches: usize,
    events: usize,
}

impl Rank {
    pub(crate) fn of(history: &History, accesses: &[Access]) -> Self {
        let process = |at: usize| history.operations()[accesses[at].operation].process;
        let goes_on = |at: usize| {
            let later = &accesses[at + 1..];
            later
                .iter()
                .any(|it| it.operation == accesses[at].operation)
        };
        let switches =
            (1..accesses.len()).filter(|&at| process(at) != process(at - 1) && goes_on(at - 1));
        Self {
            stale_loads: accesses.iter().filter(|it| it.missed.is_some()).count(),
            context_switches: switches.count(),
            events: accesses.len(),
        }
    }

    pub(crate) fn witness(self, violation: Violation, history: &History, trace: &State) -> Witness {
        Witness {
            violation,
            timeline: picture(history, trace),
            stale_loads: self.stale_loads,
            context_switches: self.context_switches,
        }
    }
}

/// The history with a mark and a step for each access.
pub(crate) fn picture(history: &History, trace: &State) -> Timeline {
    let (history, at) = around(history, &trace.accesses);
    let marks = trace.accesses.iter().zip(at);
    let marks = marks.map(|(access, at)| Mark {
        operation: access.operation,
        at,
    });
    let step = |access: &Access| Step {
        process: history.operations()[access.operation].process,
        access: format!(
            "{} {}",
            trace.words[access.word].place,
            access.what.shown(trace.words[access.word].kind)
        ),
        source: None,
        remark: remark(access),
    };
    Timeline {
        marks: marks.collect(),
        steps: trace.accesses.iter().map(step).collect(),
        ..Timeline::from(history)
    }
}

fn remark(access: &Access) -> Option<String> {
    match (access.what, access.missed) {
        (What::Flicker(_), _) => Some("flickers: a write is under way".to_owned()),
        (_, Some(latest)) => Some(format!("stale: latest is {latest}")),
        (_, None) => None,
    }
}

/// The same history, in compact form, with its instants spread so that the accesses fit in between; and the instant of
/// each access.
///
/// In compact form everything that is invoked at an instant precedes nothing that completes at it. So the accesses fall
/// into segments, one an instant: a new one begins behind the last access of what completed before it. Within a segment
/// an operation is drawn from its first access on, and to its last, but never so that it would precede another one of
/// the segment.
fn around(history: &History, accesses: &[Access]) -> (History, Vec<Instant>) {
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Event {
        Invocation,
        Completion,
        Access,
    }
    let operations = history.operations();
    let completed = |at: usize| operations[at].completed.expect("every operation completes");
    let first = |of: usize| accesses.iter().position(|it| it.operation == of);
    let last = |of: usize| accesses.iter().rposition(|it| it.operation == of);

    let instants = 1 + (0..operations.len()).map(completed).max().unwrap_or(0);
    // Where each segment begins, as a number of accesses that lie before it.
    let begins = |segment: Instant| {
        let over = (0..operations.len()).filter(|&at| completed(at) < segment);
        over.filter_map(|at| last(at).map(|last| last + 1))
            .max()
            .unwrap_or(0)
    };
    let begins: Vec<usize> = (0..instants).map(begins).collect();
    let segment_of = |access: usize| begins.iter().rposition(|&begin| begin <= access);

    // Everything that happens, as (segment, number of accesses before it, what): this order is time.
    let invocation = |at: usize| {
        let segment = operations[at].invoked as usize;
        let first = first(at).filter(|&first| segment_of(first) == Some(segment));
        (segment, first.unwrap_or(begins[segment]), Event::Invocation)
    };
    let completion = |at: usize| {
        let segment = completed(at) as usize;
        let own = last(at).map_or(0, |last| last + 1);
        let others = (0..operations.len()).map(invocation);
        let others = others
            .filter(|&(it, _, _)| it == segment)
            .map(|(_, before, _)| before);
        let before = others.chain([own, begins[segment]]).max();
        (segment, before.unwrap_or(0), Event::Completion)
    };
    let access = |at: usize| (segment_of(at).unwrap_or(0), at, Event::Access);

    let mut time: Vec<_> = (0..operations.len())
        .flat_map(|at| [invocation(at), completion(at)])
        .chain((0..accesses.len()).map(access))
        .collect();
    time.sort_unstable();
    time.dedup();
    let instant = |event| {
        let at = time.binary_search(&event);
        at.expect("every event is in time") as Instant
    };
    let spread = operations
        .iter()
        .enumerate()
        .map(|(at, operation)| Operation {
            invoked: instant(invocation(at)),
            completed: Some(instant(completion(at))),
            ..operation.clone()
        });
    let spread = History::new(history.initial().clone(), spread)
        .expect("each process performs its operations one after the other");
    debug_assert_eq!(&spread.compact(), history, "a picture keeps the precedence");
    (
        spread,
        (0..accesses.len()).map(|at| instant(access(at))).collect(),
    )
}
