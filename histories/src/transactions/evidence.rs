//! What proves a violation: a part of the history as small as can be, judged again, and the circle in it.

use super::decide::{Found, Question};
use super::facts::{Facts, Source, gather};
use super::graph::{Edge, Graph};
use super::verdict::{Beyond, Dependency, Ground, Kind};
use super::weak::TooOld;
use super::{Access, Anomaly, Level, Options, Transaction, Transactions, Violation, naive};
use crate::check::Budget;

/// So many transactions the oracle takes.
const ORACLE: usize = 5;

/// How much is looked at to make the evidence smaller.
const STATES: u64 = 2_000_000;

/// The evidence of what was found.
pub(super) fn violation(
    level: Level,
    facts: &Facts<'_>,
    options: &Options,
    found: &Found,
) -> Violation {
    let history = facts.history;
    let budget = Budget::of_states(STATES);
    let meter = budget.meter();
    let ask = |kept: &[usize], is_for_show| {
        let part = part(facts, kept);
        let question = Question {
            level,
            options,
            meter: &meter,
            is_for_show,
        };
        match gather(&part) {
            Ok(facts) => question.ask(&facts),
            Err(_) => Found::Meets,
        }
    };
    let everything: Vec<usize> = (0..history.all().len()).collect();
    let first = match found {
        Found::Circle(graph, circle) => involved(graph, circle, facts),
        Found::TooOld(TooOld { reader, writer, .. }) => vec![*reader as usize, *writer as usize],
        _ => everything.clone(),
    };
    let is_proof = |kept: &[usize]| ask(kept, false).is_broken();
    let start = match first.len() < everything.len() && is_proof(&first) {
        true => first,
        false => everything,
    };
    let mut kept = smaller(start, &is_proof);
    kept.sort_unstable();
    let shown = ask(&kept, true);
    let mut violation = described(level, history, &kept, &shown);
    if kept.len() <= ORACLE && shown.is_broken() {
        violation.confirmed = Some(!naive::meets(level, &part(facts, &kept), options));
    }
    violation
}

/// Fewer transactions that still prove it: halves are left out, then quarters, and so on (Zeller and Hildebrandt 2002).
fn smaller(mut kept: Vec<usize>, is_proof: &dyn Fn(&[usize]) -> bool) -> Vec<usize> {
    let mut size = kept.len().div_ceil(2);
    loop {
        let mut at = 0;
        let before = kept.len();
        while at < kept.len() {
            let end = (at + size).min(kept.len());
            let without = [&kept[..at], &kept[end..]].concat();
            match !without.is_empty() && is_proof(&without) {
                true => kept = without,
                false => at = end,
            }
        }
        match size {
            1 if kept.len() == before => return kept,
            1 => {}
            _ => size = size.div_ceil(2),
        }
    }
}

/// The part of a history with these transactions. What was read from others is no longer known.
fn part(facts: &Facts<'_>, kept: &[usize]) -> Transactions {
    let history = facts.history;
    let mut is_kept = vec![false; history.all().len()];
    kept.iter().for_each(|&at| is_kept[at] = true);
    let mut all: Vec<Transaction> = Vec::with_capacity(kept.len());
    let mut sorted = kept.to_vec();
    sorted.sort_unstable();
    let mut reads = facts.reads.iter().peekable();
    for at in sorted {
        let mut transaction = history.all()[at].clone();
        while reads.next_if(|it| (it.by as usize) < at).is_some() {}
        while let Some(read) = reads.next_if(|it| it.by as usize == at) {
            let is_there = |source: &Source| match source {
                Source::Initial => true,
                Source::Of(it) => is_kept[*it as usize],
            };
            if !read.from.iter().all(is_there)
                && let Access::Read(_, value) = &mut transaction.accesses[read.nth as usize]
            {
                *value = None;
            }
        }
        all.push(transaction);
    }
    let names = history.names().to_vec();
    Transactions::new(history.initial().clone(), names, all).expect("a part of a history is one")
}

/// The transactions of a circle, and of what its edges follow from.
fn involved(graph: &Graph, circle: &[(u32, Edge)], facts: &Facts<'_>) -> Vec<usize> {
    let mut involved: Vec<u32> = Vec::new();
    let mut paths: Vec<Vec<(u32, Edge)>> = vec![circle.to_vec()];
    let mut known: Vec<u32> = Vec::new();
    while let Some(path) = paths.pop() {
        for (node, edge) in path {
            involved.extend(graph.transaction(node));
            involved.extend(graph.transaction(edge.to));
            if let Some(nth) = edge.ground.filter(|it| !known.contains(it)) {
                known.push(nth);
                let forced = graph.grounds[nth as usize];
                involved.extend(forced.reader);
                involved.push(forced.second);
                if let Source::Of(first) = forced.first {
                    involved.push(first);
                }
                paths.extend(graph.path(forced.path.0, forced.path.1, forced.round, &|_| true));
            }
        }
    }
    // A version that is read counts for who wrote it.
    let reads = facts
        .reads
        .iter()
        .filter(|it| it.from.len() == 1 && involved.contains(&it.by));
    let sources: Vec<u32> = reads
        .filter_map(|it| match it.from[0] {
            Source::Of(source) => Some(source),
            Source::Initial => None,
        })
        .collect();
    involved.extend(sources);
    involved.sort_unstable();
    involved.dedup();
    involved.into_iter().map(|it| it as usize).collect()
}

fn described(level: Level, history: &Transactions, kept: &[usize], shown: &Found) -> Violation {
    let named = |dependency: Dependency| Dependency {
        from: kept[dependency.from],
        to: kept[dependency.to],
        ..dependency
    };
    let mut violation = Violation {
        anomaly: Anomaly::NoOrder,
        beyond: None,
        transactions: kept.to_vec(),
        circle: Vec::new(),
        grounds: Vec::new(),
        sentence: String::new(),
        confirmed: None,
    };
    match shown {
        Found::Circle(graph, circle) => {
            violation.circle = graph.dependencies(circle).into_iter().map(named).collect();
            violation.grounds = grounds(graph, circle, &named, kept);
        }
        Found::TooOld(too_old) => {
            let TooOld {
                reader,
                writer,
                seen,
                register,
            } = *too_old;
            let (reader, writer) = (reader as usize, writer as usize);
            let kind = match seen {
                Some(_) => Kind::Read,
                None => Kind::Session,
            };
            let saw = Dependency {
                from: writer,
                to: reader,
                kind,
                register: seen,
            };
            let missed = Dependency {
                from: reader,
                to: writer,
                kind: Kind::AntiDependency,
                register: Some(register),
            };
            violation.circle = vec![named(saw), named(missed)];
        }
        Found::NoOrder | Found::Meets | Found::Unknown(_) => {}
    }
    violation.circle = turned(violation.circle);
    violation.anomaly = anomaly(level, &violation);
    violation.beyond = violation
        .circle
        .iter()
        .filter_map(|it| match it.kind {
            Kind::Time => Some(Beyond::Time),
            Kind::Session => Some(Beyond::Session),
            _ => None,
        })
        .next();
    let steps: Vec<String> = violation
        .circle
        .iter()
        .map(|it| it.sentence(history))
        .collect();
    violation.sentence = match steps.is_empty() {
        false => steps.join("; "),
        true => format!(
            "every order of these {} transactions, and every choice of who read from whom, has been tried",
            kept.len()
        ),
    };
    violation
}

/// A circle begins at the transaction with the lowest number.
fn turned(mut circle: Vec<Dependency>) -> Vec<Dependency> {
    let first = (0..circle.len()).min_by_key(|&at| circle[at].from);
    circle.rotate_left(first.unwrap_or(0));
    circle
}

fn grounds(
    graph: &Graph,
    circle: &[(u32, Edge)],
    named: &dyn Fn(Dependency) -> Dependency,
    kept: &[usize],
) -> Vec<Ground> {
    let mut grounds: Vec<Ground> = Vec::new();
    let mut known: Vec<u32> = Vec::new();
    let mut wanted: Vec<u32> = circle.iter().filter_map(|(_, edge)| edge.ground).collect();
    while let Some(nth) = wanted.pop() {
        if known.contains(&nth) {
            continue;
        }
        known.push(nth);
        let forced = graph.grounds[nth as usize];
        let (Source::Of(first), (from, to)) = (forced.first, forced.path) else {
            continue;
        };
        let path = graph
            .path(from, to, forced.round, &|_| true)
            .unwrap_or_default();
        wanted.extend(path.iter().filter_map(|(_, edge)| edge.ground));
        let path: Vec<Dependency> = graph.dependencies(&path).into_iter().map(named).collect();
        grounds.push(Ground {
            first: kept[first as usize],
            second: kept[forced.second as usize],
            register: forced.register,
            in_snapshots: graph.has_snapshots(),
            reader: forced.reader.map(|it| kept[it as usize]),
            path,
        });
    }
    grounds.sort_by_key(|it| (it.first, it.second, it.register));
    grounds
}

/// The name of a circle (Adya 1999; Elle, Kingsbury and Alvaro 2020; long fork: Sovran et al. 2011).
fn anomaly(level: Level, violation: &Violation) -> Anomaly {
    let circle = &violation.circle;
    let kinds: Vec<Kind> = circle.iter().map(|it| it.kind).collect();
    let count = |kind: Kind| kinds.iter().filter(|&&it| it == kind).count();
    let is_of_one_register = || circle.iter().all(|it| it.register == circle[0].register);
    if circle.is_empty() {
        return Anomaly::NoOrder;
    }
    if !level.is_ordered() && count(Kind::AntiDependency) + violation.grounds.len() > 0 {
        let mut readers = violation.grounds.iter().map(|it| it.reader);
        let first = readers.next();
        let is_one = readers.all(|it| Some(it) == first);
        return match count(Kind::Overwrite) == circle.len() && !is_one {
            true => Anomaly::DirtyWrite,
            false => Anomaly::FracturedRead,
        };
    }
    match count(Kind::AntiDependency) {
        0 if count(Kind::Overwrite) == circle.len() => Anomaly::DirtyWrite,
        0 => Anomaly::CircularInformation,
        _ if circle.len() == 2 && is_of_one_register() && count(Kind::Read) == 0 => {
            Anomaly::LostUpdate
        }
        1 => Anomaly::SingleAntiDependency,
        2 if circle.len() == 2 => Anomaly::WriteSkew,
        2 if circle.len() == 4
            && count(Kind::Read) == 2
            && kinds[0] != kinds[1]
            && kinds[1] != kinds[2] =>
        {
            Anomaly::LongFork
        }
        _ => Anomaly::AntiDependencyCycle,
    }
}
