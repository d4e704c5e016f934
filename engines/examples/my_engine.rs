//! A store of one's own behind the trait: a leader, and a replica that learns of a write when the next one comes.

#![allow(clippy::print_stdout, reason = "the verdict is what it is for")]

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use engines::judged::Judged;
use engines::stress::{Load, stress};
use engines::{Store, Trouble};
use histories::Value;
use histories::record::Ended;

/// What all clients share.
#[derive(Default)]
struct Shared {
    leader: AtomicU64,
    replica: AtomicU64,
}

/// One client, which writes to the leader; some read from the replica.
struct Client<'a> {
    shared: &'a Shared,
    reads_at_the_replica: bool,
}

impl Store for Client<'_> {
    fn read(&mut self) -> Result<Ended<Value>, Trouble> {
        let from = match self.reads_at_the_replica {
            true => &self.shared.replica,
            false => &self.shared.leader,
        };
        Ok(Ended::Done(from.load(SeqCst).into()))
    }

    fn write(&mut self, value: u64) -> Result<Ended<()>, Trouble> {
        let before = self.shared.leader.swap(value, SeqCst);
        self.shared.replica.store(before, SeqCst);
        Ok(Ended::Done(()))
    }
}

fn main() -> Result<(), Trouble> {
    let shared = Shared::default();
    let clients = (0..3).map(|number| {
        let client = Client {
            shared: &shared,
            reads_at_the_replica: number == 2,
        };
        Box::new(client) as Box<dyn Store + '_>
    });
    let load = Load {
        operations: Some(2_000),
        ..Load::of(3)
    };
    let stressed = stress(clients.collect(), None, &load, &mut |_| {})?;
    let judged = Judged::of(&stressed.history, &Default::default());

    println!("seen: {:?}", judged.strongest());
    if let Some(broken) = judged.first() {
        println!("not {}: {}", broken.model, broken.sentence);
        print!("\n{}", broken.picture.as_deref().unwrap_or_default());
    }
    Ok(())
}
