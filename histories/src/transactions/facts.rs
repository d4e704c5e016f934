//! What a history says by itself: who has written what, and who may have read from whom.

use std::collections::HashMap;

use super::{Access, Anomaly, Outcome, Transactions, Violation};
use crate::{Register, Value};

/// Whom a read read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// Nobody: it found what was there at first.
    Initial,
    /// This transaction.
    Of(u32),
}

/// A read of a register that the transaction had not written itself.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) by: u32,
    pub(super) register: Register,
    /// The how manieth access of its transaction it is.
    pub(super) nth: u32,
    /// Whom it may have read from, the likely one first.
    pub(super) from: Vec<Source>,
}

/// What counts in a history, for all levels. Transactions have their numbers in the history.
#[derive(Clone, Debug)]
pub(super) struct Facts<'a> {
    pub(super) history: &'a Transactions,
    /// The reads, transaction by transaction.
    pub(super) reads: Vec<Read>,
    /// Which registers each transaction writes, each once.
    pub(super) writes: Vec<Vec<Register>>,
    /// Whether it is there: an aborted one is not, and one of unknown outcome only if somebody has read from it.
    pub(super) is_there: Vec<bool>,
}

/// The writes of one value to one register.
#[derive(Debug, Default)]
struct Writers {
    /// Those that leave it there when they commit.
    last: Vec<u32>,
    /// Those that overwrite it themselves.
    intermediate: Option<u32>,
    aborted: Option<u32>,
}

/// Gathers the facts.
///
/// # Errors
///
/// If a read breaks every level by itself.
pub(super) fn gather(history: &Transactions) -> Result<Facts<'_>, Box<Violation>> {
    let all = history.all();
    let mut written: HashMap<(Register, &Value), Writers> = HashMap::new();
    let mut writes: Vec<Vec<Register>> = Vec::with_capacity(all.len());
    for (at, transaction) in all.iter().enumerate() {
        let at = at as u32;
        let mut own: Vec<Register> = Vec::new();
        for access in transaction.accesses.iter().rev() {
            let Access::Write(register, value) = access else {
                continue;
            };
            let writers = written.entry((*register, value)).or_default();
            let is_last = !own.contains(register);
            match (transaction.outcome, is_last) {
                (Outcome::Aborted, _) => writers.aborted = Some(at),
                (_, true) => writers.last.push(at),
                (_, false) => writers.intermediate = Some(at),
            }
            if is_last {
                own.push(*register);
            }
        }
        if transaction.outcome == Outcome::Aborted {
            own.clear();
        }
        own.sort_unstable();
        writes.push(own);
    }
    let mut facts = Facts {
        history,
        reads: Vec::new(),
        writes,
        is_there: all
            .iter()
            .map(|it| it.outcome == Outcome::Committed)
            .collect(),
    };
    for at in 0..all.len() as u32 {
        if facts.is_there[at as usize] {
            facts.add_reads(at, &written)?;
        }
    }
    Ok(facts)
}

impl Facts<'_> {
    fn add_reads(
        &mut self,
        by: u32,
        written: &HashMap<(Register, &Value), Writers>,
    ) -> Result<(), Box<Violation>> {
        let history = self.history;
        let transaction = &history.all()[by as usize];
        let mut own: Vec<(Register, &Value)> = Vec::new();
        for (nth, access) in transaction.accesses.iter().enumerate() {
            let (register, value) = match access {
                Access::Write(register, value) => {
                    own.push((*register, value));
                    continue;
                }
                Access::Read(register, Some(value)) => (*register, value),
                Access::Read(_, None) => continue,
            };
            let broken = |anomaly, other: Option<u32>, sentence: String| {
                Err(Box::new(Violation::of_read(anomaly, by, other, sentence)))
            };
            let name = history.name_of(register);
            let read = format!("T{by} read {name}={value}");
            if let Some((_, last)) = own.iter().rev().find(|it| it.0 == register) {
                if *last != value {
                    let said = format!("{read}, though it had written {name}={last} before");
                    return broken(Anomaly::Internal, None, said);
                }
                continue;
            }
            let mut from: Vec<Source> = Vec::new();
            let writers = written.get(&(register, value));
            let others = writers.map_or(&[][..], |writers| &writers.last);
            from.extend(
                others
                    .iter()
                    .filter(|&&it| it != by)
                    .map(|&it| Source::Of(it)),
            );
            if value == history.initial() {
                from.push(Source::Initial);
            }
            if from.is_empty() {
                let own = writers.filter(|it| it.last.contains(&by) || it.intermediate == Some(by));
                let aborted = writers.and_then(|it| it.aborted);
                let intermediate = writers.and_then(|it| it.intermediate);
                return match (own, aborted, intermediate) {
                    (Some(_), ..) => {
                        let said =
                            format!("{read} before it wrote that itself, and nobody else did");
                        broken(Anomaly::Internal, None, said)
                    }
                    (_, Some(other), _) => {
                        let said =
                            format!("{read}, which T{other} wrote, and T{other} was aborted");
                        broken(Anomaly::AbortedRead, Some(other), said)
                    }
                    (_, _, Some(other)) => {
                        let said = format!(
                            "{read}, which T{other} wrote and overwrote itself before it committed"
                        );
                        broken(Anomaly::IntermediateRead, Some(other), said)
                    }
                    _ => broken(
                        Anomaly::NeverWritten,
                        None,
                        format!("{read}, which nobody wrote"),
                    ),
                };
            }
            self.likely_first(by, &mut from);
            self.reads.push(Read {
                by,
                register,
                nth: nth as u32,
                from,
            });
        }
        Ok(())
    }

    /// Puts first who had committed last of those that began before the reader ended.
    fn likely_first(&self, by: u32, from: &mut [Source]) {
        if from.len() < 2 {
            return;
        }
        let all = self.history.all();
        let end = all[by as usize].interval.completed.unwrap_or(u64::MAX);
        from.sort_by_key(|source| match *source {
            Source::Initial => (1, 0),
            Source::Of(it) => {
                let interval = all[it as usize].interval;
                let is_late = interval.invoked > end;
                let completed = interval.completed.unwrap_or(interval.invoked);
                (if is_late { 2 } else { 0 }, u64::MAX - completed.min(end))
            }
        });
    }
}

/// Whom each read read from, of those that are decided; and who is there then.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) sources: Vec<Option<Source>>,
    pub(super) is_there: Vec<bool>,
}

impl Chosen {
    /// What there is no choice of.
    pub(super) fn sure(facts: &Facts<'_>) -> Self {
        let sources = facts.reads.iter();
        let sources: Vec<Option<Source>> = sources
            .map(|read| (read.from.len() == 1).then(|| read.from[0]))
            .collect();
        let mut chosen = Self {
            is_there: facts.is_there.clone(),
            sources: vec![None; sources.len()],
        };
        for (at, source) in sources.into_iter().enumerate() {
            chosen.choose(at, source);
        }
        chosen
    }

    pub(super) fn choose(&mut self, read: usize, source: Option<Source>) {
        self.sources[read] = source;
        if let Some(Source::Of(it)) = source {
            self.is_there[it as usize] = true;
        }
    }
}

/// A version of a register: who wrote it, and who read it.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) writer: Source,
    pub(super) readers: Vec<u32>,
}

/// The versions of each register, that of the beginning first.
pub(super) fn versions(facts: &Facts<'_>, chosen: &Chosen) -> Vec<Vec<Version>> {
    let registers = facts.history.names().len();
    let version = |writer| Version {
        writer,
        readers: Vec::new(),
    };
    let mut versions: Vec<Vec<Version>> = (0..registers)
        .map(|_| vec![version(Source::Initial)])
        .collect();
    for (at, writes) in facts.writes.iter().enumerate() {
        for &register in writes.iter().filter(|_| chosen.is_there[at]) {
            versions[register as usize].push(version(Source::Of(at as u32)));
        }
    }
    for (read, source) in facts.reads.iter().zip(&chosen.sources) {
        let Some(source) = source else { continue };
        let of = &mut versions[read.register as usize];
        // The initial one comes first, and the others in the order of their numbers.
        if let Ok(at) = of.binary_search_by_key(source, |it| it.writer)
            && !of[at].readers.contains(&read.by)
        {
            of[at].readers.push(read.by);
        }
    }
    versions
}
