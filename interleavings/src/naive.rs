//! The slow oracle: every execution walked to its end, one after the other.
//!
//! It states the same memories as [`machine`](crate::machine), as plainly as possible: nothing is merged, dropped, renumbered or performed ahead of its turn; the clock is a
//! word like any other, on which invocations and completions are read-modify-writes, as the [clock rule](histories::record) says; and
//! a drawn precedence is not enforced but waited for: executions that come out otherwise are thrown away.
//!
//! Only one thing keeps it finite: an operation starts again at most `RETRIES` times.

use std::collections::{BTreeSet, HashMap};

use histories::{Action, History, Operation, Timeline, Value};
use registers::memory::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use registers::scenario::Precedence;

use crate::memory::Request;
use crate::report::MemoryModel;
use crate::scene::Scene;

const RETRIES: usize = 2;

type View = Vec<usize>;

#[derive(Clone)]
struct Message {
    value: u64,
    released: View,
}

#[derive(Clone, Default)]
struct Process {
    answers: Vec<u64>,
    current: View,
    acquirable: View,
    released: View,
    retries: usize,
    nth: usize,
}

#[derive(Clone)]
struct World {
    words: Vec<Vec<Message>>,
    holders: Vec<Option<usize>>,
    left_by_holder: Vec<View>,
    seq_cst: View,
    processes: Vec<Process>,
    operations: Vec<(Option<u64>, Option<u64>, Option<Value>)>,
}

fn join(view: &mut View, other: &View) {
    for (entry, other) in view.iter_mut().zip(other) {
        *entry = (*entry).max(*other);
    }
}

pub(crate) struct Oracle<'a> {
    scene: &'a Scene<'a>,
    model: MemoryModel,
    wants: HashMap<(usize, Vec<u64>), Request>,
    pub(crate) histories: BTreeSet<String>,
    pub(crate) executions: u64,
}

/// Every compact history of a scene, drawn, and how many executions were walked.
pub(crate) fn histories(scene: &Scene<'_>, model: MemoryModel) -> (BTreeSet<String>, u64) {
    let places = scene.places().unwrap();
    // The clock is the last word.
    let words = places.words.len() + 1;
    let initial = places.words.iter().map(|word| word.1).chain([0]);
    let process = Process {
        current: vec![0; words],
        acquirable: vec![0; words],
        released: vec![0; words],
        ..Process::default()
    };
    let world = World {
        words: initial
            .map(|value| {
                vec![Message {
                    value,
                    released: vec![0; words],
                }]
            })
            .collect(),
        holders: vec![None; places.locks.len()],
        left_by_holder: vec![vec![0; words]; places.locks.len()],
        seq_cst: vec![0; words],
        processes: vec![process; scene.lanes.len()],
        operations: vec![(None, None, None); scene.operations.operations().len()],
    };
    let mut oracle = Oracle {
        scene,
        model,
        wants: HashMap::new(),
        histories: BTreeSet::new(),
        executions: 0,
    };
    oracle.walk(world);
    (oracle.histories, oracle.executions)
}

impl Oracle<'_> {
    fn walk(&mut self, world: World) {
        let mut is_over = true;
        for process in 0..world.processes.len() {
            for next in self.steps(&world, process) {
                is_over = false;
                self.walk(next);
            }
        }
        if is_over {
            self.note(&world);
        }
    }

    fn note(&mut self, world: &World) {
        self.executions += 1;
        let mut gave_up =
            |it: &(usize, &Process)| self.wants(it.0, &it.1.answers) == Request::Relax;
        if world.processes.iter().enumerate().any(|it| gave_up(&it)) {
            return;
        }
        let all = self.scene.operations.operations();
        let begun = all
            .iter()
            .zip(&world.operations)
            .filter(|it| it.1.0.is_some());
        let operations = begun.map(|(operation, (invoked, completed, returned))| Operation {
            process: operation.process,
            action: match &operation.action {
                Action::Read(_) => Action::Read(returned.clone()),
                write => write.clone(),
            },
            invoked: invoked.unwrap(),
            completed: *completed,
        });
        let initial = self.scene.operations.initial().clone();
        let history = History::new(initial, operations).unwrap();
        let drawn = self.scene.precedence == Precedence::Drawn;
        if !drawn || history.precedence() == self.scene.operations.precedence() {
            self.histories
                .insert(Timeline::from(history.compact()).to_string());
        }
    }

    fn wants(&mut self, process: usize, answers: &[u64]) -> Request {
        let key = (process, answers.to_vec());
        let scene = self.scene;
        let wants = self
            .wants
            .entry(key)
            .or_insert_with(|| scene.follow(process, answers).unwrap().wants);
        wants.clone()
    }

    fn steps(&mut self, world: &World, process: usize) -> Vec<World> {
        let wants = self.wants(process, &world.processes[process].answers);
        let clock = world.words.len() - 1;
        let operation = self.scene.lanes[process].get(world.processes[process].nth);
        let mut next = world.clone();
        let answer = match wants {
            Request::Done => return Vec::new(),
            Request::Begin => {
                let before = &self.scene.before[*operation.unwrap()];
                if before.iter().any(|&at| world.operations[at].1.is_none()) {
                    return Vec::new();
                }
                let now = self.update(&mut next, process, clock, |now| now + 1, Acquire);
                next.operations[*operation.unwrap()].0 = Some(now);
                0
            }
            Request::End(returned) => {
                let now = self.update(&mut next, process, clock, |now| now + 1, Release);
                next.operations[*operation.unwrap()].1 = Some(now);
                next.operations[*operation.unwrap()].2 = returned;
                next.processes[process].nth += 1;
                0
            }
            Request::Load { word, order } => {
                let oldest = match (self.model, order) {
                    (MemoryModel::Sc, _) => world.words[word].len() - 1,
                    (_, SeqCst) => world.processes[process].current[word].max(world.seq_cst[word]),
                    _ => world.processes[process].current[word],
                };
                let readable = oldest..world.words[word].len();
                return readable
                    .map(|at| {
                        let mut next = world.clone();
                        let value = load(&mut next, process, word, at, order);
                        next.processes[process].answers.push(value);
                        next
                    })
                    .collect();
            }
            Request::Store { word, value, order } => {
                store(&mut next, process, word, value, order, None);
                0
            }
            Request::Update {
                word,
                update,
                order,
                failure,
            } => {
                let found = world.words[word].last().unwrap().value;
                match update.of(found) {
                    Some(new) => self.update(&mut next, process, word, |_| new, order),
                    None => load(
                        &mut next,
                        process,
                        word,
                        world.words[word].len() - 1,
                        failure,
                    ),
                }
            }
            Request::Fence(order) => {
                let seq_cst = &mut next.seq_cst;
                let process = &mut next.processes[process];
                if matches!(order, Acquire | AcqRel | SeqCst) {
                    process.current = process.acquirable.clone();
                }
                if order == SeqCst {
                    join(seq_cst, &process.current);
                    process.current = seq_cst.clone();
                    join(&mut process.acquirable, &process.current);
                }
                if matches!(order, Release | AcqRel | SeqCst) {
                    process.released = process.current.clone();
                }
                0
            }
            Request::Take(lock) => {
                if world.holders[lock].is_some() {
                    return Vec::new();
                }
                next.holders[lock] = Some(process);
                let left = next.left_by_holder[lock].clone();
                join(&mut next.processes[process].current, &left);
                join(&mut next.processes[process].acquirable, &left);
                0
            }
            Request::Free(lock) => {
                next.holders[lock] = None;
                next.left_by_holder[lock] = next.processes[process].current.clone();
                0
            }
            Request::Relax if world.processes[process].retries == RETRIES => return Vec::new(),
            Request::Relax => {
                next.processes[process].retries += 1;
                0
            }
        };
        next.processes[process].answers.push(answer);
        vec![next]
    }

    fn update(
        &self,
        world: &mut World,
        process: usize,
        word: usize,
        new: impl FnOnce(u64) -> u64,
        order: Ordering,
    ) -> u64 {
        let latest = world.words[word].len() - 1;
        let continued = world.words[word][latest].released.clone();
        let found = load(world, process, word, latest, order);
        store(world, process, word, new(found), order, Some(&continued));
        found
    }
}

fn load(world: &mut World, process: usize, word: usize, at: usize, order: Ordering) -> u64 {
    let message = world.words[word][at].clone();
    let process = &mut world.processes[process];
    for view in [&mut process.current, &mut process.acquirable] {
        view[word] = view[word].max(at);
    }
    join(&mut process.acquirable, &message.released);
    if matches!(order, Acquire | AcqRel | SeqCst) {
        join(&mut process.current, &message.released);
    }
    if order == SeqCst {
        world.seq_cst[word] = world.seq_cst[word].max(at);
    }
    message.value
}

fn store(
    world: &mut World,
    process: usize,
    word: usize,
    value: u64,
    order: Ordering,
    continued: Option<&View>,
) {
    let at = world.words[word].len();
    let process = &mut world.processes[process];
    process.current[word] = at;
    process.acquirable[word] = at;
    let mut released = match order {
        Relaxed | Acquire => process.released.clone(),
        _ => process.current.clone(),
    };
    released[word] = at;
    if let Some(continued) = continued {
        join(&mut released, continued);
    }
    if order == SeqCst {
        world.seq_cst[word] = at;
    }
    world.words[word].push(Message { value, released });
}

#[cfg(test)]
mod tests {
    use registers::Construction;
    use registers::atomic::{Locked, SequenceLock};
    use registers::safe::WordByWord;
    use registers::scenario::Scenario;

    use super::*;
    use crate::{Atlas, Limits, explore};

    /// Both engines find the same histories.
    fn compare<C: Construction<Atlas, N> + 'static, const N: usize>(scenario: &Scenario) {
        for model in [MemoryModel::Sc, MemoryModel::Weak] {
            let scene = Scene::of::<C, N>(scenario).unwrap();
            let (expected, executions) = histories(&scene, model);
            let report = explore::<C, N>(scenario, model, &Limits::default()).unwrap();
            let found: BTreeSet<String> = report.histories.into_keys().collect();
            assert_eq!(
                found,
                expected,
                "{} {} on {model:?}",
                C::NAME,
                scenario.name()
            );
            assert!(report.executions <= executions as f64);
        }
    }

    fn drawn(picture: &str) -> Scenario {
        Scenario::drawn("drawn", &picture.parse::<Timeline>().unwrap().history)
    }

    #[test]
    fn the_atlas_finds_the_histories_that_the_oracle_finds() {
        compare::<WordByWord, 1>(&Scenario::free(1, &[1]));
        compare::<WordByWord, 1>(&Scenario::free(2, &[2]));
        compare::<WordByWord, 1>(&Scenario::free(1, &[1, 1]));
        compare::<WordByWord, 2>(&Scenario::free(1, &[1]));
        compare::<WordByWord, 2>(&Scenario::free(1, &[2]));
        compare::<SequenceLock, 1>(&Scenario::free(1, &[1]));
        compare::<SequenceLock, 2>(&Scenario::free(1, &[1]));
        compare::<Locked, 1>(&Scenario::free(1, &[1, 1]));
        compare::<Locked, 2>(&Scenario::free(2, &[2]));
    }

    #[test]
    fn the_atlas_finds_the_outcomes_of_the_executions_that_come_out_as_drawn() {
        let overlap = drawn("init: 0\nT1:    www(1)   www(2)\nT2:  rrrrrr    rrrrrr\n");
        compare::<WordByWord, 1>(&overlap);
        compare::<WordByWord, 2>(&drawn(
            "init: 0\nT1:   wwww(1)\nT2:  rrr\nT3:        rrrr\n",
        ));
        compare::<SequenceLock, 1>(&drawn("init: 0\nT1:  wwww(1)\nT2:  rr  rr\n"));
    }
}
