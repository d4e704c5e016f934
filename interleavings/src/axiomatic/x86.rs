//! x86-TSO: total store order, with locked instructions and `mfence`.
//!
//! Owens, Sarkar and Sewell, *A better x86 memory model: x86-TSO*, TPHOLs 2009, in the form of a global order (Alglave,
//! Maranget and Tautschnig, *Herding cats*, TOPLAS 2014):
//!
//! * *uniproc*: each word by itself is sequentially consistent;
//! * *atomicity*: nothing comes between the halves of a read-modify-write;
//! * *global order*: what the memory does has one order, which keeps the program order of each thread, but for a store
//!   and a later load, as the store may still wait in the buffer. A thread may read its own store out of its buffer, so
//!   only a read from *another* thread tells that the store is in the memory.
//!
//! C++ accesses are compiled as usual (Batty, Owens, Sarkar, Sewell and Weber, POPL 2011), and the compiler reorders
//! nothing:
//!
//! | access | instruction |
//! |---|---|
//! | a load | `mov` |
//! | a store, Relaxed or Release | `mov` |
//! | a store, SeqCst | `xchg`, which is locked |
//! | a read-modify-write, also an exchange that fails | a `lock` instruction |
//! | a fence, SeqCst | `mfence` |
//! | another fence | none |
//!
//! A locked instruction, and so an exchange that fails, waits until the buffer is empty, and is in order with all others
//! of its thread.

use super::execution::{Execution, Kind, Relations, updates_are_atomic};

/// Whether a program that is compiled as above has this execution on x86.
pub(super) fn allows(execution: &Execution) -> bool {
    let r = execution.relations();
    let Relations { sb, rf, mo, rb } = &r;
    let seq_cst = execution.seq_cst();
    let fences = execution.kind(Kind::Fence);
    let nothing = fences & !seq_cst;
    let buffered = execution.kind(Kind::Store) & !seq_cst;
    let unlocked_loads = execution.kind(Kind::Load);

    let program_order = sb.from(!nothing).to(!nothing);
    let may_wait = program_order.from(buffered).to(unlocked_loads);
    let preserved = &program_order - &may_wait;
    let from_others = rf - sb;

    let uniproc = (sb & &execution.same_word()) | rf | mo | rb;
    let global_order = preserved | &from_others | mo | rb;
    uniproc.is_acyclic() && updates_are_atomic(execution, &r) && global_order.is_acyclic()
}
