use replicas::exhibits::Exhibit;
fn main() {
    for &e in Exhibit::ALL {
        match e.find() {
            Err(x) => println!("{}: {x}", e.name()),
            Ok(r) => match r.witness(e.model()) {
                None => println!(
                    "{}: NOT FOUND {:?} {} states {:?}",
                    e.name(),
                    r.coverage,
                    r.states,
                    r.elapsed
                ),
                Some(w) => println!(
                    "{} {} messages, {} steps, {} states {:?}\n{}{}\n",
                    e.name(),
                    w.messages,
                    w.timeline.network.messages.len(),
                    r.states,
                    r.elapsed,
                    w.timeline,
                    w.sentence
                ),
            },
        }
    }
}
