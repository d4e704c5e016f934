//! Memories other than [`Hardware`](crate::Hardware).

pub mod conducted;
pub mod counted;
mod erased;
pub mod flicker;
pub mod paced;

pub use erased::{Erased, ErasedLock, ErasedWord};
