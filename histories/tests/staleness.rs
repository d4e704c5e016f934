//! How stale a read is, against every order of the writes.

#[path = "recorded/mod.rs"]
mod recorded;

use histories::staleness::{Stale, staleness};
use histories::{Action, History, Operation, Value};
use recorded::{Load, Random, Small, linearizable, small};

const CASES: u64 = 60_000;

fn found(operation: &Operation) -> Option<&Value> {
    match &operation.action {
        Action::Read(value) => value.as_ref(),
        Action::CompareAndSwap {
            expected,
            swapped: Some(true),
            ..
        } if !operation.is_pending() => Some(expected),
        _ => None,
    }
}

fn is_sure(operation: &Operation) -> bool {
    let is_write = match operation.action {
        Action::CompareAndSwap { swapped, .. } => swapped == Some(true),
        Action::Write(_) => true,
        Action::Read(_) => false,
    };
    is_write && !operation.is_pending()
}

/// The fewest writes between two operations, of which the first may be the beginning of time, in any order of some
/// operations that keeps their precedence.
fn fewest_between(
    operations: &[Operation],
    left: &mut Vec<usize>,
    from: Option<usize>,
    to: usize,
    begun: Option<usize>,
) -> Option<usize> {
    let mut fewest = None;
    for at in 0..left.len() {
        let next = left[at];
        let must_wait = left
            .iter()
            .any(|&other| operations[other].precedes(&operations[next]));
        if must_wait {
            continue;
        }
        if next == to {
            fewest = [fewest, begun].into_iter().flatten().min();
            continue;
        }
        left.swap_remove(at);
        let begun = match from == Some(next) {
            true => Some(0),
            false => begun.map(|between| between + 1),
        };
        let count = fewest_between(operations, left, from, to, begun);
        fewest = [fewest, count].into_iter().flatten().min();
        left.push(next);
        let last = left.len() - 1;
        left.swap(at, last);
    }
    fewest
}

/// How many versions a read is behind at least; nothing if nobody can have written what it found.
fn versions(history: &History, operations: &[Operation], read: usize) -> Option<usize> {
    let of = &operations[read];
    let value = found(of).expect("it found something");
    let own = |at: &usize| operations[*at].register == of.register && *at != read;
    let all: Vec<usize> = (0..operations.len()).filter(own).collect();
    let sure: Vec<usize> = all
        .iter()
        .copied()
        .filter(|&at| is_sure(&operations[at]))
        .collect();
    let mut sources: Vec<Option<usize>> = all
        .into_iter()
        .filter(|&at| operations[at].written() == Some(value))
        .map(Some)
        .collect();
    if history.initial_of(of.register) == value {
        sources.push(None);
    }
    let counts = sources.into_iter().filter_map(|source| {
        let mut left = sure.clone();
        left.extend(source.filter(|it| !sure.contains(it)));
        left.push(read);
        let begun = source.is_none().then_some(0);
        fewest_between(operations, &mut left, source, read, begun)
    });
    counts.min()
}

/// By how much the read would have had to be invoked earlier, not to be stale.
fn duration(history: &History, read: usize) -> u64 {
    let mut operations = history.operations().to_vec();
    let invoked = operations[read].invoked;
    let shifts = 0..=invoked;
    let mut enough = shifts.filter(|shift| {
        operations[read].invoked = invoked - shift;
        versions(history, &operations, read) == Some(0)
    });
    enough
        .next()
        .expect("at the beginning of time nothing is stale")
}

#[test]
fn a_read_is_as_stale_as_in_the_best_order() {
    let mut seen = [0_u64; 4];
    for case in 0..CASES {
        let mut random = Random::new(case);
        let kind = Small::any(7, &mut random);
        let history = small(kind, &mut random);
        let told = staleness(&history);
        let operations = history.operations();
        for read in (0..operations.len()).filter(|&at| found(&operations[at]).is_some()) {
            assert!(told.reads.contains(&read));
            let is_of = |stale: &&Stale| stale.read == read;
            let stale = told.stale.iter().find(is_of);
            let expected = versions(&history, operations, read);
            let drawn = histories::Timeline::from(history.clone());
            assert_eq!(
                told.unexplained.contains(&read),
                expected.is_none(),
                "{read} of\n{drawn}"
            );
            let behind = stale.map_or(0, |stale| stale.versions);
            assert_eq!(behind, expected.unwrap_or(0), "{read} of\n{drawn}");
            if let Some(stale) = stale {
                assert_eq!(
                    stale.duration(&history),
                    duration(&history, read),
                    "{read} of\n{drawn}"
                );
            }
            seen[expected.map_or(3, |behind| behind.min(2))] += 1;
        }
    }
    // Each kind of read has been met often: fresh, one behind, more behind, and unexplained.
    assert!(seen.iter().all(|&count| count > 200), "{seen:?}");
}

#[test]
fn nothing_is_stale_in_a_linearizable_history() {
    for seed in 0..20 {
        for values in [None, Some(5)] {
            let load = Load {
                operations: 2_000,
                values,
                ..Load::PLAIN
            };
            let told = staleness(&linearizable(load, seed));
            assert!(told.stale.is_empty() && told.unexplained.is_empty());
            assert!(told.reads.len() > 500);
        }
    }
}
