//! The four session guarantees (Terry, Demers, Petersen, Spreitzer, Theimer and Welch, *Session guarantees for weakly
//! consistent replicated data*, 1994), in the framework of Viotti and Vukolic (*Consistency in non-transactional
//! distributed storage systems*, 2016): all processes agree on one order of the writes of a register, its *versions*,
//! of which the initial value is the oldest, and
//!
//! * **read your writes**: a read finds no older version than its process has written before;
//! * **monotonic reads**: nor than its process has read before;
//! * **monotonic writes**: of two writes of a process the later is the newer version;
//! * **writes follow reads**: a write is a newer version than its process has read before.
//!
//! Each is a set of arrows between versions; the guarantees hold together if all their arrows together have no cycle.
//! Time O(n) where every value is written once.
//!
//! No history breaks *monotonic writes* by itself, since a process writes one thing after the other: it shows only in
//! what others read, so together with monotonic reads or read your writes. [`check`] judges any of them together.
//!
//! ```
//! use histories::check::sessions;
//! use histories::{Model, Timeline};
//!
//! let timeline: Timeline = "
//!     init: 0
//!     Thread 1:  www(1)  www(2)
//!     Thread 2:                  rrr(2)  rrr(1)
//! ".parse()?;
//! let history = &timeline.history;
//! assert!(sessions::check(&[Model::MonotonicReads], history).holds());
//! assert!(sessions::check(&[Model::MonotonicWrites], history).holds());
//! assert!(!sessions::check(&[Model::MonotonicReads, Model::MonotonicWrites], history).holds());
//! # Ok::<(), histories::timeline::ParseError>(())
//! ```

use std::collections::{HashMap, HashSet};

use super::order::{Contradiction, Edge, End, Why};
use super::paths;
use super::reads_from::{INITIAL, NOTHING, OPEN, swapped};
use crate::check::Checker;
use crate::events::{Events, Kind, NEVER};
use crate::{History, Model, Verdict};

/// Judges whether some of the session guarantees hold together. A violation names the first of them.
///
/// # Panics
///
/// If there are none, or if one of the models is no session guarantee.
pub fn check(guarantees: &[Model], history: &History) -> Verdict {
    assert!(!guarantees.is_empty(), "there is a guarantee to judge");
    assert!(
        guarantees
            .iter()
            .all(|model| Model::SESSIONS.contains(model)),
        "only session guarantees are judged together"
    );
    Checker::new(history).sessions(guarantees)
}

/// What one process has done with one register so far.
#[derive(Clone, Default)]
struct Session {
    writes: Vec<u32>,
    /// For each own write the node of all own writes before it.
    earlier: Vec<u32>,
    /// For each own write, up to which own write there is an arrow to it.
    arrows: Vec<usize>,
    /// The node of all own writes.
    written: Option<u32>,
    /// The node of all versions read.
    read: Option<u32>,
    /// The version read last, and who read it.
    last: Option<(u32, u32)>,
}

/// The versions, and nodes that stand for many of them.
struct Arrows {
    nodes: u32,
    /// From, to, and the operations because of which.
    all: Vec<(u32, u32, u32)>,
}

impl Arrows {
    /// A node for what `first` stood for and for one more.
    fn join(&mut self, first: Option<u32>, more: u32, why: u32) -> u32 {
        let node = self.nodes;
        self.nodes += 1;
        self.all.extend(first.map(|first| (first, node, NEVER)));
        self.all.push((more, node, why));
        node
    }
}

/// Judges some guarantees together, by sources which are told as far as they are chosen.
pub(super) fn judge(guarantees: &[Model], events: &Events, source: &[u32]) -> Result<(), End> {
    let asked = |model| guarantees.contains(&model);
    let registers = events.initial.len();
    let mut sessions = vec![Session::default(); registers];
    let mut arrows = Arrows {
        nodes: events.len() as u32,
        all: Vec::new(),
    };
    let mut process = None;
    for at in 0..events.len() {
        if process != Some(events.process[at]) {
            process = Some(events.process[at]);
            sessions
                .iter_mut()
                .for_each(|session| *session = Session::default());
        }
        let session = &mut sessions[events.register(at)];
        let (own, from) = (at as u32, source[at]);
        if from == INITIAL {
            // Older than anything written or read before.
            let seen = match session.last {
                Some((version, by)) if asked(Model::MonotonicReads) => Some([version, by]),
                _ => None,
            };
            let write = session
                .writes
                .first()
                .filter(|_| asked(Model::ReadYourWrites));
            if let Some([version, by]) = seen.or(write.map(|&write| [write, write])) {
                let why = Why::Overwritten(own);
                let cycle = vec![Edge {
                    from: by,
                    to: own,
                    why,
                }];
                return Err(End::Contradiction(Contradiction {
                    cycle,
                    evidence: vec![version, by, own],
                    premises: vec![by, own],
                }));
            }
        } else if from != NOTHING && from != OPEN {
            if asked(Model::ReadYourWrites) {
                // Own writes stand in the order of the history.
                match session.writes.binary_search(&from).ok() {
                    None => arrows
                        .all
                        .extend(session.written.map(|written| (written, from, own))),
                    Some(nth) => {
                        let earlier = session.earlier[nth];
                        if earlier != NEVER {
                            arrows.all.push((earlier, from, own));
                        }
                        for later in session.arrows[nth].max(nth + 1)..session.writes.len() {
                            arrows.all.push((session.writes[later], from, own));
                        }
                        session.arrows[nth] = session.writes.len();
                    }
                }
            }
            if asked(Model::MonotonicReads) {
                let is_new = session.last.is_none_or(|(version, _)| version != from);
                if is_new {
                    arrows
                        .all
                        .extend(session.read.map(|read| (read, from, own)));
                    session.read = Some(arrows.join(session.read, from, own));
                }
                session.last = Some((from, own));
            } else if asked(Model::WritesFollowReads) {
                session.read = Some(arrows.join(session.read, from, own));
            }
        }
        let writes = match events.kind[at] {
            Kind::Write | Kind::Swap => true,
            Kind::Indeterminate => swapped(events, at, from) == Some(true),
            Kind::Read | Kind::Refused => false,
        };
        if writes {
            if asked(Model::WritesFollowReads) {
                arrows.all.extend(session.read.map(|read| (read, own, own)));
            }
            if asked(Model::MonotonicWrites) {
                arrows
                    .all
                    .extend(session.writes.last().map(|&last| (last, own, own)));
            }
            session.earlier.push(session.written.unwrap_or(NEVER));
            session.arrows.push(0);
            session.writes.push(own);
            if asked(Model::ReadYourWrites) {
                session.written = Some(arrows.join(session.written, own, NEVER));
            }
        }
    }
    cycle(events, source, &arrows, asked(Model::MonotonicReads))
}

/// Whether the arrows have a cycle; only the first nodes are operations. `reads` tells whether reads are monotonic.
fn cycle(events: &Events, source: &[u32], arrows: &Arrows, reads: bool) -> Result<(), End> {
    let operations = events.len() as u32;
    let nodes = arrows.nodes as usize;
    let mut missing = vec![0_u32; nodes];
    for &(_, to, _) in &arrows.all {
        missing[to as usize] += 1;
    }
    let (leaving, starts) = paths::bucket(nodes, arrows.all.iter().map(|&(from, ..)| from));
    let from = |node: u32| {
        let range = starts[node as usize] as usize..starts[node as usize + 1] as usize;
        leaving[range].iter().map(|&at| arrows.all[at as usize])
    };
    let mut ready: Vec<u32> = (0..nodes as u32)
        .filter(|&at| missing[at as usize] == 0)
        .collect();
    let mut done = 0;
    while let Some(node) = ready.pop() {
        done += 1;
        for (_, to, _) in from(node) {
            missing[to as usize] -= 1;
            if missing[to as usize] == 0 {
                ready.push(to);
            }
        }
    }
    if done == nodes {
        return Ok(());
    }
    if let Some((versions, whys)) = disagreement(events, source).filter(|_| reads) {
        return Err(contradiction(events, source, versions, whys).into());
    }
    // Every node that something is missing to has an arrow from another such node.
    let mut into = vec![(NEVER, NEVER); nodes];
    for &(from, to, why) in &arrows.all {
        if missing[from as usize] > 0 {
            into[to as usize] = (from, why);
        }
    }
    let start = missing.iter().position(|&missing| missing > 0);
    let mut node = start.expect("something is on a cycle");
    let mut seen = vec![false; nodes];
    while !std::mem::replace(&mut seen[node], true) {
        node = into[node].0 as usize;
    }
    // The version on the cycle that was written first is likely where an arrow leads back in time. The cycle through it
    // with the fewest arrows between processes is told, rather than any.
    let (end, mut first) = (node, node);
    let written = |node: usize| events.invoked.get(node).copied().unwrap_or(NEVER);
    loop {
        node = into[node].0 as usize;
        if written(node) < written(first) {
            first = node;
        }
        if node == end {
            break;
        }
    }
    let around = paths::shortest(nodes, first as u32, first as u32, |node, step| {
        for (_, to, why) in from(node).filter(|&(_, to, _)| missing[to as usize] > 0) {
            // Among nodes that stand for many versions an arrow needs no further operation.
            let joins = node >= operations && to >= operations;
            step(to, !joins, why);
        }
    });
    let around = around.expect("there is a cycle through this node");
    let whys = around
        .iter()
        .map(|&(_, _, why)| why)
        .filter(|&why| why != NEVER);
    let on_it = around
        .iter()
        .map(|&(from, ..)| from)
        .filter(|&from| from < operations);
    let versions: Vec<u32> = on_it.collect();
    let whys: Vec<u32> = whys.collect();
    Err(contradiction(events, source, versions, whys).into())
}

/// How many reads that go back in time are compared with what other processes read.
const COMPARED: usize = 256;

/// Two processes that read two versions in different orders, if any are found: the versions, and the reads.
fn disagreement(events: &Events, source: &[u32]) -> Option<(Vec<u32>, Vec<u32>)> {
    let mut last: Vec<u32> = vec![NEVER; events.initial.len()];
    let mut back: Vec<[u32; 2]> = Vec::new();
    for at in 0..events.len() {
        if at > 0 && events.process[at] != events.process[at - 1] {
            last.fill(NEVER);
        }
        let (from, register) = (source[at], events.register(at));
        if from >= OPEN {
            continue;
        }
        let before = std::mem::replace(&mut last[register], at as u32);
        let invoked = |read: u32| events.invoked[source[read as usize] as usize];
        if before != NEVER && invoked(before) > invoked(at as u32) {
            back.push([before, at as u32]);
        }
    }
    back.truncate(COMPARED);
    let version = |read: u32| source[read as usize];
    let compared: HashSet<u32> = back.iter().flatten().map(|&read| version(read)).collect();
    // The first and the last read of each of these versions by each process.
    let mut reads: HashMap<u32, Vec<[u32; 2]>> = HashMap::new();
    for at in (0..events.len() as u32).filter(|&at| compared.contains(&version(at))) {
        let own = reads.entry(version(at)).or_default();
        match own.last_mut() {
            Some(pair) if events.process[pair[0] as usize] == events.process[at as usize] => {
                pair[1] = at;
            }
            _ => own.push([at, at]),
        }
    }
    back.iter().find_map(|&[new, old]| {
        let (newer, older) = (version(new), version(old));
        let process = |read: u32| events.process[read as usize];
        let mut others = reads[&older].iter().flat_map(|&[first, _]| {
            let of_newer = reads[&newer].iter();
            of_newer.map(move |&[_, last]| (first, last))
        });
        let (first, last) =
            others.find(|&(first, last)| process(first) == process(last) && first < last)?;
        Some((vec![newer, older], vec![new, old, first, last]))
    })
}

/// The contradiction of versions that have to be older than each other, and of the operations because of which.
fn contradiction(
    events: &Events,
    source: &[u32],
    versions: Vec<u32>,
    whys: Vec<u32>,
) -> Contradiction {
    let edge = |nth: usize| Edge {
        from: versions[nth],
        to: versions[(nth + 1) % versions.len()],
        why: Why::Session(versions[nth]),
    };
    let cycle = (0..versions.len()).map(edge).collect();
    let evidence: Vec<u32> = versions.iter().chain(&whys).copied().collect();
    // Whether a swap of unknown outcome wrote is told by what it found.
    let may_rest = |at: &u32| {
        let at = *at as usize;
        source[at] != NOTHING && source[at] != OPEN || events.kind[at] == Kind::Indeterminate
    };
    let premises = evidence.iter().copied().filter(may_rest).collect();
    Contradiction {
        cycle,
        evidence,
        premises,
    }
}
