//! Short ways through large graphs, for evidence that can be told.
//!
//! A process passes many operations on its way from one that matters to the next. Those between say nothing, so a step
//! along a process costs nothing, and the way with the fewest *jumps* from one process or operation to another is
//! sought: a search in breadth, in which free steps are taken first. Time O(nodes + edges).

use std::collections::VecDeque;

/// One step of a way, with what its graph says about it.
pub(super) type Step<L> = (u32, u32, L);

/// A way with the fewest jumps from one node to another, of at least one step; so from a node to itself, a cycle.
/// `after` tells the steps from a node: where each leads, whether it is a jump, and what there is to say about it.
pub(super) fn shortest<L: Copy>(
    nodes: usize,
    from: u32,
    to: u32,
    after: impl Fn(u32, &mut dyn FnMut(u32, bool, L)),
) -> Option<Vec<Step<L>>> {
    let mut jumps = vec![u32::MAX; nodes];
    let mut into: Vec<Option<(u32, L)>> = vec![None; nodes];
    let mut open = VecDeque::from([(from, 0)]);
    while let Some((node, so_far)) = open.pop_front() {
        let is_start = node == from && into[from as usize].is_none();
        if node == to && !is_start {
            break;
        }
        if !is_start && jumps[node as usize] < so_far {
            continue;
        }
        after(node, &mut |next, is_jump, label| {
            let all = so_far + u32::from(is_jump);
            if all < jumps[next as usize] {
                jumps[next as usize] = all;
                into[next as usize] = Some((node, label));
                match is_jump {
                    true => open.push_back((next, all)),
                    false => open.push_front((next, all)),
                }
            }
        });
    }
    let mut way = Vec::new();
    let mut node = to;
    loop {
        let (before, label) = into[node as usize]?;
        way.push((before, node, label));
        node = before;
        if node == from {
            way.reverse();
            return Some(way);
        }
    }
}

/// Puts numbered things into buckets: their numbers, bucket by bucket, and where each bucket starts.
pub(super) fn bucket(
    buckets: usize,
    of: impl Iterator<Item = u32> + Clone,
) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; buckets + 1];
    let mut all = 0;
    for bucket in of.clone() {
        starts[bucket as usize + 1] += 1;
        all += 1;
    }
    for bucket in 0..buckets {
        starts[bucket + 1] += starts[bucket];
    }
    let mut next = starts.clone();
    let mut numbers = vec![0; all];
    for (number, bucket) in (0..).zip(of) {
        let place = &mut next[bucket as usize];
        numbers[*place as usize] = number;
        *place += 1;
    }
    (numbers, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two processes, 0 to 9 and 10 to 19, whose steps are free, and some jumps.
    fn way(jumps: &[(u32, u32)], from: u32, to: u32) -> Option<Vec<u32>> {
        let way = shortest(20, from, to, |node, step| {
            if node % 10 != 9 {
                step(node + 1, false, ());
            }
            for &(_, to) in jumps.iter().filter(|jump| jump.0 == node) {
                step(to, true, ());
            }
        });
        way.map(|way| way.into_iter().map(|(_, to, ())| to).collect())
    }

    #[test]
    fn free_steps_go_before_jumps() {
        assert_eq!(way(&[], 1, 3), Some(vec![2, 3]));
        assert_eq!(way(&[(1, 11), (12, 5)], 1, 4), Some(vec![2, 3, 4]));
        assert_eq!(way(&[(1, 15), (3, 11)], 0, 15), Some(vec![1, 15]));
        assert_eq!(way(&[], 3, 1), None);
    }

    #[test]
    fn a_cycle_leads_back() {
        assert_eq!(way(&[(2, 12), (13, 1)], 1, 1), Some(vec![2, 12, 13, 1]));
        assert_eq!(way(&[(2, 12)], 1, 1), None);
    }
}
