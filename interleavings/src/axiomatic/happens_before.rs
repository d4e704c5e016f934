//! What C++20 and RC11 agree on: happens-before, coherence, atomicity, and no value out of thin air.
//!
//! * **Release sequence**: a write and the chain of read-modify-writes that read from it. A later plain store of the
//!   same thread does not belong to it: it did in C++11, and P0982R1 took it out for C++20.
//! * **sw**, synchronizes-with: from a release write, or a release fence before a write, to an acquire read, or an
//!   acquire fence after a read, which reads from the release sequence of that write (\[atomics.order\] 2,
//!   \[atomics.fences\] 2 to 4).
//! * **hb**, happens-before: *(sb ∪ sw)⁺*. There is no consume, so this is also what the standard calls *simply
//!   happens before* (\[intro.races\]).
//! * **eco**, extended coherence order: *(rf ∪ mo ∪ rb)⁺*, which the standard calls *coherence-ordered before*.
//!
//! The four coherence rules of \[intro.races\] say together that *hb ; eco* brings no event back to itself (Lahav,
//! Vafeiadis, Kang, Hur and Dreyer, *Repairing sequential consistency in C/C++11*, PLDI 2017).
//!
//! The standard only recommends that no value comes out of thin air. The axiom here, *sb ∪ rf* has no circle, is RC11's:
//! it also forbids load buffering, which C++ allows and some machines show.

use super::execution::{Execution, Kind, Relations, updates_are_atomic};
use super::relation::Relation;

/// The relations of C++, beside those of every model.
pub(super) struct Cpp {
    pub(super) sw: Relation,
    pub(super) hb: Relation,
    pub(super) eco: Relation,
}

impl Cpp {
    pub(super) fn new(execution: &Execution, r: &Relations) -> Self {
        let Relations { sb, rf, mo, rb } = r;
        let sw = synchronizes_with(execution, r);
        Self {
            hb: (sb | &sw).closure(),
            eco: (rf | mo | rb).closure(),
            sw,
        }
    }
}

fn synchronizes_with(execution: &Execution, r: &Relations) -> Relation {
    let Relations { sb, rf, .. } = r;
    let events = execution.events.len();
    let fences = execution.kind(Kind::Fence);
    let (reads, writes) = (execution.reads(), execution.writes());
    let (releasing, acquiring) = (execution.releasing(), execution.acquiring());
    let updates = execution.kind(Kind::Update);

    let release =
        Relation::identity(events, writes & releasing) | &sb.from(fences & releasing).to(writes);
    let chain = rf.to(updates).closure() | &Relation::identity(events, writes);
    let acquire =
        Relation::identity(events, reads & acquiring) | &sb.from(reads).to(fences & acquiring);
    release.then(&chain).then(rf).then(&acquire)
}

/// Coherence: happens-before is an order, and no word contradicts it; and read-modify-writes are atomic.
pub(super) fn is_coherent(execution: &Execution, r: &Relations, cpp: &Cpp) -> bool {
    let Cpp { hb, eco, .. } = cpp;
    hb.is_irreflexive() && hb.then(eco).is_irreflexive() && updates_are_atomic(execution, r)
}

/// No value out of thin air, and no load buffering.
pub(super) fn is_grounded(r: &Relations) -> bool {
    (&r.sb | &r.rf).is_acyclic()
}
