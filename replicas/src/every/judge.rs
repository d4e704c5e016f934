//! Judges pasts, each once, by all models.

use histories::check::meets;
use histories::{History, Model};
use interleavings::world::{PastId, Pasts};
use registers::scenario::Precedence;

/// The models that explored histories are judged by: all but strict, which asks for instants that an exploration does not have.
pub const JUDGED: [Model; 13] = [
    Model::Atomic,
    Model::StrongRegular,
    Model::Sequential,
    Model::Regular,
    Model::CausalMemory,
    Model::CausalConvergence,
    Model::Pram,
    Model::Causal,
    Model::ReadYourWrites,
    Model::MonotonicReads,
    Model::WritesFollowReads,
    Model::MonotonicWrites,
    Model::Safe,
];

/// Some models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Models(u16);

impl Models {
    fn bit(model: Model) -> u16 {
        let at = JUDGED.iter().position(|&it| it == model);
        at.map_or(0, |at| 1 << at)
    }

    pub(super) fn contains(self, model: Model) -> bool {
        self.0 & Self::bit(model) != 0
    }

    fn add(&mut self, model: Model) {
        self.0 |= Self::bit(model);
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Model> {
        JUDGED
            .into_iter()
            .filter(move |&model| self.contains(model))
    }
}

/// What each past breaks, as far as it was asked for.
#[derive(Debug, Default)]
pub(super) struct Judge {
    known: Vec<Option<Models>>,
    /// Whether a history could not be judged.
    pub(super) doubts: bool,
}

impl Judge {
    /// The models that a past breaks.
    pub(super) fn breaks(
        &mut self,
        pasts: &Pasts,
        (operations, precedence): (&History, Precedence),
        past: PastId,
    ) -> Models {
        let at = past as usize;
        if self.known.len() <= at {
            self.known.resize(at + 1, None);
        }
        if let Some(known) = self.known[at] {
            return known;
        }
        let broken = self.judge(&pasts.history_of(operations, precedence, past));
        self.known[at] = Some(broken);
        broken
    }

    /// The models that a history breaks.
    pub(super) fn judge(&mut self, history: &History) -> Models {
        let (mut met, mut broken) = (Vec::new(), Models::default());
        for model in JUDGED {
            if met.iter().any(|met: &Model| met.implies(model)) {
                continue;
            }
            match meets(model, history) {
                Some(true) => met.push(model),
                Some(false) => broken.add(model),
                None => self.doubts = true,
            }
        }
        broken
    }
}
