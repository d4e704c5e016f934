//! One slice of measuring: a fresh register, some threads on their cores, a millisecond or so.

use std::hint::spin_loop;
use std::thread::{self, ScopedJoinHandle};

use crate::cores::{Cores, interruptions, time_without_core};
use crate::gate::Gate;
use crate::loops::{Ends, Pass, ReadLoop, Seen, WriteLoop};
use crate::topology::{Ball, Topology};
use crate::workload::Workload;

/// What a slice measured.
#[derive(Clone, Debug)]
pub struct Slice {
    /// How far the threads were from each other; `None` where that makes no difference.
    pub topology: Option<Topology>,
    /// What the writer did.
    pub written: Pass,
    /// What the reader did before anybody wrote; nothing if somebody wrote.
    pub read_alone: Option<ReadAlone>,
    /// What each reader did while somebody wrote.
    pub seen: Vec<Seen>,
}

/// What a reader does with nobody there.
#[derive(Clone, Copy, Debug)]
pub struct ReadAlone {
    /// By value.
    pub by_value: Pass,
    /// By reference.
    pub by_reference: Pass,
    /// Whether both returned the last value.
    pub is_last: bool,
}

/// Why a slice does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoilt {
    /// A thread had to make room for another one.
    Interrupted,
    /// The cores did not run at once, or moved.
    Moved,
}

/// Takes a slice. The thread that calls this is the first reader, and is pinned to the first core.
///
/// # Errors
///
/// If what was measured says more of the machine than of the register.
pub fn take(workload: Workload, ends: Ends, cores: &Cores) -> Result<Slice, Spoilt> {
    cores.pin(0);
    match workload {
        Workload::Alone => alone(workload, ends),
        Workload::Pair | Workload::PairTimed | Workload::Paced => pair(workload, ends, cores),
        Workload::Crowd(_) => Ok(crowd(workload, ends, cores)),
        Workload::Frozen => Ok(frozen(workload, ends, cores)),
    }
}

fn alone(workload: Workload, mut ends: Ends) -> Result<Slice, Spoilt> {
    let last = ends.writer.write_some();
    let before = interruptions();
    let reader = &mut ends.readers[0];
    let (by_value, returned) = reader.alone(workload.slice());
    let (by_reference, lent) = reader.borrow(workload.slice());
    let written = ends.writer.alone(workload.slice());
    if interruptions() != before {
        return Err(Spoilt::Interrupted);
    }
    Ok(Slice {
        topology: None,
        written,
        read_alone: Some(ReadAlone {
            by_value,
            by_reference,
            is_last: [returned, lent] == [Some(last); 2],
        }),
        seen: Vec::new(),
    })
}

fn pair(workload: Workload, ends: Ends, cores: &Cores) -> Result<Slice, Spoilt> {
    let Ends {
        mut writer,
        mut readers,
    } = ends;
    let reader = &mut readers[0];
    let gate = Gate::of(2);
    let (before, after) = (Ball::default(), Ball::default());
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            cores.pin(1);
            gate.meet();
            before.back();
            let interrupted = interruptions();
            let written = writer.among(&gate, workload.slice(), workload.every());
            let was_interrupted = interruptions() != interrupted;
            gate.meet();
            after.back();
            (written, was_interrupted)
        });
        gate.meet();
        let first = before.serve();
        let interrupted = interruptions();
        let seen = match workload {
            Workload::PairTimed => reader.among_timed(&gate),
            _ => reader.among(&gate),
        };
        let was_interrupted = interruptions() != interrupted;
        gate.meet();
        let last = after.serve();
        let (written, writer_was) = writing.join().expect("writers do not panic");
        if was_interrupted || writer_was {
            return Err(Spoilt::Interrupted);
        }
        let topology = first.map(Topology::of);
        if topology.is_none() || topology != last.map(Topology::of) {
            return Err(Spoilt::Moved);
        }
        Ok(Slice {
            topology,
            written,
            read_alone: None,
            seen: vec![seen],
        })
    })
}

/// Threads that share cores make room for each other. Here that belongs to what is measured, so nothing is dropped; what
/// a reader waited for a core is told apart.
fn reading(reader: &mut Box<dyn ReadLoop>, gate: &Gate) -> Seen {
    gate.meet();
    let before = time_without_core();
    let seen = reader.among_timed(gate);
    Seen {
        without_core: time_without_core().saturating_sub(before),
        ..seen
    }
}

fn writing(workload: Workload, writer: &mut Box<dyn WriteLoop>, gate: &Gate) -> Pass {
    gate.meet();
    writer.among(gate, workload.slice(), workload.every())
}

/// The first reader has the first core, the writer the second one, and the others take turns.
fn crowd(workload: Workload, ends: Ends, cores: &Cores) -> Slice {
    let Ends {
        mut writer,
        mut readers,
    } = ends;
    let gate = Gate::of(readers.len() + 1);
    let (mine, others) = readers
        .split_first_mut()
        .expect("somebody reads in each workload");
    thread::scope(|scope| {
        let gate = &gate;
        let written = scope.spawn(|| {
            cores.pin(1);
            writing(workload, &mut writer, gate)
        });
        let others = others.iter_mut().zip(0..).map(|(reader, core)| {
            scope.spawn(move || {
                cores.pin(core % 2);
                reading(reader, gate)
            })
        });
        let others: Vec<ScopedJoinHandle<'_, Seen>> = others.collect();
        let mut seen = vec![reading(mine, gate)];
        let join = |reader: ScopedJoinHandle<'_, Seen>| reader.join();
        let others = others.into_iter().map(join);
        seen.extend(others.map(|seen| seen.expect("readers do not panic")));
        Slice {
            topology: None,
            written: written.join().expect("writers do not panic"),
            read_alone: None,
            seen,
        }
    })
}

/// The reader has its core for itself. The writer has to share its own with a thread that does nothing else than take
/// it: so it is stopped for some milliseconds, wherever it is, and it is nearly always in the middle of a write.
fn frozen(workload: Workload, ends: Ends, cores: &Cores) -> Slice {
    let Ends {
        mut writer,
        mut readers,
    } = ends;
    let gate = Gate::of(3);
    thread::scope(|scope| {
        let written = scope.spawn(|| {
            cores.pin(1);
            writing(workload, &mut writer, &gate)
        });
        scope.spawn(|| {
            cores.pin(1);
            gate.meet();
            gate.meet();
            while !gate.is_over() {
                spin_loop();
            }
        });
        let seen = reading(&mut readers[0], &gate);
        Slice {
            topology: None,
            written: written.join().expect("writers do not panic"),
            read_alone: None,
            seen: vec![seen],
        }
    })
}
