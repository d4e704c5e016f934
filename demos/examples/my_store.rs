//! The history of a store of one's own: recorded by a test, and judged.

#![allow(clippy::print_stdout, reason = "the verdict is what it is for")]

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

use histories::record::{AtomicClock, Recorder};
use histories::{Model, check};

/// A store that answers reads from a replica, which follows the leader later.
#[derive(Default)]
struct Store {
    leader: AtomicU64,
    replica: AtomicU64,
}

impl Store {
    fn put(&self, value: u64) {
        self.leader.store(value, SeqCst);
    }

    fn get(&self) -> u64 {
        self.replica.load(SeqCst)
    }

    fn replicate(&self) {
        self.replica.store(self.leader.load(SeqCst), SeqCst);
    }
}

fn main() {
    let store = Store::default();
    let recorder = Recorder::new(AtomicClock::default());
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut log = recorder.process(1);
            log.write(1, || store.put(1));
        });
        let reader = scope.spawn(|| {
            writer.join().expect("the writer ends");
            let mut log = recorder.process(2);
            log.read(|| store.get());
            store.replicate();
            log.read(|| store.get());
        });
        reader.join().expect("the reader ends");
    });
    let history = recorder.into_history(0);

    // In a test this line is enough: where the history breaks the model, it panics with what is printed below.
    history.assert(Model::Sequential);

    if let Some(violation) = check(Model::Atomic, &history).violation() {
        println!("not atomic: {}\n", violation.sentence);
        print!("{}", violation.picture(&history));
    }
}
