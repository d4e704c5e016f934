//! Transactions, and the history that they make.

use serde::{Serialize, Serializer};

use crate::{Instant, Interval, Process, Register, Value};

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It took effect.
    Committed,
    /// It never did.
    Aborted,
    /// Its client does not know.
    Unknown,
}

/// What a transaction did to one register.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// It read this value; `None` if what it read is not known.
    Read(Register, Option<Value>),
    /// It wrote this value.
    Write(Register, Value),
}

impl Access {
    /// The register.
    pub fn register(&self) -> Register {
        match self {
            Self::Read(register, _) | Self::Write(register, _) => *register,
        }
    }
}

/// Reads and writes of one process, in this order, that are to take effect together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Transaction {
    /// Who.
    pub process: Process,
    /// What. Of a transaction of unknown outcome only the writes count: nobody was told what it read.
    pub accesses: Vec<Access>,
    /// What became of it.
    pub outcome: Outcome,
    /// When it began and ended. The end of a transaction of unknown outcome says nothing: it may commit later.
    pub interval: Interval,
}

impl Transaction {
    /// One that committed.
    pub fn committed(
        process: Process,
        accesses: impl Into<Vec<Access>>,
        interval: impl Into<Interval>,
    ) -> Self {
        Self {
            process,
            accesses: accesses.into(),
            outcome: Outcome::Committed,
            interval: interval.into(),
        }
    }

    /// Whether it had ended, for all to see, before another began.
    pub fn precedes(&self, other: &Self) -> bool {
        let ended = self.interval.completed;
        self.outcome == Outcome::Committed && ended.is_some_and(|it| it < other.interval.invoked)
    }
}

/// What clients did to registers in transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transactions {
    all: Vec<Transaction>,
    names: Vec<String>,
    initial: Value,
}

/// Transactions that make no history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionsError {
    /// A transaction that ends before it begins.
    #[error(
        "a transaction of process {process} ends at {completed}, before it begins at {invoked}"
    )]
    Backwards {
        /// Whose.
        process: Process,
        /// When it begins.
        invoked: Instant,
        /// When it ends.
        completed: Instant,
    },
    /// Two transactions of one process at once.
    #[error(
        "process {process} begins a transaction at {invoked} while the one that it began at {running} has not ended: one \
         process does one thing at a time"
    )]
    Overlap {
        /// Whose.
        process: Process,
        /// When the first one began.
        running: Instant,
        /// When the second one began.
        invoked: Instant,
    },
}

impl Transactions {
    /// Registers have the numbers of their names, and all of them hold `initial` at first. Transactions are put into the
    /// order in which they began.
    ///
    /// # Errors
    ///
    /// If one ends before it begins, or two of a process overlap.
    ///
    /// # Panics
    ///
    /// If a register has no name.
    pub fn new(
        initial: impl Into<Value>,
        names: Vec<String>,
        mut all: Vec<Transaction>,
    ) -> Result<Self, TransactionsError> {
        all.sort_by_key(|it| (it.interval.invoked, it.process));
        let mut last: std::collections::BTreeMap<Process, Interval> = Default::default();
        for transaction in &all {
            let accesses = transaction.accesses.iter();
            assert!(
                accesses.fold(0, |most, it| most.max(it.register() as usize + 1)) <= names.len(),
                "each register has a name"
            );
            let Interval { invoked, completed } = transaction.interval;
            let process = transaction.process;
            if let Some(completed) = completed.filter(|&completed| completed < invoked) {
                return Err(TransactionsError::Backwards {
                    process,
                    invoked,
                    completed,
                });
            }
            if let Some(before) = last.insert(process, transaction.interval)
                && before.completed.is_none_or(|completed| completed > invoked)
            {
                return Err(TransactionsError::Overlap {
                    process,
                    running: before.invoked,
                    invoked,
                });
            }
        }
        Ok(Self {
            all,
            names,
            initial: initial.into(),
        })
    }

    /// All of them, in the order in which they began.
    pub fn all(&self) -> &[Transaction] {
        &self.all
    }

    /// What every register holds at first.
    pub fn initial(&self) -> &Value {
        &self.initial
    }

    /// The names of the registers, by their numbers.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of a register.
    pub fn name_of(&self, register: Register) -> &str {
        &self.names[register as usize]
    }

    /// What a transaction did, as `r x=1  w y=2`.
    pub fn describe(&self, at: usize) -> String {
        let access = |access: &Access| {
            let name = self.name_of(access.register());
            match access {
                Access::Read(_, Some(value)) => format!("r {name}={value}"),
                Access::Read(_, None) => format!("r {name}"),
                Access::Write(_, value) => format!("w {name}={value}"),
            }
        };
        let all: Vec<String> = self.all[at].accesses.iter().map(access).collect();
        all.join("  ")
    }
}

impl Serialize for Access {
    /// `["r", 0, 1]`, with the number of the register.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Read(register, value) => ("r", register, value).serialize(serializer),
            Self::Write(register, value) => ("w", register, value).serialize(serializer),
        }
    }
}
