//! What each semantics costs.
//!
//! `cargo bench -p benches` runs criterion on each register by itself, and shows how a figure develops. `cargo run
//! --release -p benches --bin scoreboard` compares: a noisy machine does not spoil it. It also measures the checkers and
//! the explorer ([`engines`]); `--bin figures` has more of the checkers, one line for each history and model.
//!
//! | benchmark | measures |
//! |---|---|
//! | `registers` | reads and writes of every register, alone and while others read and write, by the number of words |
//! | `checkers` | judging histories of growing length |
//! | `formats` | reading them |
//! | `interleavings` | exploring every interleaving by states: the note's timeline, and scenarios of growing size |
//!
//! # The scoreboard
//!
//! All contestants are measured in one process, in rounds, each in another order every round ([`measure`]). A slice
//! takes a millisecond or so, with a fresh register and each thread on a core of its own ([`mod@slice`]). It is dropped if a
//! thread was interrupted, or if the cores did not run at once or moved ([`topology`]). What counts is the ratio to the
//! raw copy of the same round, at one distance between the cores: the median of these ratios, with quartiles
//! ([`statistics`]). With nobody there, values are read by value and by reference, which copies only what it has to;
//! and pinned slots takes part once more with values that are copied word by word ([`scalar`]). And every value that is
//! read while another thread writes is looked at ([`values`]): a fast register that tears is no register.
//!
//! Compare figures of one run only: the machine is never the same twice.

pub mod contestant;
pub mod cores;
pub mod engines;
pub mod floor;
pub mod gate;
pub mod goals;
pub mod loops;
pub mod markdown;
pub mod measure;
pub mod plan;
pub mod plots;
pub mod record;
pub mod recorded;
pub mod scalar;
pub mod scoreboard;
pub mod semantics;
pub mod slice;
pub mod standings;
pub mod statistics;
pub mod tables;
pub mod topology;
pub mod values;
pub mod workload;
