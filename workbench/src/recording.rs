//! A short run of real threads, recorded from its first operation to its last, to be looked at.
//!
//! Stress judges as it goes and keeps next to nothing. Here every operation is recorded, so there are few of them; and its
//! accesses are [spread](registers::worlds::paced) over some microseconds, so that operations overlap however busy the machine
//! is. The threads are real, and whatever is read has been read in a race.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use histories::record::{AtomicClock, Recorder};
use histories::{Action, History, Operation, Process, Value};
use registers::catalogue::Register;

use registers::stress::Stress;
use registers::subject::Handle;
use registers::worlds::Erased;
use registers::worlds::paced::{Paced, spread};

use crate::cli::Failure;

/// How many operations each thread performs.
const OPERATIONS: u64 = 1_000;

/// How long an operation takes at most, as far as this can be told.
const OPERATION: Duration = Duration::from_micros(20);

/// How long to wait for a thread that may never come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// Records writers and readers, each of which performs its operations one after the other.
///
/// # Errors
///
/// If the register does not take so many, is not built in with that many words, panics, or does not come back.
pub fn record(register: Register, words: usize, stress: &Stress) -> Result<History, Failure> {
    let claims = register.claims();
    stress
        .check(&claims)
        .map_err(|why| Failure::Impossible(Box::new(why)))?;
    let subject = register.subject(words)?;
    let processes = 1..=(stress.writers + stress.readers) as Process;
    let is_writer = |process: Process| process as usize <= stress.writers;
    let roles = processes.clone().map(|process| match is_writer(process) {
        true => Operation::write(process, 1, 0..=1),
        false => Operation::question(process, 0..=1),
    });
    let roles = History::new(0, roles).expect("each thread does one thing");
    let handles = subject
        .instantiate(&Erased::new(Paced), &roles)
        .map_err(|why| Failure::Impossible(Box::new(why)))?;
    let recorder = Arc::new(Recorder::new(AtomicClock::default()));
    let (done, finished) = mpsc::channel();
    let writers = stress.writers as u64;
    let threads = handles.len();
    for (process, handle) in processes.zip(handles) {
        let log = recorder.clone().task(process);
        let done = done.clone();
        let values = is_writer(process).then(|| {
            let nth = u64::from(process);
            (0..OPERATIONS).map(move |at| match claims.small_numbers() {
                Some(below) => (at + 1) % below,
                None => at * writers + nth,
            })
        });
        thread::spawn(move || {
            perform(handle, log, values);
            // Nobody listens any more if another one is stuck.
            let _ = done.send(());
        });
    }
    drop(done);
    for _ in 0..threads {
        let why = match finished.recv_timeout(PATIENCE) {
            Ok(()) => continue,
            Err(RecvTimeoutError::Timeout) => "an operation does not come back",
            Err(RecvTimeoutError::Disconnected) => "an operation panics",
        };
        let why = format!(
            "{register} cannot be recorded: {why}; `workbench stress {register}` says more"
        );
        return Err(Failure::Impossible(why.into()));
    }
    let mut recorder = recorder;
    loop {
        // The last thread has said that it is done, and lets go of the recorder.
        match Arc::try_unwrap(recorder) {
            Ok(recorder) => return Ok(recorder.into_history(0)),
            Err(held) => recorder = held,
        }
        thread::yield_now();
    }
}

/// Writes these values, or reads as often.
fn perform(
    mut handle: Box<dyn Handle>,
    mut log: histories::record::Log<'_, AtomicClock>,
    values: Option<impl Iterator<Item = u64>>,
) {
    let mut random = fastrand::Rng::new();
    let mut act = |action: &Action| {
        let until = Instant::now() + OPERATION.mul_f64(random.f64());
        spread(until, random.fork(), || handle.perform(action))
    };
    match values {
        Some(values) => {
            for value in values.map(Value::from) {
                let write = Action::Write(value.clone());
                log.write(value, || drop(act(&write)));
            }
        }
        None => {
            for _ in 0..OPERATIONS {
                log.read(|| act(&Action::Read(None)).expect("a read returns a value"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use histories::{Model, check};

    use super::*;

    #[test]
    fn every_operation_is_taken_down_and_can_be_judged() {
        let stress = Stress::of_readers(1, Duration::ZERO);
        let history = record(Register::SequenceLock, 2, &stress).expect("it is recorded");
        assert_eq!(history.operations().len() as u64, 2 * OPERATIONS);
        assert!(check(Model::Atomic, &history).holds());
    }

    #[test]
    fn more_writers_than_a_register_takes_are_refused() {
        let stress = Stress {
            writers: 2,
            ..Stress::of_readers(1, Duration::ZERO)
        };
        assert!(record(Register::SequenceLock, 2, &stress).is_err());
    }
}
