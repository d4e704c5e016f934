//! What has to come before what: a graph whose nodes are transactions, or their beginnings and their commits.
//!
//! *Serializable* asks for one order of the transactions, and *snapshot isolation* for one of their beginnings and
//! commits, where what overwrites begins behind the commit of what is overwritten. A read binds the commit of its
//! source to come before the beginning of its reader, and that to come before the commit of whoever overwrites its source.
//! So one engine decides both: of serializable transactions the two points are one. That the circles of these graphs are
//! those that snapshot isolation forbids, with no two anti-dependencies in a row, is shown by Cerone and Gotsman
//! (*Analysing snapshot isolation*, PODC 2016).

use super::facts::{Facts, Source, Version};
use super::verdict::{Dependency, Kind};
use super::{Options, Outcome};
use crate::Register;

/// Why one node comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// A transaction begins before it commits.
    Own,
    /// From a commit to the point of time behind it, to the next point, or to what begins behind it.
    Clock,
    On(Kind, Register),
    Session,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) to: u32,
    pub(super) why: Why,
    /// In which round it was found; it follows from those of earlier rounds.
    pub(super) round: u32,
    /// Which of the grounds it follows from.
    pub(super) ground: Option<u32>,
}

/// Why one version comes before another: a path that was there already would close a circle with the other order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forced {
    pub(super) first: Source,
    pub(super) second: u32,
    pub(super) register: Register,
    pub(super) reader: Option<u32>,
    pub(super) path: (u32, u32),
    pub(super) round: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Graph {
    pub(super) edges: Vec<Vec<Edge>>,
    pub(super) grounds: Vec<Forced>,
    pub(super) round: u32,
    /// How many points each transaction has.
    points: u32,
    transactions: u32,
}

impl Graph {
    /// Without edges but those of each transaction alone.
    pub(super) fn new(transactions: usize, has_snapshots: bool) -> Self {
        let points = 1 + u32::from(has_snapshots);
        let transactions = transactions as u32;
        let mut graph = Self {
            edges: vec![Vec::new(); (points * transactions) as usize],
            grounds: Vec::new(),
            round: 0,
            points,
            transactions,
        };
        if has_snapshots {
            for at in 0..transactions {
                graph.add(graph.begin(at), graph.commit(at), Why::Own, None);
            }
        }
        graph
    }

    pub(super) fn begin(&self, at: u32) -> u32 {
        self.points * at
    }

    pub(super) fn commit(&self, at: u32) -> u32 {
        self.points * at + self.points - 1
    }

    /// How many points all transactions have together; the nodes behind them are times.
    pub(super) fn points(&self) -> u32 {
        self.points * self.transactions
    }

    pub(super) fn has_snapshots(&self) -> bool {
        self.points > 1
    }

    /// Whose point a node is.
    pub(super) fn transaction(&self, node: u32) -> Option<u32> {
        (node < self.points()).then(|| node / self.points)
    }

    pub(super) fn add(&mut self, from: u32, to: u32, why: Why, ground: Option<u32>) {
        let round = self.round;
        self.edges[from as usize].push(Edge {
            to,
            why,
            round,
            ground,
        });
    }

    /// A reader comes behind its source.
    pub(super) fn read(&mut self, from: u32, by: u32, register: Register) {
        let (from, to) = (self.commit(from), self.begin(by));
        self.add(from, to, Why::On(Kind::Read, register), None);
    }

    /// A version is overwritten by another, and so behind all who read it.
    pub(super) fn overwrite(
        &mut self,
        version: &Version,
        by: u32,
        register: Register,
        ground: Option<u32>,
    ) {
        if let Source::Of(writer) = version.writer {
            let (from, to) = (self.commit(writer), self.begin(by));
            self.add(from, to, Why::On(Kind::Overwrite, register), ground);
        }
        for &reader in version.readers.iter().filter(|&&reader| reader != by) {
            let (from, to) = (self.begin(reader), self.commit(by));
            self.add(from, to, Why::On(Kind::AntiDependency, register), ground);
        }
    }

    /// The order of the transactions of each process, if that counts.
    pub(super) fn add_sessions(&mut self, facts: &Facts<'_>, is_there: &[bool], options: &Options) {
        if !options.sessions {
            return;
        }
        let all = facts.history.all();
        let mut order: Vec<u32> = (0..self.transactions)
            .filter(|&at| is_there[at as usize])
            .collect();
        order.sort_by_key(|&at| all[at as usize].process);
        // Whose outcome is unknown may commit later, so it does not hold up those behind it.
        let mut last: Option<u32> = None;
        for at in order {
            let it = &all[at as usize];
            if let Some(before) = last.filter(|&before| all[before as usize].process == it.process)
            {
                self.add(self.commit(before), self.begin(at), Why::Session, None);
            }
            if it.outcome == Outcome::Committed {
                last = Some(at);
            }
        }
    }

    /// The order of real time: whatever begins comes behind whatever had committed, by way of a chain of points of time.
    pub(super) fn add_time(&mut self, facts: &Facts<'_>, is_there: &[bool]) {
        let all = facts.history.all();
        let mut begins: Vec<(u64, u32)> = Vec::new();
        let mut ends: Vec<(u64, u32)> = Vec::new();
        for at in (0..self.transactions).filter(|&at| is_there[at as usize]) {
            let it = &all[at as usize];
            begins.push((it.interval.invoked, at));
            let completed = it
                .interval
                .completed
                .filter(|_| it.outcome == Outcome::Committed);
            ends.extend(completed.map(|completed| (completed, at)));
        }
        begins.sort_unstable();
        ends.sort_unstable();
        let mut ends = ends.into_iter().peekable();
        let mut clock: Option<u32> = None;
        for (begin, at) in begins {
            let mut now: Option<u32> = None;
            while let Some((_, ended)) = ends.next_if(|&(end, _)| end < begin) {
                let now = *now.get_or_insert_with(|| {
                    self.edges.push(Vec::new());
                    self.edges.len() as u32 - 1
                });
                self.add(self.commit(ended), now, Why::Clock, None);
            }
            if let Some(now) = now {
                if let Some(before) = clock {
                    self.add(before, now, Why::Clock, None);
                }
                clock = Some(now);
            }
            if let Some(clock) = clock {
                self.add(clock, self.begin(at), Why::Clock, None);
            }
        }
    }

    /// The nodes in an order that all edges keep.
    ///
    /// # Errors
    ///
    /// If there is a circle: which nodes are on one, or between two.
    pub(super) fn order(&self) -> Result<Vec<u32>, Vec<bool>> {
        let mut before = vec![0_u32; self.edges.len()];
        for edge in self.edges.iter().flatten() {
            before[edge.to as usize] += 1;
        }
        let nodes = 0..self.edges.len() as u32;
        let mut order: Vec<u32> = nodes.filter(|&node| before[node as usize] == 0).collect();
        let mut at = 0;
        while let Some(&node) = order.get(at) {
            at += 1;
            for edge in &self.edges[node as usize] {
                before[edge.to as usize] -= 1;
                if before[edge.to as usize] == 0 {
                    order.push(edge.to);
                }
            }
        }
        match order.len() == self.edges.len() {
            true => Ok(order),
            false => Err(before.into_iter().map(|before| before > 0).collect()),
        }
    }

    /// A shortest path by edges of rounds before this one, through nodes that may be met, as the nodes and edges on it.
    pub(super) fn path(
        &self,
        from: u32,
        to: u32,
        round: u32,
        may: &dyn Fn(u32) -> bool,
    ) -> Option<Vec<(u32, Edge)>> {
        let mut by: Vec<Option<(u32, Edge)>> = vec![None; self.edges.len()];
        let mut queue = vec![from];
        let mut at = 0;
        while let Some(&node) = queue.get(at) {
            at += 1;
            for edge in self.edges[node as usize]
                .iter()
                .filter(|it| it.round < round)
            {
                let next = edge.to;
                if by[next as usize].is_some() || !may(next) {
                    continue;
                }
                by[next as usize] = Some((node, *edge));
                if next == to {
                    return Some(self.back(&by, from, to));
                }
                queue.push(next);
            }
        }
        None
    }

    fn back(&self, by: &[Option<(u32, Edge)>], from: u32, to: u32) -> Vec<(u32, Edge)> {
        let mut path = Vec::new();
        let mut node = to;
        while let Some((before, edge)) = by[node as usize] {
            path.push((before, edge));
            node = before;
            if node == from {
                break;
            }
        }
        path.reverse();
        path
    }

    /// A short circle among these nodes, as the nodes and edges on it.
    pub(super) fn circle(&self, among: &[bool]) -> Vec<(u32, Edge)> {
        /// From so many nodes a shortest one is sought, if there is one.
        const TRIED: usize = 256;
        let among = self.without_ends(among);
        let may = |node: u32| among[node as usize];
        let nodes = (0..self.edges.len() as u32).filter(|&node| may(node));
        let mut shortest: Option<(usize, Vec<(u32, Edge)>)> = None;
        for (tried, node) in nodes.enumerate() {
            if tried >= TRIED && shortest.is_some() {
                break;
            }
            let Some(circle) = self.path(node, node, u32::MAX, &may) else {
                continue;
            };
            // Times are steps of one dependency.
            let length = self.dependencies(&circle).len();
            if shortest.as_ref().is_none_or(|(least, _)| length < *least) {
                shortest = Some((length, circle));
            }
        }
        shortest.map_or_else(Vec::new, |(_, circle)| circle)
    }

    /// Of these nodes those from which another one of them is reached, and so on.
    fn without_ends(&self, among: &[bool]) -> Vec<bool> {
        let mut among = among.to_vec();
        let mut back: Vec<Vec<u32>> = vec![Vec::new(); self.edges.len()];
        let mut behind = vec![0_u32; self.edges.len()];
        for (from, edges) in (0..).zip(&self.edges) {
            for edge in edges
                .iter()
                .filter(|it| among[from as usize] && among[it.to as usize])
            {
                back[edge.to as usize].push(from);
                behind[from as usize] += 1;
            }
        }
        let nodes = 0..self.edges.len() as u32;
        let mut ends: Vec<u32> = nodes
            .filter(|&it| among[it as usize] && behind[it as usize] == 0)
            .collect();
        while let Some(end) = ends.pop() {
            among[end as usize] = false;
            for &from in &back[end as usize] {
                behind[from as usize] -= 1;
                if behind[from as usize] == 0 {
                    ends.push(from);
                }
            }
        }
        among
    }

    /// The dependencies on a path between points of transactions, or on a circle.
    pub(super) fn dependencies(&self, path: &[(u32, Edge)]) -> Vec<Dependency> {
        // A circle may begin at a time or at the end of a transaction: from a beginning of a dependency on it is plain.
        let is_point = |node: u32| node < self.points();
        let start = path
            .iter()
            .position(|&(node, _)| is_point(node))
            .unwrap_or(0);
        let steps = path.iter().cycle().skip(start).take(path.len());
        let mut dependencies = Vec::new();
        let mut timed: Option<u32> = None;
        for &(node, edge) in steps {
            let (from, to) = (self.transaction(node), self.transaction(edge.to));
            let (kind, register) = match edge.why {
                Why::Own => continue,
                Why::On(kind, register) => (kind, Some(register)),
                Why::Session => (Kind::Session, None),
                Why::Clock => {
                    timed = from.or(timed);
                    if to.is_none() {
                        continue;
                    }
                    (Kind::Time, None)
                }
            };
            let from = from.or(timed).unwrap_or_default() as usize;
            let to = to.unwrap_or_default() as usize;
            dependencies.push(Dependency {
                from,
                to,
                kind,
                register,
            });
        }
        dependencies
    }
}
