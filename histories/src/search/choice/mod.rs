//! Conflict-driven search: one option for each variable, so that nothing contradicts them.
//!
//! What contradicts what is not known beforehand. A judge is asked, and names variables whose options cannot go
//! together. Such a set of options is a *nogood*. From those that are known, it is concluded which options are gone, and
//! which are the last of their variable (unit propagation, with two watched options for each nogood); where this ends in
//! a contradiction, the first set of options that implies it is learned as another nogood, and the search goes back to
//! where that was avoidable (Marques-Silva and Sakallah, *GRASP*, 1999; Moskewicz, Madigan, Zhao, Zhang and Malik,
//! *Chaff*, 2001). So what one part of the choices contradicts is not found again under every choice of the others.
//!
//! Variables that took part in a conflict are decided first from then on, and each is given the option that it had
//! last, so that an answer that is wrong in one place is repaired there. Now and then the search starts again with what it
//! has learned, and of that forgets what has not been of use lately, unless it is short.

mod queue;

use crate::budget::{Limit, Meter};
use queue::Queue;

const NONE: u32 = u32::MAX;

/// After how many new nogoods some are forgotten.
const FORGET: usize = 2_000;

/// Nogoods of so many options are never forgotten.
const SHORT: usize = 3;

/// What a judge says about the options chosen so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nothing contradicts them.
    Fine,
    /// The options of these variables contradict each other.
    Contradiction(Vec<u32>),
    /// It cannot say.
    Unknown,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// For each variable the number of its option, counted from 0.
    Found(Vec<u32>),
    /// There is none.
    None,
    /// It ended early.
    Unknown,
}

/// The options chosen so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chosen<'a> {
    starts: &'a [u32],
    option: &'a [u32],
}

impl Chosen<'_> {
    /// The number of the option of a variable, if one is chosen.
    pub(crate) fn of(&self, variable: usize) -> Option<u32> {
        let option = self.option[variable];
        (option != NONE).then(|| option - self.starts[variable])
    }
}

/// The state of a search. Options are numbered through, variable by variable.
struct Search {
    /// The first option of each variable, and behind the last one.
    starts: Vec<u32>,
    variable: Vec<u32>,
    /// The option of each variable, [`NONE`] if it has none yet.
    option: Vec<u32>,
    /// The option that each variable had last.
    saved: Vec<u32>,
    /// At which level each variable was given its option.
    level: Vec<u32>,
    /// Whether it was decided, not concluded.
    is_decision: Vec<bool>,
    /// Which nogood each option is gone because of; [`NONE`] if it is not gone.
    gone: Vec<u32>,
    /// How many options of each variable are not gone.
    left: Vec<u32>,
    /// The variables in the order in which they were given options, and where each level begins.
    trail: Vec<u32>,
    levels: Vec<usize>,
    /// The options that are gone, in order, and where each level begins.
    removed: Vec<u32>,
    removed_levels: Vec<usize>,
    /// Up to where on the trail conclusions have been drawn.
    concluded: usize,
    nogoods: Vec<u32>,
    ends: Vec<usize>,
    /// At which conflict each nogood was of use last.
    used: Vec<u64>,
    watchers: Vec<Vec<u32>>,
    queue: Queue,
    seen: Vec<bool>,
    conflicts: u64,
}

/// Why a search cannot go on from here.
enum Conflict {
    /// All options of a nogood are chosen.
    Nogood(Vec<u32>),
    /// All options of a variable are gone.
    Empty(u32),
}

/// Finds an option for each variable. `options` tells how many each has, likely ones first; variables of a higher
/// `rank` are decided later. The judge is asked when all are chosen, and after every choice if it is `eager`.
pub(crate) fn choose(
    options: &[u32],
    rank: &[u8],
    eager: bool,
    meter: &Meter<'_>,
    mut judge: impl FnMut(Chosen<'_>) -> Said,
) -> Answer {
    let mut search = Search::new(options, rank);
    if options.contains(&0) {
        return Answer::None;
    }
    for variable in (0..options.len()).filter(|&it| options[it] == 1) {
        search.assign(search.starts[variable], false);
    }
    let (mut restart_at, mut forget_at) = (64, FORGET);
    loop {
        let mut conflict = search.conclude();
        if conflict.is_none() && (eager || search.trail.len() == options.len()) {
            let chosen = Chosen {
                starts: &search.starts,
                option: &search.option,
            };
            match judge(chosen) {
                Said::Fine => {}
                Said::Unknown => {
                    meter.end(Limit::Method);
                    return Answer::Unknown;
                }
                Said::Contradiction(variables) => {
                    let nogood = variables.iter().map(|&it| search.option[it as usize]);
                    let mut nogood: Vec<u32> = nogood.collect();
                    nogood.sort_unstable();
                    nogood.dedup();
                    conflict = Some(Conflict::Nogood(nogood));
                }
            }
        }
        let Some(conflict) = conflict else {
            if search.trail.len() == options.len() {
                let chosen = search.option.iter().zip(&search.starts);
                return Answer::Found(chosen.map(|(option, start)| option - start).collect());
            }
            search.decide();
            continue;
        };
        search.conflicts += 1;
        if !meter.spend(1) || !meter.allows(16 * search.nogoods.len()) {
            return Answer::Unknown;
        }
        if !search.learn(conflict) {
            return Answer::None;
        }
        if search.conflicts >= restart_at {
            restart_at += 64 + restart_at / 4;
            search.back_to(0);
            if search.ends.len() > forget_at {
                search.forget();
                forget_at = search.ends.len() + FORGET;
            }
        }
    }
}

impl Search {
    fn new(options: &[u32], rank: &[u8]) -> Self {
        let mut starts = Vec::with_capacity(options.len() + 1);
        let mut variable = Vec::new();
        for (number, &count) in (0..).zip(options) {
            starts.push(variable.len() as u32);
            variable.extend(std::iter::repeat_n(number, count as usize));
        }
        starts.push(variable.len() as u32);
        let variables = options.len();
        Self {
            saved: starts[..variables].to_vec(),
            option: vec![NONE; variables],
            level: vec![0; variables],
            is_decision: vec![false; variables],
            gone: vec![NONE; variable.len()],
            left: options.to_vec(),
            trail: Vec::new(),
            levels: Vec::new(),
            removed: Vec::new(),
            removed_levels: Vec::new(),
            concluded: 0,
            // The first one, which is empty, is why what is known from the beginning is gone.
            nogoods: Vec::new(),
            ends: vec![0],
            used: vec![0],
            conflicts: 0,
            watchers: vec![Vec::new(); variable.len()],
            queue: Queue::new(rank),
            seen: vec![false; variables],
            starts,
            variable,
        }
    }

    fn options_of(&self, variable: usize) -> std::ops::Range<u32> {
        self.starts[variable]..self.starts[variable + 1]
    }

    fn nogood(&self, number: u32) -> &[u32] {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.nogoods[start..self.ends[number]]
    }

    fn is_chosen(&self, option: u32) -> bool {
        self.option[self.variable[option as usize] as usize] == option
    }

    /// Whether it cannot be chosen any more, as far as is known.
    fn is_out(&self, option: u32) -> bool {
        let chosen = self.option[self.variable[option as usize] as usize];
        self.gone[option as usize] != NONE || chosen != NONE && chosen != option
    }

    fn assign(&mut self, option: u32, is_decision: bool) {
        let variable = self.variable[option as usize] as usize;
        self.option[variable] = option;
        self.saved[variable] = option;
        self.level[variable] = self.levels.len() as u32;
        self.is_decision[variable] = is_decision;
        self.trail.push(variable as u32);
    }

    fn decide(&mut self) {
        let variable = self
            .queue
            .first(|variable| self.option[variable as usize] == NONE);
        let variable = variable as usize;
        self.levels.push(self.trail.len());
        self.removed_levels.push(self.removed.len());
        let saved = self.saved[variable];
        let option = match self.gone[saved as usize] {
            NONE => saved,
            _ => {
                let mut options = self.options_of(variable);
                let left = options.find(|&option| self.gone[option as usize] == NONE);
                left.expect("an option is left")
            }
        };
        self.assign(option, true);
    }

    /// An option is gone because of a nogood.
    fn remove(&mut self, option: u32, because: u32) -> Result<(), Conflict> {
        let variable = self.variable[option as usize] as usize;
        self.gone[option as usize] = because;
        self.removed.push(option);
        self.left[variable] -= 1;
        match self.left[variable] {
            0 => Err(Conflict::Empty(variable as u32)),
            1 => {
                let mut options = self.options_of(variable);
                let last = options.find(|&option| self.gone[option as usize] == NONE);
                self.assign(last.expect("one option is left"), false);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Draws all conclusions from what is chosen.
    fn conclude(&mut self) -> Option<Conflict> {
        while let Some(&variable) = self.trail.get(self.concluded) {
            self.concluded += 1;
            let option = self.option[variable as usize];
            let watchers = std::mem::take(&mut self.watchers[option as usize]);
            for (nth, &number) in watchers.iter().enumerate() {
                if let Err(conflict) = self.visit(number, option) {
                    self.watchers[option as usize].extend_from_slice(&watchers[nth + 1..]);
                    return Some(conflict);
                }
            }
        }
        None
    }

    /// An option of a nogood has been chosen that was watched: another one is watched now, or the only one left is gone.
    fn visit(&mut self, number: u32, option: u32) -> Result<(), Conflict> {
        let end = self.ends[number as usize];
        let start = end - self.nogood(number).len();
        // The watched ones stand first.
        if self.nogoods[start] == option {
            self.nogoods.swap(start, start + 1);
        }
        let other = self.nogoods[start];
        if !self.is_out(other) {
            for at in start + 2..end {
                if !self.is_chosen(self.nogoods[at]) {
                    self.nogoods.swap(start + 1, at);
                    let watched = self.nogoods[start + 1];
                    self.watchers[watched as usize].push(number);
                    return Ok(());
                }
            }
        }
        self.watchers[option as usize].push(number);
        if self.is_out(other) {
            return Ok(());
        }
        match self.is_chosen(other) {
            true => Err(Conflict::Nogood(self.nogood(number).to_vec())),
            false => self.remove(other, number),
        }
    }

    /// Learns from a conflict, and goes back to where it can be avoided; whether there is such a place.
    fn learn(&mut self, conflict: Conflict) -> bool {
        let mut open: Vec<u32> = match conflict {
            Conflict::Nogood(options) => options,
            Conflict::Empty(variable) => self.premises(variable as usize, NONE),
        };
        // What is known at the first level needs no premise.
        let level_of =
            |search: &Self, option: u32| search.level[search.variable[option as usize] as usize];
        open.retain(|&option| level_of(self, option) > 0);
        let Some(level) = open.iter().map(|&option| level_of(self, option)).max() else {
            return false;
        };
        self.back_to(level as usize);
        let mut learned: Vec<u32> = Vec::new();
        let mut here = 0;
        let mut bumped: Vec<u32> = Vec::new();
        let mut add = |search: &mut Self, option: u32, here: &mut usize| {
            let variable = search.variable[option as usize] as usize;
            if search.level[variable] == 0 || search.seen[variable] {
                return;
            }
            search.seen[variable] = true;
            bumped.push(variable as u32);
            match search.level[variable] == level {
                true => *here += 1,
                false => learned.push(option),
            }
        };
        for option in open {
            add(self, option, &mut here);
        }
        let mut at = self.trail.len();
        let first = loop {
            at -= 1;
            let variable = self.trail[at] as usize;
            if !self.seen[variable] {
                continue;
            }
            let option = self.option[variable];
            if here == 1 {
                break option;
            }
            here -= 1;
            for premise in self.premises(variable, option) {
                add(self, premise, &mut here);
            }
        };
        for &variable in &bumped {
            self.seen[variable as usize] = false;
        }
        bumped
            .iter()
            .for_each(|&variable| self.queue.bump(variable));
        let second = learned
            .iter()
            .enumerate()
            .max_by_key(|(_, option)| level_of(self, **option));
        let (back, place) = second.map_or((0, None), |(place, option)| {
            (level_of(self, *option) as usize, Some(place))
        });
        if let Some(place) = place {
            learned.swap(0, place);
        }
        learned.insert(0, first);
        self.back_to(back);
        let number = self.ends.len() as u32;
        self.nogoods.extend_from_slice(&learned);
        self.ends.push(self.nogoods.len());
        self.used.push(self.conflicts);
        if learned.len() > 1 {
            for &watched in &learned[..2] {
                self.watchers[watched as usize].push(number);
            }
        }
        match self.remove(first, number) {
            Ok(()) => true,
            Err(Conflict::Empty(_)) if back == 0 => false,
            // All others were gone before: that is a conflict of its own.
            Err(conflict) => self.learn(conflict),
        }
    }

    /// The options whose choice has removed the others of a variable than this one.
    fn premises(&mut self, variable: usize, but: u32) -> Vec<u32> {
        let mut premises = Vec::new();
        for option in self.options_of(variable).filter(|&option| option != but) {
            let number = self.gone[option as usize];
            self.used[number as usize] = self.conflicts;
            let nogood = self.nogood(number);
            premises.extend(nogood.iter().copied().filter(|&premise| premise != option));
        }
        premises
    }

    /// Forgets half of the long nogoods, those that have been of no use for the longest time. Nothing is decided now.
    fn forget(&mut self) {
        debug_assert!(self.levels.is_empty());
        for &option in &self.removed {
            self.gone[option as usize] = 0;
        }
        let numbers = 0..self.ends.len() as u32;
        let mut long: Vec<u32> = numbers
            .clone()
            .filter(|&number| self.nogood(number).len() > SHORT)
            .collect();
        long.sort_unstable_by_key(|&number| self.used[number as usize]);
        let mut is_kept = vec![true; self.ends.len()];
        for &number in &long[..long.len() / 2] {
            is_kept[number as usize] = false;
        }
        let kept = numbers.filter(|&number| is_kept[number as usize]);
        let (mut nogoods, mut ends, mut used) = (Vec::new(), Vec::new(), Vec::new());
        self.watchers.iter_mut().for_each(Vec::clear);
        for number in kept {
            let nogood = self.nogood(number);
            let new = ends.len() as u32;
            if let [first, second, ..] = *nogood {
                self.watchers[first as usize].push(new);
                self.watchers[second as usize].push(new);
            }
            let nogood = self.nogood(number);
            nogoods.extend_from_slice(nogood);
            ends.push(nogoods.len());
            used.push(self.used[number as usize]);
        }
        (self.nogoods, self.ends, self.used) = (nogoods, ends, used);
    }

    fn back_to(&mut self, level: usize) {
        if level >= self.levels.len() {
            return;
        }
        let (start, removed) = (self.levels[level], self.removed_levels[level]);
        self.levels.truncate(level);
        self.removed_levels.truncate(level);
        for variable in self.trail.drain(start..) {
            self.option[variable as usize] = NONE;
            self.queue.put_back(variable);
        }
        for option in self.removed.drain(removed..) {
            self.gone[option as usize] = NONE;
            self.left[self.variable[option as usize] as usize] += 1;
        }
        self.concluded = self.concluded.min(start);
    }
}

#[cfg(test)]
mod tests;
