//! Sequentially consistent memory: every load returns the value stored last (Lamport, *How to make a multiprocessor
//! computer that correctly executes multiprocess programs*, 1979). Orderings and fences mean nothing.
//!
//! Its part of a state is one value for each word.

use registers::memory::{Access, What};

use super::{Broken, Model, RETIRED, Values, Way};
use crate::processes::Fault;
use crate::state::{Layout, State};

#[derive(Debug)]
pub(crate) struct SequentiallyConsistent {
    layout: Layout,
}

impl SequentiallyConsistent {
    pub(crate) fn new(layout: Layout) -> Self {
        Self { layout }
    }
}

impl Model for SequentiallyConsistent {
    fn start(&self, state: &mut State, initial: &[u16]) {
        state.extend_from_slice(initial);
    }

    fn access(
        &self,
        state: &State,
        _: usize,
        word: usize,
        access: &Access,
        values: &mut Values,
        ways: &mut Vec<Way>,
    ) -> Result<(), Fault> {
        let at = self.layout.memory() + word;
        at_once(state, at, word, access, values, ways)
    }

    fn readable(&self, state: &[u16], _: usize, word: usize, with: &mut dyn FnMut(u16)) {
        with(state[self.layout.memory() + word]);
    }
}

/// An access to the one value of a word, at `at` in the state.
pub(super) fn at_once(
    state: &State,
    at: usize,
    word: usize,
    access: &Access,
    values: &mut Values,
    ways: &mut Vec<Way>,
) -> Result<(), Fault> {
    let held = state[at];
    let mut way = Way {
        state: state.clone(),
        found: held,
        is_done: true,
        latest: None,
        broken: None,
        is_noticed: true,
    };
    match access.what {
        What::Allocate(_) if held == RETIRED => {}
        _ if held == RETIRED => way.broken = Some(Broken::Free { word }),
        _ => {}
    }
    if way.broken.is_none() {
        if access.what == What::Retire {
            way.state[at] = RETIRED;
        } else if let Some(left) = access.what.leaves(values.value(held)) {
            way.state[at] = values.number(left)?;
            if matches!(access.what, What::WeakExchange { .. }) {
                ways.push(Way {
                    state: state.clone(),
                    found: held,
                    is_done: false,
                    latest: None,
                    broken: None,
                    is_noticed: true,
                });
            }
        } else {
            way.is_done = access.what.expects().is_none();
        }
    }
    ways.push(way);
    Ok(())
}
