//! Blocks that are given back while somebody still reads them.

mod arc_swap;
mod epoch;
mod failure;
mod hazard;
mod rcu;
mod reference_count;

use crate::Exhibit;

pub(crate) const EXHIBITS: &[&[Exhibit]] = &[
    rcu::EXHIBITS,
    hazard::EXHIBITS,
    arc_swap::EXHIBITS,
    epoch::EXHIBITS,
    reference_count::EXHIBITS,
    failure::EXHIBITS,
];
