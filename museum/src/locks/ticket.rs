//! A ticket lock: who is served?

use crate::prelude::*;

/// `ORDERED`: is a turn handed over by Release and Acquire?
struct TicketLock<M: Memory, const ORDERED: bool> {
    memory: M,
    next: Narrow<M::Word, u16>,
    serving: Narrow<M::Word, u16>,
    value: Cells<M::Word, 2>,
}

impl<M: Memory, const ORDERED: bool> TicketLock<M, ORDERED> {
    fn hold<T>(&self, critical: impl FnOnce() -> T) -> T {
        let ticket = self.next.fetch_add(1, Relaxed);
        // Acquire: pairs with the store below, of whoever was served before.
        let look = if ORDERED { Acquire } else { Relaxed };
        self.memory
            .retry(|| (self.serving.load(look) == ticket).then_some(()));
        let result = critical();
        let hand_over = if ORDERED { Release } else { Relaxed };
        self.serving.store(ticket.wrapping_add(1), hand_over);
        result
    }
}

impl<M: Memory, const ORDERED: bool> Shared<M, 2> for TicketLock<M, ORDERED> {
    fn build(memory: &M, init: [u64; 2]) -> Self {
        let first = memory.first_count(u16::BITS) as u16;
        Self {
            memory: memory.clone(),
            next: memory.narrow(format_args!("next"), first),
            serving: memory.narrow(format_args!("serving"), first),
            value: memory.cells(format_args!("value"), init),
        }
    }

    fn write(&self, value: [u64; 2]) {
        self.hold(|| self.value.write(&value));
    }

    fn read(&self) -> [u64; 2] {
        self.hold(|| self.value.read())
    }
}

pub(crate) const EXHIBITS: &[Exhibit] = &[
    Exhibit {
        name: "ticket-relaxed",
        title: "A ticket lock whose turns are handed over relaxed",
        source: "after Mellor-Crummey and Scott, Algorithms for scalable synchronization on shared-memory multiprocessors, 1991, with relaxed accesses",
        url: None,
        about: "The tickets are drawn by a read-modify-write, and no two are alike; so everyone is alone in the critical \
                section, and still sees nothing of what was done there before. The turn is what has to be released and \
                acquired; the ticket may stay relaxed.",
        subject: subject!(TicketRelaxed<M> = TicketLock<M, false>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::wrong(Fails(DataRace), "w.r", WEAK),
        twin: Some("ticket"),
        file: include_str!("ticket.rs"),
    },
    Exhibit {
        name: "ticket",
        title: "A ticket lock",
        source: "Mellor-Crummey and Scott, Algorithms for scalable synchronization on shared-memory multiprocessors, 1991",
        url: None,
        about: "Tickets of 16 bits wrap around, and that does no harm as long as fewer than 65,536 processes wait.",
        subject: subject!(Ticket<M> = TicketLock<M, true>, 2 words, many writers, many readers, claims Atomic),
        truth: Truth::Right,
        twin: None,
        file: include_str!("ticket.rs"),
    },
];
