//! Memories other than [`Hardware`](crate::Hardware).

pub mod conducted;
pub mod paced;
