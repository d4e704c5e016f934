//! Which configurations need not be followed.
//!
//! With equal current value, A *dominates* B if A switched no earlier, consumed a subset of B's writes, satisfied a
//! superset of B's reads, swapped the same, and every write that only B consumed can still be linearized free in A: just
//! before its last switch, or where its value is held. Of what never completed A has used no more than B.

use std::cmp::Reverse;

use super::configuration::{bits, hold, since, value};
use super::under_way::UnderWay;

impl UnderWay {
    /// Drops the configurations that others dominate.
    pub(super) fn prune(&self, front: &mut Vec<u64>) {
        let stride = self.stride;
        if front.len() <= stride {
            return;
        }
        for configuration in front.chunks_exact_mut(stride) {
            self.clamp(configuration);
        }
        let at = |nth: u32| &front[nth as usize * stride..][..stride];
        let mut order: Vec<u32> = (0..(front.len() / stride) as u32).collect();
        order.sort_unstable_by_key(|&nth| (value(at(nth)), Reverse(since(at(nth)))));
        let mut kept: Vec<u32> = Vec::with_capacity(order.len());
        // Only those of one value are compared.
        let mut start = 0;
        for &nth in &order {
            if kept
                .last()
                .is_some_and(|&last| value(at(last)) != value(at(nth)))
            {
                start = kept.len();
            }
            let mut better = kept[start..].iter();
            if better.any(|&other| self.dominates(at(other), at(nth))) {
                continue;
            }
            // Of those that switched at the same time this one may be the better one.
            let mut place = start;
            for other in start..kept.len() {
                let other = kept[other];
                let is_late = since(at(other)) == since(at(nth));
                if !is_late || !self.dominates(at(nth), at(other)) {
                    kept[place] = other;
                    place += 1;
                }
            }
            kept.truncate(place);
            kept.push(nth);
        }
        if kept.len() < order.len() {
            self.retain(front, &kept);
        }
    }

    /// Drops what is dominated, and then all but the best of a number; whether any of these is dropped.
    pub(super) fn narrow(&self, front: &mut Vec<u64>, most: usize) -> bool {
        self.prune(front);
        let stride = self.stride;
        if front.len() <= most * stride {
            return false;
        }
        let mut order: Vec<u32> = (0..(front.len() / stride) as u32).collect();
        let rank = |&nth: &u32| {
            let configuration = &front[nth as usize * stride..][..stride];
            let counts = &configuration[1 + self.words..self.compared];
            let lanes = counts
                .iter()
                .flat_map(|&word| (0..4).map(move |lane| word >> (16 * lane) & 0xffff));
            (lanes.sum::<u64>(), Reverse(since(configuration)), nth)
        };
        order.sort_by_cached_key(rank);
        order.truncate(most);
        self.retain(front, &order);
        true
    }

    fn retain(&self, front: &mut Vec<u64>, kept: &[u32]) {
        let at = |nth: u32| front[nth as usize * self.stride..][..self.stride].iter();
        *front = kept.iter().flat_map(|&nth| at(nth)).copied().collect();
    }

    /// When the last switch was matters only to what was invoked before it, and is still to be put in order.
    fn clamp(&self, configuration: &mut [u64]) {
        let last = since(configuration);
        let mut least = 0;
        for word in 0..self.words {
            let open = (self.reads[word] | self.writes[word] | self.refused[word])
                & !configuration[1 + word]
                | self.perhaps[word];
            for bit in bits(open) {
                let invoked = self.slots[64 * word + bit].invoked;
                if invoked < last {
                    least = least.max(invoked + 1);
                }
            }
        }
        for &class in &self.live_writes {
            let before = self.classes[class as usize].last_before(last);
            least = least.max(before.map_or(0, |before| before + 1));
        }
        let held = value(configuration);
        hold(configuration, held, least);
    }

    fn dominates(&self, a: &[u64], b: &[u64]) -> bool {
        if since(a) < since(b) {
            return false;
        }
        for word in 0..self.words {
            let (one, other) = (a[1 + word], b[1 + word]);
            let found = self.reads[word] | self.refused[word] | self.others[word];
            if other & found & !one != 0
                || (one ^ other) & self.swaps[word] != 0
                || one & !other & self.writes[word] != 0
            {
                return false;
            }
            let is_free = |bit: usize| {
                let slot = self.slots[64 * word + bit];
                slot.invoked < since(a) || slot.value == value(a)
            };
            if !bits(other & !one & self.writes[word]).all(is_free) {
                return false;
            }
        }
        (1 + self.words..self.compared).all(|word| {
            let lane = |word: u64, lane: u32| word >> (16 * lane) & 0xffff;
            (0..4).all(|nth| lane(a[word], nth) <= lane(b[word], nth))
        })
    }
}
