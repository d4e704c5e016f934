//! Which model implies which, and for each that does not imply another the smallest history that tells them apart.
//!
//! That one model implies another is a theorem. That it does not needs no more than a history that meets the one and
//! breaks the other. [`Lattice::search`] finds the smallest, with the [checkers](mod@crate::check), among [every small
//! history](every), and finds none where [`Model::implies`] says so; [`Lattice::stored`] is what it found. A few
//! histories tell all models apart; they and their table follow below, as the search left them.
//!
//! ```
//! use histories::Model;
//! use histories::lattice::Lattice;
//!
//! let lattice = Lattice::stored();
//! let separating = lattice.smallest(Model::Sequential, Model::Atomic).expect("there is one");
//! assert_eq!(
//!     separating.to_string(),
//!     "\
//! init: 0
//! Thread 1:  wwwww(1)
//! Thread 2:       rrrrr(0)
//! ",
//! );
//! assert!(lattice.smallest(Model::Atomic, Model::Sequential).is_none());
//! ```
//!
//! # What is surprising in it
//!
//! * Safe, regular and atomic are a chain, but sequential stands beside it: it knows nothing of real time, and safe and
//!   regular know nothing of causality.
//! * Strong regular implies read your writes, and no class below atomic implies monotonic reads: that is the new-old
//!   inversion.
//! * Causal memory and causal convergence do not imply each other, and only a history of seven operations tells that
//!   convergence does not imply PRAM.
//! * PRAM does not imply read your writes, as many a text has it: the session guarantees are here those of a store whose
//!   [versions](crate::check::sessions) have one order for all, and PRAM lets each process have its own.
//! * Nothing but safe fails to imply monotonic writes, which no history breaks by itself unless a read returns a value
//!   from nowhere.
//! * Sequential, PRAM and the causal models are no matter of each register alone: see [`apart`].
//!
#![doc = include_str!("lattice.md")]

pub mod every;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use rayon::prelude::*;

use crate::check::meets;
use crate::{History, Model, Operation, Timeline};
use every::{Alike, NOWHERE, Shape, every};

/// The histories that [`Lattice::stored`] gives, each drawn.
const STORED: &str = include_str!("separating.txt");

/// Histories of up to so many operations are asked for everything; longer ones only for what no shorter one told.
const THOROUGH: usize = 5;

/// The models that know of real time.
const IN_TIME: [Model; 5] = [
    Model::Safe,
    Model::Regular,
    Model::StrongRegular,
    Model::Atomic,
    Model::Strict,
];

/// The fewest histories that tell apart any two models of which one does not imply the other, each as small as can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lattice {
    separating: Vec<Separating>,
}

/// A history, and the models that it meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Separating {
    /// The history.
    pub history: History,
    meets: Vec<Model>,
}

/// How far [`Lattice::search`] looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Up to how many operations it looks at every arrangement in time, of histories of one register.
    pub in_time: usize,
    /// Up to how many operations it looks at histories whose processes run side by side. Real time means nothing to
    /// the models that these are asked for. They have half as many registers as operations: a register with a single
    /// operation hinders nothing.
    pub side_by_side: usize,
}

impl Extent {
    /// What was searched for [`Lattice::stored`]: with less, causal convergence and PRAM are not told apart.
    pub const STORED: Self = Self {
        in_time: 4,
        side_by_side: 7,
    };

    /// What takes a few seconds.
    pub const QUICK: Self = Self {
        in_time: 4,
        side_by_side: 5,
    };

    fn shapes(self) -> Vec<Shape> {
        let in_time = (1..=self.in_time).map(|operations| Shape {
            operations,
            registers: 1,
            in_time: true,
        });
        let side_by_side = (1..=self.side_by_side).flat_map(|operations| {
            (1..=(operations / 2).max(1)).map(move |registers| Shape {
                operations,
                registers,
                in_time: false,
            })
        });
        let mut shapes: Vec<Shape> = in_time.chain(side_by_side).collect();
        shapes.sort_by_key(|shape| (shape.operations, shape.registers, !shape.in_time));
        shapes
    }
}

/// One model, and another that it does not imply.
type Arrow = (Model, Model);

fn arrows() -> impl Iterator<Item = Arrow> {
    let of = |from| Model::ALL.into_iter().map(move |to| (from, to));
    Model::ALL.into_iter().flat_map(of)
}

impl Separating {
    fn new(history: History) -> Self {
        let all = Model::ALL.into_iter();
        let meets = all.filter(|&model| is_met(&history, model)).collect();
        Self { history, meets }
    }

    /// Whether the history meets a model.
    pub fn meets(&self, model: Model) -> bool {
        self.meets.contains(&model)
    }

    fn separates(&self, (from, to): Arrow) -> bool {
        self.meets(from) && !self.meets(to)
    }

    fn operations(&self) -> usize {
        self.history.operations().len()
    }
}

impl fmt::Display for Separating {
    /// Draws the history, so that its drawing meets the same models.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timeline = Timeline::from(self.history.clone());
        match self.meets(Model::Strict) == self.meets(Model::Atomic) {
            true => timeline.fmt(f),
            false => timeline.in_order_of_invocation().fmt(f),
        }
    }
}

fn is_met(history: &History, model: Model) -> bool {
    meets(model, history).expect("a history this small is decided")
}

impl Lattice {
    /// What a search of [`Extent::STORED`] found.
    ///
    /// The drawings are stored; which models they meet is judged anew.
    pub fn stored() -> Self {
        let drawn = STORED.split("\n\n").filter(|text| !text.trim().is_empty());
        let separating = drawn.map(|text| {
            let timeline: Timeline = text.parse().expect("what is stored is in the notation");
            Separating::new(timeline.history)
        });
        Self {
            separating: separating.collect(),
        }
    }

    /// Looks through every small history, smallest first. `progress` is told which shape is next, and how many are left.
    pub fn search(extent: Extent, mut progress: impl FnMut(Shape, usize)) -> Self {
        let mut smallest: HashMap<Arrow, usize> = HashMap::new();
        let mut found: Vec<Separating> = Vec::new();
        let shapes = extent.shapes();
        for (nth, &shape) in shapes.iter().enumerate() {
            progress(shape, shapes.len() - nth);
            let size = shape.operations;
            let is_open = |arrow: &Arrow| smallest.get(arrow).is_none_or(|&known| known == size);
            let open: Vec<Arrow> = arrows().filter(is_open).collect();
            for separating in sift(shape, &open) {
                for &arrow in open.iter().filter(|&&arrow| separating.separates(arrow)) {
                    smallest.insert(arrow, size);
                }
                found.push(separating);
            }
        }
        Self {
            separating: fewest(found, &smallest),
        }
    }

    /// The histories, smallest first.
    pub fn separating(&self) -> &[Separating] {
        &self.separating
    }

    /// The smallest history that meets one model and not the other; `None` if there is none.
    pub fn smallest(&self, meets: Model, breaks: Model) -> Option<&Separating> {
        let number = self.number(meets, breaks)?;
        self.separating.get(number - 1)
    }

    /// Its number among [those that there are](Self::separating), of which the first is number 1.
    pub fn number(&self, meets: Model, breaks: Model) -> Option<usize> {
        let separates = |it: &Separating| it.separates((meets, breaks));
        let place = self.separating.iter().position(separates)?;
        Some(place + 1)
    }
}

/// Of the histories of a shape that tell some models apart the simplest for each set of models told apart.
fn sift(shape: Shape, open: &[Arrow]) -> Vec<Separating> {
    let is_asked = |&(from, to): &Arrow| {
        let knows_time = IN_TIME.contains(&from) || IN_TIME.contains(&to);
        (shape.in_time || !knows_time) && (shape.operations <= THOROUGH || !from.implies(to))
    };
    let asked: Vec<Arrow> = open.iter().copied().filter(is_asked).collect();
    let groups = every(shape);
    let simplest = groups
        .par_iter()
        .enumerate()
        .fold(HashMap::new, |mut simplest, (at, alike)| {
            for (nth, history) in alike.histories().enumerate() {
                let told = told(&history, &asked);
                if !told.is_empty() {
                    let key = (trouble(&history), at, nth);
                    let simplest = simplest.entry(told).or_insert(key);
                    *simplest = key.min(*simplest);
                }
            }
            simplest
        })
        .reduce(HashMap::new, |mut one, other| {
            for (told, key) in other {
                let simplest = one.entry(told).or_insert(key);
                *simplest = key.min(*simplest);
            }
            one
        });
    let mut keys: Vec<_> = simplest.into_values().collect();
    keys.sort_unstable();
    keys.into_iter()
        .filter_map(|(_, at, nth)| groups[at].histories().nth(nth))
        .map(Separating::new)
        .collect()
}

/// Which of these pairs of models a history tells apart. It is judged by no more models than that takes.
fn told(history: &History, asked: &[Arrow]) -> Vec<Arrow> {
    let mut known = [None; Model::ALL.len()];
    let mut meets =
        |model: Model| *known[model as usize].get_or_insert_with(|| is_met(history, model));
    let told = asked
        .iter()
        .filter(|&&(from, to)| !meets(to) && meets(from));
    told.copied().collect()
}

/// How hard a history is to look at: reads of values from nowhere and from the future, processes, concurrent operations.
fn trouble(history: &History) -> (usize, usize, usize, usize) {
    let operations = history.operations();
    let reads = || operations.iter().filter(|op| op.is_read());
    let nowhere = reads().filter(|read| read.returned() == Some(&NOWHERE.into()));
    let from_future = |read: &&Operation| {
        let is_source = |op: &&Operation| {
            op.register == read.register && op.is_write() && op.written() == read.returned()
        };
        operations
            .iter()
            .filter(is_source)
            .any(|write| read.precedes(write))
    };
    let pairs = operations.len() * (operations.len() - 1) / 2;
    let concurrent = pairs - history.precedence().len();
    (
        nowhere.count(),
        reads().filter(from_future).count(),
        history.processes().len(),
        concurrent,
    )
}

/// As few of the histories as tell all models apart that they tell apart, each arrow by one of its smallest.
fn fewest(mut found: Vec<Separating>, smallest: &HashMap<Arrow, usize>) -> Vec<Separating> {
    let mut open: Vec<(Arrow, usize)> = smallest
        .iter()
        .map(|(&arrow, &size)| (arrow, size))
        .collect();
    let mut chosen = Vec::new();
    while !open.is_empty() {
        let tells = |it: &Separating, &(arrow, size): &(Arrow, usize)| {
            it.operations() == size && it.separates(arrow)
        };
        let told = |it: &Separating| open.iter().filter(|open| tells(it, open)).count();
        let rank = |&at: &usize| {
            let it = &found[at];
            (Reverse(told(it)), it.operations(), trouble(&it.history))
        };
        let best = (0..found.len())
            .min_by_key(rank)
            .expect("each arrow was found in one");
        let best = found.remove(best);
        open.retain(|open| !tells(&best, open));
        chosen.push(best);
    }
    chosen.sort_by_key(Separating::operations);
    chosen
}

/// The smallest history of two registers that meets a model on each of them, and not on both. `None` if there is none
/// of up to five operations side by side, or of three in time for the models that know it: that linearizability is
/// *local* is a theorem (Herlihy and Wing 1990), and the others of these are so by definition.
///
/// ```
/// use histories::{Model, Timeline, lattice};
///
/// let history = lattice::apart(Model::Sequential).expect("there is one");
/// assert_eq!(
///     Timeline::from(history).to_string(),
///     "\
/// init: 0
/// Thread 1:  wwwww:x(1)  rrrrr:y(0)
/// Thread 2:  wwwww:y(1)  rrrrr:x(0)
/// ",
/// );
/// assert!(lattice::apart(Model::Atomic).is_none());
/// ```
pub fn apart(model: Model) -> Option<History> {
    let is_apart = |history: &History| {
        let part = |register| {
            let operations = history.operations();
            let own = (0..operations.len()).filter(|&at| operations[at].register == register);
            history.restricted_to(&own.collect::<Vec<usize>>())
        };
        !is_met(history, model)
            && [1, 2]
                .into_iter()
                .all(|register| is_met(&part(register), model))
    };
    let in_time = IN_TIME.contains(&model);
    let most = if in_time { 3 } else { 5 };
    (2..=most).find_map(|operations| {
        let shape = Shape {
            operations,
            registers: 2,
            in_time,
        };
        let groups = every(shape);
        let all = groups.iter().flat_map(Alike::histories);
        all.filter(|history| is_apart(history)).min_by_key(trouble)
    })
}
