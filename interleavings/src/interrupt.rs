//! Ends explorations early, when whoever waits for them has seen enough.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Why an exploration ended that was interrupted.
pub(crate) const INTERRUPTED: &str = "interrupted";

/// Ends every exploration of this program, those that have not begun included. What they have found by then is kept, and
/// each says that it is inconclusive.
pub fn interrupt() {
    ASKED.store(true, Ordering::Relaxed);
}

/// Whether explorations were interrupted.
pub fn is_interrupted() -> bool {
    ASKED.load(Ordering::Relaxed)
}
