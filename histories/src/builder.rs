//! Builds the histories that need more than one register, failed operations, or an initial value found from the reads.

use std::collections::{HashMap, HashSet};

use crate::{Action, History, HistoryError, Operation, Register, Value};

/// What the registers of a history hold before any operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Initial {
    /// This value.
    Given(Value),
    /// Nothing: [nil](Value::nil).
    Absent,
    /// Not said. It is the value that somebody read and nobody wrote, if there is one: of several the one that the
    /// read invoked first returned, and nil if there is none.
    Inferred,
}

impl<V: Into<Value>> From<V> for Initial {
    fn from(value: V) -> Self {
        Self::Given(value.into())
    }
}

/// Collects the operations of a history, with its registers by name.
///
/// ```
/// use histories::{Builder, Initial, Operation, Value};
///
/// let mut builder = Builder::new(Initial::Absent);
/// let (x, y) = (builder.register("x"), builder.register("y"));
/// builder.set_initial(y, Initial::Given(Value::from(7)));
/// builder.push(Operation::write(1, 1, 0..=3).on(x));
/// builder.push(Operation::read(2, 7, 1..=2).on(y));
/// builder.push(Operation::compare_and_swap(2, 1, 2, true, 5..=9).on(x));
/// builder.push_failed(Operation::write(1, 3, 5..=6).on(x));
/// let history = builder.build()?;
///
/// assert_eq!(history.operations().len(), 3);
/// assert_eq!(history.initial_of(x), &Value::nil());
/// assert_eq!(history.describe(0), "the write of 1 to x");
/// # Ok::<(), histories::HistoryError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    initial: Initial,
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, Register>,
    own_initial: HashMap<Register, Initial>,
    operations: Vec<Operation>,
    failed: Vec<Operation>,
}

impl Builder {
    /// A history without operations, whose registers hold `initial` where nothing else is said of them.
    pub fn new(initial: Initial) -> Self {
        Self {
            initial,
            names: Vec::new(),
            numbers: HashMap::new(),
            own_initial: HashMap::new(),
            operations: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// The number of the register of this name, which is a new one if the name is new. The empty name is that of
    /// register 0.
    pub fn register(&mut self, name: &str) -> Register {
        if name.is_empty() {
            return 0;
        }
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        self.names.push(name.into());
        let number = self.names.len() as Register;
        self.numbers.insert(name.into(), number);
        number
    }

    /// Says what one register holds at first.
    pub fn set_initial(&mut self, register: Register, initial: Initial) {
        self.own_initial.insert(register, initial);
    }

    /// Adds an operation, in any order.
    pub fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// Adds a write or a compare-and-swap that is known to have failed, so that it never happened.
    pub fn push_failed(&mut self, operation: Operation) {
        self.failed.push(operation);
    }

    /// The names of the registers from 1 on.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The operations that were added, and then those that failed.
    pub(crate) fn operations_mut(&mut self) -> impl Iterator<Item = &mut Operation> {
        self.operations.iter_mut().chain(&mut self.failed)
    }

    /// Makes room for this many more operations.
    pub fn reserve(&mut self, operations: usize) {
        self.operations.reserve(operations);
    }

    /// The history.
    ///
    /// # Errors
    ///
    /// As [`History::new`].
    pub fn build(self) -> Result<History, HistoryError> {
        let of = |register: Register| self.own_initial.get(&register).unwrap_or(&self.initial);
        let all = 0..=self.names.len() as Register;
        let inferred = match all
            .clone()
            .any(|register| *of(register) == Initial::Inferred)
        {
            true => infer(&self.operations),
            false => HashMap::new(),
        };
        let value = |register: Register| match of(register) {
            Initial::Given(value) => value.clone(),
            Initial::Absent => Value::nil(),
            Initial::Inferred => inferred
                .get(&register)
                .map_or_else(Value::nil, |value| (*value).clone()),
        };
        let mut values: Vec<Value> = all.map(value).collect();
        let named = self.names.into_iter().zip(values.split_off(1)).collect();
        let initial = values.swap_remove(0);
        History::assemble(initial, named, self.operations, self.failed)
    }
}

/// Of each register the value that was read first among those that nobody wrote.
fn infer(operations: &[Operation]) -> HashMap<Register, &Value> {
    let written: HashSet<(Register, &Value)> = operations
        .iter()
        .filter_map(|op| Some((op.register, op.written()?)))
        .collect();
    let found = |operation: &'_ Operation| match &operation.action {
        Action::CompareAndSwap {
            expected,
            swapped: Some(true),
            ..
        } => !written.contains(&(operation.register, expected)),
        Action::Read(Some(value)) => !written.contains(&(operation.register, value)),
        _ => false,
    };
    let mut first: HashMap<Register, &Operation> = HashMap::new();
    for operation in operations.iter().filter(|operation| found(operation)) {
        let earliest = first.entry(operation.register).or_insert(operation);
        if operation.invoked < earliest.invoked {
            *earliest = operation;
        }
    }
    first
        .into_iter()
        .filter_map(|(register, operation)| match &operation.action {
            Action::CompareAndSwap { expected, .. } => Some((register, expected)),
            Action::Read(value) => Some((register, value.as_ref()?)),
            Action::Write(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_value_is_the_one_nobody_wrote() {
        let mut builder = Builder::new(Initial::Inferred);
        let x = builder.register("x");
        builder.push(Operation::write(1, 1, 0..=3).on(x));
        builder.push(Operation::read(2, 9, 4..=5).on(x));
        builder.push(Operation::read(3, 5, 1..=2).on(x));
        let history = builder.build().unwrap();
        assert_eq!(history.initial_of(x), &Value::from(5));
        assert_eq!(history.initial(), &Value::nil());
    }

    #[test]
    fn an_unknown_register_is_refused() {
        let one = Operation::write(1, 1, 0..=3).on(1);
        assert!(matches!(
            History::new(0, [one]),
            Err(HistoryError::UnknownRegister { register: 1, .. })
        ));
    }
}
