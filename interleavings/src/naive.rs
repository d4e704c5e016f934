//! The slow oracle: every execution walked to its end, one after the other.
//!
//! It states the same memories as [`machine`](crate::machine), as plainly as possible: nothing is merged, dropped,
//! renumbered or performed ahead of its turn; the clock is a word like any other, on which invocations and completions
//! are read-modify-writes, as the [clock rule](histories::record) says; and a drawn precedence is not enforced but
//! waited for: executions that come out otherwise are thrown away.
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
    /// What each process wants after some answers.
    wants: Vec<HashMap<Vec<u64>, Request>>,
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
        wants: vec![HashMap::new(); scene.lanes.len()],
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
            register: operation.register,
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
        if let Some(known) = self.wants[process].get(answers) {
            return known.clone();
        }
        let wants = self.scene.follow(process, answers).unwrap().wants;
        self.wants[process].insert(answers.to_vec(), wants.clone());
        wants
    }

    fn steps(&mut self, world: &World, process: usize) -> Vec<World> {
        let wants = self.wants(process, &world.processes[process].answers);
        if wants == Request::Done {
            return Vec::new();
        }
        let clock = world.words.len() - 1;
        let operation = self.scene.lanes[process].get(world.processes[process].nth);
        let mut next = world.clone();
        let answer = match wants {
            Request::Done => unreachable!("who is done has returned"),
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
            Request::Choose(among) => {
                let chosen = |number: u64| {
                    let mut next = world.clone();
                    next.processes[process].answers.push(number);
                    next
                };
                return (0..among).map(chosen).collect();
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
    use std::sync::Arc;

    use registers::atomic::{Locked, SequenceLock};
    use registers::safe::WordByWord;
    use registers::scenario::Scenario;
    use registers::subject::Subject;
    use registers::worlds::Erased;
    use registers::{Construction, Memory, Word};

    use super::*;
    use crate::litmus::{self, Thread, scene};
    use crate::mutants::twin::AnnouncesTooLate;
    use crate::mutants::{AcquireFences, ReleaseFences, ReleaseStores, Without};
    use crate::{Atlas, AtlasWord, Limits, explore};

    /// Both engines find the same histories.
    fn compare<C: Construction<Erased, N>, const N: usize>(scenario: &Scenario) {
        for model in [MemoryModel::Sc, MemoryModel::Weak] {
            let scene = Scene::of(Subject::of::<C, N>(), scenario).unwrap();
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
    fn the_atlas_finds_the_histories_of_broken_registers() {
        let scenario = Scenario::free(1, &[1]);
        compare::<Without<SequenceLock, ReleaseStores>, 1>(&scenario);
        compare::<Without<SequenceLock, AcquireFences>, 1>(&scenario);
        compare::<Without<SequenceLock, ReleaseFences>, 2>(&scenario);
        compare::<AnnouncesTooLate, 1>(&scenario);
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

    /// A step of a random program on two words.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Load(usize, Ordering),
        Store(usize, u64, Ordering),
        Add(usize, Ordering),
        Exchange(usize, Ordering),
        Fence(Ordering),
    }

    /// Numbers that look random (Marsaglia, *Xorshift RNGs*, 2003).
    struct Random(u64);

    impl Random {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % end as u64) as usize
        }

        fn of(&mut self, orders: &[Ordering]) -> Ordering {
            orders[self.below(orders.len())]
        }

        fn step(&mut self) -> Step {
            let word = self.below(2);
            let value = 1 + self.below(2) as u64;
            let any = [Relaxed, Acquire, Release, AcqRel, SeqCst];
            match self.below(10) {
                0..4 => Step::Load(word, self.of(&[Relaxed, Acquire, SeqCst])),
                4..7 => Step::Store(word, value, self.of(&[Relaxed, Release, SeqCst])),
                7 => Step::Add(word, self.of(&any)),
                8 => Step::Exchange(word, self.of(&any)),
                _ => Step::Fence(self.of(&any[1..])),
            }
        }
    }

    /// What a thread returns: everything that it has read.
    fn perform(steps: &[Step], words: &[Arc<AtlasWord>], memory: &Atlas) -> u64 {
        steps.iter().fold(1, |read, &step| match step {
            Step::Load(word, order) => 8 * read + words[word].load(order),
            Step::Add(word, order) => 8 * read + words[word].fetch_add(1, order),
            Step::Exchange(word, order) => {
                let exchanged = words[word].compare_exchange(0, 3, order, Relaxed);
                8 * read + exchanged.unwrap_or_else(|found| found)
            }
            Step::Store(word, value, order) => {
                words[word].store(value, order);
                read
            }
            Step::Fence(order) => {
                memory.fence(order);
                read
            }
        })
    }

    /// Compares both engines on a random program, and says how many outcomes it has.
    fn compare_program(random: &mut Random, threads: usize, steps: usize) -> usize {
        let threads: Vec<Vec<Step>> = (0..threads)
            .map(|_| (0..steps).map(|_| random.step()).collect())
            .collect();
        let program = |memory: &Atlas| -> Vec<Thread> {
            let words = ["x", "y"].map(|name| Arc::new(memory.word(format_args!("{name}"), 0)));
            let thread = |steps: &Vec<Step>| {
                let (steps, words, memory) = (steps.clone(), words.clone(), memory.clone());
                Box::new(move || perform(&steps, &words, &memory)) as Thread
            };
            threads.iter().map(thread).collect()
        };
        let scene = scene(&program).unwrap();
        let mut outcomes = 0;
        for model in [MemoryModel::Sc, MemoryModel::Weak] {
            let all = 1..=scene.lanes.len() as u32;
            let drawn = |outcome: Vec<u64>| {
                let reads = all.clone().zip(outcome);
                let reads = reads.map(|(thread, read)| Operation::read(thread, read, 0..=0));
                Timeline::from(History::new(0, reads).unwrap()).to_string()
            };
            let found = litmus::outcomes(model, program).unwrap();
            outcomes = found.len();
            let found: BTreeSet<String> = found.into_iter().map(drawn).collect();
            assert_eq!(found, histories(&scene, model).0, "{threads:?} {model:?}");
        }
        outcomes
    }

    #[test]
    fn the_memories_are_those_of_the_oracle_on_random_programs() {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut outcomes = 0;
        for _ in 0..150 {
            outcomes += compare_program(&mut random, 2, 3);
        }
        for _ in 0..3 {
            outcomes += compare_program(&mut random, 3, 2);
        }
        assert_eq!(outcomes, 592);
    }
}
