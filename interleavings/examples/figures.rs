use histories::*;
use interleavings::*;
use registers::catalogue::*;
use registers::scenario::Scenario;
use registers::*;
struct E<'a>(&'a Scenario, MemoryModel);
impl<const N: usize> Use<Atlas, N> for E<'_> {
    type Output = Survey;
    fn of<C: Construction<Atlas, N> + 'static>(self) -> Survey {
        survey::<C, N>(self.0, self.1, &Limits::default()).unwrap()
    }
}
fn show<const N: usize>(r: Register, s: &Scenario) {
    for m in [MemoryModel::Sc, MemoryModel::Weak] {
        let v = r.apply::<Atlas, N, _>(E(s, m));
        let p = &v.report;
        println!(
            "{} N={N} {} {:?}: {:?} states {} execs {:.3e} histories {} outcomes {} s {:.3} breaks {:?} bounds {:?}",
            p.register,
            p.scenario,
            m,
            p.coverage,
            p.states.unwrap(),
            p.executions,
            p.histories.len(),
            p.outcomes().len(),
            p.elapsed.as_secs_f64(),
            Model::ALL.map(|m| p.violations(m)),
            v.bounds
        );
        if std::env::args().nth(1).is_some() {
            for (m, w) in &p.witnesses {
                println!(
                    "{m}: {} stale {} switches {}\n{}",
                    w.violation.sentence, w.stale_loads, w.context_switches, w.timeline
                );
            }
        }
    }
}
fn main() {
    let note: Timeline = "init: 0\nThread 1:      wwwww(1)     wwwww(2)\nThread 2:   rrrrr                rrrrr\nThread 3:   rrrrr  rrrrr\n".parse().unwrap();
    let note = Scenario::drawn("note", &note.history);
    for r in Register::ALL {
        show::<2>(r, &Scenario::free(1, &[1]));
        show::<2>(r, &note);
    }
    show::<3>(Register::WordByWord, &note);
    show::<3>(Register::SequenceLock, &note);
    for r in Register::ALL {
        for s in [
            Scenario::free(2, &[2]),
            Scenario::free(1, &[1, 1]),
            Scenario::free(3, &[2]),
        ] {
            show::<2>(r, &s);
        }
    }
}
