//! A new-old inversion: two reads in order, of which the second returns the older value.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use demos::commands::hunt::Hunt;
use histories::check::Anomaly;
use registers::regular::TwoCopies;
use registers::{Construction, Hardware, Read, Sizes, Write};
use workbench::cli::{self, Failure, Output};
use workbench::demonstrations::Demonstration;

/// Let a writer and a reader race on a register of two copies until the reader goes back in time, then show the same
/// step by step
///
/// Exit codes: 0 it was met, 2 usage error, 3 not met within 20 seconds.
#[derive(Debug, Parser)]
#[command(name = "new-old-inversion", version)]
struct Arguments {
    #[command(flatten)]
    output: Output,
}

fn main() -> ExitCode {
    cli::run(cli::parse::<Arguments>().output, race)
}

fn race() -> Result<Hunt, Failure> {
    let ([mut writer], mut readers) = TwoCopies::build(&Hardware, [0; 2], Sizes::readers(1));
    let over = AtomicBool::new(false);
    let started = Instant::now();

    let (reads, inversion) = thread::scope(|scope| {
        // One thread writes 1, 2, 3, ...
        scope.spawn(|| {
            (1..)
                .take_while(|_| !over.load(Ordering::Relaxed))
                .for_each(|value| writer.write([value; 2]));
        });
        // Another one reads, until it gets a value older than the one before.
        let reader = &mut readers[0];
        let (mut reads, mut before) = (1, reader.read());
        let inversion = loop {
            let now = reader.read();
            reads += 1;
            if now[0] < before[0] {
                break Some((before[0], now[0]));
            }
            before = now;
            if started.elapsed() > Duration::from_secs(20) {
                break None;
            }
        };
        over.store(true, Ordering::Relaxed);
        (reads, inversion)
    });

    let met = inversion.map(|(before, now)| {
        format!("returned {now}, though the read before it, by the same thread, returned {before}")
    });
    Hunt::ended(
        Demonstration::NewOldInversion,
        Anomaly::NewOldInversion,
        reads,
        met,
    )
}
