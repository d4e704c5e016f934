use replicas::every::*;
use replicas::protocols::*;
fn main() {
    let r = |u, m, a, s| Reductions {
        unawaited: u,
        moot: m,
        at_once: a,
        symmetry: s,
    };
    for (name, red) in [
        ("all", r(true, true, true, true)),
        ("no sym", r(true, true, true, false)),
        ("unaw+moot", r(true, true, false, false)),
        ("unaw", r(true, false, false, false)),
        ("none", r(false, false, false, false)),
    ] {
        let setup = Setup {
            reductions: red,
            ..Setup::default()
        };
        let x = explore(&Majority::ABD, &"w.rr".parse().unwrap(), &setup).unwrap();
        println!(
            "{name} {} {:?} {:?} hist {} met {:?}",
            x.states,
            x.elapsed,
            x.coverage,
            x.histories.len(),
            x.met()
        );
    }
    let x = explore(
        &catalogue_nwb(),
        &"w.rr".parse().unwrap(),
        &Setup::default(),
    )
    .unwrap();
    for w in &x.broken {
        println!("{}\n{}\n{}", w.model, w.timeline, w.sentence);
    }
    let setup = Setup {
        replicas: 5,
        ..Setup::default()
    };
    let t: histories::Timeline = "init: 0\nThread 1:      wwwww(1)     wwwww(2)\nThread 2:   rrrrr                rrrrr\nThread 3:   rrrrr  rrrrr\n".parse().unwrap();
    let note = registers::scenario::Scenario::drawn("note", &t.history);
    for setup in [Setup::default(), setup] {
        let x = explore(&Majority::ABD, &note, &setup).unwrap();
        println!(
            "note {} {:?} {:e} {}",
            x.states,
            x.elapsed,
            x.executions,
            x.histories.len()
        );
    }
}
fn catalogue_nwb() -> Majority {
    replicas::catalogue::broken::INVERTED
}
