//! The subcommands of `workbench`.

pub mod cap;
pub mod chain;
pub mod check;
pub mod classify;
pub mod convert;
pub mod failover;
pub mod harvest;
pub mod hunt;
pub mod lattice;
pub mod museum;
pub mod network;
pub mod new;
pub mod over_a_network;
pub mod pacelc;
pub mod page;
pub mod play;
pub mod prove;
pub mod registers;
pub mod replay;
pub mod replicas;
pub mod show;
pub mod store;
pub mod story;
pub mod stress;
pub mod table;
pub mod timeline;
