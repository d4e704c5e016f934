//! The one order of SeqCst operations on weak memory, as C++20 has it ([atomics.order]; Boehm and others, P0668R5).
//!
//! There has to be a total order S of all SeqCst operations and fences. It contains A before B
//!
//! 1. if A *strongly happens before* B: A is sequenced before B; or both are SeqCst and A synchronizes with B; or A is
//!    sequenced before some X that happens before some Y that is sequenced before B;
//! 2. if A is *coherence-ordered* before B, or before something that happens before a fence B, or if A is a fence and
//!    something that it happens before is.
//!
//! X is coherence-ordered before Y if Y reads what X wrote, or is behind it in modification order, or if X read what Y
//! overwrites, and so on through any number of these. So one execution is possible if these edges form no circle. Such
//! an order need not be that in which the operations were performed.
//!
//! # How it is kept without keeping the operations
//!
//! The only question ever asked of an operation is whether a new one may still come before it. A new one is ordered
//! before it by coherence alone: it writes in front of some message, or reads an older one. So of each SeqCst operation
//! B only this is kept, its *reach*: for each word the newest message m such that whatever is coherence-ordered before m
//! has to be before B in S. Edges carry over what stands before: if A is before B, the reach of B includes that of A.
//! A *set* of operations is kept as the join of their reaches, which has an entry for each word like a view.
//!
//! When a new event with the reach R of all operations that stand at it, or are fences that happen before it, is
//! coherence-ordered before message k of a word, then these operations are before every B whose reach includes k. If
//! their own reach includes k, that is a circle, and the event is impossible; otherwise R is joined to each set that
//! includes k.
//!
//! | kept with | set | of the operations that |
//! |---|---|---|
//! | a bundle | [`BEFORE`](Sets::BEFORE) | strongly happen before whatever is sequenced next |
//! | | [`FENCES`](Sets::FENCES) | are fences, and happen before |
//! | | [`READ`](Sets::READ) | stand at a message that was read |
//! | | [`SYNCHRONIZED`](Sets::SYNCHRONIZED) | are before a SeqCst operation that acquires this: the SeqCst ones that release it |
//! | a message | [`STRICTLY`](Sets::STRICTLY) | are coherence-ordered before it |
//! | | [`AT`](Sets::AT) | stand at it: its own, and fences that happen before it |
//! | | [`READERS`](Sets::READERS) | stand at loads that read it, and so before every later message |

use registers::memory::Ordering;

use super::acquires;
use super::weak::{Of, Weak, raise};
use crate::state::State;

/// The sets, by their number within a bundle or a message.
pub(super) struct Sets;

impl Sets {
    const BEFORE: usize = 0;
    const FENCES: usize = 1;
    const READ: usize = 2;
    const SYNCHRONIZED: usize = 3;
    /// How many of those in a bundle happens-before carries on.
    pub(super) const CARRIED: usize = 3;
    /// How many there are in a bundle.
    pub(super) const OF_BUNDLE: usize = 4;

    const STRICTLY: usize = 0;
    const AT: usize = 1;
    const READERS: usize = 2;
    /// How many a message has besides those in its bundle.
    pub(super) const OF_MESSAGE: usize = 3;
}

/// The join of the reaches of some operations.
type Reach = Vec<u16>;

fn join(reach: &mut [u16], other: &[u16]) {
    for (entry, &other) in reach.iter_mut().zip(other) {
        *entry = other.max(*entry);
    }
}

impl Weak {
    /// Where a set of a bundle lies.
    fn set(&self, bundle: usize, set: usize) -> usize {
        bundle + self.sets() + set * self.words
    }

    /// Where a set of a message lies.
    fn set_of(&self, state: &[u16], word: usize, at: usize, set: usize) -> usize {
        self.released(state, word, at) + self.width() + set * self.words
    }

    fn join_from(&self, reach: &mut [u16], state: &[u16], set: usize) {
        join(reach, &state[set..set + self.words]);
    }

    fn join_into(&self, state: &mut [u16], set: usize, reach: &[u16]) {
        join(&mut state[set..set + self.words], reach);
    }

    /// What has to be before a SeqCst load of a message; `None` if it is not SeqCst.
    pub(super) fn before_load(
        &self,
        state: &State,
        process: usize,
        word: usize,
        at: usize,
        order: Ordering,
    ) -> Option<Reach> {
        (order == Ordering::SeqCst).then(|| {
            let mut reach = self.before_access(state, process, word, at, order);
            reach[word] = reach[word].max(at as u16);
            reach
        })
    }

    /// What has to be before a SeqCst store behind message `at`, or a read-modify-write of it; `None` if it is not SeqCst.
    pub(super) fn before_store(
        &self,
        state: &State,
        process: usize,
        word: usize,
        at: usize,
        order: Ordering,
        reads: bool,
    ) -> Option<Reach> {
        (order == Ordering::SeqCst).then(|| {
            let order = if reads { order } else { Ordering::Relaxed };
            let mut reach = self.before_access(state, process, word, at, order);
            self.join_from(
                &mut reach,
                state,
                self.set_of(state, word, at, Sets::READERS),
            );
            reach
        })
    }

    fn before_access(
        &self,
        state: &State,
        process: usize,
        word: usize,
        at: usize,
        order: Ordering,
    ) -> Reach {
        let current = self.bundle(Of::Current(process));
        let mut reach = vec![0; self.words];
        self.join_from(&mut reach, state, self.set(current, Sets::BEFORE));
        if acquires(order) {
            let released = self.released(state, word, at);
            self.join_from(&mut reach, state, self.set(released, Sets::SYNCHRONIZED));
        }
        for set in [Sets::STRICTLY, Sets::AT] {
            self.join_from(&mut reach, state, self.set_of(state, word, at, set));
        }
        reach
    }

    /// Whoever reads a message has what stands at it coherence-ordered before.
    pub(super) fn note_read(&self, state: &mut [u16], process: usize, word: usize, at: usize) {
        let standing = self.set_of(state, word, at, Sets::AT);
        for of in [Of::Current(process), Of::Acquirable(process)] {
            let read = self.set(self.bundle(of), Sets::READ);
            raise(state, read, standing, self.words);
        }
    }

    /// Orders a load that has been performed, and returns whether that changes anything for others; `None` if it is
    /// impossible.
    pub(super) fn order_load(
        &self,
        state: &mut State,
        process: usize,
        word: usize,
        at: usize,
        own: Option<Reach>,
    ) -> Option<bool> {
        let standing = self.standing(state, process, own.as_deref());
        if !self.order_before(state, word, at + 1, &standing) {
            return None;
        }
        let readers = self.set_of(state, word, at, Sets::READERS);
        self.join_into(state, readers, &standing);
        self.sequence(state, process, own.as_deref());
        Some(own.is_some() || standing.iter().any(|&entry| entry > 0))
    }

    /// Orders a store whose message has been put at `at`. `false` if that is impossible.
    pub(super) fn order_store(
        &self,
        state: &mut State,
        process: usize,
        word: usize,
        at: usize,
        before: Option<Reach>,
    ) -> bool {
        // The message has come in between since.
        let own = before.map(|mut reach| {
            if at + 1 < self.count(state, word) && reach[word] >= at as u16 {
                reach[word] += 1;
            }
            reach[word] = reach[word].max(at as u16);
            reach
        });
        let standing = self.standing(state, process, own.as_deref());
        for set in [Sets::STRICTLY, Sets::AT, Sets::READERS] {
            let from = self.set_of(state, word, at - 1, set);
            let to = self.set_of(state, word, at, Sets::STRICTLY);
            raise(state, to, from, self.words);
        }
        let to = self.set_of(state, word, at, Sets::AT);
        self.join_into(state, to, &standing);
        if let Some(own) = own.as_deref() {
            let released = self.released(state, word, at);
            let synchronized = self.set(released, Sets::SYNCHRONIZED);
            self.join_into(state, synchronized, own);
        }
        if !self.order_before(state, word, at + 1, &standing) {
            return false;
        }
        self.sequence(state, process, own.as_deref());
        true
    }

    /// Performs and orders a fence; `acquire` lets the process see what it has read.
    pub(super) fn order_fence(
        &self,
        state: &mut State,
        process: usize,
        acquire: impl FnOnce(&mut State),
    ) {
        let [current, acquirable, fixed] = [
            Of::Current(process),
            Of::Acquirable(process),
            Of::Released(process),
        ]
        .map(|of| self.bundle(of));
        let mut own = vec![0; self.words];
        self.join_from(&mut own, state, self.set(current, Sets::BEFORE));
        self.join_from(&mut own, state, self.set(acquirable, Sets::SYNCHRONIZED));
        acquire(state);
        for set in [Sets::FENCES, Sets::READ] {
            self.join_from(&mut own, state, self.set(current, set));
        }
        for word in 0..self.words {
            let seen = self.seen(state, process, word);
            self.join_from(
                &mut own,
                state,
                self.set_of(state, word, seen, Sets::STRICTLY),
            );
        }
        for (word, entry) in own.iter_mut().enumerate() {
            *entry = (*entry).max(self.seen(state, process, word) as u16);
        }
        for bundle in [current, acquirable] {
            self.join_into(state, self.set(bundle, Sets::FENCES), &own);
        }
        // All but what only a SeqCst operation may acquire.
        let carried = self.set(0, Sets::SYNCHRONIZED);
        state.copy_within(current..current + carried, fixed);
        self.join_into(state, self.set(fixed, Sets::SYNCHRONIZED), &own);
        self.sequence(state, process, Some(&own));
    }

    /// The message that a process has seen of a word. A cell has one only.
    fn seen(&self, state: &[u16], process: usize, word: usize) -> usize {
        self.oldest(state, process, word)
            .min(self.count(state, word) - 1)
    }

    /// The operations at an event: itself, if it is SeqCst, and the fences that happen before it.
    fn standing(&self, state: &State, process: usize, own: Option<&[u16]>) -> Reach {
        let current = self.bundle(Of::Current(process));
        let mut standing = vec![0; self.words];
        self.join_from(&mut standing, state, self.set(current, Sets::FENCES));
        if let Some(own) = own {
            join(&mut standing, own);
        }
        standing
    }

    /// Whatever a process does next comes behind its own SeqCst operation.
    fn sequence(&self, state: &mut State, process: usize, own: Option<&[u16]>) {
        let Some(own) = own else { return };
        for of in [Of::Current(process), Of::Acquirable(process)] {
            let before = self.set(self.bundle(of), Sets::BEFORE);
            self.join_into(state, before, own);
        }
    }

    /// Puts operations that stand at an event before all that message `next` and later ones are before. `false` if that
    /// is a circle.
    fn order_before(&self, state: &mut State, word: usize, next: usize, standing: &[u16]) -> bool {
        if next >= self.count(state, word) {
            return true;
        }
        if usize::from(standing[word]) >= next {
            return false;
        }
        if standing.iter().all(|&entry| entry == 0) {
            return true;
        }
        let carry_length = state.len();
        let mut carry = |set: usize| {
            if usize::from(state[set + word]) >= next {
                join(&mut state[set..set + self.words], standing);
            }
        };
        for bundle in self.own_bundles() {
            (0..Sets::OF_BUNDLE).for_each(|set| carry(self.set(bundle, set)));
        }
        for message in self.messages(carry_length) {
            let bundle = message + 2;
            (0..Sets::OF_BUNDLE).for_each(|set| carry(self.set(bundle, set)));
            let own = bundle + self.width();
            (0..Sets::OF_MESSAGE).for_each(|set| carry(own + set * self.words));
        }
        let first = self.set_of(state, word, next, Sets::STRICTLY);
        for at in 0..self.count(state, word) - next {
            self.join_into(state, first + at * self.stride(), standing);
        }
        true
    }
}
