//! Snapshot isolation and serializability: saturation.
//!
//! Of two versions of a register one comes first, and all who read it come before whoever writes the second. Where one of
//! the two orders would close a circle, the other one is forced; this is repeated until nothing more is (a fixpoint, as
//! Papadimitriou 1979 has it of serializability, and Biswas and Enea 2019, Cobra 2020 and PolySI 2023 of what comes after). It decides
//! most histories that are wrong, and leaves little to the search.

use super::facts::{Chosen, Facts, Source, Version};
use super::graph::{Forced, Graph};
use super::{Level, Options};
use crate::Register;
use crate::budget::Meter;

/// Of more than this many points it is not asked which ones reach which: that takes a bit for each two.
const MOST_POINTS: usize = 45_000;

/// More than this many pairs of versions are not looked at.
const MOST_PAIRS: usize = 8_000_000;

/// What is known before anything is forced.
pub(super) fn graph(
    level: Level,
    facts: &Facts<'_>,
    chosen: &Chosen,
    versions: &[Vec<Version>],
    options: &Options,
) -> Graph {
    let has_snapshots = level == Level::SnapshotIsolation;
    let mut graph = Graph::new(facts.writes.len(), has_snapshots);
    for (register, versions) in (0..).zip(versions) {
        for version in versions {
            let Source::Of(writer) = version.writer else {
                continue;
            };
            for &reader in &version.readers {
                graph.read(writer, reader, register);
            }
            // All come behind what was there at first.
            graph.overwrite(&versions[0], writer, register, None);
        }
        // Whoever reads a version and writes another overwrites it.
        for version in &versions[1..] {
            for &reader in &version.readers {
                if facts.writes[reader as usize]
                    .binary_search(&register)
                    .is_ok()
                {
                    graph.overwrite(version, reader, register, None);
                }
            }
        }
    }
    graph.add_sessions(facts, &chosen.is_there, options);
    if level == Level::StrictSerializable {
        graph.add_time(facts, &chosen.is_there);
    }
    graph
}

/// How saturation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Saturated {
    /// There is a circle.
    Circle,
    /// All versions are in order, and there is no circle.
    Met,
    /// Nothing more is forced.
    Fully,
    /// There was too much to be seen.
    Not,
}

/// Pairs of versions of a register whose order is not known yet; nothing before they have been listed.
pub(super) type Open = Option<Vec<(Register, u32, u32)>>;

/// Adds what is forced. If `all`, also the edges that follow from others, so that circles are short.
pub(super) fn saturate(
    graph: &mut Graph,
    versions: &[Vec<Version>],
    open: &mut Open,
    all: bool,
    meter: &Meter<'_>,
) -> Saturated {
    let pairs = versions
        .iter()
        .map(|it| (it.len() - 1) * (it.len() - 1) / 2);
    let is_small = graph.edges.len() <= MOST_POINTS && pairs.sum::<usize>() <= MOST_PAIRS;
    loop {
        let Ok(order) = graph.order() else {
            return Saturated::Circle;
        };
        if !is_small {
            return Saturated::Not;
        }
        let open = open.get_or_insert_with(|| every_pair(versions));
        if open.is_empty() {
            return Saturated::Met;
        }
        // Who reaches whom costs a word for each 64 points and edge.
        let words = graph.edges.len() / 64 + 1;
        if !meter.spend((words * graph.edges.len() / 64 + open.len() / 16) as u64) {
            return Saturated::Not;
        }
        let reaches = Reaches::of(graph, &order);
        graph.round += 1;
        let before = open.len();
        open.retain(|&(register, one, other)| {
            let of = &versions[register as usize];
            let (one, other) = (&of[one as usize], &of[other as usize]);
            let not = contradiction(graph, &reaches, one, other).map(|why| (other, one, why));
            let nor = contradiction(graph, &reaches, other, one).map(|why| (one, other, why));
            // Where neither is possible, that which needs no reader to be seen is easier to understand.
            let forced = match (not, nor) {
                (Some(not), Some(nor)) if not.2.0.is_some() => Some(nor),
                (not, nor) => not.or(nor),
            };
            let Some((first, second, (reader, path))) = forced else {
                return true;
            };
            force(graph, &reaches, first, second, register, reader, path, all);
            false
        });
        if open.len() == before {
            return Saturated::Fully;
        }
    }
}

/// Puts versions into the order of real time where nothing is known: a guess, since most stores do keep it.
pub(super) fn guess(
    graph: &mut Graph,
    facts: &Facts<'_>,
    versions: &[Vec<Version>],
    open: &mut Open,
) {
    let all = facts.history.all();
    graph.round += 1;
    if let Some(pairs) = open {
        pairs.retain(|&(register, one, other)| {
            let of = &versions[register as usize];
            let (one, other) = (&of[one as usize], &of[other as usize]);
            let (Source::Of(first), Source::Of(second)) = (one.writer, other.writer) else {
                return true;
            };
            let precedes = |one: u32, other: u32| all[one as usize].precedes(&all[other as usize]);
            if precedes(first, second) {
                graph.overwrite(one, second, register, None);
            } else if precedes(second, first) {
                graph.overwrite(other, first, register, None);
            } else {
                return true;
            }
            false
        });
    }
}

fn every_pair(versions: &[Vec<Version>]) -> Vec<(Register, u32, u32)> {
    let mut pairs = Vec::new();
    for (register, versions) in (0..).zip(versions) {
        for other in 2..versions.len() as u32 {
            pairs.extend((1..other).map(|one| (register, one, other)));
        }
    }
    pairs
}

/// Why a version cannot come before another: a reader of it if that is why, and which path would close a circle.
fn contradiction(
    graph: &Graph,
    reaches: &Reaches,
    first: &Version,
    second: &Version,
) -> Option<(Option<u32>, (u32, u32))> {
    let (Source::Of(one), Source::Of(other)) = (first.writer, second.writer) else {
        return None;
    };
    let path = (graph.begin(other), graph.commit(one));
    if reaches.has(path) {
        return Some((None, path));
    }
    let mut readers = first.readers.iter().filter(|&&reader| reader != other);
    readers.find_map(|&reader| {
        let path = (graph.commit(other), graph.begin(reader));
        reaches.has(path).then_some((Some(reader), path))
    })
}

#[allow(clippy::too_many_arguments, reason = "what is forced, and why")]
fn force(
    graph: &mut Graph,
    reaches: &Reaches,
    first: &Version,
    second: &Version,
    register: Register,
    reader: Option<u32>,
    path: (u32, u32),
    all: bool,
) {
    let (Source::Of(one), Source::Of(other)) = (first.writer, second.writer) else {
        return;
    };
    let is_new = |edge: (u32, u32)| all || !reaches.has(edge);
    let mut added = Version {
        writer: Source::Initial,
        readers: Vec::new(),
    };
    if is_new((graph.commit(one), graph.begin(other))) {
        added.writer = first.writer;
    }
    let readers = first.readers.iter().copied();
    added.readers = readers
        .filter(|&it| is_new((graph.begin(it), graph.commit(other))))
        .collect();
    let ground = graph.grounds.len() as u32;
    graph.grounds.push(Forced {
        first: first.writer,
        second: other,
        register,
        reader,
        path,
        round: graph.round,
    });
    graph.overwrite(&added, other, register, Some(ground));
}

/// Which nodes reach which.
struct Reaches {
    words: usize,
    rows: Vec<u64>,
}

impl Reaches {
    fn of(graph: &Graph, order: &[u32]) -> Self {
        let nodes = graph.edges.len();
        let words = nodes / 64 + 1;
        let mut rows = vec![0_u64; nodes * words];
        let mut row = vec![0_u64; words];
        for &node in order.iter().rev() {
            row.fill(0);
            row[node as usize / 64] |= 1 << (node % 64);
            for edge in &graph.edges[node as usize] {
                let to = edge.to as usize;
                // What is reached already brings nothing new.
                if row[to / 64] >> (to % 64) & 1 == 1 {
                    continue;
                }
                let other = &rows[to * words..][..words];
                row.iter_mut()
                    .zip(other)
                    .for_each(|(own, other)| *own |= other);
            }
            rows[node as usize * words..][..words].copy_from_slice(&row);
        }
        Self { words, rows }
    }

    fn has(&self, (from, to): (u32, u32)) -> bool {
        self.rows[from as usize * self.words + to as usize / 64] >> (to % 64) & 1 == 1
    }
}
