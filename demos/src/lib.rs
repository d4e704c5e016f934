//! The subcommands of `workbench`: each computes a report, and prints it. What a register is, is decided in the library
//! [`workbench`].

pub mod commands;
