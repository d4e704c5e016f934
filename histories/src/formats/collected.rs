//! What a file tells, until the end of it is known.

use crate::{Builder, History, HistoryError, Initial, Operation, Process, Register, Value};

/// Collects the operations that a file tells of, and what it says of initial values.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) builder: Builder,
    /// How many registers have a name.
    names: Register,
    default: Option<Initial>,
    own_initial: Vec<Register>,
}

impl Collected {
    /// `given` goes before what the file says of all registers; `usual` holds where neither says anything.
    pub(super) fn new(given: Option<Initial>, usual: Initial) -> Self {
        let default = given.is_none().then(|| usual.clone());
        Self {
            builder: Builder::new(given.unwrap_or(usual)),
            names: 0,
            default,
            own_initial: Vec::new(),
        }
    }

    pub(super) fn register(&mut self, name: &str) -> Register {
        let register = self.builder.register(name);
        self.names = self.names.max(register);
        register
    }

    /// The names of the registers by their numbers; that of the one without a name is empty.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.builder.names().map(str::to_owned);
        std::iter::once(String::new()).chain(names).collect()
    }

    pub(super) fn push(&mut self, operation: Operation) {
        self.builder.push(operation);
    }

    /// Gives the processes from `provisional` on the numbers from `first` on.
    pub(super) fn renumber(&mut self, provisional: Process, first: Process) {
        for operation in self.builder.operations_mut() {
            if operation.process >= provisional {
                operation.process = operation.process - provisional + first;
            }
        }
    }

    /// Says what all registers hold at first of which nothing else is said.
    pub(super) fn set_initial(&mut self, value: Value) {
        if let Some(default) = &mut self.default {
            *default = Initial::Given(value);
        }
    }

    pub(super) fn set_initial_of(&mut self, register: Register, value: Value) {
        self.builder.set_initial(register, Initial::Given(value));
        self.own_initial.push(register);
    }

    pub(super) fn build(mut self) -> Result<History, HistoryError> {
        if let Some(default) = self.default {
            self.own_initial.sort_unstable();
            for register in 0..=self.names {
                if self.own_initial.binary_search(&register).is_err() {
                    self.builder.set_initial(register, default.clone());
                }
            }
        }
        self.builder.build()
    }
}
