use crate::{Cell, End, share};
use registers::memory::Ordering::{Acquire, Release};
use registers::{Arity, Class, Construction, Hardware, Progress, Sizes, Value};

/// `AtomicU128` of portable-atomic: two words in one access.
///
/// **It stores** both words side by side, as a hardware word that is twice as wide. So there are registers of this kind
/// for two words only.
///
/// **It is atomic,** because each operation is a single access.
///
/// **It claims to block,** because its documentation promises no more: where the processor has no such access, or the
/// compiler cannot find out that it has, it takes a global lock. Where it has one (on x86-64 `cmpxchg16b`, or a vector
/// access where these are known to be atomic), nobody ever waits.
///
/// **It comes from** [portable-atomic](https://docs.rs/portable-atomic/1).
#[derive(Clone, Copy, Debug)]
pub struct AtomicU128;

impl Construction<Hardware, 2> for AtomicU128 {
    const NAME: &'static str = "portable-atomic-u128";
    const CLASS: Class = Class::Atomic;
    const PROGRESS: Progress = Progress::BLOCKING;
    const READERS: Arity = Arity::Many;
    type Writers = Vec<End<portable_atomic::AtomicU128>>;
    type Reader = End<portable_atomic::AtomicU128>;

    fn build(_: &Hardware, init: Value<2>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        share(init, sizes)
    }
}

impl Cell<2> for portable_atomic::AtomicU128 {
    fn holding(init: Value<2>) -> Self {
        Self::new(joined(init))
    }

    #[inline]
    fn load(&self) -> Value<2> {
        // Acquire: pairs with the Release in store().
        let value = self.load(Acquire);
        [value as u64, (value >> 64) as u64]
    }

    #[inline]
    fn store(&self, value: Value<2>) {
        // Release: pairs with the Acquire in load().
        self.store(joined(value), Release);
    }
}

#[inline]
fn joined([low, high]: Value<2>) -> u128 {
    u128::from(low) | u128::from(high) << 64
}
