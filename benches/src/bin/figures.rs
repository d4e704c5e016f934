//! How long each verdict takes, and how long each format takes to read, one by one:
//! `cargo run --release -p benches --bin figures`. The scoreboard has the most telling of these beside the rest.
//!
//! One line a history, a model and a length: the best time of three; the time that all threads together were on a
//! processor, which is what to compare where the machine has more to do; what the best time is for each operation, and
//! how many times that of the line before, where this is of a tenth of the length; and the memory that was in use at
//! once beyond the history itself. An argument chooses the lines whose first column contains it.

use std::fs;
use std::io::{self, Write};
use std::time::Instant;

use benches::engines::said;
use benches::recorded::{linearizable as history, with_a_stale_read as stale};
use histories::formats::{Format, Options, read, write};
use histories::{History, Model, check};

/// How often each is measured; the best counts.
const ROUNDS: usize = 3;

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
            said(&check::check(model, history))
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
