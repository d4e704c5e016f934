use replicas::catalogue::{Listed, Use};
use replicas::machine::*;
use replicas::simulated::*;
use std::time::Instant;
struct S1(Conditions, Workload, u64);
impl Use for S1 {
    type Output = Run;
    fn of<P: Explorable>(self, p: &P) -> Run {
        simulate(p, 3, &self.0, &self.1, self.2)
    }
}
fn main() {
    omni();
    let n = 400_000;
    for &l in Listed::ALL {
        let writers = if l.claims().writers == registers::Arity::Many {
            3
        } else {
            1
        };
        let w = Workload {
            operations: n,
            ..Workload::steady(3, writers)
        };
        let t = Instant::now();
        let c = cpu();
        let run = l.with(S1(Conditions::local(), w, 1));
        let e = cpu() - c;
        let _ = t;
        let h = run.history();
        let a = anomalies(&h);
        let done = run.operations.iter().filter(|o| o.is_done()).count();
        let lat = run.latencies(|_| true);
        println!(
            "{:26} {:>9.0} op/s {:>9.0} ev/s msgs/op {:.1} done {} stale {} inv {} torn {} p50 {:?} p99 {:?} virt {}s",
            l.name(),
            n as f64 / e,
            run.events as f64 / e,
            run.messages as f64 / n as f64,
            done,
            a.stale,
            a.inverted,
            a.torn,
            percentile(&lat, 0.5),
            percentile(&lat, 0.99),
            run.ended / S
        );
    }
}
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    f[11].parse::<f64>().unwrap() / 100.0
}
#[allow(dead_code)]
pub fn omni() {
    let w = Workload {
        operations: 100_000,
        ..Workload::steady(3, 3)
    };
    let c = cpu();
    let run = simulate(
        &replicas::foreign::OmniPaxos,
        3,
        &Conditions::local(),
        &w,
        1,
    );
    let e = cpu() - c;
    let a = anomalies(&run.history());
    let lat = run.latencies(|_| true);
    println!(
        "omnipaxos {:.0} op/s msgs/op {:.1} {a:?} p50 {:?} p99 {:?}",
        1e5 / e,
        run.messages as f64 / 1e5,
        percentile(&lat, 0.5),
        percentile(&lat, 0.99)
    );
}
