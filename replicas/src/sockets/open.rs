//! The connections that are open, so that they can be closed from outside.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Connections, each with whatever tells which one it is.
#[derive(Debug)]
pub(super) struct Open<T>(Arc<Mutex<Known<T>>>);

#[derive(Debug)]
struct Known<T> {
    next: u64,
    streams: HashMap<u64, (T, TcpStream)>,
}

impl<T> Default for Open<T> {
    fn default() -> Self {
        let (next, streams) = (0, HashMap::new());
        Self(Arc::new(Mutex::new(Known { next, streams })))
    }
}

impl<T> Clone for Open<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Open<T> {
    /// Notes a connection, until what is returned is dropped. `None` if there are no more sockets.
    pub(super) fn note(&self, which: T, stream: &TcpStream) -> Option<Noted<T>> {
        let stream = stream.try_clone().ok()?;
        let mut known = self.known();
        known.next += 1;
        let number = known.next;
        known.streams.insert(number, (which, stream));
        Some(Noted {
            open: self.clone(),
            number,
        })
    }

    /// Closes some of them: whoever reads or writes there finds them closed.
    pub(super) fn close(&self, is_wanted: impl Fn(&T) -> bool) {
        for (which, stream) in self.known().streams.values() {
            if is_wanted(which) {
                // The other side may have closed it.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is known to be open.
#[derive(Debug)]
pub(super) struct Noted<T> {
    open: Open<T>,
    number: u64,
}

impl<T> Drop for Noted<T> {
    fn drop(&mut self) {
        self.open.known().streams.remove(&self.number);
    }
}
