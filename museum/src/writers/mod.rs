//! Several writers, several copies.

mod bloom;
mod one_try;
mod reports;
mod ties;

use crate::Exhibit;

pub(crate) const EXHIBITS: &[&[Exhibit]] = &[
    bloom::EXHIBITS,
    ties::EXHIBITS,
    reports::EXHIBITS,
    one_try::EXHIBITS,
];
