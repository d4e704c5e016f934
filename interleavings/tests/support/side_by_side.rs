//! Independent pieces of work, performed side by side.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// Does something with each of these, as many at a time as there are processors. Results come in order.
pub(crate) fn side_by_side<T: Sync, R: Send>(of: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    let some = || {
        loop {
            let at = next.fetch_add(1, Relaxed);
            let Some(item) = of.get(at) else { return };
            let result = work(item);
            results
                .lock()
                .expect("a push does not panic")
                .push((at, result));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.min(of.len()))
            .map(|_| scope.spawn(some))
            .collect();
        for thread in threads {
            // What a test has to say is said by the test.
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    let mut results = results.into_inner().expect("a push does not panic");
    results.sort_by_key(|&(at, _)| at);
    results.into_iter().map(|(_, result)| result).collect()
}
