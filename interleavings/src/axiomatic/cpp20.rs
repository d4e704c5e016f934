//! C++20: the total order of SeqCst operations, as the standard words it.
//!
//! \[atomics.order\] 4, after P0668R5: a total order S of all SeqCst operations, fences among them, exists, so that
//!
//! * if A *strongly happens before* B, A precedes B in S, where (\[intro.races\]) A strongly happens before D if
//!   * A is sequenced before D, or
//!   * A synchronizes with D and both are SeqCst, or
//!   * A is sequenced before B, B happens before C, and C is sequenced before D, or
//!   * this goes on: A strongly happens before B, which strongly happens before D;
//! * if A is coherence-ordered before B, A precedes B in S; and the same goes for a SeqCst fence that happens before A in
//!   place of A, for a SeqCst fence that B happens before in place of B, and for both.
//!
//! A total order exists exactly if what it must respect has no circle.
//!
//! **This forbids what x86 shows**, by mistake: LWG issue 3941, *\[atomics.order\] inadvertently prohibits widespread
//! implementation techniques*. Coherence order goes through reads-from and through operations that are not SeqCst, so a
//! SeqCst load that takes a relaxed store of its own thread out of the store buffer comes after SeqCst stores that
//! precede this store in modification order. The usual compilation does not keep this promise, and `rc11` does
//! not make it.

use super::execution::{Execution, Kind, Relations};
use super::happens_before::{Cpp, is_coherent, is_grounded};
use super::relation::Relation;

/// Whether C++20 allows an execution, if no value comes out of thin air.
pub(super) fn allows(execution: &Execution) -> bool {
    let r = execution.relations();
    is_grounded(&r) && allows_ungrounded(execution, &r)
}

/// Whether C++20 allows an execution, as the standard says, which does allow load buffering.
pub(super) fn allows_ungrounded(execution: &Execution, r: &Relations) -> bool {
    let cpp = Cpp::new(execution, r);
    is_coherent(execution, r, &cpp) && has_a_total_order(execution, r, &cpp)
}

fn has_a_total_order(execution: &Execution, r: &Relations, cpp: &Cpp) -> bool {
    let Relations { sb, .. } = r;
    let Cpp { sw, hb, eco } = cpp;
    let seq_cst = execution.seq_cst();
    let fences = seq_cst & execution.kind(Kind::Fence);
    let itself = Relation::identity(execution.events.len(), seq_cst);

    let strongly = (sb | &sw.from(seq_cst).to(seq_cst) | &sb.then(hb).then(sb)).closure();
    let begins = &itself | &hb.from(fences);
    let ends = &itself | &hb.to(fences);
    let coherently = begins.then(eco).then(&ends);
    (strongly.from(seq_cst).to(seq_cst) | &coherently).is_acyclic()
}
