//! Readers that are alike: exchanged, they make no difference.
//!
//! Of several processes that perform the same operations with the same code, an execution stays one if they change
//! places. So of all states that differ in that only, one is explored: three readers cost a sixth.
//!
//! Whether two processes are alike is tested and not assumed. They share one automaton, and whenever that gets a new
//! edge, the code of both is followed along it: if one asks for anything else than the other, because it has a word of
//! its own, they are not alike, and the exploration starts again without symmetry.
//!
//! Only reads count, because two writes write different values; and only where the precedence is recorded, because a
//! drawing gives each operation a place of its own.

use registers::scenario::Precedence;

use crate::processes::Processes;

/// No more processes than this are exchanged: each order of them is tried for each state.
const MOST: usize = 3;

/// Which processes are exchanged, and in which orders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Symmetry {
    /// Groups of processes that may be alike, each in order.
    groups: Vec<Vec<usize>>,
    /// All permutations but the one that changes nothing: who stands in the place of each process.
    pub(crate) permutations: Vec<Vec<usize>>,
}

impl Symmetry {
    /// Of processes that have the same reads.
    pub(crate) fn of(processes: &Processes<'_>) -> Self {
        if processes.precedence != Precedence::Recorded {
            return Self::default();
        }
        let operations = processes.operations.operations();
        let reads = |lane: &Vec<usize>| lane.iter().all(|&at| operations[at].is_read());
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (process, lane) in processes.lanes.iter().enumerate().filter(|it| reads(it.1)) {
            let alike = |group: &&mut Vec<usize>| {
                processes.lanes[group[0]].len() == lane.len() && group.len() < MOST
            };
            match groups.iter_mut().find(alike) {
                Some(group) => group.push(process),
                None => groups.push(vec![process]),
            }
        }
        groups.retain(|group| group.len() > 1);
        let mut permutations = vec![(0..processes.lanes.len()).collect::<Vec<usize>>()];
        for group in &groups {
            let mut further = Vec::new();
            for permutation in &permutations {
                for order in orders(group) {
                    let mut permutation = permutation.clone();
                    for (&place, process) in group.iter().zip(order) {
                        permutation[place] = process;
                    }
                    further.push(permutation);
                }
            }
            permutations = further;
        }
        permutations.retain(|it| {
            it.iter()
                .enumerate()
                .any(|(place, &process)| place != process)
        });
        Self {
            groups,
            permutations,
        }
    }

    /// The first of those that are alike a process, and the process itself if there are none.
    pub(crate) fn first(&self, process: usize) -> usize {
        let mut groups = self.groups.iter();
        groups
            .find(|group| group.contains(&process))
            .map_or(process, |group| group[0])
    }

    /// The others that are alike a process which is the first of its group.
    pub(crate) fn others(&self, process: usize) -> &[usize] {
        let mut groups = self.groups.iter();
        let group = groups.find(|group| group[0] == process);
        group.map_or(&[], |group| &group[1..])
    }
}

/// All orders of some processes.
fn orders(of: &[usize]) -> Vec<Vec<usize>> {
    if of.len() <= 1 {
        return vec![of.to_vec()];
    }
    let mut all = Vec::new();
    for (at, &first) in of.iter().enumerate() {
        let mut rest = of.to_vec();
        rest.remove(at);
        for mut order in orders(&rest) {
            order.insert(0, first);
            all.push(order);
        }
    }
    all
}
