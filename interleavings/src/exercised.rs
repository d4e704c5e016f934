//! What an exploration has exercised: which words were read and written, and which lines of the register have accessed
//! them. What nothing has touched, nothing is known of.

use std::collections::{BTreeMap, BTreeSet};

use registers::memory::{Access, Ordering, Site};

use crate::atlas::{Places, Request};
use crate::machine::Machine;
use crate::mutation::Mutation;

/// What was exercised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exercised {
    /// For each word by its name, whether it was read, and whether it was written.
    pub words: BTreeMap<String, Used>,
    /// The lines that made accesses and fences, each with what stands there.
    pub sites: BTreeMap<Site, BTreeSet<String>>,
    /// One request of each kind.
    requests: Vec<Request>,
}

/// How a word was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Whether it was read.
    pub read: bool,
    /// Whether it was written.
    pub written: bool,
    /// Whether an access to it was SeqCst.
    pub seq_cst: bool,
    /// Whether one was not.
    pub weaker: bool,
}

impl Used {
    fn join(&mut self, other: Self) {
        self.read |= other.read;
        self.written |= other.written;
        self.seq_cst |= other.seq_cst;
        self.weaker |= other.weaker;
    }

    fn by(access: &Access) -> Self {
        let fails = access.what.expects().map(|_| access.failure);
        let mut orders = [Some(access.order), fails].into_iter().flatten();
        let is_seq_cst = |order| order == Ordering::SeqCst && !access.what.is_plain();
        Self {
            read: access.what.reads(),
            written: access.what.writes(),
            seq_cst: orders.clone().any(is_seq_cst),
            weaker: orders.any(|order| !is_seq_cst(order)),
        }
    }
}

impl Exercised {
    /// By all processes of a machine so far.
    pub(crate) fn of(machine: &Machine<'_>) -> Self {
        let mut exercised = Self::default();
        let Places { words, .. } = &machine.places;
        for word in words {
            exercised.words.insert(word.place.clone(), Used::default());
        }
        for automaton in machine.automata() {
            for node in automaton.nodes() {
                exercised.add(&node.wants, &machine.places);
            }
        }
        exercised
    }

    fn add(&mut self, request: &Request, places: &Places) {
        if let Request::Access { word, access } = request {
            let used = self
                .words
                .entry(places.words[*word].place.clone())
                .or_default();
            used.join(Used::by(access));
        }
        let Some(site) = request.site() else { return };
        let text = match request {
            Request::Access { access, .. } => access.to_string(),
            Request::Fence(order, _) => format!("fence({order:?})"),
            _ => "lock".to_owned(),
        };
        if self.sites.entry(site).or_default().insert(text) {
            self.requests.push(request.clone());
        }
    }

    /// What either has exercised.
    pub fn join(&mut self, other: &Self) {
        for (word, used) in &other.words {
            self.words.entry(word.clone()).or_default().join(*used);
        }
        for request in &other.requests {
            let Some(site) = request.site() else { continue };
            let texts = self.sites.entry(site).or_default();
            let mut is_new = false;
            for text in &other.sites[&site] {
                is_new |= texts.insert(text.clone());
            }
            if is_new {
                self.requests.push(request.clone());
            }
        }
    }

    /// Whether some word was accessed both SeqCst and otherwise.
    pub fn mixes_seq_cst(&self) -> bool {
        self.words.values().any(|used| used.seq_cst && used.weaker)
    }

    /// The words that nobody has read or written, or only one of the two.
    pub fn idle(&self) -> impl Iterator<Item = (&str, Used)> {
        let idle = self
            .words
            .iter()
            .filter(|(_, used)| !used.read || !used.written);
        idle.map(|(word, &used)| (word.as_str(), used))
    }

    /// Every ordering weakened by one notch.
    pub fn weakened(&self) -> Vec<Mutation> {
        self.each(Mutation::weakened)
    }

    /// Every ordering strengthened.
    pub fn strengthened(&self) -> Vec<Mutation> {
        self.each(Mutation::strengthened)
    }

    /// A fence before and behind every access.
    pub fn fenced(&self) -> Vec<Mutation> {
        self.each(Mutation::fenced)
    }

    /// Everything else that can be changed.
    pub fn changed(&self) -> Vec<Mutation> {
        self.each(Mutation::changed)
    }

    fn each(&self, of: impl Fn(&Request) -> Vec<Mutation>) -> Vec<Mutation> {
        let mut all: Vec<Mutation> = Vec::new();
        for mutation in self.requests.iter().flat_map(of) {
            if !all.contains(&mutation) {
                all.push(mutation);
            }
        }
        all.sort_by_key(|mutation| mutation.site);
        all
    }
}
