//! Clients of a store at full speed, recorded; for a part of the time something may go wrong.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use histories::record::{Ended, Log, Recorder};
use histories::{History, Value};
use interleavings::is_interrupted;
use replicas::machine::Node;

use crate::clock::Nanoseconds;
use crate::running::{Running, Wrong};
use crate::store::{DEADLINE, Store, Trouble};

/// What clients do.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How many there are.
    pub clients: u8,
    /// How many of them, the first ones, write; half of what these do are reads.
    pub writers: u8,
    /// For how long they go on.
    pub duration: Duration,
    /// After how many operations each of them stops before that.
    pub operations: Option<u64>,
    /// What goes wrong meanwhile.
    pub planned: Option<Planned>,
    /// What chance starts from; the machine remains free.
    pub seed: u64,
}

/// Something that goes wrong for a part of the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planned {
    /// What.
    pub wrong: Wrong,
    /// With which replica.
    pub on: Node,
    /// From when until when, as shares of the time.
    pub during: (f64, f64),
}

impl Load {
    /// So many clients for a second, of whom the first two write; nothing goes wrong.
    #[must_use]
    pub fn of(clients: u8) -> Self {
        Self {
            clients,
            writers: clients.min(2),
            duration: Duration::from_secs(1),
            operations: None,
            planned: None,
            seed: 1,
        }
    }
}

impl Planned {
    /// In the middle third.
    pub const MIDDLE: (f64, f64) = (1.0 / 3.0, 2.0 / 3.0);
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Stressed {
    /// The history, its instants in nanoseconds; the register holds 0 at first.
    pub history: History,
    /// For how long the clients went on.
    pub elapsed: Duration,
    /// What became of the operations, client by client.
    pub clients: Vec<Client>,
    /// How long reads took that were done, in microseconds, sorted.
    pub reads: Vec<u64>,
    /// How long writes took.
    pub writes: Vec<u64>,
}

/// What became of the operations of a client.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// How many were done.
    pub done: u64,
    /// How many nobody answered in time: they may have happened, or happen yet.
    pub gave_up: u64,
    /// How many were refused: they did not happen.
    pub refused: u64,
    /// Of those that began while something was wrong: how many were done.
    pub done_meanwhile: u64,
    /// How many were not.
    pub not_meanwhile: u64,
    reads: Vec<u64>,
    writes: Vec<u64>,
}

/// What a client waits after it was refused, so that it does nothing else than being refused.
const AFTER_REFUSAL: Duration = Duration::from_millis(10);

/// What every register holds at first.
pub const INITIAL: u64 = 0;

/// Writes the initial value, and waits until every client reads it: what was there before is no part of the history.
///
/// # Errors
///
/// If the store answers nonsense, or nobody reads it in time.
fn begin(stores: &mut [Box<dyn Store + '_>]) -> Result<(), Trouble> {
    let Some(first) = stores.first_mut() else {
        return Err(Trouble::Unfit("there are no clients".to_owned()));
    };
    let begun = Instant::now();
    loop {
        match first.write(INITIAL)? {
            Ended::Done(()) => break,
            Ended::Failed => {}
            // It is to have happened, or to be lost for good, before the clients begin.
            Ended::Unknown => thread::sleep(2 * DEADLINE),
        }
        be_patient(begun, "does not take the initial value 0".to_owned())?;
    }
    for (number, store) in (1..).zip(stores) {
        loop {
            let problem = match store.read()? {
                Ended::Done(value) if value == INITIAL.into() => break,
                Ended::Done(value) => format!("returned {value}"),
                Ended::Failed | Ended::Unknown => "was not answered".to_owned(),
            };
            let problem = format!(
                "has taken the initial value 0, but client {number}, which read it then, {problem}"
            );
            be_patient(begun, problem)?;
        }
    }
    Ok(())
}

/// Waits a little, unless it has waited for long.
fn be_patient(begun: Instant, problem: String) -> Result<(), Trouble> {
    const PATIENCE: Duration = Duration::from_secs(20);
    if is_interrupted() {
        return Err(Trouble::Interrupted);
    }
    if begun.elapsed() > PATIENCE {
        return Err(Trouble::Unfit(format!(
            "the store {problem}, also after {} s: is it the same register for all clients, and is this machine idle enough?",
            PATIENCE.as_secs()
        )));
    }
    thread::sleep(Duration::from_millis(10));
    Ok(())
}

/// Lets all clients loose on stores that are connected. `progress` is told, now and then, how much time has passed.
///
/// # Errors
///
/// If a store answers nonsense, or does not take the initial value.
pub fn stress(
    mut stores: Vec<Box<dyn Store + '_>>,
    running: Option<&mut Running>,
    load: &Load,
    progress: &mut dyn FnMut(Duration),
) -> Result<Stressed, Trouble> {
    begin(&mut stores)?;
    let recorder = Recorder::new(Nanoseconds::default());
    // Processes in the order of the clients, whoever comes first.
    let logs: Vec<_> = (1..=load.clients)
        .map(|process| recorder.process(process.into()))
        .collect();
    let (is_over, is_wrong) = (AtomicBool::new(false), AtomicBool::new(false));
    let at_work = AtomicU8::new(load.clients);
    let trouble = Mutex::new(None);
    let begun = Instant::now();
    let clients: Vec<Client> = thread::scope(|scope| {
        let mut threads = Vec::new();
        for (number, (log, store)) in logs.into_iter().zip(stores).enumerate() {
            let (is_over, is_wrong, trouble) = (&is_over, &is_wrong, &trouble);
            let left = &at_work;
            threads.push(scope.spawn(move || {
                let mut at_work = AtWork {
                    log,
                    store,
                    number: number as u64,
                    is_wrong,
                    client: Client::default(),
                };
                if let Err(error) = at_work.until(is_over, load) {
                    is_over.store(true, Ordering::Relaxed);
                    let mut first = trouble.lock().unwrap_or_else(PoisonError::into_inner);
                    first.get_or_insert(error);
                }
                if left.fetch_sub(1, Ordering::Relaxed) == 1 {
                    is_over.store(true, Ordering::Relaxed);
                }
                at_work.client
            }));
        }
        let flags = [&is_over, &is_wrong];
        wait(running, load, begun, flags, progress);
        is_over.store(true, Ordering::Relaxed);
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined
            .map(|client| client.expect("clients do not panic"))
            .collect()
    });
    if let Some(error) = trouble.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let sorted = |times: fn(&Client) -> &Vec<u64>| {
        let mut all: Vec<u64> = clients.iter().flat_map(times).copied().collect();
        all.sort_unstable();
        all
    };
    Ok(Stressed {
        elapsed: begun.elapsed(),
        history: recorder.into_history(INITIAL),
        reads: sorted(|client| &client.reads),
        writes: sorted(|client| &client.writes),
        clients,
    })
}

/// A client at work.
struct AtWork<'a> {
    log: Log<'a, Nanoseconds>,
    store: Box<dyn Store + 'a>,
    number: u64,
    is_wrong: &'a AtomicBool,
    client: Client,
}

impl AtWork<'_> {
    fn until(&mut self, is_over: &AtomicBool, load: &Load) -> Result<(), Trouble> {
        let mut random = Rng::with_seed(load.seed ^ self.number << 32);
        // Each value is written once.
        let mut value = self.number + 1;
        let most = load.operations.unwrap_or(u64::MAX);
        // One operation at least, however late this thread begins.
        for performed in 1.. {
            let (was_wrong, done) = (self.is_wrong.load(Ordering::Relaxed), self.client.done);
            if self.number < load.writers.into() && random.bool() {
                self.write(value)?;
                value += u64::from(load.clients);
            } else {
                self.read()?;
            }
            if was_wrong {
                let done = self.client.done - done;
                self.client.done_meanwhile += done;
                self.client.not_meanwhile += 1 - done;
            }
            if performed >= most || is_over.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, value: u64) -> Result<(), Trouble> {
        let (store, begun) = (&mut self.store, Instant::now());
        let mut is = Ok(Ended::Unknown);
        self.log.on(0).try_write(value, || {
            is = store.write(value);
            is.as_ref().map_or(Ended::Unknown, Clone::clone)
        });
        if self.client.note(&is?) {
            self.client.writes.push(begun.elapsed().as_micros() as u64);
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), Trouble> {
        let (store, begun) = (&mut self.store, Instant::now());
        let mut trouble = None;
        let mut is = Ended::Unknown;
        self.log.on(0).try_read(|| match store.read() {
            Ok(Ended::Done(value)) => {
                is = Ended::Done(());
                Ended::Done(value)
            }
            Ok(Ended::Failed) => {
                is = Ended::Failed;
                Ended::<Value>::Failed
            }
            Ok(Ended::Unknown) => Ended::Unknown,
            Err(error) => {
                trouble = Some(error);
                Ended::Unknown
            }
        });
        if let Some(error) = trouble {
            return Err(error);
        }
        if self.client.note(&is) {
            self.client.reads.push(begun.elapsed().as_micros() as u64);
        }
        Ok(())
    }
}

impl Client {
    /// Counts an operation, and says whether it was done.
    fn note(&mut self, ended: &Ended<()>) -> bool {
        match ended {
            Ended::Done(()) => self.done += 1,
            Ended::Unknown => self.gave_up += 1,
            Ended::Failed => {
                self.refused += 1;
                thread::sleep(AFTER_REFUSAL);
            }
        }
        matches!(ended, Ended::Done(()))
    }
}

/// Waits until the time is over, and lets go wrong meanwhile what is planned.
fn wait(
    running: Option<&mut Running>,
    load: &Load,
    begun: Instant,
    [is_over, is_wrong]: [&AtomicBool; 2],
    progress: &mut dyn FnMut(Duration),
) {
    let goes_on = || !is_interrupted() && !is_over.load(Ordering::Relaxed);
    let mut until = |share: f64| {
        let until = load.duration.mul_f64(share);
        while begun.elapsed() < until && goes_on() {
            progress(begun.elapsed());
            let left = until.saturating_sub(begun.elapsed());
            thread::sleep(left.min(Duration::from_millis(50)));
        }
    };
    if let (Some(running), Some(planned)) = (running, load.planned) {
        let Planned { wrong, on, during } = planned;
        until(during.0);
        if goes_on() {
            running.break_down(wrong, on, load.clients);
            is_wrong.store(true, Ordering::Relaxed);
            until(during.1);
            is_wrong.store(false, Ordering::Relaxed);
            running.mend(wrong, on, load.clients);
        }
    }
    until(1.0);
}
