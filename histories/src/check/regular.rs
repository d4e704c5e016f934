//! Regular (Lamport 1986): a read returns the value before the writes that it is concurrent with, or one that they
//! write.
//!
//! Stated for any number of writers (MWR1 of Shao, Welch, Pierce and Lee 2011): a read may return the value of a write
//! that it does not precede, unless another write comes, in precedence, between that write and the read. The initial
//! value is a write that precedes everything. Each read is judged alone, which is why two reads may contradict each
//! other. Time O(reads x writes).

use std::collections::BTreeSet;

use super::{Anomaly, Model, Verdict, Violation};
use crate::{History, Operation, Value};

pub(crate) fn check(history: &History) -> Verdict {
    judge(history, Model::Regular, history.reads())
}

/// Judges the given reads by the regular rule.
pub(super) fn judge(
    history: &History,
    model: Model,
    reads: impl Iterator<Item = usize>,
) -> Verdict {
    let operations = history.operations();
    let violations = reads
        .filter_map(|read| Some((read, operations[read].returned()?)))
        .filter(|&(read, returned)| !allowed(history, read).contains(returned))
        .take(EXPLAINED)
        .map(|(read, returned)| explain(history, model, read, returned));
    // The evidence that needs the fewest operations.
    violations
        .min_by_key(|violation| violation.witness.len())
        .map_or(Verdict::Meets, Verdict::Breaks)
}

/// Of how many violations, at most, the one with the least evidence is told.
const EXPLAINED: usize = 32;

/// The values that a regular register may return to this read.
pub(crate) fn allowed(history: &History, read: usize) -> BTreeSet<&Value> {
    let operations = history.operations();
    // A write is overwritten if it completed before some write was invoked that precedes the read: then also before the
    // last of those.
    let before = history
        .writes()
        .filter(|&write| history.precedes(write, read));
    let last = before.map(|write| operations[write].invoked).max();
    let is_overwritten = |write: &Operation| {
        last.is_some_and(|last| write.completed.is_some_and(|completed| completed < last))
    };
    let sources = history
        .writes()
        .filter(|&write| !history.precedes(read, write));
    let mut values: BTreeSet<&Value> = sources
        .map(|write| &operations[write])
        .filter(|write| !is_overwritten(write))
        .filter_map(Operation::written)
        .collect();
    if last.is_none() {
        values.insert(history.initial());
    }
    values
}

/// A write between `write` and `read`, both in precedence.
fn overwritten_by(history: &History, write: usize, read: usize) -> Option<usize> {
    history
        .writes()
        .find(|&later| history.precedes(write, later) && history.precedes(later, read))
}

/// A write that precedes the read, so that it does not see the initial value any more.
fn initial_overwritten_by(history: &History, read: usize) -> Option<usize> {
    history
        .writes()
        .find(|&later| history.precedes(later, read))
}

/// Why this read may not return this value, which is known to be so.
fn explain(history: &History, model: Model, read: usize, returned: &Value) -> Violation {
    let operations = history.operations();
    let reader = history.describe(read);
    let violation = |anomaly, sentence, mut witness: Vec<usize>| {
        witness.push(read);
        witness.sort_unstable();
        Violation {
            model,
            anomaly,
            sentence,
            witness,
        }
    };

    let mut sources: Vec<usize> = history
        .writes()
        .filter(|&write| operations[write].written() == Some(returned))
        .collect();
    let initial = returned == history.initial();
    if sources.is_empty() && !initial {
        return never_written(history, model, read, returned);
    }
    // Whatever wrote this value belongs to the evidence: without it the value would be one never written.
    sources.retain(|&source| !history.precedes(read, source));
    let overwriter = |source: usize| overwritten_by(history, source, read);
    if let Some((source, later)) = sources
        .last()
        .and_then(|&source| Some((source, overwriter(source)?)))
    {
        let sentence = format!(
            "stale read: {reader} returned {returned}, but {} had followed {} and completed before the read was invoked",
            history.describe(later),
            history.describe(source),
        );
        let others = sources
            .iter()
            .filter_map(|&other| Some([other, overwriter(other)?]))
            .flatten();
        let mut witness: Vec<usize> = others.chain([later]).collect();
        witness.extend(futures(history, read, returned));
        if initial {
            witness.extend(initial_overwritten_by(history, read));
        }
        witness.sort_unstable();
        witness.dedup();
        return violation(Anomaly::Stale, sentence, witness);
    }
    if initial && let Some(later) = initial_overwritten_by(history, read) {
        let sentence = format!(
            "stale read: {reader} returned the initial value {returned}, but {} had completed before the read was invoked",
            history.describe(later),
        );
        let mut witness = futures(history, read, returned);
        witness.push(later);
        witness.sort_unstable();
        witness.dedup();
        return violation(Anomaly::Stale, sentence, witness);
    }
    let futures = futures(history, read, returned);
    let sentence = format!(
        "read from the future: {reader} returned {returned} and completed before {} was invoked",
        history.describe(futures[0]),
    );
    violation(Anomaly::Future, sentence, futures)
}

/// The writes of a value that begin only after the read has completed.
fn futures(history: &History, read: usize, returned: &Value) -> Vec<usize> {
    let writes = history
        .writes()
        .filter(|&write| history.precedes(read, write));
    writes
        .filter(|&write| history.operations()[write].written() == Some(returned))
        .collect()
}

fn never_written(history: &History, model: Model, read: usize, returned: &Value) -> Violation {
    let reader = history.describe(read);
    let written = |write: usize| {
        history.operations()[write]
            .written()
            .expect("it is a write")
    };
    let values = || history.writes().map(written).chain([history.initial()]);
    if !(returned.is_mixed() && returned.is_mix_of(values().collect::<Vec<_>>())) {
        let sentence =
            format!("value never written: {reader} returned {returned}, which nobody wrote");
        return Violation {
            model,
            anomaly: Anomaly::NeverWritten,
            sentence,
            witness: vec![read],
        };
    }
    let mut witness = Vec::new();
    let words = (0..returned.width().unwrap_or(1)).map(|at| {
        let word = returned.word(at).expect("the index is below the width");
        let has_word = |value: &Value| value.word(at) == Some(word);
        // Of several writes of this word, one that the read could have met.
        let source = history
            .writes()
            .filter(|&write| has_word(written(write)))
            .min_by_key(|&write| {
                (
                    history.precedes(read, write),
                    !history.concurrent(read, write),
                )
            });
        match source {
            Some(write) if !has_word(history.initial()) || history.concurrent(read, write) => {
                witness.push(write);
                format!("word {at} is of {}", history.describe(write))
            }
            _ => format!("word {at} is of the initial value {}", history.initial()),
        }
    });
    let words: Vec<String> = words.collect();
    let sentence = format!(
        "torn read: {reader} returned {returned}: {}",
        words.join(", ")
    );
    witness.push(read);
    witness.sort_unstable();
    witness.dedup();
    Violation {
        model,
        anomaly: Anomaly::Torn,
        sentence,
        witness,
    }
}
