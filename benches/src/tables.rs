//! What was measured, as tables.

use workbench::screen::grouped;

use crate::contestant::{Contestant, Origin};
use crate::engines::{Engines, Explored};
use crate::goals::Goal;
use crate::record::{Case, Record};
use crate::semantics::{Cost, costs};
use crate::standings::{best_peer, ranking};
use crate::statistics::Quartiles;
use crate::workload::{Metric, Workload};

/// A table with a heading.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it shows.
    pub heading: String,
    /// What stands above the columns.
    pub header: Vec<String>,
    /// As many cells in each row.
    pub rows: Vec<Vec<String>>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// All tables of a run.
#[must_use]
pub fn all(record: &Record, engines: Option<&Engines>, goals: &[Goal]) -> Vec<Table> {
    use Workload::{Alone, Paced, Pair};
    let mut tables = vec![
        of_raw(
            record,
            Alone,
            Metric::ReadNanos,
            "Nobody else there: nanoseconds for a read",
        ),
        of_raw(
            record,
            Alone,
            Metric::BorrowNanos,
            "Nobody else there: nanoseconds for a read by reference, which copies only what it has to",
        ),
        of_raw(
            record,
            Alone,
            Metric::WriteNanos,
            "Nobody else there: nanoseconds for a write",
        ),
        of_raw(
            record,
            Pair,
            Metric::FreshReads,
            "1 writer and 1 reader at full speed: M fresh reads/s",
        ),
        of_peer(
            record,
            Pair,
            Metric::FreshReads,
            "The same, compared with the best peer",
        ),
        of_raw(
            record,
            Pair,
            Metric::Reads,
            "1 writer and 1 reader at full speed: M reads/s",
        ),
        of_raw(
            record,
            Pair,
            Metric::Writes,
            "1 writer and 1 reader at full speed: M writes/s",
        ),
        latencies(record),
        of_raw(
            record,
            Paced,
            Metric::Reads,
            "The writer paced at 1 M/s: M reads/s",
        ),
        of_peer(
            record,
            Paced,
            Metric::Reads,
            "The same, compared with the best peer",
        ),
        crowd(record),
        frozen(record),
        semantics(record),
    ];
    tables.extend(
        engines
            .into_iter()
            .flat_map(|it| [judged(it), explored(it)]),
    );
    tables.extend([checklist(goals), slices(record)]);
    tables.retain(|table| !table.rows.is_empty());
    tables
}

/// A figure as it is shown: millions of what happens in a second, milliseconds of the longest read, percent of time.
fn shown(metric: Metric, figure: f64) -> String {
    match metric {
        Metric::ReadNanos | Metric::BorrowNanos | Metric::WriteNanos => short(figure),
        Metric::Reads | Metric::FreshReads | Metric::Writes => short(figure / 1e6),
        Metric::LongestRead => format!("{:.1}", figure / 1e6),
        Metric::Lost => format!("{:.1}", 100.0 * figure),
    }
}

/// Three digits, or what is left of them.
fn short(figure: f64) -> String {
    match figure {
        100.0.. => format!("{figure:.0}"),
        10.0.. => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

/// `1.20 (1.18-1.23)`
fn ratio(ratio: Option<Quartiles>) -> String {
    match ratio {
        None => "-".to_owned(),
        Some(it) => format!(
            "{} ({}-{})",
            short(it.median),
            short(it.low),
            short(it.high)
        ),
    }
}

/// The name, and what is wrong with it.
fn name(record: &Record, contestant: Contestant) -> String {
    let faults = record.all_faults(contestant);
    let mut marks = Vec::new();
    if contestant.origin() == Origin::Broken {
        marks.push("broken");
    }
    if faults.torn > 0 {
        marks.push("tears");
    }
    if faults.inverted > 0 {
        marks.push("inverts");
    }
    if faults.wrong > 0 {
        marks.push("wrong");
    }
    if marks.is_empty() {
        contestant.name().to_owned()
    } else {
        format!("{} [{}]", contestant.name(), marks.join(", "))
    }
}

fn payloads(record: &Record, workload: Workload) -> Vec<usize> {
    let legs = record.plan.legs.iter();
    legs.filter(|leg| leg.workload == workload)
        .flat_map(|leg| leg.payloads.iter().copied())
        .collect()
}

/// Who takes part, in order, each with the cells that `cells` makes for each payload.
fn by_payload(
    record: &Record,
    workload: Workload,
    metric: Metric,
    cells: impl Fn(Case) -> Vec<String>,
) -> Vec<Vec<String>> {
    let payloads = payloads(record, workload);
    let row = |contestant| {
        let case = |&words| Case {
            workload,
            words,
            contestant,
        };
        let cells = payloads.iter().map(case).flat_map(&cells);
        [name(record, contestant)]
            .into_iter()
            .chain(cells)
            .collect()
    };
    ranking(record, workload, metric)
        .into_iter()
        .map(row)
        .collect()
}

/// Where the threads were, if that makes a difference.
fn distance(record: &Record, workload: Workload) -> Vec<String> {
    let distance = record.distance(workload);
    distance
        .map(|it| format!("At one distance between the cores only: {it}."))
        .into_iter()
        .collect()
}

fn of_raw(record: &Record, workload: Workload, metric: Metric, heading: &str) -> Table {
    let columns = |words| [format!("{words} words"), "of raw".to_owned()];
    let payloads = payloads(record, workload);
    let header = payloads.into_iter().flat_map(columns);
    Table {
        heading: heading.to_owned(),
        header: ["register".to_owned()].into_iter().chain(header).collect(),
        rows: by_payload(record, workload, metric, |case| {
            let figure = record.figure(case, metric);
            let figure = figure.map(|it| shown(metric, it.median));
            vec![
                figure.unwrap_or_else(|| "-".to_owned()),
                ratio(record.ratio(case, metric, Contestant::RAW)),
            ]
        }),
        notes: distance(record, workload),
    }
}

fn of_peer(record: &Record, workload: Workload, metric: Metric, heading: &str) -> Table {
    let peer = |words| best_peer(record, workload, words, metric);
    let payloads = payloads(record, workload);
    if payloads.iter().all(|&words| peer(words).is_none()) {
        return Table::default();
    }
    let column = |words| match peer(words) {
        None => format!("{words} words"),
        Some(peer) => format!("{words} words, of {peer}"),
    };
    let header = payloads.into_iter().map(column);
    Table {
        heading: heading.to_owned(),
        header: ["register".to_owned()].into_iter().chain(header).collect(),
        rows: by_payload(record, workload, metric, |case| {
            let of = |peer| record.ratio(case, metric, peer);
            vec![ratio(peer(case.words).and_then(of))]
        }),
        notes: distance(record, workload),
    }
}

fn latencies(record: &Record) -> Table {
    let workload = Workload::PairTimed;
    let columns = |words| {
        [
            format!("{words} words: p50"),
            "p99".to_owned(),
            "p99.9".to_owned(),
            "longest".to_owned(),
        ]
    };
    let payloads = payloads(record, workload);
    let header = payloads.into_iter().flat_map(columns);
    Table {
        heading: "1 writer and 1 reader at full speed: nanoseconds for a read, the clock included"
            .to_owned(),
        header: ["register".to_owned()].into_iter().chain(header).collect(),
        rows: by_payload(record, workload, Metric::FreshReads, |case| {
            match record.latencies(case) {
                None => vec!["-".to_owned(); 4],
                Some(histogram) => [0.5, 0.99, 0.999, 1.0]
                    .map(|part| grouped(histogram.value_at_quantile(part)))
                    .to_vec(),
            }
        }),
        notes: distance(record, workload),
    }
}

fn crowd(record: &Record) -> Table {
    let legs = record.plan.legs.iter();
    let crowds = legs.filter(|leg| matches!(leg.workload, Workload::Crowd(_)));
    let workload = crowds.map(|leg| leg.workload).max();
    let Some(workload) = workload else {
        return Table::default();
    };
    let columns = |words| {
        [
            format!("{words} words: M fresh reads/s"),
            "longest read, ms".to_owned(),
            "% of time waiting".to_owned(),
        ]
    };
    let payloads = payloads(record, workload);
    let header = payloads.into_iter().flat_map(columns);
    let metrics = [Metric::FreshReads, Metric::LongestRead, Metric::Lost];
    Table {
        heading: format!("More threads than cores: {workload}"),
        header: ["register".to_owned()].into_iter().chain(header).collect(),
        rows: by_payload(record, workload, Metric::FreshReads, |case| {
            let figure = |metric| record.figure(case, metric).map(|it| shown(metric, it.median));
            metrics.map(|metric| figure(metric).unwrap_or_else(|| "-".to_owned())).to_vec()
        }),
        notes: vec![
            "The longest read of the raw copy is what the scheduler takes. Waiting: in reads of more than 20 µs, and not for a core.".to_owned(),
        ],
    }
}

fn frozen(record: &Record) -> Table {
    let workload = Workload::Frozen;
    let columns = |words| {
        [
            format!("{words} words: % of time waiting"),
            "M fresh reads/s".to_owned(),
        ]
    };
    let payloads = payloads(record, workload);
    let header = payloads.into_iter().flat_map(columns);
    Table {
        heading:
            "The writer is stopped again and again, in the middle of a write: what readers lose"
                .to_owned(),
        header: ["register".to_owned()].into_iter().chain(header).collect(),
        rows: by_payload(record, workload, Metric::Lost, |case| {
            let figure = |metric| {
                record
                    .figure(case, metric)
                    .map(|it| shown(metric, it.median))
            };
            [Metric::Lost, Metric::FreshReads]
                .map(|metric| figure(metric).unwrap_or_else(|| "-".to_owned()))
                .to_vec()
        }),
        notes: vec![
            "A thread that shares the writer's core takes it away for some milliseconds at a time. Who gives up its core while it waits shows that as\nwaiting only if nobody else wants the core."
                .to_owned(),
        ],
    }
}

/// The cost of semantics.
#[must_use]
pub fn semantics(record: &Record) -> Table {
    let header = [
        "class",
        "register",
        "words",
        "read, ns",
        "write, ns",
        "M fresh reads/s",
        "torn/M",
        "inverted/M",
        "read / write",
        "readers",
    ];
    let figure = |figure: Option<f64>| figure.map_or_else(|| "-".to_owned(), short);
    let per_million = |figure: Option<f64>| match figure {
        None => "-".to_owned(),
        Some(0.0) => "0".to_owned(),
        Some(some) => format!("{some:.1}"),
    };
    let row = |cost: &Cost| {
        let kind = match cost.origin {
            Origin::Broken => " (broken)",
            _ => "",
        };
        vec![
            cost.class.clone(),
            format!("{}{kind}", cost.register),
            cost.words.to_string(),
            figure(cost.read_nanos),
            figure(cost.write_nanos),
            figure(cost.fresh_reads.map(|reads| reads / 1e6)),
            per_million(cost.torn_per_million),
            per_million(cost.inverted_per_million),
            cost.progress.clone(),
            cost.readers.clone(),
        ]
    };
    Table {
        heading: "The cost of semantics".to_owned(),
        header: header.map(str::to_owned).to_vec(),
        rows: costs(record).iter().map(row).collect(),
        notes: vec![
            "Read and write: alone. Fresh reads: of a value not seen before, beside a writer at full speed. Torn and inverted: of a million reads beside a writer.".to_owned(),
        ],
    }
}

/// How fast histories are judged and read.
fn judged(engines: &Engines) -> Table {
    let rows = engines.judged.iter().enumerate().map(|(at, it)| {
        let before = at.checked_sub(1).map(|before| &engines.judged[before]);
        let same = before.filter(|last| (last.history, &last.by) == (it.history, &it.by));
        let growth = same.map(|last| format!("{:.1}", it.nanos() / last.nanos()));
        vec![
            it.history.to_owned(),
            it.by.clone(),
            grouped(it.operations as u64),
            short(1e3 * it.seconds),
            short(it.nanos()),
            growth.unwrap_or_default(),
            it.said.clone(),
        ]
    });
    let header = [
        "history",
        "judged by, read as",
        "operations",
        "ms",
        "ns each",
        "growth",
        "",
    ];
    Table {
        heading: "Recorded histories of 16 processes, judged and read".to_owned(),
        header: header.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        notes: vec![
            "The best of three. Growth: nanoseconds for each operation, of those in the row above."
                .to_owned(),
        ],
    }
}

/// How fast executions are explored.
fn explored(engines: &Engines) -> Table {
    let row = |it: &Explored| {
        vec![
            it.scenario.clone(),
            it.memory.to_owned(),
            it.words.to_string(),
            grouped(it.states),
            short(1e3 * it.seconds),
            short(it.states as f64 / it.seconds / 1e3),
        ]
    };
    let header = [
        "scenario",
        "memory",
        "words",
        "states",
        "ms",
        "thousand states/s",
    ];
    Table {
        heading: "Every execution of the sequence lock, explored".to_owned(),
        header: header.map(str::to_owned).to_vec(),
        rows: engines.explored.iter().map(row).collect(),
        notes: vec!["The best of three.".to_owned()],
    }
}

fn checklist(goals: &[Goal]) -> Table {
    let met = |met| match met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "not measured",
    };
    let row = |goal: &Goal| {
        vec![
            met(goal.met).to_owned(),
            goal.what.clone(),
            goal.measured.clone(),
        ]
    };
    Table {
        heading: "Goals".to_owned(),
        header: ["", "goal", "measured (words)"].map(str::to_owned).to_vec(),
        rows: goals.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

fn slices(record: &Record) -> Table {
    let row = |workload: Workload| {
        let tally = record.tally(workload);
        let distance = record.distance(workload);
        vec![
            workload.to_string(),
            tally.rounds.to_string(),
            grouped(tally.clean as u64),
            grouped(tally.interrupted as u64),
            grouped(tally.moved as u64),
            distance.map_or_else(|| "-".to_owned(), |it| it.to_string()),
        ]
    };
    let header = [
        "workload",
        "rounds",
        "slices",
        "interrupted",
        "moved",
        "cores",
    ];
    Table {
        heading: "What counts".to_owned(),
        header: header.map(str::to_owned).to_vec(),
        rows: record.plan.legs.iter().map(|leg| row(leg.workload)).collect(),
        notes: vec![
            "Slices in which a thread was interrupted, or the cores did not run at once or moved, are dropped and taken again.".to_owned(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        let cases = [
            (0.0, "0.00"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (123.4, "123"),
        ];
        for (figure, expected) in cases {
            assert_eq!(short(figure), expected);
        }
        assert_eq!(shown(Metric::FreshReads, 18_000_000.0), "18.0");
        assert_eq!(shown(Metric::Lost, 0.005), "0.5");
    }
}
