//! RC11: the order of SeqCst operations as the paper has it that C++20 follows.
//!
//! Lahav, Vafeiadis, Kang, Hur and Dreyer, *Repairing sequential consistency in C/C++11*, PLDI 2017: *psc*
//! has no circle, where
//!
//! * *scb = sb ∪ sb≠loc ; hb ; sb≠loc ∪ hb=loc ∪ mo ∪ rb*, and *loc* is the word of an access; a fence has none;
//! * *psc-base = (\[Esc\] ∪ \[Fsc\] ; hb?) ; scb ; (\[Esc\] ∪ hb? ; \[Fsc\])*;
//! * *psc-fences = \[Fsc\] ; (hb ∪ hb ; eco ; hb) ; \[Fsc\]*;
//! * *psc = psc-base ∪ psc-fences*.
//!
//! Only this axiom is RC11's own. The release sequences are those of C++20, while the paper kept those of C++11, and all
//! else is the same in both. RC11 allows what C++20 allows, and a little more, on programs in which SeqCst and weaker
//! accesses of one word meet: C++20 orders two SeqCst accesses of a word by all that lies between them, and RC11 only by
//! modification order, reads-before and happens-before. Compiled for x86, programs keep what RC11 promises (the paper
//! proves it), and not all that C++20 does.

use super::execution::{Execution, Kind, Relations};
use super::happens_before::{Cpp, is_coherent, is_grounded};
use super::relation::{Relation, Set};

/// Whether RC11 allows an execution.
pub(super) fn allows(execution: &Execution) -> bool {
    let r = execution.relations();
    let cpp = Cpp::new(execution, &r);
    is_grounded(&r) && is_coherent(execution, &r, &cpp) && psc(execution, &r, &cpp).is_acyclic()
}

fn psc(execution: &Execution, r: &Relations, cpp: &Cpp) -> Relation {
    let Relations { sb, mo, rb, .. } = r;
    let Cpp { hb, eco, .. } = cpp;
    let events = execution.events.len();
    let seq_cst = execution.seq_cst();
    let fences = seq_cst & execution.kind(Kind::Fence);
    let same_word = execution.same_word();

    let elsewhere = sb - &same_word;
    let scb = sb | &elsewhere.then(hb).then(&elsewhere) | &(hb & &same_word) | mo | rb;
    let hb_or_same = hb | &Relation::identity(events, Set::MAX);
    let begins = Relation::identity(events, seq_cst) | &hb_or_same.from(fences);
    let ends = Relation::identity(events, seq_cst) | &hb_or_same.to(fences);
    let base = begins.then(&scb).then(&ends);
    let between_fences = (hb | &hb.then(eco).then(hb)).from(fences).to(fences);
    base | &between_fences
}
