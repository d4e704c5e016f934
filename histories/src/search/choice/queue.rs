//! The order in which variables are decided.

const NONE: u32 = u32::MAX;

/// Variables in the order in which they are decided. Those bumped last come first (variable move to front; Ryan 2004).
pub(super) struct Queue {
    next: Vec<u32>,
    previous: Vec<u32>,
    /// The larger it is, the earlier the variable stands.
    stamp: Vec<u64>,
    rank: Vec<u8>,
    /// The first of each rank, and where the search for one without an option begins.
    first: Vec<u32>,
    from: Vec<u32>,
    now: u64,
}

impl Queue {
    pub(super) fn new(rank: &[u8]) -> Self {
        let ranks = rank.iter().max().map_or(1, |&rank| rank as usize + 1);
        let mut queue = Self {
            next: vec![NONE; rank.len()],
            previous: vec![NONE; rank.len()],
            stamp: vec![0; rank.len()],
            rank: rank.to_vec(),
            first: vec![NONE; ranks],
            from: vec![NONE; ranks],
            now: 0,
        };
        for variable in (0..rank.len() as u32).rev() {
            queue.push(variable);
        }
        queue.from.clone_from(&queue.first);
        queue
    }

    fn push(&mut self, variable: u32) {
        let rank = self.rank[variable as usize] as usize;
        let first = self.first[rank];
        self.now += 1;
        self.stamp[variable as usize] = self.now;
        self.next[variable as usize] = first;
        self.previous[variable as usize] = NONE;
        if first != NONE {
            self.previous[first as usize] = variable;
        }
        self.first[rank] = variable;
    }

    pub(super) fn bump(&mut self, variable: u32) {
        let (next, previous) = (
            self.next[variable as usize],
            self.previous[variable as usize],
        );
        let rank = self.rank[variable as usize] as usize;
        if self.first[rank] == variable {
            return;
        }
        if self.from[rank] == variable {
            self.from[rank] = previous;
        }
        self.next[previous as usize] = next;
        if next != NONE {
            self.previous[next as usize] = previous;
        }
        self.push(variable);
        self.put_back(variable);
    }

    /// A variable has no option any more.
    pub(super) fn put_back(&mut self, variable: u32) {
        let from = &mut self.from[self.rank[variable as usize] as usize];
        if *from == NONE || self.stamp[variable as usize] > self.stamp[*from as usize] {
            *from = variable;
        }
    }

    /// The first variable that is open.
    pub(super) fn first(&mut self, is_open: impl Fn(u32) -> bool) -> u32 {
        for from in &mut self.from {
            while *from != NONE && !is_open(*from) {
                *from = self.next[*from as usize];
            }
            if *from != NONE {
                return *from;
            }
        }
        unreachable!("a variable is open")
    }
}
