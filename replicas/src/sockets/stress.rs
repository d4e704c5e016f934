//! Clients at full speed, recorded and judged; in the middle third of the time something may go wrong.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use histories::History;
use histories::record::{AtomicClock, Ended, Recorder};
use interleavings::is_interrupted;

use super::proxy::Fault;
use super::running::Running;
use super::session::Session;
use crate::machine::{Answer, Data, Node, Request};

/// What clients do.
#[derive(Clone, Debug)]
pub struct Load {
    /// How many of them, the first ones, write.
    pub writers: u8,
    /// Which share of the operations of those are reads.
    pub reads: f64,
    /// After how long a client gives up waiting for an answer.
    pub deadline: Duration,
    /// For how long they go on.
    pub duration: Duration,
    /// What goes wrong.
    pub planned: Option<Planned>,
    /// What chance starts from; the scheduler remains free.
    pub seed: u64,
}

/// Something that goes wrong, from the end of the first third of the time on.
#[derive(Clone, Debug)]
pub struct Planned {
    /// To whom.
    pub nodes: Vec<Node>,
    /// What.
    pub what: What,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Between these nodes and all others, until the last third begins.
    Fault(Fault),
    /// The replicas among them stop for good.
    Stop,
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Stressed {
    /// The history.
    pub history: History,
    /// For how long the clients went on.
    pub elapsed: Duration,
    /// How many operations were done, by each client.
    pub done: Vec<u64>,
    /// How many nobody answered, of each client.
    pub gave_up: Vec<u64>,
    /// How long operations took that were done, sorted.
    pub latencies: Vec<Duration>,
}

/// Lets all clients loose. `progress` is told, now and then, how much time has passed.
///
/// # Panics
///
/// If a client's thread cannot be started.
pub fn stress(
    running: &mut Running,
    session: &(dyn Fn(&Running, u8) -> Session + Sync),
    load: &Load,
    progress: &mut dyn FnMut(Duration),
) -> Stressed {
    let clients = running.cluster().clients;
    let recorder = Recorder::new(AtomicClock::default());
    // Processes in the order of the clients, whoever comes first.
    let logs: Vec<_> = (1..=clients)
        .map(|process| recorder.process(process.into()))
        .collect();
    let sessions: Vec<Session> = (0..clients)
        .map(|client| session(running, client))
        .collect();
    let is_over = AtomicBool::new(false);
    let begun = Instant::now();
    let (mut done, mut gave_up) = (vec![0; clients.into()], vec![0; clients.into()]);
    let mut latencies = Vec::new();
    thread::scope(|scope| {
        let (ended, ends) = channel();
        for (client, (mut log, mut session)) in logs.into_iter().zip(sessions).enumerate() {
            let (ended, is_over) = (ended.clone(), &is_over);
            scope.spawn(move || {
                let mut random = Rng::with_seed(load.seed ^ (client as u64) << 32);
                let (mut gave_up, mut latencies) = (0, Vec::new());
                // Each value is written once.
                let mut value = client as u64 + 1;
                // One operation at least, however late this thread begins.
                loop {
                    let begun = Instant::now();
                    let is_done = if client < load.writers.into() && random.f64() >= load.reads {
                        let data = Data::from(value);
                        value += u64::from(clients);
                        let write = || match session.perform(Request::Write(data), load.deadline) {
                            Ended::Done(Answer::Wrote) => Ended::Done(()),
                            Ended::Failed => Ended::Failed,
                            _ => Ended::Unknown,
                        };
                        log.on(0).try_write(data, write).is_some()
                    } else {
                        let read = || match session.perform(Request::Read, load.deadline) {
                            Ended::Done(Answer::Read(data)) => Ended::Done(data),
                            Ended::Failed => Ended::Failed,
                            _ => Ended::Unknown,
                        };
                        log.on(0).try_read(read).is_some()
                    };
                    if is_done {
                        latencies.push(begun.elapsed());
                    } else {
                        gave_up += 1;
                    }
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                }
                drop(log);
                let _ = ended.send((client, gave_up, latencies));
            });
        }
        drop(ended);
        wait(running, load, begun, progress);
        is_over.store(true, Ordering::Relaxed);
        for (client, without, took) in ends {
            done[client] = took.len() as u64;
            gave_up[client] = without;
            latencies.extend(took);
        }
    });
    latencies.sort_unstable();
    Stressed {
        elapsed: begun.elapsed(),
        history: recorder.into_history(0),
        done,
        gave_up,
        latencies,
    }
}

/// Waits until the time is over, and lets go wrong meanwhile what is planned.
fn wait(running: &mut Running, load: &Load, begun: Instant, progress: &mut dyn FnMut(Duration)) {
    let third = load.duration / 3;
    for part in 0..3 {
        match &load.planned {
            Some(Planned { nodes, what }) if part == 1 => match what {
                What::Fault(fault) => running.between(nodes, Some(*fault)),
                What::Stop => nodes.iter().for_each(|&node| running.stop(node)),
            },
            Some(Planned {
                nodes,
                what: What::Fault(_),
            }) if part == 2 => {
                running.between(nodes, None);
            }
            _ => {}
        }
        let until = if part == 2 {
            load.duration
        } else {
            third * (part + 1)
        };
        while begun.elapsed() < until && !is_interrupted() {
            progress(begun.elapsed());
            let left = until.saturating_sub(begun.elapsed());
            thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}
