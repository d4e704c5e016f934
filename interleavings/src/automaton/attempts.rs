//! Failed attempts of retry loops: what they leave behind.
//!
//! A loop may fail any number of times, so an automaton is finite only if it forgets. Three kinds of loops are told
//! apart:
//!
//! | the loop remembers of its failed attempts | what becomes of a failed one |
//! |---|---|
//! | nothing | goes back to the node where it began, and waits until something that it accessed has changed |
//! | how many there were | goes to a node of its own, the same for all attempts that have failed as often |
//! | more than that | is another list of answers like all others: nothing is forgotten |
//!
//! **A loop by closure** ([`retry`](registers::Memory::retry), [`retry_at_most`](registers::Memory::retry_at_most)) is
//! of the first or of the second kind by its type: an attempt is a `Fn`, so it can remember nothing by itself.
//!
//! **A loop by hand** calls [`relax`](registers::Memory::relax) for each failed attempt, and may do what it likes. It is
//! tested, in runs of the register's own code: the failed attempt is repeated over and over, with the same answers, and
//! has to ask for the same each time. A loop that counts to a bound asks for something else when it reaches that. It is
//! then explored unmerged as long as it counts, up to its bound; and when it has come to a state in which attempts
//! repeat without a difference, it is merged there. Loops by closure are tested as well, because a closure may reach
//! state outside of the memory.
//!
//! The test is no proof: a loop that changes its ways after more than [`MANY`] failed attempts, or after some mixture of
//! attempts that was not tried, passes. What was tested is part of the verdict ([`Retries`]).

use std::collections::BTreeSet;

use registers::memory::What;

use super::{Automaton, NodeId};
use crate::atlas::{Answer, DONE, Fingerprint, Loop, Request, alike};
use crate::processes::{Fault, Processes, Stop};

/// So often an attempt is repeated that has failed in a new way.
pub(crate) const MANY: usize = 1_100;

/// So often one is repeated that has failed at the same place after the same accesses as another, with other values.
const FEW: usize = 70;

/// So many attempts of all kinds are mixed.
const MIXED: usize = 600;

/// So many kinds of failed attempts are mixed.
const KINDS: usize = 12;

/// So many attempts may do different things in turn.
const AT_MOST_IN_TURN: usize = 12;

/// A failed attempt that leaves nothing behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// The words that it accessed, each with what it read there or stored to it.
    pub(crate) accesses: Vec<(usize, u64)>,
    /// Whether it made a choice, or an exchange failed in it for no reason: then it may end differently at once.
    pub(crate) is_chance: bool,
}

/// What the failed attempts of the loops of a register leave behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retries {
    /// Whether there are loops by closure.
    pub by_closure: bool,
    /// Whether there are loops by hand whose failed attempts leave nothing behind, as far as they were repeated.
    pub by_hand: bool,
    /// Whether there are loops that count their failed attempts.
    pub counted: bool,
    /// Whether there are loops that remember more of them.
    pub remembered: bool,
}

impl Retries {
    /// What any of two registers' loops leave behind.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            by_closure: self.by_closure || other.by_closure,
            by_hand: self.by_hand || other.by_hand,
            counted: self.counted || other.counted,
            remembered: self.remembered || other.remembered,
        }
    }
}

/// What comes behind a failed attempt in a probe: whatever it is.
const RELAXED: Request = Request::Relax(None);

/// Requests with their answers, that lead from the beginning of an attempt to where it has failed.
pub(super) type Cycle = Vec<(Request, Answer)>;

/// What is known of the attempts that begin at a node.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// The ways in which they fail, whatever the values.
    shapes: BTreeSet<u64>,
    /// One attempt of each.
    kinds: Vec<Cycle>,
    /// The ways in which they fail that make a difference, whatever the values.
    different: BTreeSet<u64>,
    /// If they count: how far.
    counts: Option<Counts>,
    /// If they count, where the process stands when one more has failed: by the number of failed ones, if it is known.
    failed: Vec<(Option<u64>, NodeId)>,
}

/// How far a loop has counted.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    /// An attempt that is counted.
    cycle: Cycle,
    /// How many requests of its repetition come from here on as they did before.
    left: usize,
    /// What comes instead then.
    then: Request,
}

impl Attempts {
    /// One attempt of each kind that was forgotten.
    pub(super) fn kinds(&self) -> &[Cycle] {
        &self.kinds
    }
}

impl Automaton {
    /// Where an attempt goes that has failed at `at`, if that is a node that is known. `answers` lead from the beginning
    /// to what the process wants now.
    pub(super) fn after_failure(
        &mut self,
        processes: &Processes<'_>,
        at: NodeId,
        attempts: Option<Loop>,
        stop: &Stop,
        answers: &[Answer],
    ) -> Result<Option<NodeId>, Fault> {
        let mut way: Vec<(NodeId, Answer)> = self.way_back(at, DONE).collect();
        way.reverse();
        match attempts {
            Some(Loop {
                began,
                failed: Some(failed),
            }) => {
                self.retries.counted = true;
                let start = self.began(&way, began);
                let start = start.map(|start| way[start].0);
                Ok(start.and_then(|start| self.counted(start, Some(failed), &stop.wants)))
            }
            Some(Loop {
                began,
                failed: None,
            }) => {
                self.retries.by_closure = true;
                let start = self.began(&way, began);
                let start = start.filter(|&start| self.node(way[start].0).wants == stop.wants);
                let known = match start {
                    Some(start) => self.forgotten(processes, &way[start..], answers)?,
                    None => None,
                };
                self.retries.remembered |= known.is_none();
                Ok(known)
            }
            None => self.by_hand(processes, &way, stop, answers),
        }
    }

    /// Where the loop of attempts began, on the way.
    fn began(&self, way: &[(NodeId, Answer)], began: usize) -> Option<usize> {
        way.iter().position(|&(at, _)| self.node(at).depth == began)
    }

    /// Where attempts of a loop by hand that has failed here began: at the first node of the last attempt at which the
    /// process wanted the same, and from which attempts leave nothing behind; or else of the last two, three, ... for
    /// loops that do several things in turn. Or it is one node further, if the loop counts.
    fn by_hand(
        &mut self,
        processes: &Processes<'_>,
        way: &[(NodeId, Answer)],
        stop: &Stop,
        answers: &[Answer],
    ) -> Result<Option<NodeId>, Fault> {
        let mut starts = Vec::new();
        let mut failed = 0;
        for at in (0..way.len() - 1).rev() {
            let wants = &self.node(way[at].0).wants;
            if *wants == stop.wants {
                starts.push((failed, at));
            }
            failed += usize::from(matches!(wants, Request::Relax(_)));
            if failed > AT_MOST_IN_TURN {
                break;
            }
        }
        starts.sort_unstable();
        let (near, far) = starts.split_at(starts.partition_point(|it| it.0 < 2));
        for &(_, start) in near {
            if let Some(known) = self.forgotten(processes, &way[start..], answers)? {
                self.retries.by_hand = true;
                return Ok(Some(known));
            }
        }
        let Some(&(_, first)) = near.first() else {
            // It carries on with what it has found, as a loop of compare-and-exchange does.
            return Ok(None);
        };
        // Whatever the attempt was, there is one node for one more that has failed, if all are counted alike.
        let first = way[first].0;
        let counts = self.counts(processes, first)?;
        let is_counted = |counts: &Counts| {
            let found = self.repeat(processes, answers, &counts.cycle, counts.left + 1)?;
            let is_one_less = found.0 + counts.cycle.len() == counts.left;
            Ok::<bool, Fault>(is_one_less && alike(&found.1, &counts.then))
        };
        if counts.as_ref().map_or(Ok(false), is_counted)? {
            self.retries.counted = true;
            return Ok(self.counted(first, None, &stop.wants));
        }
        for &(_, start) in far {
            if let Some(known) = self.forgotten_in_turn(processes, &way[start..])? {
                self.retries.by_hand = true;
                return Ok(Some(known));
            }
        }
        self.retries.remembered = true;
        Ok(None)
    }

    /// How far a loop has counted where attempts begin at `start`, if it does.
    fn counts(
        &mut self,
        processes: &Processes<'_>,
        start: NodeId,
    ) -> Result<Option<Counts>, Fault> {
        let known = self.node(start).attempts.as_ref();
        if let Some(counts) = known.and_then(|attempts| attempts.counts.clone()) {
            return Ok(Some(counts));
        }
        let Some(cycle) = self.counted_attempt(start) else {
            return Ok(None);
        };
        let most = cycle.len() * (MANY + 1);
        let (left, then) = self.repeat(processes, &self.answers(start), &cycle, most)?;
        let counts = (left < most).then_some(Counts { cycle, left, then });
        self.attempts(start).counts.clone_from(&counts);
        Ok(counts)
    }

    /// The node behind one more failed attempt of those that begin at `start` and count. If it is not known yet, it is
    /// the one that is pushed next.
    fn counted(&mut self, start: NodeId, failed: Option<u64>, wants: &Request) -> Option<NodeId> {
        let next = self.nodes.len() as NodeId;
        let attempts = self.attempts(start);
        let known = attempts.failed.iter().find(|it| it.0 == failed);
        let known = known.map(|it| it.1);
        if known.is_none() {
            attempts.failed.push((failed, next));
        }
        known.filter(|&known| alike(&self.node(known).wants, wants))
    }

    /// The node where an attempt began, if it leaves nothing behind: repeated over and over, and mixed with others, it
    /// asks for the same again, and so does whatever may come behind it. `way` leads from there to where it has failed.
    fn forgotten(
        &mut self,
        processes: &Processes<'_>,
        way: &[(NodeId, Answer)],
        answers: &[Answer],
    ) -> Result<Option<NodeId>, Fault> {
        let start = way[0].0;
        let cycle = self.cycle(way);
        let shape = shape(&cycle, &RELAXED);
        let known = self.node(start).attempts.as_deref();
        if known.is_some_and(|it| it.different.contains(&shape)) {
            return Ok(None);
        }
        if known.is_some_and(|it| it.shapes.contains(&shape)) {
            let most = cycle.len() * FEW;
            let (cycled, _) = self.repeat(processes, answers, &cycle, most)?;
            if cycled < most {
                return Ok(None);
            }
        } else if !self.is_forgettable(processes, start, &cycle, shape)? {
            self.attempts(start).different.insert(shape);
            return Ok(None);
        }
        Ok(Some(self.forget(way, &cycle)))
    }

    /// The same for several attempts in turn that are no more than one of their own kind.
    fn forgotten_in_turn(
        &mut self,
        processes: &Processes<'_>,
        way: &[(NodeId, Answer)],
    ) -> Result<Option<NodeId>, Fault> {
        let start = way[0].0;
        let cycle = self.cycle(way);
        let most = cycle.len() * FEW;
        let (cycled, _) = self.repeat(processes, &self.answers(start), &cycle, most)?;
        if cycled < most || !self.makes_no_difference(processes, start, &cycle)? {
            return Ok(None);
        }
        let shape = shape(&cycle, &RELAXED);
        let known = self.node(start).attempts.as_deref();
        let is_forgettable = known.is_some_and(|it| it.shapes.contains(&shape))
            || self.is_forgettable(processes, start, &cycle, shape)?;
        Ok(is_forgettable.then(|| self.forget(way, &cycle)))
    }

    /// Lets an attempt that has failed leave nothing behind, and returns where it began.
    fn forget(&mut self, way: &[(NodeId, Answer)], cycle: &Cycle) -> NodeId {
        let failed = way.last().expect("an attempt fails somewhere").0;
        self.nodes[failed as usize].attempt = Some(attempt(cycle));
        way[0].0
    }

    /// Whether an attempt that fails in a new way leaves nothing behind. If it does, what was forgotten before is tested
    /// by it.
    fn is_forgettable(
        &mut self,
        processes: &Processes<'_>,
        start: NodeId,
        cycle: &Cycle,
        shape: u64,
    ) -> Result<bool, Fault> {
        let answers = self.answers(start);
        let most = cycle.len() * (MANY + 1);
        let (left, then) = self.repeat(processes, &answers, cycle, most)?;
        if left < most {
            let counts = Counts {
                cycle: cycle.clone(),
                left,
                then,
            };
            self.attempts(start).counts.get_or_insert(counts);
            let repeated = cycle.iter().cycle().take(left).cloned().collect();
            self.probe_counting(processes, start, cycle.clone(), repeated, shape)?;
            return Ok(false);
        }
        if !self.makes_no_difference(processes, start, cycle)? {
            self.probe(processes, start, cycle.clone(), shape)?;
            return Ok(false);
        }
        let mut kinds = self.attempts(start).kinds.clone();
        if kinds.len() < KINDS {
            kinds.push(cycle.clone());
            let mixture = mixture(&kinds);
            let (cycled, _) = self.repeat(processes, &answers, &mixture, mixture.len())?;
            if cycled < mixture.len() {
                let mixture = mixture[..=cycled].to_vec();
                let shape = shape_of_mixture(shape);
                self.probe(processes, start, mixture, shape)?;
                return Ok(false);
            }
        }
        let attempts = self.attempts(start);
        let is_first = attempts.kinds.is_empty();
        attempts.shapes.insert(shape);
        attempts.kinds = kinds;
        self.has_loops = true;
        if is_first {
            self.probe_with_all(processes, start)?;
        }
        self.probe(processes, start, cycle.clone(), shape)?;
        Ok(true)
    }

    fn attempts(&mut self, start: NodeId) -> &mut Attempts {
        self.nodes[start as usize].attempts.get_or_insert_default()
    }

    /// Where a weak exchange goes that has failed for no reason, and is tried again at once: back to where it stands, if
    /// that leaves nothing behind.
    pub(super) fn after_no_reason(
        &mut self,
        processes: &Processes<'_>,
        at: NodeId,
        answer: Answer,
        answers: &[Answer],
    ) -> Result<Option<NodeId>, Fault> {
        let cycle = vec![(self.node(at).wants.clone(), answer)];
        let (cycled, _) = self.repeat(processes, answers, &cycle, MANY)?;
        Ok((cycled == MANY).then_some(at))
    }

    /// Lets the process run as far as `answers` lead, and then as long as it repeats `cycle`.
    fn repeat(
        &self,
        processes: &Processes<'_>,
        answers: &[Answer],
        cycle: &[(Request, Answer)],
        most: usize,
    ) -> Result<(usize, Request), Fault> {
        processes.follow_expecting(self.process, answers.to_vec(), cycle.to_vec(), most)
    }
}

/// What is asked for on a way, whatever the values, and behind it.
pub(super) fn shape(way: &Cycle, then: &Request) -> u64 {
    let shape = way
        .iter()
        .fold(Fingerprint::default(), |it, step| it.and(&step.0));
    shape.and(then).number()
}

/// Another number than that of the attempt that is mixed with others.
fn shape_of_mixture(shape: u64) -> u64 {
    shape.rotate_left(1)
}

/// What a failed attempt accessed.
fn attempt(cycle: &[(Request, Answer)]) -> Attempt {
    let mut accesses: Vec<(usize, u64)> = Vec::new();
    let mut is_chance = false;
    for (request, answer) in cycle {
        match request {
            Request::Access { word, access } => {
                let is_refused = access.what.expects() == Some(answer.value) && !answer.is_done;
                is_chance |= is_refused;
                match access.what {
                    What::Store(value) | What::Write(value) => accesses.push((*word, value)),
                    _ => accesses.push((*word, answer.value)),
                }
            }
            Request::Choose(among) => is_chance |= *among > 1,
            _ => {}
        }
    }
    accesses.sort_unstable();
    accesses.dedup();
    Attempt {
        accesses,
        is_chance,
    }
}

/// Attempts of all kinds, one after the other: in turn at first, then as if by lot (Marsaglia, *Xorshift RNGs*, 2003).
fn mixture(kinds: &[Cycle]) -> Cycle {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut mixture = Vec::new();
    for nth in 0..MIXED {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let kind = if nth < 2 * kinds.len() {
            nth % kinds.len()
        } else {
            (random % kinds.len() as u64) as usize
        };
        mixture.extend_from_slice(&kinds[kind]);
    }
    mixture
}
