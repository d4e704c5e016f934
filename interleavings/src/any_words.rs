//! Two words stand for all: when what holds for a register of two words holds for any number of them.
//!
//! **Premise.** The words of a value are only copied: they are stored and loaded as a whole
//! ([`store_all`](registers::Word::store_all), [`load_all`](registers::Word::load_all), or
//! [`Cells`](registers::memory::Cells)), word `i` of a value comes from word `i` of another one, and nothing that the
//! register does depends on what it has loaded there.
//!
//! **Argument.** Take an execution of the register with N words, and two of these. Leave out every access to the other
//! words. By the premise what is left is what the register with two words does, access for access. Leaving out accesses
//! only takes orderings away (what an acquire fence learns from a relaxed load, a place in modification order), so
//! whatever the loads that are left returned, they may return there too. Hence it is an execution of the register with
//! two words. Each read returns what it returned, restricted to these two words. So if a read of N words were torn, the
//! two words in which it is would be torn in that execution; and if all its words are of one write, the order of reads
//! and writes is that of the restricted execution. What breaks a class with N words breaks it with two.
//!
//! The premise is tested on every node of the automata of a scenario on weak memory, four writes beside two reads or what
//! comes closest: whatever was loaded as part of a value is replaced by numbers that occur nowhere else, and then, as all
//! that is written, by 0. The register has to ask for the same, up to these numbers in the same places, and has to return
//! nothing else. One whose words are stored and loaded one by one is not accepted: nobody knows which of them belong to a
//! value.

use std::collections::BTreeSet;

use histories::{Action, History, Operation, Value};
use registers::Arity;
use registers::memory::What;
use registers::scenario::Scenario;
use registers::subject::Subject;

use crate::atlas::{Answer, Request};
use crate::automaton::NodeId;
use crate::coarse::Reached;
use crate::explore::laid_out;
use crate::graph::Limits;
use crate::machine::{Grain, Machine};
use crate::processes::Processes;
use crate::report::MemoryModel;

/// No more nodes are tested.
const MOST_NODES: usize = 50_000;

/// Tests the premise on a register.
///
/// # Errors
///
/// Why it is not met, or could not be tested.
pub fn any_number_of_words(subject: &Subject) -> Result<(), String> {
    let words = subject.words();
    if words < 2 || subject.claims().below.is_some() {
        return Err("a value is one word".to_owned());
    }
    let lanes = match subject.claims().writers {
        Arity::One => "wwww.rr",
        Arity::Many => "ww.w.rr",
    };
    let scenario: Scenario = lanes.parse().expect("it is a scenario");
    let writes = scenario.operations().operations().iter();
    let writes = writes.filter(|operation| operation.is_write()).count() as u64;
    let with = |value: &dyn Fn(u64) -> Value| {
        let scenario = scenario.clone().with_values(value);
        Processes::of(*subject, &scenario).map_err(|misfit| misfit.to_string())
    };
    let processes = with(&|nth| value(nth, words))?;
    let of_zeros = with(&|_| Value::from(vec![0; words].as_slice()))?;
    let limits = Limits {
        states: 200_000,
        bytes: 64 << 20,
        ..Limits::default()
    };
    let (machine, _, cut_short) = laid_out(
        &processes,
        MemoryModel::Weak,
        Grain::Coarse,
        None,
        |machine| Reached::explore(machine, &limits, &mut |_| {}),
    )
    .map_err(|fault| fault.why())?;
    if let Some(fault) = cut_short {
        return Err(format!(
            "whether more are alike was not found out, {}",
            fault.why()
        ));
    }
    let nodes: usize = machine.automata().map(|it| it.nodes().len()).sum();
    if nodes > MOST_NODES {
        return Err(format!("its processes can stand in {nodes} places"));
    }
    let numbers_of = |part| (0..=writes).filter_map(move |nth| value(nth, words).word(part));
    let written: Vec<BTreeSet<u64>> = (0..words).map(|part| numbers_of(part).collect()).collect();
    for process in 0..processes.lanes.len() {
        for node in 0..machine.automaton(process).nodes().len() {
            let place = (&machine, process, node as NodeId);
            accesses_no_word_alone(place, &written)?;
            let test = |processes, replaced_by| {
                let replaced = Replaced {
                    processes,
                    replaced_by,
                };
                test(place, &written, &replaced)
            };
            test(&processes, mark)?;
            test(&of_zeros, |_, _| 0)?;
        }
    }
    Ok(())
}

/// The value of the `nth` write, or the initial one for 0: each word is another number, odd or even.
fn value(nth: u64, words: usize) -> Value {
    let words: Vec<u64> = (0..words as u64).map(|at| 1_000 + 101 * nth + at).collect();
    Value::from(words.as_slice())
}

/// A number in place of what was loaded as a part of a value in the `nth` request: odd or even, large or small.
fn mark(nth: usize, part: usize) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    ((nth as u64) << 10 | (part as u64 + 1)).wrapping_mul(ODD)
}

/// Processes that perform the same, with other numbers in place of what they load as parts of values.
struct Replaced<'a> {
    processes: &'a Processes<'a>,
    /// A number for a part, loaded in the `nth` request.
    replaced_by: fn(usize, usize) -> u64,
}

/// A node of the automaton of a process.
type Place<'a> = (&'a Machine<'a>, usize, NodeId);

/// Tests that neither what is wanted at a node, nor what led there, is an access to a word of a value by itself: what led
/// further back was tested there. `written` are the words of all values, by their part.
fn accesses_no_word_alone(
    (machine, process, node): Place<'_>,
    written: &[BTreeSet<u64>],
) -> Result<(), String> {
    let is_word = |number: u64| written.iter().any(|part| part.contains(&number));
    let is_loose = |request: &Request, answer: Option<Answer>| match request {
        Request::Access { access, .. } if access.part.is_none() => {
            (access.what.reads() && answer.is_some_and(|it| is_word(it.value)))
                || stored(access.what).is_some_and(is_word)
        }
        _ => false,
    };
    let automaton = machine.automaton(process);
    let last = automaton.last_step(node);
    let last = last.map(|(request, answer)| (request, Some(answer)));
    let wants = (&automaton.node(node).wants, None);
    let mut steps = last.into_iter().chain([wants]);
    let loose = steps.find(|&(request, answer)| is_loose(request, answer));
    match loose.and_then(|(request, _)| request.site()) {
        None => Ok(()),
        Some(site) => Err(format!(
            "its words are accessed one by one at {site}, and not as a whole by `load_all` and `store_all`"
        )),
    }
}

/// Tests one node: processes that perform the same, perhaps with other values, ask for the same.
fn test(
    (machine, process, node): Place<'_>,
    written: &[BTreeSet<u64>],
    other: &Replaced<'_>,
) -> Result<(), String> {
    let words = written.len();
    let automaton = machine.automaton(process);
    let way = automaton.way_to(node);
    let mut answers: Vec<Answer> = Vec::new();
    // Which numbers stand for which part: those that were loaded so far, and besides them those that are written.
    let of_initial = |part| other.processes.operations.initial().word(part);
    let mut loaded: Vec<BTreeSet<u64>> = (0..words)
        .map(|part| of_initial(part).into_iter().collect())
        .collect();
    for (nth, (request, answer)) in way.iter().enumerate() {
        let mut answer = *answer;
        if let Request::Access { access, .. } = request
            && let Some(part) = access.part
            && access.what.reads()
        {
            if part >= words {
                return Err(format!("{} copies more than {words} words", access.site));
            }
            answer.value = (other.replaced_by)(nth, part);
            loaded[part].insert(answer.value);
        }
        answers.push(answer);
    }
    let stop = other
        .processes
        .follow(process, answers)
        .map_err(|fault| fault.why())?;
    let expected = &automaton.node(node).wants;
    let same = match (expected, &stop.wants) {
        (Request::End(Some(_)), Request::End(Some(returned))) => {
            let is_part = |part: usize| {
                let word = returned.word(part);
                word.is_some_and(|word| loaded[part].contains(&word))
            };
            (0..words).all(is_part)
        }
        (Request::Access { word, access }, Request::Access { word: w, access: a }) => {
            let stores_part = |what: What| match (what, access.part) {
                (
                    What::Store(stored) | What::Write(stored) | What::Allocate(stored),
                    Some(part),
                ) => [written, &loaded]
                    .iter()
                    .any(|parts| parts.get(part).is_some_and(|it| it.contains(&stored))),
                _ => false,
            };
            let is_same = word == w && access.what.name() == a.what.name() && access.site == a.site;
            is_same && (access.what == a.what || (stores_part(access.what) && stores_part(a.what)))
        }
        (expected, actual) => crate::atlas::alike(expected, actual),
    };
    if same {
        return Ok(());
    }
    let at = stop.wants.site().or(expected.site());
    let at = at.map_or_else(
        || "where an operation ends".to_owned(),
        |site| site.to_string(),
    );
    Err(format!(
        "what the register does at {at} depends on the words of a value, or mixes them"
    ))
}

/// The number that an access stores, if it is one of its own.
fn stored(what: What) -> Option<u64> {
    match what {
        What::Store(it) | What::Write(it) | What::Allocate(it) | What::Swap(it) => Some(it),
        _ => None,
    }
}

/// The same operations with other values.
trait WithValues {
    fn with_values(self, value: impl Fn(u64) -> Value) -> Self;
}

impl WithValues for Scenario {
    fn with_values(self, value: impl Fn(u64) -> Value) -> Self {
        let of = |old: &Value| value(old.word(0).unwrap_or_default());
        let operations = self.operations().operations().iter().map(|operation| {
            let action = match operation.written() {
                Some(written) => Action::Write(of(written)),
                None => operation.action.clone(),
            };
            Operation {
                action,
                ..operation.clone()
            }
        });
        let initial = of(self.operations().initial());
        let operations = History::new(initial, operations).expect("only values have changed");
        self.of_operations(operations)
    }
}
