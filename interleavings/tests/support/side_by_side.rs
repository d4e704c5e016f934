//! Independent pieces of work, performed side by side.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// Does something with each of these, as many at a time as there are processors. Results come in order.
pub(crate) fn side_by_side<T: Sync, R: Send>(of: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = of.iter().map(|_| Mutex::new(None)).collect();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads.min(of.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Relaxed);
                    let Some(item) = of.get(at) else { return };
                    let result = work(item);
                    *results[at]
                        .lock()
                        .expect("nobody panics while it is locked") = Some(result);
                }
            });
        }
    });
    let result = |it: Mutex<Option<R>>| it.into_inner().ok().flatten();
    results
        .into_iter()
        .map(|it| result(it).expect("each is done by somebody"))
        .collect()
}
