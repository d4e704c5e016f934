//! Compares all registers.
use benches::{contestant::*, cores::Cores, measure::measure, plan::*, record::*, workload::*};
fn main() {
    let plan = Plan {
        contestants: Contestant::everybody().collect(),
        seed: 1,
        legs: legs(Extent::Quick, &[2, 8, 64, 512], None),
    };
    let start = std::time::Instant::now();
    let record = measure(&plan, &Cores::all(), |part| {
        eprintln!("{part:.2} {:?}", start.elapsed())
    });
    for leg in &plan.legs {
        println!(
            "== {} {:?} {:?}",
            leg.workload,
            record.distance(leg.workload),
            record.tally(leg.workload)
        );
        for &words in &leg.payloads {
            for &contestant in &plan.contestants {
                let case = Case {
                    workload: leg.workload,
                    words,
                    contestant,
                };
                let mut line = format!("{words:4} {:22}", contestant.name());
                for m in [
                    Metric::ReadNanos,
                    Metric::WriteNanos,
                    Metric::Reads,
                    Metric::FreshReads,
                    Metric::Writes,
                    Metric::LongestRead,
                    Metric::Lost,
                ] {
                    if let (Some(f), r) = (
                        record.figure(case, m),
                        record.ratio(case, m, Contestant::RAW),
                    ) {
                        let v = if f.median > 1e4 {
                            f.median / 1e6
                        } else {
                            f.median
                        };
                        line +=
                            &format!(" {m:?} {:.3} ({:.2})", v, r.map_or(f64::NAN, |r| r.median));
                    }
                }
                if line.len() > 30 {
                    println!("{line}");
                }
            }
        }
    }
    for &c in &plan.contestants {
        println!("{c:22} {:?}", record.all_faults(c));
    }
}
