//! Litmus tests: small programs that tell memories apart by what they may return.
//!
//! There are two kinds of programs. Closures that run on the [atlas](crate::Atlas) may do anything, and [`outcomes`]
//! explores them:
//!
//! ```
//! use interleavings::{MemoryModel, litmus};
//! use registers::memory::Ordering::Relaxed;
//! use registers::{Memory, Word};
//! use std::sync::Arc;
//!
//! // Store buffering: may both threads miss the store of the other one?
//! let program = |memory: &interleavings::Atlas| -> Vec<litmus::Thread> {
//!     let [x, y] = ["x", "y"].map(|name| Arc::new(memory.word(format_args!("{name}"), 0)));
//!     let (x2, y2) = (Arc::clone(&x), Arc::clone(&y));
//!     vec![
//!         Box::new(move || { x.store(1, Relaxed); y.load(Relaxed) }),
//!         Box::new(move || { y2.store(1, Relaxed); x2.load(Relaxed) }),
//!     ]
//! };
//! assert!(!litmus::outcomes(MemoryModel::Sc, program)?.contains(&vec![0, 0]));
//! assert!(litmus::outcomes(MemoryModel::Weak, program)?.contains(&vec![0, 0]));
//! # Ok::<(), litmus::Inconclusive>(())
//! ```
//!
//! A straight-line [`Program`] is data. So it can be written down in a [notation], drawn at [random], and given to
//! different implementations of a memory, such as the [axioms](crate::axiomatic). The [library] has some 330 of them, each
//! with an outcome that it asks for and the verdict of each model.

mod explored;
mod library;
pub mod notation;
mod program;
mod random;
mod test;

pub use explored::{Inconclusive, Steps, outcomes, outcomes_of};
pub use library::{TEXTS, library};
pub use notation::{ParseError, parse};
pub use program::{Instruction, Ordering, Outcome, Program, Update};
pub use random::random;
pub use test::{Allowed, Test};

/// A thread of a program: what it does, and the number that it returns in the end.
pub type Thread = Box<dyn FnMut() -> u64 + Send>;
