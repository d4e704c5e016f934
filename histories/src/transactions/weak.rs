//! The levels below snapshots: each read alone says which writes come before the one that it read from.
//!
//! So nothing is searched for: with the sources known, the graph of these orders has a circle or not (Biswas and Enea,
//! *On the complexity of checking transactional consistency*, OOPSLA 2019).

use super::facts::{Chosen, Facts, Source};
use super::graph::{Forced, Graph, Why};
use super::verdict::Kind;
use super::{Level, Options};
use crate::Register;

/// A transaction that a reader has seen a part of, though not the part that another one had written before: the
/// reader, the register of which it saw too old a version, and the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooOld {
    pub(super) reader: u32,
    /// Which write it did see.
    pub(super) seen: Option<Register>,
    pub(super) register: Register,
    pub(super) writer: u32,
}

/// The graph of a level, or a reader that found what was there at first, though it had seen somebody overwrite that.
pub(super) fn graph(
    level: Level,
    facts: &Facts<'_>,
    chosen: &Chosen,
    options: &Options,
) -> Result<Graph, TooOld> {
    let mut graph = Graph::new(facts.writes.len(), false);
    graph.add_sessions(facts, &chosen.is_there, options);
    let decided = |at: usize| chosen.sources[at].map(|source| (&facts.reads[at], source));
    for (read, source) in (0..facts.reads.len()).filter_map(decided) {
        if let Source::Of(source) = source {
            graph.read(source, read.by, read.register);
        }
    }
    if level == Level::ReadCommitted {
        return Ok(graph);
    }
    graph.round = 1;
    let sessions = Sessions::of(facts, chosen, options);
    // The reads of one transaction stand together.
    let reads: Vec<usize> = (0..facts.reads.len()).collect();
    for own in reads.chunk_by(|&one, &other| facts.reads[one].by == facts.reads[other].by) {
        for (read, source) in own.iter().filter_map(|&at| decided(at)) {
            let others = own.iter().filter_map(|&at| decided(at));
            let seen = others.filter_map(|(other, source)| match source {
                Source::Of(writer) if level == Level::ReadAtomic || other.nth < read.nth => {
                    Some((writer, Some(other.register)))
                }
                _ => None,
            });
            let of_session = match level {
                Level::ReadAtomic => sessions.last(facts, read.by, read.register),
                _ => None,
            };
            for (writer, seen) in seen.chain(of_session.map(|writer| (writer, None))) {
                let writes = facts.writes[writer as usize]
                    .binary_search(&read.register)
                    .is_ok();
                if !writes || source == Source::Of(writer) {
                    continue;
                }
                let (reader, register) = (read.by, read.register);
                let Source::Of(second) = source else {
                    return Err(TooOld {
                        reader,
                        seen,
                        register,
                        writer,
                    });
                };
                let ground = graph.grounds.len() as u32;
                graph.grounds.push(Forced {
                    first: Source::Of(writer),
                    second,
                    register,
                    reader: Some(reader),
                    path: (writer, reader),
                    round: graph.round,
                });
                graph.add(
                    writer,
                    second,
                    Why::On(Kind::Overwrite, register),
                    Some(ground),
                );
            }
        }
    }
    Ok(graph)
}

/// Who came before a transaction in its process.
struct Sessions {
    before: Vec<Option<u32>>,
}

impl Sessions {
    fn of(facts: &Facts<'_>, chosen: &Chosen, options: &Options) -> Self {
        let mut graph = Graph::new(facts.writes.len(), false);
        graph.add_sessions(facts, &chosen.is_there, options);
        let mut before = vec![None; facts.writes.len()];
        for (from, edges) in (0..).zip(&graph.edges) {
            for edge in edges {
                before[edge.to as usize] = Some(from);
            }
        }
        Self { before }
    }

    /// Who wrote a register last before a transaction in its process.
    fn last(&self, facts: &Facts<'_>, at: u32, register: Register) -> Option<u32> {
        let mut before = self.before[at as usize];
        while let Some(it) = before {
            if facts.writes[it as usize].binary_search(&register).is_ok() {
                break;
            }
            before = self.before[it as usize];
        }
        before
    }
}
