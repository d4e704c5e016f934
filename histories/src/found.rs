//! What the checkers tell the layer above them: a verdict without its evidence.

use crate::budget::{Limit, Meter};
use crate::verdict::{GaveUp, Reason};

/// What was found out about a history.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    Meets,
    /// Each of these alone breaks it.
    Breaks(Vec<Broken>),
    Unknown {
        states: u64,
        gave_up: GaveUp,
    },
}

/// Where the evidence is; operations are given by their index in the history.
#[derive(Clone, Debug, Default)]
pub(crate) struct Broken {
    /// Operations that break the model, as far as it was seen.
    pub(crate) among: Vec<usize>,
    /// The smallest evidence, where the checker knows it.
    pub(crate) exact: Option<(Reason, Vec<usize>)>,
}

impl Found {
    /// The search ended.
    pub(crate) fn gave_up(meter: &Meter<'_>, tried: &'static str) -> Self {
        let limit = meter.ended().unwrap_or(Limit::Method);
        Self::Unknown {
            states: meter.spent(),
            gave_up: GaveUp { limit, tried },
        }
    }

    /// It breaks the model, for this reason.
    pub(crate) fn because(reason: Reason, mut witness: Vec<usize>) -> Self {
        witness.sort_unstable();
        witness.dedup();
        Self::Breaks(vec![Broken {
            among: witness.clone(),
            exact: Some((reason, witness)),
        }])
    }

    /// It breaks the model; the evidence is among these.
    pub(crate) fn among(among: Vec<usize>) -> Self {
        Self::Breaks(vec![Broken { among, exact: None }])
    }

    /// Whether the history meets the model, if this is known.
    pub(crate) fn meets(&self) -> Option<bool> {
        match self {
            Self::Meets => Some(true),
            Self::Breaks(_) => Some(false),
            Self::Unknown { .. } => None,
        }
    }

    /// What is found of a whole of whose parts this is known.
    pub(crate) fn of_parts(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::Meets;
        for part in parts {
            whole = match (whole, part) {
                (Self::Breaks(mut one), Self::Breaks(other)) => {
                    one.extend(other);
                    Self::Breaks(one)
                }
                (Self::Breaks(one), _) | (_, Self::Breaks(one)) => Self::Breaks(one),
                (Self::Unknown { states, gave_up }, Self::Unknown { states: more, .. }) => {
                    Self::Unknown {
                        states: states + more,
                        gave_up,
                    }
                }
                (unknown @ Self::Unknown { .. }, Self::Meets)
                | (Self::Meets, unknown @ Self::Unknown { .. }) => unknown,
                (Self::Meets, Self::Meets) => Self::Meets,
            };
        }
        whole
    }
}
