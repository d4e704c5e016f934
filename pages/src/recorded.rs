//! The page of a recorded history.
//!
//! A million operations fit: they stand in six columns of numbers, process by process, each number as what it differs from
//! the one before. That is 7 to 8 bytes an operation in the file.

use std::collections::HashMap;

use histories::check::{Reason, Violation, linearization};
use histories::staleness::staleness;
use histories::{Action, History, Model, Operation};
use serde_json::{Value as Json, json};

use crate::encode::{Varints, packed};
use crate::reasons;
use crate::shell::{Page, web};

/// A history, and what is known of it.
///
/// ```
/// use histories::{History, Model, Operation, check};
/// use pages::Recorded;
///
/// let history = History::new(0, [
///     Operation::write(1, 1, 0..=1),
///     Operation::read(2, 0, 2..=3),
/// ])?;
/// let mut page = Recorded::new("stale.jsonl", &history);
/// for model in Model::CLASSES {
///     let verdict = check(model, &history);
///     let violation = verdict.violation();
///     page.judge(model, Some(violation.is_none()), violation.map(Into::into));
/// }
/// page.measure();
/// assert!(page.html().starts_with("<!doctype html>"));
/// # Ok::<(), histories::HistoryError>(())
/// ```
#[derive(Debug)]
pub struct Recorded<'a> {
    title: String,
    history: &'a History,
    models: Vec<Json>,
    /// For each operation of the history, where it stands in the columns.
    places: Vec<usize>,
    columns: Columns,
    reads: usize,
    stale_reads: usize,
    /// Stale reads: where each stands, how many versions it is behind, and the write that completed first of these.
    stale: Vec<(usize, usize, usize)>,
    effects: Option<Vec<u64>>,
    /// Whether nothing that is known speaks against an order that explains all.
    is_atomic: bool,
}

/// What breaks a model.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// In a sentence.
    pub sentence: &'a str,
    /// How operations contradict each other, by their index in the history.
    pub reason: &'a Reason,
    /// Those that prove it, likewise.
    pub witness: &'a [usize],
}

impl<'a> From<&'a Violation> for Told<'a> {
    fn from(violation: &'a Violation) -> Self {
        Self {
            sentence: &violation.sentence,
            reason: &violation.reason,
            witness: &violation.witness,
        }
    }
}

/// So many stale reads are on a page: those that are the most versions behind.
const STALE: usize = 10_000;

/// Of so many operations a page says where each takes effect.
const EFFECTS: usize = 100_000;

impl<'a> Recorded<'a> {
    /// The page of a history under some title.
    #[must_use]
    pub fn new(title: impl Into<String>, history: &'a History) -> Self {
        let mut order: Vec<(bool, usize)> = (0..history.operations().len())
            .map(|at| (false, at))
            .collect();
        order.extend((0..history.failed().len()).map(|at| (true, at)));
        let operation = |&(failed, at): &(bool, usize)| match failed {
            true => &history.failed()[at],
            false => &history.operations()[at],
        };
        order.sort_by_key(|it| (operation(it).process, operation(it).invoked));
        let mut places = vec![0; history.operations().len()];
        for (place, &(failed, at)) in order.iter().enumerate() {
            if !failed {
                places[at] = place;
            }
        }
        let all: Vec<(bool, &Operation)> = order.iter().map(|it| (it.0, operation(it))).collect();
        Self {
            title: title.into(),
            history,
            models: Vec::new(),
            places,
            columns: Columns::of(&all),
            reads: 0,
            stale_reads: 0,
            stale: Vec::new(),
            effects: None,
            is_atomic: true,
        }
    }

    /// Adds what is known of a model: whether it is met, if that is known, and what breaks it.
    pub fn judge(&mut self, model: Model, meets: Option<bool>, told: Option<Told<'_>>) {
        let place = |at: usize| self.places[at];
        let witness = told.map_or(&[][..], |it| it.witness).iter();
        let failed = self.history.failed();
        self.is_atomic = self.is_atomic && (model != Model::Atomic || meets == Some(true));
        self.models.push(json!({
            "name": model.name(),
            "meets": meets,
            "sentence": told.map(|it| it.sentence),
            "reason": told.map(|it| reasons::reason(it.reason, &place, failed)),
            "witness": witness.map(|&at| place(at)).collect::<Vec<_>>(),
        }));
    }

    /// Adds how many versions reads are behind, and where each operation takes effect in an order that explains all of them,
    /// if there is one. A long history goes without the latter.
    pub fn measure(&mut self) {
        let found = staleness(self.history);
        self.reads = found.reads.len();
        let stale = found.stale.iter();
        self.stale = stale
            .map(|it| (self.places[it.read], it.versions, self.places[it.since]))
            .collect();
        // The worst are kept, in the order of the page.
        if self.stale.len() > STALE {
            self.stale
                .sort_by_key(|&(_, versions, _)| std::cmp::Reverse(versions));
            self.stale.truncate(STALE);
        }
        self.stale.sort_unstable();
        self.stale_reads = found.stale.len();
        if self.is_atomic && self.history.operations().len() <= EFFECTS {
            self.effects = self.effects();
        }
    }

    /// For each place one more than how long after its invocation the operation takes effect; 0 where it does not, or where
    /// that is not known.
    fn effects(&self) -> Option<Vec<u64>> {
        let order = linearization(self.history)?;
        let mut effects = vec![0; self.columns.count];
        let mut latest: HashMap<u32, u64> = HashMap::new();
        for at in order {
            let operation = &self.history.operations()[at];
            let latest = latest.entry(operation.register).or_default();
            *latest = operation.invoked.max(*latest);
            effects[self.places[at]] = *latest - operation.invoked + 1;
        }
        Some(effects)
    }

    /// The whole page.
    #[must_use]
    pub fn html(&self) -> String {
        let names = self.history.registers().map(|register| {
            let name = self.history.name_of(register).unwrap_or_default();
            json!([name, self.history.initial_of(register).to_string()])
        });
        let head = json!({
            "schema": 1,
            "title": self.title,
            "operations": self.columns.count,
            "start": self.columns.start,
            "lanes": self.columns.lanes,
            "registers": names.collect::<Vec<_>>(),
            "values": self.columns.texts,
            "models": self.models,
            "reads": self.reads,
            "staleReads": self.stale_reads,
            "stale": self.stale,
            "hasEffects": self.effects.is_some(),
        });
        let mut effects = Varints::default();
        for &effect in self.effects.iter().flatten() {
            effects.push(effect);
        }
        let page = Page {
            title: self.title.clone(),
            kind: "history",
            body: include_str!("../web/history.html"),
            scripts: vec![
                web!("semantics.js"),
                web!("reasons.js"),
                web!("lanes.js"),
                web!("recorded.js"),
                web!("strips.js"),
                web!("history.js"),
            ],
            data: vec![
                ("head".to_owned(), packed(head.to_string().as_bytes())),
                ("columns".to_owned(), packed(&self.columns.bytes)),
                ("effects".to_owned(), packed(&effects.into_bytes())),
            ],
        };
        page.html()
    }
}

/// The operations as columns of numbers.
#[derive(Debug)]
struct Columns {
    count: usize,
    /// The first instant of all.
    start: u64,
    /// Each process, and how many operations it has.
    lanes: Vec<(u32, usize)>,
    /// The values by their number, if not all of them are numbers themselves.
    texts: Option<Vec<String>>,
    bytes: Vec<u8>,
}

/// What an operation is: a digit, and whether it failed.
const WRITE: u64 = 0;
const READ: u64 = 1;
const SWAP: u64 = 2;
const OPEN: u64 = 3;
const FAILED: u64 = 4;

impl Columns {
    fn of(all: &[(bool, &Operation)]) -> Self {
        let start = all.iter().map(|(_, it)| it.invoked).min().unwrap_or(0);
        let texts: Vec<String> = all.iter().map(|(_, it)| shown(it)).collect();
        // Most histories are of numbers, which need no list of texts.
        let number = |text: &String| {
            text.parse::<i64>()
                .ok()
                .filter(|it| it.unsigned_abs() < 1 << 52)
        };
        let numbers: Option<Vec<i64>> = texts
            .iter()
            .map(|text| {
                if text.is_empty() {
                    Some(0)
                } else {
                    number(text).filter(|it| it.to_string() == *text)
                }
            })
            .collect();
        let (values, texts) = match numbers {
            Some(numbers) => (numbers, None),
            None => {
                let mut known: HashMap<&str, i64> = HashMap::new();
                let mut listed = Vec::new();
                let mut numbered = Vec::with_capacity(texts.len());
                for text in &texts {
                    numbered.push(*known.entry(text).or_insert_with(|| {
                        listed.push(text.clone());
                        listed.len() as i64 - 1
                    }));
                }
                (numbered, Some(listed))
            }
        };
        let mut lanes: Vec<(u32, usize)> = Vec::new();
        let mut columns: [Varints; 5] = Default::default();
        let mut before = start;
        let mut last: HashMap<u32, i64> = HashMap::new();
        for (&(failed, operation), &value) in all.iter().zip(&values) {
            match lanes.last_mut() {
                Some((process, count)) if *process == operation.process => *count += 1,
                _ => {
                    lanes.push((operation.process, 1));
                    before = start;
                    last.clear();
                }
            }
            columns[0].push(operation.invoked - before);
            before = operation.invoked;
            // 0 for an operation that never completed.
            columns[1].push(
                operation
                    .completed
                    .map_or(0, |end| end.saturating_sub(operation.invoked) + 1),
            );
            let kind = match &operation.action {
                Action::Write(_) => WRITE,
                Action::Read(Some(_)) => READ,
                Action::Read(None) => OPEN,
                Action::CompareAndSwap { .. } => SWAP,
            };
            columns[2].push(kind + if failed { FAILED } else { 0 });
            columns[3].push(operation.register.into());
            columns[4].push_signed(value - last.insert(operation.register, value).unwrap_or(0));
        }
        let bytes = columns.map(Varints::into_bytes).concat();
        Self {
            count: all.len(),
            start,
            lanes,
            texts,
            bytes,
        }
    }
}

/// The value of an operation, as it is shown.
fn shown(operation: &Operation) -> String {
    match &operation.action {
        Action::Write(value) | Action::Read(Some(value)) => value.to_string(),
        Action::Read(None) => String::new(),
        Action::CompareAndSwap {
            expected,
            new,
            swapped,
        } => {
            let sign = match swapped {
                Some(true) => "",
                Some(false) => " no",
                None => " ?",
            };
            format!("{expected} => {new}{sign}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_of(operations: impl IntoIterator<Item = Operation>) -> String {
        let history = History::new(0, operations).unwrap();
        let mut page = Recorded::new("</title><script>alert(1)</script>", &history);
        page.judge(
            Model::Safe,
            Some(false),
            Some(Told {
                sentence: "</script><img src=x onerror=alert(1)>",
                reason: &Reason::NeverWritten { read: 0 },
                witness: &[0],
            }),
        );
        page.html()
    }

    #[test]
    fn no_text_of_a_history_becomes_markup() {
        let page = page_of([Operation::read(1, 7, 0..=1)]);
        assert!(!page.contains("alert(1)</script>"));
        assert!(!page.contains("<img"));
    }

    #[test]
    fn a_page_of_three_thousand_operations_is_small() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut now = [0; 8];
        let operations = (0..3000).map(|at| {
            let process = at % 8;
            let begun = now[process] + random.u64(1..10_000);
            now[process] = begun + random.u64(1..10_000);
            let interval = begun..=now[process];
            match random.bool() {
                true => Operation::write(process as u32 + 1, at as u64, interval),
                false => Operation::read(process as u32 + 1, random.u64(0..3000), interval),
            }
        });
        let size = page_of(operations.collect::<Vec<_>>()).len();
        assert!(size < 100_000, "{size}");
    }
}
