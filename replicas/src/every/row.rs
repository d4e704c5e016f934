//! How a state of the network is laid out: a row of numbers of 32 bits, in two words of 16 bits each.
//!
//! ```text
//! the past                       what completed operations returned, and what precedes what
//! what is left of the budget     four bits each: duplicates, suspicions, restarts, gossip, resends
//! the clocks of the replicas     four bits each
//! what each replica knows        for each register
//! what each client knows         for each register
//! how far each client is         twice the operations that it completed, and one if another is under way
//! the messages that may arrive   in order, as often as they may
//! ```

use interleavings::world::State;

/// Where everything lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) replicas: usize,
    pub(super) clients: usize,
    pub(super) registers: usize,
}

/// A state that is being worked on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row(pub(super) Vec<u32>);

impl Layout {
    const PAST: usize = 0;
    const BUDGET: usize = 1;
    const CLOCKS: usize = 2;
    const REPLICAS: usize = 3;

    /// Where the machine of a node for a register lies; clients come behind replicas.
    pub(super) fn machine(self, node: usize, register: usize) -> usize {
        if node < self.replicas {
            Self::REPLICAS + register * self.replicas + node
        } else {
            let clients = Self::REPLICAS + self.registers * self.replicas;
            clients + register * self.clients + node - self.replicas
        }
    }

    fn progress(self, client: usize) -> usize {
        Self::REPLICAS + self.registers * (self.replicas + self.clients) + client
    }

    /// Where the messages begin.
    pub(super) fn messages(self) -> usize {
        self.progress(self.clients)
    }
}

impl Row {
    pub(super) fn new(layout: Layout) -> Self {
        Self(vec![0; layout.messages()])
    }

    pub(super) fn decode(state: &[u16]) -> Self {
        let two = |pair: &[u16]| u32::from(pair[0]) << 16 | u32::from(pair[1]);
        Self(state.chunks_exact(2).map(two).collect())
    }

    pub(super) fn encode(&self) -> State {
        let mut state = State::with_capacity(2 * self.0.len());
        for &number in &self.0 {
            state.extend([(number >> 16) as u16, number as u16]);
        }
        state
    }

    /// The past of a state as it is encoded.
    pub(super) fn past_of(state: &[u16]) -> u32 {
        u32::from(state[0]) << 16 | u32::from(state[1])
    }

    pub(super) fn past(&self) -> u32 {
        self.0[Layout::PAST]
    }

    pub(super) fn set_past(&mut self, past: u32) {
        self.0[Layout::PAST] = past;
    }

    /// How much is left of one kind of fault.
    pub(super) fn left(&self, kind: usize) -> u32 {
        self.0[Layout::BUDGET] >> (4 * kind) & 15
    }

    pub(super) fn set_left(&mut self, kind: usize, left: u32) {
        let shift = 4 * kind;
        let word = &mut self.0[Layout::BUDGET];
        *word = *word & !(15 << shift) | left << shift;
    }

    pub(super) fn clock(&self, replica: usize) -> u32 {
        self.0[Layout::CLOCKS] >> (4 * replica) & 15
    }

    pub(super) fn set_clock(&mut self, replica: usize, clock: u32) {
        let shift = 4 * replica;
        let word = &mut self.0[Layout::CLOCKS];
        *word = *word & !(15 << shift) | clock << shift;
    }

    pub(super) fn progress(&self, layout: Layout, client: usize) -> u32 {
        self.0[layout.progress(client)]
    }

    pub(super) fn go_on(&mut self, layout: Layout, client: usize) {
        self.0[layout.progress(client)] += 1;
    }

    pub(super) fn add(&mut self, layout: Layout, message: u32) {
        let from = layout.messages();
        let at = self.0[from..].partition_point(|&it| it <= message);
        self.0.insert(from + at, message);
    }

    /// Takes away one message.
    pub(super) fn remove(&mut self, layout: Layout, message: u32) {
        let from = layout.messages();
        if let Ok(at) = self.0[from..].binary_search(&message) {
            self.0.remove(from + at);
        }
    }

    pub(super) fn retain(&mut self, layout: Layout, mut keep: impl FnMut(u32) -> bool) {
        let from = layout.messages();
        let mut to = from;
        for at in from..self.0.len() {
            let message = self.0[at];
            if keep(message) {
                self.0[to] = message;
                to += 1;
            }
        }
        self.0.truncate(to);
    }
}
