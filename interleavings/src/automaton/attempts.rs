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

/// Requests with their answers, that lead from the beginning of an attempt to where it has failed.
type Cycle = Vec<(Request, Answer)>;

/// What is known of the attempts that begin at a node.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// The ways in which they fail, whatever the values.
    shapes: BTreeSet<u64>,
    /// One attempt of each.
    kinds: Vec<Cycle>,
    /// If they count: an attempt, how many requests of its repetition are alike, and what comes then.
    counts: Option<(Cycle, usize, Request)>,
    /// If they count, where the process stands when one more has failed: by the number of failed ones, if it is known.
    failed: Vec<(Option<u64>, NodeId)>,
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
                match start {
                    Some(start) => self.forgotten(processes, &way[start..], answers),
                    None => {
                        self.retries.remembered = true;
                        Ok(None)
                    }
                }
            }
            None => self.by_hand(processes, &way, stop, answers),
        }
    }

    /// Where the loop of attempts began, on the way.
    fn began(&self, way: &[(NodeId, Answer)], began: usize) -> Option<usize> {
        way.iter().position(|&(at, _)| self.node(at).depth == began)
    }

    /// Where attempts of a loop by hand that has failed here began: at the first node of the operation at which the
    /// process wanted the same, and from which attempts leave nothing behind.
    fn by_hand(
        &mut self,
        processes: &Processes<'_>,
        way: &[(NodeId, Answer)],
        stop: &Stop,
        answers: &[Answer],
    ) -> Result<Option<NodeId>, Fault> {
        let mut counting = None;
        for (start, &(candidate, _)) in way.iter().enumerate() {
            let node = self.node(candidate);
            if node.wants != stop.wants || start + 1 == way.len() {
                continue;
            }
            if node.attempts.as_ref().is_some_and(|it| it.counts.is_some()) {
                counting = Some(start);
                continue;
            }
            if let Some(known) = self.forgotten(processes, &way[start..], answers)? {
                self.retries.by_hand = true;
                return Ok(Some(known));
            }
            counting = Some(start);
        }
        let Some(start) = counting else {
            // It carries on with what it has found, as a loop of compare-and-exchange does.
            return Ok(None);
        };
        // It counts; and whatever the attempt was, there is one node for one more that has failed.
        let start = way[start].0;
        self.retries.counted = true;
        let attempts = self.nodes[start as usize].attempts.get_or_insert_default();
        let Some((cycle, cycled, wants)) = attempts.counts.clone() else {
            return Ok(None);
        };
        let found = self.repeat(processes, answers, &cycle, cycled + 1)?;
        if found.0 != cycled || !alike(&found.1, &wants) {
            self.retries.remembered = true;
            return Ok(None);
        }
        Ok(self.counted(start, None, &stop.wants))
    }

    /// The node behind one more failed attempt of those that begin at `start` and count. If it is not known yet, it is
    /// the one that is pushed next.
    fn counted(&mut self, start: NodeId, failed: Option<u64>, wants: &Request) -> Option<NodeId> {
        let next = self.nodes.len() as NodeId;
        let attempts = self.nodes[start as usize].attempts.get_or_insert_default();
        let known = attempts.failed.iter().find(|it| it.0 == failed);
        let known = known.map(|it| it.1);
        if known.is_none() {
            attempts.failed.push((failed, next));
        }
        known.filter(|&known| alike(&self.node(known).wants, wants))
    }

    /// The node where an attempt began, if it leaves nothing behind: repeated over and over, and mixed with others, it
    /// asks for the same again. `way` leads from there to where it has failed.
    fn forgotten(
        &mut self,
        processes: &Processes<'_>,
        way: &[(NodeId, Answer)],
        answers: &[Answer],
    ) -> Result<Option<NodeId>, Fault> {
        let start = way[0].0;
        let cycle: Cycle = way
            .iter()
            .map(|&(at, answer)| (self.node(at).wants.clone(), answer))
            .collect();
        let shape = cycle
            .iter()
            .fold(Fingerprint::default(), |it, step| it.and(&step.0));
        let known = self.node(start).attempts.as_ref();
        let is_new = known.is_none_or(|it| !it.shapes.contains(&shape.number()));
        let most = cycle.len() * if is_new { MANY } else { FEW };
        let (cycled, wants) = self.repeat(processes, answers, &cycle, most)?;
        if cycled < most {
            let attempts = self.nodes[start as usize].attempts.get_or_insert_default();
            attempts.counts.get_or_insert((cycle, cycled, wants));
            return Ok(None);
        }
        if is_new {
            let attempts = self.nodes[start as usize].attempts.get_or_insert_default();
            attempts.shapes.insert(shape.number());
            if attempts.kinds.len() < KINDS {
                attempts.kinds.push(cycle.clone());
            }
            let mixture = mixture(&attempts.kinds);
            let (cycled, _) = self.repeat(processes, answers, &mixture, mixture.len())?;
            if cycled < mixture.len() {
                self.retries.remembered = true;
                return Ok(None);
            }
        }
        let failed = way.last().expect("an attempt fails somewhere").0;
        self.nodes[failed as usize].attempt = Some(attempt(&cycle));
        Ok(Some(start))
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
