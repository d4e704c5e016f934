//! The page of a recorded history.
//!
//! A million operations fit: they stand in six columns of numbers, process by process, each number as what it differs from
//! the one before. That is 7 to 8 bytes an operation in the file.

use std::collections::HashMap;

use histories::{Action, History, Model, Operation};
use serde_json::{Value as Json, json};

use crate::encode::{Varints, packed};
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
///     page.judge(model, Some(violation.is_none()), violation.map(|it| (it.sentence.as_str(), it.witness.as_slice())));
/// }
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
}

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
        }
    }

    /// Adds what is known of a model: whether it is met, if that is known, and what breaks it: a sentence, and the
    /// operations that prove it by their index in the history.
    pub fn judge(
        &mut self,
        model: Model,
        meets: Option<bool>,
        violation: Option<(&str, &[usize])>,
    ) {
        let (sentence, witness) = violation.unzip();
        let witness = witness.unwrap_or_default().iter();
        let witness: Vec<usize> = witness.map(|&at| self.places[at]).collect();
        self.models.push(json!({
            "name": model.name(),
            "meets": meets,
            "sentence": sentence,
            "witness": witness,
        }));
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
        });
        let page = Page {
            title: self.title.clone(),
            kind: "history",
            body: include_str!("../web/history.html"),
            scripts: vec![web!("lanes.js"), web!("history.js")],
            data: vec![
                ("head".to_owned(), packed(head.to_string().as_bytes())),
                ("columns".to_owned(), packed(&self.columns.bytes)),
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
            Some(("</script><img src=x onerror=alert(1)>", &[0])),
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
