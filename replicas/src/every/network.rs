//! What may happen next in a network: every message may arrive, in any order, or never.
//!
//! A step is the invocation of an operation, the arrival of a message, or a fault out of the budget. *Loss and crashes need no
//! steps of their own*: a message that has not arrived is lost if it never does, and a replica that receives nothing more has
//! stopped. Every beginning of an execution is judged, so those in which things end there are judged, too.

use std::collections::VecDeque;

use histories::{Action, History};
use interleavings::world::{Move, Pasts, State, World};
use registers::scenario::{Precedence, Scenario};

use super::automata::{Automata, Happens, Outcome};
use super::interned::{Interned, Map};
use super::judge::Judge;
use super::row::{Layout, Row};
use super::{Budget, Setup, Unfit};
use crate::machine::{Alarm, Answer, Claims, Cluster, Data, Node, Request};

/// A message on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Envelope {
    pub(super) from: Node,
    pub(super) to: Node,
    pub(super) register: u8,
    pub(super) content: u32,
}

/// Something that happens in an execution.
#[derive(Clone, Debug)]
pub(super) enum Happened {
    /// An operation is invoked.
    Begin(usize),
    /// An operation completes, and returns this.
    End(usize, Option<histories::Value>),
    /// A message arrives; a replica then holds this.
    Arrives(Envelope, Option<Data>),
    /// A node does something by itself; a replica then holds this.
    By(Node, String, Option<Data>),
}

/// A state that a step leads to, and what happens on the way, if that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Next {
    pub(super) row: Row,
    pub(super) events: Vec<Happened>,
    logs: bool,
}

/// The kinds of faults, as they lie in the budget.
const DUPLICATES: usize = 0;
const SUSPICIONS: usize = 1;
const RESTARTS: usize = 2;
const GOSSIP: usize = 3;
const RESENDS: usize = 4;

/// A protocol and a scenario.
pub(super) struct Network<'a> {
    pub(super) automata: Box<dyn Automata + 'a>,
    pub(super) cluster: Cluster,
    pub(super) layout: Layout,
    pub(super) setup: &'a Setup,
    pub(super) envelopes: Interned<Envelope>,
    pub(super) pasts: Pasts,
    pub(super) judge: Judge,
    pub(super) operations: History,
    pub(super) precedence: Precedence,
    /// The operations of each client, and those that have to complete before each operation.
    pub(super) lanes: Vec<Vec<usize>>,
    pub(super) before: Vec<Vec<usize>>,
    /// The registers of the scenario.
    registers: Vec<histories::Register>,
    /// What machines do, by the node, what it knows, what happens, and its clock.
    known: Map<(Node, u32, Happens, u32), u32>,
    outcomes: Vec<Outcome>,
    awaited: Map<(u32, u32), bool>,
    /// Whether a message makes no difference, by what its sender and its receiver know, and whether it is between replicas.
    moot: Map<(u32, u32, u32, bool), bool>,
    pub(super) alarms: &'static [Alarm],
    has_clocks: bool,
    pub(super) is_symmetric: bool,
    pub(super) renamed: Map<(u32, u32), u32>,
    pub(super) readdressed: Map<(u32, u32), u32>,
}

/// What an operation asks for, if two words can hold it.
fn request(action: &Action) -> Option<Request> {
    let data = |value| Data::try_from(value).ok();
    Some(match action {
        Action::Read(_) => Request::Read,
        Action::Write(value) => Request::Write(data(value)?),
        Action::CompareAndSwap { expected, new, .. } => {
            Request::CompareAndSwap(data(expected)?, data(new)?)
        }
    })
}

impl<'a> Network<'a> {
    pub(super) fn new(
        automata: impl FnOnce(Cluster) -> Box<dyn Automata + 'a>,
        scenario: &Scenario,
        claims: Claims,
        setup: &'a Setup,
    ) -> Result<Self, Unfit> {
        let operations = scenario.operations().clone();
        setup.check(&operations, claims)?;
        let all = operations.operations();
        let lane = |process| {
            let own = (0..all.len()).filter(|&at| all[at].process == process);
            own.collect::<Vec<usize>>()
        };
        let lanes: Vec<Vec<usize>> = operations.processes().into_iter().map(lane).collect();
        let preceding = |at: usize| {
            let edges = scenario.before().iter().filter(|edge| edge.1 == at);
            edges.map(|edge| edge.0).collect()
        };
        let before = (0..all.len()).map(preceding).collect();
        let mut registers: Vec<_> = all.iter().map(|op| op.register).collect();
        registers.sort_unstable();
        registers.dedup();
        let cluster = Cluster {
            replicas: setup.replicas,
            clients: lanes.len() as u8,
        };
        let mut automata = automata(cluster);
        let first = automata.first(cluster.node_of(0));
        let names: Vec<u8> = (0..setup.replicas).collect();
        let is_symmetric = setup.reductions.symmetry && automata.renamed(first, &names).is_some();
        Ok(Self {
            automata,
            cluster,
            layout: Layout {
                replicas: setup.replicas.into(),
                clients: lanes.len(),
                registers: registers.len(),
            },
            setup,
            envelopes: Interned::default(),
            pasts: Pasts::of(&lanes),
            judge: Judge::default(),
            precedence: scenario.precedence(),
            operations,
            lanes,
            before,
            registers,
            known: Map::default(),
            outcomes: Vec::new(),
            awaited: Map::default(),
            moot: Map::default(),
            alarms: &[],
            has_clocks: false,
            is_symmetric,
            renamed: Map::default(),
            readdressed: Map::default(),
        })
    }

    /// The same, of a protocol with these alarms, whose replicas may look at their clocks.
    pub(super) fn with(self, alarms: &'static [Alarm], has_clocks: bool) -> Self {
        Self {
            alarms,
            has_clocks,
            ..self
        }
    }

    /// The state in which everything begins.
    pub(super) fn begin(&mut self) -> Row {
        let mut row = Row::new(self.layout);
        for node in 0..self.cluster.replicas + self.cluster.clients {
            let first = self.automata.first(Node(node));
            for register in 0..self.registers.len() {
                row.0[self.layout.machine(node.into(), register)] = first;
            }
        }
        let Budget {
            duplicates,
            suspicions,
            restarts,
            gossip,
            resends,
            ..
        } = self.setup.budget;
        let faults = [duplicates, suspicions, restarts, gossip, resends];
        for (kind, times) in faults.into_iter().enumerate() {
            row.set_left(kind, times.into());
        }
        row
    }

    /// Adds what a node may do next.
    pub(super) fn next(
        &mut self,
        row: &Row,
        node: Node,
        logs: bool,
        found: &mut Vec<Next>,
    ) -> Result<(), String> {
        let start = |row: &Row| Next {
            row: row.clone(),
            events: Vec::new(),
            logs,
        };
        let mut last = None;
        for at in self.layout.messages()..row.0.len() {
            let message = row.0[at];
            let envelope = *self.envelopes.get(message);
            if envelope.to != node || last.replace(message) == Some(message) {
                continue;
            }
            let mut next = start(row);
            next.row.remove(self.layout, message);
            self.arrive(&mut next, envelope)?;
            found.push(next);
            if row.left(DUPLICATES) > 0 {
                let mut next = start(row);
                next.row.set_left(DUPLICATES, row.left(DUPLICATES) - 1);
                self.arrive(&mut next, envelope)?;
                found.push(next);
            }
        }
        if self.cluster.is_replica(node) {
            self.faults(row, node, &start, found)
        } else {
            self.operate(row, node, &start, found)
        }
    }

    /// What goes wrong at a replica, or by its clock.
    fn faults(
        &mut self,
        row: &Row,
        node: Node,
        start: &dyn Fn(&Row) -> Next,
        found: &mut Vec<Next>,
    ) -> Result<(), String> {
        for (kind, alarm, said) in [
            (SUSPICIONS, Alarm::Suspect, "suspects whoever leads"),
            (GOSSIP, Alarm::Gossip, "tells the others what it holds"),
        ] {
            if row.left(kind) == 0 || !self.alarms.contains(&alarm) {
                continue;
            }
            for register in 0..self.registers.len() {
                let mut next = start(row);
                next.row.set_left(kind, row.left(kind) - 1);
                let at = next.events.len();
                self.act(&mut next, node, register, Happens::Alarm(alarm))?;
                if next.logs {
                    let held = self.held(&next.row, node, register);
                    let by = Happened::By(node, said.to_owned(), Some(held));
                    next.events.insert(at, by);
                }
                found.push(next);
            }
        }
        if row.left(RESTARTS) > 0 {
            let mut next = start(row);
            next.row.set_left(RESTARTS, row.left(RESTARTS) - 1);
            let first = self.automata.first(node);
            for register in 0..self.registers.len() {
                next.row.0[self.layout.machine(node.0.into(), register)] = first;
            }
            if next.logs {
                let said = "restarts without its state".to_owned();
                let by = Happened::By(node, said, Some(Data::default()));
                next.events.push(by);
            }
            found.push(next);
        }
        let Budget { ticks, skew, .. } = self.setup.budget;
        let clock = row.clock(node.0.into());
        if self.has_clocks && clock < u32::from(ticks) {
            let clocks = (0..usize::from(self.cluster.replicas)).map(|at| row.clock(at));
            if clocks.min().unwrap_or(0) + u32::from(skew) > clock {
                let mut next = start(row);
                next.row.set_clock(node.0.into(), clock + 1);
                if next.logs {
                    let said = format!("its clock shows {}", clock + 1);
                    next.events.push(Happened::By(node, said, None));
                }
                found.push(next);
            }
        }
        Ok(())
    }

    /// What a client does by itself.
    fn operate(
        &mut self,
        row: &Row,
        node: Node,
        start: &dyn Fn(&Row) -> Next,
        found: &mut Vec<Next>,
    ) -> Result<(), String> {
        let client = usize::from(self.cluster.client(node));
        let progress = row.progress(self.layout, client);
        let Some(&operation) = self.lanes[client].get(progress as usize / 2) else {
            return Ok(());
        };
        let register = self.register_of(operation);
        if progress % 2 == 1 {
            if row.left(RESENDS) > 0 && self.alarms.contains(&Alarm::Resend) {
                let mut next = start(row);
                next.row.set_left(RESENDS, row.left(RESENDS) - 1);
                if next.logs {
                    let by = Happened::By(node, "asks again".to_owned(), None);
                    next.events.push(by);
                }
                self.act(&mut next, node, register, Happens::Alarm(Alarm::Resend))?;
                found.push(next);
            }
            return Ok(());
        }
        let past = row.past();
        let is_due = |&before: &usize| self.pasts.is_complete(past, before);
        if !self.before[operation].iter().all(is_due) {
            return Ok(());
        }
        let mut next = start(row);
        let past = self.pasts.invoked(past, operation, self.precedence);
        next.row.set_past(past);
        next.row.go_on(self.layout, client);
        if next.logs {
            next.events.push(Happened::Begin(operation));
        }
        let action = &self.operations.operations()[operation].action;
        let request = request(action).expect("it has been checked");
        self.act(&mut next, node, register, Happens::Invoke(request))?;
        found.push(next);
        Ok(())
    }

    fn register_of(&self, operation: usize) -> usize {
        let of = self.operations.operations()[operation].register;
        let at = self.registers.iter().position(|&it| it == of);
        at.expect("the registers are those of the operations")
    }

    /// The name of a register of the scenario, counted from 0; `None` if it needs none.
    pub(super) fn name_of(&self, register: usize) -> Option<&str> {
        self.operations.name_of(self.registers[register])
    }

    fn held(&self, row: &Row, node: Node, register: usize) -> Data {
        let state = row.0[self.layout.machine(node.0.into(), register)];
        self.automata.holds(state)
    }

    /// A message arrives.
    fn arrive(&mut self, next: &mut Next, envelope: Envelope) -> Result<(), String> {
        let Envelope {
            from,
            to,
            register,
            content,
        } = envelope;
        let register = usize::from(register);
        let at = next.events.len();
        self.act(next, to, register, Happens::Receive(from, content))?;
        if next.logs {
            let is_replica = self.cluster.is_replica(to);
            let held = is_replica.then(|| self.held(&next.row, to, register));
            next.events.insert(at, Happened::Arrives(envelope, held));
        }
        Ok(())
    }

    /// A node does what it does about something, and so do those to whom answers travel at once.
    fn act(
        &mut self,
        next: &mut Next,
        node: Node,
        register: usize,
        happens: Happens,
    ) -> Result<(), String> {
        let mut open = VecDeque::from([(node, happens)]);
        let mut changed = 0_u32;
        while let Some((node, happens)) = open.pop_front() {
            changed |= 1 << node.0;
            let at = self.layout.machine(node.0.into(), register);
            let clock = if self.has_clocks && self.cluster.is_replica(node) {
                next.row.clock(node.0.into())
            } else {
                0
            };
            let outcome = self.outcome(node, next.row.0[at], happens, clock);
            let outcome = &self.outcomes[outcome as usize];
            next.row.0[at] = outcome.state;
            for &(to, content) in &outcome.sent {
                let is_answer = self.cluster.is_replica(node) && !self.cluster.is_replica(to);
                if is_answer && self.setup.reductions.at_once {
                    open.push_back((to, Happens::Receive(node, content)));
                    continue;
                }
                let message = self.envelopes.number(Envelope {
                    from: node,
                    to,
                    register: register as u8,
                    content,
                });
                next.row.add(self.layout, message);
                changed |= 1 << to.0;
            }
            if let Some(answer) = outcome.answer {
                self.complete(next, node, answer)?;
            }
        }
        self.drop_useless(&mut next.row, changed);
        Ok(())
    }

    /// What a node does, which is computed once.
    fn outcome(&mut self, node: Node, state: u32, happens: Happens, clock: u32) -> u32 {
        let key = (node, state, happens, clock);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let outcome = self.automata.step(node, state, happens, clock.into());
        self.outcomes.push(outcome);
        let number = self.outcomes.len() as u32 - 1;
        self.known.insert(key, number);
        number
    }

    /// A client's operation completes.
    fn complete(&mut self, next: &mut Next, node: Node, answer: Answer) -> Result<(), String> {
        let client = usize::from(self.cluster.client(node));
        let progress = next.row.progress(self.layout, client);
        if progress.is_multiple_of(2) {
            return Err(format!(
                "{} is answered, but has asked for nothing",
                self.cluster.name(node)
            ));
        }
        let operation = self.lanes[client][progress as usize / 2];
        let returned = match answer {
            Answer::Read(data) => Some(data.into()),
            Answer::Swapped(did) => Some(u64::from(did).into()),
            Answer::Wrote => None,
            // It will not happen, and its client does nothing more: as if it had stopped.
            Answer::Refused => return Ok(()),
        };
        let past = self
            .pasts
            .completed(next.row.past(), operation, returned.as_ref())?;
        next.row.set_past(past);
        next.row.go_on(self.layout, client);
        if next.logs {
            next.events.push(Happened::End(operation, returned));
        }
        Ok(())
    }

    /// Forgets messages whose arrival would make no difference, of those to or from nodes that have changed.
    fn drop_useless(&mut self, row: &mut Row, changed: u32) {
        let Setup {
            reductions, budget, ..
        } = self.setup;
        // Who restarts without its state may heed again what was moot.
        let drops_moot = reductions.moot && budget.restarts == 0;
        if !drops_moot && !reductions.unawaited {
            return;
        }
        let layout = self.layout;
        let mut kept = std::mem::replace(row, Row(Vec::new()));
        let states = kept.0[..layout.messages()].to_vec();
        kept.retain(layout, |message| {
            let envelope = *self.envelopes.get(message);
            let Envelope {
                from,
                to,
                content,
                register,
            } = envelope;
            if changed >> from.0 & 1 == 0 && changed >> to.0 & 1 == 0 {
                return true;
            }
            let state = |node: Node| states[layout.machine(node.0.into(), register.into())];
            match (self.cluster.is_replica(from), self.cluster.is_replica(to)) {
                (true, false) if reductions.unawaited => {
                    let key = (state(to), content);
                    let automata = &self.automata;
                    let awaits = || automata.awaits(key.0, key.1);
                    *self.awaited.entry(key).or_insert_with(awaits)
                }
                (between, true) if drops_moot => {
                    let key = (state(from), state(to), content, between);
                    let automata = &self.automata;
                    let is_moot = || match between {
                        true => automata.is_moot_between(key.0, key.1, key.2),
                        false => automata.is_moot(key.0, key.1, key.2),
                    };
                    !*self.moot.entry(key).or_insert_with(is_moot)
                }
                _ => true,
            }
        });
        *row = kept;
    }
}

impl World for Network<'_> {
    type Fault = String;

    fn processes(&self) -> usize {
        usize::from(self.cluster.replicas + self.cluster.clients)
    }

    fn first(&mut self) -> Result<State, String> {
        let row = self.begin();
        Ok(self.representative(row).encode())
    }

    fn moves(
        &mut self,
        state: &State,
        process: usize,
        found: &mut Vec<Move>,
    ) -> Result<(), String> {
        let row = Row::decode(state);
        let mut next = Vec::new();
        self.next(&row, Node(process as u8), false, &mut next)?;
        for Next { row, .. } in next {
            let state = self.representative(row).encode();
            found.push(Move {
                access: true,
                ..Move::to(state)
            });
        }
        Ok(())
    }

    fn is_enough(&mut self, state: &[u16]) -> Result<bool, String> {
        let Some(model) = self.setup.until else {
            return Ok(false);
        };
        let past = Row::past_of(state);
        let of = (&self.operations, self.precedence);
        Ok(self.judge.breaks(&self.pasts, of, past).contains(model))
    }
}
