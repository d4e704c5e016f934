//! What is explored: a world that takes steps, whatever it is made of.
//!
//! Shared memory is one world: processes, each an automaton, on a memory model. A network of replicas is another: nodes that
//! send messages, in a crate of its own. Everything that only needs to know which states there are and what leads from one
//! to the next is written once, for both: equal states are one state, all of them are visited breadth first, executions are
//! counted as paths, and what the past has settled is part of the state.
//!
//! Here is a world of two lamps, each of which is switched on once:
//!
//! ```
//! use interleavings::Limits;
//! use interleavings::world::{Graph, Move, Order, State, World};
//!
//! struct Lamps;
//!
//! impl World for Lamps {
//!     type Fault = String;
//!
//!     fn processes(&self) -> usize {
//!         2
//!     }
//!
//!     fn first(&mut self) -> Result<State, String> {
//!         Ok(vec![0, 0])
//!     }
//!
//!     fn moves(&mut self, state: &State, lamp: usize, found: &mut Vec<Move>) -> Result<(), String> {
//!         if state[lamp] == 0 {
//!             let mut next = state.clone();
//!             next[lamp] = 1;
//!             found.push(Move::to(next));
//!         }
//!         Ok(())
//!     }
//! }
//!
//! let (graph, cut_short) = Graph::explore(&mut Lamps, &Limits::default(), &mut |_| {});
//! assert_eq!((graph.len(), cut_short), (4, None));
//! assert_eq!(Order::of(&graph).executions(&graph), [1.0, 1.0, 1.0, 2.0]);
//! ```

use crate::automaton::Automaton;
use crate::machine::Machine;
use crate::processes::Fault;

pub use crate::executions::Order;
pub use crate::graph::{Edge, Graph};
pub use crate::past::{PastId, Pasts};
pub use crate::state::State;
pub use crate::table::Table;

/// Something that takes steps from state to state. A state is a row of words, which tells all that matters to what may
/// happen next, and all of the past that is to be judged.
pub trait World {
    /// Why it cannot be followed further.
    type Fault: From<String>;

    /// How many there are who take steps.
    fn processes(&self) -> usize;

    /// The state in which everything begins.
    ///
    /// # Errors
    ///
    /// If it cannot be followed.
    fn first(&mut self) -> Result<State, Self::Fault>;

    /// Adds what a process may do next: nothing, or one step, or a choice of them.
    ///
    /// # Errors
    ///
    /// If it cannot be followed.
    fn moves(
        &mut self,
        state: &State,
        process: usize,
        found: &mut Vec<Move>,
    ) -> Result<(), Self::Fault>;

    /// Whether nothing need be explored any more, now that this state is visited.
    ///
    /// # Errors
    ///
    /// If this cannot be found out.
    fn is_enough(&mut self, _state: &[u16]) -> Result<bool, Self::Fault> {
        Ok(false)
    }

    /// How many bytes of memory it keeps for itself, besides the states.
    fn bytes(&self) -> usize {
        0
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The state that it leads to.
    pub state: State,
    /// Whether it is a load that returns a value which is not the latest.
    pub stale: bool,
    /// Whether it is one that pictures show: an access to a word or a lock, or the arrival of a message.
    pub access: bool,
    /// Whether an attempt fails in it and starts again.
    pub restarted: bool,
}

impl Move {
    /// A step that no picture shows.
    #[must_use]
    pub fn to(state: State) -> Self {
        Self {
            state,
            stale: false,
            access: false,
            restarted: false,
        }
    }
}

impl World for Machine<'_> {
    type Fault = Fault;

    fn processes(&self) -> usize {
        self.processes.lanes.len()
    }

    fn first(&mut self) -> Result<State, Fault> {
        self.start().map(|start| start.state)
    }

    fn bytes(&self) -> usize {
        self.automata().map(Automaton::bytes).sum()
    }

    fn moves(&mut self, state: &State, process: usize, found: &mut Vec<Move>) -> Result<(), Fault> {
        let mut steps = Vec::new();
        self.steps(state, process, false, &mut steps)?;
        found.extend(steps.into_iter().map(|step| Move {
            state: step.state,
            stale: step.stale,
            access: step.access,
            restarted: step.restarted,
        }));
        Ok(())
    }
}
