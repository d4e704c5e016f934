//! What the searches share: sets of packed states, and choices that learn from what contradicts them.

pub(crate) mod choice;
pub(crate) mod states;
