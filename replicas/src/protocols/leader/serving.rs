//! What a leader and its followers do: serve, store, vote.

use super::{Leader, Leading, Message, Reads, Replica, Role, Round, State, Waiting};
use crate::client_table::Known;
use crate::machine::{Alarm, Data, Effects, Node, Nodes, Request, Stamp};

impl Replica {
    fn leader(&self, effects: &Effects<Message>) -> Node {
        Node((self.view % u32::from(effects.cluster.replicas)) as u8)
    }

    /// Whether it is the leader of its view, and not merely asks for votes.
    pub(super) fn leads(&self, effects: &Effects<Message>) -> bool {
        self.leader(effects) == effects.me && !matches!(self.role, Role::Campaigns { .. })
    }

    /// Goes over to a later view, as one who follows.
    pub(super) fn enter(&mut self, view: u32) {
        if view > self.view {
            self.view = view;
            self.role = Role::Follows;
        }
    }

    /// Waits for the next sign of life of the leader: the longer, the later one's own turn.
    pub(super) fn watch(&self, effects: &mut Effects<Message>) {
        let all = u32::from(effects.cluster.replicas);
        let turns = (u32::from(effects.me.0) + all - self.view % all) % all;
        let after = effects.timing.suspect * u64::from(turns.max(1));
        effects.alarms.push((Alarm::Suspect, after));
    }

    fn leading(&mut self) -> &mut Leading {
        if !matches!(self.role, Role::Leads(_)) {
            self.role = Role::Leads(Leading::default());
        }
        match &mut self.role {
            Role::Leads(leading) => leading,
            Role::Follows | Role::Campaigns { .. } => unreachable!("it leads"),
        }
    }

    /// Counts a vote; with a majority of them it leads, with the newest state that it was told.
    pub(super) fn count(&mut self, from: Node, state: State, effects: &mut Effects<Message>) {
        let Role::Campaigns { votes, newest } = &mut self.role else {
            return;
        };
        votes.add(from);
        if state.stamp > newest.stamp {
            *newest = state;
        }
        if votes.count() < effects.cluster.majority() {
            return;
        }
        self.state = std::mem::take(newest);
        self.state.stamp = Stamp(self.view, 0);
        self.role = Role::Leads(Leading::default());
        let state = self.state.clone();
        // Round 0: no operation waits for it. It tells the others who leads.
        effects.send_all(&Message::Store { round: 0, state });
        effects.set(Alarm::Gossip);
    }
}

impl Leader {
    /// Performs a request, or passes it on to the leader.
    pub(super) fn serve(
        &self,
        replica: &mut Replica,
        client: Node,
        op: u32,
        request: Request,
        effects: &mut Effects<Message>,
    ) {
        if !replica.leads(effects) {
            let leader = replica.leader(effects);
            if leader != effects.me {
                let message = Message::Ask {
                    client,
                    op,
                    request,
                };
                effects.send(leader, message);
            }
            return;
        }
        let state = &mut replica.state;
        let outcome = match (request, state.table.look_up(client, op)) {
            (Request::Read, _) => None,
            (_, Known::Past) => return,
            (_, Known::Done(outcome)) => Some(outcome),
            (request, Known::New) => {
                state.stamp.1 += 1;
                request.perform(&mut state.data)
            }
        };
        let answer = match outcome {
            None => Message::Held {
                op,
                data: state.data,
            },
            Some(outcome) => {
                state.table.note(client, op, outcome);
                Message::Done { op, outcome }
            }
        };
        if effects.cluster.replicas == 1 {
            effects.send(client, answer);
            return;
        }
        let is_read = outcome.is_none();
        if let Some(data) = self.may_read(replica, effects.now).filter(|_| is_read) {
            effects.send(client, Message::Held { op, data });
            return;
        }
        let leading = replica.leading();
        leading.waiting.retain(|it| it.client != client);
        leading.waiting.push(Waiting {
            round: leading.asked + 1,
            client,
            answer,
        });
        self.ask_to_store(replica, effects);
    }

    /// What a leader may answer to a read without asking anybody.
    fn may_read(&self, replica: &mut Replica, now: u64) -> Option<Data> {
        match self.reads {
            Reads::Confirmed => None,
            Reads::Unchecked => Some(replica.state.data),
            // What no majority has stored yet may be lost with the leader.
            Reads::Lease(_) => {
                let leading = replica.leading();
                let stored = leading.stored.filter(|_| now < leading.lease_until);
                stored.map(|(_, data)| data)
            }
        }
    }

    /// Asks all others to store the leader's state.
    pub(super) fn ask_to_store(&self, replica: &mut Replica, effects: &mut Effects<Message>) {
        let state = replica.state.clone();
        let leading = replica.leading();
        leading.asked += 1;
        let round = leading.asked;
        let is_leasing = matches!(self.reads, Reads::Lease(_));
        let is_waited_for = |round: u32| leading.waiting.iter().any(|it| it.round == round);
        if let Reads::Lease(lease) = self.reads {
            let matters = |it: &Round| lease.lasts_until(it.begun) > effects.now;
            leading
                .rounds
                .retain(|it| matters(it) || is_waited_for(it.round));
        }
        if is_leasing || is_waited_for(round) {
            let mut stored = Nodes::default();
            stored.add(effects.me);
            leading.rounds.push(Round {
                round,
                data: state.data,
                number: state.stamp.1,
                begun: if is_leasing { effects.now } else { 0 },
                stored,
            });
        }
        effects.send_all(&Message::Store { round, state });
    }

    /// Stores what the leader of this or of a later view asks to store.
    pub(super) fn store(
        &self,
        replica: &mut Replica,
        from: Node,
        round: u32,
        state: State,
        effects: &mut Effects<Message>,
    ) {
        let view = state.stamp.0;
        if view < replica.view {
            let view = replica.view;
            effects.send(from, Message::Outdated { view });
            return;
        }
        replica.enter(view);
        if state.stamp > replica.state.stamp {
            replica.state = state;
        }
        if let Reads::Lease(lease) = self.reads {
            let until = lease.promised_until(effects.now);
            replica.promised_until = replica.promised_until.max(until);
        }
        effects.send(from, Message::Stored { view, round });
        replica.watch(effects);
    }

    /// Counts who has stored what a round asked for, and answers those who waited for it.
    pub(super) fn stored(
        &self,
        replica: &mut Replica,
        from: Node,
        round: u32,
        effects: &mut Effects<Message>,
    ) {
        let Role::Leads(leading) = &mut replica.role else {
            return;
        };
        let majority = effects.cluster.majority();
        let mut confirmed = None;
        // Who has answered a later round has stored all that the earlier ones asked for.
        for it in leading.rounds.iter_mut().filter(|it| it.round <= round) {
            it.stored.add(from);
            if it.stored.count() >= majority {
                confirmed = Some(it.round);
                leading.stored = leading.stored.max(Some((it.number, it.data)));
                if let Reads::Lease(lease) = self.reads {
                    leading.lease_until = leading.lease_until.max(lease.lasts_until(it.begun));
                }
            }
        }
        let Some(confirmed) = confirmed else {
            return;
        };
        leading.rounds.retain(|it| it.round > confirmed);
        leading.waiting.retain(|it| {
            let is_done = it.round <= confirmed;
            if is_done {
                effects.send(it.client, it.answer.clone());
            }
            !is_done
        });
    }

    /// Asks for votes in the next view that is its own.
    pub(super) fn campaign(&self, replica: &mut Replica, effects: &mut Effects<Message>) {
        replica.watch(effects);
        if effects.now < replica.promised_until {
            return;
        }
        let view = replica.view + 1;
        replica.enter(view);
        while replica.leader(effects) != effects.me {
            replica.view += 1;
        }
        let mut votes = Nodes::default();
        votes.add(effects.me);
        let newest = replica.state.clone();
        replica.role = Role::Campaigns { votes, newest };
        let view = replica.view;
        effects.send_all(&Message::Campaign { view });
    }

    /// Votes for one who asks for it in a later view, unless it has promised not to.
    pub(super) fn vote(
        &self,
        replica: &mut Replica,
        from: Node,
        view: u32,
        effects: &mut Effects<Message>,
    ) {
        if view <= replica.view || effects.now < replica.promised_until {
            return;
        }
        replica.enter(view);
        let state = replica.state.clone();
        effects.send(from, Message::Vote { view, state });
        replica.watch(effects);
    }
}
