//! Probes: ways on from where an attempt begins, by which it is tested whether the failed attempts before it make a
//! difference.
//!
//! That a failed attempt asks for the same when it is repeated does not say yet that it leaves nothing behind: a loop may
//! count its failures, and another attempt, which fails elsewhere or succeeds, may go by the count. So whatever ways are
//! known to lead on from the beginning of an attempt are followed behind failed attempts too, once, twice, ... and
//! [`MANY`] times: each has to lead as far as without them. A way that is found later is followed behind all that was
//! forgotten by then; if it comes out otherwise, the exploration starts again and knows the probe from the beginning.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::attempts::{Cycle, MANY, shape};
use super::{Automaton, NodeId};
use crate::atlas::{Answer, Request, alike};
use crate::processes::{Fault, Processes};

/// So often an attempt fails before a probe is followed.
const TIMES: [usize; 6] = [1, 2, 3, 10, 100, MANY];

/// No more probes are kept for the attempts of one loop.
const MOST: usize = 48;

/// A way on from where an attempt begins.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    /// What the process wants where it begins.
    start: Request,
    way: Cycle,
    /// What it asks for, whatever the values.
    shape: u64,
    /// If it repeats an attempt until the count of a loop is over: that attempt.
    counted: Option<Cycle>,
}

/// All probes of a process.
#[derive(Debug, Default)]
pub(super) struct Probes {
    all: Vec<Probe>,
    /// The shapes of all that were ever there.
    shapes: BTreeSet<u64>,
}

impl From<Vec<Probe>> for Probes {
    fn from(all: Vec<Probe>) -> Self {
        let shapes = all.iter().map(|probe| probe.shape).collect();
        Self { all, shapes }
    }
}

impl From<Probes> for Vec<Probe> {
    fn from(probes: Probes) -> Self {
        probes.all
    }
}

impl Automaton {
    /// Whether an attempt that has begun at `start`, and failed, makes no difference to anything that is known to come
    /// behind it.
    pub(super) fn makes_no_difference(
        &self,
        processes: &Processes<'_>,
        start: NodeId,
        failed: &Cycle,
    ) -> Result<bool, Fault> {
        let wants = &self.node(start).wants;
        let probes = self.probes.all.iter();
        for probe in probes.filter(|probe| alike(&probe.start, wants)) {
            if !self.leads_as_far(processes, start, failed, &probe.way)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a way leads as far behind failed attempts as without them.
    fn leads_as_far(
        &self,
        processes: &Processes<'_>,
        start: NodeId,
        failed: &Cycle,
        way: &Cycle,
    ) -> Result<bool, Fault> {
        let answers = self.answers(start);
        let behind = |times: usize| {
            let cycle = (failed.clone(), times);
            processes.follow_behind(self.process, answers.clone(), cycle, way.clone())
        };
        let Some((length, then)) = behind(0)? else {
            return Ok(false);
        };
        for times in TIMES {
            let is_as_far = behind(times)?
                .is_some_and(|(other, wants)| other == length && alike(&wants, &then));
            if !is_as_far {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes a way on from `start` for a probe, if it goes where no other one does, and tests by it what was forgotten
    /// before.
    ///
    /// # Errors
    ///
    /// If something that was forgotten makes a difference.
    pub(super) fn probe(
        &mut self,
        processes: &Processes<'_>,
        start: NodeId,
        way: Cycle,
        shape: u64,
    ) -> Result<(), Fault> {
        let probe = Probe {
            start: self.node(start).wants.clone(),
            way,
            shape,
            counted: None,
        };
        self.add(processes, probe)
    }

    /// The same for an attempt that is counted, repeated until the count is over.
    pub(super) fn probe_counting(
        &mut self,
        processes: &Processes<'_>,
        start: NodeId,
        counted: Cycle,
        way: Cycle,
        shape: u64,
    ) -> Result<(), Fault> {
        let probe = Probe {
            start: self.node(start).wants.clone(),
            way,
            shape,
            counted: Some(counted),
        };
        let is_known = self.probes.shapes.contains(&shape);
        self.add(processes, probe)?;
        if !is_known && self.retries.remembered {
            // What was taken for more than a count may be one.
            return Err(Fault::Remembers);
        }
        Ok(())
    }

    fn add(&mut self, processes: &Processes<'_>, probe: Probe) -> Result<(), Fault> {
        if !self.probes.shapes.insert(probe.shape) {
            return Ok(());
        }
        let is_within = |it: &Probe, other: &Probe| {
            alike(&it.start, &other.start) && other.way.starts_with(&it.way)
        };
        // One that this goes beyond says no more than this does.
        let all = &mut self.probes.all;
        all.retain(|known| known.counted.is_some() || !is_within(known, &probe));
        let of_the_loop = all.iter().filter(|it| alike(&it.start, &probe.start));
        let is_one_too_many =
            of_the_loop.count() >= MOST || all.iter().any(|known| is_within(&probe, known));
        if is_one_too_many && probe.counted.is_none() {
            return Ok(());
        }
        all.push(probe.clone());
        for at in 0..self.nodes.len() as NodeId {
            if !alike(&self.node(at).wants, &probe.start) {
                continue;
            }
            for failed in self.failed_kinds(at) {
                if !self.leads_as_far(processes, at, failed, &probe.way)? {
                    return Err(Fault::Remembers);
                }
            }
        }
        Ok(())
    }

    /// An attempt of the loop whose attempts begin at `start` that is known to be counted.
    pub(super) fn counted_attempt(&self, start: NodeId) -> Option<Cycle> {
        let wants = &self.node(start).wants;
        let mut probes = self.probes.all.iter();
        probes.find_map(|probe| {
            let is_of_the_loop = alike(&probe.start, wants);
            probe.counted.clone().filter(|_| is_of_the_loop)
        })
    }

    /// Takes a new edge, to where the process wants `then`, for the end of a probe from wherever failed attempts began.
    pub(super) fn probe_with_edge(
        &mut self,
        processes: &Processes<'_>,
        at: NodeId,
        answer: Answer,
        then: &Request,
    ) -> Result<(), Fault> {
        if !self.has_loops || !self.node(at).in_operation() {
            return Ok(());
        }
        self.probe_from_every_loop(processes, at, answer, |way| shape(way, then))
    }

    /// The same for an edge that makes a difference where another one of its shape, with other values, makes none.
    pub(super) fn probe_with_values(
        &mut self,
        processes: &Processes<'_>,
        at: NodeId,
        answer: Answer,
    ) -> Result<(), Fault> {
        let values = |way: &Cycle| {
            let mut values = DefaultHasher::new();
            way.iter().for_each(|step| step.1.hash(&mut values));
            values.finish()
        };
        self.probe_from_every_loop(processes, at, answer, values)
    }

    fn probe_from_every_loop(
        &mut self,
        processes: &Processes<'_>,
        at: NodeId,
        answer: Answer,
        shape: impl Fn(&Cycle) -> u64,
    ) -> Result<(), Fault> {
        let mut way: Vec<(NodeId, Answer)> = self.way_back(at, answer).collect();
        way.reverse();
        for first in 0..way.len() {
            let start = way[first].0;
            if !self.failed_kinds(start).is_empty() {
                let way = self.cycle(&way[first..]);
                let shape = shape(&way);
                self.probe(processes, start, way, shape)?;
            }
        }
        Ok(())
    }

    /// Takes every way on from `start` that is known for a probe.
    pub(super) fn probe_with_all(
        &mut self,
        processes: &Processes<'_>,
        start: NodeId,
    ) -> Result<(), Fault> {
        for at in start..self.nodes.len() as NodeId {
            for (answer, target) in self.node(at).edges().to_vec() {
                let mut way: Vec<(NodeId, Answer)> = self.way_back(at, answer).collect();
                way.reverse();
                if let Some(first) = way.iter().position(|step| step.0 == start) {
                    let way = self.cycle(&way[first..]);
                    let shape = shape(&way, &self.node(target).wants);
                    self.probe(processes, start, way, shape)?;
                }
            }
        }
        Ok(())
    }

    /// Nodes and answers as requests and answers.
    pub(super) fn cycle(&self, way: &[(NodeId, Answer)]) -> Cycle {
        let step = |&(at, answer): &(NodeId, Answer)| (self.node(at).wants.clone(), answer);
        way.iter().map(step).collect()
    }

    /// The attempts that have failed in different ways, begun at a node, and were forgotten.
    fn failed_kinds(&self, at: NodeId) -> &[Cycle] {
        let attempts = self.node(at).attempts.as_ref();
        attempts.map_or(&[], |attempts| attempts.kinds())
    }
}
