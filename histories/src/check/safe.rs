//! Safe (Lamport 1986): a read that is concurrent with no write returns the value last written. Any other may return
//! anything.
//!
//! With many writers, "last" is the regular rule: of several writes that none of the others follows, any may be the
//! last. Time O(reads x writes).

use super::{Model, Verdict, regular};
use crate::History;

pub(crate) fn check(history: &History) -> Verdict {
    let bound_reads = history.reads().filter(|&read| binds(history, read));
    regular::judge(history, Model::Safe, bound_reads)
}

/// Whether the safe semantics says anything about this read.
pub(crate) fn binds(history: &History, read: usize) -> bool {
    !history
        .writes()
        .any(|write| history.concurrent(write, read))
}
