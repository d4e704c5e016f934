//! Two locks, taken in two orders.

use crate::prelude::*;

/// `SAME_ORDER`: does a reader take the locks in the order of the writer?
struct Halves<M: Memory, const SAME_ORDER: bool> {
    locks: [M::Lock; 2],
    halves: [Cells<M::Word, 1>; 2],
}

impl<M: Memory, const SAME_ORDER: bool> Shared<M, 2> for Halves<M, SAME_ORDER> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        let half = |half: usize| memory.cells(format_args!("half[{half}]"), [init[half]]);
        Self {
            locks: [0, 1].map(|half| memory.lock(format_args!("lock[{half}]"))),
            halves: [0, 1].map(half),
        }
    }

    fn write(&self, value: [u64; 2]) {
        self.locks[0].hold(|| {
            self.locks[1].hold(|| {
                self.halves[0].write(&[value[0]]);
                self.halves[1].write(&[value[1]]);
            });
        });
    }

    fn read(&self) -> [u64; 2] {
        let [first, second] = if SAME_ORDER { [0, 1] } else { [1, 0] };
        self.locks[first].hold(|| {
            self.locks[second].hold(|| {
                let [[left], [right]] = [self.halves[0].read(), self.halves[1].read()];
                [left, right]
            })
        })
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "two-orders",
        title: "Two locks that are taken in two orders",
        source: "the circular wait of Coffman, Elphick and Shoshani, System deadlocks, 1971",
        url: Some("https://docs.kernel.org/locking/lockdep-design.html"),
        about: "The writer has the first lock and waits for the second, the reader has the second and waits for the \
                first; neither ever goes on. The kernel watches the order of its locks while it runs. One order for all \
                mends it.",
        subject: subject!(TwoOrders<M> = Halves<M, false>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Waits, "w.r", ALL),
        twin: Some("one-order"),
        file: include_str!("deadlock.rs"),
    },
    Exhibit {
        name: "one-order",
        title: "Two locks that are taken in one order",
        source: "Coffman, Elphick and Shoshani, System deadlocks, 1971",
        url: Some("https://docs.kernel.org/locking/lockdep-design.html"),
        about: "Whoever has the higher one has the lower one already, so nobody waits in a circle.",
        subject: subject!(OneOrder<M> = Halves<M, true>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("deadlock.rs"),
    },
];
