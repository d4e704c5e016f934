//! The debts of arc-swap: a hazard that is checked by an exchange which fails.

use crate::prelude::*;

/// SeqCst for all that has to be in one order.
const RIGHT: u8 = 0;
/// An exchange that fails is Relaxed.
const FAILS_RELAXED: u8 = 1;
/// An exchange that fails is Acquire.
const FAILS_ACQUIRE: u8 = 2;
/// The second look of the reader is Acquire.
const LOOKS_ACQUIRE: u8 = 3;

/// A reader owes nothing.
const NONE: u64 = 2;

/// Two blocks, one of which is current; and for each reader the block that it owes.
struct Debts<M: Memory, const HOW: u8> {
    memory: M,
    current: M::Word,
    debts: Vec<M::Word>,
    blocks: [Cells<M::Word, 2>; 2],
}

impl<M: Memory, const HOW: u8> Debts<M, HOW> {
    const FAILURE: Ordering = match HOW {
        FAILS_RELAXED => Relaxed,
        FAILS_ACQUIRE => Acquire,
        _ => SeqCst,
    };
    const LOOK: Ordering = if HOW == LOOKS_ACQUIRE {
        Acquire
    } else {
        SeqCst
    };
}

impl<M: Memory, const HOW: u8> Handles<M, 2> for Debts<M, HOW> {
    /// The current block.
    type Writer = u64;
    /// Which reader it is.
    type Reader = usize;

    fn build(memory: &M, init: [u64; 2], sizes: Sizes) -> Self {
        let debt = |nth| memory.word(format_args!("debt[{nth}]"), NONE);
        Self {
            memory: memory.clone(),
            current: memory.word(format_args!("current"), 0),
            debts: (0..sizes.readers).map(debt).collect(),
            blocks: [0, 1].map(|block| memory.cells(format_args!("block[{block}]"), init)),
        }
    }

    fn writer(&self, _: usize) -> u64 {
        0
    }

    fn reader(&self, nth: usize) -> usize {
        nth
    }

    fn write(&self, current: &mut u64, value: [u64; 2]) {
        let old = *current;
        *current = 1 - old;
        self.blocks[*current as usize].allocate(&value);
        self.current.swap(*current, SeqCst);
        for debt in &self.debts {
            // While the exchange succeeds the reader owes this block. That it does not is learnt by one that fails.
            let owes = || {
                debt.compare_exchange(old, old, SeqCst, Self::FAILURE)
                    .is_ok()
            };
            self.memory.retry(|| (!owes()).then_some(()));
        }
        self.blocks[old as usize].retire();
    }

    fn read(&self, nth: &mut usize) -> [u64; 2] {
        let debt = &self.debts[*nth];
        let block = self.memory.retry(|| {
            let block = self.current.load(Relaxed);
            debt.swap(block, SeqCst);
            (self.current.load(Self::LOOK) == block).then_some(block)
        });
        let value = self.blocks[block as usize].read();
        // Release: pairs with the exchange that fails in write(). The block was read before it is given back.
        debt.store(NONE, Release);
        value
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "arc-swap-195",
        title: "A debt that is looked for by an exchange whose failure is Relaxed",
        source: "vorner/arc-swap pull request 195, 2026",
        url: Some("https://github.com/vorner/arc-swap/pull/195"),
        about: "An exchange that fails is a load, with the ordering of its failure. Relaxed, it learns that the debt is \
                paid and does not learn what happened before: the block is given back while the loads of the reader may \
                still be under way. Miri found it; the failure became Acquire, which was half of the remedy.",
        subject: subject!(FailsRelaxed<M> = Debts<M, FAILS_RELAXED>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("arc-swap-mended"),
        file: include_str!("arc_swap.rs"),
    },
    Exhibit {
        name: "arc-swap-204",
        title: "A debt that is looked for by an exchange whose failure is Acquire",
        source: "vorner/arc-swap issues 200 and 204, 2026",
        url: Some("https://github.com/vorner/arc-swap/issues/204"),
        about: "The success of the exchange is SeqCst, its failure is not; and it is by failing that the writer learns \
                that nobody owes the block. As an Acquire load it may return an old value, from before the debt, and the \
                block is given back under the reader. The failure became SeqCst.",
        subject: subject!(FailsAcquire<M> = Debts<M, FAILS_ACQUIRE>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(UseAfterFree), "w.r", WEAK),
        twin: Some("arc-swap-mended"),
        file: include_str!("arc_swap.rs"),
    },
    Exhibit {
        name: "arc-swap-203",
        title: "A debt after which the reader looks with Acquire",
        source: "vorner/arc-swap pull request 203 and issue 198, 2026",
        url: Some("https://github.com/vorner/arc-swap/pull/203"),
        about: "The debt is swapped in with SeqCst, and the pointer that confirms it is loaded with Acquire: it has no \
                place in the order of SeqCst operations, and may return the old pointer though the writer has replaced \
                it and found no debt. On x86 the swap is a full fence and hides it. The load became SeqCst.",
        subject: subject!(LooksAcquire<M> = Debts<M, LOOKS_ACQUIRE>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::wrong(Fails(UseAfterFree), "w.r", WEAK),
        twin: Some("arc-swap-mended"),
        file: include_str!("arc_swap.rs"),
    },
    Exhibit {
        name: "arc-swap-mended",
        title: "A debt with SeqCst at all four places",
        source: "vorner/arc-swap issues 198, 200 and 204, 2026",
        url: Some("https://github.com/vorner/arc-swap/issues/204"),
        about: "Debt, second look, replacement and the exchange that fails are in one order. Either the writer finds the \
                debt, or the reader finds the new pointer.",
        subject: subject!(DebtsMended<M> = Debts<M, RIGHT>, 2 words, 1 writer, many readers, remembering, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("arc_swap.rs"),
    },
];
