//! The operations under way, as sets of bits, and what a configuration says of them.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::configuration::{bits, value};
use super::lookahead::Lookahead;
use super::trace::{Put, Trace};
use crate::events::{Events, Kind, NEVER};

/// What is asked of an operation under way again and again, so it is kept together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) operation: u32,
    pub(super) kind: Kind,
    pub(super) value: u32,
    pub(super) new: u32,
    pub(super) invoked: u32,
    pub(super) completed: u32,
    /// Of a compare-and-swap of unknown outcome: the bit that says that it has met another value. Else its own.
    pub(super) other: usize,
}

const IDLE: Slot = Slot {
    operation: 0,
    kind: Kind::Read,
    value: 0,
    new: 0,
    invoked: 0,
    completed: 0,
    other: 0,
};

/// Operations that never completed and do the same. None of them has to take effect.
#[derive(Debug)]
pub(super) struct Class {
    /// The invocations of those that have been invoked, and which they are.
    invoked: Vec<u32>,
    operations: Vec<u32>,
    /// What they expect, if they are swaps, and what they write.
    expected: Option<u32>,
    pub(super) new: u32,
    /// Where a configuration counts how many it has used, until nobody observes what they write any more.
    lane: usize,
    until: u32,
}

impl Class {
    pub(super) fn last_before(&self, limit: u32) -> Option<u32> {
        let before = self.invoked.partition_point(|&invoked| invoked < limit);
        Some(self.invoked[before.checked_sub(1)?])
    }
}

/// Where an operation is kept while it is under way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// It never completed, and nobody observes what it does.
    Useless,
    Class(u32),
    Slot {
        slot: usize,
        other: usize,
    },
}

/// What a configuration keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Not how many of what never completed it has used: there is no end of them.
    Nothing,
    Counts,
    /// The counts, and how it came about.
    All,
}

/// Which lanes are taken by classes, while the history is laid out.
#[derive(Default)]
struct Lanes {
    swaps: HashMap<(u32, u32), u32>,
    taken: BinaryHeap<Reverse<(u32, usize)>>,
    free: Vec<usize>,
    most: usize,
}

impl Lanes {
    fn take(&mut self, until: u32) -> usize {
        let lane = self.free.pop().unwrap_or_else(|| {
            self.most += 1;
            self.most - 1
        });
        self.taken.push(Reverse((until, lane)));
        lane
    }

    fn free_until(&mut self, now: u32) {
        while let Some(&Reverse((until, lane))) = self.taken.peek() {
            if until >= now {
                return;
            }
            self.taken.pop();
            self.free.push(lane);
        }
    }
}

/// The operations under way. A set of them is so many words of bits.
pub(super) struct UnderWay {
    pub(super) words: usize,
    /// The words of a configuration, and of what is compared of it.
    pub(super) stride: usize,
    pub(super) compared: usize,
    /// Whether there are no compare-and-swaps.
    pub(super) plain: bool,
    pub(super) counted: bool,
    pub(super) slots: Vec<Slot>,
    pub(super) reads: Vec<u64>,
    pub(super) writes: Vec<u64>,
    pub(super) refused: Vec<u64>,
    /// Those that swap, and those that perhaps do; the latter alone, and the bits of what they have met.
    pub(super) swaps: Vec<u64>,
    pub(super) perhaps: Vec<u64>,
    pub(super) others: Vec<u64>,
    /// Those of each value; swaps and refusals by what they expect.
    pub(super) reads_of: Vec<u64>,
    pub(super) writes_of: Vec<u64>,
    refused_of: Vec<u64>,
    swaps_of: Vec<u64>,
    pub(super) classes: Vec<Class>,
    /// Of each value the class of the writes that never completed.
    write_class: Vec<u32>,
    /// The classes of which something has been invoked that somebody may still observe: of writes, and of swaps by what
    /// they expect.
    pub(super) live_writes: Vec<u32>,
    pub(super) live_swaps: HashMap<u32, Vec<u32>>,
    /// The classes in the order in which they end.
    ending: Vec<u32>,
    pub(super) lookahead: Lookahead,
}

impl UnderWay {
    pub(super) fn new(
        events: &Events,
        order: &[u32],
        until: &[u32],
        kept: Kept,
    ) -> (Self, Vec<Place>) {
        let plain = !events.has_swaps();
        let mut under_way = Self {
            words: 0,
            stride: 0,
            compared: 0,
            plain,
            counted: kept != Kept::Nothing,
            slots: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            refused: Vec::new(),
            swaps: Vec::new(),
            perhaps: Vec::new(),
            others: Vec::new(),
            reads_of: Vec::new(),
            writes_of: Vec::new(),
            refused_of: Vec::new(),
            swaps_of: Vec::new(),
            classes: Vec::new(),
            write_class: Vec::new(),
            live_writes: Vec::new(),
            live_swaps: HashMap::new(),
            ending: Vec::new(),
            lookahead: match plain {
                true => Lookahead::new(events, order),
                false => Lookahead::none(),
            },
        };
        let mut places = vec![Place::Useless; events.len()];
        let (mut free, mut slots): (Vec<usize>, usize) = (Vec::new(), 0);
        let mut lanes = Lanes::default();
        for (now, &event) in (0..).zip(order).filter(|&(_, &event)| event != NEVER) {
            let at = event as usize / 2;
            if event % 2 == 1 {
                if let Place::Slot { slot, other } = places[at] {
                    free.push(slot);
                    free.extend((other != slot).then_some(other));
                }
                continue;
            }
            let mut take = || {
                free.pop().unwrap_or_else(|| {
                    slots += 1;
                    slots - 1
                })
            };
            places[at] = if events.is_pending(at) {
                lanes.free_until(now);
                under_way
                    .class_of(events, at, until, &mut lanes)
                    .map_or(Place::Useless, Place::Class)
            } else {
                let slot = take();
                let other = match events.kind[at] {
                    Kind::Indeterminate => take(),
                    _ => slot,
                };
                Place::Slot { slot, other }
            };
        }
        let words = slots.div_ceil(64).max(1);
        let lanes = match kept {
            Kept::Nothing => 0,
            Kept::Counts | Kept::All => lanes.most.div_ceil(4),
        };
        let classes = &under_way.classes;
        let mut ending: Vec<u32> = (0..classes.len() as u32).collect();
        ending.sort_unstable_by_key(|&class| Reverse(classes[class as usize].until));
        under_way.ending = ending;
        under_way.words = words;
        under_way.compared = 1 + words + lanes;
        under_way.stride = under_way.compared + usize::from(kept == Kept::All);
        under_way.slots = vec![IDLE; 64 * words];
        for set in [
            &mut under_way.reads,
            &mut under_way.writes,
            &mut under_way.refused,
            &mut under_way.swaps,
            &mut under_way.perhaps,
            &mut under_way.others,
        ] {
            *set = vec![0; words];
        }
        under_way.reads_of = vec![0; words * events.values];
        under_way.writes_of = vec![0; words * events.values];
        if !plain {
            under_way.refused_of = vec![0; words * events.values];
            under_way.swaps_of = vec![0; words * events.values];
        }
        (under_way, places)
    }

    /// The class of an operation that never completed; `None` if nobody observes what it does.
    fn class_of(
        &mut self,
        events: &Events,
        at: usize,
        until: &[u32],
        lanes: &mut Lanes,
    ) -> Option<u32> {
        let new = events.written(at).expect("a pending read is left out");
        let until = until[new as usize];
        if until < events.invoked[at] {
            return None;
        }
        let class = self.classes.len() as u32;
        let swaps = events.kind[at] == Kind::Swap;
        let expected = swaps.then_some(events.value[at]);
        if self.write_class.is_empty() {
            self.write_class = vec![NEVER; events.values];
        }
        let known = match expected {
            Some(expected) => lanes.swaps.entry((expected, new)).or_insert(class),
            None => {
                let known = &mut self.write_class[new as usize];
                *known = (*known).min(class);
                known
            }
        };
        let known = *known;
        if known == class {
            self.classes.push(Class {
                invoked: Vec::new(),
                operations: Vec::new(),
                expected,
                new,
                lane: lanes.take(until),
                until,
            });
        }
        Some(known)
    }

    /// An operation is invoked that never completes.
    pub(super) fn begin_pending(&mut self, class: u32, now: u32, at: usize) {
        let own = &mut self.classes[class as usize];
        if own.invoked.is_empty() {
            match own.expected {
                None => self.live_writes.push(class),
                Some(expected) => self.live_swaps.entry(expected).or_default().push(class),
            }
        }
        own.invoked.push(now);
        own.operations.push(at as u32);
    }

    /// Whether there is a swap that never completed, and that somebody may still observe.
    pub(super) fn has_live_swaps(&self) -> bool {
        self.live_swaps.values().any(|alike| !alike.is_empty())
    }

    /// Forgets the classes of which nobody observes anything any more.
    pub(super) fn end_classes(&mut self, now: u32, front: &mut [u64]) {
        while let Some(&class) = self.ending.last() {
            let own = &mut self.classes[class as usize];
            if own.until >= now {
                return;
            }
            self.ending.pop();
            own.invoked.clear();
            own.operations.clear();
            self.live_writes.retain(|&it| it != class);
            if let Some(alike) = own.expected.and_then(|it| self.live_swaps.get_mut(&it)) {
                alike.retain(|&it| it != class);
            }
            let (word, shift) = (1 + self.words + own.lane / 4, 16 * (own.lane % 4));
            if self.counted {
                for configuration in front.chunks_exact_mut(self.stride) {
                    configuration[word] &= !(0xffff << shift);
                }
            }
        }
    }

    /// An operation is invoked.
    pub(super) fn begin(&mut self, events: &Events, at: usize, slot: usize, other: usize) {
        self.slots[slot] = Slot {
            operation: at as u32,
            kind: events.kind[at],
            value: events.value[at],
            new: events.new.get(at).copied().unwrap_or(events.value[at]),
            invoked: events.invoked[at],
            completed: events.completed[at],
            other,
        };
        self.mark(slot, true);
    }

    /// An operation completes, which is in order in all configurations.
    pub(super) fn end(&mut self, slot: usize, front: &mut [u64]) {
        self.mark(slot, false);
        let other = self.slots[slot].other;
        for configuration in front.chunks_exact_mut(self.stride) {
            configuration[1 + slot / 64] &= !(1 << (slot % 64));
            configuration[1 + other / 64] &= !(1 << (other % 64));
        }
    }

    fn mark(&mut self, slot: usize, is_under_way: bool) {
        let Slot {
            kind, value, other, ..
        } = self.slots[slot];
        let set = |set: &mut [u64], from: usize, slot: usize| {
            let (word, bit) = (&mut set[from + slot / 64], 1_u64 << (slot % 64));
            match is_under_way {
                true => *word |= bit,
                false => *word &= !bit,
            }
        };
        let own = value as usize * self.words;
        match kind {
            Kind::Read => {
                set(&mut self.reads, 0, slot);
                set(&mut self.reads_of, own, slot);
            }
            Kind::Write => {
                set(&mut self.writes, 0, slot);
                set(&mut self.writes_of, own, slot);
            }
            Kind::Refused => {
                set(&mut self.refused, 0, slot);
                set(&mut self.refused_of, own, slot);
            }
            Kind::Swap | Kind::Indeterminate => {
                set(&mut self.swaps, 0, slot);
                set(&mut self.swaps_of, own, slot);
                if kind == Kind::Indeterminate {
                    set(&mut self.perhaps, 0, slot);
                    set(&mut self.others, 0, other);
                }
            }
        }
    }

    pub(super) fn of<'a>(&self, sets: &'a [u64], value: u32) -> &'a [u64] {
        &sets[value as usize * self.words..][..self.words]
    }

    pub(super) fn swaps_of(&self, value: u32) -> &[u64] {
        self.of(&self.swaps_of, value)
    }

    pub(super) fn is_done(configuration: &[u64], slot: usize) -> bool {
        configuration[1 + slot / 64] >> (slot % 64) & 1 == 1
    }

    pub(super) fn set_done(configuration: &mut [u64], slot: usize) {
        configuration[1 + slot / 64] |= 1 << (slot % 64);
    }

    /// Whether an operation may complete.
    pub(super) fn is_settled(&self, configuration: &[u64], slot: usize) -> bool {
        Self::is_done(configuration, slot) || Self::is_done(configuration, self.slots[slot].other)
    }

    /// Lets an operation that is invoked find the value held, if that is what it waits for.
    pub(super) fn meet(&self, configuration: &mut [u64], slot: usize, trace: &mut Trace) {
        let held = value(configuration);
        let operation = self.slots[slot];
        let (served, put) = match operation.kind {
            Kind::Read if operation.value == held => (slot, Put::Last),
            Kind::Refused if operation.value != held => (slot, Put::Last),
            Kind::Indeterminate if operation.value != held => {
                let in_retrospect = false;
                (operation.other, Put::Perhaps { in_retrospect })
            }
            _ => return,
        };
        Self::set_done(configuration, served);
        trace.put(configuration, operation.operation, put);
    }

    /// Lets all operations find a value that were invoked before a limit; whether any had waited for it. With a limit
    /// they find it in retrospect.
    pub(super) fn serve(
        &self,
        configuration: &mut [u64],
        held: u32,
        limit: u32,
        trace: &mut Trace,
    ) -> bool {
        let (in_retrospect, mut any) = (limit != NEVER, false);
        for word in 0..self.words {
            let own = held as usize * self.words + word;
            let mut waiting = self.reads_of[own];
            if !self.plain {
                waiting |= self.refused[word] & !self.refused_of[own];
            }
            waiting &= !configuration[1 + word];
            if in_retrospect {
                for bit in bits(waiting) {
                    if self.slots[64 * word + bit].invoked >= limit {
                        waiting &= !(1 << bit);
                    }
                }
            }
            any |= waiting != 0;
            configuration[1 + word] |= waiting;
            if trace.is_on() {
                let put = match in_retrospect {
                    true => Put::InRetrospect,
                    false => Put::Last,
                };
                for bit in bits(waiting) {
                    trace.put(configuration, self.slots[64 * word + bit].operation, put);
                }
            }
            if self.plain {
                continue;
            }
            for bit in bits(self.perhaps[word] & !self.swaps_of[own]) {
                let slot = self.slots[64 * word + bit];
                if slot.invoked < limit && !Self::is_done(configuration, slot.other) {
                    any = true;
                    Self::set_done(configuration, slot.other);
                    trace.put(
                        configuration,
                        slot.operation,
                        Put::Perhaps { in_retrospect },
                    );
                }
            }
        }
        any
    }

    /// Of the operations of a set that are not in order yet, and were invoked before a limit, the one that completes
    /// first.
    pub(super) fn earliest(&self, configuration: &[u64], set: &[u64], limit: u32) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (word, &members) in set.iter().enumerate() {
            for bit in bits(members & !configuration[1 + word]) {
                let slot = 64 * word + bit;
                let is_earlier =
                    best.is_none_or(|best| self.slots[slot].completed < self.slots[best].completed);
                if is_earlier && self.slots[slot].invoked < limit {
                    best = Some(slot);
                }
            }
        }
        best
    }

    /// How many of a class are used.
    fn lane(&self, class: &Class) -> (usize, usize) {
        (1 + self.words + class.lane / 4, 16 * (class.lane % 4))
    }

    /// Uses one of a class that was invoked before a limit, if there is one left: which.
    pub(super) fn use_class(
        &self,
        configuration: &mut [u64],
        class: u32,
        limit: u32,
    ) -> Option<u32> {
        let class = &self.classes[class as usize];
        let invoked = class.invoked.partition_point(|&invoked| invoked < limit);
        if !self.counted {
            return class.operations[..invoked].first().copied();
        }
        let (word, shift) = self.lane(class);
        let used = (configuration[word] >> shift & 0xffff) as usize;
        // More than can be counted are not used.
        let next = class.operations[..invoked].get(used)?;
        if used == 0xffff {
            return None;
        }
        configuration[word] += 1 << shift;
        Some(*next)
    }

    /// Uses a write of a value that was invoked before a limit: which, and whether it completes; that which has to
    /// complete first.
    pub(super) fn use_write(
        &self,
        configuration: &mut [u64],
        value: u32,
        limit: u32,
    ) -> Option<(u32, bool)> {
        let own = self.of(&self.writes_of, value);
        if let Some(slot) = self.earliest(configuration, own, limit) {
            Self::set_done(configuration, slot);
            return Some((self.slots[slot].operation, true));
        }
        let class = *self.write_class.get(value as usize)?;
        let class = (class != NEVER).then_some(class)?;
        let operation = self.use_class(configuration, class, limit)?;
        Some((operation, false))
    }

    /// The values of which a write is under way that is not in order yet, or one that never completed.
    pub(super) fn writable(&self, configuration: &[u64]) -> Vec<u32> {
        let mut values: Vec<u32> = Vec::new();
        for (word, &members) in self.writes.iter().enumerate() {
            let open = bits(members & !configuration[1 + word]);
            values.extend(open.map(|bit| self.slots[64 * word + bit].value));
        }
        let live = self.live_writes.iter();
        values.extend(live.map(|&class| self.classes[class as usize].new));
        values.sort_unstable();
        values.dedup();
        values
    }
}
