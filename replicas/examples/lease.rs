use histories::Model;
use replicas::every::*;
use replicas::protocols::leader::*;
fn main() {
    for (length, m, d, ticks, until) in [
        (1, 0, 1, 1, true),
        (1, 1, 1, 2, true),
        (1, 2, 1, 2, false),
        (1, 2, 1, 3, false),
        (1, 2, 2, 3, true),
        (1, 2, 2, 3, false),
        (1, 3, 2, 4, true),
    ] {
        let budget = Budget {
            suspicions: 1,
            ticks,
            skew: d,
            ..Budget::NONE
        };
        let setup = Setup {
            budget,
            until: until.then_some(Model::Atomic),
            ..Setup::default()
        };
        let r = explore(
            &Leader::leasing(Lease { length, margin: m }),
            &"rr.w".parse().unwrap(),
            &setup,
        )
        .unwrap();
        println!(
            "L{length} m{m} d{d} ticks {ticks}: meets {} {:?} {} states {:?}",
            r.meets(Model::Atomic),
            r.coverage,
            r.states,
            r.elapsed
        );
    }
}
