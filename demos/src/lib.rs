//! What the binaries share: each command is a report that is computed first, and then drawn or printed as JSON.
//!
//! | module | holds |
//! |---|---|
//! | [`exhibits`] | the note's timeline and the anomalies, each with a register and the schedule that shows it |
//! | [`answers`] | what the open reads of a timeline may return |
//! | [`staging`] | what registers returned when real threads performed a timeline |
//! | [`explored`] | what explorations of every interleaving found |
//! | [`storms`] | what registers returned at full speed |
//! | [`classified`] | what a register really is: storm, every interleaving, and who waits for whom |
//! | [`commands`] | the subcommands of `workbench` |
//! | [`cli`] | options, errors and exit codes that all binaries have |
//! | [`screen`] | tables, headings and colour |

pub mod answers;
pub mod classified;
pub mod cli;
pub mod commands;
pub mod exhibits;
pub mod explored;
pub mod screen;
pub mod staging;
pub mod storms;
