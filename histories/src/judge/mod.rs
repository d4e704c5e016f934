//! The classes of registers, judged one register at a time, and strict.

pub(crate) mod atomic;
pub(crate) mod regular;
pub(crate) mod safe;
pub(crate) mod strict;
pub(crate) mod strong;
mod write_order;

use rayon::prelude::*;

use crate::budget::Budget;
use crate::events::Events;
use crate::found::Found;
use crate::{History, Model};

/// Histories of fewer operations are judged by one thread: to wake another takes as long as to judge some hundreds of
/// operations.
pub(crate) const ALONE: usize = 1_000;

/// Judges a history by one of the models of this module, register by register; `parts` are the registers.
pub(crate) fn judge(history: &History, parts: &[Events], model: Model, budget: &Budget) -> Found {
    let one = |events: &Events| match model {
        Model::Safe => safe::judge(history, events, budget),
        Model::Regular => regular::judge(history, events, budget),
        Model::StrongRegular => strong::judge(history, events, budget),
        Model::Strict => strict::judge(history, events, budget),
        _ => unreachable!("{model} is judged elsewhere"),
    };
    match history.operations().len() {
        0..ALONE => Found::of_parts(parts.iter().map(one)),
        _ => {
            let found: Vec<Found> = parts.par_iter().map(one).collect();
            Found::of_parts(found)
        }
    }
}
