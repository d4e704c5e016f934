//! Whether a history meets a level: choices of who read from whom, and for each the level itself.

use super::facts::{Chosen, Facts, versions};
use super::graph::{Edge, Graph};
use super::ordered::{self, Guess, Saturated};
use super::weak::{self, TooOld};
use super::{Level, Options, search};
use crate::budget::{Budget, Meter};

/// What is found.
pub(super) enum Found {
    Meets,
    /// There is a circle, which is this one.
    Circle(Box<Graph>, Vec<(u32, Edge)>),
    TooOld(TooOld),
    /// Everything has been tried.
    NoOrder,
    /// Whether it was seen what is forced.
    Unknown(bool),
}

impl Found {
    pub(super) fn is_broken(&self) -> bool {
        matches!(self, Self::Circle(..) | Self::TooOld(_) | Self::NoOrder)
    }
}

/// What a level is asked, and how thoroughly.
pub(super) struct Question<'a> {
    pub(super) level: Level,
    pub(super) options: &'a Options,
    pub(super) meter: &'a Meter<'a>,
    /// Whether the circle shall be as short as can be.
    pub(super) is_for_show: bool,
}

impl Question<'_> {
    /// Whether the facts meet the level.
    pub(super) fn ask(&self, facts: &Facts<'_>) -> Found {
        let sure = Chosen::sure(facts);
        let undecided = (0..facts.reads.len()).filter(|&at| sure.sources[at].is_none());
        let undecided: Vec<usize> = undecided.collect();
        let found = self.judge(facts, &sure, undecided.is_empty());
        if undecided.is_empty() || found.is_broken() {
            return found;
        }
        let mut likely = sure.clone();
        for &at in &undecided {
            likely.choose(at, Some(facts.reads[at].from[0]));
        }
        match self.judge(facts, &likely, true) {
            Found::Meets => Found::Meets,
            _ => self.choose(facts, &sure, &undecided),
        }
    }

    /// Tries every source of the undecided reads. What breaks the level with some of them chosen breaks it with all.
    fn choose(&self, facts: &Facts<'_>, chosen: &Chosen, undecided: &[usize]) -> Found {
        let Some((&read, rest)) = undecided.split_first() else {
            return self.judge(facts, chosen, true);
        };
        let mut all = Found::NoOrder;
        for &source in &facts.reads[read].from {
            if !self.meter.spend(facts.reads.len() as u64) {
                return Found::Unknown(true);
            }
            let mut chosen = chosen.clone();
            chosen.choose(read, Some(source));
            if !rest.is_empty() && self.judge(facts, &chosen, false).is_broken() {
                continue;
            }
            match self.choose(facts, &chosen, rest) {
                Found::Meets => return Found::Meets,
                Found::Unknown(saturated) => all = Found::Unknown(saturated),
                _ => {}
            }
        }
        all
    }

    /// Whether the level is met with these sources. Without `all` of them known a yes means only that nothing is wrong yet.
    fn judge(&self, facts: &Facts<'_>, chosen: &Chosen, all: bool) -> Found {
        let Self {
            level,
            options,
            meter,
            ..
        } = *self;
        if !level.is_ordered() {
            return match weak::graph(level, facts, chosen, options) {
                Ok(graph) => circle(graph).unwrap_or(Found::Meets),
                Err(too_old) => Found::TooOld(too_old),
            };
        }
        let versions = versions(facts, chosen);
        let mut graph = ordered::graph(level, facts, chosen, &versions, options);
        let mut open = None;
        let saturated =
            ordered::saturate(&mut graph, &versions, &mut open, self.is_for_show, meter);
        if saturated == Saturated::Circle {
            return circle(graph).unwrap_or(Found::NoOrder);
        }
        if !all || saturated == Saturated::Met {
            return Found::Meets;
        }
        // A guess may be wrong, so it proves only that the level is met.
        let guesses: &[Guess] = match level {
            Level::StrictSerializable => &[],
            _ => &[Guess::Writers, Guess::Versions],
        };
        for &guess in guesses {
            let (mut graph, mut open) = (graph.clone(), open.clone());
            ordered::guess(guess, &mut graph, facts, chosen, &versions, &mut open);
            let part = Budget::of_states(meter.share(4));
            let part = part.meter();
            let met = match ordered::saturate(&mut graph, &versions, &mut open, false, &part) {
                Saturated::Circle => false,
                Saturated::Met => true,
                _ => search::has_order(&graph, facts, chosen, &versions, &part) == Some(true),
            };
            if met {
                return Found::Meets;
            }
        }
        match search::has_order(&graph, facts, chosen, &versions, meter) {
            Some(true) => Found::Meets,
            Some(false) => Found::NoOrder,
            None => Found::Unknown(saturated == Saturated::Fully),
        }
    }
}

fn circle(graph: Graph) -> Option<Found> {
    let among = graph.order().err()?;
    let circle = graph.circle(&among);
    Some(Found::Circle(Box::new(graph), circle))
}
