//! Pages: what the workbench knows, to be looked at and played with in a browser.
//!
//! A page is one file. It asks for nothing over a network, and needs no server and no tool: style, script and data stand
//! in it. Its scripts are plain modules, in `pages/web`, which are joined to one when the page is written.
//!
//! | page | what it shows |
//! |---|---|
//! | [`Player`] | a register in a scenario on a memory: whoever looks is the scheduler |
//! | [`Sketch`] | a timeline that can be edited, and what each class makes of it |
//! | [`Recorded`] | a history of up to a million operations, and what breaks each model |
//! | [`Models`] | which model implies which, and which register costs what |
//! | [`index()`] | a way into all of them |
//!
//! # Nothing is simulated
//!
//! The player knows no memory model and no register. It is handed a [graph](interleavings::play) of all states that the
//! explorer found; each button is one edge of it, and each sentence was formed where it was judged. So the page cannot
//! say anything else than the explorer, and a test holds the two against each other. The one page that judges by itself is
//! that of a timeline which can be edited: its checker is compared with that of `histories` on all small timelines.
//!
//! # Strangers' words
//!
//! Histories come from elsewhere, and may hold any text. None of it becomes markup: data is compressed and in base64, so
//! no closing tag can stand in it; scripts put text into text nodes only; and the page's security policy runs no script
//! but its own.

mod encode;
mod levels;
mod models;
mod player;
mod reasons;
mod recorded;
mod scene;
mod shell;
mod sketch;
mod source;

pub use levels::{Goal, Level, Levels, Words};
pub use models::{Costs, Models, Rung};
pub use player::{Player, key};
pub use recorded::{Recorded, Told};
pub use shell::{Link, index};
pub use sketch::{NotEditable, Sketch};
