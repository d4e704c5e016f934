//! One slice of measuring: a fresh register, some threads on their cores, a millisecond or so.

use std::hint::spin_loop;
use std::thread;

use crate::cores::{Cores, interruptions};
use crate::gate::Gate;
use crate::loops::{Ends, Pass, Seen};
use crate::topology::{Ball, Topology};
use crate::workload::Workload;

/// What a slice measured.
#[derive(Clone, Debug)]
pub struct Slice {
    /// How far the threads were from each other; `None` where that makes no difference.
    pub topology: Option<Topology>,
    /// What the writer did.
    pub written: Pass,
    /// What the reader did before anybody wrote, and whether it returned the last value; nothing if somebody wrote.
    pub read_alone: Option<(Pass, bool)>,
    /// What each reader did while somebody wrote.
    pub seen: Vec<Seen>,
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
        Workload::Frozen => frozen(workload, ends, cores),
    }
}

fn alone(workload: Workload, mut ends: Ends) -> Result<Slice, Spoilt> {
    let last = ends.writer.write_some();
    let before = interruptions();
    let reader = &mut ends.readers[0];
    let (read, returned) = reader.alone(workload.slice());
    let written = ends.writer.alone(workload.slice());
    if interruptions() != before {
        return Err(Spoilt::Interrupted);
    }
    Ok(Slice {
        topology: None,
        written,
        read_alone: Some((read, returned == Some(last))),
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

/// More threads than cores have to make room for each other: here it belongs to what is measured.
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
        let writing = scope.spawn(|| {
            cores.pin(1);
            writer.among(gate, workload.slice(), workload.every())
        });
        let reading = others.iter_mut().zip(0..).map(|(reader, core)| {
            scope.spawn(move || {
                // The first reader has the first core, the writer the second one: of two more each gets one.
                cores.pin(core % 2);
                reader.among_timed(gate)
            })
        });
        let reading: Vec<_> = reading.collect();
        let mut seen = vec![mine.among_timed(gate)];
        let join = |reader: thread::ScopedJoinHandle<'_, Seen>| reader.join();
        seen.extend(
            reading
                .into_iter()
                .map(|reader| join(reader).expect("readers do not panic")),
        );
        Slice {
            topology: None,
            written: writing.join().expect("writers do not panic"),
            read_alone: None,
            seen,
        }
    })
}

/// The reader has its core for itself; the writer is interrupted, and that is the point.
fn frozen(workload: Workload, ends: Ends, cores: &Cores) -> Result<Slice, Spoilt> {
    let Ends {
        mut writer,
        mut readers,
    } = ends;
    let reader = &mut readers[0];
    let gate = Gate::of(3);
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            cores.pin(1);
            writer.among(&gate, workload.slice(), workload.every())
        });
        scope.spawn(|| {
            cores.pin(1);
            gate.meet();
            while !gate.is_over() {
                spin_loop();
            }
        });
        let interrupted = interruptions();
        let seen = reader.among_timed(&gate);
        if interruptions() != interrupted {
            return Err(Spoilt::Interrupted);
        }
        Ok(Slice {
            topology: None,
            written: writing.join().expect("writers do not panic"),
            read_alone: None,
            seen: vec![seen],
        })
    })
}
