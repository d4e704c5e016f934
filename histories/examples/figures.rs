//! How long each verdict takes, and how long each format takes to read:
//! `cargo run --release -p histories --example figures`.
//!
//! One line a history, a model and a length: the best time of three; the time that all threads together were on a
//! processor, which is what to compare where the machine has more to do; what the best time is for each operation, and
//! how many times that of the line before, where this is of a tenth of the length; and the memory that was in use at
//! once beyond the history itself. An argument chooses the lines whose first column contains it.

use std::fs;
use std::io::{self, Write};
use std::time::Instant;

use histories::formats::{Format, Options, read, write};
use histories::{Action, History, Model, Operation, Process, Verdict, check};

const PROCESSES: u64 = 16;

/// How often each is measured; the best counts.
const ROUNDS: usize = 3;

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
            Operation::write(process as Process, held, invoked..=completed)
        } else {
            Operation::read(process as Process, held, invoked..=completed)
        });
    }
    History::new(0, operations).expect("a process does one thing at a time")
}

/// The same history with one read, nine tenths on, that returns a value written halfway: it was overwritten long ago.
fn stale(history: &History) -> History {
    let mut operations = history.operations().to_vec();
    let by_time = |tenths: u64, is_wanted: fn(&Operation) -> bool| {
        let end = operations.iter().filter_map(|op| op.completed).max();
        let from = end.expect("something completed") / 10 * tenths;
        (0..operations.len())
            .filter(|&at| operations[at].invoked >= from && is_wanted(&operations[at]))
            .min_by_key(|&at| operations[at].invoked)
            .expect("half of them read, and half write")
    };
    let (read, write) = (
        by_time(9, Operation::is_read),
        by_time(5, Operation::is_write),
    );
    let old = operations[write].written().cloned();
    operations[read].action = Action::Read(old);
    History::new(0, operations).expect("only a value has changed")
}

/// A field of `/proc/self/status`, in bytes; 0 where there is none.
fn memory(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    number.unwrap_or(0) * 1024
}

/// How long the threads of this process have run on a processor, in seconds; 0 where the system does not tell.
fn processor() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let told = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        told.split_whitespace().next()?.parse::<u64>().ok()
    });
    nanoseconds.sum::<u64>() as f64 / 1e9
}

/// What is measured, and what was measured last.
struct Table<W> {
    out: W,
    chosen: String,
    last: Option<(String, String, usize, f64)>,
}

impl<W: Write> Table<W> {
    fn wants(&self, what: &str) -> bool {
        what.contains(&self.chosen)
    }

    /// Measures something and writes a line about it; the time in seconds.
    fn line(
        &mut self,
        what: &str,
        by: &str,
        length: usize,
        mut run: impl FnMut() -> String,
    ) -> io::Result<[f64; 2]> {
        let mut said = String::new();
        let (mut best, mut least) = (f64::INFINITY, f64::INFINITY);
        // The peak begins anew, where the system allows it.
        let is_new = fs::write("/proc/self/clear_refs", "5").is_ok();
        let before = memory("VmRSS");
        for _ in 0..ROUNDS {
            let (start, worked) = (Instant::now(), processor());
            said = run();
            best = best.min(start.elapsed().as_secs_f64());
            least = least.min(processor() - worked);
        }
        let peak = memory("VmHWM").saturating_sub(before);
        let memory = match is_new {
            true => format!("{}", peak / length as u64),
            false => String::new(),
        };
        self.write(what, by, length, [best, least], &memory, &said)?;
        Ok([best, least])
    }

    fn write(
        &mut self,
        what: &str,
        by: &str,
        length: usize,
        [seconds, worked]: [f64; 2],
        memory: &str,
        said: &str,
    ) -> io::Result<()> {
        let each = 1e9 * seconds / length as f64;
        let of_tenth = self.last.as_ref().filter(|(of, model, tenth, _)| {
            (of.as_str(), model.as_str(), 10 * tenth) == (what, by, length)
        });
        let growth = of_tenth.map_or(String::new(), |(.., last)| format!("{:.1}", each / last));
        self.last = Some((what.to_owned(), by.to_owned(), length, each));
        writeln!(
            self.out,
            "{what:<29} {by:<19} {length:>7} {:>8.2} {:>8.2} {each:>7.1} {growth:>6} {memory:>6}  {said}",
            1e3 * seconds,
            1e3 * worked,
        )
    }

    fn verdict(&mut self, what: &str, model: Model, history: &History) -> io::Result<[f64; 2]> {
        let length = history.operations().len();
        self.line(what, model.name(), length, || {
            match check::check(model, history) {
                Verdict::Meets => "meets".to_owned(),
                Verdict::Breaks(it) => {
                    format!("{}, witness of {}", it.anomaly.name(), it.witness.len())
                }
                Verdict::Unknown { states } => format!("unknown after {states} states"),
            }
        })
    }

    fn reading(&mut self, what: &str, format: Format, history: &History) -> io::Result<()> {
        let length = history.operations().len();
        let mut text = Vec::new();
        write(history, format, &mut text).map_err(io::Error::other)?;
        let said = format!("{:.0} MB", text.len() as f64 / 1e6);
        self.line(what, &format.to_string(), length, || {
            let read = read(text.as_slice(), &Options::default());
            assert_eq!(read.map(|it| it.operations().len()).ok(), Some(length));
            said.clone()
        })?;
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let mut table = Table {
        out: io::stdout().lock(),
        chosen: std::env::args().nth(1).unwrap_or_default(),
        last: None,
    };
    writeln!(
        table.out,
        "{:<29} {:<19} {:>7} {:>8} {:>8} {:>7} {:>6} {:>6}  verdict",
        "history", "judged by, read as", "length", "ms", "cpu ms", "ns/op", "growth", "B/op"
    )?;
    const LENGTHS: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
    let what = "every value once";
    if table.wants(what) {
        for length in LENGTHS {
            table.verdict(what, Model::Atomic, &history(length, None, 2))?;
        }
    }
    let what = "every value once, nanoseconds";
    if table.wants(what) {
        for length in LENGTHS {
            table.verdict(what, Model::Atomic, &history(length, None, 1000))?;
        }
    }
    let what = "five values";
    if table.wants(what) {
        for length in LENGTHS {
            table.verdict(what, Model::Atomic, &history(length, Some(5), 2))?;
        }
    }
    let what = "each model";
    if table.wants(what) {
        let long = history(1_000_000, None, 2);
        let mut sum = [0.0; 2];
        for model in Model::ALL {
            let took = table.verdict(what, model, &long)?;
            sum = [sum[0] + took[0], sum[1] + took[1]];
        }
        let all = format!("all {}", Model::ALL.len());
        table.write(what, &all, long.operations().len(), sum, "", "")?;
    }
    let what = "one stale read";
    if table.wants(what) {
        for model in Model::ALL {
            for length in [10_000, 100_000, 1_000_000] {
                table.verdict(what, model, &stale(&history(length, None, 2)))?;
            }
        }
    }
    let what = "one stale read, nanoseconds";
    if table.wants(what) {
        for length in [10_000, 100_000, 1_000_000] {
            table.verdict(what, Model::Atomic, &stale(&history(length, None, 1000)))?;
        }
    }
    let what = "five values, one wrong";
    if table.wants(what) {
        for length in [10_000, 100_000, 1_000_000] {
            table.verdict(what, Model::Atomic, &stale(&history(length, Some(5), 2)))?;
        }
    }
    for format in [Format::Edn, Format::Log, Format::JsonLines] {
        let what = format!("reading {format}");
        if table.wants(&what) {
            for length in [10_000, 100_000, 1_000_000] {
                table.reading(&what, format, &history(length, None, 2))?;
            }
        }
    }
    Ok(())
}
