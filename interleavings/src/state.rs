//! How a state is laid out: one vector of 16-bit words, which is its own key in the [table](crate::table::Table).
//!
//! ```text
//! a node for each process        two words each
//! the past                       two words
//! what went wrong                0, or the number of a fault + 1
//! who holds each lock            0, or the process + 1
//! who made the last access       0, or the process + 1, and the preemptions left; both 0 without a bound
//! the memory                     as its model lays it out
//! ```

/// Where everything lies that is no memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) processes: usize,
    pub(crate) locks: usize,
}

/// A state.
pub type State = Vec<u16>;

impl Layout {
    #[inline]
    fn past(self) -> usize {
        2 * self.processes
    }

    #[inline]
    fn fault_at(self) -> usize {
        self.past() + 2
    }

    #[inline]
    fn lock(self, lock: usize) -> usize {
        self.fault_at() + 1 + lock
    }

    #[inline]
    fn turn(self) -> usize {
        self.lock(self.locks)
    }

    /// Where the memory begins.
    #[inline]
    pub(crate) fn memory(self) -> usize {
        self.turn() + 2
    }

    /// A state in which nothing has happened, without a memory.
    pub(crate) fn start(self) -> State {
        vec![0; self.memory()]
    }

    #[inline]
    pub(crate) fn node(self, state: &[u16], process: usize) -> u32 {
        two(state, 2 * process)
    }

    pub(crate) fn set_node(self, state: &mut [u16], process: usize, node: u32) {
        set_two(state, 2 * process, node);
    }

    #[inline]
    pub(crate) fn get_past(self, state: &[u16]) -> u32 {
        two(state, self.past())
    }

    pub(crate) fn set_past(self, state: &mut [u16], past: u32) {
        set_two(state, self.past(), past);
    }

    /// What went wrong, by its number.
    #[inline]
    pub(crate) fn fault(self, state: &[u16]) -> Option<usize> {
        usize::from(state[self.fault_at()]).checked_sub(1)
    }

    pub(crate) fn set_fault(self, state: &mut [u16], fault: usize) {
        state[self.fault_at()] = fault as u16 + 1;
    }

    /// Who holds a lock.
    pub(crate) fn holder(self, state: &[u16], lock: usize) -> Option<usize> {
        usize::from(state[self.lock(lock)]).checked_sub(1)
    }

    pub(crate) fn set_holder(self, state: &mut [u16], lock: usize, process: Option<usize>) {
        state[self.lock(lock)] = process.map_or(0, |process| process as u16 + 1);
    }

    /// Lets process `permutation[i]` hold what process `i` held.
    pub(crate) fn permute(self, state: &mut [u16], permutation: &[usize]) {
        for lock in 0..self.locks {
            let holder = self.holder(state, lock);
            let place = holder.and_then(|holder| permutation.iter().position(|&it| it == holder));
            self.set_holder(state, lock, place);
        }
    }

    /// Who made the last access, and how many preemptions are left.
    #[inline]
    pub(crate) fn last(self, state: &[u16]) -> (Option<usize>, u16) {
        let turn = self.turn();
        (usize::from(state[turn]).checked_sub(1), state[turn + 1])
    }

    pub(crate) fn set_last(self, state: &mut [u16], process: Option<usize>, left: u16) {
        let turn = self.turn();
        state[turn] = process.map_or(0, |process| process as u16 + 1);
        state[turn + 1] = left;
    }

    /// Whether nobody takes a step any more.
    #[inline]
    pub(crate) fn is_over(self, state: &[u16]) -> bool {
        state.len() < self.memory()
    }

    /// Forgets everything but the past and what went wrong: nobody takes a step any more.
    pub(crate) fn forget_memory(self, state: &mut State) {
        state.truncate(self.lock(0));
    }
}

#[inline]
fn two(state: &[u16], at: usize) -> u32 {
    u32::from(state[at]) << 16 | u32::from(state[at + 1])
}

fn set_two(state: &mut [u16], at: usize, value: u32) {
    state[at] = (value >> 16) as u16;
    state[at + 1] = value as u16;
}
