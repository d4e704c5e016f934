//! A protocol in a scenario as a scene to be played: whoever looks says which message arrives next.
//!
//! The scene is the one of shared memory, with replicas in place of words. A step is the invocation of an operation, the
//! arrival of a message, or a fault out of the budget. Replicas keep their names, so nothing is left out by their symmetry;
//! what else is left out is as in every exploration. A message that never arrives is lost, and a replica that receives nothing
//! more has stopped: whoever plays leaves them out.

use interleavings::play::{
    Happening, Medium, Node as Stand, Past, Performed, Place, Scene, State, Step, Wants,
};
use interleavings::world::{Graph, Order};
use registers::scenario::{Precedence, Scenario};

use super::automata::{Automata, Machines};
use super::interned::Interned;
use super::network::{Happened, Network};
use super::row::Row;
use super::{Reductions, Setup, Unfit};
use crate::machine::{Data, Explorable, Node};

/// Why there is no scene.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unplayable {
    /// The protocol cannot perform the scenario.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// There is more than reads and writes of one register.
    #[error(
        "scenes are of one register that is read and written: leave other registers and compare-and-swaps out"
    )]
    Operations,
    /// Not every state is known, so that what is possible, and what is not, cannot be said.
    #[error("{protocol} in {scenario} cannot be played: {why}")]
    CutShort {
        /// The name of the protocol.
        protocol: String,
        /// The name of the scenario.
        scenario: String,
        /// Why.
        why: String,
    },
}

/// Explores a protocol in a scenario to the end, and writes down everything. What `setup` leaves out by symmetry is there, and
/// nothing stops at a violation.
///
/// ```
/// use histories::Model;
/// use replicas::every::{Setup, scene};
/// use replicas::protocols::Majority;
///
/// let scene = scene(&Majority::ABD, &"w.r".parse()?, &Setup::default())?;
/// assert_eq!(scene.medium.replicas(), ["A", "B", "C"]);
/// assert!(scene.pasts.iter().all(|past| past.violations.is_empty()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the protocol cannot perform the scenario, or if there is more than may be explored.
pub fn scene<P: Explorable>(
    protocol: &P,
    scenario: &Scenario,
    setup: &Setup,
) -> Result<Scene, Unplayable> {
    let setup = Setup {
        until: None,
        reductions: Reductions {
            symmetry: false,
            ..setup.reductions
        },
        ..*setup
    };
    let operations = scenario.operations().operations();
    if operations
        .iter()
        .any(|it| it.register != 0 || it.is_compare_and_swap())
    {
        return Err(Unplayable::Operations);
    }
    let machines = |cluster| Box::new(Machines::new(protocol, cluster)) as Box<dyn Automata>;
    let network = Network::new(machines, scenario, protocol.claims(), &setup)?;
    let mut network = network.with(protocol.alarms(), protocol.has_clocks());
    let cut_short = |why| Unplayable::CutShort {
        protocol: protocol.name(),
        scenario: scenario.name().to_owned(),
        why,
    };
    let (graph, stopped) = Graph::explore(&mut network, &setup.limits, &mut |_| {});
    if let Some(why) = stopped {
        return Err(cut_short(why));
    }
    let mut writing = Writing::new(network);
    let states: Result<Vec<State>, String> = graph
        .all()
        .map(|state| writing.state(&graph, state))
        .collect();
    let states = states.map_err(cut_short)?;
    let pasts = writing.judged().map_err(cut_short)?;
    let order = Order::of(&graph);
    let counted = order.executions(&graph);
    let ends = graph.all().filter(|&state| graph.steps(state).is_empty());
    let executions = ends.fold(0.0, |sum, end| sum + counted[end as usize]);
    let Writing {
        network,
        nodes,
        steps,
        ..
    } = writing;
    let names: Vec<String> = network
        .cluster
        .replicas()
        .map(|it| network.cluster.name(it))
        .collect();
    let places = names.iter().map(|name| Place {
        name: name.clone(),
        initial: histories::Value::from(Data::default()).to_string(),
    });
    Ok(Scene {
        register: protocol.name(),
        claims: protocol.claims().model,
        words: 2,
        scenario: scenario.name().to_owned(),
        places: places.collect(),
        medium: Medium::Network {
            replicas: names,
            faults: setup.budget.to_string(),
        },
        drawn: scenario.precedence() == Precedence::Drawn,
        initial: scenario.operations().initial().clone(),
        operations: operations.iter().map(performed).collect(),
        lanes: network.lanes.clone(),
        before: scenario.before().to_vec(),
        locks: Vec::new(),
        start: Vec::new(),
        stands: vec![0; nodes.len()],
        nodes,
        steps: steps.into_all(),
        pasts,
        states,
        executions,
        weaker: Vec::new(),
    })
}

fn performed(operation: &histories::Operation) -> Performed {
    Performed {
        thread: operation.process,
        writes: operation.written().cloned(),
        is_pending: operation.is_pending(),
    }
}

/// A scene that is being written down.
struct Writing<'a> {
    network: Network<'a>,
    /// Where each client may stand: before and in each of its operations, and behind the last.
    nodes: Vec<Vec<Stand>>,
    steps: Interned<Step>,
    pasts: Interned<u32>,
}

impl<'a> Writing<'a> {
    fn new(network: Network<'a>) -> Self {
        let stands = |lane: &Vec<usize>| {
            let stand = |progress: usize| Stand {
                wants: match progress {
                    _ if progress == 2 * lane.len() => Wants::Nothing,
                    _ if progress.is_multiple_of(2) => Wants::Begin,
                    _ => Wants::Answer,
                },
                wording: String::new(),
                site: None,
                in_the_middle: progress % 2 == 1,
                completed: progress / 2,
            };
            (0..=2 * lane.len()).map(stand).collect()
        };
        Self {
            nodes: network.lanes.iter().map(stands).collect(),
            network,
            steps: Interned::default(),
            pasts: Interned::default(),
        }
    }

    /// The index of a node as scenes count: replicas come behind clients.
    fn seat(&self, node: Node) -> usize {
        let cluster = self.network.cluster;
        match cluster.is_replica(node) {
            true => usize::from(cluster.clients + node.0),
            false => usize::from(cluster.client(node)),
        }
    }

    fn state(&mut self, graph: &Graph, number: u32) -> Result<State, String> {
        let row = Row::decode(graph.state(number));
        let past = self.pasts.number(row.past());
        let edges = graph.steps(number);
        let mut written = Vec::with_capacity(edges.len());
        for node in 0..self.network.cluster.replicas + self.network.cluster.clients {
            let mut found = Vec::new();
            self.network.next(&row, Node(node), true, &mut found)?;
            for next in found {
                let step = self.step(Node(node), &row, &next.row, &next.events);
                written.push(self.steps.number(step));
            }
        }
        debug_assert_eq!(
            written.len(),
            edges.len(),
            "a state always has the same steps"
        );
        let targets = edges.iter().map(|edge| edge.target);
        Ok(State {
            past,
            edges: written.into_iter().zip(targets).collect(),
        })
    }

    fn step(&self, node: Node, from: &Row, to: &Row, events: &[Happened]) -> Step {
        let layout = self.network.layout;
        let moves = (0..self.nodes.len()).filter_map(|client| {
            let progress = to.progress(layout, client);
            (progress != from.progress(layout, client)).then_some((client, progress as usize))
        });
        Step {
            thread: self.seat(node),
            is_stale: false,
            is_access: events.iter().any(|it| matches!(it, Happened::Arrives(..))),
            is_restart: false,
            happens: events.iter().map(|it| self.happening(it)).collect(),
            moves: moves.collect(),
            fails: None,
        }
    }

    fn happening(&self, event: &Happened) -> Happening {
        let held = |held: &Option<Data>| held.map(|it| histories::Value::from(it).to_string());
        match event {
            Happened::Begin(operation) => Happening::Begin(*operation),
            Happened::End(operation, returned) => Happening::End(*operation, returned.clone()),
            Happened::Arrives(envelope, holds) => Happening::Message {
                from: Some(self.seat(envelope.from)),
                to: self.seat(envelope.to),
                said: self.network.automata.said(envelope.content),
                holds: held(holds),
            },
            Happened::By(node, said, holds) => Happening::Message {
                from: None,
                to: self.seat(*node),
                said: said.clone(),
                holds: held(holds),
            },
        }
    }

    fn judged(&self) -> Result<Vec<Past>, String> {
        let network = &self.network;
        let threads = network.operations.processes();
        let judge = |&past: &u32| {
            let pasts = &network.pasts;
            let history = pasts.history_of(&network.operations, network.precedence, past);
            Past::of(&history, &threads, &network.lanes)
        };
        self.pasts.all().iter().map(judge).collect()
    }
}
