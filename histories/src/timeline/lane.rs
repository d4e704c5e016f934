//! A lane below a picture: what happened besides, such as faults.

use super::Timeline;
use super::draw::{Layout, Together, drawn};
use crate::Instant;

impl Timeline {
    /// A line that says below the picture what happened besides, each thing where it did: `Nemesis:   ^cut    ^heal`. It
    /// is no part of the notation. `instants` are those of each operation as the events have them, since those of the
    /// picture may be others: of its invocation, and of its completion. An event comes before what happens at its instant.
    /// Of what came before all operations only the last thing is said, and nothing of what came after; `None` if that is
    /// all.
    #[must_use]
    pub fn lane(
        &self,
        name: &str,
        instants: &[(Instant, Option<Instant>)],
        events: &[(Instant, String)],
    ) -> Option<String> {
        let layout = Layout::of(self, Together::Concurrent);
        let operations = drawn(self);
        let mut known: Vec<(Instant, usize)> = Vec::new();
        for (at, &(invoked, completed)) in instants.iter().enumerate().take(operations.len()) {
            let (first, last) = layout.columns(at);
            known.push((invoked, first));
            known.extend(completed.map(|completed| (completed, last)));
        }
        known.sort_unstable();
        let (first, last) = (known.first()?.0, known.last()?.0);
        let before = events
            .iter()
            .rposition(|event| event.0 <= first)
            .unwrap_or(0);
        let shown = events[before..].iter().take_while(|event| event.0 <= last);
        let processes = operations
            .iter()
            .map(|it| format!("Thread {}:", it.process).len());
        let margin = processes.max().unwrap_or(0).max(name.len() + 1) + 2;
        let mut line = format!("{:<margin$}", format!("{name}:"));
        let empty = line.len();
        for (instant, what) in shown {
            let behind = known.iter().rev().find(|it| it.0 < *instant);
            let column = margin + behind.map_or(0, |it| it.1 + 1);
            let column = column.max(line.trim_end().len() + usize::from(line.len() > empty));
            line.truncate(line.trim_end().len().max(margin.min(line.len())));
            line.extend(std::iter::repeat_n(' ', column.saturating_sub(line.len())));
            line.push('^');
            line.push_str(what);
        }
        (line.len() > empty).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use crate::Timeline;

    #[test]
    fn what_happened_stands_where_it_did() {
        let timeline: Timeline = "
            init: 0
            Thread 1:  wwwww(1)
            Thread 2:             rrrrr(0)
        "
        .parse()
        .unwrap();
        let instants = [(10, Some(20)), (30, Some(40))];
        let lane = |events: &[(u64, &str)]| {
            let events: Vec<(u64, String)> =
                events.iter().map(|it| (it.0, it.1.to_owned())).collect();
            timeline.lane("Nemesis", &instants, &events)
        };
        assert_eq!(lane(&[]), None);
        assert_eq!(lane(&[(50, "late")]), None);
        assert_eq!(
            lane(&[(1, "a"), (5, "cut"), (25, "heal")]).unwrap(),
            "Nemesis:   ^cut ^heal"
        );
        assert_eq!(
            lane(&[(15, "cut"), (16, "heal")]).unwrap(),
            "Nemesis:    ^cut ^heal"
        );
    }
}
