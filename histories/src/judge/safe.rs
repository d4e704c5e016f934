//! Safe (Lamport 1986): a read that is concurrent with no write returns the value last written. Any other may return
//! anything.
//!
//! With many writers, "last" is the regular rule: of several writes that none of the others follows, any may be the
//! last. One sweep over the events counts the writes that are under way. Time O(n).

use super::regular;
use crate::History;
use crate::budget::Budget;
use crate::events::{Events, Kind};
use crate::found::Found;

pub(crate) fn judge(history: &History, events: &Events, budget: &Budget) -> Found {
    regular::judge_some(history, events, budget, |events| Some(alone(events)))
}

/// Whether the safe semantics says anything about this read.
pub(crate) fn binds(history: &History, read: usize) -> bool {
    !history
        .writes()
        .any(|write| history.concurrent(write, read))
}

/// Which operations are concurrent with no write.
fn alone(events: &Events) -> Vec<bool> {
    let mut alone = vec![false; events.len()];
    // How many writes had completed when the operation was invoked.
    let mut completed_before = vec![0; events.len()];
    let (mut invoked, mut completed) = (0, 0);
    for event in events.in_order() {
        let at = event as usize / 2;
        let Some(&kind) = events.kind.get(at) else {
            continue;
        };
        let writes = u32::from(matches!(kind, Kind::Write | Kind::Swap));
        if event % 2 == 0 {
            completed_before[at] = completed;
            invoked += writes;
        } else {
            // Its own write is no other one.
            alone[at] = invoked - writes == completed_before[at];
            completed += writes;
        }
    }
    alone
}
