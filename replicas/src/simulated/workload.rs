//! What clients do, and what became of it.

use histories::timeline::{Cut, Network};
use histories::{Action, History, Operation, Process, Timeline};

use super::conditions::Conditions;
use crate::machine::{Answer, Cluster, Data, Request};

/// What clients do: each invokes one operation after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Workload {
    /// How many clients there are.
    pub clients: u8,
    /// How many of them, the first ones, write.
    pub writers: u8,
    /// Which share of the operations of those are reads.
    pub reads: f64,
    /// How long a client thinks between two operations, on average.
    pub think: u64,
    /// After how long a client gives up waiting for an answer.
    pub deadline: u64,
    /// After how long no further operation is invoked.
    pub duration: u64,
    /// After how many operations no further one is invoked.
    pub operations: usize,
    /// How long to wait after that, before one client reads once more; 0 for no such read.
    pub quiet: u64,
}

/// An operation that was invoked.
#[derive(Clone, Copy, Debug)]
pub struct Performed {
    /// Which client, counted from 0.
    pub client: u8,
    /// As which process: a client that gave up goes on as another one.
    pub process: Process,
    /// What it asked for.
    pub request: Request,
    /// When, in microseconds of virtual time.
    pub began: u64,
    /// When it was answered; `None` if its client gave up.
    pub ended: Option<u64>,
    /// With what.
    pub answer: Option<Answer>,
    /// The order of its invocation and of its completion among all events.
    pub instants: (u64, u64),
}

/// What happened.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The operations, by invocation.
    pub operations: Vec<Performed>,
    /// Which process went on as which other one, after giving up.
    pub continued: Vec<(Process, Process)>,
    /// How many messages were sent.
    pub messages: u64,
    /// How many events there were.
    pub events: u64,
    /// When the last event was.
    pub ended: u64,
    /// A hash of everything that happened, in order: two runs of one seed have the same.
    pub digest: u64,
}

impl Run {
    /// The history.
    ///
    /// # Panics
    ///
    /// Never: each process performs its operations one after the other.
    #[must_use]
    pub fn history(&self) -> History {
        self.history_of(|_| true)
    }

    /// The history of some of the operations.
    fn history_of(&self, wanted: impl Fn(&Performed) -> bool) -> History {
        let mut builder = histories::Builder::new(0.into());
        for performed in self.operations.iter().filter(|it| wanted(it)) {
            let operation = performed.operation();
            if performed.answer == Some(Answer::Refused) {
                if !operation.is_read() {
                    builder.push_failed(operation);
                }
            } else {
                builder.push(operation);
            }
        }
        let history = builder.build();
        history.expect("each process performs its operations one after the other")
    }

    /// The operations under way between two times, as a picture, with who was cut off from whom.
    #[must_use]
    pub fn picture(
        &self,
        cluster: Cluster,
        conditions: &Conditions,
        (from, until): (u64, u64),
    ) -> Timeline {
        let within = |it: &Performed| {
            it.ended.is_none_or(|ended| ended >= from) && (from..until).contains(&it.began)
        };
        // A cut lies between the events before it and those behind it.
        let instant = |time: u64| {
            let began = self.operations.iter().map(|it| (it.began, it.instants.0));
            let ended = self
                .operations
                .iter()
                .filter_map(|it| Some((it.ended?, it.instants.1)));
            let before = began.chain(ended).filter(|&(at, _)| at <= time);
            before.map(|(_, instant)| instant).max().unwrap_or(0)
        };
        let sides = |cut: &super::conditions::Cut| {
            let names = |is_away: bool| {
                let side = cluster.replicas();
                let side = side.filter(|node| cut.away.contains(node) == is_away);
                let names: Vec<String> = side.map(|node| cluster.name(node)).collect();
                names.join(" ")
            };
            format!("{} | {}", names(false), names(true))
        };
        let cuts = conditions.cuts.iter().map(|cut| Cut {
            from: instant(cut.from),
            until: instant(cut.until),
            sides: sides(cut),
        });
        let history = self.history_of(within);
        let drawn = history.processes();
        let continued = self.continued.iter().copied();
        Timeline {
            network: Network {
                cuts: cuts.collect(),
                ..Network::default()
            },
            continued: continued
                .filter(|(after, before)| drawn.contains(after) && drawn.contains(before))
                .collect(),
            ..Timeline::from(history)
        }
    }

    /// How long operations took that were answered, in microseconds, sorted.
    #[must_use]
    pub fn latencies(&self, wanted: impl Fn(&Performed) -> bool) -> Vec<u64> {
        let answered = self.operations.iter().filter(|it| wanted(it));
        let mut all: Vec<u64> = answered
            .filter_map(|it| Some(it.ended? - it.began))
            .collect();
        all.sort_unstable();
        all
    }
}

impl Performed {
    /// Whether it was answered, and not refused.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.answer.is_some_and(|answer| answer != Answer::Refused)
    }

    fn operation(&self) -> Operation {
        let action = match (self.request, self.answer) {
            (Request::Read, Some(Answer::Read(data))) => Action::Read(Some(data.into())),
            (Request::Read, _) => Action::Read(None),
            (Request::Write(data), _) => Action::Write(data.into()),
            (Request::CompareAndSwap(expected, new), answer) => Action::CompareAndSwap {
                expected: expected.into(),
                new: new.into(),
                swapped: match answer {
                    Some(Answer::Swapped(did)) => Some(did),
                    _ => None,
                },
            },
        };
        let mut operation = Operation::new(self.process, action, self.instants.0..);
        operation.completed = self.answer.map(|_| self.instants.1);
        operation
    }

    /// What it wrote, if it is a write.
    #[must_use]
    pub fn written(&self) -> Option<Data> {
        match self.request {
            Request::Write(data) => Some(data),
            _ => None,
        }
    }
}

/// The value that a share of the sorted values does not exceed.
#[must_use]
pub fn percentile(sorted: &[u64], share: f64) -> Option<u64> {
    let last = sorted.len().checked_sub(1)?;
    let at = (share * last as f64).round() as usize;
    sorted.get(at.min(last)).copied()
}
