//! One process as an automaton: a node for each list of answers that it can have got, an edge for each next answer.
//!
//! The automaton is built as far as it is asked for. The code of the register runs once for each new edge, from the
//! beginning of the process to the end of the script; whatever is asked twice is looked up.
//!
//! # What is merged
//!
//! A list of answers says more than what the process remembers of them. Two rules forget:
//!
//! * **Between operations** a process remembers what its ends of the register hold, and these say what they hold in
//!   their `Debug` output (see [`Construction::Writer`](registers::Construction::Writer)); words and locks show their
//!   names there, not their values. So two lists that lead to the same operation with the same output lead to the same
//!   node.
//! * **When an attempt has failed** and starts again: see [`attempts`].
//!
//! Neither is taken on trust alone. A node keeps some of the lists that were merged into it, and whenever it gets a new
//! edge, they are followed along it too: if they want anything else, the exploration ends as inconclusive and says so.
//! And whenever the code runs, it has to ask for the same as the last time that it got the same answers.

mod attempts;
mod probes;

use std::collections::HashMap;

use registers::memory::What;

use self::attempts::Attempts;
use self::probes::Probes;
use crate::atlas::{Answer, Fingerprint, Request, alike};
use crate::processes::{Fault, Processes, Stop};

pub(crate) use self::attempts::Attempt;
pub use self::attempts::Retries;
pub(crate) use self::probes::Probe;

/// How many merged lists a node keeps to be checked.
const CHECKED: usize = 2;

/// The longest list of answers without a failed attempt: a process that takes more steps than this has lost its way.
const LONGEST: usize = 2_000;

/// The longest list of answers.
const LONGEST_OF_ALL: usize = 60_000;

/// How many nodes a process may have, and how many answers their merged lists may keep: beyond that memory would run
/// out.
const MOST_NODES: usize = 4_000_000;
const MOST_MERGED: usize = 10_000_000;

/// The index of a node in its automaton.
pub(crate) type NodeId = u32;

/// Where a process stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// What it does next.
    pub(crate) wants: Request,
    /// The position in its lane of the operation that it performs, or performs next.
    pub(crate) nth: usize,
    /// How many steps it has taken in this operation, restarts not counted.
    pub(crate) steps: usize,
    /// At a [`Request::Relax`] whose edge is known: the attempt that has failed. None, if the process does not start
    /// again with nothing remembered.
    pub(crate) attempt: Option<Attempt>,
    /// The node before and the answer that leads here from it; none at the beginning of the process.
    from: Option<(NodeId, Answer)>,
    /// How many answers lead here.
    depth: usize,
    /// How many of them since an attempt has failed or the operation has begun.
    since: usize,
    /// What it has asked for on the way.
    fingerprint: Fingerprint,
    /// Other lists of answers that lead here.
    merged: Vec<Vec<Answer>>,
    edges: Vec<(Answer, NodeId)>,
    /// Where attempts begin here, what is known of them.
    attempts: Option<Box<Attempts>>,
}

impl Node {
    /// Whether an operation is under way.
    pub(crate) fn in_operation(&self) -> bool {
        !matches!(self.wants, Request::Begin | Request::Done)
    }

    /// Whether it is in the middle of an operation: it has made a first access and not yet its last.
    pub(crate) fn in_the_middle(&self) -> bool {
        self.steps > 0 && self.in_operation() && !matches!(self.wants, Request::End(_))
    }

    /// Where its edges lead, with the answers.
    pub(crate) fn edges(&self) -> &[(Answer, NodeId)] {
        &self.edges
    }
}

/// The automaton of one process.
#[derive(Debug)]
pub(crate) struct Automaton {
    process: usize,
    /// Other processes that have to ask for the same.
    others: Vec<usize>,
    nodes: Vec<Node>,
    /// The nodes between operations, by the position of the next one and by what the process remembers.
    between: HashMap<(usize, Option<String>), NodeId>,
    /// How many answers merged lists keep.
    merged: usize,
    retries: Retries,
    /// Whether failed attempts were forgotten.
    has_loops: bool,
    probes: Probes,
}

impl Automaton {
    /// The automaton of a process, before its first operation: node 0.
    pub(crate) fn new(
        processes: &Processes<'_>,
        process: usize,
        others: &[usize],
        probes: Vec<Probe>,
    ) -> Result<Self, Fault> {
        let stop = processes.follow(process, Vec::new())?;
        let start = Node {
            wants: stop.wants,
            nth: 0,
            steps: 0,
            attempt: None,
            from: None,
            depth: 0,
            since: 0,
            fingerprint: stop.fingerprint,
            merged: Vec::new(),
            edges: Vec::new(),
            attempts: None,
        };
        Ok(Self {
            process,
            others: others.to_vec(),
            nodes: vec![start],
            between: HashMap::from([((0, stop.remembers), 0)]),
            merged: 0,
            retries: Retries::default(),
            has_loops: false,
            probes: Probes::from(probes),
        })
    }

    /// The ways on from where attempts begin, by which it was tested whether failed ones make a difference.
    pub(crate) fn into_probes(self) -> Vec<Probe> {
        self.probes.into()
    }

    /// Every node so far.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node with this index.
    #[inline]
    pub(crate) fn node(&self, at: NodeId) -> &Node {
        &self.nodes[at as usize]
    }

    /// How many bytes it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        // An edge to each node, and one more that comes together with others.
        let node = size_of::<Node>() + 2 * size_of::<(Answer, NodeId)>();
        self.nodes.len() * node + self.merged * size_of::<Answer>()
    }

    /// What its failed attempts leave behind, as far as they were followed.
    pub(crate) fn retries(&self) -> &Retries {
        &self.retries
    }

    /// The node that an answer leads to.
    #[inline]
    pub(crate) fn next(
        &mut self,
        processes: &Processes<'_>,
        at: NodeId,
        answer: Answer,
    ) -> Result<NodeId, Fault> {
        let edges = &self.node(at).edges;
        match edges.iter().find(|edge| edge.0 == answer) {
            Some(edge) => Ok(edge.1),
            None => self.extend(processes, at, answer),
        }
    }

    /// The answers that lead to a node.
    pub(crate) fn answers(&self, at: NodeId) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(self.node(at).depth + 1);
        let mut node = self.node(at);
        while let Some((before, answer)) = node.from {
            answers.push(answer);
            node = self.node(before);
        }
        answers.reverse();
        answers
    }

    /// The requests that lead to a node, with their answers.
    pub(crate) fn way_to(&self, at: NodeId) -> Vec<(&Request, Answer)> {
        let mut way = Vec::with_capacity(self.node(at).depth);
        let mut node = self.node(at);
        while let Some((before, answer)) = node.from {
            node = self.node(before);
            way.push((&node.wants, answer));
        }
        way.reverse();
        way
    }

    /// The request and the answer that led to a node; none at the beginning of the process.
    pub(crate) fn last_step(&self, at: NodeId) -> Option<(&Request, Answer)> {
        let (before, answer) = self.node(at).from?;
        Some((&self.node(before).wants, answer))
    }

    fn extend(
        &mut self,
        processes: &Processes<'_>,
        at: NodeId,
        answer: Answer,
    ) -> Result<NodeId, Fault> {
        let from = self.node(at);
        if from.since > LONGEST || from.depth > LONGEST_OF_ALL {
            return Err(Fault::Because(format!(
                "a process takes more than {} steps: a loop that waits for others has to call `relax` or `retry` for its attempts",
                from.since.max(LONGEST)
            )));
        }
        if self.nodes.len() > MOST_NODES {
            return Err(Fault::Because(format!(
                "a process can go {MOST_NODES} different ways, too many to remember"
            )));
        }
        let mut answers = self.answers(at);
        answers.push(answer);
        let stop = processes.follow(self.process, answers.clone())?;
        if stop.fingerprint != from.fingerprint.and(&from.wants) {
            return Err(Fault::Because(OUTSIDE.to_owned()));
        }
        for &other in &self.others {
            let theirs = processes.follow(other, answers.clone())?;
            if !alike(&theirs.wants, &stop.wants) || theirs.remembers != stop.remembers {
                return Err(Fault::NotAlike);
            }
        }
        for other in from.merged.clone() {
            if !self.comes_to(processes, &other, answer, &stop)? {
                return Err(self.differs(processes, at, answer));
            }
        }
        let from = self.node(at);
        let nth = from.nth + usize::from(matches!(from.wants, Request::End(_)));
        let known = match &from.wants {
            Request::End(_) => {
                let between = (nth, stop.remembers.clone());
                let known = self.between.get(&between).copied();
                if known.is_none() {
                    // That of the node which is pushed below.
                    self.between.insert(between, self.nodes.len() as NodeId);
                }
                known
            }
            Request::Relax(attempts) => {
                if matches!(stop.wants, Request::Relax(_)) {
                    return Err(Fault::Because(
                        "the register waits in a loop that accesses no word: for state outside of its memory, which cannot be seen here"
                            .to_owned(),
                    ));
                }
                self.after_failure(processes, at, *attempts, &stop, &answers)?
            }
            Request::Access { access, .. } => {
                let is_weak = matches!(access.what, What::WeakExchange { .. });
                let fails_for_no_reason =
                    is_weak && !answer.is_done && access.what.expects() == Some(answer.value);
                if fails_for_no_reason && stop.wants == from.wants {
                    self.after_no_reason(processes, at, answer, &answers)?
                } else {
                    None
                }
            }
            _ => None,
        };
        let wants = stop.wants.clone();
        let target = match known {
            Some(known) => {
                self.merge(processes, known, answers)?;
                known
            }
            None => self.push(at, answer, nth, stop),
        };
        self.nodes[at as usize].edges.push((answer, target));
        self.probe_with_edge(processes, at, answer, &wants)?;
        Ok(target)
    }

    fn push(&mut self, at: NodeId, answer: Answer, nth: usize, stop: Stop) -> NodeId {
        let target = self.nodes.len() as NodeId;
        let from = self.node(at);
        let behind = |mut other: Vec<Answer>| {
            other.push(answer);
            other
        };
        let merged: Vec<Vec<Answer>> = from.merged.iter().cloned().map(behind).collect();
        let kept = merged.iter().map(Vec::len).sum::<usize>();
        let begins_anew = matches!(from.wants, Request::End(_) | Request::Relax(_));
        let node = Node {
            nth,
            steps: match &from.wants {
                Request::End(_) => 0,
                wants => from.steps + usize::from(wants.is_step()),
            },
            attempt: None,
            from: Some((at, answer)),
            depth: from.depth + 1,
            since: if begins_anew { 0 } else { from.since + 1 },
            fingerprint: stop.fingerprint,
            wants: stop.wants,
            merged,
            edges: Vec::new(),
            attempts: None,
        };
        self.nodes.push(node);
        self.merged += kept;
        target
    }

    /// The nodes of the operation under way, from `at` back to its first, each with the answer that it got on the way to
    /// the one after it.
    fn way_back(&self, at: NodeId, answer: Answer) -> impl Iterator<Item = (NodeId, Answer)> {
        let nth = self.node(at).nth;
        let before = move |&(at, _): &(NodeId, Answer)| {
            let node = self.node(at);
            let (before, answer) = node.from?;
            let of_the_same = self.node(before).nth == nth && node.in_operation();
            of_the_same.then_some((before, answer))
        };
        std::iter::successors(Some((at, answer)), before)
    }

    /// Notes that a list of answers leads to a node, and checks it along the edges that are known.
    fn merge(
        &mut self,
        processes: &Processes<'_>,
        at: NodeId,
        answers: Vec<Answer>,
    ) -> Result<(), Fault> {
        let node = self.node(at);
        let is_full = node.merged.len() >= CHECKED || self.merged > MOST_MERGED;
        if is_full
            || node.merged.contains(&answers)
            || (node.depth == answers.len() && self.answers(at) == answers)
        {
            return Ok(());
        }
        for (answer, target) in node.edges.clone() {
            // At a failed attempt the code goes on where it stands, and the node back to where it began: it wants the
            // same.
            let mut further = answers.clone();
            further.push(answer);
            let stop = processes.follow(self.process, further.clone())?;
            if !alike(&stop.wants, &self.node(target).wants) {
                return Err(self.differs(processes, at, answer));
            }
            if self.node(target).depth > self.node(at).depth {
                self.merge(processes, target, further)?;
            }
        }
        self.merged += answers.len();
        self.nodes[at as usize].merged.push(answers);
        Ok(())
    }

    /// Whether another list of answers comes to where it is expected.
    fn comes_to(
        &self,
        processes: &Processes<'_>,
        answers: &[Answer],
        answer: Answer,
        expected: &Stop,
    ) -> Result<bool, Fault> {
        let mut answers = answers.to_vec();
        answers.push(answer);
        let stop = processes.follow(self.process, answers)?;
        Ok(alike(&stop.wants, &expected.wants) && stop.remembers == expected.remembers)
    }

    /// What follows if lists of answers that were merged differ along an edge: either it was wrong to forget a failed
    /// attempt, or to believe what the register shows of itself.
    fn differs(&mut self, processes: &Processes<'_>, at: NodeId, answer: Answer) -> Fault {
        self.probe_with_values(processes, at, answer)
            .err()
            .unwrap_or_else(|| Fault::Because(REMEMBERS.to_owned()))
    }
}

const REMEMBERS: &str = "the register remembers more than it shows: what it keeps between operations has to show in its `Debug` output, and what it \
     keeps from one attempt to the next has to be no more than their number";

const OUTSIDE: &str = "the same answers do not always lead to the same request: the register keeps state outside of its memory, or draws lots \
     without `choose`, which cannot be seen here";

#[cfg(test)]
mod tests {
    use registers::atomic::SequenceLock;
    use registers::memory::Found;
    use registers::scenario::Scenario;
    use registers::subject::Subject;

    use super::*;

    /// The node that a reader gets to by these answers.
    fn reach(automaton: &mut Automaton, processes: &Processes<'_>, answers: &[u64]) -> NodeId {
        let step = |at, &answer| {
            let next = automaton.next(processes, at, Found::done(answer));
            next.unwrap()
        };
        answers.iter().fold(0, step)
    }

    fn of_sequence_lock(reads: usize) -> Processes<'static> {
        let scenario = Scenario::free(1, &[reads]);
        Processes::of(Subject::of::<SequenceLock, 1>(), &scenario).unwrap()
    }

    #[test]
    fn a_failed_attempt_goes_back_to_where_it_began() {
        let processes = of_sequence_lock(1);
        let mut reader = Automaton::new(&processes, 1, &[], Vec::new()).unwrap();
        let begun = reach(&mut reader, &processes, &[0]);
        // The sequence is odd; the attempt has failed.
        assert_eq!(reach(&mut reader, &processes, &[0, 1, 0]), begun);
        // The sequence was 0 and is 2 after the word was read and the fence performed.
        let changed = [0, 0, 5, 0, 2, 0];
        assert_eq!(reach(&mut reader, &processes, &changed), begun);
        let failed = reach(&mut reader, &processes, &[0, 0, 5, 0, 2]);
        let attempt = reader.node(failed).attempt.as_ref().unwrap();
        assert_eq!(attempt.accesses, [(0, 0), (0, 2), (1, 5)]);
    }

    #[test]
    fn a_reader_that_remembers_nothing_has_one_node_between_operations() {
        let processes = of_sequence_lock(2);
        let mut reader = Automaton::new(&processes, 1, &[], Vec::new()).unwrap();
        let old = reach(&mut reader, &processes, &[0, 0, 0, 0, 0, 0]);
        let new = reach(&mut reader, &processes, &[0, 2, 1, 0, 2, 0]);
        assert_eq!(old, new);
        assert_eq!(reader.node(old).nth, 1);
    }
}
