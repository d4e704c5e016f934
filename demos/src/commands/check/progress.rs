//! What a long judgement is at: told on stderr after a second, and then now and again.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use histories::check::Budget;

use workbench::screen::grouped;

/// Tells what is judged, from a thread of its own.
pub(super) struct Progress {
    states: Arc<AtomicU64>,
    model: Arc<Mutex<&'static str>>,
    over: Sender<()>,
    thread: JoinHandle<()>,
}

impl Progress {
    pub(super) fn begin() -> Self {
        let states = Arc::new(AtomicU64::new(0));
        let model = Arc::new(Mutex::new(""));
        let (over, is_over) = mpsc::channel();
        let (of, at) = (Arc::clone(&states), Arc::clone(&model));
        let thread = std::thread::spawn(move || {
            let is_terminal = std::io::stderr().is_terminal();
            // A terminal shows one line that changes; in a file each line stays, so there are fewer and fewer.
            let mut wait = Duration::from_secs(1);
            let mut told = false;
            while let Err(RecvTimeoutError::Timeout) = is_over.recv_timeout(wait) {
                let model = at.lock().map_or("", |model| *model);
                let states = grouped(of.load(Ordering::Relaxed));
                let line = format!("judging {model}: {states} states so far");
                // If stderr is gone, there is nobody to tell.
                let _ = match is_terminal {
                    true => write!(anstream::stderr(), "\r{line:<70}"),
                    false => writeln!(anstream::stderr(), "{line}"),
                };
                told = true;
                wait = match is_terminal {
                    true => Duration::from_millis(200),
                    false => 2 * wait,
                };
            }
            if told && is_terminal {
                let _ = write!(anstream::stderr(), "\r{:<70}\r", "");
            }
        });
        Self {
            states,
            model,
            over,
            thread,
        }
    }

    /// The same budget, of which it is told how much is spent.
    pub(super) fn watch(&self, budget: &Budget) -> Budget {
        budget.clone().watched_by(&self.states)
    }

    /// This model is judged now.
    pub(super) fn at(&self, model: &'static str) {
        if let Ok(mut at) = self.model.lock() {
            *at = model;
        }
    }

    pub(super) fn end(self) {
        drop(self.over);
        // It only tells; that it failed to would be told by itself.
        let _ = self.thread.join();
    }
}
