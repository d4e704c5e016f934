//! How many executions stand behind the states: paths through the graph, counted and not walked.
//!
//! The paths to a state are as many as those to the states before it together. This needs an order in which every state
//! comes after those before it, and there is one, but for a single exception: on weak memory an attempt may fail, start
//! again, and read the same old messages once more, which leads back to a state that was there before; and processes
//! that restart each other may go in circles on any memory. Such a *detour* can be walked any number of times and changes
//! nothing, so it is not counted as another execution: a step that restarts an attempt and stays within a strongly
//! connected component has no paths; nor has any step within one, if circles are left.

use crate::graph::{Edge, Graph};

/// The graph without its detours, in an order in which every step leads forward.
#[derive(Debug)]
pub struct Order {
    /// The states, from the first to the last.
    pub states: Vec<u32>,
    /// The component of each state; empty if each state is one of its own.
    components: Vec<u32>,
    /// Whether circles are left without the steps that restart attempts.
    has_other_circles: bool,
}

impl Order {
    /// The order of the states of a graph.
    #[must_use]
    pub fn of(graph: &Graph) -> Self {
        let mut order = Self {
            states: Vec::new(),
            components: Vec::new(),
            has_other_circles: false,
        };
        order.sort(graph);
        if order.states.len() < graph.len() {
            order.components = components(graph);
            order.sort(graph);
        }
        if order.states.len() < graph.len() {
            order.has_other_circles = true;
            order.sort(graph);
        }
        order
    }

    /// Whether any steps lead around in a circle.
    pub(crate) fn has_circles(&self) -> bool {
        !self.components.is_empty()
    }

    /// Whether a step from `state` lies on a circle.
    pub(crate) fn is_on_circle(&self, state: u32, edge: Edge) -> bool {
        self.has_circles()
            && self.components[state as usize] == self.components[edge.target as usize]
    }

    /// Whether a step from `state` leads around in a circle, and is not counted.
    pub(crate) fn is_detour(&self, state: u32, edge: Edge) -> bool {
        (edge.is_restart() || self.has_other_circles) && self.is_on_circle(state, edge)
    }

    /// Sorts the states, as far as that is possible (Kahn 1962).
    fn sort(&mut self, graph: &Graph) {
        let mut before = vec![0_u32; graph.len()];
        for state in graph.all() {
            for edge in self.steps(graph, state) {
                before[edge.target as usize] += 1;
            }
        }
        let mut states: Vec<u32> = graph
            .all()
            .filter(|&state| before[state as usize] == 0)
            .collect();
        let mut next = 0;
        while let Some(&state) = states.get(next) {
            next += 1;
            for edge in self.steps(graph, state) {
                let left = &mut before[edge.target as usize];
                *left -= 1;
                if *left == 0 {
                    states.push(edge.target);
                }
            }
        }
        self.states = states;
    }

    /// The steps from a state that are no detours.
    pub(crate) fn steps<'g>(
        &self,
        graph: &'g Graph,
        state: u32,
    ) -> impl Iterator<Item = Edge> + use<'g, '_> {
        let edges = graph.steps(state).iter().copied();
        edges.filter(move |&edge| !self.is_detour(state, edge))
    }

    /// For each state, how many executions lead to it.
    #[must_use]
    pub fn executions(&self, graph: &Graph) -> Vec<f64> {
        let mut executions = vec![0.0; graph.len()];
        executions[0] = 1.0;
        for &state in &self.states {
            let here = executions[state as usize];
            for edge in self.steps(graph, state) {
                executions[edge.target as usize] += here;
            }
        }
        executions
    }
}

/// The strongly connected component of each state (Tarjan 1972), without recursion.
fn components(graph: &Graph) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let mut component = vec![NONE; graph.len()];
    let mut index = vec![NONE; graph.len()];
    let mut low = vec![0_u32; graph.len()];
    let mut open = Vec::new();
    let mut found = 0;
    let mut next_index = 0;
    for root in graph.all() {
        if index[root as usize] != NONE {
            continue;
        }
        // Each state under way, with the number of its steps that have been followed.
        let mut way: Vec<(u32, usize)> = vec![(root, 0)];
        while let Some((state, followed)) = way.last_mut() {
            let at = *state as usize;
            if *followed == 0 && index[at] == NONE {
                index[at] = next_index;
                low[at] = next_index;
                next_index += 1;
                open.push(*state);
            }
            if let Some(&edge) = graph.steps(*state).get(*followed) {
                *followed += 1;
                let target = edge.target as usize;
                if index[target] == NONE {
                    way.push((edge.target, 0));
                } else if component[target] == NONE {
                    low[at] = low[at].min(index[target]);
                }
                continue;
            }
            way.pop();
            if let Some(&(parent, _)) = way.last() {
                let parent = parent as usize;
                low[parent] = low[parent].min(low[at]);
            }
            if low[at] == index[at] {
                while let Some(member) = open.pop() {
                    component[member as usize] = found;
                    if member as usize == at {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}
