//! Explores protocols of the catalogue in scenarios.

use histories::Timeline;
use registers::Arity;
use registers::scenario::Scenario;
use replicas::catalogue::{Listed, Use};
use replicas::every::{Report, Setup, explore};
use replicas::machine::Explorable;

/// The study note's timeline.
pub(crate) const NOTE: &str = "\
init: 0
Thread 1:      wwwww(1)     wwwww(2)
Thread 2:   rrrrr                rrrrr
Thread 3:   rrrrr  rrrrr
";

/// `note`, or what each thread does.
pub(crate) fn scenario(name: &str) -> Scenario {
    if name == "note" {
        let timeline: Timeline = NOTE.parse().expect("it is a timeline");
        return Scenario::drawn("note", &timeline.history);
    }
    name.parse().expect("it is a scenario")
}

/// Explores something in a scenario.
pub(crate) struct Explore<'a>(pub(crate) &'a str, pub(crate) Setup);

impl Use for Explore<'_> {
    type Output = Report;

    fn of<P: Explorable>(self, protocol: &P) -> Report {
        let explored = explore(protocol, &scenario(self.0), &self.1);
        explored.expect("the protocol performs the scenario")
    }
}

/// The scenarios of the table of rungs that a protocol can perform.
#[allow(dead_code)] // Each test has this module for itself, and not every one uses all of it.
pub(crate) fn scenarios(of: Listed) -> Vec<&'static str> {
    let mut scenarios = vec!["w.rr", "ww.rr", "w.r.r", "ww.r.r", "wr.rr", "note"];
    if of.claims().writers == Arity::Many {
        scenarios.extend(["w.w.rr", "wr.wr"]);
    }
    scenarios
}
