//! Registers by other hands: what well-known crates offer to share a value of several words.
//!
//! They bring their own memory accesses, so they run on [`Hardware`] only: measured by the scoreboard, and at full speed
//! [under stress](registers::stress), with the same judge as the registers here; no exploration sees into them. What they
//! promise is what their documentation says, cited in each file. All are atomic. `cargo run --release -p peers` stresses
//! them. Nothing else builds them.
//!
//! | register | writers | readers | read | write | how |
//! |---|---|---|---|---|---|
//! | [`AtomicCell`] | many | many | blocking | blocking | a sequence lock from a global table |
//! | [`SeqLock`] | many | many | blocking | blocking | a sequence lock and a mutex for writers |
//! | [`ShardedLock`] | many | many | blocking | blocking | a reader-writer lock in shards |
//! | [`StdMutex`] | many | many | blocking | blocking | mutual exclusion |
//! | [`StdRwLock`] | many | many | blocking | blocking | a reader-writer lock |
//! | [`ParkingLotMutex`] | many | many | blocking | blocking | mutual exclusion |
//! | [`ParkingLotRwLock`] | many | many | blocking | blocking | a reader-writer lock |
//! | [`ArcSwap`] | many | many | lock-free | lock-free | a pointer, freed by counts and debts |
//! | [`ArcSwapFull`] | many | many | lock-free | lock-free | the same, with readers that become owners |
//! | [`ArcSwapCache`] | many | many | lock-free | lock-free | the same, with readers that stay owners |
//! | [`Sdd`] | many | many | lock-free | lock-free | a pointer, freed by epochs |
//! | [`LeftRight`] | one | many | wait-free | blocking | two copies, and a writer that waits for readers |
//! | [`TripleBuffer`] | one | one | wait-free | wait-free | three buffers that change hands |
//! | [`AtomicU128`] | many | many | blocking | blocking | one 16-byte access, or a global lock without one |
//!
//! Missing are crates whose interface takes `unsafe` on the side of the caller, which this workspace denies:
//! crossbeam-epoch, to look behind a pointer, and haphazard, to retire one. [`Sdd`] stands for the first: it frees by
//! epochs as well, and its interface is safe.

mod arc_swap;
mod atomic_cell;
mod atomic_u128;
mod catalogue;
mod left_right;
mod mutex;
mod rw_lock;
mod sdd;
mod seqlock;
mod sharded_lock;
#[cfg(test)]
mod tests;
mod triple_buffer;

use std::fmt;
use std::sync::Arc;

#[cfg(doc)]
use registers::Hardware;
use registers::{Read, Sizes, Value, Write};

pub use arc_swap::{
    ArcSwap, ArcSwapCache, ArcSwapFull, Caching as ArcSwapCacheReader, Owned as ArcSwapFullCell,
};
pub use atomic_cell::AtomicCell;
pub use atomic_u128::AtomicU128;
pub use catalogue::Peer;
pub use left_right::{LeftRight, Reader as LeftRightReader, Writer as LeftRightWriter};
pub use mutex::{ParkingLotMutex, StdMutex};
pub use rw_lock::{ParkingLotRwLock, StdRwLock};
pub use sdd::Sdd;
pub use seqlock::SeqLock;
pub use sharded_lock::ShardedLock;
pub use triple_buffer::{Reader as TripleBufferReader, TripleBuffer, Writer as TripleBufferWriter};

/// A value that threads share by reference, whoever made it so.
pub trait Cell<const N: usize>: fmt::Debug + Send + Sync + 'static {
    /// One that holds `init`.
    fn holding(init: Value<N>) -> Self;
    /// Returns the value.
    fn load(&self) -> Value<N>;
    /// Replaces the value.
    fn store(&self, value: Value<N>);
}

/// The right to write, or to read, a [`Cell`].
#[derive(Debug)]
pub struct End<C>(Arc<C>);

/// A new cell, for all of the sizes.
fn share<C: Cell<N>, const N: usize>(init: Value<N>, sizes: Sizes) -> (Vec<End<C>>, Vec<End<C>>) {
    let cell = Arc::new(C::holding(init));
    let ends = |number| (0..number).map(|_| End(Arc::clone(&cell))).collect();
    (ends(sizes.writers), ends(sizes.readers))
}

impl<C: Cell<N>, const N: usize> Write<N> for End<C> {
    #[inline]
    fn write(&mut self, value: Value<N>) {
        self.0.store(value);
    }
}

impl<C: Cell<N>, const N: usize> Read<N> for End<C> {
    #[inline]
    fn read(&mut self) -> Value<N> {
        self.0.load()
    }
}
