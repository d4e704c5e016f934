//! A torn read: a value of two words, of which a reader catches one before a write and one after it.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use demos::commands::hunt::Hunt;
use histories::check::Anomaly;
use registers::safe::WordByWord;
use registers::{Construction, Hardware, Read, Sizes, Write};
use workbench::cli::{self, Failure, Output};
use workbench::demonstrations::Demonstration;

/// Let a writer and a reader race on a word-by-word register until a read is torn, then show the same step by step
///
/// Exit codes: 0 it was met, 2 usage error, 3 not met within 20 seconds.
#[derive(Debug, Parser)]
#[command(name = "torn-read", version)]
struct Arguments {
    #[command(flatten)]
    output: Output,
}

fn main() -> ExitCode {
    cli::run(cli::parse::<Arguments>().output, race)
}

fn race() -> Result<Hunt, Failure> {
    let ([mut writer], mut readers) = WordByWord::build(&Hardware, [0; 2], Sizes::readers(1));
    let over = AtomicBool::new(false);
    let started = Instant::now();

    let (reads, torn) = thread::scope(|scope| {
        // One thread writes 1|1, 2|2, 3|3, ...
        scope.spawn(|| {
            (1..)
                .take_while(|_| !over.load(Ordering::Relaxed))
                .for_each(|value| writer.write([value; 2]));
        });
        // Another one reads, until the two words disagree.
        let reader = &mut readers[0];
        let mut reads = 0;
        let torn = loop {
            let [first, second] = reader.read();
            reads += 1;
            if first != second {
                break Some([first, second]);
            }
            if started.elapsed() > Duration::from_secs(20) {
                break None;
            }
        };
        over.store(true, Ordering::Relaxed);
        (reads, torn)
    });

    let met = torn.map(|[first, second]| {
        format!("returned {first}|{second}, one word of write {first} and one of write {second}")
    });
    Hunt::ended(Demonstration::TornRead, Anomaly::Torn, reads, met)
}
