//! Every interleaving of a register, under loom: the referee of the atlas.

mod clock;
mod explore;
mod flicker;
mod memory;
mod precedence;
pub mod prover;
mod stage;
mod trace;
mod weakened;
mod witness;

pub use clock::as_far_as_it_matters;
pub use explore::{Limits, explore, explore_in};
pub use flicker::{Flicker, FlickerWord};
pub use memory::{LoomLock, LoomMemory, LoomWord};
pub use weakened::{Site, Weakened, WeakenedWord};
