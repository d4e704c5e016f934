//! A scene as a page holds it.
//!
//! The states are numbered breadth first, so the states that are new come in order, and an edge need not say which one it
//! leads to. Most of the rest can be foretold: which steps a party has follows from where it stands, where a step leads lies
//! near where it led last, and what has happened follows from what had happened before. What is left takes about a byte and
//! a half an edge, compressed.

use std::collections::HashMap;

use interleavings::{MemoryModel, Mutation};

use interleavings::play::{Happening, Medium, Node, Scene, Step, Wants};
use registers::catalogue::Register;
use serde_json::{Value as Json, json};

use crate::encode::Varints;

/// The version of this form. It grows when something changes its meaning.
const SCHEMA: u32 = 2;

/// The scene, and what is changed in its register, if anything is: as JSON, and behind a zero its graph.
pub(crate) fn scene(scene: &Scene, changed: Option<&Mutation>) -> Vec<u8> {
    let mut files: Vec<&str> = scene.sites().map(|site| site.path()).collect();
    files.sort_unstable();
    files.dedup();
    let lane_of = |at: usize| scene.lanes.iter().position(|lane| lane.contains(&at));
    let operations: Vec<Json> = (0..scene.operations.len())
        .map(|at| {
            let operation = &scene.operations[at];
            json!({
                "thread": operation.thread,
                "lane": lane_of(at),
                "writes": operation.writes.as_ref().map(ToString::to_string),
                "pending": operation.is_pending,
            })
        })
        .collect();
    let nodes = scene.nodes.iter().map(|nodes| {
        let node = |it| node(it, &files);
        nodes.iter().map(node).collect::<Vec<_>>()
    });
    let said = json!({
        "schema": SCHEMA,
        "register": scene.register,
        "changed": changed.map(ToString::to_string),
        // Whether the program can perform its schedules: it knows the register by its name.
        "replays": changed.is_none() && Register::named(&scene.register).is_some(),
        "claims": scene.claims.name(),
        "words": scene.words,
        "scenario": scene.scenario,
        "memory": scene.medium.name(),
        "buffers": scene.medium == Medium::Memory(MemoryModel::X86),
        "replicas": scene.medium.replicas(),
        "faults": match &scene.medium {
            Medium::Memory(_) => None,
            Medium::Network { faults, .. } => Some(faults),
        },
        "drawn": scene.drawn,
        "initial": scene.initial.to_string(),
        "executions": scene.executions,
        "places": scene.places.iter().map(|it| (&it.name, &it.initial)).collect::<Vec<_>>(),
        "locks": scene.locks,
        "operations": operations,
        "lanes": scene.lanes,
        "before": scene.before,
        "start": scene.start.iter().map(happening).collect::<Vec<_>>(),
        "stands": scene.stands,
        "files": files,
        "nodes": nodes.collect::<Vec<_>>(),
        "steps": scene.steps.iter().map(step).collect::<Vec<_>>(),
        "pasts": scene.pasts.iter().map(|past| {
            let violations = past.violations.iter().map(|it| {
                json!([it.model.name(), it.anomaly.name(), it.sentence, it.operations])
            });
            let returned = past.returned.iter();
            let returned = returned.map(|it| it.as_ref().map(ToString::to_string));
            json!([violations.collect::<Vec<_>>(), returned.collect::<Vec<_>>()])
        }).collect::<Vec<_>>(),
        "states": scene.states.len(),
        "edges": scene.edges(),
    });
    let mut bytes = said.to_string().into_bytes();
    // No text of JSON has a zero in it.
    bytes.push(0);
    bytes.extend(Columns::of(scene).into_bytes());
    bytes
}

/// The states and edges, in columns.
struct Columns {
    /// What steps there are where a party stands, for each such place in the order in which they are met: how many, and
    /// their numbers.
    offers: Varints,
    /// How many edges of each party each state has.
    counts: Varints,
    /// Of each edge the place of its step among those that are offered there.
    choices: Varints,
    /// Where each edge leads: 0 to the next new state, or else how far that is from where its step led last.
    targets: Varints,
    /// The past of each new state, where it does not follow from an earlier one: the same step from the same past leads to
    /// the same past.
    pasts: Varints,
}

impl Columns {
    fn of(scene: &Scene) -> Self {
        let (states, threads) = (scene.states.len(), scene.lanes.len());
        let parties = threads + scene.medium.replicas().len();
        let mut columns = Self {
            offers: Varints::default(),
            counts: Varints::default(),
            choices: Varints::default(),
            targets: Varints::default(),
            pasts: Varints::default(),
        };
        let mut offers: Vec<Vec<u32>> = Vec::new();
        let mut place: HashMap<(usize, usize), usize> = HashMap::new();
        let mut stands: Vec<Vec<usize>> = vec![Vec::new(); states];
        stands[0].clone_from(&scene.stands);
        let mut last = vec![0_u32; scene.steps.len()];
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        let mut newest = 0;
        for (number, state) in scene.states.iter().enumerate() {
            let mut counts = vec![0_u64; parties];
            for &(at, target) in &state.edges {
                let step = &scene.steps[at as usize];
                counts[step.thread] += 1;
                let stand = stands[number].get(step.thread).copied().unwrap_or(0);
                let offer = *place.entry((step.thread, stand)).or_insert_with(|| {
                    offers.push(Vec::new());
                    offers.len() - 1
                });
                let offer = &mut offers[offer];
                let choice = offer.iter().position(|&it| it == at);
                columns.choices.push(choice.unwrap_or(offer.len()) as u64);
                if choice.is_none() {
                    offer.push(at);
                }
                if target > newest {
                    newest = target;
                    columns.targets.push(0);
                    let mut there = stands[number].clone();
                    for &(thread, node) in &step.moves {
                        there[thread] = node;
                    }
                    stands[target as usize] = there;
                    let past = scene.states[target as usize].past;
                    let follows = *known.entry((state.past, at)).or_insert_with(|| {
                        columns.pasts.push(past.into());
                        past
                    });
                    debug_assert_eq!(follows, past, "a step does the same to the same past");
                } else {
                    let from = i64::from(last[at as usize]) + 1;
                    let apart = i64::from(target) - from;
                    columns
                        .targets
                        .push((((apart << 1) ^ (apart >> 63)) as u64) + 1);
                }
                last[at as usize] = target;
            }
            for count in counts {
                columns.counts.push(count);
            }
        }
        columns.offers.push(offers.len() as u64);
        for offer in offers {
            columns.offers.push(offer.len() as u64);
            for step in offer {
                columns.offers.push(step.into());
            }
        }
        columns
    }

    fn into_bytes(self) -> Vec<u8> {
        let Self {
            offers,
            counts,
            choices,
            targets,
            pasts,
        } = self;
        let columns = [offers, counts, choices, targets, pasts];
        columns.into_iter().flat_map(Varints::into_bytes).collect()
    }
}

fn node(node: &Node, files: &[&str]) -> Json {
    let (wants, of) = match node.wants {
        Wants::Begin => ("begin", None),
        Wants::Access { word } => ("access", Some(word)),
        Wants::Fence => ("fence", None),
        Wants::Take { lock } => ("take", Some(lock)),
        Wants::Free { lock } => ("free", Some(lock)),
        Wants::Retry => ("retry", None),
        Wants::Choose => ("choose", None),
        Wants::Answer => ("answer", None),
        Wants::End => ("end", None),
        Wants::Nothing => ("nothing", None),
        Wants::Panic => ("panic", None),
    };
    let file = node
        .site
        .and_then(|site| files.binary_search(&site.path()).ok());
    let line = node.site.map(|site| site.line());
    json!([
        wants,
        of,
        node.wording,
        file,
        line,
        u8::from(node.in_the_middle),
        node.completed
    ])
}

fn step(step: &Step) -> Json {
    let flags =
        u8::from(step.is_stale) | u8::from(step.is_access) << 1 | u8::from(step.is_restart) << 2;
    let happens: Vec<Json> = step.happens.iter().map(happening).collect();
    let fails = step.fails.as_ref();
    let fails = fails.map(|(kind, message)| json!([kind.to_string(), message]));
    json!([step.thread, flags, happens, step.moves, fails])
}

fn happening(happening: &Happening) -> Json {
    match happening {
        Happening::Begin(operation) => json!(["begin", operation]),
        Happening::End(operation, returned) => {
            json!(["end", operation, returned.as_ref().map(ToString::to_string)])
        }
        Happening::Access {
            operation,
            word,
            access,
            found,
            leaves,
            latest,
            is_buffered,
        } => json!([
            "access",
            operation,
            word,
            access,
            found,
            leaves,
            latest,
            u8::from(*is_buffered)
        ]),
        Happening::Reaches(thread) => json!(["reaches", thread]),
        Happening::Message {
            from,
            to,
            said,
            holds,
        } => json!(["message", from, to, said, holds]),
    }
}
