//! A scene as a page holds it.
//!
//! The states are numbered breadth first, so the states that are new come in order, and an edge need not say which one it
//! leads to: 0 stands for the next new one, and another number for how far back a known one lies. That is about three bytes
//! an edge, before compression.

use interleavings::{MemoryModel, Mutation};

use interleavings::play::{Happening, Node, Scene, Step, Wants};
use registers::catalogue::Register;
use serde_json::{Value as Json, json};

use crate::encode::{Varints, base64};

/// The version of this form. It grows when something changes its meaning.
const SCHEMA: u32 = 1;

/// The scene, and what is changed in its register, if anything is.
pub(crate) fn scene(scene: &Scene, changed: Option<&Mutation>) -> Json {
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
    json!({
        "schema": SCHEMA,
        "register": scene.register,
        "changed": changed.map(ToString::to_string),
        // Whether the program can perform its schedules: it knows the register by its name.
        "replays": changed.is_none() && Register::named(scene.register).is_some(),
        "claims": scene.claims.name(),
        "words": scene.words,
        "scenario": scene.scenario,
        "memory": scene.memory.name(),
        "buffers": scene.memory == MemoryModel::X86,
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
        "graph": base64(&graph(scene)),
    })
}

/// The states and edges, state by state: its past, how many edges it has, and for each its step and where it leads.
fn graph(scene: &Scene) -> Vec<u8> {
    let mut varints = Varints::default();
    let mut newest = 0;
    for state in &scene.states {
        varints.push(state.past.into());
        varints.push(state.edges.len() as u64);
        for &(step, target) in &state.edges {
            varints.push(step.into());
            if target > newest {
                newest = target;
                varints.push(0);
            } else {
                varints.push(u64::from(newest - target) + 1);
            }
        }
    }
    varints.into_bytes()
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
    }
}
