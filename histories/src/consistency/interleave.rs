//! Sequential, by the states that an order passes through: how far each process has come, and what each register holds.
//!
//! What the sources are need not be known for this. Reads go first, since a read that can go hinders nothing. Then a
//! process writes, the one whose write was invoked first before all others, as it was in real time; a state that was met
//! before is not followed again. A state is given up if some process waits for a value that nobody is left to write. A
//! pending write is the last of its process, and need not happen: it does only if somebody waits for its value.

use crate::budget::Meter;
use crate::events::{Events, Kind, NEVER};
use crate::search::states::States;

/// Where in the words of a state a number is.
#[derive(Clone, Copy, Debug)]
struct Field {
    word: usize,
    shift: u32,
    mask: u64,
}

impl Field {
    fn get(self, state: &[u64]) -> u32 {
        (state[self.word] >> self.shift & self.mask) as u32
    }

    fn set(self, state: &mut [u64], number: u32) {
        let word = &mut state[self.word];
        *word = *word & !(self.mask << self.shift) | u64::from(number) << self.shift;
    }
}

/// The operations of the processes that are to be put in order.
pub(super) struct Interleave<'a> {
    events: &'a Events,
    /// The operations of each process, and how far each has come in a state.
    lanes: Vec<(Vec<u32>, Field)>,
    /// What each register holds, as a number among its values.
    held: Vec<Field>,
    /// The number of each value among those of its register.
    local: Vec<u32>,
    /// The last write of each value by each process, where there is room for that: one more than its place.
    last: Vec<u32>,
    words: usize,
}

/// How much the last writes may take, in numbers.
const ROOM: usize = 1 << 22;

impl<'a> Interleave<'a> {
    /// Of all operations, or only of those that are wanted.
    pub(super) fn new(events: &'a Events, wanted: impl Fn(usize) -> bool) -> Self {
        let mut fields = Fields::default();
        let mut lanes: Vec<(Vec<u32>, Field)> = Vec::new();
        let mut process = NEVER;
        for at in (0..events.len()).filter(|&at| wanted(at)) {
            if events.process[at] != process {
                process = events.process[at];
                lanes.push((
                    Vec::new(),
                    Field {
                        word: 0,
                        shift: 0,
                        mask: 0,
                    },
                ));
            }
            lanes
                .last_mut()
                .expect("a lane was pushed")
                .0
                .push(at as u32);
        }
        let mut local = vec![NEVER; events.values];
        let mut counts = vec![0_u32; events.initial.len()];
        let mut number = |register: usize, value: u32| {
            let local = &mut local[value as usize];
            if *local == NEVER {
                *local = counts[register];
                counts[register] += 1;
            }
        };
        for (register, &value) in events.initial.iter().enumerate() {
            number(register, value);
        }
        for at in 0..events.len() {
            if let Some(value) = events.written(at) {
                number(events.register(at), value);
            }
        }
        for (lane, field) in &mut lanes {
            *field = fields.add(lane.len() as u32);
        }
        let held = counts.iter().map(|&count| fields.add(count)).collect();
        let mut last = Vec::new();
        if lanes.len() * events.values <= ROOM {
            last = vec![0; lanes.len() * events.values];
            for (nth, (lane, _)) in lanes.iter().enumerate() {
                for (place, &at) in (1..).zip(lane) {
                    if let Some(value) = events.written(at as usize) {
                        last[nth * events.values + value as usize] = place;
                    }
                }
            }
        }
        Self {
            events,
            lanes,
            held,
            local,
            last,
            words: fields.word + 1,
        }
    }

    /// How many states there are at most.
    pub(super) fn size(&self) -> u64 {
        let lanes = self.lanes.iter().map(|(lane, _)| lane.len() as u64 + 1);
        let held = self.held.iter().map(|field| field.mask + 1);
        lanes.chain(held).fold(1, u64::saturating_mul)
    }

    /// Whether there is an order, and if there is, one.
    pub(super) fn search(&self, meter: &Meter<'_>, share: u64) -> Option<Result<Vec<u32>, ()>> {
        let mut met = States::new(self.words);
        let mut start = vec![0; self.words];
        for (register, field) in self.held.iter().enumerate() {
            let initial = self.events.initial[register];
            field.set(&mut start, self.local[initial as usize]);
        }
        let before = meter.spent();
        let cost = 1 + self.lanes.len() as u64 / 16;
        // The operations in order, and the choices that are still to be tried, each with how many stood before it and
        // the state there.
        let mut order: Vec<u32> = Vec::new();
        let mut open: Vec<(usize, u32)> = vec![(0, NEVER)];
        let mut states = start;
        let mut state = vec![0; self.words];
        let mut choices: Vec<u32> = Vec::new();
        while let Some((length, lane)) = open.pop() {
            let top = states.len() - self.words;
            state.copy_from_slice(&states[top..]);
            states.truncate(top);
            order.truncate(length);
            let bytes = met.bytes() + 8 * states.capacity() + 8 * open.capacity();
            if !meter.spend(cost) || meter.spent() - before > share || !meter.allows(bytes) {
                return None;
            }
            if lane != NEVER {
                order.push(self.take(&mut state, lane as usize));
            }
            self.take_reads(&mut state, &mut order);
            if self.is_done(&state) {
                return Some(Ok(order));
            }
            if !met.insert(&state) {
                continue;
            }
            choices.clear();
            if self.choose(&state, &mut choices) {
                for &lane in &choices {
                    open.push((order.len(), lane));
                    states.extend_from_slice(&state);
                }
            }
        }
        Some(Err(()))
    }

    /// The next operation of a process.
    fn head(&self, state: &[u64], lane: usize) -> Option<usize> {
        let (operations, field) = &self.lanes[lane];
        let at = operations.get(field.get(state) as usize)?;
        Some(*at as usize)
    }

    fn finds(&self, state: &[u64], at: usize) -> bool {
        let held = self.held[self.events.register(at)].get(state);
        held == self.local[self.events.value[at] as usize]
    }

    /// Takes the next operation of a process.
    fn take(&self, state: &mut [u64], lane: usize) -> u32 {
        let at = self.head(state, lane).expect("there is one");
        let events = self.events;
        let writes = match events.kind[at] {
            Kind::Indeterminate => self.finds(state, at),
            _ => true,
        };
        if let Some(value) = events.written(at).filter(|_| writes) {
            let held = self.held[events.register(at)];
            held.set(state, self.local[value as usize]);
        }
        let field = self.lanes[lane].1;
        let next = field.get(state) + 1;
        field.set(state, next);
        at as u32
    }

    /// Takes all reads that can go.
    fn take_reads(&self, state: &mut [u64], order: &mut Vec<u32>) {
        let mut gets_on = true;
        while gets_on {
            gets_on = false;
            for lane in 0..self.lanes.len() {
                while let Some(at) = self.head(state, lane) {
                    let may_go = match self.events.kind[at] {
                        Kind::Read => self.finds(state, at),
                        Kind::Refused => !self.finds(state, at),
                        // It writes what it finds.
                        Kind::Swap => {
                            !self.events.is_pending(at)
                                && self.events.new[at] == self.events.value[at]
                                && self.finds(state, at)
                        }
                        Kind::Write | Kind::Indeterminate => false,
                    };
                    if !may_go {
                        break;
                    }
                    order.push(self.take(state, lane));
                    gets_on = true;
                }
            }
        }
    }

    /// Whether only what never completed is left.
    fn is_done(&self, state: &[u64]) -> bool {
        let mut heads = (0..self.lanes.len()).filter_map(|lane| self.head(state, lane));
        heads.all(|at| self.events.is_pending(at))
    }

    /// The processes that may go on with a write, that which was invoked first last. Whether the state may lead anywhere.
    fn choose(&self, state: &[u64], choices: &mut Vec<u32>) -> bool {
        let events = self.events;
        let head = |lane: u32| self.head(state, lane as usize);
        for lane in 0..self.lanes.len() as u32 {
            let Some(at) = head(lane) else { continue };
            if events.is_pending(at) {
                let may_go = events.kind[at] == Kind::Write || self.finds(state, at);
                if may_go && self.is_awaited(state, at) {
                    choices.push(lane);
                }
                continue;
            }
            match events.kind[at] {
                Kind::Write | Kind::Indeterminate => choices.push(lane),
                Kind::Swap if self.finds(state, at) => choices.push(lane),
                // Refused: as long as the value is held.
                Kind::Refused => {}
                Kind::Read | Kind::Swap => {
                    if !self.is_left(state, lane as usize, at) {
                        return false;
                    }
                }
            }
        }
        let invoked = |lane: &u32| head(*lane).map_or(0, |at| events.invoked[at]);
        choices.sort_unstable_by_key(|lane| std::cmp::Reverse(invoked(lane)));
        // Of pending operations that do the same one is enough.
        let mut alike: Vec<(u32, u32, Kind)> = Vec::new();
        choices.retain(|&lane| {
            let at = head(lane).expect("it may go on");
            if !events.is_pending(at) {
                return true;
            }
            let new = events.written(at).unwrap_or(NEVER);
            let what = (events.value[at], new, events.kind[at]);
            let is_new = !alike.contains(&what);
            alike.push(what);
            is_new
        });
        true
    }

    /// Whether some process waits for what a pending operation writes.
    fn is_awaited(&self, state: &[u64], pending: usize) -> bool {
        let events = self.events;
        let (written, register) = (events.written(pending), events.register(pending));
        let mut heads = (0..self.lanes.len()).filter_map(|lane| self.head(state, lane));
        heads.any(|at| {
            at != pending
                && events.register(at) == register
                && match events.kind[at] {
                    Kind::Write => false,
                    Kind::Refused => Some(events.value[at]) != written,
                    // One that finds another value does not swap, which may be what is wanted.
                    Kind::Indeterminate => true,
                    Kind::Read | Kind::Swap => Some(events.value[at]) == written,
                }
        })
    }

    /// Whether a process is left that can write the value for which another one waits.
    fn is_left(&self, state: &[u64], waiting: usize, at: usize) -> bool {
        let value = self.events.value[at] as usize;
        self.last.is_empty()
            || (0..self.lanes.len()).any(|lane| {
                let last = self.last[lane * self.events.values + value];
                lane != waiting && last > self.lanes[lane].1.get(state)
            })
    }
}

/// Packs numbers into words.
#[derive(Default)]
struct Fields {
    word: usize,
    used: u32,
}

impl Fields {
    /// A field for numbers up to this one.
    fn add(&mut self, most: u32) -> Field {
        let bits = (u32::BITS - most.leading_zeros()).max(1);
        if self.used + bits > u64::BITS {
            self.word += 1;
            self.used = 0;
        }
        let shift = self.used;
        self.used += bits;
        Field {
            word: self.word,
            shift,
            mask: (1 << bits) - 1,
        }
    }
}
