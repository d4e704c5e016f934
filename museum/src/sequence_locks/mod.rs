//! Readers that check a count before and after.

mod cpython;
mod crossbeam;
mod datadog;
mod dora;
mod impatient;
mod lamport;
mod latch;
mod no_fence;
mod two_writers;
mod validated;
mod wraps;

use crate::Exhibit;

pub(crate) use validated::GAP;

pub(crate) const EXHIBITS: &[&[Exhibit]] = &[
    cpython::EXHIBITS,
    dora::EXHIBITS,
    no_fence::EXHIBITS,
    crossbeam::EXHIBITS,
    validated::EXHIBITS,
    datadog::EXHIBITS,
    two_writers::EXHIBITS,
    latch::EXHIBITS,
    lamport::EXHIBITS,
    impatient::EXHIBITS,
    wraps::EXHIBITS,
];
