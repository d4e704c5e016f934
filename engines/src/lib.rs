//! Stores that others wrote, on the same ladder: etcd, Redis, PostgreSQL, and one of one's own.
//!
//! Where users outgrow one machine they run an engine. Here the engine that is installed is started, clients are let loose on
//! one register of it, and what they saw is recorded and judged as any other history; beside it stands the protocol of
//! [`replicas`] that it is like, of which every execution of small scenarios has been explored. What is seen of an engine
//! proves nothing but what is broken: it is said what was *seen*, and never what it *is*.
//!
//! | module | holds |
//! |---|---|
//! | [`store`] | the trait of a client, and what may go wrong with it |
//! | [`servers`] | processes that are found, started, paused, killed, and stopped whatever happens |
//! | [`running`] | an engine that runs, and what can be broken in it |
//! | [`etcd`], [`redis`], [`postgres`] | each engine in its modes |
//! | [`command`] | a program of one's own that answers lines of JSON |
//! | [`modes`] | the list: how each mode is started, what is promised of it, which protocol it is like |
//! | [`stress`](mod@stress) | clients at full speed |
//! | [`judged`] | what their history says |
//! | [`commands`] | the program `workbench-store` |
//!
//! # Why this is a crate of its own
//!
//! The clients of three engines, with TLS-free HTTP, a runtime and SCRAM behind them, are some eighty crates. The first
//! command of a newcomer builds the program `workbench`, which needs none of them; so nothing depends on this crate, and
//! `workbench store` executes the program `workbench-store` that lies beside it, as `cargo` and `git` do it with commands that
//! others wrote. `cargo store` builds and runs it.
//!
//! # A store of one's own
//!
//! Implement [`Store`], and hand the clients to [`stress`](stress::stress()); the example `my_engine` does it. Or
//! write a program in any other language that answers lines: see [`command`].

pub mod clock;
pub mod command;
pub mod commands;
pub mod etcd;
pub mod judged;
pub mod modes;
pub mod postgres;
pub mod redis;
pub mod running;
pub mod servers;
pub mod store;
pub mod stress;

pub use store::{Store, Trouble};
