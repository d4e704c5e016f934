//! How a state is laid out: one vector of 16-bit words, which is its own key in the [table](crate::table::Table).
//!
//! ```text
//! a node for each process        two words each
//! the past                       two words
//! who holds each lock            0, or the process + 1
//! who made the last access       0, or the process + 1, and the preemptions left; both 0 without a bound
//! views                          for each process its current one, what an acquire fence would add, what a release fence has fixed;
//!                                the global one of SeqCst; those that precedences hand on; that of each lock
//! how many messages each word has
//! the messages                   word by word, oldest first: the number of the value, and the view that it releases
//! ```
//!
//! A *view* says for each word which message is the oldest that may still be read: it has one entry for each word, an
//! index into the messages of that word. On sequentially consistent memory views are empty, and every word has one
//! message.

use std::ops::Range;

/// Where everything lies.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) processes: usize,
    pub(crate) words: usize,
    pub(crate) locks: usize,
    /// How many views are handed on by precedences.
    pub(crate) handed_on: usize,
    /// How many entries a view has.
    pub(crate) view: usize,
}

/// Which of the views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// What a process has seen.
    Current(usize),
    /// The same, and what an acquire fence would add.
    Acquirable(usize),
    /// What a release fence has fixed for relaxed stores to release.
    Released(usize),
    /// That of all SeqCst operations together.
    SeqCst,
    /// What one operation hands on to those behind it.
    HandedOn(usize),
    /// What the last holder of a lock left.
    Lock(usize),
}

/// A state.
pub(crate) type State = Vec<u16>;

impl Layout {
    const PER_PROCESS: usize = 3;

    #[inline]
    fn past(&self) -> usize {
        2 * self.processes
    }

    #[inline]
    fn lock(&self, lock: usize) -> usize {
        self.past() + 2 + lock
    }

    #[inline]
    fn turn(&self) -> usize {
        self.lock(self.locks)
    }

    #[inline]
    fn views(&self) -> usize {
        self.turn() + 2
    }

    #[inline]
    fn number_of_views(&self) -> usize {
        Self::PER_PROCESS * self.processes + 1 + self.handed_on + self.locks
    }

    #[inline]
    fn counts(&self) -> usize {
        self.views() + self.number_of_views() * self.view
    }

    #[inline]
    fn messages(&self) -> usize {
        self.counts() + self.words
    }

    /// The length of a message.
    #[inline]
    fn stride(&self) -> usize {
        1 + self.view
    }

    /// A state in which every word holds one message, that of its initial value.
    pub(crate) fn start(&self, values: impl Iterator<Item = u16>) -> State {
        let mut state = vec![0; self.messages()];
        state[self.counts()..].fill(1);
        for value in values {
            state.push(value);
            state.extend(std::iter::repeat_n(0, self.view));
        }
        state
    }

    #[inline]
    pub(crate) fn node(&self, state: &[u16], process: usize) -> u32 {
        two(state, 2 * process)
    }

    pub(crate) fn set_node(&self, state: &mut [u16], process: usize, node: u32) {
        set_two(state, 2 * process, node);
    }

    #[inline]
    pub(crate) fn get_past(&self, state: &[u16]) -> u32 {
        two(state, self.past())
    }

    pub(crate) fn set_past(&self, state: &mut [u16], past: u32) {
        set_two(state, self.past(), past);
    }

    /// Who holds a lock: 0, or the process + 1.
    pub(crate) fn holder<'s>(&self, state: &'s mut [u16], lock: usize) -> &'s mut u16 {
        &mut state[self.lock(lock)]
    }

    pub(crate) fn is_free(&self, state: &[u16], lock: usize) -> bool {
        state[self.lock(lock)] == 0
    }

    /// Who made the last access, and how many preemptions are left.
    #[inline]
    pub(crate) fn last(&self, state: &[u16]) -> (Option<usize>, u16) {
        let turn = self.turn();
        (usize::from(state[turn]).checked_sub(1), state[turn + 1])
    }

    pub(crate) fn set_last(&self, state: &mut [u16], process: Option<usize>, left: u16) {
        let turn = self.turn();
        state[turn] = process.map_or(0, |process| process as u16 + 1);
        state[turn + 1] = left;
    }

    #[inline]
    pub(crate) fn view(&self, view: View) -> Range<usize> {
        let number = match view {
            View::Current(process) => Self::PER_PROCESS * process,
            View::Acquirable(process) => Self::PER_PROCESS * process + 1,
            View::Released(process) => Self::PER_PROCESS * process + 2,
            View::SeqCst => Self::PER_PROCESS * self.processes,
            View::HandedOn(number) => Self::PER_PROCESS * self.processes + 1 + number,
            View::Lock(lock) => Self::PER_PROCESS * self.processes + 1 + self.handed_on + lock,
        };
        let start = self.views() + number * self.view;
        start..start + self.view
    }

    /// The entry of a view for a word.
    #[inline]
    pub(crate) fn entry<'s>(&self, state: &'s mut [u16], view: View, word: usize) -> &'s mut u16 {
        &mut state[self.view(view).start + word]
    }

    /// Raises a view to the least one that is no lower than `other`.
    pub(crate) fn join(&self, state: &mut [u16], view: View, other: View) {
        self.raise(state, self.view(view), self.view(other));
    }

    /// Lets one view equal another.
    pub(crate) fn copy(&self, state: &mut [u16], view: View, other: View) {
        state.copy_within(self.view(other), self.view(view).start);
    }

    pub(crate) fn clear(&self, state: &mut [u16], view: View) {
        state[self.view(view)].fill(0);
    }

    #[inline]
    fn raise(&self, state: &mut [u16], view: Range<usize>, other: Range<usize>) {
        for (at, other) in view.zip(other) {
            state[at] = state[at].max(state[other]);
        }
    }

    /// How many messages a word has.
    #[inline]
    pub(crate) fn count(&self, state: &[u16], word: usize) -> usize {
        usize::from(state[self.counts() + word])
    }

    #[inline]
    fn message(&self, state: &[u16], word: usize, at: usize) -> usize {
        let counts = &state[self.counts()..self.counts() + word];
        let before: usize = counts.iter().map(|&count| usize::from(count)).sum();
        self.messages() + (before + at) * self.stride()
    }

    /// The number of the value of a message.
    #[inline]
    pub(crate) fn value(&self, state: &[u16], word: usize, at: usize) -> u16 {
        state[self.message(state, word, at)]
    }

    /// The oldest message of a word that a process may still read, by a plain load.
    #[inline]
    pub(crate) fn oldest(&self, state: &[u16], process: usize, word: usize) -> usize {
        if self.view == 0 {
            0
        } else {
            usize::from(state[self.view(View::Current(process)).start + word])
        }
    }

    /// Raises a view by what a message releases.
    pub(crate) fn receive(&self, state: &mut [u16], view: View, word: usize, at: usize) {
        let released = self.message(state, word, at) + 1;
        self.raise(state, self.view(view), released..released + self.view);
    }

    /// Replaces the only message of a word.
    pub(crate) fn replace(&self, state: &mut [u16], word: usize, value: u16) {
        let at = self.message(state, word, 0);
        state[at] = value;
    }

    /// Appends a message that releases `view`, and what the message before releases if it `continues` a release
    /// sequence. Returns its index.
    pub(crate) fn append(
        &self,
        state: &mut State,
        word: usize,
        value: u16,
        view: View,
        continues: bool,
    ) -> usize {
        let count = self.count(state, word);
        let new = self.message(state, word, count);
        let view = self.view(view);
        // The new words come in behind the views, which do not move.
        state.splice(new..new, std::iter::repeat_n(0, self.stride()));
        state[new] = value;
        state.copy_within(view, new + 1);
        if continues {
            let before = new - self.stride() + 1;
            self.raise(
                state,
                new + 1..new + 1 + self.view,
                before..before + self.view,
            );
        }
        // Of its own word a message says nothing: whoever reads it has seen it.
        state[new + 1 + word] = 0;
        state[self.counts() + word] += 1;
        count
    }

    /// Drops the oldest messages of each word, as many as `floor` says: no one reads them any more. Then index 0 is
    /// that of the oldest one left.
    pub(crate) fn drop_oldest(&self, state: &mut State, floor: &[u16]) {
        for (word, &dropped) in floor.iter().enumerate().filter(|floor| *floor.1 > 0) {
            let start = self.message(state, word, 0);
            state.drain(start..start + usize::from(dropped) * self.stride());
            state[self.counts() + word] -= dropped;
            let views = (0..self.number_of_views()).map(|number| self.views() + number * self.view);
            let messages = (self.messages()..state.len())
                .step_by(self.stride())
                .map(|message| message + 1);
            for view in views.chain(messages) {
                state[view + word] = state[view + word].saturating_sub(dropped);
            }
        }
    }

    /// Forgets the memory: all processes are done.
    pub(crate) fn forget_memory(&self, state: &mut State) {
        state.truncate(self.turn());
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
