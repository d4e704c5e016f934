//! PRAM (Lipton and Sandberg, *PRAM: a scalable shared memory*, 1988), and causality in three strengths.
//!
//! *Causality* is the order of each process, and that each operation comes after the write that it read from. The bad
//! patterns of Bouajjani, Enea, Guerraoui and Hamza (*On verifying causal consistency*, POPL 2017) say which histories
//! break it, where every read has one source:
//!
//! * **causal** (CC): causality has a cycle, or an operation reads a value that is overwritten in its causal past;
//! * **causal convergence** (CCv): or there is a cycle if, of two writes in the past of an operation, the one that it
//!   did not read comes before the one that it read;
//! * **causal memory** (CM; Ahamad, Neiger, Burns, Kohli and Hutto 1995): or there is a cycle in what some process can
//!   conclude, again and again, from what itself read;
//! * **PRAM**: there is such a cycle where a process knows the order of each process, and its own sources.
//!
//! Time O(operations x processes) for causal and convergence, times the processes and the rounds of conclusions for the
//! others. A linearizable history meets all of them, which is found first.

use rayon::prelude::*;

use super::events::Events;
use super::graph::{Graph, Judged};
use super::{ALONE, Model, Verdict, sources};
use crate::History;

pub(super) fn check(model: Model, history: &History) -> Verdict {
    sources::judge(history, model, &by(model))
}

pub(super) fn meets(model: Model, history: &History) -> Option<bool> {
    sources::meets(history, &by(model))
}

fn by(model: Model) -> impl Fn(&Events, &[u32]) -> Judged {
    move |events, source| decide(model, events, source).unwrap_or_else(|end| end)
}

fn decide(model: Model, events: &Events, source: &[u32]) -> Result<Judged, Judged> {
    let graph = |process: Option<u32>| {
        let knows = |of| process.is_none_or(|process| process == of);
        Graph::new(events, source, knows).ok_or(Judged::Unknown { states: 0 })
    };
    if model != Model::Pram {
        let mut graph = graph(None)?;
        let clocks = graph.clocks()?;
        if let Some(broken) = graph.overwritten(&clocks) {
            return Err(broken);
        }
        if model == Model::CausalConvergence {
            graph.conclude(clocks, |_| true, false, false)?;
        }
    }
    if matches!(model, Model::Pram | Model::CausalMemory) {
        // What a process can conclude is looked at side by side.
        let view = |process: u32| {
            let mut graph = graph((model == Model::Pram).then_some(process))?;
            let clocks = graph.clocks()?;
            let own = |of| of == process;
            graph.conclude(clocks, own, false, true).map(|_| ())
        };
        let processes = 0..events.processes as u32;
        let views: Vec<Result<(), Judged>> = match events.len() {
            0..ALONE => processes.map(view).collect(),
            _ => processes.into_par_iter().map(view).collect(),
        };
        let ends: Vec<Judged> = views.into_iter().filter_map(Result::err).collect();
        let broken = |end: &Judged| matches!(end, Judged::Broken { .. });
        let first = ends.iter().position(broken).unwrap_or(0);
        if let Some(end) = ends.into_iter().nth(first) {
            return Err(end);
        }
    }
    Ok(Judged::Fits)
}
