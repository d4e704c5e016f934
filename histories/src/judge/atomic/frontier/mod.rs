//! Atomic, where values repeat or are compared and swapped: all ways to linearize a history are followed at once, event
//! by event.
//!
//! A linearization is a sequence of *blocks*: a write and the reads that return what it wrote. Compare-and-swaps go on
//! from one block to another that has to follow at once; so a write with the blocks that swaps add to it moves as a
//! whole. What has been put in order so far is a *configuration*, of which it is enough to know
//!
//! * the value held, and since when: the event at which the last plain write was put in order;
//! * which of the operations under way are in order already, and how many of those that never completed.
//!
//! Blocks are begun as late as possible: when an operation completes that is not in order yet. It has two places. *In
//! retrospect*, just before the last plain write, for which it has to have been invoked by then: what stands there is
//! overwritten unseen, so a write can always go there, with the reads of its value. Or *now*, at the end. Nothing is lost
//! by this. Take any linearization that goes on from a configuration. The block of the operation in it stands before the
//! last plain write or at the end. In the first case it can stand just before that write. In the second case all
//! swap-free blocks between the end and this block can wait: later they can still be put, in retrospect, before it. What
//! waits for nobody: reads join the block of their value as soon as there is one. Of the writes of one value that could
//! begin a block the one goes first that has to complete first; those that never complete go last.
//!
//! Blocks with swaps do not wait. Before a block is begun, every sequence of swaps, and of writes that they need, is
//! [tried](chains).
//!
//! What is [dominated](dominance) by another configuration is dropped. Deciding is NP-complete (Gibbons and Korach 1997),
//! but few configurations are left at any time unless many processes swap at once.
//!
//! # What never completed
//!
//! A pending write may take effect at any time from its invocation on, or never. Those that nobody can have observed are
//! left out. Of those that do the same a configuration counts how many it has used. Where there are hundreds, the counts
//! multiply the configurations; so three searches are made:
//!
//! 1. they may be used again and again: if there is no order even so, there is none;
//! 2. few configurations are followed, those that have used the fewest: if one gets to the end, there is an order;
//! 3. all are.

mod chains;
mod configuration;
mod dominance;
mod lookahead;
mod places;
mod trace;
mod under_way;

use crate::budget::Meter;
use crate::events::{Events, Kind, NEVER};
use crate::search::states::States;
use trace::Trace;
use under_way::{Kept, Place, UnderWay};

/// How many configurations are followed at once, at most.
const MOST: usize = 8192;

/// How many at first.
const NARROW: usize = 64;

/// How many states are looked at for each operation to find out that there is no order even so.
const RELAXED: u64 = 100;

/// How many configurations are followed without comparing them, as long as nothing adds to them.
const FEW: usize = 4;

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Swept {
    /// There is a linearization.
    Fits,
    /// There is none of what happens up to this event.
    Ends { at: u32 },
    /// It ended early.
    Unknown,
}

/// Whether a history of one register has a linearization.
pub(crate) fn judge(events: &Events, meter: &Meter<'_>) -> Swept {
    search(events, meter, &mut Trace::off()).0
}

/// An order of the operations that keeps their precedence and lets each find what it found, if one is found.
pub(crate) fn linearization(events: &Events, meter: &Meter<'_>) -> Option<Vec<usize>> {
    let mut trace = Trace::on();
    match search(events, meter, &mut trace) {
        (Swept::Fits, Some(last)) => Some(trace.order(last)),
        _ => None,
    }
}

fn search(events: &Events, meter: &Meter<'_>, trace: &mut Trace) -> (Swept, Option<u32>) {
    let order = events.in_order();
    let until = observed(events);
    let has_pending = (0..events.len()).any(|at| events.is_pending(at));
    if has_pending {
        let mut relaxed = Sweep::new(events, &order, &until, Kept::Nothing, MOST);
        relaxed.share = meter.share(4).min(RELAXED * (events.len() as u64 + 1_000));
        let (swept, _) = relaxed.run(meter, &mut Trace::off());
        let is_exact = relaxed.under_way.classes.is_empty();
        if let Swept::Ends { .. } = swept {
            return (swept, None);
        }
        if is_exact && swept == Swept::Fits && !trace.is_on() {
            return (swept, None);
        }
    }
    let kept = if trace.is_on() {
        Kept::All
    } else {
        Kept::Counts
    };
    let mut narrow = Sweep::new(events, &order, &until, kept, NARROW);
    narrow.share = meter.share(2);
    let found = narrow.run(meter, trace);
    if found.0 != Swept::Unknown || meter.ended().is_some() {
        return found;
    }
    Sweep::new(events, &order, &until, kept, MOST).run(meter, trace)
}

/// Until when it matters to hold a value for a moment: until then somebody observes it.
fn observed(events: &Events) -> Vec<u32> {
    let mut until = vec![0_u32; events.values];
    // Whoever did not find a value has found any other one: the last completions of these, for two values.
    let mut not_found = [(0, NEVER), (0, NEVER)];
    for at in 0..events.len() {
        let (value, completed) = (events.value[at], events.completed[at]);
        let kind = events.kind[at];
        if kind == Kind::Write || completed == NEVER {
            continue;
        }
        if kind != Kind::Refused {
            let last = &mut until[value as usize];
            *last = completed.max(*last);
        }
        if matches!(kind, Kind::Refused | Kind::Indeterminate) {
            if value == not_found[0].1 {
                not_found[0].0 = completed.max(not_found[0].0);
            } else if completed > not_found[0].0 {
                not_found = [(completed, value), not_found[0]];
            } else if completed > not_found[1].0 {
                not_found[1] = (completed, value);
            }
        }
    }
    for (value, last) in (0..).zip(&mut until) {
        let other = not_found.iter().find(|(_, it)| *it != value);
        *last = (*last).max(other.map_or(0, |&(completed, _)| completed));
    }
    // What a pending swap expects leads to what it writes.
    let pending = |at: &usize| events.kind[*at] == Kind::Swap && events.is_pending(*at);
    let pending: Vec<usize> = (0..events.len()).filter(pending).collect();
    let mut grows = true;
    while grows {
        grows = false;
        for &at in &pending {
            let (expected, new) = (events.value[at] as usize, events.new[at] as usize);
            grows |= until[new] > until[expected];
            until[expected] = until[expected].max(until[new]);
        }
    }
    until
}

/// One search.
struct Sweep<'a> {
    events: &'a Events,
    order: &'a [u32],
    under_way: UnderWay,
    places: Vec<Place>,
    /// How many configurations are followed.
    most: usize,
    /// Whether a quick answer is sought: then what never completed is used sparingly.
    is_quick: bool,
    /// Whether any was not followed.
    is_cut: bool,
    /// How many states the search may look at.
    share: u64,
    front: Vec<u64>,
    next: Vec<u64>,
    /// Configurations on the way to others, one behind the other.
    stack: Vec<u64>,
    met: States,
    /// The values held since the last step that got on.
    passed: Vec<u32>,
}

impl<'a> Sweep<'a> {
    fn new(events: &'a Events, order: &'a [u32], until: &[u32], kept: Kept, most: usize) -> Self {
        let (under_way, places) = UnderWay::new(events, order, until, kept);
        Self {
            events,
            order,
            places,
            most,
            is_quick: most == NARROW,
            is_cut: false,
            share: u64::MAX,
            front: Vec::new(),
            next: Vec::new(),
            stack: Vec::new(),
            met: States::new(under_way.compared),
            passed: Vec::new(),
            under_way,
        }
    }

    /// How it ended, and if an order was found, where its trace ends.
    fn run(&mut self, meter: &Meter<'_>, trace: &mut Trace) -> (Swept, Option<u32>) {
        let stride = self.under_way.stride;
        self.front = vec![0; stride];
        configuration::hold(&mut self.front, self.events.initial[0], 0);
        trace.begin(&mut self.front);
        let (order, before) = (self.order, meter.spent());
        for (now, &event) in order.iter().enumerate() {
            if event == NEVER {
                continue;
            }
            let (at, now) = (event as usize / 2, now as u32);
            self.under_way.end_classes(now, &mut self.front);
            match (event % 2 == 0, self.places[at]) {
                (true, Place::Useless) => {}
                (true, Place::Class(class)) => {
                    self.under_way.begin_pending(class, now, at);
                }
                (true, Place::Slot { slot, other }) => self.begin(at, slot, other, trace),
                (false, Place::Slot { slot, .. }) => {
                    let count = (self.front.len() / stride) as u64;
                    let may_go_on = meter.spend(count + count * count / 64)
                        && meter.spent() - before <= self.share
                        && meter.allows(trace.bytes());
                    if !may_go_on || !self.complete(slot, now, meter, trace) {
                        return (Swept::Unknown, None);
                    }
                }
                (false, _) => unreachable!("what never completes has no completion"),
            }
            if self.front.is_empty() {
                let swept = match self.is_cut {
                    true => Swept::Unknown,
                    false => Swept::Ends { at: now },
                };
                return (swept, None);
            }
        }
        match self.under_way.counted || self.under_way.classes.is_empty() {
            true => (Swept::Fits, trace.end(&self.front[..stride])),
            false => (Swept::Unknown, None),
        }
    }

    /// An operation is invoked.
    fn begin(&mut self, at: usize, slot: usize, other: usize, trace: &mut Trace) {
        self.under_way.begin(self.events, at, slot, other);
        for configuration in self.front.chunks_exact_mut(self.under_way.stride) {
            self.under_way.meet(configuration, slot, trace);
        }
    }

    /// An operation completes: it has to be in order now. Whether the search may go on.
    fn complete(&mut self, slot: usize, now: u32, meter: &Meter<'_>, trace: &mut Trace) -> bool {
        let stride = self.under_way.stride;
        let mut front = std::mem::take(&mut self.front);
        let is_in_order = |it: &[u64]| UnderWay::is_done(it, slot);
        if front.chunks_exact(stride).all(is_in_order) {
            self.under_way.end(slot, &mut front);
            if front.len() > FEW * stride {
                self.under_way.prune(&mut front);
            }
            self.front = front;
            return true;
        }
        self.next.clear();
        for configuration in front.chunks_exact(stride) {
            if is_in_order(configuration) {
                self.next.extend_from_slice(configuration);
            } else if !self.force(configuration, slot, now, meter, trace) {
                return false;
            }
            if self.next.len() > 2 * self.most * stride {
                self.is_cut |= self.under_way.narrow(&mut self.next, self.most);
            }
        }
        self.front = std::mem::replace(&mut self.next, front);
        self.under_way.end(slot, &mut self.front);
        self.is_cut |= self.under_way.narrow(&mut self.front, self.most);
        true
    }

    /// Adds to the next configurations each one in which an operation is in order that completes now. Whether the search
    /// may go on.
    fn force(
        &mut self,
        from: &[u64],
        slot: usize,
        now: u32,
        meter: &Meter<'_>,
        trace: &mut Trace,
    ) -> bool {
        let under_way = &self.under_way;
        let operation = under_way.slots[slot];
        let is_settled = under_way.is_settled(from, slot);
        if is_settled {
            // It need not swap.
            self.next.extend_from_slice(from);
        }
        let needs_now = match operation.kind {
            _ if operation.invoked >= configuration::since(from) => true,
            Kind::Write => under_way.write_in_retrospect(&mut self.next, from, slot, now, trace),
            Kind::Read => under_way.read_in_retrospect(&mut self.next, from, slot, now, trace),
            Kind::Refused | Kind::Indeterminate if !is_settled => {
                under_way.refuse_in_retrospect(&mut self.next, from, slot, trace);
                true
            }
            Kind::Refused | Kind::Indeterminate | Kind::Swap => true,
        };
        if !needs_now {
            return true;
        }
        if under_way.plain {
            under_way.switch(&mut self.next, from, slot, now, trace);
            return true;
        }
        // A swap of unknown outcome may also have found another value; but that it has not is another way.
        let ends = [slot, operation.other];
        let has_two = operation.kind == Kind::Indeterminate && !is_settled;
        ends[..1 + usize::from(has_two)]
            .iter()
            .all(|&end| self.chains(from, slot, end, now, meter, trace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;
    use crate::{History, Operation};

    fn fits(operations: impl IntoIterator<Item = Operation>) -> bool {
        let history = History::new(0, operations).unwrap();
        let budget = Budget::default();
        let swept = judge(&Events::of(&history), &budget.meter());
        assert_ne!(swept, Swept::Unknown);
        swept == Swept::Fits
    }

    #[test]
    fn a_write_that_has_begun_a_block_is_no_burden_later() {
        // The second write of 1 stands between the two of 2: a search that holds 2 from the first one on, and has still
        // to place that of 1, is no better than one that has placed it.
        assert!(fits([
            Operation::write(2, 2, 3..=8),
            Operation::write(2, 2, 10..=14),
            Operation::read(2, 2, 15..=15),
            Operation::write(3, 1, 3..=3),
            Operation::read(3, 2, 5..=10),
            Operation::write(3, 1, 11..=14),
            Operation::read(5, 1, 9..=11),
        ]));
    }

    #[test]
    fn a_long_write_is_kept_for_a_later_read() {
        // In retrospect only the long write could serve the first read of 4; now the short one can, which has to complete
        // earlier.
        assert!(fits([
            Operation::write(2, 4, 0..=30),
            Operation::read(3, 4, 1..=12),
            Operation::write(7, 5, 2..=8),
            Operation::write(7, 4, 10..=14),
            Operation::write(6, 6, 16..=18),
            Operation::read(6, 4, 20..=22),
        ]));
    }

    #[test]
    fn a_write_of_what_is_held_goes_before_the_swap() {
        assert!(fits([
            Operation::compare_and_swap(1, 0, 2, true, 1..=5),
            Operation::write(2, 0, 2..=6),
            Operation::read(3, 2, 7..=8),
        ]));
    }

    #[test]
    fn a_crashed_write_hides_one_that_comes_before_it() {
        assert!(fits([
            Operation::compare_and_swap(1, 0, 2, true, 0..=5),
            Operation::write(3, 0, 0..),
            Operation::write(4, 1, 0..=6),
            Operation::read(4, 2, 8..=9),
        ]));
    }

    #[test]
    fn crashed_operations_by_the_hundred_are_counted() {
        let crashed = (0..400).map(|nth| Operation::write(100 + nth, u64::from(nth % 5), 0..));
        let reads =
            (0..300_u64).map(|nth| Operation::read(1, (nth * 7) % 5, 10 * nth + 1..=10 * nth + 4));
        let reads: Vec<Operation> = reads.collect();
        assert!(fits(crashed.clone().chain(reads.clone())));
        // Of each value there are 80.
        let more = (300..900_u64)
            .map(|nth| Operation::read(1, (nth * 7) % 5, 10 * nth + 1..=10 * nth + 4));
        assert!(!fits(crashed.chain(reads).chain(more)));
    }
}
