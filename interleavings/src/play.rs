//! A scene to be played: one register in one scenario on one memory, as data.
//!
//! Whoever plays the scheduler chooses, again and again, whose step is next. All choices that there are, and all that
//! comes of them, are in the graph that was explored, so a player needs to know nothing about registers or memories: a
//! choice is an edge, and what has happened is what the edges of a way say, one after the other. A [`Scene`] is that
//! graph with words instead of words of state:
//!
//! * each state has its [past](Scene::pasts), which is judged, and its edges;
//! * each edge leads to a state by a [`Step`], and many edges share one: it says who steps, what happens, and where the
//!   threads stand then;
//! * where a thread stands is a [`Node`], which says what it does next and where in the source that is.
//!
//! What a state holds is left out. Memory, operations and positions follow from the way that leads there.
//!
//! ```
//! use histories::Model;
//! use interleavings::play::Scene;
//! use interleavings::{Limits, MemoryModel, Variant};
//! use registers::safe::WordByWord;
//! use registers::scenario::Scenario;
//! use registers::subject::Subject;
//!
//! let scene = Scene::of(
//!     &Subject::of::<WordByWord, 2>(),
//!     &Scenario::free(1, &[1]),
//!     MemoryModel::Sc,
//!     Variant::default(),
//!     &Limits::default(),
//! )?;
//! let torn = |state: usize| {
//!     let past = &scene.pasts[scene.states[state].past as usize];
//!     past.violations.iter().any(|it| it.model == Model::Regular)
//! };
//! assert!((0..scene.states.len()).any(torn));
//! # Ok::<(), interleavings::play::Unplayable>(())
//! ```

use std::collections::HashMap;

use histories::check::Anomaly;
use histories::{History, Model, Process, Value, Verdict, check};
use registers::memory::{Ordering, Site, What};
use registers::scenario::{Precedence, Scenario, Unsupported};
use registers::subject::Subject;

use crate::atlas::Request;
use crate::automaton::NodeId;
use crate::executions::Order;
use crate::explore::{Variant, laid_out};
use crate::faults::FaultKind;
use crate::graph::{Edge, Graph, Limits};
use crate::machine::{Event, Grain, Machine, Successor};
use crate::mutation::Mutation;
use crate::processes::{self, Processes};
use crate::report::MemoryModel;

/// Why there is no scene.
#[derive(Debug, thiserror::Error)]
pub enum Unplayable {
    /// The register cannot perform the scenario.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// Not every state is known, so that what is possible, and what is not, cannot be said.
    #[error("{register} in {scenario} on {medium} cannot be played: {why}")]
    CutShort {
        /// The name of the register.
        register: String,
        /// The name of the scenario.
        scenario: String,
        /// What it runs on.
        medium: Medium,
        /// Why.
        why: String,
    },
}

/// What a register runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Shared memory.
    Memory(MemoryModel),
    /// Replicas that send each other messages.
    Network {
        /// Their names.
        replicas: Vec<String>,
        /// What may go wrong, in words: `any loss, any crash`.
        faults: String,
    },
}

impl Medium {
    /// How links name it: `sc`, `x86`, `weak` or `network`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Memory(memory) => memory.name(),
            Self::Network { .. } => "network",
        }
    }

    /// The names of the replicas, if there are any.
    #[must_use]
    pub fn replicas(&self) -> &[String] {
        match self {
            Self::Memory(_) => &[],
            Self::Network { replicas, .. } => replicas,
        }
    }
}

impl std::fmt::Display for Medium {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Memory(memory) => write!(f, "{memory} memory"),
            Self::Network { replicas, .. } => write!(f, "{} replicas", replicas.len()),
        }
    }
}

/// Everything that can be played.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The name of the register.
    pub register: String,
    /// The class that it claims.
    pub claims: Model,
    /// How many words its value has.
    pub words: usize,
    /// The name of the scenario.
    pub scenario: String,
    /// What it runs on.
    pub medium: Medium,
    /// Whether operations precede each other as they are drawn, and not as it happens.
    pub drawn: bool,
    /// The initial value.
    pub initial: Value,
    /// The operations.
    pub operations: Vec<Performed>,
    /// The operations of each thread, by their index.
    pub lanes: Vec<Vec<usize>>,
    /// Which operations have to complete before another is invoked.
    pub before: Vec<(usize, usize)>,
    /// The words of memory, or what the replicas hold.
    pub places: Vec<Place>,
    /// The names of the locks.
    pub locks: Vec<String>,
    /// What happens before the first step.
    pub start: Vec<Happening>,
    /// Where each thread stands then, by the index of the node.
    pub stands: Vec<usize>,
    /// Where each thread may stand.
    pub nodes: Vec<Vec<Node>>,
    /// What may happen in a step.
    pub steps: Vec<Step>,
    /// What may have happened, as far as it is judged.
    pub pasts: Vec<Past>,
    /// Every state, breadth first. Number 0 is the first.
    pub states: Vec<State>,
    /// How many executions there are.
    pub executions: f64,
    /// Each ordering that the register has there, weakened by a notch.
    pub weaker: Vec<Mutation>,
}

/// An operation of a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// The number of its thread.
    pub thread: u32,
    /// What it writes; nothing if it reads.
    pub writes: Option<Value>,
    /// Whether it is drawn as one that never completes.
    pub is_pending: bool,
}

/// A word of memory, or a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// What it holds at first.
    pub initial: String,
}

/// Where a thread stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// What it does next.
    pub wants: Wants,
    /// How that is written in source code: `store(Release)`.
    pub wording: String,
    /// Where.
    pub site: Option<Site>,
    /// Whether it is in the middle of an operation: past its first access, and not past its last.
    pub in_the_middle: bool,
    /// How many operations it has completed.
    pub completed: usize,
}

/// What a thread does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wants {
    /// Invoke an operation.
    Begin,
    /// Access a word.
    Access {
        /// Its index.
        word: usize,
    },
    /// Perform a fence.
    Fence,
    /// Take a lock.
    Take {
        /// Its index.
        lock: usize,
    },
    /// Free a lock.
    Free {
        /// Its index.
        lock: usize,
    },
    /// Start again, once something has changed.
    Retry,
    /// Leave something to chance.
    Choose,
    /// Hear from replicas.
    Answer,
    /// Complete an operation.
    End,
    /// Nothing.
    Nothing,
    /// Panic.
    Panic,
}

/// What may happen in a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// Whose step it is, by the index of the thread; replicas come behind the threads.
    pub thread: usize,
    /// Whether it is a load that returns a value which is not the latest.
    pub is_stale: bool,
    /// Whether it accesses a word or a lock.
    pub is_access: bool,
    /// Whether an attempt fails in it and starts again.
    pub is_restart: bool,
    /// What happens, one after the other.
    pub happens: Vec<Happening>,
    /// Which threads stand elsewhere then, and where.
    pub moves: Vec<(usize, usize)>,
    /// What goes wrong, if anything does.
    pub fails: Option<(FaultKind, String)>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Happening {
    /// An operation is invoked.
    Begin(usize),
    /// An operation completes, and returns this.
    End(usize, Option<Value>),
    /// An operation accesses something.
    Access {
        /// The operation.
        operation: usize,
        /// The word; none if it is a lock, or left to chance.
        word: Option<usize>,
        /// In words: `word[0] := 1`.
        access: String,
        /// What it found, if it reads.
        found: Option<String>,
        /// What it leaves behind, if it writes.
        leaves: Option<String>,
        /// The latest value, if it found another one.
        latest: Option<String>,
        /// Whether what it writes waits in the buffer of its thread.
        is_buffered: bool,
    },
    /// The oldest write in the buffer of this thread reaches the memory.
    Reaches(usize),
    /// A message arrives, or a replica does something by itself.
    Message {
        /// Who sent it, by the index of the thread, or of the replica behind them; nobody, if it is no message.
        from: Option<usize>,
        /// Where it arrives, likewise.
        to: usize,
        /// What it says: `store 1, version 1`.
        said: String,
        /// What a replica holds then.
        holds: Option<String>,
    },
}

/// What may have happened, as far as it is judged.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Past {
    /// What of it breaks a class, the weakest first.
    pub violations: Vec<Broken>,
    /// What each operation has returned, as far as it has completed and returns anything.
    pub returned: Vec<Option<Value>>,
}

/// How a class is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The class.
    pub model: Model,
    /// What kind of anomaly it is.
    pub anomaly: Anomaly,
    /// What happened, in a sentence.
    pub sentence: String,
    /// The operations that prove it, by their index in the scene.
    pub operations: Vec<usize>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Its past, by its index.
    pub past: u32,
    /// The steps from it, by their index, each with the state that it leads to.
    pub edges: Vec<(u32, u32)>,
}

impl Scene {
    /// Explores a register in a scenario to the end, and writes down everything.
    ///
    /// # Errors
    ///
    /// If the register cannot perform the scenario, or if there is more than may be explored.
    pub fn of(
        subject: &Subject,
        scenario: &Scenario,
        memory: MemoryModel,
        variant: Variant,
        limits: &Limits,
    ) -> Result<Self, Unplayable> {
        let processes = Processes::of(*subject, scenario)?.with(variant.into());
        let explored = laid_out(&processes, memory, Grain::Fine, None, |machine| {
            Graph::explore(machine, limits, &mut |_| {})
        });
        let written = explored.and_then(|(machine, graph, cut_short)| match cut_short {
            Some(fault) => Err(fault),
            None => Writing::new(machine, &graph, memory).scene(subject, scenario, &graph),
        });
        written.map_err(|fault| Unplayable::CutShort {
            register: subject.claims().name.to_owned(),
            scenario: scenario.name().to_owned(),
            medium: Medium::Memory(memory),
            why: fault.why(),
        })
    }

    /// How many edges there are.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.states.iter().map(|state| state.edges.len()).sum()
    }

    /// Each line at which a thread may stand.
    pub fn sites(&self) -> impl Iterator<Item = Site> {
        self.nodes.iter().flatten().filter_map(|node| node.site)
    }
}

/// Gives things numbers, in the order in which they come.
#[derive(Debug)]
struct Numbers<T>(HashMap<T, usize>, Vec<T>);

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn new() -> Self {
        Self(HashMap::new(), Vec::new())
    }

    fn of(&mut self, it: T) -> usize {
        let next = self.1.len();
        *self.0.entry(it).or_insert_with_key(|it| {
            self.1.push(it.clone());
            next
        })
    }
}

/// A scene that is being written down.
struct Writing<'a, 'g> {
    machine: Machine<'a>,
    graph: &'g Graph,
    memory: MemoryModel,
    /// Of each thread, the nodes that a state has it at.
    nodes: Vec<Numbers<NodeId>>,
    steps: Numbers<Step>,
    pasts: Numbers<u32>,
}

impl<'a, 'g> Writing<'a, 'g> {
    fn new(machine: Machine<'a>, graph: &'g Graph, memory: MemoryModel) -> Self {
        let threads = machine.processes.lanes.len();
        Self {
            machine,
            graph,
            memory,
            nodes: (0..threads).map(|_| Numbers::new()).collect(),
            steps: Numbers::new(),
            pasts: Numbers::new(),
        }
    }

    fn scene(
        mut self,
        subject: &Subject,
        scenario: &Scenario,
        graph: &Graph,
    ) -> Result<Scene, processes::Fault> {
        let first = self.machine.start()?;
        let start = first.events.iter().map(|it| happening(it, false)).collect();
        let stands = self.stands(&first.state, None);
        let stands = stands.into_iter().map(|(_, node)| node).collect();
        let mut states = Vec::with_capacity(graph.len());
        for state in graph.all() {
            states.push(self.state(state)?);
        }
        let operations = self.machine.processes.operations.operations();
        let performed = operations.iter().map(|operation| Performed {
            thread: operation.process,
            writes: operation.written().cloned(),
            is_pending: operation.is_pending(),
        });
        let places = self.machine.places.words.iter().map(|word| Place {
            name: word.place.clone(),
            initial: word.kind.shown(word.init).to_string(),
        });
        let order = Order::of(graph);
        let counted = order.executions(graph);
        let ends = graph.all().filter(|&state| graph.steps(state).is_empty());
        let mut weaker: Vec<Mutation> = Vec::new();
        for node in self.machine.automata().flat_map(|it| it.nodes()) {
            for mutation in Mutation::weakened(&node.wants) {
                if !weaker.contains(&mutation) {
                    weaker.push(mutation);
                }
            }
        }
        weaker.sort_by_key(|it| (it.site.path(), it.site.line(), it.site.column()));
        Ok(Scene {
            register: subject.claims().name.to_owned(),
            claims: subject.claims().class.into(),
            words: subject.words(),
            scenario: scenario.name().to_owned(),
            medium: Medium::Memory(self.memory),
            drawn: scenario.precedence() == Precedence::Drawn,
            initial: scenario.operations().initial().clone(),
            operations: performed.collect(),
            lanes: self.machine.processes.lanes.clone(),
            before: scenario.before().to_vec(),
            places: places.collect(),
            locks: self.machine.places.locks.clone(),
            start,
            stands,
            nodes: self.nodes(),
            pasts: self.judged()?,
            steps: self.steps.1,
            states,
            executions: ends.fold(0.0, |sum, end| sum + counted[end as usize]),
            weaker,
        })
    }

    /// Where the threads stand that do not stand where they did.
    fn stands(&mut self, state: &[u16], from: Option<&[u16]>) -> Vec<(usize, usize)> {
        let layout = self.machine.layout;
        let mut stands = Vec::new();
        for (thread, nodes) in self.nodes.iter_mut().enumerate() {
            let node = layout.node(state, thread);
            if from.is_none_or(|from| layout.node(from, thread) != node) {
                stands.push((thread, nodes.of(node)));
            }
        }
        stands
    }

    fn state(&mut self, number: u32) -> Result<State, processes::Fault> {
        let from = self.graph.state(number).to_vec();
        let past = self.pasts.of(self.machine.past(&from)) as u32;
        let mut successors = Vec::new();
        let edges = self.graph.steps(number);
        let mut written = Vec::with_capacity(edges.len());
        for thread in 0..self.machine.processes.lanes.len() {
            self.machine.steps(&from, thread, true, &mut successors)?;
        }
        debug_assert_eq!(
            successors.len(),
            edges.len(),
            "a state always has the same steps"
        );
        for (successor, &edge) in successors.into_iter().zip(edges) {
            let step = self.step(&from, successor, edge);
            written.push((self.steps.of(step) as u32, edge.target));
        }
        Ok(State {
            past,
            edges: written,
        })
    }

    fn step(&mut self, from: &[u16], successor: Successor, edge: Edge) -> Step {
        let thread = edge.process();
        let is_buffered = self.memory == MemoryModel::X86
            && matches!(
                &self.machine.node(from, thread).wants,
                Request::Access { access, .. } if access.order != Ordering::SeqCst
                    && matches!(access.what, What::Store(_) | What::Write(_) | What::Allocate(_) | What::Retire)
            );
        let reaches = successor.own.then_some(Happening::Reaches(thread));
        let events = successor.events.iter();
        let events = events.map(|event| happening(event, is_buffered));
        let failure = self.machine.failure(&successor.state);
        let fails = failure.map(|it| (it.kind, it.message.clone()));
        Step {
            thread,
            is_stale: edge.is_stale(),
            is_access: edge.is_access(),
            is_restart: edge.is_restart(),
            happens: reaches.into_iter().chain(events).collect(),
            moves: self.stands(&successor.state, Some(from)),
            fails,
        }
    }

    fn nodes(&self) -> Vec<Vec<Node>> {
        let of = |(thread, nodes): (usize, &Numbers<NodeId>)| {
            let automaton = self.machine.automaton(thread);
            let node = |&id: &NodeId| {
                let node = automaton.node(id);
                Node {
                    wants: Wants::from(&node.wants),
                    wording: wording(&node.wants),
                    site: node.wants.site(),
                    in_the_middle: node.in_the_middle(),
                    completed: node.nth,
                }
            };
            nodes.1.iter().map(node).collect()
        };
        self.nodes.iter().enumerate().map(of).collect()
    }

    fn judged(&self) -> Result<Vec<Past>, processes::Fault> {
        let processes = self.machine.processes;
        let threads = processes.operations.processes();
        let judge = |&past: &u32| {
            let history = self.machine.pasts().history(processes, past);
            Ok(Past::of(&history, &threads, &processes.lanes)?)
        };
        self.pasts.1.iter().map(judge).collect()
    }
}

impl Past {
    /// What a history of a scene is judged to be: of these threads, which perform these operations.
    ///
    /// # Errors
    ///
    /// If it could not be judged, in a sentence.
    pub fn of(
        history: &History,
        threads: &[Process],
        lanes: &[Vec<usize>],
    ) -> Result<Self, String> {
        let seat = |at: usize| in_scene(history, threads, lanes, at);
        let mut violations = Vec::new();
        for model in Model::CLASSES {
            match check(model, history) {
                Verdict::Meets => {}
                Verdict::Breaks(violation) => violations.push(Broken {
                    model: violation.model,
                    anomaly: violation.anomaly,
                    operations: violation
                        .witness
                        .iter()
                        .filter_map(|&at| seat(at))
                        .collect(),
                    sentence: violation.sentence,
                }),
                Verdict::Unknown { states, .. } => {
                    return Err(format!(
                        "a history could not be judged within {states} states"
                    ));
                }
            }
        }
        let mut returned = vec![None; lanes.iter().map(Vec::len).sum()];
        for (at, operation) in history.operations().iter().enumerate() {
            if let Some(in_scene) = seat(at) {
                returned[in_scene] = operation.returned().cloned();
            }
        }
        Ok(Self {
            violations,
            returned,
        })
    }
}

/// Which operation of the scene an operation of a history is, in which those are left out that were not invoked: the same
/// one of its process, in order.
fn in_scene(
    history: &History,
    threads: &[Process],
    lanes: &[Vec<usize>],
    at: usize,
) -> Option<usize> {
    let all = history.operations();
    let process = all[at].process;
    let thread = threads.iter().position(|&it| it == process)?;
    let earlier = all
        .iter()
        .filter(|it| it.process == process && it.invoked < all[at].invoked);
    lanes[thread].get(earlier.count()).copied()
}

fn happening(event: &Event, is_buffered: bool) -> Happening {
    match event {
        Event::Begin(operation) => Happening::Begin(*operation),
        Event::End(operation, returned) => Happening::End(*operation, returned.clone()),
        Event::Access {
            operation,
            word,
            access,
            found,
            leaves,
            latest,
            ..
        } => Happening::Access {
            operation: *operation,
            word: *word,
            access: access.clone(),
            found: found.clone(),
            leaves: leaves.clone(),
            latest: latest.clone(),
            is_buffered,
        },
    }
}

impl From<&Request> for Wants {
    fn from(request: &Request) -> Self {
        match request {
            Request::Begin => Self::Begin,
            Request::Access { word, .. } => Self::Access { word: *word },
            Request::Fence(..) => Self::Fence,
            Request::Take(lock, _) => Self::Take { lock: *lock },
            Request::Free(lock, _) => Self::Free { lock: *lock },
            Request::Relax(_) => Self::Retry,
            Request::Choose(_) => Self::Choose,
            Request::End(_) => Self::End,
            Request::Done => Self::Nothing,
            Request::Panic(_) => Self::Panic,
        }
    }
}

fn wording(request: &Request) -> String {
    match request {
        Request::Access { access, .. } => access.to_string(),
        Request::Fence(order, _) => format!("fence({order:?})"),
        Request::Take(..) => "lock".to_owned(),
        Request::Free(..) => "unlock".to_owned(),
        Request::Panic(message) => message.clone(),
        _ => String::new(),
    }
}
