//! Values in several slots, and an index that says which.

mod four_slot;
mod given_back;
mod left_right;
mod mailbox;
mod ring;
mod triple_buffer;
mod two_slots;

use crate::Exhibit;

pub(crate) const EXHIBITS: &[&[Exhibit]] = &[
    four_slot::EXHIBITS,
    triple_buffer::EXHIBITS,
    mailbox::EXHIBITS,
    given_back::EXHIBITS,
    left_right::EXHIBITS,
    ring::EXHIBITS,
    two_slots::EXHIBITS,
];
