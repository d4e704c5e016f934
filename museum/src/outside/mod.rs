//! Registers of which nothing can be known, and why.

mod allocates;
mod half_ported;
mod std_mutex;

use crate::Exhibit;

pub(crate) const EXHIBITS: &[&[Exhibit]] = &[
    std_mutex::EXHIBITS,
    half_ported::EXHIBITS,
    allocates::EXHIBITS,
];
