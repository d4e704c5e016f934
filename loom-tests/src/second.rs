//! Loom beside the atlas: the second engine of the prover.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use clap::ValueEnum;
use histories::History;
use indicatif::ProgressBar;
use interleavings::report::Report;
use registers::scenario::Scenario;
use registers::subject::Subject;
use registers::worlds::Erased;
use workbench::cli::Failure;
use workbench::prove::{Question, Second, tell};

use crate::{Limits, LoomMemory, as_far_as_it_matters, explore_in};

/// Which engines explore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engines {
    /// State by state
    Atlas,
    /// Execution by execution
    Loom,
    /// Both, and where both finish they must agree
    Both,
}

/// Loom, as an engine of the prover.
#[derive(Clone, Copy, Debug)]
pub struct Loom;

impl Second for Loom {
    fn explore(
        &self,
        subject: &Subject,
        scenario: &Scenario,
        question: &Question,
        bar: &ProgressBar,
    ) -> Result<Report, Failure> {
        let limits = Limits {
            max_time: Some(question.time()),
            preemption_bound: question.bound.0,
            max_executions: None,
        };
        Ok(explore_in(
            subject,
            scenario,
            &limits,
            counting(bar.clone()),
        )?)
    }

    fn as_far_as_it_looks(&self, scenario: &Scenario, history: &History) -> History {
        as_far_as_it_matters(scenario, history)
    }
}

/// Enters loom's memory, and counts how often.
fn counting(bar: ProgressBar) -> impl Fn(&LoomMemory) -> Erased + Send + Sync + 'static {
    /// How many executions lie between two messages.
    const STRIDE: u64 = 500;
    let (begun, executions) = (Instant::now(), AtomicU64::new(0));
    move |loom| {
        let done = executions.fetch_add(1, Relaxed);
        if done.is_multiple_of(STRIDE) {
            tell(&bar, done, "executions", begun);
        }
        Erased::new(loom.clone())
    }
}
