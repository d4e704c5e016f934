use registers::Arity;
use replicas::catalogue::{Listed, Use};
use replicas::every::{Report, Setup, explore};
use replicas::machine::Explorable;
struct E<'a>(&'a str, Setup);
impl Use for E<'_> {
    type Output = Report;
    fn of<P: Explorable>(self, p: &P) -> Report {
        let scenario = if self.0 == "note" {
            let t: histories::Timeline = "init: 0\nThread 1:      wwwww(1)     wwwww(2)\nThread 2:   rrrrr                rrrrr\nThread 3:   rrrrr  rrrrr\n".parse().unwrap();
            registers::scenario::Scenario::drawn("note", &t.history)
        } else {
            self.0.parse().unwrap()
        };
        explore(p, &scenario, &self.1).unwrap()
    }
}
fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    for &it in Listed::ALL {
        if !only.is_empty() && !only.contains(&it.name()) {
            continue;
        }
        let mut list = vec!["w.rr", "ww.rr", "w.r.r", "ww.r.r", "wr.rr", "note"];
        if it.claims().writers == Arity::Many {
            list.extend(["w.w.rr", "wr.wr"]);
        }
        let mut states = 0;
        let mut ex = 0.0;
        let mut broken = vec![];
        let mut t = 0.0;
        let mut slow = (0.0, "");
        for s in list {
            if it.name() == "consensus" && ["w.w.rr", "ww.r.r"].contains(&s) {
                continue;
            }
            let mut setup = Setup::default();
            setup.limits.time = std::time::Duration::from_secs(20);
            let r = it.with(E(s, setup));
            if !r.is_exhaustive() {
                println!("{} {s}: {:?} {}", it.name(), r.coverage, r.states);
            }
            states += r.states;
            ex += r.executions;
            t += r.elapsed.as_secs_f64();
            if r.elapsed.as_secs_f64() > slow.0 {
                slow = (r.elapsed.as_secs_f64(), s);
            }
            for w in r.broken {
                if !broken.contains(&w.model) {
                    broken.push(w.model);
                }
            }
        }
        let met = replicas::every::strongest(|m| !broken.contains(&m));
        println!(
            "{:28} claims {:20} meets {:?} states {states} exec {ex:.1e} {t:.3}s slowest {slow:?}",
            it.name(),
            it.claims().model.name(),
            met.iter().map(|m| m.name()).collect::<Vec<_>>()
        );
    }
}
