//! Every interleaving of a register, under loom: the referee of the atlas.

mod clock;
mod explore;
mod memory;
mod precedence;
mod stage;
mod trace;
mod witness;

pub use explore::{Limits, explore, explore_in};
pub use memory::{LoomLock, LoomMemory, LoomWord};
