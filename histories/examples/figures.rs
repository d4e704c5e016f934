//! How long each verdict takes on long histories: `cargo run --release -p histories --example figures`.

use std::io::Write;
use std::time::Instant;

use histories::{History, Model, Operation, Verdict, check};

const PROCESSES: u64 = 16;

/// A linearizable history of 16 processes, half of whose operations write; each takes effect at a moment of its own.
/// `step` is the time between two of these moments. With `values` the written values repeat.
fn history(length: u64, values: Option<u64>, step: u64) -> History {
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = move |below: u64| {
        // Xorshift (Marsaglia 2003).
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let (mut held, mut written, mut at) = (0, 0, 0);
    let mut free = [0; PROCESSES as usize];
    let mut operations = Vec::with_capacity(length as usize);
    while (operations.len() as u64) < length {
        at += 1;
        let (process, moment) = (next(PROCESSES) as usize, step * (at + 8));
        if free[process] > moment {
            continue;
        }
        let invoked = free[process].max(moment - next(8 * step));
        let completed = moment + next(8 * step);
        free[process] = completed + 1;
        operations.push(if next(2) == 0 {
            written += 1;
            held = values.map_or(written, |values| 1 + next(values));
            Operation::write(process as u32, held, invoked..=completed)
        } else {
            Operation::read(process as u32, held, invoked..=completed)
        });
    }
    History::new(0, operations).expect("a process does one thing at a time")
}

/// The same history with one read, late in it, that returns an old value.
fn broken(history: &History) -> History {
    let mut operations = history.operations().to_vec();
    let read = (operations.len() * 9 / 10..operations.len()).find(|&at| operations[at].is_read());
    let read = read.expect("half of them read");
    let old = operations[operations.len() / 2..]
        .iter()
        .find_map(Operation::written);
    let old = old.expect("half of them write").clone();
    operations[read].action = histories::Action::Read(Some(old));
    History::new(0, operations).expect("only a value has changed")
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut line = |what: &str, model: Model, history: &History| {
        let mut best = f64::INFINITY;
        let mut verdict = Verdict::Meets;
        for _ in 0..2 {
            let start = Instant::now();
            verdict = check(model, history);
            best = best.min(start.elapsed().as_secs_f64());
        }
        let length = history.operations().len();
        let (ms, ns) = (1e3 * best, 1e9 * best / length as f64);
        let said = match verdict {
            Verdict::Meets => "meets".to_owned(),
            Verdict::Breaks(it) => format!("breaks, witness of {}", it.witness.len()),
            Verdict::Unknown { .. } => "unknown".to_owned(),
        };
        writeln!(
            out,
            "{what:<28} {model:<20} {length:>8} {ms:>9.2} ms {ns:>7.1} ns/op  {said}"
        )
    };
    for length in [1_000, 10_000, 100_000, 1_000_000] {
        line("unique", Model::Atomic, &history(length, None, 2))?;
    }
    line(
        "unique, nanoseconds",
        Model::Atomic,
        &history(1_000_000, None, 1000),
    )?;
    let long = history(1_000_000, None, 2);
    line("unique, one stale read", Model::Atomic, &broken(&long))?;
    line(
        "five values",
        Model::Atomic,
        &history(1_000_000, Some(5), 2),
    )?;
    for model in Model::ALL {
        line("unique", model, &long)?;
    }
    let broken = broken(&history(20_000, None, 2));
    for model in Model::ALL {
        line("unique, one stale read", model, &broken)?;
    }
    Ok(())
}
