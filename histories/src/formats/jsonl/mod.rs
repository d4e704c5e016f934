//! JSON Lines: one operation a line.
//!
//! A good line is read once, by serde. Only where it fails is the line looked at field by field, to name the one to
//! blame.

mod diagnosis;
mod line;
mod write;

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;

use serde_json::value::RawValue;

use super::names::Names;
use super::places::{Place, Wanted};
use super::window::Window;
use super::{Collected, Flaw, Note, Noted, Options, Problem, ReadError, shown};
use crate::{Action, HistoryError, Initial, Instant, Operation, Process};
use diagnosis::{diagnosed, place};
use line::{FIELDS, Line, Op, Tick};

pub(super) use diagnosis::not_json;
pub(super) use line::{Name, Outcome, Who, value};
pub(super) use write::write;

/// What a process did last, as far as it says whether the next line may follow.
struct Last {
    invoked: Instant,
    completed: Option<Instant>,
    /// The number that stands for this process in the history.
    process: Process,
    /// Its lines are not in order of time, so only the whole history tells.
    disordered: bool,
}

/// Numbers from here on stand for processes that were given a new number, until all others are known.
const RENUMBERED: Process = 1 << 31;

struct Lines {
    collected: Collected,
    last: HashMap<Process, Last>,
    highest: Process,
    renumbered: Process,
    is_empty: bool,
    names: Names,
    /// Whether some instant has a fraction, so that all are counted in parts.
    in_parts: bool,
    /// The instants at which a process both ends an operation and begins another, how often, and which one.
    ties: HashMap<Instant, (u64, Process)>,
}

/// Into so many parts a tick is divided where the clock is too coarse for one process.
const TICK_PARTS: u64 = 16;

/// What a process does within a tick needs two parts for each end and beginning, and the others the first and the last.
const MOST_TIES: u64 = (TICK_PARTS - 2) / 2;

pub(super) fn read<R: Read>(window: &mut Window<R>, options: &Options) -> Result<Noted, ReadError> {
    let mut lines = Lines {
        collected: Collected::new(options.initial.clone(), Initial::Inferred),
        last: HashMap::new(),
        highest: 0,
        renumbered: 0,
        is_empty: true,
        names: Names::default(),
        in_parts: false,
        ties: HashMap::new(),
    };
    let mut unknown: BTreeSet<String> = BTreeSet::new();
    let mut since = 0;
    let mut number = 0;
    loop {
        let length = window.line()?;
        if length == 0 {
            break;
        }
        number += 1;
        let bytes = &window.rest()[..length];
        let is_last = !bytes.ends_with(b"\n");
        if !bytes.trim_ascii().is_empty() {
            let taken = match serde_json::from_slice(bytes) {
                Ok(line) => lines.take(line, bytes),
                Err(error) => match without_unknown(bytes, &mut unknown) {
                    Some(ref known)
                        if !unknown.contains("txn")
                            && let Ok(line) = serde_json::from_str(known) =>
                    {
                        since = if since == 0 { number } else { since };
                        lines.take(line, bytes)
                    }
                    _ if unknown.contains("txn") => {
                        Err(Flaw::at(0, Problem::Transaction(shown(bytes))))
                    }
                    _ => Err(diagnosed(bytes, is_last, &error)),
                },
            };
            taken.map_err(|flaw| window.error(flaw))?;
        }
        window.consume(length);
    }
    if lines.is_empty {
        return Err(window.error(Flaw::at(0, Problem::Empty)));
    }
    let mut notes = Vec::new();
    if lines.in_parts {
        notes.push(Note::Fractions);
    }
    if !lines.ties.is_empty() {
        notes.push(Note::Ticks {
            ticks: lines.ties.len(),
            parts: TICK_PARTS,
        });
        let overlaps = |_| window.error(Flaw::at(0, Problem::Units));
        lines.divide_ticks().map_err(overlaps)?;
    }
    if lines.renumbered > 0 {
        lines.collected.renumber(RENUMBERED, lines.highest + 1);
    }
    if !unknown.is_empty() {
        let names = unknown.into_iter().collect();
        notes.push(Note::Fields { names, line: since });
    }
    notes.extend(lines.names.note());
    Ok((lines.collected.build()?, notes))
}

/// A line without the fields that there are not, whose names are remembered; nothing if all of them are known.
fn without_unknown(line: &[u8], unknown: &mut BTreeSet<String>) -> Option<String> {
    let mut fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(line).ok()?;
    let before = fields.len();
    fields.retain(|name, _| {
        let is_known = FIELDS.contains(&&**name);
        if !is_known && !unknown.contains(&**name) {
            unknown.insert(name.to_string());
        }
        is_known
    });
    (fields.len() < before).then(|| serde_json::to_string(&fields).ok())?
}

/// Finds invocations and completions, given whose they are and when.
pub(super) fn locate<R: Read>(
    window: &mut Window<R>,
    wanted: &[Wanted],
) -> Result<Vec<Option<Place>>, ReadError> {
    let mut places = vec![None; wanted.len()];
    // Processes that went on after an unknown outcome have new numbers, so the instant alone may have to tell.
    let mut is_sure = vec![false; wanted.len()];
    let mut names = Names::default();
    let mut ended: HashMap<Process, Option<Tick>> = HashMap::new();
    let mut has_ties = false;
    let mut number = 0;
    loop {
        let length = window.line()?;
        if length == 0 {
            // Where ticks were divided, instants are no longer those of the file.
            return Ok(match has_ties {
                true => vec![None; wanted.len()],
                false => places,
            });
        }
        number += 1;
        let bytes = &window.rest()[..length];
        let known = match serde_json::from_slice::<Line<'_>>(bytes) {
            Ok(_) => None,
            Err(_) => without_unknown(bytes, &mut BTreeSet::new()),
        };
        let bytes = known.as_ref().map_or(bytes, |known| known.as_bytes());
        if let Ok(line) = serde_json::from_slice::<Line<'_>>(bytes) {
            if let (Some(start), Some(Who::Number(process))) = (line.start, &line.process) {
                has_ties |= ended.insert(*process, line.end) == Some(Some(start));
            }
            let own = match &line.process {
                Some(Who::Number(number)) => Some(*number),
                Some(Who::Name(name)) => names.named(name).ok(),
                None => None,
            };
            for (nth, &(process, instant)) in wanted.iter().enumerate() {
                let is_it = |it: Tick| it == Tick::Whole(instant) || it.in_parts() == Some(instant);
                let is_then = line.start.is_some_and(is_it) || line.end.is_some_and(is_it);
                if is_then && !is_sure[nth] {
                    is_sure[nth] = own == Some(process);
                    places[nth] = Some(Place {
                        line: number,
                        nanoseconds: None,
                    });
                }
            }
        }
        window.consume(length);
    }
}

impl Lines {
    fn take(&mut self, line: Line<'_>, bytes: &[u8]) -> Result<(), Flaw> {
        let flaw = |field: &'static str, problem| Flaw::of(field, place(bytes, field), problem);
        let missing = |field, what| flaw(field, Problem::Missing(what));
        let misplaced = |field, why| flaw(field, Problem::Misplaced(why));
        let register = match &line.register {
            None => 0,
            Some(name) => self.collected.register(&name.0),
        };
        if let Some(value) = line.initial {
            let others = [
                ("process", line.process.is_some()),
                ("op", line.op.is_some()),
                ("value", line.value.is_some()),
                ("start", line.start.is_some()),
                ("end", line.end.is_some()),
            ];
            if let Some((field, _)) = others.into_iter().find(|(_, is_there)| *is_there) {
                let why = "a line with `initial` is no operation: give the initial value a line of its own, such as \
                           `{\"register\":\"x\",\"initial\":0}`";
                return Err(misplaced(field, why));
            }
            match register {
                0 => self.collected.set_initial(value),
                _ => self.collected.set_initial_of(register, value),
            }
            return Ok(());
        }
        let process = match line.process {
            None => return Err(missing("process", "who did it, as in `\"process\":1`")),
            Some(Who::Number(number)) => self.names.number().map(|()| number),
            Some(Who::Name(name)) => self.names.named(&name),
        };
        let process = process.map_err(|problem| flaw("process", problem))?;
        let op = line
            .op
            .ok_or_else(|| missing("op", "`\"op\":\"read\"`, `\"write\"` or `\"cas\"`"))?;
        let invoked = line.start.ok_or_else(|| {
            missing(
                "start",
                "the instant of the invocation, as in `\"start\":10`",
            )
        })?;
        let invoked = self.instant(invoked).map_err(|it| flaw("start", it))?;
        let completed = line.end.map(|end| self.instant(end)).transpose();
        let completed = completed.map_err(|it| flaw("end", it))?;
        // The first fraction changes how instants are counted.
        let invoked = match line.start {
            Some(Tick::Whole(start)) if self.in_parts => self
                .instant(Tick::Whole(start))
                .map_err(|it| flaw("start", it))?,
            _ => invoked,
        };
        let of_swap = "this field belongs to a `cas` only: remove it, or make the operation one";
        if op == Op::Cas {
            if line.value.is_some() {
                let why = "a `cas` has `expected` and `new` in place of a value";
                return Err(misplaced("value", why));
            }
        } else if line.expected.is_some() {
            return Err(misplaced("expected", of_swap));
        } else if line.new.is_some() {
            return Err(misplaced("new", of_swap));
        } else if line.swapped.is_some() {
            return Err(misplaced("swapped", of_swap));
        }
        let action = match op {
            Op::Read => Action::Read(line.value),
            Op::Write => Action::Write(
                line.value
                    .ok_or_else(|| missing("value", "what was written, as in `\"value\":1`"))?,
            ),
            Op::Cas => Action::CompareAndSwap {
                expected: line.expected.ok_or_else(|| {
                    missing("expected", "what it compared with, as in `\"expected\":1`")
                })?,
                new: line.new.ok_or_else(|| {
                    missing("new", "what it wrote if it found that, as in `\"new\":2`")
                })?,
                swapped: line.swapped,
            },
        };
        self.is_empty = false;
        self.highest = self.highest.max(process);
        let unknown = line.outcome == Some(Outcome::Unknown);
        let failed = line.outcome == Some(Outcome::Failed);
        if line.outcome == Some(Outcome::Ok) && completed.is_none() {
            let why = "an operation that went well has an `end`";
            return Err(misplaced("outcome", why));
        }
        if let Some(completed) = completed.filter(|&completed| completed < invoked) {
            let problem = HistoryError::Backwards {
                process,
                invoked,
                completed,
            };
            return Err(flaw("end", problem.into()));
        }
        let mut operation = Operation {
            process,
            register,
            action,
            invoked,
            completed,
        };
        if failed {
            if op != Op::Read {
                self.collected.builder.push_failed(operation);
            }
            return Ok(());
        }
        operation.process = self
            .number(&operation)
            .map_err(|problem| flaw("start", problem))?;
        if unknown && op == Op::Read {
            return Ok(());
        }
        if unknown && completed.is_some() {
            operation.completed = None;
            // A pending operation is the last of its process.
            let next = RENUMBERED + self.renumbered;
            self.renumbered += 1;
            if let Some(last) = self.last.get_mut(&process) {
                last.process = next;
            }
        }
        self.collected.push(operation);
        Ok(())
    }

    /// Divides every tick, so that a process may end an operation and begin another within one. What others begin in this
    /// tick begins before, and what they end ends after, so all of it stays concurrent.
    fn divide_ticks(&mut self) -> Result<(), Problem> {
        let mut all: Vec<&mut Operation> = self.collected.builder.operations_mut().collect();
        all.sort_by_key(|it| (it.process, it.invoked, it.completed.unwrap_or(Instant::MAX)));
        let of = |tick: Instant, part: u64| {
            let parts = tick.checked_mul(TICK_PARTS).ok_or(Problem::Units)?;
            parts.checked_add(part).ok_or(Problem::Units)
        };
        // Who ended last, when, and in which part of the tick its operation began.
        let mut last: Option<(usize, Process, Instant, u64)> = None;
        for at in 0..all.len() {
            let (process, invoked, completed) =
                (all[at].process, all[at].invoked, all[at].completed);
            let mut part = 0;
            if let Some((before, by, ended, began)) = last
                && (by, ended) == (process, invoked)
            {
                all[before].completed = Some(of(ended, began + 1)?);
                part = began + 2;
            }
            all[at].invoked = of(invoked, part)?;
            last = None;
            if let Some(completed) = completed {
                all[at].completed = Some(of(completed, TICK_PARTS - 1)?);
                let began = if completed == invoked { part } else { 0 };
                last = Some((at, process, completed, began));
            }
        }
        Ok(())
    }

    /// An instant of the file as one of the history.
    fn instant(&mut self, tick: Tick) -> Result<Instant, Problem> {
        if let Tick::Fraction(_) = tick
            && !self.in_parts
        {
            self.in_parts = true;
            let parts = |instant: &mut Instant| {
                let whole = Tick::Whole(*instant);
                *instant = whole.in_parts().ok_or(Problem::Units)?;
                Ok::<(), Problem>(())
            };
            for operation in self.collected.builder.operations_mut() {
                parts(&mut operation.invoked)?;
                operation.completed.as_mut().map_or(Ok(()), parts)?;
            }
            for (mut instant, tie) in std::mem::take(&mut self.ties) {
                parts(&mut instant)?;
                self.ties.insert(instant, tie);
            }
            for last in self.last.values_mut() {
                parts(&mut last.invoked)?;
                last.completed.as_mut().map_or(Ok(()), parts)?;
            }
        }
        match (self.in_parts, tick) {
            (false, Tick::Whole(whole)) => Ok(whole),
            _ => tick.in_parts().ok_or(Problem::Units),
        }
    }

    /// The number that stands for the process of this operation, which comes after its last one.
    fn number(&mut self, operation: &Operation) -> Result<Process, Problem> {
        let Operation {
            process,
            invoked,
            completed,
            ..
        } = *operation;
        let last = match self.last.entry(process) {
            Entry::Vacant(vacant) => {
                vacant.insert(Last {
                    invoked,
                    completed,
                    process,
                    disordered: false,
                });
                return Ok(process);
            }
            Entry::Occupied(occupied) => occupied.into_mut(),
        };
        last.disordered |= invoked < last.invoked;
        // In one process the order is known, also where the clock has not ticked.
        let is_tie = last.completed == Some(invoked);
        if is_tie && !last.disordered {
            let (ties, by) = self.ties.entry(invoked).or_insert((0, process));
            *ties += 1;
            if *by != process || *ties > MOST_TIES {
                let (tick, one, other) = (invoked, *by, process);
                return Err(Problem::Coarse { tick, one, other });
            }
        } else if !last.disordered && last.completed.is_none_or(|completed| completed >= invoked) {
            let error = match last.completed {
                Some(_) => HistoryError::Overlap {
                    process,
                    running: last.invoked,
                    invoked,
                },
                None => HistoryError::AfterCrash {
                    process,
                    pending: last.invoked,
                    invoked,
                },
            };
            return Err(error.into());
        }
        (last.invoked, last.completed) = (invoked, completed);
        Ok(last.process)
    }
}
