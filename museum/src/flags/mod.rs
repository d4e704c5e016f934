//! Flags, counters and waiters.

mod assertion;
mod double_checked;
mod lost_wakeup;
mod newer;

use crate::Exhibit;

pub(crate) const EXHIBITS: &[&[Exhibit]] = &[
    assertion::EXHIBITS,
    double_checked::EXHIBITS,
    lost_wakeup::EXHIBITS,
    newer::EXHIBITS,
];
