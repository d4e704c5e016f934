//! Which parts of a history prove that the whole breaks a model, if they break it.
//!
//! A part proves that only if nothing left out could explain what it found. So it has to be *closed under reads-from*:
//! with an operation it has every write that this one could have read from. In the models of real time these are not the
//! writes that were invoked only after the operation completed, nor those that had completed before the invocation of
//! another write of the part that itself completed before the operation was invoked. And so that it is seen where a value
//! comes from, some write of it is there, if there is any and the value is not the initial one.
//!
//! Of a compare-and-swap it may be enough to know what it wrote. Else it would need the write of what it found, which may
//! be another compare-and-swap, and so on back to the beginning.

use std::collections::{HashMap, HashSet};

use crate::{Action, History, Instant, Model, Operation, Register, Value};

/// What an operation found in its register.
#[derive(Clone, Copy)]
enum Found<'a> {
    This(&'a Value),
    /// Any value but this one.
    Other(&'a Value),
    Unknown,
}

impl<'a> Found<'a> {
    fn by(operation: &'a Operation) -> Option<Self> {
        match &operation.action {
            Action::Read(Some(value)) => Some(Self::This(value)),
            Action::Read(None) | Action::Write(_) => None,
            Action::CompareAndSwap {
                expected, swapped, ..
            } => Some(match swapped {
                // One that is pending takes effect only where it finds what it expects.
                _ if operation.is_pending() => Self::This(expected),
                Some(true) => Self::This(expected),
                Some(false) => Self::Other(expected),
                None => Self::Unknown,
            }),
        }
    }
}

/// Whether it is known to have swapped.
pub(super) fn swapped(operation: &Operation) -> bool {
    let swapped = matches!(
        operation.action,
        Action::CompareAndSwap {
            swapped: Some(true),
            ..
        }
    );
    swapped && !operation.is_pending()
}

/// Whether it is known not to have found the value with which it compared.
pub(super) fn refused(operation: &Operation) -> bool {
    let refused = matches!(
        operation.action,
        Action::CompareAndSwap {
            swapped: Some(false),
            ..
        }
    );
    refused && !operation.is_pending()
}

/// When operations run, to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    /// From the invocation to the completion.
    Real,
    /// At the invocation.
    Strict,
    /// At any time.
    Unknown,
}

impl Times {
    pub(super) fn of(model: Model) -> Self {
        match model {
            Model::Strict => Self::Strict,
            _ if model.is_in_time() => Self::Real,
            _ => Self::Unknown,
        }
    }

    fn completed(self, operation: &Operation) -> Option<Instant> {
        match self {
            Self::Strict => Some(operation.invoked),
            Self::Real => operation.completed,
            Self::Unknown => None,
        }
    }
}

/// The writes of which parts of a history have to have some.
pub(super) struct Closure<'a> {
    history: &'a History,
    times: Times,
    /// Of each value.
    writes: HashMap<(Register, &'a Value), Writes>,
}

#[derive(Default)]
struct Writes {
    /// In the order of their invocations, each with the last completion up to it.
    completed: Vec<(usize, Instant)>,
    pending: Vec<usize>,
}

/// The operations of a part.
struct Part<'a> {
    is_in: HashSet<usize>,
    /// How many writes there are of each value.
    written: HashMap<(Register, &'a Value), usize>,
    /// Of each register the completions of the writes, in order, each with the last invocation up to it.
    overwriting: HashMap<Register, Vec<(Instant, Instant)>>,
}

impl<'a> Closure<'a> {
    /// For parts of these operations.
    pub(super) fn new(history: &'a History, among: &[usize], times: Times) -> Self {
        let operations = history.operations();
        let mut values: HashSet<(Register, &Value)> = HashSet::new();
        let mut registers: HashSet<Register> = HashSet::new();
        for operation in among.iter().map(|&at| &operations[at]) {
            match Found::by(operation) {
                None => {}
                Some(Found::This(value)) => drop(values.insert((operation.register, value))),
                Some(Found::Other(_) | Found::Unknown) => {
                    registers.insert(operation.register);
                }
            }
        }
        let mut writes: HashMap<(Register, &Value), Writes> = HashMap::new();
        for (at, operation) in operations.iter().enumerate() {
            let Some(value) = operation.written() else {
                continue;
            };
            let register = operation.register;
            if !registers.contains(&register) && !values.contains(&(register, value)) {
                continue;
            }
            let same = writes.entry((register, value)).or_default();
            match times.completed(operation) {
                Some(completed) => same.completed.push((at, completed)),
                None => same.pending.push(at),
            }
        }
        for same in writes.values_mut() {
            same.completed
                .sort_by_key(|&(at, _)| operations[at].invoked);
            let mut last = 0;
            for (_, completed) in &mut same.completed {
                last = last.max(*completed);
                *completed = last;
            }
        }
        Self {
            history,
            times,
            writes,
        }
    }

    /// Whether this part is closed, if of some compare-and-swaps only what they wrote is evidence.
    pub(super) fn holds(&self, part: &[usize], as_writes: &HashSet<usize>) -> bool {
        let within = self.part(part);
        let mut part = part.iter();
        part.all(|&at| as_writes.contains(&at) || self.allows(&within, at))
    }

    /// The operations of a part that it does not allow.
    pub(super) fn missing(&self, part: &[usize], as_writes: &HashSet<usize>) -> Vec<usize> {
        let within = self.part(part);
        let missing = |at: &usize| !as_writes.contains(at) && !self.allows(&within, *at);
        part.iter().copied().filter(missing).collect()
    }

    /// The largest closed part of these operations; compare-and-swaps that would have to go count as writes then.
    pub(super) fn within(&self, among: &[usize]) -> (Vec<usize>, HashSet<usize>) {
        let operations = self.history.operations();
        let (mut part, mut as_writes) = (among.to_vec(), HashSet::new());
        loop {
            let missing = self.missing(&part, &as_writes);
            if missing.is_empty() {
                return (part, as_writes);
            }
            let dropped: HashSet<usize> = missing
                .into_iter()
                .filter(|&at| !swapped(&operations[at]) || !as_writes.insert(at))
                .collect();
            part.retain(|at| !dropped.contains(at));
        }
    }

    /// The writes to a register of any value but one, where operations may be at any time.
    fn of_register(&self, register: Register, but: Option<&Value>) -> Vec<usize> {
        let of = |((of, value), _): &(&(Register, &Value), &Writes)| {
            *of == register && Some(*value) != but
        };
        let writes = self.writes.iter().filter(of);
        writes
            .flat_map(|(_, writes)| writes.pending.iter().copied())
            .collect()
    }

    fn part(&self, part: &[usize]) -> Part<'a> {
        let mut written: HashMap<(Register, &Value), usize> = HashMap::new();
        let mut overwriting: HashMap<Register, Vec<(Instant, Instant)>> = HashMap::new();
        for &at in part {
            let operation = &self.history.operations()[at];
            let Some(value) = operation.written() else {
                continue;
            };
            *written.entry((operation.register, value)).or_default() += 1;
            let is_sure = operation.is_write() || swapped(operation);
            if let (true, false, Some(completed)) = (
                is_sure,
                operation.is_pending(),
                self.times.completed(operation),
            ) {
                let writes = overwriting.entry(operation.register).or_default();
                writes.push((completed, operation.invoked));
            }
        }
        for writes in overwriting.values_mut() {
            writes.sort_unstable();
            let mut last = 0;
            for (_, invoked) in writes {
                last = last.max(*invoked);
                *invoked = last;
            }
        }
        Part {
            is_in: part.iter().copied().collect(),
            written,
            overwriting,
        }
    }

    /// Whether a part has all that it has to have with this operation.
    fn allows(&self, part: &Part<'_>, at: usize) -> bool {
        let operation = &self.history.operations()[at];
        let register = operation.register;
        let has_all = |writes: &Writes| self.has_all(part, at, writes);
        let mut others = self.writes.iter().filter(|((of, _), _)| *of == register);
        match Found::by(operation) {
            None => true,
            Some(Found::This(value)) => {
                let Some(writes) = self.writes.get(&(register, value)) else {
                    return true;
                };
                // Its own write is no other one.
                let own = usize::from(operation.written() == Some(value));
                let written = part.written.get(&(register, value)).copied();
                let is_seen = self.times == Times::Unknown
                    || value == self.history.initial_of(register)
                    || written.unwrap_or(0) > own
                    || writes.completed.len() + writes.pending.len() == own;
                is_seen && has_all(writes)
            }
            Some(Found::Other(value)) => {
                others.all(|((_, other), writes)| *other == value || has_all(writes))
            }
            Some(Found::Unknown) => others.all(|(_, writes)| has_all(writes)),
        }
    }

    /// Whether a part has all of these writes that one of its operations could have read from.
    fn has_all(&self, part: &Part<'_>, at: usize, writes: &Writes) -> bool {
        let operations = self.history.operations();
        let operation = &operations[at];
        let end = self.times.completed(operation);
        let has_begun = |write: usize| end.is_none_or(|end| operations[write].invoked <= end);
        // The invocation of the last write that overwrites.
        let since = part.overwriting.get(&operation.register).map_or(0, |all| {
            let before = all.partition_point(|&(completed, _)| completed < operation.invoked);
            before.checked_sub(1).map_or(0, |last| all[last].1)
        });
        let is_in = |write: usize| write == at || part.is_in.contains(&write);
        let begun = writes
            .completed
            .partition_point(|&(write, _)| has_begun(write));
        let mut recent = writes.completed[..begun]
            .iter()
            .rev()
            .take_while(|&&(_, last)| last >= since)
            .map(|&(write, _)| write)
            .filter(|&write| self.times.completed(&operations[write]) >= Some(since));
        let mut pending = writes.pending.iter().copied();
        recent.all(is_in) && pending.all(|write| !has_begun(write) || is_in(write))
    }
}

/// Operations with some write of what each found, if there is any that is not among them: the first.
pub(super) fn with_some_write(history: &History, part: &[usize]) -> Vec<usize> {
    let operations = history.operations();
    let is_in: HashSet<usize> = part.iter().copied().collect();
    let closure = Closure::new(history, part, Times::Strict);
    let mut all = part.to_vec();
    for writes in closure.writes.values() {
        let writes: Vec<usize> = writes.completed.iter().map(|&(at, _)| at).collect();
        if !writes.iter().any(|at| is_in.contains(at)) {
            all.extend(writes.into_iter().min_by_key(|&at| operations[at].invoked));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Operations with every write of what they found, and of what these found, and so on.
pub(super) fn with_every_write(history: &History, part: &[usize]) -> Vec<usize> {
    let operations = history.operations();
    let mut is_in: HashSet<usize> = part.iter().copied().collect();
    let mut open = part.to_vec();
    while !open.is_empty() {
        let closure = Closure::new(history, &open, Times::Unknown);
        let missing = |at: &usize| match Found::by(&operations[*at]) {
            Some(Found::Other(value)) => closure.of_register(operations[*at].register, Some(value)),
            Some(Found::Unknown) => closure.of_register(operations[*at].register, None),
            Some(Found::This(value)) => {
                let key = (operations[*at].register, value);
                let writes = closure.writes.get(&key);
                writes.map_or(Vec::new(), |writes| writes.pending.clone())
            }
            None => Vec::new(),
        };
        let found: HashSet<usize> = open.iter().flat_map(missing).collect();
        open = found.into_iter().filter(|&at| is_in.insert(at)).collect();
    }
    let mut closed: Vec<usize> = is_in.into_iter().collect();
    closed.sort_unstable();
    closed
}
