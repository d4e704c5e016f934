//! Replicas that never name each other are interchangeable: of all states that differ only in which is which, one is
//! explored.
//!
//! To rename replicas is to reorder what they know, to readdress the messages, and to rename them in what clients know. The
//! state that stands for all has its replicas sorted by what they know and by the messages to and from them, which are the
//! same whatever replicas are called; where some are alike in this, every order of these is tried, and the least row is taken.

use std::hash::{Hash, Hasher};

use interleavings::mixer::Mixer;

use super::network::{Envelope, Network};
use super::row::Row;
use crate::machine::Node;

impl Network<'_> {
    /// The state that stands for all that differ from it in the names of replicas only.
    pub(super) fn representative(&mut self, row: Row) -> Row {
        if !self.is_symmetric {
            return row;
        }
        let replicas = self.layout.replicas;
        let mut known = [0_u64; 8];
        for (at, known) in known.iter_mut().enumerate().take(replicas) {
            let mut mixed = Mixer::default();
            row.clock(at).hash(&mut mixed);
            for register in 0..self.layout.registers {
                row.0[self.layout.machine(at, register)].hash(&mut mixed);
            }
            *known = mixed.finish();
        }
        let is_replica = |node: Node| usize::from(node.0) < replicas;
        for &message in &row.0[self.layout.messages()..] {
            let Envelope {
                from,
                to,
                register,
                content,
            } = *self.envelopes.get(message);
            let (replica, other) = if is_replica(to) {
                (to, from)
            } else {
                (from, to)
            };
            let mut mixed = Mixer::default();
            (is_replica(to), other, register, content).hash(&mut mixed);
            // In whatever order they come.
            let known = &mut known[usize::from(replica.0)];
            *known = known.wrapping_add(mixed.finish() | 1);
        }
        let mut sorted: Vec<usize> = (0..replicas).collect();
        sorted.sort_unstable_by_key(|&at| known[at]);
        if sorted
            .windows(2)
            .all(|pair| known[pair[0]] != known[pair[1]])
        {
            return self.renamed_row(&row, &sorted);
        }
        let mut best: Option<Row> = None;
        // Every order that is sorted, too: `order[i]` is the old name of what is now called `i`.
        let mut orders = vec![Vec::new()];
        for group in sorted.chunk_by(|&a, &b| known[a] == known[b]) {
            let mut further = Vec::new();
            for order in &orders {
                permutations(group, &mut |members| {
                    further.push([order.as_slice(), members].concat());
                });
            }
            orders = further;
        }
        for order in orders {
            let renamed = self.renamed_row(&row, &order);
            if best.as_ref().is_none_or(|best| renamed < *best) {
                best = Some(renamed);
            }
        }
        best.unwrap_or(row)
    }

    fn renamed_row(&mut self, row: &Row, order: &[usize]) -> Row {
        let layout = self.layout;
        let mut to = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            to[old] = new as u8;
        }
        let key = to.iter().fold(0_u32, |key, &new| key << 4 | u32::from(new));
        let mut renamed = row.clone();
        for register in 0..layout.registers {
            for (new, &old) in order.iter().enumerate() {
                renamed.0[layout.machine(new, register)] = row.0[layout.machine(old, register)];
            }
            for client in 0..layout.clients {
                let at = layout.machine(layout.replicas + client, register);
                renamed.0[at] = match self.renamed.get(&(key, row.0[at])) {
                    Some(&known) => known,
                    None => {
                        let client = self.automata.renamed(row.0[at], &to);
                        let client = client.expect("the protocol renames all clients or none");
                        self.renamed.insert((key, row.0[at]), client);
                        client
                    }
                };
            }
        }
        for (new, &old) in order.iter().enumerate() {
            renamed.set_clock(new, row.clock(old));
        }
        for message in &mut renamed.0[layout.messages()..] {
            *message = match self.readdressed.get(&(key, *message)) {
                Some(&known) => known,
                None => {
                    let new =
                        |node: Node| to.get(usize::from(node.0)).map_or(node, |&new| Node(new));
                    let envelope = *self.envelopes.get(*message);
                    let number = self.envelopes.number(Envelope {
                        from: new(envelope.from),
                        to: new(envelope.to),
                        ..envelope
                    });
                    self.readdressed.insert((key, *message), number);
                    number
                }
            };
        }
        renamed.0[layout.messages()..].sort_unstable();
        renamed
    }
}

/// Every order of some things.
fn permutations(of: &[usize], each: &mut dyn FnMut(&[usize])) {
    fn extend(chosen: &mut Vec<usize>, rest: &[usize], each: &mut dyn FnMut(&[usize])) {
        if rest.is_empty() {
            each(chosen);
        }
        for (at, &next) in rest.iter().enumerate() {
            chosen.push(next);
            extend(chosen, &[&rest[..at], &rest[at + 1..]].concat(), each);
            chosen.pop();
        }
    }
    extend(&mut Vec::new(), of, each);
}
