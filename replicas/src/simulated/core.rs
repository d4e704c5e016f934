//! Everything of a simulation that does not depend on the protocol: time, chance, the network, and what clients do. It is
//! compiled once.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use fastrand::Rng;

use super::conditions::Conditions;
use super::workload::{Performed, Run, Workload};
use crate::machine::{Alarm, Answer, Cluster, Data, Node, Request};

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// A message arrives: the place where it waits.
    Arrives(u32),
    /// An alarm goes off, if it has not been set to another time since.
    Goes(Node, Alarm, u32),
    /// A client invokes its next operation.
    Invokes(Node),
    /// A client gives up waiting, if its operation has been under way for so long.
    GivesUp(Node),
    /// A replica stops.
    Stops(Node),
    /// It starts again, with what it had.
    Starts(Node),
}

/// What a client is at.
#[derive(Clone, Copy, Debug, Default)]
struct AtWork {
    process: u32,
    /// The operation under way, by its place in the run.
    current: Option<usize>,
    /// Whether it is on the list of what is due that it gives up; there it is once, and set later if that is too early.
    is_due: bool,
}

/// An alarm of a node. Most are set again before they go off, so it is on the list of what is due only once, and set later
/// when that is too early.
#[derive(Clone, Copy, Debug, Default)]
struct AlarmAt {
    /// When it goes off; 0 if it does not.
    at: u64,
    /// When it is on the list, and as which one; earlier ones there mean nothing.
    listed: u64,
    number: u32,
}

/// The state of a simulation.
pub(super) struct Core<'a> {
    pub(super) cluster: Cluster,
    pub(super) conditions: &'a Conditions,
    workload: &'a Workload,
    random: Rng,
    pub(super) now: u64,
    number: u64,
    due: BinaryHeap<Reverse<(u64, u64, Due)>>,
    /// The alarms of each node.
    alarms: Vec<[AlarmAt; 3]>,
    is_stopped: Vec<bool>,
    /// Where links keep order: when the last message of each pair of nodes arrives.
    links: Option<HashMap<(Node, Node), u64>>,
    clients: Vec<AtWork>,
    next_process: u32,
    next_value: u64,
    /// How many operations are under way.
    under_way: usize,
    last_read: LastRead,
    pub(super) run: Run,
}

/// The read at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastRead {
    ToCome,
    Scheduled,
    Over,
}

impl<'a> Core<'a> {
    pub(super) fn new(
        cluster: Cluster,
        conditions: &'a Conditions,
        workload: &'a Workload,
        needs_order: bool,
        seed: u64,
    ) -> Self {
        let mut core = Self {
            cluster,
            conditions,
            workload,
            random: Rng::with_seed(seed),
            now: 0,
            number: 0,
            due: BinaryHeap::new(),
            alarms: vec![[AlarmAt::default(); 3]; usize::from(cluster.replicas + cluster.clients)],
            is_stopped: vec![false; usize::from(cluster.replicas)],
            links: needs_order.then(HashMap::new),
            clients: (1..=u32::from(cluster.clients))
                .map(|process| AtWork {
                    process,
                    ..AtWork::default()
                })
                .collect(),
            next_process: u32::from(cluster.clients) + 1,
            next_value: 1,
            under_way: 0,
            last_read: LastRead::ToCome,
            run: Run::default(),
        };
        for client in 0..cluster.clients {
            let think = core.exponential(workload.think.max(1));
            core.push(think, Due::Invokes(cluster.node_of(client)));
        }
        for stop in &conditions.stops {
            core.push(stop.from, Due::Stops(stop.node));
            if let Some(until) = stop.until {
                core.push(until, Due::Starts(stop.node));
            }
        }
        core
    }

    fn push(&mut self, at: u64, due: Due) {
        self.number += 1;
        self.due.push(Reverse((at, self.number, due)));
    }

    fn exponential(&mut self, mean: u64) -> u64 {
        // Never of 0, whose logarithm is infinite.
        let share = 1.0 - self.random.f64();
        (-share.ln() * mean as f64) as u64
    }

    /// The next event, if anything is still to happen: the run is over when its last operation has ended.
    pub(super) fn next(&mut self) -> Option<Due> {
        loop {
            let Reverse((at, number, due)) = self.due.pop()?;
            (self.now, self.run.ended) = (at, at);
            let is_over = self.is_time_over() && self.under_way == 0;
            if is_over && self.last_read == LastRead::ToCome && self.workload.quiet > 0 {
                self.last_read = LastRead::Scheduled;
                let first = self.cluster.node_of(0);
                self.push(self.now + self.workload.quiet, Due::Invokes(first));
            } else if is_over && (self.last_read == LastRead::Over || self.workload.quiet == 0) {
                return None;
            }
            self.run.events += 1;
            self.mix(at ^ number.rotate_left(32));
            let is_due = match due {
                Due::Goes(node, alarm, number) => self.goes(node, alarm, number),
                _ => true,
            };
            if is_due {
                return Some(due);
            }
        }
    }

    fn is_time_over(&self) -> bool {
        self.now >= self.workload.duration || self.run.operations.len() >= self.workload.operations
    }

    fn mix(&mut self, word: u64) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        self.run.digest = (self.run.digest.rotate_left(5) ^ word).wrapping_mul(ODD);
    }

    pub(super) fn stopped(&self, node: Node) -> bool {
        self.is_stopped.get(usize::from(node.0)) == Some(&true)
    }

    pub(super) fn stop(&mut self, node: Node, stops: bool) {
        self.is_stopped[usize::from(node.0)] = stops;
        for alarm in &mut self.alarms[usize::from(node.0)] {
            alarm.at = 0;
        }
    }

    /// What a node's own clock shows.
    pub(super) fn clock(&self, node: Node) -> u64 {
        match self.conditions.clocks.get(usize::from(node.0)) {
            Some(rate) => (self.now as f64 * rate) as u64,
            None => self.now,
        }
    }

    /// Sets an alarm, for so long from now by the node's own clock.
    pub(super) fn set(&mut self, node: Node, alarm: Alarm, after: u64) {
        let after = match self.conditions.clocks.get(usize::from(node.0)) {
            Some(rate) => (after as f64 / rate) as u64,
            None => after,
        };
        let set = &mut self.alarms[usize::from(node.0)][alarm as usize];
        set.at = self.now + after.max(1);
        if set.listed <= self.now || set.listed > set.at {
            self.list(node, alarm);
        }
    }

    fn list(&mut self, node: Node, alarm: Alarm) {
        let set = &mut self.alarms[usize::from(node.0)][alarm as usize];
        set.listed = set.at;
        set.number += 1;
        let (at, number) = (set.at, set.number);
        self.push(at, Due::Goes(node, alarm, number));
    }

    /// Whether an alarm goes off that is on the list; if it was set to a later time, it is listed for then.
    fn goes(&mut self, node: Node, alarm: Alarm, number: u32) -> bool {
        let set = &mut self.alarms[usize::from(node.0)][alarm as usize];
        if set.number != number || set.at == 0 {
            return false;
        }
        if set.at > self.now {
            self.list(node, alarm);
            return false;
        }
        set.at = 0;
        !self.stopped(node)
    }

    /// When the copies of a message arrive that is sent now: none, one or two of them.
    pub(super) fn send(&mut self, from: Node, to: Node) -> [Option<u64>; 2] {
        self.run.messages += 1;
        let Conditions {
            loss, duplicates, ..
        } = *self.conditions;
        let is_lost = loss > 0.0 && self.random.f64() < loss;
        if is_lost || !self.conditions.reaches(from, to, self.now) {
            return [None; 2];
        }
        let is_twice = duplicates > 0.0 && self.random.f64() < duplicates;
        let base = self.now + self.conditions.base(self.cluster, from, to);
        let mut first = base + self.exponential(self.conditions.jitter);
        if let Some(links) = &mut self.links {
            let last = links.entry((from, to)).or_default();
            first = first.max(*last);
            *last = first;
            return [Some(first), None];
        }
        let second = is_twice.then(|| base + self.exponential(20 * self.conditions.jitter));
        [Some(first), second]
    }

    pub(super) fn arrive(&mut self, at: u64, place: u32) {
        self.push(at, Due::Arrives(place));
    }

    /// Whether a message still arrives, now that it is due.
    pub(super) fn arrives(&self, from: Node, to: Node) -> bool {
        !self.stopped(to) && self.conditions.reaches(from, to, self.now)
    }

    /// What a client invokes now, if anything.
    pub(super) fn invoke(&mut self, node: Node) -> Option<Request> {
        let at = usize::from(self.cluster.client(node));
        let is_last = self.last_read == LastRead::Scheduled;
        if is_last {
            self.last_read = LastRead::Over;
        } else if self.is_time_over() {
            return None;
        }
        let writes = at < usize::from(self.workload.writers)
            && !is_last
            && self.random.f64() >= self.workload.reads;
        let request = if writes {
            let data = Data::from(self.next_value);
            self.next_value += 1;
            Request::Write(data)
        } else {
            Request::Read
        };
        let client = &mut self.clients[at];
        client.current = Some(self.run.operations.len());
        let process = client.process;
        let is_listed = std::mem::replace(&mut client.is_due, true);
        self.under_way += 1;
        self.number += 1;
        self.run.operations.push(Performed {
            client: at as u8,
            process,
            request,
            began: self.now,
            ended: None,
            answer: None,
            instants: (self.number, 0),
        });
        if !is_listed {
            self.push(self.now + self.workload.deadline, Due::GivesUp(node));
        }
        Some(request)
    }

    /// A client is answered. An answer after the deadline is nobody's.
    pub(super) fn answer(&mut self, node: Node, answer: Answer) {
        let at = usize::from(self.cluster.client(node));
        let Some(current) = self.clients[at].current.take() else {
            return;
        };
        self.number += 1;
        let word = match answer {
            Answer::Read(Data([first, second])) => first ^ second.rotate_left(17),
            Answer::Wrote => 1,
            Answer::Swapped(did) => 2 + u64::from(did),
            Answer::Refused => 4,
        };
        self.mix(word);
        let performed = &mut self.run.operations[current];
        performed.ended = Some(self.now);
        performed.answer = Some(answer);
        performed.instants.1 = self.number;
        self.go_on(node);
    }

    /// A client gives up, if it has waited for so long: then it goes on as another process.
    pub(super) fn give_up(&mut self, node: Node) {
        let client = &mut self.clients[usize::from(self.cluster.client(node))];
        client.is_due = false;
        let Some(current) = client.current else {
            return;
        };
        let due = self.run.operations[current].began + self.workload.deadline;
        if due > self.now {
            client.is_due = true;
            self.push(due, Due::GivesUp(node));
            return;
        }
        client.current = None;
        let next = self.next_process;
        self.run.continued.push((next, client.process));
        client.process = next;
        self.next_process += 1;
        self.go_on(node);
    }

    fn go_on(&mut self, node: Node) {
        self.under_way -= 1;
        let think = match self.workload.think {
            0 => 0,
            mean => self.exponential(mean),
        };
        self.push(self.now + think, Due::Invokes(node));
    }
}
