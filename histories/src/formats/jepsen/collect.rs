//! From events to operations.

use std::collections::HashMap;
use std::io::Read;

use super::transactions::Transacted;
use super::{
    Event, Kind, Verb, form_shown, is_decimal, not_of_a_register, unexpected, unexpected_form,
    value, verb_of,
};
use crate::formats::edn::{self, Atom, Form};
use crate::formats::names::Names;
use crate::formats::places::Sought;
use crate::formats::window::Window;
use crate::formats::{Collected, FailedSwaps, Flaw, Note, Noted, Options, Problem, ReadError};
use crate::{Action, Initial, Instant, Operation, Process, Register};

/// What a client is doing.
#[derive(Debug)]
enum Client {
    /// Nothing yet.
    New,
    /// Nothing: its last operation completed.
    Idle,
    Running(Running),
}

#[derive(Debug)]
struct Running {
    register: Register,
    action: Action,
    invoked: Instant,
}

#[derive(Debug)]
struct Slot {
    client: Client,
    /// The number that stands for this process in the history.
    process: Process,
    /// What it has done under this number, in order.
    operations: Vec<Operation>,
}

/// Numbers from here on stand for processes that were given a new number, until all others are known.
const RENUMBERED: Process = 1 << 31;

/// Numbers of processes up to here are looked up in an array.
const SMALL: usize = 1 << 16;

/// Collects operations from events in the order of real time.
#[derive(Debug)]
pub(in crate::formats) struct Events {
    pub(super) collected: Collected,
    small: Vec<Slot>,
    large: HashMap<Process, Slot>,
    /// What those have done who were given a new number, under the number before.
    renamed: Vec<(Process, Vec<Operation>)>,
    /// The registers whose key is a small number.
    pub(super) numbered: Vec<Option<Register>>,
    pub(super) events: Instant,
    time: u64,
    highest: Process,
    renumbered: Process,
    failed_swaps: FailedSwaps,
    pub(super) names: Names,
    pub(super) backwards: Option<Backwards>,
    pub(super) versions: bool,
    /// What the nemesis did, and which event came next.
    pub(super) faults: Vec<(Instant, String)>,
    /// The transactions, where it is these that are asked for.
    pub(super) transactions: Option<Transacted>,
    /// Whether the last event was an invocation.
    invoked: bool,
    /// Whether the next one is at the same instant.
    together: bool,
}

/// Where the time runs backwards: first at this line, by so much at most, and so many times.
#[derive(Debug)]
pub(super) struct Backwards {
    /// The line, or how far from the front of the window it is until this is known.
    line: Result<usize, usize>,
    most: u64,
    times: u64,
}

impl Events {
    pub(in crate::formats) fn new(options: &Options) -> Self {
        Self {
            collected: Collected::new(options.initial.clone(), Initial::Absent),
            failed_swaps: options.failed_swaps,
            names: Names::default(),
            backwards: None,
            versions: false,
            faults: Vec::new(),
            transactions: None,
            invoked: false,
            together: false,
            small: Vec::new(),
            large: HashMap::new(),
            renamed: Vec::new(),
            numbered: Vec::new(),
            events: 0,
            time: 0,
            highest: 0,
            renumbered: 0,
        }
    }

    /// Takes the next event.
    pub(in crate::formats) fn take(
        &mut self,
        event: &Event<'_>,
        sought: &mut Sought,
    ) -> Result<(), Flaw> {
        let missing = |field, what| Flaw::of(field, event.at, Problem::Missing(what));
        let (process, process_at) = event
            .process
            .ok_or_else(|| missing(":process", "`:process 1`, or `:process :nemesis`"))?;
        let process = match process {
            Atom::Number(number) if number < u64::from(RENUMBERED) => {
                self.names.number().map(|()| number as Process)
            }
            // The nemesis is none of the clients.
            Atom::Text(b"nemesis") => return self.aside(event),
            Atom::Text(name) => self.names.named(&String::from_utf8_lossy(name)),
            Atom::Escaped(name) if let Some(name) = edn::unescaped(name) => self.names.named(&name),
            other => {
                let wanted = "a whole number below 2^31, a name, or `:nemesis`";
                return Err(unexpected(":process", process_at, other, wanted));
            }
        };
        let process = process.map_err(|problem| Flaw::of(":process", process_at, problem))?;
        let (kind, at) = event
            .kind
            .ok_or_else(|| missing(":type", "`:type :invoke`, `:ok`, `:fail` or `:info`"))?;
        let kind = edn::kind(kind)
            .ok_or_else(|| unexpected(":type", at, kind, "`:invoke`, `:ok`, `:fail` or `:info`"))?;
        let (verb, verb_at) = event
            .verb
            .ok_or_else(|| missing(":f", "`:f :read`, `:write` or `:cas`"))?;
        let verb =
            edn::verb(verb).ok_or_else(|| Flaw::of(":f", verb_at, not_of_a_register(verb)))?;
        if let Some((time, at)) = event.time {
            self.time(time, at)?;
        }
        let is_invocation = kind == Kind::Invoke;
        let is_together = event.together || self.together;
        self.together = false;
        if is_together && is_invocation && self.invoked {
            self.events -= 1;
        }
        self.invoked = is_invocation;
        let now = self.events;
        sought.meet(now, event.at, event.time.map(|_| self.time));
        self.events += 1;
        self.highest = self.highest.max(process);
        if self.transactions.is_some() {
            return self.transact(event, (process, process_at), kind, verb, now);
        }
        match kind {
            Kind::Invoke => self.invoke(event, process, verb, now, process_at),
            _ => self.complete(event, process, kind, verb, now, process_at),
        }
    }

    fn time(&mut self, time: Atom<'_>, at: usize) -> Result<(), Flaw> {
        let time = match time {
            Atom::Number(time) => time,
            Atom::Nil => return Ok(()),
            // It is in a unit of its own, or from before the clock began.
            Atom::Other(text) if is_decimal(text) => return Ok(()),
            other => {
                return Err(unexpected(":time", at, other, "a number"));
            }
        };
        if time < self.time {
            let by = self.time - time;
            let known = self.backwards.get_or_insert(Backwards {
                line: Err(at),
                most: by,
                times: 0,
            });
            known.most = known.most.max(by);
            known.times += 1;
        }
        self.time = time;
        Ok(())
    }

    /// The window is about to move.
    pub(in crate::formats) fn locate<R: Read>(&mut self, window: &Window<R>) {
        if let Some(Backwards { line, .. }) = &mut self.backwards
            && let Err(at) = *line
        {
            *line = Ok(window.line_at(at));
        }
    }

    /// An event of another process than a client: only our own, that give an initial value, or say
    /// that the next invocation is at the instant of the one before, say something.
    fn aside(&mut self, event: &Event<'_>) -> Result<(), Flaw> {
        if let Some((Atom::Text(b"together"), _)) = event.verb {
            self.together = true;
            return Ok(());
        }
        let is_initial = matches!(event.verb, Some((Atom::Text(b"initial"), _)));
        if let Some((Atom::Text(what), _)) = event.verb
            && !is_initial
        {
            self.faults
                .push((self.events, String::from_utf8_lossy(what).into_owned()));
        }
        let Some((form, at)) = event.value.filter(|_| is_initial) else {
            return Ok(());
        };
        match form {
            Form::Pair(key, atom) => {
                let value = value(atom, at)?;
                let register = self.register(key, at)?;
                self.collected.set_initial_of(register, value);
            }
            Form::Atom(atom) => self.collected.set_initial(value(atom, at)?),
            other => return Err(unexpected_form(at, other, "a value, or `[key value]`")),
        }
        Ok(())
    }

    fn slot(&mut self, process: Process) -> &mut Slot {
        let new = |process| Slot {
            client: Client::New,
            process,
            operations: Vec::new(),
        };
        let at = process as usize;
        if at >= SMALL {
            return self.large.entry(process).or_insert_with(|| new(process));
        }
        if at >= self.small.len() {
            let next = self.small.len() as Process;
            self.small.extend((next..=process).map(new));
        }
        &mut self.small[at]
    }

    fn invoke(
        &mut self,
        event: &Event<'_>,
        process: Process,
        verb: Verb,
        invoked: Instant,
        at: usize,
    ) -> Result<(), Flaw> {
        if let Client::Running(_) = self.slot(process).client {
            let problem = Problem::StillRunning(process);
            return Err(Flaw::of(":process", at, problem));
        }
        let (register, action) = self.action(event, verb, true)?;
        self.slot(process).client = Client::Running(Running {
            register,
            action,
            invoked,
        });
        Ok(())
    }

    fn complete(
        &mut self,
        event: &Event<'_>,
        process: Process,
        kind: Kind,
        verb: Verb,
        completed: Instant,
        at: usize,
    ) -> Result<(), Flaw> {
        let slot = self.slot(process);
        let number = slot.process;
        let running = match std::mem::replace(&mut slot.client, Client::Idle) {
            Client::Running(running) => running,
            Client::Idle => {
                return Err(Flaw::of(":process", at, Problem::CompletedTwice(process)));
            }
            Client::New => return Err(Flaw::of(":process", at, Problem::NotInvoked(process))),
        };
        let Running {
            register,
            action: invoked_action,
            invoked,
        } = running;
        let is_mutex = matches!(verb, Verb::Acquire | Verb::Release);
        let does = match verb {
            Verb::Acquire | Verb::Release => Verb::CompareAndSwap,
            Verb::Transaction => verb_of(&invoked_action),
            verb => verb,
        };
        if verb_of(&invoked_action) != does {
            let problem = Problem::Otherwise {
                process,
                invoked: format!("a {}", verb_of(&invoked_action).name()),
                completed: format!("a {}", verb.name()),
            };
            return Err(Flaw::of(
                ":f",
                event.verb.map_or(at, |verb| verb.1),
                problem,
            ));
        }
        let operation = |action| Operation {
            process: number,
            register,
            action,
            invoked,
            completed: Some(completed),
        };
        let is_read = does == Verb::Read;
        match kind {
            Kind::Ok => {
                let mut action = invoked_action;
                // The completion of a write may leave out what the invocation said.
                if is_read || is_mutex || event.value.is_some() {
                    let (same_register, told) = self.action(event, verb, false)?;
                    if same_register != register || !is_read && told != action {
                        let problem = Problem::Otherwise {
                            process,
                            invoked: "one with another value or key".to_owned(),
                            completed: form_shown(event.value),
                        };
                        return Err(Flaw::of(
                            ":value",
                            event.value.map_or(at, |value| value.1),
                            problem,
                        ));
                    }
                    action = told;
                }
                if let Action::CompareAndSwap { swapped, .. } = &mut action {
                    *swapped = Some(true);
                }
                self.slot(process).operations.push(operation(action));
            }
            Kind::Fail | Kind::Info if is_read => {}
            Kind::Fail => {
                let mut action = invoked_action;
                let is_told = matches!(event.swapped, Some((Atom::Text(b"false"), _)));
                let found_another = self.failed_swaps == FailedSwaps::FoundAnother;
                match &mut action {
                    Action::CompareAndSwap { swapped, .. } if is_told || found_another => {
                        *swapped = Some(false);
                        self.slot(process).operations.push(operation(action));
                    }
                    _ => self.collected.builder.push_failed(operation(action)),
                }
            }
            Kind::Info | Kind::Invoke => {
                let is_told = matches!(event.swapped, Some((Atom::Nil, _)));
                let is_known = does == Verb::CompareAndSwap && is_told;
                let completed = is_known.then_some(completed);
                let operation = Operation {
                    completed,
                    ..operation(invoked_action)
                };
                // A pending operation is the last of its process.
                let next = RENUMBERED + self.renumbered;
                let slot = self.slot(process);
                slot.operations.push(operation);
                if !is_known {
                    slot.process = next;
                    let before = std::mem::take(&mut slot.operations);
                    self.renumbered += 1;
                    self.renamed.push((number, before));
                }
            }
        }
        Ok(())
    }

    /// The history, at the end of the input.
    pub(in crate::formats) fn finish<R: Read>(
        mut self,
        window: &Window<R>,
    ) -> Result<Noted, ReadError> {
        self.locate(window);
        if self.events == 0 {
            return Err(window.error(Flaw::at(0, Problem::Empty)));
        }
        let slots = self.small.into_iter().chain(self.large.into_values());
        let mut all = self.renamed;
        for mut slot in slots {
            if let Client::Running(running) = slot.client {
                slot.operations.push(Operation {
                    process: slot.process,
                    register: running.register,
                    action: running.action,
                    invoked: running.invoked,
                    completed: None,
                });
            }
            all.push((slot.process, slot.operations));
        }
        // Process by process, which is the order that a history has.
        all.sort_unstable_by_key(|(process, _)| *process);
        let total = all.iter().map(|(_, operations)| operations.len()).sum();
        self.collected.builder.reserve(total);
        for operation in all.into_iter().flat_map(|(_, operations)| operations) {
            self.collected.push(operation);
        }
        if self.renumbered > 0 {
            self.collected.renumber(RENUMBERED, self.highest + 1);
        }
        let notes = notes(self.backwards, self.versions, self.names, self.faults);
        Ok((self.collected.build()?, notes))
    }
}

/// What should be known of how events were read.
pub(super) fn notes(
    backwards: Option<Backwards>,
    versions: bool,
    names: Names,
    faults: Vec<(Instant, String)>,
) -> Vec<Note> {
    let mut faults = faults;
    // Its events come in pairs: that something is done, and what came of it.
    faults.dedup_by(|one, before| one.1 == before.1);
    let mut notes = Vec::new();
    if let Some(Backwards {
        line: Ok(line),
        most,
        times,
    }) = backwards
    {
        notes.push(Note::Backwards { line, most, times });
    }
    if versions {
        notes.push(Note::Versions);
    }
    notes.extend(names.note());
    if !faults.is_empty() {
        notes.push(Note::Nemesis { faults });
    }
    notes
}
