//! The oracle: the models stated as plainly as possible, at any price.
//!
//! Everything rests on one definition: an order of operations *explains* one of them if the register holds, after the
//! writes before it in this order, what it returned. All orders are tried, one after the other, and so is every way in
//! which an operation of which too little is known may have ended. Nothing is shared with the checkers, so that a
//! mistake in one shows as a difference between the two. What was tried in vain is not tried again, which is all that is
//! done for speed: for histories of up to about eight operations, and of some more where an order of all is asked for.

use std::collections::BTreeSet;

use crate::{Action, History, Instant, Model, Process, Register, Value};

/// Whether the history meets the model: whether there is a way in which the operations of unknown outcome ended, so
/// that
///
/// * atomic: some order of all operations keeps their precedence and explains each of them;
/// * regular: for each operation that reads, some order of all writes and of this one keeps their precedence and
///   explains it (MWR1 of Shao, Welch, Pierce and Lee 2011);
/// * safe: the same, but only where it is concurrent with no write (Lamport 1986).
///
/// * strong regular: for each register some order of its writes, in which each operation that reads can be put at a
///   place that keeps its precedence and explains it;
/// * strict: some order in which operations stand as they were invoked explains each of them;
/// * sequential: some order that keeps the order of each process explains each of them (Lamport 1979);
/// * PRAM: for each process, some order of all writes and of its own operations keeps the order of each process and
///   explains its own operations (Lipton and Sandberg 1988).
///
/// The others rest on *causality*: the order of each process, and that each operation comes after the write that it read
/// from; there may be several choices of these. In their terms (Bouajjani, Enea, Guerraoui and Hamza 2017)
///
/// * causal: for each operation that reads, some order of its causal past explains it;
/// * causal memory: for each process, some order of the causal past of its operations explains all of these;
/// * causal convergence: some order of all writes, in which for each operation the last write of its causal past is
///   the one it read from.
///
/// For the session guarantees see [`meets_sessions`].
///
/// Safe and regular are asked of each register alone. A compare-and-swap that swapped is a read and a write at once; when
/// others are judged it counts for what it wrote. One that never completed returned nothing, so it is not judged.
pub fn meets(model: Model, history: &History) -> bool {
    let value: Fits<'_> = &|world, at, last| world.explains(at, last);
    endings(history).iter().any(|world| match model {
        Model::Atomic => world.has_an_order(&world.all(), &World::precedes, value),
        Model::Regular => world.completed_reads().all(|read| world.is_regular(read)),
        Model::Safe => world
            .completed_reads()
            .filter(|&read| !world.meets_a_write(read))
            .all(|read| world.is_regular(read)),
        Model::StrongRegular => (0..world.initial.len()).all(|register| world.is_strong(register)),
        Model::Strict => {
            let before = |world: &World, a: usize, b: usize| {
                world.operations[a].invoked < world.operations[b].invoked
            };
            world.has_an_order(&world.all(), &before, value)
        }
        Model::Sequential => world.has_an_order(&world.all(), &World::in_order, value),
        Model::Pram => world.processes().into_iter().all(|process| {
            let own = |at: usize| world.operations[at].process == process;
            let view = world.all().into_iter();
            let view = view.filter(|&at| own(at) || world.operations[at].wrote.is_some());
            world.has_an_order(
                &view.collect::<Vec<_>>(),
                &World::in_order,
                &|world, at, last| !own(at) || world.explains(at, last),
            )
        }),
        Model::Causal => world
            .sources()
            .iter()
            .any(|sources| world.is_causal(sources)),
        Model::CausalMemory => world.sources().iter().any(|it| world.is_causal_memory(it)),
        Model::CausalConvergence => world.sources().iter().any(|it| world.is_convergent(it)),
        Model::ReadYourWrites
        | Model::MonotonicReads
        | Model::MonotonicWrites
        | Model::WritesFollowReads => world.keeps_sessions(&[model]),
    })
}

/// Whether the history keeps some of the session guarantees together: whether there is a choice of the write that each
/// operation read from, and for each register an order of its writes, its *versions*, so that
///
/// * read your writes: a read finds no older version than its process has written before;
/// * monotonic reads: nor than its process has read before;
/// * monotonic writes: of two writes of a process the later is the newer version;
/// * writes follow reads: a write is a newer version than its process has read before.
///
/// The initial value is the oldest version. (Terry, Demers, Petersen, Spreitzer, Theimer and Welch 1994, in the
/// framework of Viotti and Vukolic 2016.)
pub fn meets_sessions(guarantees: &[Model], history: &History) -> bool {
    endings(history)
        .iter()
        .any(|world| world.keeps_sessions(guarantees))
}

/// Every way to answer all the questions of a history, with values of `domain`, under which it meets the model.
pub fn answers(model: Model, history: &History, domain: &BTreeSet<Value>) -> BTreeSet<Vec<Value>> {
    let mut ways = vec![Vec::new()];
    for _ in history.questions() {
        ways = ways
            .iter()
            .flat_map(|way: &Vec<Value>| {
                domain
                    .iter()
                    .map(move |value| [way.as_slice(), std::slice::from_ref(value)].concat())
            })
            .collect();
    }
    ways.into_iter()
        .filter(|way| meets(model, &history.answered(way)))
        .collect()
}

/// What a read found.
#[derive(Clone, Debug)]
enum Found {
    This(Value),
    Other(Value),
}

/// An operation of which everything is known.
#[derive(Clone, Debug)]
struct Known {
    process: Process,
    register: Register,
    found: Option<Found>,
    wrote: Option<Value>,
    invoked: Instant,
    completed: Option<Instant>,
}

/// A history of which everything is known.
#[derive(Clone, Debug)]
struct World {
    initial: Vec<Value>,
    operations: Vec<Known>,
}

/// Every way in which the operations of a history may have ended: a pending one took effect or not, a compare-and-swap
/// of which nothing is said swapped or not. What returned nothing is left out.
fn endings(history: &History) -> Vec<World> {
    let initial = history
        .registers()
        .map(|register| history.initial_of(register).clone());
    let mut worlds = vec![World {
        initial: initial.collect(),
        operations: Vec::new(),
    }];
    for operation in history.operations() {
        let known = |found, wrote| {
            Some(Known {
                process: operation.process,
                register: operation.register,
                found,
                wrote,
                invoked: operation.invoked,
                completed: operation.completed,
            })
        };
        let pending = operation.is_pending();
        let ways: Vec<Option<Known>> = match operation.action.clone() {
            Action::Read(None) => vec![None],
            Action::Read(Some(_)) if pending => vec![None],
            Action::Read(Some(value)) => vec![known(Some(Found::This(value)), None)],
            Action::Write(value) if pending => vec![None, known(None, Some(value))],
            Action::Write(value) => vec![known(None, Some(value))],
            Action::CompareAndSwap {
                expected,
                new,
                swapped,
            } => {
                let did = known(Some(Found::This(expected.clone())), Some(new));
                let did_not = known(Some(Found::Other(expected)), None);
                match swapped {
                    _ if pending => vec![None, did],
                    Some(true) => vec![did],
                    Some(false) => vec![did_not],
                    None => vec![did, did_not],
                }
            }
        };
        worlds = worlds
            .iter()
            .flat_map(|world| {
                ways.iter().map(|way| {
                    let mut world = world.clone();
                    world.operations.extend(way.clone());
                    world
                })
            })
            .collect();
    }
    worlds
}

/// Whether an operation fits behind those that stand before it, given the last write of its register among them.
type Fits<'a> = &'a dyn Fn(&World, usize, Option<usize>) -> bool;

impl World {
    fn all(&self) -> Vec<usize> {
        (0..self.operations.len()).collect()
    }

    fn reads(&self) -> impl Iterator<Item = usize> {
        (0..self.operations.len()).filter(|&at| self.operations[at].found.is_some())
    }

    fn completed_reads(&self) -> impl Iterator<Item = usize> {
        self.reads()
            .filter(|&at| self.operations[at].completed.is_some())
    }

    fn writes(&self) -> impl Iterator<Item = usize> {
        (0..self.operations.len()).filter(|&at| self.operations[at].wrote.is_some())
    }

    fn precedes(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.operations[a], &self.operations[b]);
        a.completed.is_some_and(|completed| completed < b.invoked)
    }

    /// Whether the operation found what the last write of its register left there.
    fn explains(&self, at: usize, last: Option<usize>) -> bool {
        let operation = &self.operations[at];
        let held = match last {
            Some(write) => self.operations[write]
                .wrote
                .as_ref()
                .expect("it is a write"),
            None => &self.initial[operation.register as usize],
        };
        match &operation.found {
            None => true,
            Some(Found::This(value)) => value == held,
            Some(Found::Other(value)) => value != held,
        }
    }

    /// Whether these operations can be put in an order that keeps `before` and in which each one fits.
    fn has_an_order(
        &self,
        operations: &[usize],
        before: &dyn Fn(&Self, usize, usize) -> bool,
        fits: Fits<'_>,
    ) -> bool {
        let mut last = vec![None; self.initial.len()];
        self.extend(operations, &mut last, before, fits, &mut BTreeSet::new())
    }

    /// Whether what is left can be put behind what stands there already; `failed` are the cases that were tried in vain.
    fn extend(
        &self,
        left: &[usize],
        last: &mut Vec<Option<usize>>,
        before: &dyn Fn(&Self, usize, usize) -> bool,
        fits: Fits<'_>,
        failed: &mut BTreeSet<(Vec<usize>, Vec<Option<usize>>)>,
    ) -> bool {
        if left.is_empty() {
            return true;
        }
        if failed.contains(&(left.to_vec(), last.clone())) {
            return false;
        }
        let can = left.iter().enumerate().any(|(position, &next)| {
            let register = self.operations[next].register as usize;
            if left.iter().any(|&other| before(self, other, next))
                || !fits(self, next, last[register])
            {
                return false;
            }
            let rest = [&left[..position], &left[position + 1..]].concat();
            let held = last[register];
            if self.operations[next].wrote.is_some() {
                last[register] = Some(next);
            }
            let can = self.extend(&rest, last, before, fits, failed);
            last[register] = held;
            can
        });
        if !can {
            failed.insert((left.to_vec(), last.clone()));
        }
        can
    }

    /// The writes of the register of an operation, other than itself.
    fn other_writes(&self, at: usize) -> Vec<usize> {
        let register = self.operations[at].register;
        self.writes()
            .filter(|&write| write != at && self.operations[write].register == register)
            .collect()
    }

    fn is_regular(&self, read: usize) -> bool {
        let operations = [self.other_writes(read), vec![read]].concat();
        self.has_an_order(&operations, &Self::precedes, &|world, at, last| {
            at != read || world.explains(at, last)
        })
    }

    fn meets_a_write(&self, read: usize) -> bool {
        let apart = |&write: &usize| self.precedes(write, read) || self.precedes(read, write);
        !self.other_writes(read).iter().all(apart)
    }

    fn processes(&self) -> BTreeSet<Process> {
        self.operations.iter().map(|op| op.process).collect()
    }

    /// Whether `a` comes before `b` on one process.
    fn in_order(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.operations[a], &self.operations[b]);
        a.process == b.process && a.invoked < b.invoked
    }

    /// Whether the completed reads of a register can be put into one order of its writes.
    fn is_strong(&self, register: usize) -> bool {
        let of = |&at: &usize| self.operations[at].register as usize == register;
        let writes: Vec<usize> = self.writes().filter(of).collect();
        let reads: Vec<usize> = self.completed_reads().filter(of).collect();
        orders(&writes).into_iter().any(|order| {
            let place = |write: usize| order.iter().position(|&it| it == write);
            let keeps = |&(a, b): &(usize, usize)| !self.precedes(a, b) || place(a) < place(b);
            let mut pairs = writes
                .iter()
                .flat_map(|&a| writes.iter().map(move |&b| (a, b)));
            pairs.all(|pair| keeps(&pair))
                && reads.iter().all(|&read| {
                    let places = match place(read) {
                        Some(own) => own..=own,
                        None => 0..=order.len(),
                    };
                    places.into_iter().any(|place| {
                        let (before, after) = order.split_at(place);
                        self.explains(read, before.last().copied())
                            && before.iter().all(|&write| !self.precedes(read, write))
                            && after.iter().all(|&write| !self.precedes(write, read))
                    })
                })
        })
    }

    /// Every choice of the write that each operation read from, `None` where it read the initial value.
    fn sources(&self) -> Vec<Vec<Option<usize>>> {
        let mut choices = vec![vec![None; self.operations.len()]];
        for read in self.reads() {
            let writes = self.other_writes(read).into_iter().map(Some);
            let fits: Vec<Option<usize>> = writes
                .chain([None])
                .filter(|&write| self.explains(read, write))
                .collect();
            choices = choices
                .iter()
                .flat_map(|choice| {
                    fits.iter().map(|&write| {
                        let mut choice = choice.clone();
                        choice[read] = write;
                        choice
                    })
                })
                .collect();
        }
        choices
    }

    /// What comes before what in causality; `None` if something comes before itself.
    fn causality(&self, sources: &[Option<usize>]) -> Option<Vec<Vec<bool>>> {
        let all = self.all();
        let direct = |a: usize, b: usize| self.in_order(a, b) || sources[b] == Some(a);
        let mut before: Vec<Vec<bool>> = all
            .iter()
            .map(|&a| all.iter().map(|&b| direct(a, b)).collect())
            .collect();
        for &by in &all {
            for &a in &all {
                for &b in &all {
                    before[a][b] |= before[a][by] && before[by][b];
                }
            }
        }
        all.iter().all(|&at| !before[at][at]).then_some(before)
    }

    fn is_causal(&self, sources: &[Option<usize>]) -> bool {
        let Some(before) = self.causality(sources) else {
            return false;
        };
        self.reads().all(|read| {
            let past = self
                .all()
                .into_iter()
                .filter(|&at| at == read || before[at][read]);
            let order = |_: &Self, a: usize, b: usize| before[a][b];
            self.has_an_order(&past.collect::<Vec<_>>(), &order, &|_, at, last| {
                at != read || last == sources[read]
            })
        })
    }

    fn is_causal_memory(&self, sources: &[Option<usize>]) -> bool {
        let Some(before) = self.causality(sources) else {
            return false;
        };
        self.processes().into_iter().all(|process| {
            let own = |at: usize| self.operations[at].process == process;
            let seen = |at: usize| (0..self.operations.len()).any(|by| own(by) && before[at][by]);
            let past = self.all().into_iter().filter(|&at| own(at) || seen(at));
            let order = |_: &Self, a: usize, b: usize| before[a][b];
            self.has_an_order(&past.collect::<Vec<_>>(), &order, &|world, at, last| {
                !own(at) || world.operations[at].found.is_none() || last == sources[at]
            })
        })
    }

    fn is_convergent(&self, sources: &[Option<usize>]) -> bool {
        let Some(before) = self.causality(sources) else {
            return false;
        };
        let writes: Vec<usize> = self.writes().collect();
        orders(&writes).into_iter().any(|order| {
            let place = |write: usize| order.iter().position(|&it| it == write);
            let mut pairs = writes
                .iter()
                .flat_map(|&a| writes.iter().map(move |&b| (a, b)));
            pairs.all(|(a, b)| !before[a][b] || place(a) < place(b))
                && self.reads().all(|read| {
                    let others = self.other_writes(read);
                    let mut seen = order
                        .iter()
                        .filter(|&&at| before[at][read] && others.contains(&at));
                    seen.next_back().copied() == sources[read]
                })
        })
    }

    fn keeps_sessions(&self, guarantees: &[Model]) -> bool {
        let of = |register: usize| -> Vec<usize> {
            let all = self.all().into_iter();
            all.filter(|&at| self.operations[at].register as usize == register)
                .collect()
        };
        let writes = |own: &[usize]| -> Vec<usize> {
            let writes = own.iter().copied();
            writes
                .filter(|&at| self.operations[at].wrote.is_some())
                .collect()
        };
        let sources = self.sources();
        (0..self.initial.len()).map(of).all(|own| {
            let orders = orders(&writes(&own));
            // What one operation reads from on another register says nothing here.
            let mut sources: Vec<Vec<Option<usize>>> = sources
                .iter()
                .map(|sources| own.iter().map(|&at| sources[at]).collect())
                .collect();
            sources.sort_unstable();
            sources.dedup();
            sources.iter().any(|sources| {
                let asked = self.asked(guarantees, &own, sources);
                orders.iter().any(|order| {
                    // The initial value has place 0.
                    let place = |write: Option<usize>| {
                        write.map_or(0, |write| {
                            let place = order.iter().position(|&it| it == write);
                            place.expect("it is a write of the register") + 1
                        })
                    };
                    asked.iter().all(|&(older, newer, may_be_same)| {
                        let (older, newer) = (place(older), place(newer));
                        older < newer || may_be_same && older == newer
                    })
                })
            })
        })
    }

    /// Which versions the guarantees ask to be older than which, and whether they may be the same.
    fn asked(
        &self,
        guarantees: &[Model],
        own: &[usize],
        sources: &[Option<usize>],
    ) -> Vec<(Option<usize>, Option<usize>, bool)> {
        let mut asked = Vec::new();
        let reads = |at: usize| self.operations[at].found.is_some();
        let wrote = |at: usize| self.operations[at].wrote.is_some();
        for (&a, &from_a) in own.iter().zip(sources) {
            for (&b, &from_b) in own.iter().zip(sources) {
                let later = self.in_order(a, b);
                for guarantee in guarantees {
                    asked.extend(match guarantee {
                        Model::ReadYourWrites if later && wrote(a) && reads(b) => {
                            Some((Some(a), from_b, true))
                        }
                        Model::MonotonicReads if later && reads(a) && reads(b) => {
                            Some((from_a, from_b, true))
                        }
                        Model::MonotonicWrites if later && wrote(a) && wrote(b) => {
                            Some((Some(a), Some(b), false))
                        }
                        Model::WritesFollowReads if (later || a == b) && reads(a) && wrote(b) => {
                            Some((from_a, Some(b), false))
                        }
                        _ => None,
                    });
                }
            }
        }
        asked
    }
}

/// Every order of these.
fn orders(of: &[usize]) -> Vec<Vec<usize>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    (0..of.len())
        .flat_map(|first| {
            let rest = [&of[..first], &of[first + 1..]].concat();
            let mut orders = orders(&rest);
            orders
                .iter_mut()
                .for_each(|order| order.insert(0, of[first]));
            orders
        })
        .collect()
}
