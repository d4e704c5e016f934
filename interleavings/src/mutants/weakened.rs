//! A memory without one kind of ordering, around any other memory.

use std::fmt;
use std::marker::PhantomData;

use registers::memory::{Ordering, Place};
use registers::{Arity, Class, Construction, Sizes, Memory, Progress, Value, Word};

/// A kind of ordering, to be taken away.
pub trait Kind: fmt::Debug + Clone + Copy + Send + Sync + 'static {
    /// What a register without it is called.
    const NAME: &'static str;

    /// The ordering that is left of a load.
    fn load(order: Ordering) -> Ordering {
        order
    }

    /// The ordering that is left of a store.
    fn store(order: Ordering) -> Ordering {
        order
    }

    /// The ordering that is left of a read-modify-write, and of a load in place of one that fails.
    fn update(order: Ordering) -> Ordering {
        order
    }

    /// The ordering that is left of a fence; none, if it is left out.
    fn fence(order: Ordering) -> Option<Ordering> {
        Some(order)
    }
}

/// Acquire, on loads.
#[derive(Clone, Copy, Debug)]
pub struct AcquireLoads;

/// Release, on stores.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseStores;

/// Fences that acquire.
#[derive(Clone, Copy, Debug)]
pub struct AcquireFences;

/// Fences that release.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseFences;

/// Acquire, on read-modify-writes.
#[derive(Clone, Copy, Debug)]
pub struct AcquireUpdates;

/// Release, on read-modify-writes.
#[derive(Clone, Copy, Debug)]
pub struct ReleaseUpdates;

/// SeqCst, wherever it stands: acquire and release are left.
#[derive(Clone, Copy, Debug)]
pub struct SeqCsts;

impl Kind for AcquireLoads {
    const NAME: &'static str = "without-acquire-loads";

    fn load(order: Ordering) -> Ordering {
        match order {
            Ordering::Acquire => Ordering::Relaxed,
            other => other,
        }
    }
}

impl Kind for ReleaseStores {
    const NAME: &'static str = "without-release-stores";

    fn store(order: Ordering) -> Ordering {
        match order {
            Ordering::Release => Ordering::Relaxed,
            other => other,
        }
    }
}

impl Kind for AcquireFences {
    const NAME: &'static str = "without-acquire-fences";

    fn fence(order: Ordering) -> Option<Ordering> {
        match order {
            Ordering::Acquire => None,
            Ordering::AcqRel => Some(Ordering::Release),
            other => Some(other),
        }
    }
}

impl Kind for ReleaseFences {
    const NAME: &'static str = "without-release-fences";

    fn fence(order: Ordering) -> Option<Ordering> {
        match order {
            Ordering::Release => None,
            Ordering::AcqRel => Some(Ordering::Acquire),
            other => Some(other),
        }
    }
}

impl Kind for AcquireUpdates {
    const NAME: &'static str = "without-acquire-updates";

    fn update(order: Ordering) -> Ordering {
        match order {
            Ordering::Acquire => Ordering::Relaxed,
            Ordering::AcqRel => Ordering::Release,
            other => other,
        }
    }
}

impl Kind for ReleaseUpdates {
    const NAME: &'static str = "without-release-updates";

    fn update(order: Ordering) -> Ordering {
        match order {
            Ordering::Release => Ordering::Relaxed,
            Ordering::AcqRel => Ordering::Acquire,
            other => other,
        }
    }
}

impl Kind for SeqCsts {
    const NAME: &'static str = "without-seq-cst";

    fn load(order: Ordering) -> Ordering {
        match order {
            Ordering::SeqCst => Ordering::Acquire,
            other => other,
        }
    }

    fn store(order: Ordering) -> Ordering {
        match order {
            Ordering::SeqCst => Ordering::Release,
            other => other,
        }
    }

    fn update(order: Ordering) -> Ordering {
        match order {
            Ordering::SeqCst => Ordering::AcqRel,
            other => other,
        }
    }

    fn fence(order: Ordering) -> Option<Ordering> {
        Some(Self::update(order))
    }
}

/// A memory like `M`, but without one kind of ordering. What is SeqCst stays so, unless that is the kind.
#[derive(Clone, Debug)]
pub struct Weakened<M, K>(M, PhantomData<K>);

/// A word of [`Weakened`] memory.
#[derive(Debug)]
pub struct WeakenedWord<W, K>(W, PhantomData<K>);

impl<M: Memory, K: Kind> Memory for Weakened<M, K> {
    type Word = WeakenedWord<M::Word, K>;
    type Lock = M::Lock;

    fn word(&self, place: Place<'_>, init: u64) -> Self::Word {
        WeakenedWord(self.0.word(place, init), PhantomData)
    }

    fn lock(&self, place: Place<'_>) -> Self::Lock {
        self.0.lock(place)
    }

    fn fence(&self, order: Ordering) {
        if let Some(left) = K::fence(order) {
            self.0.fence(left);
        }
    }

    fn relax(&self) {
        self.0.relax();
    }

    fn choose(&self, among: u64) -> u64 {
        self.0.choose(among)
    }
}

impl<W: Word, K: Kind> Word for WeakenedWord<W, K> {
    fn load(&self, order: Ordering) -> u64 {
        self.0.load(K::load(order))
    }

    fn store(&self, value: u64, order: Ordering) {
        self.0.store(value, K::store(order));
    }

    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.0.swap(value, K::update(order))
    }

    fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
        self.0.fetch_add(value, K::update(order))
    }

    fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        let failure = match K::update(failure) {
            // A load does not release.
            Ordering::AcqRel => Ordering::Acquire,
            other => other,
        };
        self.0
            .compare_exchange(current, new, K::update(success), failure)
    }
}

/// Register `C` without one kind of ordering.
#[derive(Clone, Copy, Debug)]
pub struct Without<C, K>(PhantomData<(C, K)>);

impl<M, C, K, const N: usize> Construction<M, N> for Without<C, K>
where
    M: Memory,
    C: Construction<Weakened<M, K>, N>,
    K: Kind,
{
    const NAME: &'static str = K::NAME;
    const CLASS: Class = C::CLASS;
    const PROGRESS: Progress = C::PROGRESS;
    const READERS: Arity = C::READERS;
    const BELOW: Option<u64> = C::BELOW;
    type Writers = C::Writers;
    type Reader = C::Reader;

    fn build(memory: &M, init: Value<N>, sizes: Sizes) -> (Self::Writers, Vec<Self::Reader>) {
        C::build(&Weakened(memory.clone(), PhantomData), init, sizes)
    }
}
