//! Whether a history meets a level: choices of who read from whom, and for each the level itself.

use super::facts::{Chosen, Facts, Version, versions};
use super::graph::{Edge, Graph, Why};
use super::ordered::{self, Open, Saturated};
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
        let known = Known {
            facts,
            chosen,
            versions: &versions,
            open,
        };
        if level != Level::StrictSerializable && self.is_met_by_guess(&graph, &known) {
            return Found::Meets;
        }
        match search::has_order(&graph, facts, chosen, &versions, meter) {
            Some(true) => Found::Meets,
            Some(false) => Found::NoOrder,
            None => Found::Unknown(saturated == Saturated::Fully),
        }
    }

    /// Whether it is met where transactions keep the order of real time, though the level does not ask for it: all but
    /// those that are seen not to, or the versions of each register. A guess may be wrong, so it proves nothing else.
    fn is_met_by_guess(&self, graph: &Graph, known: &Known<'_>) -> bool {
        /// So often some more are left out.
        const ROUNDS: usize = 16;
        let mut in_time = known.chosen.is_there.clone();
        for _ in 0..ROUNDS {
            let mut graph = graph.clone();
            graph.round += 1;
            graph.add_time(known.facts, &in_time);
            match self.is_met(&mut graph, known, known.open.clone()) {
                Some(true) => return true,
                Some(false) => break,
                None => {}
            }
            // There is a circle: its steps in time were not taken in time.
            let Err(among) = graph.order() else { break };
            let circle = graph.circle(&among);
            let late = circle.iter().filter(|(_, edge)| edge.why == Why::Clock);
            let late: Vec<u32> = late
                .flat_map(|&(node, edge)| [graph.transaction(node), graph.transaction(edge.to)])
                .flatten()
                .collect();
            if late.is_empty() {
                break;
            }
            late.into_iter().for_each(|it| in_time[it as usize] = false);
        }
        let (mut graph, mut open) = (graph.clone(), known.open.clone());
        ordered::guess(&mut graph, known.facts, known.versions, &mut open);
        self.is_met(&mut graph, known, open) == Some(true)
    }

    /// Whether there is an order with what was guessed; `None` if there is a circle.
    fn is_met(&self, graph: &mut Graph, known: &Known<'_>, mut open: Open) -> Option<bool> {
        let Known {
            facts,
            chosen,
            versions,
            ..
        } = *known;
        let part = Budget::of_states(self.meter.share(4));
        let part = part.meter();
        match ordered::saturate(graph, versions, &mut open, false, &part) {
            Saturated::Circle => None,
            Saturated::Met => Some(true),
            _ => Some(search::has_order(graph, facts, chosen, versions, &part) == Some(true)),
        }
    }
}

/// What is known before something is guessed.
struct Known<'a> {
    facts: &'a Facts<'a>,
    chosen: &'a Chosen,
    versions: &'a [Vec<Version>],
    open: Open,
}

fn circle(graph: Graph) -> Option<Found> {
    let among = graph.order().err()?;
    let circle = graph.circle(&among);
    Some(Found::Circle(Box::new(graph), circle))
}
