//! The memory of this machine.

use std::sync::atomic::{self, AtomicU64};

use crate::memory::{Access, Found, Kind, Lock, Memory, Ordering, Place, Site, What, Word};
use crate::vector;

/// The memory of this machine: the atomics of `std` and the mutex of `parking_lot`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hardware;

impl Memory for Hardware {
    type Word = AtomicU64;
    type Lock = parking_lot::Mutex<()>;

    #[inline]
    fn make(&self, _: Place<'_>, init: u64, _: Kind) -> AtomicU64 {
        AtomicU64::new(init)
    }

    #[inline]
    fn lock(&self, _: Place<'_>) -> Self::Lock {
        parking_lot::Mutex::new(())
    }

    #[inline]
    fn fence_at(&self, order: Ordering, _: Site) {
        atomic::fence(order);
    }

    #[inline]
    fn relax(&self) {
        std::hint::spin_loop();
    }

    fn choose(&self, among: u64) -> u64 {
        fastrand::u64(..among)
    }
}

/// Implements methods by those of the same name.
macro_rules! native {
    ($($name:ident($($argument:ident: $of:ty),*) -> $returned:ty;)*) => {
        $(
            #[inline]
            fn $name(&self, $($argument: $of),*) -> $returned {
                self.$name($($argument),*)
            }
        )*
    };
}

impl Word for AtomicU64 {
    /// For whoever has an access as data; everybody else calls the methods below.
    fn access(&self, access: Access) -> Found {
        let Access {
            what,
            order,
            failure,
            ..
        } = access;
        let exchanged = |result: Result<u64, u64>| Found {
            is_done: result.is_ok(),
            value: result.unwrap_or_else(|found| found),
        };
        Found::done(match what {
            What::Load => self.load(order),
            What::Read => self.load(Ordering::Relaxed),
            What::Store(value) => {
                self.store(value, order);
                0
            }
            What::Write(value) | What::Allocate(value) => {
                self.store(value, Ordering::Relaxed);
                0
            }
            What::Retire => 0,
            What::Swap(value) => self.swap(value, order),
            What::Add(value) => self.fetch_add(value, order),
            What::Sub(value) => self.fetch_sub(value, order),
            What::And(value) => self.fetch_and(value, order),
            What::Or(value) => self.fetch_or(value, order),
            What::Xor(value) => self.fetch_xor(value, order),
            What::Max(value) => self.fetch_max(value, order),
            What::Min(value) => self.fetch_min(value, order),
            What::Exchange { current, new } => {
                return exchanged(self.compare_exchange(current, new, order, failure));
            }
            What::WeakExchange { current, new } => {
                return exchanged(self.compare_exchange_weak(current, new, order, failure));
            }
        })
    }

    native! {
        load(order: Ordering) -> u64;
        store(value: u64, order: Ordering) -> ();
        swap(value: u64, order: Ordering) -> u64;
        fetch_add(value: u64, order: Ordering) -> u64;
        fetch_sub(value: u64, order: Ordering) -> u64;
        fetch_and(value: u64, order: Ordering) -> u64;
        fetch_or(value: u64, order: Ordering) -> u64;
        fetch_xor(value: u64, order: Ordering) -> u64;
        fetch_max(value: u64, order: Ordering) -> u64;
        fetch_min(value: u64, order: Ordering) -> u64;
        compare_exchange(current: u64, new: u64, success: Ordering, failure: Ordering) -> Result<u64, u64>;
        compare_exchange_weak(current: u64, new: u64, success: Ordering, failure: Ordering) -> Result<u64, u64>;
    }

    #[inline]
    fn load_all<const N: usize>(words: &[Self; N]) -> [u64; N] {
        vector::load(words)
    }

    #[inline]
    fn load_into<const N: usize>(words: &[Self; N], value: &mut [u64; N]) {
        vector::load_into(words, value);
    }

    #[inline]
    fn store_all<const N: usize>(words: &[Self; N], value: &[u64; N]) {
        vector::store(words, value);
    }

    #[inline]
    fn read_all<const N: usize>(words: &[Self; N]) -> [u64; N] {
        vector::load(words)
    }

    #[inline]
    fn read_into<const N: usize>(words: &[Self; N], value: &mut [u64; N]) {
        vector::load_into(words, value);
    }

    #[inline]
    fn write_all<const N: usize>(words: &[Self; N], value: &[u64; N]) {
        vector::store(words, value);
    }
}

impl Lock for parking_lot::Mutex<()> {
    fn hold_at(&self, _: Site, critical: &mut dyn FnMut()) {
        let _held = self.lock();
        critical();
    }

    #[inline]
    fn hold<R>(&self, critical: impl FnOnce() -> R) -> R {
        let _held = self.lock();
        critical()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_as_data_does_what_the_method_does() {
        let whats = [
            What::Load,
            What::Store(6),
            What::Swap(6),
            What::Add(3),
            What::Sub(3),
            What::And(6),
            What::Or(6),
            What::Xor(6),
            What::Max(6),
            What::Min(6),
            What::Exchange { current: 5, new: 6 },
            What::Exchange { current: 4, new: 6 },
            What::Read,
            What::Write(6),
            What::Allocate(6),
            What::Retire,
        ];
        for what in whats {
            let (word, mut plain) = (AtomicU64::new(5), 5);
            let access = Access::new(what, Ordering::SeqCst).or(Ordering::SeqCst);
            let access = match what {
                What::Load => Access {
                    order: Ordering::Acquire,
                    ..access
                },
                What::Store(_) => Access {
                    order: Ordering::Release,
                    ..access
                },
                _ => access,
            };
            let found = word.access(access);
            let (expected, _) = access.perform(&mut plain, |it| it);
            assert_eq!(word.into_inner(), plain, "{what:?}");
            assert_eq!(found.is_done, expected.is_done, "{what:?}");
            if what.reads() {
                assert_eq!(found.value, expected.value, "{what:?}");
            }
        }
    }
}
