//! Which write each operation read from, and what follows for the models that ask it.
//!
//! Where every value is written once there is one answer. Else a history meets a model if some choice of sources does:
//! choices are tried one after the other, as long as there are not too many.

use super::events::{Events, Kind, NEVER};
use super::graph::{Edge, INITIAL, Judged, NOTHING, Why};
use super::{Anomaly, DOUBTS, Model, Verdict, Violation, atomic, paths, regular, witness};
use crate::{Action, History};

/// How much is looked at in all choices of sources together: for each choice, of each operation, what each process
/// knows of it and some more.
const WORK: usize = 20_000_000;

/// How many sources of one operation are tried, at most; of a history this long, all.
const CHOICES: usize = LONG;

/// Among how many writes they are sought.
const SOUGHT: usize = 1_000;

/// Histories of more operations are first asked whether they are linearizable, which is quick, and implies the rest.
const LONG: usize = 64;

/// How a model judges a history whose sources are known.
pub(super) type Decide<'a> = &'a dyn Fn(&Events, &[u32]) -> Judged;

/// Judges a history by a model that linearizable implies.
pub(super) fn judge(history: &History, model: Model, decide: Decide<'_>) -> Verdict {
    if history.operations().len() > LONG && atomic::holds(history) {
        return Verdict::Meets;
    }
    let events = Events::of(history);
    let ended = match search(events, decide) {
        Ended::Meets => return Verdict::Meets,
        Ended::Unknown { states } => return Verdict::Unknown { states },
        Ended::Alone { at, value } => return never_written(history, model, at, value),
        Ended::Broken { evidence } => evidence,
    };
    let breaks = |part: &History| {
        let events = Events::of(part);
        matches!(
            search(events, decide),
            Ended::Broken { .. } | Ended::Alone { .. }
        )
    };
    // The evidence is closed under reads-from; if more is needed, because sources are in doubt, all of it is.
    let all: Vec<usize> = (0..history.operations().len()).collect();
    let among = match breaks(&history.restricted_to(&ended)) {
        _ if all.len() <= witness::EXACT => &all,
        true => &ended,
        false => &all,
    };
    let closed = |part: &[usize]| witness::has_every_write(history, among, part);
    let witness = witness::smallest(history, among, closed, breaks);
    Verdict::Breaks(explain(history, model, witness, decide))
}

/// Whether a history meets a model; `None` if this is not known.
pub(super) fn meets(history: &History, decide: Decide<'_>) -> Option<bool> {
    match search(Events::of(history), decide) {
        Ended::Meets => Some(true),
        Ended::Unknown { .. } => None,
        Ended::Alone { .. } | Ended::Broken { .. } => Some(false),
    }
}

/// How the search through the choices of sources ended.
enum Ended {
    Meets,
    Unknown {
        states: usize,
    },
    /// An operation that has no source, by its index in the history.
    Alone {
        at: usize,
        value: u32,
    },
    /// What breaks the model, by index in the history.
    Broken {
        evidence: Vec<usize>,
    },
}

fn search(events: Events, decide: Decide<'_>) -> Ended {
    let doubts: Vec<usize> = (0..events.len())
        .filter(|&at| events.kind[at] == Kind::Doubtful)
        .collect();
    if doubts.len() > DOUBTS {
        return Ended::Unknown { states: 0 };
    }
    let mut events = events;
    let mut worst = None;
    for outcome in 0..1_u32 << doubts.len() {
        for (nth, &at) in doubts.iter().enumerate() {
            let swapped = outcome >> nth & 1 == 1;
            events.kind[at] = if swapped { Kind::Swap } else { Kind::Refused };
        }
        match choose(&events, decide) {
            Ended::Meets => return Ended::Meets,
            Ended::Unknown { states } => worst = Some(Ended::Unknown { states }),
            broken if doubts.is_empty() => worst = Some(broken),
            _ if worst.is_none() => {
                let evidence = events.in_history(0..events.len());
                worst = Some(Ended::Broken { evidence });
            }
            _ => {}
        }
    }
    worst.unwrap_or(Ended::Meets)
}

/// The sources that operations may have.
struct Candidates {
    /// The likely source of each operation, or [`NOTHING`].
    first: Vec<u32>,
    /// The operations that may have more than one, each with them, the likely one first.
    open: Vec<(usize, Vec<u32>)>,
    /// Whether these are all.
    complete: bool,
}

/// Adds the likely ones among the writes that fit, given in the order of their invocations: that invoked last before an
/// operation completed comes first. Whether these are all.
fn add_likely(
    events: &Events,
    at: usize,
    writes: &[u32],
    fits: impl Fn(u32) -> bool,
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

fn is_each_written_once(events: &Events) -> bool {
    let mut is_written = vec![false; events.values];
    let mut written = (0..events.len()).filter_map(|at| events.written(at));
    written.all(|value| !std::mem::replace(&mut is_written[value as usize], true))
}

/// What is in one bucket of many, given with where each starts.
fn bucket_of((all, starts): &(Vec<u32>, Vec<u32>), bucket: usize) -> &[u32] {
    &all[starts[bucket] as usize..starts[bucket + 1] as usize]
}

fn candidates(events: &Events) -> Result<Candidates, Ended> {
    // Writes of each value and on each register, in the order of their invocations. Operations that write nothing stand
    // in a bucket behind all others.
    let has_refused = events.kind.contains(&Kind::Refused);
    let mut in_order: Vec<u32> = (0..events.len() as u32).collect();
    if has_refused || !is_each_written_once(events) {
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
    let mut first = vec![NOTHING; events.len()];
    let mut open = Vec::new();
    let mut complete = true;
    let mut found: Vec<u32> = Vec::new();
    for (at, first) in first.iter_mut().enumerate() {
        let value = events.value[at];
        let initial = events.initial[events.register(at)];
        found.clear();
        complete &= match events.kind[at] {
            Kind::Write | Kind::Doubtful => continue,
            Kind::Read | Kind::Swap => {
                let own = bucket_of(&of_value, value as usize);
                add_likely(events, at, own, |_| true, &mut found)
            }
            Kind::Refused => {
                let own = bucket_of(&on_register, events.register(at));
                let differs = |write| events.written(write as usize) != Some(value);
                add_likely(events, at, own, differs, &mut found)
            }
        };
        if (value == initial) == (events.kind[at] != Kind::Refused) {
            found.push(INITIAL);
        }
        if events.is_pending(at) {
            // It need not have taken effect.
            found.push(NOTHING);
        }
        match found.as_slice() {
            [] if !complete => return Err(Ended::Unknown { states: 0 }),
            [] => {
                let at = events.operation[at] as usize;
                return Err(Ended::Alone { at, value });
            }
            &[only] => *first = only,
            several => {
                *first = several[0];
                open.push((at, several.to_vec()));
            }
        }
    }
    Ok(Candidates {
        first,
        open,
        complete,
    })
}

/// What took effect: all that completed, and what is pending and was read from. `None` if something was read from that
/// did not.
pub(super) fn took_effect(events: &Events, source: &[u32]) -> Option<Vec<bool>> {
    let mut took: Vec<bool> = events.completed.iter().map(|&it| it != NEVER).collect();
    if !took.contains(&false) {
        return Some(took);
    }
    let mut open: Vec<usize> = (0..events.len()).filter(|&at| took[at]).collect();
    while let Some(at) = open.pop() {
        let from = source[at] as usize;
        if source[at] < INITIAL && !took[from] {
            if events.kind[from] == Kind::Swap && source[from] == NOTHING {
                return None;
            }
            took[from] = true;
            open.push(from);
        }
    }
    Some(took)
}

fn choose(events: &Events, decide: Decide<'_>) -> Ended {
    let Candidates {
        first: mut source,
        open,
        complete,
    } = match candidates(events) {
        Ok(candidates) => candidates,
        Err(ended) => return ended,
    };
    let mut chosen = vec![0; open.len()];
    let mut tried = 0;
    loop {
        let decided = match took_effect(events, &source) {
            Some(_) => decide(events, &source),
            None => Judged::Broken {
                cycle: Vec::new(),
                evidence: Vec::new(),
            },
        };
        match decided {
            Judged::Fits => return Ended::Meets,
            Judged::Unknown { states } => return Ended::Unknown { states },
            Judged::Broken { evidence, .. } if open.is_empty() => {
                let evidence = evidence.into_iter().map(|at| at as usize);
                let evidence = events.in_history(evidence);
                return Ended::Broken { evidence };
            }
            Judged::Broken { .. } => {}
        }
        tried += 1;
        if tried * events.len() * (events.processes + 8) > WORK {
            return Ended::Unknown { states: tried };
        }
        let Some(next) = (0..open.len()).find(|&at| chosen[at] + 1 < open[at].1.len()) else {
            if !complete {
                return Ended::Unknown { states: tried };
            }
            let evidence = events.in_history(0..events.len());
            return Ended::Broken { evidence };
        };
        for at in 0..=next {
            chosen[at] = if at == next { chosen[at] + 1 } else { 0 };
            source[open[at].0] = open[at].1[chosen[at]];
        }
    }
}

fn never_written(history: &History, model: Model, at: usize, _: u32) -> Verdict {
    let violation = match &history.operations()[at].action {
        Action::Read(Some(value))
        | Action::CompareAndSwap {
            expected: value,
            swapped: Some(true),
            ..
        } => regular::never_written(history, model, at, value),
        Action::CompareAndSwap { expected, .. } => Violation {
            model,
            anomaly: Anomaly::Refused,
            sentence: format!(
                "refused though equal: {} did not find {expected}, which the register held from the beginning",
                history.describe(at)
            ),
            witness: vec![at],
        },
        Action::Read(None) | Action::Write(_) => unreachable!("it found something"),
    };
    Verdict::Breaks(violation)
}

/// Puts into words why these operations break a model.
fn explain(history: &History, model: Model, witness: Vec<usize>, decide: Decide<'_>) -> Violation {
    let part = history.restricted_to(&witness);
    let events = Events::of(&part);
    let whole = |at: u32| history.describe(witness[events.operation[at as usize] as usize]);
    let sentence = candidates(&events).ok().and_then(|candidates| {
        let single = candidates.open.is_empty();
        match decide(&events, &candidates.first) {
            Judged::Broken { cycle, .. } if single && !cycle.is_empty() => {
                let steps: Vec<String> = cycle.iter().map(|edge| step(edge, &whole)).collect();
                Some(format!("cyclic order: {}", steps.join(", and ")))
            }
            _ => None,
        }
    });
    let anomaly = match sentence {
        Some(_) => Anomaly::Cycle,
        None => Anomaly::NoOrder,
    };
    let sentence = sentence.unwrap_or_else(|| {
        let named: Vec<String> = witness
            .iter()
            .map(|&at| match history.operations()[at].returned() {
                Some(value) => format!("{} ({value})", history.describe(at)),
                None => history.describe(at),
            })
            .collect();
        format!(
            "no order: nothing that is {model} explains {}",
            atomic::list(&named)
        )
    });
    Violation {
        model,
        anomaly,
        sentence,
        witness,
    }
}

fn step(edge: &Edge, name: &dyn Fn(u32) -> String) -> String {
    let (from, to) = (name(edge.from), name(edge.to));
    match edge.why {
        Why::Process => format!("{from} came before {to} on its process"),
        Why::ReadFrom => format!("{to} read from {from}"),
        Why::Overwritten(read) if read == edge.to => {
            format!("{from} came before {to}, which read the initial value")
        }
        Why::Overwritten(read) => {
            format!(
                "{from} has to come before {to}, since it came before {}, which read from {to}",
                name(read)
            )
        }
        Why::NotYet(NEVER) => format!("{from} read the initial value, and so came before {to}"),
        Why::NotYet(write) => format!("{from} read from {}, and so came before {to}", name(write)),
        Why::Session(_) => format!("{from} has to be older than {to}"),
    }
}
