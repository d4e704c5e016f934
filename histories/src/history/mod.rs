//! Histories: the operations on registers, and which of them precede which.

mod assemble;
mod error;
mod words;

use serde::Serialize;

use crate::operation::Line;
use crate::{Action, Instant, Operation, Process, Register, Value};
use assemble::{check_alone, check_together, forget_outcome, order};

pub use error::HistoryError;

/// What happened to some registers: their initial values and every operation on them, ordered by process and then by
/// time.
///
/// Within a history an operation is named by its index in [`operations`](Self::operations). Most histories are of one
/// register, which needs no name; a [`Builder`](crate::Builder) makes those of several.
///
/// ```
/// use histories::{History, Operation};
///
/// let history = History::new(0, [
///     Operation::write(1, 1, 6..=10),
///     Operation::read(2, 0, 3..=7),
///     Operation::read(2, 1, 24..=28),
/// ])?;
/// assert!(history.precedes(0, 2));
/// assert!(history.concurrent(0, 1));
/// assert_eq!(history.describe(2), "Thread 2's second read");
/// # Ok::<(), histories::HistoryError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct History {
    initial: Value,
    /// The registers that have a name, from number 1 on, each with its initial value.
    named: Vec<(Box<str>, Value)>,
    operations: Vec<Operation>,
    failed: Vec<Operation>,
}

impl History {
    /// A history of these operations, given in any order, on one register without a name.
    ///
    /// # Errors
    ///
    /// If an operation completes before its invocation, if two operations of one process overlap, or if an operation
    /// is on another register.
    pub fn new(
        initial: impl Into<Value>,
        operations: impl IntoIterator<Item = Operation>,
    ) -> Result<Self, HistoryError> {
        let operations = operations.into_iter().collect();
        Self::assemble(initial.into(), Vec::new(), operations, Vec::new())
    }

    pub(crate) fn assemble(
        initial: Value,
        named: Vec<(Box<str>, Value)>,
        mut operations: Vec<Operation>,
        mut failed: Vec<Operation>,
    ) -> Result<Self, HistoryError> {
        order(&mut operations);
        order(&mut failed);
        for failed in &mut failed {
            forget_outcome(failed);
        }
        // Histories are long, so all this is done in one go; only where something is wrong is it looked for in order.
        let mut is_wrong = !failed.is_empty() && check_alone(&failed, named.len()).is_err();
        let mut before: Option<(Process, Option<Instant>)> = None;
        for operation in &mut operations {
            let &mut Operation {
                process,
                register,
                invoked,
                completed,
                ..
            } = operation;
            if completed.is_none() {
                forget_outcome(operation);
            }
            is_wrong |= completed.is_some_and(|completed| completed < invoked);
            is_wrong |= register as usize > named.len();
            is_wrong |= before.is_some_and(|(of, until)| {
                of == process && until.is_none_or(|until| until >= invoked)
            });
            before = Some((process, completed));
        }
        if is_wrong {
            check_alone(&operations, named.len())?;
            check_alone(&failed, named.len())?;
            check_together(&operations)?;
        }
        Ok(Self {
            initial,
            named,
            operations,
            failed,
        })
    }

    /// What the register without a name held before any operation.
    pub fn initial(&self) -> &Value {
        &self.initial
    }

    /// What a register held before any operation.
    ///
    /// # Panics
    ///
    /// If the history has no register of this number.
    pub fn initial_of(&self, register: Register) -> &Value {
        match register {
            0 => &self.initial,
            _ => &self.named[register as usize - 1].1,
        }
    }

    /// The name of a register; `None` for number 0, which has none.
    ///
    /// # Panics
    ///
    /// If the history has no register of this number.
    pub fn name_of(&self, register: Register) -> Option<&str> {
        (register != 0).then(|| &*self.named[register as usize - 1].0)
    }

    /// The registers by number: 0, which has no name, and then those that have one.
    pub fn registers(&self) -> std::ops::RangeInclusive<Register> {
        0..=self.named.len() as Register
    }

    /// The writes and compare-and-swaps that are known to have failed, so that they never happened. They are no
    /// operations of the history: they only explain where a value comes from that nobody should have read.
    pub fn failed(&self) -> &[Operation] {
        &self.failed
    }

    /// The operations, ordered by process and then by time.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The processes, in order.
    pub fn processes(&self) -> Vec<Process> {
        let mut processes: Vec<Process> = self
            .operations
            .iter()
            .map(|operation| operation.process)
            .collect();
        processes.dedup();
        processes
    }

    /// The processes that write, in order.
    pub fn writers(&self) -> Vec<Process> {
        let mut writers: Vec<Process> = self
            .operations
            .iter()
            .filter(|op| op.is_write())
            .map(|op| op.process)
            .collect();
        writers.dedup();
        writers
    }

    /// The indices of the writes.
    pub fn writes(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.operations.len()).filter(|&at| self.operations[at].is_write())
    }

    /// The indices of the completed reads, questions included. (A read that never completed returned nothing, so it
    /// says nothing about the register.)
    pub fn reads(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.operations.len())
            .filter(|&at| self.operations[at].is_read() && !self.operations[at].is_pending())
    }

    /// The indices of the completed reads whose value is not said.
    pub fn questions(&self) -> impl Iterator<Item = usize> + '_ {
        self.reads().filter(|&at| self.operations[at].is_question())
    }

    /// Whether operation `a` completed before operation `b` was invoked.
    pub fn precedes(&self, a: usize, b: usize) -> bool {
        self.operations[a].precedes(&self.operations[b])
    }

    /// Whether neither operation precedes the other.
    pub fn concurrent(&self, a: usize, b: usize) -> bool {
        !self.precedes(a, b) && !self.precedes(b, a)
    }

    /// Every pair `(a, b)` in which operation `a` precedes operation `b`.
    pub fn precedence(&self) -> Vec<(usize, usize)> {
        let all = 0..self.operations.len();
        all.clone()
            .flat_map(|a| all.clone().map(move |b| (a, b)))
            .filter(|&(a, b)| self.precedes(a, b))
            .collect()
    }

    /// The writes that operation `at` is concurrent with.
    pub fn overlapping_writes(&self, at: usize) -> Vec<usize> {
        self.writes()
            .filter(|&write| write != at && self.concurrent(write, at))
            .collect()
    }

    /// The same history with the questions answered, in their order.
    ///
    /// # Panics
    ///
    /// If there are more or fewer answers than questions.
    #[must_use]
    pub fn answered(&self, answers: &[Value]) -> Self {
        let questions: Vec<usize> = self.questions().collect();
        assert_eq!(
            questions.len(),
            answers.len(),
            "one answer for each question"
        );
        self.with_answers(questions.into_iter().zip(answers.iter().cloned()))
    }

    /// The same history with some of the questions answered.
    pub(crate) fn with_answers(&self, answers: impl IntoIterator<Item = (usize, Value)>) -> Self {
        let mut history = self.clone();
        for (question, answer) in answers {
            history.operations[question].action = Action::Read(Some(answer));
        }
        history
    }

    /// The same history with everything pending that completed later.
    pub(crate) fn cut(mut self, instant: Instant) -> Self {
        let later = |op: &&mut Operation| op.completed.is_some_and(|completed| completed > instant);
        for operation in self.operations.iter_mut().filter(later) {
            operation.completed = None;
            match &mut operation.action {
                Action::CompareAndSwap { swapped, .. } => *swapped = None,
                Action::Read(value) => *value = None,
                Action::Write(_) => {}
            }
        }
        self
    }

    /// Says whether a compare-and-swap of unknown outcome swapped.
    pub(crate) fn decide(&mut self, at: usize, did: bool) {
        if let Action::CompareAndSwap { swapped, .. } = &mut self.operations[at].action {
            *swapped = Some(did);
        }
    }

    /// The index of the operation that a process invoked at an instant.
    pub fn index_of(&self, process: Process, invoked: Instant) -> Option<usize> {
        let key = |operation: &Operation| (operation.process, operation.invoked);
        self.operations
            .binary_search_by_key(&(process, invoked), key)
            .ok()
    }

    /// Takes an operation for one that has not completed yet.
    pub(crate) fn forget_completion(&mut self, at: usize) {
        self.operations[at].completed = None;
        forget_outcome(&mut self.operations[at]);
    }

    /// Takes an operation for one that did something else.
    pub(crate) fn set_action(&mut self, at: usize, action: Action) {
        self.operations[at].action = action;
    }

    /// Takes a compare-and-swap for the write of its new value.
    pub(crate) fn forget_found(&mut self, at: usize) {
        if let Action::CompareAndSwap { new, .. } = &self.operations[at].action {
            self.operations[at].action = Action::Write(new.clone());
        }
    }

    /// The history of only some of the operations.
    #[must_use]
    pub fn restricted_to(&self, keep: &[usize]) -> Self {
        // A witness of a long history is short, and is asked for often: it alone is looked at.
        let mut keep = keep.to_vec();
        keep.sort_unstable();
        keep.dedup();
        let kept = keep.iter().map(|&at| self.operations[at].clone());
        let operations: Vec<Operation> = kept.collect();
        // Of the failed writes one stays for each value that somebody read and nobody else can have written.
        let mut kept: Vec<Operation> = Vec::new();
        for failed in &self.failed {
            let of = |op: &&Operation| op.register == failed.register;
            let is_read =
                |op: &Operation| op.returned().is_some() && op.returned() == failed.written();
            let writes = |op: &Operation| op.written() == failed.written();
            let is_initial = failed.written() == Some(self.initial_of(failed.register));
            if operations.iter().filter(of).any(is_read)
                && !is_initial
                && !operations.iter().filter(of).any(writes)
                && !kept.iter().filter(of).any(writes)
            {
                kept.push(failed.clone());
            }
        }
        Self {
            initial: self.initial.clone(),
            named: self.named.clone(),
            failed: kept,
            operations,
        }
    }

    /// The same operations, each of which may have begun so much earlier and ended so much later: what is known where each
    /// process has a clock of its own, and none is off by more than this.
    ///
    /// Whatever precedes something then does so by all clocks, so a model that knows of time and is broken then is broken
    /// indeed. Operations of one process may overlap in what comes out: it is for these models alone, and not for
    /// [`strict`](crate::Model::Strict), which asks for the order of all invocations.
    #[must_use]
    pub fn widened(&self, by: Instant) -> Self {
        let mut widened = self.clone();
        for operation in widened.operations.iter_mut().chain(&mut widened.failed) {
            // What would begin before 0 begins there: everything is moved.
            operation.completed = operation
                .completed
                .map(|it| it.saturating_add(by).saturating_add(by));
        }
        widened
    }

    /// The history of each register alone that something was done to, with its number.
    #[must_use]
    pub fn by_register(&self) -> Vec<(Register, Self)> {
        let parts = self.registers().map(|register| Self {
            initial: self.initial_of(register).clone(),
            named: Vec::new(),
            operations: Vec::new(),
            failed: Vec::new(),
        });
        let mut parts: Vec<Self> = parts.collect();
        let alone = |operation: &Operation| operation.clone().on(0);
        for operation in &self.operations {
            parts[operation.register as usize]
                .operations
                .push(alone(operation));
        }
        for failed in &self.failed {
            parts[failed.register as usize].failed.push(alone(failed));
        }
        let parts = (0..).zip(parts);
        parts
            .filter(|(_, part)| !part.operations.is_empty())
            .collect()
    }

    /// The same operations in the fewest instants that keep their precedence: the canonical form of an interval order
    /// (Greenough 1976). Two histories whose operations and precedence agree have the same compact form.
    #[must_use]
    pub fn compact(&self) -> Self {
        // A new instant begins with the first invocation after a completion.
        let mut events: Vec<(Instant, bool, usize)> = Vec::with_capacity(2 * self.operations.len());
        for (at, operation) in self.operations.iter().chain(&self.failed).enumerate() {
            events.push((operation.invoked, false, at));
            events.extend(operation.completed.map(|completed| (completed, true, at)));
        }
        events.sort_unstable();
        let mut compact = self.clone();
        let (mut instant, mut after_completion) = (0, false);
        for (_, is_completion, at) in events {
            let operation = match at.checked_sub(self.operations.len()) {
                None => &mut compact.operations[at],
                Some(failed) => &mut compact.failed[failed],
            };
            if is_completion {
                operation.completed = Some(instant);
            } else {
                instant += u64::from(after_completion);
                operation.invoked = instant;
            }
            after_completion = is_completion;
        }
        compact
    }
}

impl Serialize for History {
    /// `{"initial": 0, "operations": [{"process": 1, "op": "write", "value": 1, "start": 6, "end": 10}, ...]}`; `end`
    /// is absent on a pending operation and `value` on a question. An operation on a register that has a name tells it
    /// as `register`, and `registers` lists the initial values of these. `failed` lists what failed, if anything did.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Document<'a> {
            initial: &'a Value,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            registers: Vec<(&'a str, &'a Value)>,
            operations: Vec<Line<'a, &'a str>>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            failed: Vec<Line<'a, &'a str>>,
        }
        let line = |operation| Line::of(operation, self.name_of(operation.register));
        Document {
            initial: &self.initial,
            registers: self
                .named
                .iter()
                .map(|(name, value)| (&**name, value))
                .collect(),
            operations: self.operations.iter().map(line).collect(),
            failed: self.failed.iter().map(line).collect(),
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::words::ordinal;
    use super::*;
    use crate::Interval;

    #[test]
    fn one_thread_does_one_thing_at_a_time() {
        let overlap = [Operation::write(1, 1, 0..=5), Operation::question(1, 5..=9)];
        assert!(matches!(
            History::new(0, overlap),
            Err(HistoryError::Overlap { invoked: 5, .. })
        ));
        let crash = [Operation::write(1, 1, 0..), Operation::question(1, 7..=9)];
        assert!(matches!(
            History::new(0, crash),
            Err(HistoryError::AfterCrash { invoked: 7, .. })
        ));
        let backwards = [Operation::write(
            1,
            1,
            Interval {
                invoked: 5,
                completed: Some(4),
            },
        )];
        assert!(matches!(
            History::new(0, backwards),
            Err(HistoryError::Backwards { .. })
        ));
    }

    #[test]
    fn sharing_one_instant_is_concurrent() {
        let history = History::new(
            0,
            [Operation::write(1, 1, 0..=5), Operation::question(2, 5..=6)],
        )
        .unwrap();
        assert!(history.concurrent(0, 1));
    }

    #[test]
    fn a_pending_operation_precedes_nothing() {
        let history = History::new(
            0,
            [Operation::write(1, 1, 0..), Operation::question(2, 50..=60)],
        )
        .unwrap();
        assert!(history.precedence().is_empty());
    }

    #[test]
    fn compact_keeps_the_precedence_and_nothing_else() {
        let spread = [
            Operation::write(1, 1, 100..=900),
            Operation::question(2, 7..=101),
            Operation::question(2, 2000..),
        ];
        let history = History::new(0, spread).unwrap();
        let compact = history.compact();
        assert_eq!(compact.precedence(), history.precedence());
        let instants: Vec<_> = compact
            .operations()
            .iter()
            .map(|op| (op.invoked, op.completed))
            .collect();
        assert_eq!(instants, [(0, Some(0)), (0, Some(0)), (1, None)]);
    }

    #[test]
    fn operations_come_in_any_order() {
        let at = |n: u64| Operation::write((n % 3) as Process, n, 10 * n..=10 * n + 5);
        let sorted = History::new(0, (0..30).map(at)).unwrap();
        let backwards = History::new(0, (0..30).rev().map(at)).unwrap();
        let huge = |op: Operation| Operation {
            process: u32::MAX - op.process,
            ..op
        };
        assert_eq!(sorted, backwards);
        assert!(
            sorted
                .operations()
                .is_sorted_by_key(|op| (op.process, op.invoked))
        );
        let huge = History::new(0, (0..30).map(at).map(huge)).unwrap();
        assert!(
            huge.operations()
                .is_sorted_by_key(|op| (op.process, op.invoked))
        );
    }

    #[test]
    fn ordinals_read_as_words() {
        let said: Vec<String> = [1, 10, 11, 21, 22, 112, 113]
            .into_iter()
            .map(ordinal)
            .collect();
        assert_eq!(
            said,
            ["first", "tenth", "11th", "21st", "22nd", "112th", "113th"]
        );
    }
}
