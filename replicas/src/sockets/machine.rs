//! A machine of any protocol behind one interface, in which messages are text: everything that deals with sockets is compiled
//! once.

use std::time::{Duration, Instant};

use crate::machine::{Alarm, Cluster, Effects, Event, Node, Protocol, Timing};

/// A replica or a client, of whatever protocol.
pub(super) trait Machine: Send {
    /// What it does about an event. A message that is none of its protocol changes nothing.
    fn on(&mut self, event: Event<String>, effects: &mut Effects<String>);
}

struct Replica<P: Protocol>(P, P::Replica);
struct Client<P: Protocol>(P, P::Client);

/// A machine in the beginning.
pub(super) fn machine<P: Protocol>(protocol: &P, me: Node, cluster: Cluster) -> Box<dyn Machine> {
    let own = protocol.clone();
    if cluster.is_replica(me) {
        Box::new(Replica(own, protocol.replica(me, cluster)))
    } else {
        Box::new(Client(own, protocol.client(me, cluster)))
    }
}

impl<P: Protocol> Machine for Replica<P> {
    fn on(&mut self, event: Event<String>, effects: &mut Effects<String>) {
        let Self(protocol, state) = self;
        translate::<P>(event, effects, |event, effects| {
            protocol.on_replica(state, event, effects);
        });
    }
}

impl<P: Protocol> Machine for Client<P> {
    fn on(&mut self, event: Event<String>, effects: &mut Effects<String>) {
        let Self(protocol, state) = self;
        translate::<P>(event, effects, |event, effects| {
            protocol.on_client(state, event, effects);
        });
    }
}

fn translate<P: Protocol>(
    event: Event<String>,
    effects: &mut Effects<String>,
    act: impl FnOnce(Event<P::Message>, &mut Effects<P::Message>),
) {
    let event = match event {
        Event::Start => Event::Start,
        Event::Invoke(request) => Event::Invoke(request),
        Event::Alarm(alarm) => Event::Alarm(alarm),
        Event::Receive(from, text) => match serde_json::from_str(&text) {
            Ok(message) => Event::Receive(from, message),
            Err(_) => return,
        },
    };
    let mut own = Effects::new(effects.me, effects.cluster, effects.now, effects.timing);
    act(event, &mut own);
    let text = |message| serde_json::to_string(message).expect("messages have text for keys");
    let sent = own.sent.iter().map(|(to, message)| (*to, text(message)));
    effects.sent.extend(sent);
    effects.alarms.append(&mut own.alarms);
    effects.answer = own.answer;
}

/// The alarms of a machine, and its clock.
#[derive(Debug)]
pub(super) struct Alarms {
    begun: Instant,
    due: [Option<Instant>; 3],
}

impl Alarms {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            due: [None; 3],
        }
    }

    /// What the machine's own clock shows, in microseconds.
    fn now(&self) -> u64 {
        self.begun.elapsed().as_micros() as u64
    }

    pub(super) fn set(&mut self, alarm: Alarm, micros: u64) {
        self.due[alarm as usize] = Some(Instant::now() + Duration::from_micros(micros));
    }

    /// An alarm that is due, which is not set any more.
    pub(super) fn take_due(&mut self) -> Option<Alarm> {
        let now = Instant::now();
        let is_due = |alarm: &Alarm| self.due[*alarm as usize].is_some_and(|due| due <= now);
        let alarm = Alarm::ALL.into_iter().find(is_due)?;
        self.due[alarm as usize] = None;
        Some(alarm)
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.iter().flatten().min().copied()
    }

    /// What a machine does about an event now.
    pub(super) fn effects(&self, me: Node, cluster: Cluster, timing: Timing) -> Effects<String> {
        Effects::new(me, cluster, self.now(), timing)
    }
}
