//! Every small timeline, and what Rust says of it: a line each, for the test that compares the page's own checker with it.
//!
//! A line has the timeline as a link of the page names it, then for safe, regular and atomic either the sentence that says
//! what breaks it or, for each open read, what it may return; and for atomic the combinations. Tabs stand between.

use std::io::{self, BufWriter, Write};

use histories::questions::{Answer, Possible, ask};
use histories::{History, Model, Operation, Value, check};

/// An operation: when it begins, when it ends, if it does, and what it writes or returns, if that is said.
#[derive(Clone, Copy)]
struct Small {
    writes: bool,
    from: u64,
    to: Option<u64>,
    value: Option<&'static str>,
}

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let values = ["0", "1", "2"];
    // Each operation on a thread of its own: any three in four columns, any four in three.
    for (columns, most) in [(4, 3), (3, 4)] {
        let all = operations(columns, &values);
        for count in 1..=most {
            each_choice(all.len(), count, &mut |chosen| {
                let lanes: Vec<Vec<Small>> = chosen.iter().map(|&at| vec![all[at]]).collect();
                line(&mut out, "0", &lanes)
            })?;
        }
    }
    note(&mut out)?;
    by_lot(&mut out)?;
    out.flush()
}

/// Every operation that fits so many columns: writes of 1 and 2, reads of these values, and reads that say nothing.
fn operations(columns: u64, values: &[&'static str]) -> Vec<Small> {
    let mut all = Vec::new();
    for from in 0..columns {
        for to in (from..columns).map(Some).chain([None]) {
            let write = |value| (true, Some(value));
            let mut actions = vec![write("1"), write("2"), (false, None)];
            if to.is_some() {
                actions.extend(values.iter().map(|&value| (false, Some(value))));
            }
            all.extend(actions.into_iter().map(|(writes, value)| Small {
                writes,
                from,
                to,
                value,
            }));
        }
    }
    all
}

/// Calls this with each choice of some of so many, where one may be chosen again and order does not matter.
fn each_choice(
    of: usize,
    count: usize,
    then: &mut dyn FnMut(&[usize]) -> io::Result<()>,
) -> io::Result<()> {
    let mut chosen = vec![0; count];
    loop {
        then(&chosen)?;
        let Some(last) = chosen.iter().rposition(|&at| at + 1 < of) else {
            return Ok(());
        };
        let next = chosen[last] + 1;
        chosen[last..].fill(next);
    }
}

/// The picture of the note, with whatever its four reads may return, words of two writes too.
fn note(out: &mut dyn Write) -> io::Result<()> {
    let values = [Some("0"), Some("1"), Some("2"), Some("0|1"), None];
    let read = |from, to, value| Small {
        writes: false,
        from,
        to: Some(to),
        value,
    };
    let write = |from, to, value| Small {
        writes: true,
        from,
        to: Some(to),
        value: Some(value),
    };
    for number in 0..values.len().pow(4) {
        let value = |place: u32| values[number / values.len().pow(place) % values.len()];
        let lanes = [
            vec![write(3, 7, "1"), write(17, 21, "2")],
            vec![read(0, 4, value(0)), read(22, 26, value(1))],
            vec![read(0, 4, value(2)), read(7, 11, value(3))],
        ];
        line(out, "0", &lanes)?;
    }
    Ok(())
}

/// Larger ones, drawn by lot from a seed: several operations on a thread, repeated values, values of two words.
fn by_lot(out: &mut dyn Write) -> io::Result<()> {
    let mut random = fastrand::Rng::with_seed(15);
    for _ in 0..40_000 {
        let mixes = random.bool();
        let few = random.bool();
        let values: &[&'static str] = match mixes {
            true => &["0", "1", "2", "0|1", "1|2", "7"],
            false => &["0", "1", "2", "3", "4"],
        };
        let mut written = if few {
            vec!["1", "2"]
        } else {
            vec!["1", "2", "3", "4"]
        };
        let count = random.usize(4..=8);
        let mut lanes: Vec<Vec<Small>> = vec![Vec::new(); random.usize(2..=4)];
        for _ in 0..count {
            let lane = random.usize(0..lanes.len());
            let Some(since) = lanes[lane]
                .last()
                .map_or(Some(0), |it| it.to.map(|to| to + 1))
            else {
                continue;
            };
            let from = since + random.u64(0..5);
            if from > 50 {
                continue;
            }
            let to = (random.u8(0..16) > 0).then(|| from + random.u64(0..8));
            let writes = random.u8(0..5) < 2 && !written.is_empty();
            let value = match writes {
                true if few => Some(written[random.usize(0..written.len())]),
                true => Some(written.swap_remove(random.usize(0..written.len()))),
                false if to.is_none() || random.u8(0..6) == 0 => None,
                false => Some(values[random.usize(0..values.len())]),
            };
            lanes[lane].push(Small {
                writes,
                from,
                to,
                value,
            });
        }
        if lanes.iter().any(|lane| !lane.is_empty()) {
            line(out, "0", &lanes)?;
        }
    }
    Ok(())
}

fn line(out: &mut dyn Write, initial: &str, lanes: &[Vec<Small>]) -> io::Result<()> {
    let threads = (1..).zip(lanes);
    let operations =
        threads.flat_map(|(thread, lane)| lane.iter().map(move |it| operation(thread, it)));
    let history = History::new(value(initial), operations).expect("it is a history");
    let said = |it: &Small| {
        let to = it.to.map_or_else(String::new, |to| to.to_string());
        let value = it
            .value
            .map_or_else(String::new, |value| format!("={value}"));
        format!(
            "{}{}-{to}{value}",
            if it.writes { 'w' } else { 'r' },
            it.from
        )
    };
    let lanes = lanes
        .iter()
        .map(|lane| lane.iter().map(said).collect::<Vec<_>>().join(","));
    let link = [initial.to_owned()]
        .into_iter()
        .chain(lanes)
        .collect::<Vec<_>>()
        .join("/");
    write!(out, "{link}")?;
    for model in Model::CLASSES {
        write!(out, "\t{}", answer(model, &history))?;
    }
    writeln!(out)
}

fn operation(thread: u32, of: &Small) -> Operation {
    match (of.writes, of.value, of.to) {
        (true, Some(text), Some(to)) => Operation::write(thread, value(text), of.from..=to),
        (true, Some(text), None) => Operation::write(thread, value(text), of.from..),
        (_, Some(text), Some(to)) => Operation::read(thread, value(text), of.from..=to),
        (_, _, Some(to)) => Operation::question(thread, of.from..=to),
        (..) => Operation::question(thread, of.from..),
    }
}

fn value(text: &str) -> Value {
    text.parse().expect("it is a value")
}

/// What breaks it, or what its open reads may return.
fn answer(model: Model, history: &History) -> String {
    if let Some(violation) = check(model, history).violation() {
        return format!("! {}", violation.sentence);
    }
    let list = |values: &mut dyn Iterator<Item = &Value>| {
        values
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(",")
    };
    match ask(model, history) {
        Answer::Independent(alone) => {
            let each = alone.iter().map(|possible| match possible {
                Possible::Anything => "*".to_owned(),
                Possible::Among(values) => list(&mut values.iter()),
            });
            each.collect::<Vec<_>>().join(";")
        }
        Answer::Joint { outcomes, .. } => {
            let each = outcomes.iter().map(|outcome| list(&mut outcome.iter()));
            each.collect::<Vec<_>>().join(";")
        }
        Answer::Contradicted(_) | Answer::Unknown { .. } => "unknown".to_owned(),
    }
}
