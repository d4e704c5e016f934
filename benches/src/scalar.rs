//! Registers whose values are copied one word at a time: what the copy by vectors is worth.

use std::marker::PhantomData;
use std::sync::atomic::AtomicU64;

use registers::memory::{Access, Found, Kind, Ordering, Place, Site};
use registers::{Arity, Class, Construction, Hardware, Memory, Progress, Sizes, Value, Word};

/// The memory of this machine, with every value copied one word at a time: the portable copy.
#[derive(Clone, Copy, Debug, Default)]
pub struct OneByOne;

/// A word of [`OneByOne`] memory.
#[derive(Debug)]
#[repr(transparent)]
pub struct ScalarWord(AtomicU64);

impl Memory for OneByOne {
    type Word = ScalarWord;
    type Lock = <Hardware as Memory>::Lock;

    #[inline]
    fn make(&self, place: Place<'_>, init: u64, kind: Kind) -> ScalarWord {
        ScalarWord(Hardware.make(place, init, kind))
    }

    #[inline]
    fn lock(&self, place: Place<'_>) -> Self::Lock {
        Hardware.lock(place)
    }

    #[inline]
    fn fence_at(&self, order: Ordering, site: Site) {
        Hardware.fence_at(order, site);
    }

    #[inline]
    fn relax(&self) {
        Hardware.relax();
    }

    fn choose(&self, among: u64) -> u64 {
        Hardware.choose(among)
    }
}

// What copies many words is what the trait provides.
impl Word for ScalarWord {
    fn access(&self, access: Access) -> Found {
        self.0.access(access)
    }

    #[inline]
    fn load(&self, order: Ordering) -> u64 {
        self.0.load(order)
    }

    #[inline]
    fn store(&self, value: u64, order: Ordering) {
        self.0.store(value, order);
    }

    #[inline]
    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.0.swap(value, order)
    }

    #[inline]
    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.0.fetch_add(value, order)
    }

    #[inline]
    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.0.compare_exchange(current, new, success, failure)
    }
}

/// Register `C`, in that memory.
#[derive(Clone, Copy, Debug)]
pub struct Scalar<C>(PhantomData<C>);

impl<C: Construction<OneByOne, N>, const N: usize> Construction<Hardware, N> for Scalar<C> {
    const NAME: &'static str = C::NAME;
    const CLASS: Class = C::CLASS;
    const PROGRESS: Progress = C::PROGRESS;
    const READERS: Arity = C::READERS;
    const BELOW: Option<u64> = C::BELOW;
    type Writers = C::Writers;
    type Reader = C::Reader;

    fn build(_: &Hardware, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        C::build(&OneByOne, init, sizes)
    }
}
