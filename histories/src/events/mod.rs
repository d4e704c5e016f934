//! A history laid out for the checkers: columns of small numbers in place of operations.
//!
//! Values become numbers, and so do instants: an *event* is an invocation or a completion, and its index says where it
//! stands in time. One operation precedes another if the event of its completion is smaller than that of the other's
//! invocation. Events are distinct: of those that share an instant the invocations come first, since operations that
//! share an instant are concurrent. They are put in order by counting; time O(n).

mod instants;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::{Action, History, Operation, Register, Value};
use instants::Instants;
pub(crate) use instants::ends;

/// The completion of an operation that never completed.
pub(crate) const NEVER: u32 = u32::MAX;

/// What an operation is to a checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A write of `value`.
    Write,
    /// A read that returned `value`.
    Read,
    /// A compare-and-swap that found `value` and wrote `new`.
    Swap,
    /// A compare-and-swap that did not find `value`.
    Refused,
    /// One or the other: it is not known.
    Indeterminate,
}

/// The operations of a history that say anything about its registers, in its order: by process, and then by time. Reads
/// that returned nothing, or of which it is not said what, are left out.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    /// The index in the history.
    pub(crate) operation: Vec<u32>,
    /// The number of the process among those of the history.
    pub(crate) process: Vec<u32>,
    /// The register; empty if all operations are on one.
    pub(crate) register: Vec<u32>,
    pub(crate) kind: Vec<Kind>,
    /// Two operations have the same number here if they have the same value, on the same register.
    pub(crate) value: Vec<u32>,
    /// What a compare-and-swap writes; empty if there is none.
    pub(crate) new: Vec<u32>,
    /// The event of the invocation, from 1 on.
    pub(crate) invoked: Vec<u32>,
    /// The event of the completion, or [`NEVER`].
    pub(crate) completed: Vec<u32>,
    /// The number of the initial value of each register.
    pub(crate) initial: Vec<u32>,
    /// All values have lower numbers.
    pub(crate) values: usize,
    /// All events are lower.
    pub(crate) end: usize,
    /// All processes have lower numbers.
    pub(crate) processes: usize,
}

impl Events {
    /// Everything that happened.
    pub(crate) fn of(history: &History) -> Self {
        let operations = history.operations();
        let registers = history.registers();
        let initial: Vec<&Value> = registers.map(|at| history.initial_of(at)).collect();
        Self::new(operations, 0..operations.len() as u32, &initial, None)
    }

    /// What happened to each register that has operations, one after the other.
    pub(crate) fn by_register(history: &History) -> Vec<Self> {
        let operations = history.operations();
        if *history.registers().end() == 0 {
            return vec![Self::of(history)];
        }
        let mut own: Vec<Vec<u32>> = vec![Vec::new(); *history.registers().end() as usize + 1];
        for (at, operation) in operations.iter().enumerate() {
            own[operation.register as usize].push(at as u32);
        }
        let of = |(register, own): (usize, Vec<u32>)| {
            let register = register as Register;
            let initial = [history.initial_of(register)];
            Self::new(operations, own.into_iter(), &initial, Some(register))
        };
        let own = own
            .into_iter()
            .enumerate()
            .filter(|(_, own)| !own.is_empty());
        own.map(of).collect()
    }

    /// Some operations of one register, in their order.
    pub(crate) fn of_some(history: &History, register: Register, chosen: &[u32]) -> Self {
        let initial = [history.initial_of(register)];
        let chosen = chosen.iter().copied();
        Self::new(history.operations(), chosen, &initial, Some(register))
    }

    fn new(
        operations: &[Operation],
        chosen: impl ExactSizeIterator<Item = u32>,
        initial: &[&Value],
        only: Option<Register>,
    ) -> Self {
        let many = initial.len() > 1;
        let most = chosen.len();
        let mut events = Self {
            operation: Vec::with_capacity(most),
            process: Vec::with_capacity(most),
            register: Vec::new(),
            kind: Vec::with_capacity(most),
            value: Vec::new(),
            new: Vec::new(),
            invoked: Vec::new(),
            completed: Vec::new(),
            initial: Vec::new(),
            values: 0,
            end: 0,
            processes: 0,
        };
        let mut instants = Instants::new(operations, most);
        let mut words: Vec<u64> = Vec::with_capacity(most);
        let mut has_words = !many;
        let mut swaps = false;
        let mut process = None;
        for at in chosen {
            let operation = &operations[at as usize];
            debug_assert!(only.is_none_or(|only| only == operation.register));
            let pending = operation.completed.is_none();
            let (kind, value) = match &operation.action {
                Action::Read(Some(value)) if !pending => (Kind::Read, value),
                Action::Read(_) => continue,
                Action::Write(value) => (Kind::Write, value),
                Action::CompareAndSwap {
                    expected, swapped, ..
                } => {
                    swaps = true;
                    let kind = match swapped {
                        _ if pending => Kind::Swap,
                        Some(true) => Kind::Swap,
                        Some(false) => Kind::Refused,
                        None => Kind::Indeterminate,
                    };
                    (kind, expected)
                }
            };
            if process != Some(operation.process) {
                process = Some(operation.process);
                events.processes += 1;
            }
            events.operation.push(at);
            events.process.push(events.processes as u32 - 1);
            events.kind.push(kind);
            if many {
                events.register.push(operation.register);
            }
            match value.uniform() {
                Some(word) => words.push(word),
                None => has_words = false,
            }
            instants.push(operation);
        }
        (events.invoked, events.completed, events.end) = instants.rank();
        let first = initial[0].uniform();
        let named = (has_words && !swaps && first.is_some())
            .then(|| number_words(words, first.unwrap_or(0)))
            .flatten();
        if let Some((value, initial, values)) = named {
            (events.value, events.values) = (value, values);
            events.initial = vec![initial];
        } else {
            events.number(operations, initial, swaps);
        }
        events
    }

    /// Numbers values of any kind.
    fn number(&mut self, operations: &[Operation], initial: &[&Value], swaps: bool) {
        let mut words: HashMap<(Register, u64), u32, BuildHasherDefault<Mix>> = HashMap::default();
        let mut others: HashMap<(Register, &Value), u32> = HashMap::new();
        let mut values = 0;
        fn number<'a>(
            register: Register,
            value: &'a Value,
            words: &mut HashMap<(Register, u64), u32, BuildHasherDefault<Mix>>,
            others: &mut HashMap<(Register, &'a Value), u32>,
            values: &mut u32,
        ) -> u32 {
            let number = match value.uniform() {
                Some(word) => words.entry((register, word)).or_insert(*values),
                None => others.entry((register, value)).or_insert(*values),
            };
            *values += u32::from(*number == *values);
            *number
        }
        let many = initial.len() > 1;
        for (register, value) in initial.iter().enumerate() {
            let register = register as Register;
            let id = number(register, value, &mut words, &mut others, &mut values);
            self.initial.push(id);
        }
        for &at in &self.operation {
            let operation = &operations[at as usize];
            let register = if many { operation.register } else { 0 };
            let mut id = |value| number(register, value, &mut words, &mut others, &mut values);
            match &operation.action {
                Action::Write(value) | Action::Read(Some(value)) => {
                    let value = id(value);
                    self.value.push(value);
                    self.new.extend(swaps.then_some(value));
                }
                Action::CompareAndSwap { expected, new, .. } => {
                    let (expected, new) = (id(expected), id(new));
                    self.value.push(expected);
                    self.new.push(new);
                }
                Action::Read(None) => unreachable!("a read without a value is left out"),
            }
        }
        self.values = values as usize;
    }

    pub(crate) fn len(&self) -> usize {
        self.kind.len()
    }

    /// The register of an operation, as an index into `initial`.
    pub(crate) fn register(&self, at: usize) -> usize {
        self.register
            .get(at)
            .map_or(0, |&register| register as usize)
    }

    /// Whether one operation completed before another was invoked.
    pub(crate) fn precedes(&self, a: usize, b: usize) -> bool {
        self.completed[a] < self.invoked[b]
    }

    pub(crate) fn is_pending(&self, at: usize) -> bool {
        self.completed[at] == NEVER
    }

    /// Whether there is any compare-and-swap.
    pub(crate) fn has_swaps(&self) -> bool {
        !self.new.is_empty()
    }

    /// The value that an operation wrote, or may have written if it is indeterminate.
    pub(crate) fn written(&self, at: usize) -> Option<u32> {
        match self.kind[at] {
            Kind::Write => Some(self.value[at]),
            Kind::Swap | Kind::Indeterminate => Some(self.new[at]),
            Kind::Read | Kind::Refused => None,
        }
    }

    /// The compare-and-swaps that completed, of which it is not known whether they swapped.
    pub(crate) fn indeterminate(&self) -> impl Iterator<Item = usize> {
        let may_be = if self.has_swaps() { self.len() } else { 0 };
        (0..may_be).filter(|&at| self.kind[at] == Kind::Indeterminate)
    }

    /// Whether no value is written twice, and there is no compare-and-swap. The initial value may be written again.
    pub(crate) fn is_each_written_once(&self) -> bool {
        let mut is_written = vec![false; self.values];
        let mut written = (0..self.len()).filter_map(|at| self.written(at));
        written.all(|value| !std::mem::replace(&mut is_written[value as usize], true))
    }

    /// Which operation each event belongs to, doubled, and one more if it is the completion. What is no event is
    /// [`NEVER`].
    pub(crate) fn in_order(&self) -> Vec<u32> {
        let mut order = vec![NEVER; self.end];
        for at in 0..self.len() {
            order[self.invoked[at] as usize] = 2 * at as u32;
            if self.completed[at] != NEVER {
                order[self.completed[at] as usize] = 2 * at as u32 + 1;
            }
        }
        order
    }

    /// The indices in the history.
    pub(crate) fn in_history(&self, operations: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut found: Vec<usize> = operations
            .into_iter()
            .map(|at| self.operation[at] as usize)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Numbers values that are single words and lie close together: the number is the distance to the smallest. Returns the
/// numbers, that of the initial value, and how many there are.
fn number_words(words: Vec<u64>, initial: u64) -> Option<(Vec<u32>, u32, usize)> {
    let (Some(&least), Some(&most)) = (words.iter().min(), words.iter().max()) else {
        return Some((Vec::new(), 0, 1));
    };
    let range = usize::try_from(most - least).ok()?;
    if range > 4 * words.len() + 1024 {
        return None;
    }
    let number = |word: u64| (word - least) as u32 + 1;
    let initial = match (least..=most).contains(&initial) {
        true => number(initial),
        false => 0,
    };
    Some((words.into_iter().map(number).collect(), initial, range + 2))
}

/// Spreads small numbers over a hash table: values are numbers of the history, not of an attacker's choice.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        // The constant of Fibonacci hashing: 2^64 divided by the golden ratio.
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
