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
//! * **When an attempt has failed** it starts again with nothing remembered: that is the contract of
//!   [`Memory::relax`](registers::Memory::relax). Where did it begin? At the first node of the operation at which the
//!   process wanted what it wants now, and from which the same answers would lead it the same way again. To that node
//!   it goes back, and it waits until something that it accessed has changed. If there is no such node, it does
//!   remember something, as a loop of compare-and-exchange does that carries on with the value it found: then it just
//!   carries on, and nothing is forgotten.
//!
//! Neither is taken on trust alone. A node keeps some of the lists that were merged into it, and whenever it gets a new
//! edge, they are followed along it too: if they want anything else, the exploration ends as inconclusive and says so.

use crate::memory::Request;
use crate::scene::{Fault, Scene, Stop};

/// How many merged lists a node keeps to be checked.
const CHECKED: usize = 2;

/// The longest list of answers: a process that takes more steps than this has lost its way.
const LONGEST: usize = 2_000;

/// How many answers the nodes of a process keep in all, 8 bytes each: beyond that memory would run out.
const MOST: usize = 50_000_000;

/// The index of a node in its automaton.
pub(crate) type NodeId = u32;

/// Where a process stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// What it does next.
    pub(crate) wants: Request,
    /// The position in its lane of the operation that it performs, or performs next.
    pub(crate) nth: usize,
    /// How many accesses it has made in this operation, restarts not counted.
    pub(crate) steps: usize,
    /// At a [`Request::Relax`] whose edge is known: what the failed attempt read from words, and stored to them. None,
    /// if the process does not start again with nothing remembered.
    pub(crate) attempt: Option<Vec<(usize, u64)>>,
    /// The answers that lead here.
    answers: Vec<u64>,
    /// Other lists of answers that lead here.
    merged: Vec<Vec<u64>>,
    /// The node before, on the way of `answers`; none at the beginning of an operation.
    parent: Option<NodeId>,
    edges: Vec<(u64, NodeId)>,
    remembers: Option<String>,
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
}

/// The automaton of one process.
#[derive(Debug)]
pub(crate) struct Automaton {
    process: usize,
    /// How many answers all nodes keep.
    answers: usize,
    nodes: Vec<Node>,
}

impl Automaton {
    /// The automaton of a process, before its first operation: node 0.
    pub(crate) fn new(scene: &Scene<'_>, process: usize) -> Result<Self, Fault> {
        let mut automaton = Self {
            process,
            answers: 0,
            nodes: Vec::new(),
        };
        let start = scene.follow(process, &[])?;
        automaton.push(start, Vec::new(), None, 0, 0);
        Ok(automaton)
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

    /// The node that an answer leads to.
    #[inline]
    pub(crate) fn next(
        &mut self,
        scene: &Scene<'_>,
        at: NodeId,
        answer: u64,
    ) -> Result<NodeId, Fault> {
        let edges = &self.node(at).edges;
        match edges.iter().find(|edge| edge.0 == answer) {
            Some(edge) => Ok(edge.1),
            None => self.extend(scene, at, answer),
        }
    }

    fn extend(&mut self, scene: &Scene<'_>, at: NodeId, answer: u64) -> Result<NodeId, Fault> {
        let node = self.node(at);
        let mut answers = node.answers.clone();
        answers.push(answer);
        if answers.len() > LONGEST {
            return Err(format!(
                "a process takes more than {LONGEST} steps: a loop that waits for others has to call `relax` once for each failed attempt"
            ));
        }
        if self.answers > MOST {
            return Err(format!(
                "a process can go {} different ways, too many to remember",
                self.nodes.len()
            ));
        }
        let stop = scene.follow(self.process, &answers)?;
        for other in node.merged.clone() {
            self.expect(scene, &other, answer, &stop)?;
        }
        let from = &self.nodes[at as usize];
        let (nth, steps) = match from.wants {
            Request::End(_) => (from.nth + 1, 0),
            Request::Begin | Request::Fence(_) | Request::Relax => (from.nth, from.steps),
            _ => (from.nth, from.steps + 1),
        };
        let known = match from.wants {
            Request::End(_) => {
                let alike = |node: &Node| {
                    node.nth == nth && node.wants == stop.wants && node.remembers == stop.remembers
                };
                let known = self.nodes.iter().position(alike);
                known.map(|known| known as NodeId)
            }
            Request::Relax => self.restart(scene, at, &stop.wants, &answers)?,
            _ => None,
        };
        let target = match known {
            Some(known) => {
                self.merge(scene, known, answers)?;
                known
            }
            None => {
                let merged = from.merged.clone();
                // No attempt reaches back beyond the beginning of its operation.
                let parent = from.in_operation().then_some(at);
                let target = self.push(stop, answers, parent, nth, steps);
                let behind = |mut other: Vec<u64>| {
                    other.push(answer);
                    other
                };
                self.nodes[target as usize].merged = merged.into_iter().map(behind).collect();
                target
            }
        };
        if let (Request::Relax, Some(start)) = (&self.node(at).wants, known) {
            self.nodes[at as usize].attempt = Some(self.attempt(at, start));
        }
        self.nodes[at as usize].edges.push((answer, target));
        Ok(target)
    }

    fn push(
        &mut self,
        stop: Stop,
        answers: Vec<u64>,
        parent: Option<NodeId>,
        nth: usize,
        steps: usize,
    ) -> NodeId {
        self.answers += answers.len();
        self.nodes.push(Node {
            wants: stop.wants,
            nth,
            steps,
            attempt: None,
            answers,
            merged: Vec::new(),
            parent,
            edges: Vec::new(),
            remembers: stop.remembers,
        });
        (self.nodes.len() - 1) as NodeId
    }

    /// The nodes of the operation under way, from `at` back to its first.
    fn way_back(&self, at: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(Some(at), |&at| self.node(at).parent)
    }

    /// Where an attempt that failed at `at` began, if `answers` lead from there to what the process wants now: at the
    /// first node of the operation at which it wanted the same, and from which it went on as it would now, given the
    /// same answers again.
    fn restart(
        &self,
        scene: &Scene<'_>,
        at: NodeId,
        wants: &Request,
        answers: &[u64],
    ) -> Result<Option<NodeId>, Fault> {
        let mut way: Vec<NodeId> = self.way_back(at).collect();
        way.reverse();
        for (start, &candidate) in way.iter().enumerate() {
            if self.node(candidate).wants != *wants || candidate == at {
                continue;
            }
            let mut again = answers.to_vec();
            let mut is_alike = true;
            for &next in &way[start + 1..] {
                let given = self.node(next).answers.last();
                again.extend(given);
                is_alike &= scene.follow(self.process, &again)?.wants == self.node(next).wants;
                if !is_alike {
                    break;
                }
            }
            if is_alike {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    /// What the attempt between `start` and `end` read from words, and stored to them.
    fn attempt(&self, end: NodeId, start: NodeId) -> Vec<(usize, u64)> {
        let before = |at: &NodeId| *at != start;
        let way = self.way_back(end).take_while(before).chain([start]);
        let accesses = way.filter_map(|at| {
            let node = self.node(at);
            match node.wants {
                Request::Load { word, .. } | Request::Update { word, .. } => {
                    Some((word, *self.node(end).answers.get(node.answers.len())?))
                }
                Request::Store { word, value, .. } => Some((word, value)),
                _ => None,
            }
        });
        let mut accesses: Vec<_> = accesses.collect();
        accesses.sort_unstable();
        accesses.dedup();
        accesses
    }

    /// Notes that a list of answers leads to a node, and checks it along the edges that are known.
    fn merge(&mut self, scene: &Scene<'_>, at: NodeId, answers: Vec<u64>) -> Result<(), Fault> {
        let node = self.node(at);
        if node.merged.len() >= CHECKED || node.answers == answers || node.merged.contains(&answers)
        {
            return Ok(());
        }
        for (answer, target) in node.edges.clone() {
            let expected = Stop {
                wants: self.node(target).wants.clone(),
                remembers: self.node(target).remembers.clone(),
            };
            // At a failed attempt the code goes on where it stands, and the node back to where it began: it wants the
            // same.
            self.expect(scene, &answers, answer, &expected)?;
            let mut further = answers.clone();
            further.push(answer);
            if self.node(target).answers.len() > self.node(at).answers.len() {
                self.merge(scene, target, further)?;
            }
        }
        self.nodes[at as usize].merged.push(answers);
        Ok(())
    }

    fn expect(
        &self,
        scene: &Scene<'_>,
        answers: &[u64],
        answer: u64,
        expected: &Stop,
    ) -> Result<(), Fault> {
        let mut answers = answers.to_vec();
        answers.push(answer);
        if scene.follow(self.process, &answers)? == *expected {
            return Ok(());
        }
        Err(
            "the register remembers more than it shows: what it keeps between operations has to show in its `Debug` output, and a failed attempt has to \
             start again with nothing remembered"
                .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use registers::atomic::SequenceLock;
    use registers::scenario::Scenario;
    use registers::subject::Subject;

    /// The node that a reader gets to by these answers.
    fn reach(automaton: &mut Automaton, scene: &Scene<'_>, answers: &[u64]) -> NodeId {
        let step = |at, &answer| automaton.next(scene, at, answer).unwrap();
        answers.iter().fold(0, step)
    }

    #[test]
    fn a_failed_attempt_goes_back_to_where_it_began() {
        let scene = Scene::of(Subject::of::<SequenceLock, 1>(), &Scenario::free(1, &[1])).unwrap();
        let mut reader = Automaton::new(&scene, 1).unwrap();
        let begun = reach(&mut reader, &scene, &[0]);
        // The sequence is odd; the attempt has failed.
        assert_eq!(reach(&mut reader, &scene, &[0, 1, 0]), begun);
        // The sequence was 0 and is 2 after the word was read and the fence performed.
        assert_eq!(reach(&mut reader, &scene, &[0, 0, 5, 0, 2, 0]), begun);
        let failed = reach(&mut reader, &scene, &[0, 0, 5, 0, 2]);
        let accessed = vec![(0, 0), (0, 2), (1, 5)];
        assert_eq!(reader.node(failed).attempt, Some(accessed));
    }

    #[test]
    fn a_reader_that_remembers_nothing_has_one_node_between_operations() {
        let scene = Scene::of(Subject::of::<SequenceLock, 1>(), &Scenario::free(1, &[2])).unwrap();
        let mut reader = Automaton::new(&scene, 1).unwrap();
        let old = reach(&mut reader, &scene, &[0, 0, 0, 0, 0, 0]);
        let new = reach(&mut reader, &scene, &[0, 2, 1, 0, 2, 0]);
        assert_eq!(old, new);
        assert_eq!(reader.node(old).nth, 1);
    }
}
