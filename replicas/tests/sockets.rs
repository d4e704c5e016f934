//! Real sockets. Nothing here depends on how fast time passes: what is to be answered may take a minute, and what is not to be
//! answered cannot be.

use std::thread;
use std::time::Duration;

use histories::check::Anomaly;
use histories::record::{AtomicClock, Ended, Recorder};
use histories::{History, Model, check};
use registers::Arity;
use replicas::catalogue::{Listed, Use};
use replicas::machine::{Answer, Cluster, Data, Explorable, Node, Protocol, Request};
use replicas::protocols::{Chain, LastWriterWins, Majority, SingleCopy};
use replicas::sockets::{Fault, Load, Planned, Running, Session, TIMING, What, stress};

mod common;

use common::{histories_of, is_allowed, lanes};

/// For what is to be answered.
const PATIENCE: Duration = Duration::from_secs(60);
/// For what is not.
const A_MOMENT: Duration = Duration::from_millis(100);

const CLUSTER: Cluster = Cluster {
    replicas: 3,
    clients: 3,
};
/// C, and the client nearest to it.
const AWAY: [Node; 2] = [Node(2), Node(5)];

fn start<P: Protocol>(protocol: &P, with_proxies: bool) -> (Running, [Session; 3]) {
    let running = Running::on_threads(protocol, CLUSTER, TIMING, with_proxies);
    let running = running.expect("there are sockets on this machine");
    let sessions = [0, 1, 2].map(|client| running.session(protocol, client));
    (running, sessions)
}

fn write(value: u64) -> Request {
    Request::Write(value.into())
}

fn read(value: u64) -> Ended<Answer> {
    Ended::Done(Answer::Read(value.into()))
}

const WROTE: Ended<Answer> = Ended::Done(Answer::Wrote);

/// Everyone is answered, also by replicas to which he has never spoken; and atomic ones return what was written.
fn serves<P: Protocol>(protocol: &P) {
    let name = protocol.name();
    let (_running, [mut first, mut second, _]) = start(protocol, false);
    for value in 1..=5 {
        assert_eq!(first.perform(write(value), PATIENCE), WROTE, "{name}");
        let returned = second.perform(Request::Read, PATIENCE);
        if protocol.claims().model == Model::Atomic {
            assert_eq!(returned, read(value), "{name}");
        } else {
            assert!(matches!(returned, Ended::Done(Answer::Read(_))), "{name}");
        }
    }
}

#[test]
fn every_protocol_serves() {
    struct Serves;
    impl Use for Serves {
        type Output = ();

        fn of<P: Explorable>(self, protocol: &P) {
            serves(protocol);
        }
    }
    for &listed in Listed::ALL {
        listed.with(Serves);
    }
}

#[test]
fn a_majority_goes_on_without_the_one_that_is_cut_off() {
    let (running, [mut first, _, mut third]) = start(&Majority::MANY, true);
    assert_eq!(first.perform(write(1), PATIENCE), WROTE);
    assert_eq!(third.perform(Request::Read, PATIENCE), read(1));
    for fault in [Fault::Hold, Fault::Close] {
        running.between(&AWAY, Some(fault));
        assert_eq!(first.perform(write(2), PATIENCE), WROTE);
        assert_eq!(third.perform(Request::Read, A_MOMENT), Ended::Unknown);
        running.between(&AWAY, None);
        assert_eq!(third.perform(Request::Read, PATIENCE), read(2));
    }
    running.between(&AWAY, Some(Fault::Delay(Duration::from_millis(3))));
    assert_eq!(first.perform(write(3), PATIENCE), WROTE);
    assert_eq!(third.perform(Request::Read, PATIENCE), read(3));
}

#[test]
fn whoever_serves_while_cut_off_is_caught_stale() {
    let protocol = LastWriterWins { roaming: false };
    let (running, [mut first, _, mut third]) = start(&protocol, true);
    running.between(&AWAY, Some(Fault::Hold));
    let recorder = Recorder::new(AtomicClock::default());
    let perform = |session: &mut Session, request| session.perform(request, PATIENCE);
    {
        let mut log = recorder.process(1);
        let write = || match perform(&mut first, write(1)) {
            WROTE => Ended::Done(()),
            _ => Ended::Unknown,
        };
        assert_eq!(log.on(0).try_write(Data::from(1), write), Some(()));
        let mut log = recorder.process(2);
        let read = || match perform(&mut third, Request::Read) {
            Ended::Done(Answer::Read(data)) => Ended::Done(data),
            _ => Ended::Unknown,
        };
        assert_eq!(log.on(0).try_read(read), Some(Data::from(0)));
    }
    let history = recorder.into_history(0);
    let verdict = check(Model::Safe, &history);
    let anomaly = verdict.violation().map(|violation| violation.anomaly);
    assert_eq!(anomaly, Some(Anomaly::Stale));
}

#[test]
fn a_majority_outlives_a_replica_and_a_single_copy_does_not() {
    let (mut running, [mut first, mut second, _]) = start(&Majority::MANY, false);
    assert_eq!(first.perform(write(1), PATIENCE), WROTE);
    running.stop(Node(0));
    assert_eq!(first.perform(write(2), PATIENCE), WROTE);
    assert_eq!(second.perform(Request::Read, PATIENCE), read(2));
    running.stop(Node(1));
    assert_eq!(first.perform(write(3), A_MOMENT), Ended::Unknown);

    let (mut running, [mut first, ..]) = start(&SingleCopy, false);
    assert_eq!(first.perform(write(1), PATIENCE), WROTE);
    running.stop(Node(0));
    assert_eq!(first.perform(Request::Read, A_MOMENT), Ended::Unknown);
}

fn stressed<P: Protocol>(protocol: &P, planned: Option<Planned>) -> History {
    let writers = match protocol.claims().writers {
        Arity::One => 1,
        Arity::Many => 3,
    };
    let (mut running, _) = start(protocol, planned.is_some());
    let load = Load {
        writers,
        reads: 0.5,
        // Short, so that some give up while they are cut off.
        deadline: A_MOMENT,
        duration: Duration::from_millis(900),
        planned,
        seed: 1,
    };
    let session = |running: &Running, client| running.session(protocol, client);
    stress(&mut running, &session, &load, &mut |_| {}).history
}

#[test]
fn atomic_protocols_stay_atomic_under_every_fault() {
    struct Stays;
    impl Use for Stays {
        type Output = ();

        fn of<P: Explorable>(self, protocol: &P) {
            let hold = What::Fault(Fault::Hold);
            let close = What::Fault(Fault::Close);
            for (nodes, what) in [(AWAY, hold), (AWAY, close), (AWAY, What::Stop)] {
                let planned = Planned {
                    nodes: nodes.into(),
                    what,
                };
                let history = stressed(protocol, Some(planned));
                let verdict = check(Model::Atomic, &history);
                let broken = verdict.violation().map(|it| &it.sentence);
                assert!(verdict.holds(), "{}, {what:?}: {broken:?}", protocol.name());
            }
        }
    }
    for listed in [
        Listed::Many,
        Listed::Leader,
        Listed::Consensus,
        Listed::Chain,
    ] {
        listed.with(Stays);
    }
}

#[test]
fn what_real_sockets_show_every_execution_may_show() {
    for (listed, race) in [
        (Listed::NoWriteBack, Race::of(NO_WRITE_BACK)),
        (Listed::Majority, Race::of(Majority::ABD)),
        (Listed::Chain, Race::of(Chain::default())),
        (Listed::SingleCopy, Race::of(SingleCopy)),
    ] {
        let explored = histories_of(listed, "w.rr.r");
        for _ in 0..10 {
            let history = race.perform();
            let (scenario, history) = lanes(&history).expect("everything was answered");
            assert_eq!(scenario, "w.rr.r");
            assert!(
                is_allowed(&history, &explored),
                "{}:\n{}",
                listed.name(),
                histories::Timeline::from(history)
            );
        }
    }
}

const NO_WRITE_BACK: Majority = Majority {
    name: "majority-no-write-back",
    claims: Model::StrongRegular,
    write_back: replicas::protocols::majority::WriteBack::Never,
    ..Majority::ABD
};

/// One writes, one reads twice, one reads once, all at the same time, on new replicas.
struct Race(Box<dyn Fn() -> History>);

impl Race {
    fn of<P: Protocol>(protocol: P) -> Self {
        Self(Box::new(move || {
            let (_running, sessions) = start(&protocol, false);
            let recorder = Recorder::new(AtomicClock::default());
            thread::scope(|scope| {
                for (client, mut session) in sessions.into_iter().enumerate() {
                    let recorder = &recorder;
                    scope.spawn(move || {
                        let mut log = recorder.process(client as u32 + 1);
                        if client == 0 {
                            let write = || match session.perform(write(1), PATIENCE) {
                                WROTE => Ended::Done(()),
                                _ => Ended::Unknown,
                            };
                            assert!(log.on(0).try_write(Data::from(1), write).is_some());
                            return;
                        }
                        for _ in client..3 {
                            let read = || match session.perform(Request::Read, PATIENCE) {
                                Ended::Done(Answer::Read(data)) => Ended::Done(data),
                                _ => Ended::Unknown,
                            };
                            assert!(log.on(0).try_read(read).is_some());
                        }
                    });
                }
            });
            recorder.into_history(0)
        }))
    }

    fn perform(&self) -> History {
        (self.0)()
    }
}
