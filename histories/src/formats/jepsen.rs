//! From events to operations and back: what the two formats of Jepsen share.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Read};

use serde::{Serialize, Serializer};

use super::edn::{self, Atom, Form};
use super::names::Names;
use super::places::Sought;
use super::window::Window;
use super::{
    Collected, FailedSwaps, Flaw, Format, Note, Noted, Options, Problem, ReadError, WriteError,
    shown,
};
use crate::{Action, History, Initial, Instant, Operation, Process, Register, Value};

/// An event as it stands in the file, each field with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'a> {
    pub(super) at: usize,
    pub(super) kind: Option<(Atom<'a>, usize)>,
    pub(super) verb: Option<(Atom<'a>, usize)>,
    pub(super) value: Option<(Form<'a>, usize)>,
    pub(super) process: Option<(Atom<'a>, usize)>,
    pub(super) time: Option<(Atom<'a>, usize)>,
    pub(super) swapped: Option<(Atom<'a>, usize)>,
    pub(super) key: Option<(Atom<'a>, usize)>,
    /// An invocation at the instant of the one before.
    pub(super) together: bool,
}

impl Event<'_> {
    /// One without fields yet.
    pub(super) fn at(at: usize) -> Self {
        Self {
            at,
            kind: None,
            verb: None,
            value: None,
            process: None,
            time: None,
            swapped: None,
            key: None,
            together: false,
        }
    }
}

/// `:type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Invoke,
    Ok,
    Fail,
    Info,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invoke => "invoke",
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Info => "info",
        }
    }
}

/// `:f`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Read,
    Write,
    CompareAndSwap,
    /// Of a mutex: a swap from nil to [`HELD`], and back.
    Acquire,
    Release,
    /// One that does a single thing.
    Transaction,
    /// What the registers hold at first: our own, said by the nemesis.
    Initial,
}

impl Verb {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::CompareAndSwap => "cas",
            Self::Acquire => "acquire",
            Self::Release => "release",
            Self::Transaction => "txn",
            Self::Initial => "initial",
        }
    }
}

/// What a mutex holds while somebody has it.
const HELD: &str = "held";

/// What is said of a compare-and-swap beyond its `:type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    Said,
    NotSwapped,
    Unknown,
}

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

/// Numbers of processes and of registers up to here are looked up in an array.
const SMALL: usize = 1 << 16;

/// Collects operations from events in the order of real time.
#[derive(Debug)]
pub(super) struct Events {
    collected: Collected,
    small: Vec<Slot>,
    large: HashMap<Process, Slot>,
    /// What those have done who were given a new number, under the number before.
    renamed: Vec<(Process, Vec<Operation>)>,
    /// The registers whose key is a small number.
    numbered: Vec<Option<Register>>,
    events: Instant,
    time: u64,
    highest: Process,
    renumbered: Process,
    failed_swaps: FailedSwaps,
    names: Names,
    backwards: Option<Backwards>,
    versions: bool,
    /// Whether the last event was an invocation.
    invoked: bool,
    /// Whether the next one is at the same instant.
    together: bool,
}

/// Where the time runs backwards: first at this line, by so much at most, and so many times.
#[derive(Debug)]
struct Backwards {
    /// The line, or how far from the front of the window it is until this is known.
    line: Result<usize, usize>,
    most: u64,
    times: u64,
}

impl Events {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            collected: Collected::new(options.initial.clone(), Initial::Absent),
            failed_swaps: options.failed_swaps,
            names: Names::default(),
            backwards: None,
            versions: false,
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
    pub(super) fn take(&mut self, event: &Event<'_>, sought: &mut Sought) -> Result<(), Flaw> {
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
    pub(super) fn locate<R: Read>(&mut self, window: &Window<R>) {
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

    fn register(&mut self, key: Atom<'_>, at: usize) -> Result<Register, Flaw> {
        let wanted = "a key that is a number, a string, a keyword or a symbol";
        let refused = || unexpected(":value", at, key, wanted);
        let text = match key {
            Atom::Number(number) => {
                let small = number as usize;
                if small < SMALL {
                    if small >= self.numbered.len() {
                        self.numbered.resize(small + 1, None);
                    }
                    if let Some(register) = self.numbered[small] {
                        return Ok(register);
                    }
                }
                let register = self.collected.register(&number.to_string());
                if small < SMALL {
                    self.numbered[small] = Some(register);
                }
                return Ok(register);
            }
            Atom::Text(text) => std::str::from_utf8(text).map_err(|_| refused())?,
            Atom::Escaped(text) => {
                let text = edn::unescaped(text).ok_or_else(refused)?;
                return Ok(self.collected.register(&text));
            }
            Atom::Nil | Atom::Other(_) => return Err(refused()),
        };
        if text.is_empty() {
            return Err(refused());
        }
        Ok(self.collected.register(text))
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

    /// What an event does. `invokes`: a read says then only its key.
    fn action(
        &mut self,
        event: &Event<'_>,
        verb: Verb,
        invokes: bool,
    ) -> Result<(Register, Action), Flaw> {
        let keyed = match event.key {
            Some((key, at)) => Some(self.register(key, at)?),
            None => None,
        };
        if let Verb::Acquire | Verb::Release = verb {
            let (free, held) = (Value::nil(), Value::text(HELD));
            let (expected, new) = match verb {
                Verb::Acquire => (free, held),
                _ => (held, free),
            };
            let register = match (keyed, event.value) {
                (Some(register), _) => register,
                (None, Some((Form::Pair(key, _), at))) => self.register(key, at)?,
                (None, _) => 0,
            };
            let swapped = None;
            return Ok((
                register,
                Action::CompareAndSwap {
                    expected,
                    new,
                    swapped,
                },
            ));
        }
        let (form, at) = match (event.value, verb) {
            (Some(value), _) => value,
            (None, Verb::Read) if invokes => (Form::Atom(Atom::Nil), event.at),
            (None, _) => {
                let what = "`:value 1`, `:value nil`, or `:value [1 2]` for a `:cas`";
                return Err(Flaw::of(":value", event.at, Problem::Missing(what)));
            }
        };
        if verb == Verb::CompareAndSwap {
            let (register, expected, new) = match form {
                Form::Pair(expected, new) => (keyed.unwrap_or(0), expected, new),
                Form::KeyedPair(key, _, Atom::Other(pair))
                    if let Some((expected, new)) = edn::two(pair) =>
                {
                    self.versions = true;
                    (self.register(key, at)?, expected, new)
                }
                Form::KeyedPair(key, expected, new) => (self.register(key, at)?, expected, new),
                other => {
                    return Err(unexpected_form(
                        at,
                        other,
                        "`[expected new]`, or `[key [expected new]]`",
                    ));
                }
            };
            let (expected, new) = (value(expected, at)?, value(new, at)?);
            let swapped = None;
            return Ok((
                register,
                Action::CompareAndSwap {
                    expected,
                    new,
                    swapped,
                },
            ));
        }
        let (register, atom, verb) = match form {
            Form::Other(text) if verb == Verb::Transaction => {
                let (does, key, atom) = edn::only(text).ok_or_else(|| {
                    Flaw::of(
                        ":value",
                        at,
                        Problem::NotOfARegister {
                            found: shown(text),
                            advice: TRANSACTIONS,
                        },
                    )
                })?;
                let does = match edn::verb(does) {
                    Some(does @ (Verb::Read | Verb::Write)) => does,
                    _ => {
                        let problem = Problem::NotOfARegister {
                            found: shown(text),
                            advice: TRANSACTIONS,
                        };
                        return Err(Flaw::of(":value", at, problem));
                    }
                };
                (self.register(key, at)?, atom, does)
            }
            other if verb == Verb::Transaction => {
                return Err(unexpected_form(
                    at,
                    other,
                    "`[[:r key nil]]` or `[[:w key value]]`",
                ));
            }
            Form::Atom(atom) => (keyed.unwrap_or(0), atom, verb),
            Form::Pair(key, atom) => (self.register(key, at)?, atom, verb),
            Form::KeyedPair(key, _, atom) => {
                self.versions = true;
                (self.register(key, at)?, atom, verb)
            }
            other @ Form::Other(_) => return Err(unexpected_form(at, other, VALUE)),
        };
        let action = match verb {
            Verb::Write => Action::Write(value(atom, at)?),
            _ if invokes => Action::Read(None),
            _ => Action::Read(Some(value(atom, at)?)),
        };
        Ok((register, action))
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
    pub(super) fn finish<R: Read>(mut self, window: &Window<R>) -> Result<Noted, ReadError> {
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
        let mut notes = Vec::new();
        if let Some(Backwards {
            line: Ok(line),
            most,
            times,
        }) = self.backwards
        {
            notes.push(Note::Backwards { line, most, times });
        }
        if self.versions {
            notes.push(Note::Versions);
        }
        notes.extend(self.names.note());
        Ok((self.collected.build()?, notes))
    }
}

const VALUE: &str = "a value: nil, a number, a string or a keyword, `\"0|1\"` where the words differ, or `[key value]`";

/// Where transactions of more than one operation are judged.
const TRANSACTIONS: &str = "a transaction of several operations is none of a register: Elle (rw-register, list-append) judges those";

/// What is done is nothing that a register does; and who judges that.
fn not_of_a_register(verb: Atom<'_>) -> Problem {
    let Atom::Text(name) = verb else {
        let found = atom_shown(verb);
        return Problem::Unexpected {
            found,
            wanted: "`:read`, `:write` or `:cas`",
        };
    };
    let advice = match name {
        b"append" => {
            "appending to lists is judged by Elle (list-append), and to strings by Porcupine's model of a key-value store"
        }
        b"add" | b"remove" | b"increment" | b"inc" | b"dec" | b"decrement" => {
            "sets and counters are judged by Jepsen's own checkers (set-full, counter)"
        }
        b"enqueue" | b"dequeue" | b"drain" | b"push" | b"pop" | b"send" | b"poll"
        | b"subscribe" => {
            "queues, stacks and logs are judged by Jepsen's checkers (total-queue, kafka) and by Knossos"
        }
        b"transfer" => "transfers are judged by Jepsen's checker of banks",
        _ => {
            "what a register does is `:read` or `:get`, `:write` or `:put`, `:cas`, and of a mutex `:acquire` and `:release`"
        }
    };
    Problem::NotOfARegister {
        found: shown(name),
        advice,
    }
}

fn is_decimal(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).unwrap_or_default();
    text.trim_end_matches(['N', 'M']).parse::<f64>().is_ok()
}

fn verb_of(action: &Action) -> Verb {
    match action {
        Action::Read(_) => Verb::Read,
        Action::Write(_) => Verb::Write,
        Action::CompareAndSwap { .. } => Verb::CompareAndSwap,
    }
}

fn value(atom: Atom<'_>, at: usize) -> Result<Value, Flaw> {
    match atom {
        Atom::Number(word) => Ok(Value::from(word)),
        Atom::Nil => Ok(Value::nil()),
        Atom::Text(text) => Ok(Value::text(&String::from_utf8_lossy(text))),
        Atom::Other(text) if is_decimal(text) => Ok(Value::text(&String::from_utf8_lossy(text))),
        Atom::Escaped(text) if let Some(text) = edn::unescaped(text) => Ok(Value::text(&text)),
        other => Err(unexpected(":value", at, other, VALUE)),
    }
}

fn atom_shown(atom: Atom<'_>) -> String {
    match atom {
        Atom::Nil => "`nil`".to_owned(),
        Atom::Number(number) => format!("`{number}`"),
        Atom::Text(text) | Atom::Escaped(text) | Atom::Other(text) => shown(text),
    }
}

fn form_shown(form: Option<(Form<'_>, usize)>) -> String {
    match form.map(|form| form.0) {
        None => "nothing".to_owned(),
        Some(Form::Atom(atom)) => atom_shown(atom),
        Some(Form::Pair(..)) => "a pair".to_owned(),
        Some(Form::KeyedPair(..)) => "a pair with a key".to_owned(),
        Some(Form::Other(text)) => shown(text),
    }
}

fn unexpected(field: &'static str, at: usize, atom: Atom<'_>, wanted: &'static str) -> Flaw {
    let found = atom_shown(atom);
    Flaw::of(field, at, Problem::Unexpected { found, wanted })
}

fn unexpected_form(at: usize, form: Form<'_>, wanted: &'static str) -> Flaw {
    let found = form_shown(Some((form, at)));
    Flaw::of(":value", at, Problem::Unexpected { found, wanted })
}

/// An event to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) kind: Kind,
    pub(super) verb: Verb,
    pub(super) value: Said<'a>,
    /// Nobody is the nemesis.
    pub(super) process: Option<Process>,
    pub(super) time: Option<Instant>,
    pub(super) swapped: Happened,
    /// It is invoked at the instant of the invocation before.
    pub(super) together: bool,
}

/// A `:value` to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    key: Option<&'a str>,
    what: What<'a>,
}

#[derive(Clone, Copy, Debug)]
enum What<'a> {
    Value(&'a Value),
    Pair(&'a Value, &'a Value),
    Nothing,
}

/// A value as EDN: a text, and one whose words differ, is a string.
struct Edn<'a>(&'a Value);

impl fmt::Display for Edn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_text() {
            Some(number) if number.starts_with('-') && number.parse::<i64>().is_ok() => {
                f.write_str(number)
            }
            Some(text) => string(text, f),
            None if self.0.is_mixed() => write!(f, "\"{}\"", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

fn string(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            control if control.is_control() => write!(f, "\\u{:04x}", u32::from(control))?,
            plain => write!(f, "{plain}")?,
        }
    }
    f.write_str("\"")
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = self.key {
            f.write_str("[")?;
            string(key, f)?;
            f.write_str(" ")?;
        }
        match self.what {
            What::Value(value) => write!(f, "{}", Edn(value))?,
            What::Pair(expected, new) => write!(f, "[{} {}]", Edn(expected), Edn(new))?,
            What::Nothing => f.write_str("nil")?,
        }
        if self.key.is_some() {
            f.write_str("]")?;
        }
        Ok(())
    }
}

impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let what = match self.what {
            What::Value(value) => serde_json::json!(Json(value)),
            What::Pair(expected, new) => serde_json::json!([Json(expected), Json(new)]),
            What::Nothing => serde_json::Value::Null,
        };
        match self.key {
            Some(key) => (key, what).serialize(serializer),
            None => what.serialize(serializer),
        }
    }
}

/// A value as JSON has it in events, where an array says something else: one whose words differ is a string.
struct Json<'a>(&'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.is_mixed() {
            true => self.0.to_string().serialize(serializer),
            false => self.0.serialize(serializer),
        }
    }
}

/// Tells a history as events, in the order of time.
pub(super) fn events(
    history: &History,
    format: Format,
    mut tell: impl FnMut(Told<'_>) -> io::Result<()>,
) -> Result<(), WriteError> {
    let everything = || history.operations().iter().chain(history.failed());
    let whole = history.operations().len();
    if format == Format::Log {
        let told = |op: &&Operation| {
            let Action::CompareAndSwap { swapped, .. } = op.action else {
                return false;
            };
            !op.is_pending() && swapped != Some(true)
        };
        if let Some(untold) = history.operations().iter().position(|op| told(&op)) {
            return Err(WriteError::Inexpressible {
                what: format!(
                    "that {} did not swap, or that this is not known,",
                    history.describe(untold)
                ),
                format,
                instead: Format::Edn,
            });
        }
    }
    for register in history.registers() {
        let value = history.initial_of(register);
        let key = history.name_of(register);
        let usual = match key {
            None => value.is_nil(),
            Some(_) => value == history.initial(),
        };
        if !usual {
            tell(Told {
                kind: Kind::Info,
                verb: Verb::Initial,
                value: Said {
                    key,
                    what: What::Value(value),
                },
                process: None,
                time: None,
                swapped: Happened::Said,
                together: false,
            })?;
        }
    }
    // Invocations come before completions of the same instant, since these operations are concurrent.
    let mut events: Vec<(Instant, bool, u32)> =
        Vec::with_capacity(2 * (whole + history.failed().len()));
    for (at, operation) in everything().enumerate() {
        let at = u32::try_from(at)
            .map_err(|_| io::Error::other("a history of more than 2^32 operations"))?;
        events.push((operation.invoked, false, at));
        let completed = match at as usize >= whole {
            true => Some(operation.completed.unwrap_or(operation.invoked)),
            false => operation.completed,
        };
        events.extend(completed.map(|completed| (completed, true, at)));
    }
    events.sort_unstable();
    let mut processes = Processes::new(history);
    let mut before: Option<Instant> = None;
    for (time, is_completion, at) in events {
        let at = at as usize;
        let (operation, failed) = match at.checked_sub(whole) {
            None => (&history.operations()[at], false),
            Some(failed) => (&history.failed()[failed], true),
        };
        let process = match (failed, is_completion) {
            (false, _) => operation.process,
            (true, false) => processes.of_failed(at - whole, operation),
            (true, true) => processes.of[at - whole],
        };
        let what = match &operation.action {
            Action::Write(value) => What::Value(value),
            Action::CompareAndSwap { expected, new, .. } => What::Pair(expected, new),
            Action::Read(Some(value)) if is_completion => What::Value(value),
            Action::Read(_) => What::Nothing,
        };
        let (kind, swapped) = match &operation.action {
            _ if !is_completion => (Kind::Invoke, Happened::Said),
            _ if failed => (Kind::Fail, Happened::Said),
            Action::Read(None) => (Kind::Fail, Happened::Said),
            Action::CompareAndSwap { swapped, .. } => match swapped {
                Some(true) => (Kind::Ok, Happened::Said),
                Some(false) => (Kind::Fail, Happened::NotSwapped),
                None => (Kind::Info, Happened::Unknown),
            },
            Action::Read(Some(_)) | Action::Write(_) => (Kind::Ok, Happened::Said),
        };
        tell(Told {
            kind,
            verb: verb_of(&operation.action),
            value: Said {
                key: history.name_of(operation.register),
                what,
            },
            process: Some(process),
            time: Some(time),
            swapped,
            together: !is_completion && before == Some(time),
        })?;
        before = (!is_completion).then_some(time);
    }
    Ok(())
}

/// Writes the events as JSON, one a line.
pub(super) fn write_json(history: &History, out: &mut impl io::Write) -> Result<(), WriteError> {
    #[derive(Serialize)]
    struct Line<'a> {
        r#type: &'static str,
        f: &'static str,
        value: Said<'a>,
        process: serde_json::Value,
        #[serde(skip_serializing_if = "Option::is_none")]
        time: Option<Instant>,
        #[serde(skip_serializing_if = "Option::is_none")]
        swapped: Option<Option<bool>>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        together: bool,
    }
    events(history, Format::Json, |told| {
        let line = Line {
            r#type: told.kind.name(),
            f: told.verb.name(),
            value: told.value,
            process: told.process.map_or_else(|| "nemesis".into(), Into::into),
            time: told.time,
            swapped: match told.swapped {
                Happened::Said => None,
                Happened::NotSwapped => Some(Some(false)),
                Happened::Unknown => Some(None),
            },
            together: told.together,
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")
    })
}

/// The numbers of the processes whose operations failed. A history does not ask that these run one at a time; a log
/// does, so one that overlaps another operation of its process is given a number of its own.
struct Processes {
    of: Vec<Process>,
    next: Process,
    overlaps: Vec<bool>,
}

impl Processes {
    fn new(history: &History) -> Self {
        let everything = history.operations().iter().chain(history.failed());
        let highest = everything.map(|op| op.process).max().unwrap_or(0);
        let operations = history.operations();
        // The latest completion among the failed operations of one process so far.
        let mut latest: Option<(Process, Instant)> = None;
        let overlaps = |failed: &Operation| {
            let process = failed.process;
            let completed = failed.completed.unwrap_or(failed.invoked);
            // Those of one process are in order and do not overlap, so only its neighbours can meet it.
            let next = operations
                .partition_point(|op| (op.process, op.invoked) <= (process, failed.invoked));
            let own = |op: &&Operation| op.process == process;
            let previous = next.checked_sub(1).map(|at| &operations[at]).filter(own);
            let next = operations.get(next).filter(own);
            let among_failed = latest.filter(|latest| latest.0 == process);
            latest = Some((
                process,
                among_failed.map_or(completed, |latest| latest.1.max(completed)),
            ));
            previous.is_some_and(|previous| !previous.precedes(failed))
                || next.is_some_and(|next| completed >= next.invoked)
                || among_failed.is_some_and(|(_, until)| until >= failed.invoked)
        };
        let overlaps = history.failed().iter().map(overlaps).collect();
        Self {
            of: history.failed().iter().map(|op| op.process).collect(),
            next: highest.saturating_add(1),
            overlaps,
        }
    }

    fn of_failed(&mut self, at: usize, operation: &Operation) -> Process {
        self.of[at] = operation.process;
        if self.overlaps[at] {
            self.of[at] = self.next;
            self.next = self.next.saturating_add(1);
        }
        self.of[at]
    }
}
