//! What was seen of a store, drawn.

use std::io;

use demos::commands::network::{meets, rung};
use histories::Model;
use workbench::screen::{Screen, grouped, plural};

use super::report::{Bench, Fault, Latency, Lost, OfClient, StoreReport};
use crate::running::Wrong;

/// `atomic`, or `nothing`.
pub(super) fn promised(model: Option<Model>) -> String {
    model.map_or_else(|| "nothing".to_owned(), |model| model.to_string())
}

pub(super) fn draw(report: &StoreReport, screen: &mut Screen) -> io::Result<()> {
    let version = report.version.as_ref().unwrap_or(&report.store);
    screen.heading(&format!(
        "{version}: {}, {}",
        plural(report.clients.into(), "client"),
        who_write(report.clients, report.writers)
    ))?;
    if report.modes.is_empty() {
        return screen.text("It was interrupted before anything was measured.");
    }
    rungs(&report.modes, screen)?;
    figures(&report.modes, screen)?;
    if let [only] = report.modes.as_slice() {
        clients(only, screen)?;
    }
    for bench in &report.modes {
        one(bench, report.modes.len() == 1, screen)?;
    }
    if report.left_out > 0 {
        screen.gap()?;
        screen.text(&format!(
            "Interrupted: {} left out.",
            plural(report.left_out, "mode")
        ))?;
    }
    screen.gap()?;
    screen.wrapped(
        "Seen: the strongest models that this run did not break, which proves nothing of the next one. Stale: \
         overwritten before the read began. Inverted: older than what a read before it had returned.",
    )?;
    screen.note(&format!(
        "Seed {}: it fixes what clients ask for, not what the machine does.",
        report.seed
    ))
}

fn who_write(clients: u8, writers: u8) -> String {
    match (clients, writers) {
        (1, 1) => "which writes and reads".to_owned(),
        (_, 0) => "none of which writes".to_owned(),
        (_, 1) => "1 of which writes, too".to_owned(),
        (all, many) if all == many => "all of which write and read".to_owned(),
        (_, many) => format!("{many} of which write, too"),
    }
}

/// The mode, or what else it is.
fn name(bench: &Bench) -> String {
    bench.mode.unwrap_or(&bench.title).to_owned()
}

/// What was promised, what was seen, and what the protocol beside it is.
fn rungs(modes: &[Bench], screen: &mut Screen) -> io::Result<()> {
    let row = |bench: &Bench| {
        let like = match (&bench.protocol, &bench.explored) {
            (Some(protocol), Some(met)) => format!("{protocol}: {}", rung(met)),
            (Some(protocol), None) => protocol.clone(),
            (None, _) => "-".to_owned(),
        };
        vec![
            name(bench),
            promised(bench.expected),
            meets(&bench.seen),
            like,
        ]
    };
    let rows: Vec<Vec<String>> = modes.iter().map(row).collect();
    let asked = match modes.iter().any(|bench| bench.is_expected) {
        true => "expected",
        false => "promised",
    };
    screen.table(&["mode", asked, "seen", "is like, and that is"], &rows)?;
    screen.gap()
}

/// How often, how stale, and how fast.
fn figures(modes: &[Bench], screen: &mut Screen) -> io::Result<()> {
    let pair = |latency: Latency| match (latency.p50, latency.p99) {
        (Some(half), Some(most)) => format!("{} / {}", milliseconds(half), milliseconds(most)),
        _ => "-".to_owned(),
    };
    let row = |bench: &Bench| {
        let stale = bench.staleness;
        let shown = |text: String| {
            if stale.reads == 0 {
                "-".to_owned()
            } else {
                text
            }
        };
        vec![
            name(bench),
            grouped(bench.anomalies.reads),
            share(bench.anomalies.stale, bench.anomalies.reads),
            shown(format!("{} / {}", stale.versions_half, stale.versions)),
            shown(format!(
                "{} / {}",
                milliseconds(stale.nanoseconds_half.div_ceil(1000)),
                milliseconds(stale.nanoseconds.div_ceil(1000))
            )),
            share(bench.anomalies.inverted, bench.anomalies.reads),
            pair(bench.read_micros),
            pair(bench.write_micros),
        ]
    };
    let rows: Vec<Vec<String>> = modes.iter().map(row).collect();
    screen.table(
        &[
            "mode", "reads", "stale", "versions", "for ms", "inverted", "read ms", "write ms",
        ],
        &rows,
    )?;
    screen.gap()?;
    screen.wrapped(
        "Versions and for ms: by how much a stale read is behind, half of them and the worst. Read and \
         write: half within so many ms, and 99 of 100.",
    )
}

/// Microseconds as milliseconds, with two digits that say something.
fn milliseconds(micros: u64) -> String {
    let digits = match micros {
        0..10_000 => 2,
        10_000..100_000 => 1,
        _ => 0,
    };
    format!("{:.digits$}", micros as f64 / 1e3)
}

/// How many, and which share that is.
fn share(count: u64, of: u64) -> String {
    if count == 0 {
        return "0".to_owned();
    }
    let percent = count as f64 * 100.0 / of as f64;
    format!("{} ({percent:.2} %)", grouped(count))
}

fn clients(bench: &Bench, screen: &mut Screen) -> io::Result<()> {
    screen.gap()?;
    let row = |client: &OfClient| {
        let nearest = client.nearest.clone().unwrap_or_else(|| "-".to_owned());
        let away = if bench.is_away(client) {
            ", cut off"
        } else {
            ""
        };
        let mut row = vec![
            client.name.clone(),
            nearest + away,
            grouped(client.done),
            grouped(client.gave_up),
            grouped(client.refused),
        ];
        if bench.fault.is_some() {
            let begun = client.done_meanwhile + client.not_meanwhile;
            row.push(format!(
                "{} of {}",
                grouped(client.done_meanwhile),
                grouped(begun)
            ));
        }
        row
    };
    let rows: Vec<Vec<String>> = bench.clients.iter().map(row).collect();
    let mut header = vec!["client", "nearest", "done", "gave up", "refused"];
    if bench.fault.is_some() {
        header.push("done meanwhile");
    }
    screen.table(&header, &rows)
}

/// What there is to say of one mode alone.
fn one(bench: &Bench, is_alone: bool, screen: &mut Screen) -> io::Result<()> {
    let is_broken = bench.expected.is_some() && bench.keeps == Some(false);
    if bench.violation.is_none() && bench.fault.is_none() && !is_alone {
        return Ok(());
    }
    screen.heading(&heading(bench))?;
    if let Some(promise) = bench.promise {
        let what = bench.about.map(|about| format!("Here: {about}. "));
        let what = what.unwrap_or_default();
        screen.wrapped(&format!("{what}Promised: {}.", promise.says))?;
        screen.text(promise.source)?;
    }
    if let Some(fault) = &bench.fault {
        screen.wrapped(&went_wrong(fault))?;
    }
    if let Some(lost) = bench.lost {
        screen.wrapped(&is_lost(lost))?;
    }
    if !bench.undecided.is_empty() {
        let names: Vec<String> = bench.undecided.iter().map(Model::to_string).collect();
        screen.wrapped(&format!("Not decided: {}.", names.join(", ")))?;
    }
    if let Some(violation) = &bench.violation {
        if bench.promise.is_some() || bench.fault.is_some() {
            screen.gap()?;
        }
        if let Some(timeline) = &violation.timeline {
            screen.text(timeline)?;
            screen.gap()?;
        }
        screen.wrapped(&violation.sentence)?;
    }
    if is_broken && let Some(expected) = bench.expected {
        let what = if bench.is_expected {
            "expected"
        } else {
            "promised"
        };
        screen.gap()?;
        screen.wrapped(&format!("This breaks what is {what}: {expected}."))?;
    }
    Ok(())
}

fn is_lost(Lost { acknowledged, lost }: Lost) -> String {
    let acknowledged = grouped(acknowledged as u64);
    match lost {
        Some(lost) => format!(
            "{} of {acknowledged} acknowledged writes are lost: the primary that the sentinels name in the end does \
             not have them.",
            grouped(lost as u64)
        ),
        None => format!(
            "How many of {acknowledged} acknowledged writes are lost is not known: the sentinels name no primary that \
             answers. Raise --seconds."
        ),
    }
}

fn heading(bench: &Bench) -> String {
    match &bench.violation {
        Some(violation) => format!(
            "{}: not {}, in {}",
            bench.title,
            violation.model,
            plural(violation.operations, "operation")
        ),
        None => format!(
            "{}: no violation of {} in {} operations",
            bench.title,
            Model::Atomic,
            grouped(bench.operations)
        ),
    }
}

fn went_wrong(fault: &Fault) -> String {
    let Fault {
        what,
        on,
        from,
        until,
    } = fault;
    let happened = match what {
        Wrong::Hold => format!(
            "what was sent between {on}, with the clients nearest to it, and the others had to wait"
        ),
        Wrong::Close => format!(
            "connections between {on}, with the clients nearest to it, and the others were closed"
        ),
        Wrong::Delay => format!(
            "what was sent between {on}, with the clients nearest to it, and the others took 5 ms longer"
        ),
        Wrong::Pause => format!("{on} was frozen"),
        Wrong::Kill => return format!("{on} was killed after {from:.1} s."),
    };
    format!("From {from:.1} to {until:.1} s {happened}.")
}
