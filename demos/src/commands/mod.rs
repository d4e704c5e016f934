//! The subcommands of `workbench`.

pub mod chain;
pub mod check;
pub mod classify;
pub mod convert;
pub mod hunt;
pub mod lattice;
pub mod museum;
pub mod new;
pub mod prove;
pub mod replay;
pub mod show;
pub mod story;
pub mod stress;
pub mod table;
pub mod timeline;
