//! Replicated registers: the same ladder, the same pictures and the same checkers, over a network.
//!
//! A *replication protocol* keeps copies of a register on several replicas, so that it goes on when one of them stops. What
//! does it then guarantee: safe, regular, atomic? A [protocol](machine::Protocol) is written once, as two state machines that
//! know nothing of sockets or clocks, and then runs in every world.
//!
//! | module | holds |
//! |---|---|
//! | [`machine`] | what a protocol is: nodes, messages, events and their effects |
//! | [`protocols`] | the protocols, one idea a file, weakest first |
//! | [`catalogue`] | the list of them: what every table and command goes through |
//! | [`client_table`] | how no request is performed twice |
//! | [`every`] | every execution of a protocol in a small scenario |
//! | [`exhibits`] | what goes wrong, each with the smallest scenario in which it does |
//! | [`simulated`] | virtual time: delays, loss, cuts, stops, and a seed |
//! | [`sockets`] | threads and processes that talk over TCP, and what goes wrong between them |
//! | [`experiments`] | the rungs, CAP, PACELC, harvest and yield, failing over |
//!
//! A log that others wrote stands beside them in a package of its own, `replicas-peers`.

pub mod catalogue;
pub mod client_table;
pub mod every;
pub mod exhibits;
pub mod experiments;
pub mod machine;
pub mod protocols;
pub mod simulated;
pub mod sockets;
