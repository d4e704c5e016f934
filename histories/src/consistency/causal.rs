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
//! others, for each choice of sources.

use rayon::prelude::*;

use super::order::{End, Lanes, Order};
use crate::Model;
use crate::budget::{Limit, Meter};
use crate::events::Kind;
use crate::judge::ALONE;

/// Judges by sources which are told as far as they are chosen.
pub(super) struct Judge<'a> {
    model: Model,
    order: Order<'a>,
    /// The processes that read, and for each what it read from when it was last judged by itself.
    readers: Vec<usize>,
    fine: Vec<Vec<u32>>,
    /// Whether what one process read says nothing to the others.
    is_apart: bool,
}

impl<'a> Judge<'a> {
    pub(super) fn new(model: Model, lanes: &'a Lanes<'a>) -> Self {
        let events = lanes.events;
        let mut readers: Vec<usize> = (0..events.len())
            .filter(|&at| events.kind[at] != Kind::Write)
            .map(|at| events.process[at] as usize)
            .collect();
        readers.dedup();
        Self {
            model,
            order: Order::new(lanes),
            fine: vec![Vec::new(); readers.len()],
            is_apart: model == Model::Pram && events.indeterminate().next().is_none(),
            readers,
        }
    }

    pub(super) fn judge(&mut self, sources: &[u32], meter: &Meter<'_>) -> Result<(), End> {
        match self.model {
            Model::Pram => self.each_process(sources, meter),
            Model::CausalMemory => {
                self.causality(sources)?;
                self.each_process(sources, meter)
            }
            Model::CausalConvergence => {
                self.causality(sources)?;
                self.order.conclude(|_| true, false, false, meter)
            }
            _ => self.causality(sources),
        }
    }

    /// Whether causality has no cycle, and nothing is read that is overwritten in its causal past.
    fn causality(&mut self, sources: &[u32]) -> Result<(), End> {
        self.order.read_from(sources, |_| true);
        self.order.set_clocks()?;
        Ok(self.order.overwritten()?)
    }

    /// What each process can conclude from what itself read: in PRAM knowing only its own sources, in causal memory all.
    fn each_process(&mut self, sources: &[u32], meter: &Meter<'_>) -> Result<(), End> {
        let alone = self.model == Model::Pram;
        let lanes = self.order.lanes;
        let view = |order: &mut Order<'a>, process: usize, meter: &Meter<'_>| {
            order.read_from(sources, |of| !alone || of == process);
            order.set_clocks()?;
            order.conclude(|of| of == process, false, true, meter)
        };
        if sources.len() >= ALONE {
            // Side by side, each with a budget of its own, so that who is faster does not matter.
            let views = self.readers.par_iter().map_init(
                || Order::new(lanes),
                |order, &process| {
                    let own = meter.another();
                    let seen = view(order, process, &own);
                    (seen, own.ended())
                },
            );
            let views: Vec<(Result<(), End>, Option<Limit>)> = views.collect();
            views.iter().for_each(|(_, ended)| {
                if let Some(limit) = ended {
                    meter.end(*limit);
                }
            });
            let mut ends: Vec<End> = views
                .into_iter()
                .filter_map(|(seen, _)| seen.err())
                .collect();
            let broken = |end: &End| matches!(end, End::Contradiction(_));
            let first = ends.iter().position(broken).unwrap_or(0);
            return match ends.is_empty() {
                true => Ok(()),
                false => Err(ends.swap_remove(first)),
            };
        }
        for (nth, &process) in self.readers.iter().enumerate() {
            let own = lanes.of(process);
            // Of a process whose sources are as before nothing new is found, if it knows no others.
            let is_known = self.is_apart && self.fine[nth] == sources[own.clone()];
            if !is_known {
                view(&mut self.order, process, meter)?;
                self.fine[nth].clear();
                self.fine[nth].extend_from_slice(&sources[own]);
            }
        }
        Ok(())
    }
}
