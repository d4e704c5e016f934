#![allow(clippy::print_stdout)]
#[path = "/work/hist/histories/tests/recorded/mod.rs"]
mod recorded;
use histories::check::*;
use histories::{Model, Timeline};
use recorded::*;
fn main() {
    for case in [11922u64] {
        let mut random = Random::new(case);
        let kind = Small::any(17 + case % 44, &mut random);
        let h = small(kind, &mut random);
        println!("{kind:?}\n{}", Timeline::from(h.clone()));
        for m in Model::ALL {
            let t = std::time::Instant::now();
            let v = meets(m, &h);
            println!("{m} {v:?} {:.1}", t.elapsed().as_secs_f64() * 1e3);
        }
    }
}
