//! The two places of an operation that completes: in retrospect, just before the last plain write, and at the end.

use super::configuration::{bits, hold, since, value};
use super::trace::{Put, Trace};
use super::under_way::{Slot, UnderWay};
use crate::events::{Kind, NEVER};

/// Adds a configuration to others; where it begins.
fn push(next: &mut Vec<u64>, configuration: &[u64]) -> usize {
    next.extend_from_slice(configuration);
    next.len() - configuration.len()
}

impl UnderWay {
    /// Whether a block of a value that begins now could serve a read that is not in order yet and was invoked no earlier
    /// than the last switch.
    fn is_useful(&self, configuration: &[u64], value: u32, now: u32) -> bool {
        let waits = |(word, &members): (usize, &u64)| {
            let mut waiting = bits(members & !configuration[1 + word]);
            waiting.any(|bit| self.slots[64 * word + bit].invoked >= since(configuration))
        };
        let mut reads = self.of(&self.reads_of, value).iter().enumerate();
        reads.any(waits) || self.lookahead.is_read_later(value, now)
    }

    /// Puts a write just before the last switch; whether it has to be tried at the end too.
    pub(super) fn write_in_retrospect(
        &self,
        next: &mut Vec<u64>,
        from: &[u64],
        slot: usize,
        now: u32,
        trace: &mut Trace,
    ) -> bool {
        let Slot {
            value: written,
            operation,
            ..
        } = self.slots[slot];
        let at = push(next, from);
        let configuration = &mut next[at..];
        Self::set_done(configuration, slot);
        if value(configuration) == written {
            // It may as well stand at the end, where it changes nothing.
            hold(configuration, written, now);
            trace.put(configuration, operation, Put::Write);
            return !self.plain;
        }
        trace.put(configuration, operation, Put::InRetrospect);
        self.serve(configuration, written, since(from), trace);
        !self.plain || self.is_useful(configuration, written, now)
    }

    /// Puts a read just before the last switch, behind a write of its value; whether it has to be tried at the end too.
    pub(super) fn read_in_retrospect(
        &self,
        next: &mut Vec<u64>,
        from: &[u64],
        slot: usize,
        now: u32,
        trace: &mut Trace,
    ) -> bool {
        let wanted = self.slots[slot].value;
        let first = self.earliest(from, self.of(&self.writes_of, wanted), NEVER);
        let at = push(next, from);
        let configuration = &mut next[at..];
        let Some((write, _)) = self.use_write(configuration, wanted, since(from)) else {
            next.truncate(at);
            return true;
        };
        trace.put(configuration, write, Put::InRetrospect);
        self.serve(configuration, wanted, since(from), trace);
        // Now a write could be used that was invoked later, and has to complete earlier.
        let is_same = first.is_none_or(|first| Self::is_done(configuration, first));
        !self.plain || !is_same || self.is_useful(configuration, wanted, now)
    }

    /// Puts what did not find a value just before the last switch, behind a write of another one.
    pub(super) fn refuse_in_retrospect(
        &self,
        next: &mut Vec<u64>,
        from: &[u64],
        slot: usize,
        trace: &mut Trace,
    ) {
        let others = self.writable(from);
        for other in others
            .into_iter()
            .filter(|&it| it != self.slots[slot].value)
        {
            let at = push(next, from);
            let configuration = &mut next[at..];
            match self.use_write(configuration, other, since(from)) {
                None => next.truncate(at),
                Some((write, _)) => {
                    trace.put(configuration, write, Put::InRetrospect);
                    self.serve(configuration, other, since(from), trace);
                }
            }
        }
    }

    /// Puts a read or a write at the end, where there are no swaps.
    pub(super) fn switch(
        &self,
        next: &mut Vec<u64>,
        from: &[u64],
        slot: usize,
        now: u32,
        trace: &mut Trace,
    ) {
        let Slot {
            kind,
            value: wanted,
            operation,
            ..
        } = self.slots[slot];
        let at = push(next, from);
        let configuration = &mut next[at..];
        let write = match kind {
            Kind::Write => {
                Self::set_done(configuration, slot);
                Some((operation, true))
            }
            _ => self.use_write(configuration, wanted, NEVER),
        };
        let Some((write, _)) = write else {
            next.truncate(at);
            return;
        };
        hold(configuration, wanted, now);
        trace.put(configuration, write, Put::Write);
        self.serve(configuration, wanted, NEVER, trace);
    }
}
