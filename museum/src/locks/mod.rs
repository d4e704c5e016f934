//! Mutual exclusion that excludes nobody.

mod bakery;
mod big_reader;
mod deadlock;
mod hyman;
mod peterson;
mod read_write;
mod spin;
mod ticket;

use crate::Exhibit;

pub(crate) use spin::GAP;

pub(crate) const EXHIBITS: &[&[Exhibit]] = &[
    spin::EXHIBITS,
    read_write::EXHIBITS,
    ticket::EXHIBITS,
    bakery::EXHIBITS,
    peterson::EXHIBITS,
    hyman::EXHIBITS,
    big_reader::EXHIBITS,
    deadlock::EXHIBITS,
];
