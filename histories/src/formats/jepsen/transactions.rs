//! From events to transactions: what `:txn` says, where several reads and writes take effect together.

use std::collections::HashMap;
use std::io::Read;

use super::collect::notes;
use super::{Event, Events, Kind, Verb, not_of_a_register, unexpected, unexpected_form, value};
use crate::formats::edn::{self, Form, Scanner, Stop};
use crate::formats::window::Window;
use crate::formats::{Flaw, Note, Options, Problem, ReadError};
use crate::transactions::{Access, Outcome, Transaction, Transactions};
use crate::{Action, Initial, Instant, Interval, Process, Value};

/// The transactions so far.
#[derive(Debug, Default)]
pub(super) struct Transacted {
    /// What each process is at, and whether it has done something before.
    clients: HashMap<Process, Option<Transaction>>,
    all: Vec<Transaction>,
}

impl Events {
    /// Collects transactions in place of operations.
    pub(in crate::formats) fn of_transactions(options: &Options) -> Self {
        let mut events = Self::new(options);
        events.transactions = Some(Transacted::default());
        events
    }

    /// Takes the next event of a transaction.
    pub(super) fn transact(
        &mut self,
        event: &Event<'_>,
        (process, at): (Process, usize),
        kind: Kind,
        verb: Verb,
        now: Instant,
    ) -> Result<(), Flaw> {
        let invokes = kind == Kind::Invoke;
        let says = invokes || kind == Kind::Ok && event.value.is_some();
        let accesses = match says {
            true => Some(self.accesses(event, verb, kind)?),
            false => None,
        };
        let Some(Transacted { clients, all }) = &mut self.transactions else {
            return Ok(());
        };
        let flaw = |problem| Flaw::of(":process", at, problem);
        if invokes {
            let outcome = Outcome::Unknown;
            let accesses = accesses.unwrap_or_default();
            let interval = Interval {
                invoked: now,
                completed: None,
            };
            let transaction = Transaction {
                process,
                accesses,
                outcome,
                interval,
            };
            return match clients.insert(process, Some(transaction)) {
                Some(Some(_)) => Err(flaw(Problem::StillRunning(process))),
                _ => Ok(()),
            };
        }
        let mut transaction = match clients.insert(process, None) {
            Some(Some(running)) => running,
            Some(None) => return Err(flaw(Problem::CompletedTwice(process))),
            None => return Err(flaw(Problem::NotInvoked(process))),
        };
        transaction.interval.completed = Some(now);
        match kind {
            Kind::Ok => {
                let completed = accesses.unwrap_or_else(|| transaction.accesses.clone());
                if !is_same(&transaction.accesses, &completed) {
                    let problem = Problem::Otherwise {
                        process,
                        invoked: "a transaction of other reads and writes".to_owned(),
                        completed: "this one".to_owned(),
                    };
                    return Err(Flaw::of(
                        ":value",
                        event.value.map_or(at, |it| it.1),
                        problem,
                    ));
                }
                transaction.accesses = completed;
                transaction.outcome = Outcome::Committed;
            }
            Kind::Fail => transaction.outcome = Outcome::Aborted,
            Kind::Info | Kind::Invoke => {}
        }
        all.push(transaction);
        Ok(())
    }

    /// What a transaction does. An invocation does not say yet what is read.
    fn accesses(&mut self, event: &Event<'_>, verb: Verb, kind: Kind) -> Result<Vec<Access>, Flaw> {
        let invokes = kind == Kind::Invoke;
        if verb != Verb::Transaction {
            let (register, action) = self.action(event, verb, invokes)?;
            return match action {
                Action::Read(value) => Ok(vec![Access::Read(register, value)]),
                Action::Write(value) => Ok(vec![Access::Write(register, value)]),
                Action::CompareAndSwap { .. } => {
                    let at = event.verb.map_or(event.at, |it| it.1);
                    let found = format!("`{}`", verb.name());
                    let wanted = "`:txn`, `:read` or `:write` among transactions";
                    Err(Flaw::of(":f", at, Problem::Unexpected { found, wanted }))
                }
            };
        }
        let wanted = "what the transaction does, as `[[:r x nil] [:w y 2]]`";
        let (form, at) = event
            .value
            .ok_or_else(|| Flaw::of(":value", event.at, Problem::Missing(wanted)))?;
        let Form::Other(text) = form else {
            return Err(unexpected_form(at, form, wanted));
        };
        let told = |stop| match stop {
            Stop::More => unexpected_form(at, form, wanted),
            Stop::Flaw(flaw) => Flaw {
                at: at + flaw.at,
                field: Some(":value"),
                ..*flaw
            },
        };
        let mut accesses = Vec::new();
        let mut scanner = Scanner::new(text, true);
        scanner.at += 1;
        while !matches!(scanner.blank().map_err(told)?, b']' | b')') {
            if !matches!(scanner.blank().map_err(told)?, b'[' | b'(') {
                return Err(unexpected_form(at, form, wanted));
            }
            scanner.at += 1;
            let mut next = || scanner.atom().map_err(told);
            let (does, key, atom) = (next()?, next()?, next()?);
            if !matches!(scanner.blank().map_err(told)?, b']' | b')') {
                return Err(unexpected_form(at, form, wanted));
            }
            scanner.at += 1;
            let register = self.register(key, at)?;
            accesses.push(match edn::verb(does) {
                Some(Verb::Read) if invokes => Access::Read(register, None),
                Some(Verb::Read) => Access::Read(register, Some(value(atom, at)?)),
                Some(Verb::Write) => Access::Write(register, value(atom, at)?),
                Some(_) => return Err(unexpected(":value", at, does, "`:r` or `:w`")),
                None => return Err(Flaw::of(":value", at, not_of_a_register(does))),
            });
        }
        Ok(accesses)
    }

    /// The transactions, at the end of the input.
    pub(in crate::formats) fn finish_transactions<R: Read>(
        mut self,
        window: &Window<R>,
        initial: Option<&Initial>,
    ) -> Result<(Transactions, Vec<Note>), ReadError> {
        self.locate(window);
        let Transacted { clients, mut all } = self.transactions.take().unwrap_or_default();
        all.extend(clients.into_values().flatten());
        if all.is_empty() {
            return Err(window.error(Flaw::at(0, Problem::Empty)));
        }
        renumbered(&mut all);
        let notes = notes(self.backwards, false, self.names, self.faults);
        let initial = match initial {
            Some(Initial::Given(value)) => value.clone(),
            _ => Value::nil(),
        };
        let transactions = Transactions::new(initial, self.collected.names(), all);
        transactions
            .map(|it| (it, notes))
            .map_err(|error| window.error(Flaw::at(0, Problem::Transactions(error))))
    }
}

/// A process that goes on after an outcome that it does not know is another one from then on.
fn renumbered(all: &mut [Transaction]) {
    all.sort_unstable_by_key(|it| (it.process, it.interval.invoked));
    let mut next = all.iter().map(|it| it.process).max().unwrap_or(0) + 1;
    for own in all.chunk_by_mut(|one, other| one.process == other.process) {
        let mut number = own[0].process;
        for transaction in own {
            transaction.process = number;
            if transaction.outcome == Outcome::Unknown {
                number = next;
                next += 1;
            }
        }
    }
}

/// Whether the same is read and written.
fn is_same(one: &[Access], other: &[Access]) -> bool {
    let is_same = |(one, other): (&Access, &Access)| match (one, other) {
        (Access::Read(one, _), Access::Read(other, _)) => one == other,
        (one, other) => one == other,
    };
    one.len() == other.len() && one.iter().zip(other).all(is_same)
}
