//! Sequential consistency: one order of all events explains everything.
//!
//! Lamport, *How to make a multiprocessor computer that correctly executes multiprocess programs*, 1979: the result is
//! as if all operations were executed in some sequential order, in which those of each thread appear in program order.
//! Such an order exists exactly if nothing that it must respect makes a circle (Shasha and Snir 1988).

use super::execution::{Execution, Relations, updates_are_atomic};

/// Whether an execution is sequentially consistent. Orderings do not matter.
pub(super) fn allows(execution: &Execution) -> bool {
    let r = execution.relations();
    let Relations { sb, rf, mo, rb } = &r;
    let one_order = sb | rf | mo | rb;
    updates_are_atomic(execution, &r) && one_order.is_acyclic()
}
