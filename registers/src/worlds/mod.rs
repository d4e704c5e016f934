//! Memories other than [`Hardware`](crate::Hardware).

mod any;
pub mod conducted;
pub mod counted;
pub mod flicker;
pub mod paced;
pub(crate) mod said;

pub use any::{Any, AnyLock, AnyWord};
