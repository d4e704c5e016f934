//! How a configuration came about, so that its order of operations can be told.

use std::collections::HashSet;

/// What was put in order, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// A plain write, at the end.
    Write,
    /// Anything else, at the end.
    Last,
    /// Anything, just before the last plain write.
    InRetrospect,
    /// A compare-and-swap of unknown outcome found another value here: it stands here unless it swaps later.
    Perhaps { in_retrospect: bool },
}

/// The last word of a configuration is the number of the step that led to it; each step knows the one before.
pub(super) struct Trace {
    is_on: bool,
    steps: Vec<(u32, u32, Put)>,
}

const NONE: u32 = u32::MAX;

impl Trace {
    pub(super) fn on() -> Self {
        Self {
            is_on: true,
            steps: Vec::new(),
        }
    }

    pub(super) fn off() -> Self {
        Self {
            is_on: false,
            steps: Vec::new(),
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    pub(super) fn bytes(&self) -> usize {
        12 * self.steps.capacity()
    }

    pub(super) fn begin(&mut self, configuration: &mut [u64]) {
        self.steps.clear();
        if let Some(last) = configuration.last_mut().filter(|_| self.is_on) {
            *last = u64::from(NONE);
        }
    }

    /// An operation was put in order.
    pub(super) fn put(&mut self, configuration: &mut [u64], operation: u32, put: Put) {
        if !self.is_on {
            return;
        }
        if let Some(last) = configuration.last_mut() {
            self.steps.push((*last as u32, operation, put));
            *last = self.steps.len() as u64 - 1;
        }
    }

    /// The last step of a configuration.
    pub(super) fn end(&self, configuration: &[u64]) -> Option<u32> {
        let last = configuration.last().map(|&last| last as u32);
        last.filter(|_| self.is_on)
    }

    /// The operations in order, up to a step.
    pub(super) fn order(&self, end: u32) -> Vec<usize> {
        let mut steps = Vec::new();
        let mut at = end;
        while at != NONE {
            let (before, operation, put) = self.steps[at as usize];
            steps.push((operation, put));
            at = before;
        }
        let last: HashSet<u32> = steps
            .iter()
            .filter(|(_, put)| *put == Put::Last)
            .map(|&(operation, _)| operation)
            .collect();
        let mut order: Vec<usize> = Vec::new();
        // Where the last plain write stands.
        let mut write = 0;
        for &(operation, put) in steps.iter().rev() {
            let operation = operation as usize;
            match put {
                Put::Perhaps { .. } if last.contains(&(operation as u32)) => {}
                Put::Write => {
                    write = order.len();
                    order.push(operation);
                }
                Put::Last
                | Put::Perhaps {
                    in_retrospect: false,
                } => order.push(operation),
                Put::InRetrospect
                | Put::Perhaps {
                    in_retrospect: true,
                } => {
                    order.insert(write, operation);
                    write += 1;
                }
            }
        }
        order
    }
}
