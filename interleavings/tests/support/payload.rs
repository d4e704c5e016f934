//! Registers that do more with the words of a value than to copy them.

use registers::memory::Ordering::{Acquire, Release};
use registers::own::Shared;
use registers::subject::Subject;
use registers::{Memory, Value, Word};

/// What a register does with them.
trait Deed: Send + Sync + 'static {
    fn read<M: Memory>(it: &Words<M>) -> Value<2>;

    fn write<M: Memory>(it: &Words<M>, value: Value<2>) {
        it.lock(|| M::Word::store_all(&it.words, &value));
    }
}

/// Two words, and a lock.
struct Words<M: Memory> {
    words: [M::Word; 2],
    lock: M::Lock,
    flag: M::Word,
}

impl<M: Memory> Words<M> {
    fn lock<R>(&self, critical: impl FnOnce() -> R) -> R {
        registers::Lock::hold(&self.lock, critical)
    }

    fn copy(&self) -> Value<2> {
        self.lock(|| M::Word::load_all(&self.words))
    }
}

struct Does<M: Memory, D>(Words<M>, std::marker::PhantomData<D>);

impl<M: Memory, D: Deed> Shared<M, 2> for Does<M, D> {
    fn build(memory: &M, init: Value<2>) -> Self {
        let words = Words {
            words: memory.words(format_args!("word"), init),
            lock: memory.lock(format_args!("lock")),
            flag: memory.word(format_args!("flag"), 0),
        };
        Self(words, std::marker::PhantomData)
    }

    fn read(&self) -> Value<2> {
        D::read(&self.0)
    }

    fn write(&self, value: Value<2>) {
        D::write(&self.0, value);
    }
}

macro_rules! deeds {
    ($($(#[doc = $doc:literal])+ $name:ident as $does:ident on $bench:ident
        read |$it:ident| $read:block $(write |$that:ident, $value:ident| $write:block)?)+) => {
        $(
            $(#[doc = $doc])+
            struct $name;
            type $does<M> = Does<M, $name>;
            registers::on_the_bench!($bench = $does, 2 words, claims Atomic);

            impl Deed for $name {
                fn read<M: Memory>($it: &Words<M>) -> Value<2> $read
                $(fn write<M: Memory>($that: &Words<M>, $value: Value<2>) $write)?
            }
        )+
    };
}

deeds! {
    /// It copies them.
    Copies as DoesCopy on CopiesOnTheBench
    read |it| {
        it.copy()
    }

    /// It exchanges them on both ways, which nobody notices.
    Exchanges as DoesExchange on ExchangesOnTheBench
    read |it| {
        let [second, first] = it.copy();
        [first, second]
    }
    write |it, value| {
        let [first, second] = value;
        it.lock(|| M::Word::store_all(&it.words, &[second, first]));
    }

    /// It looks at what it has read, and once more if that is odd.
    Branches as DoesBranch on BranchesOnTheBench
    read |it| {
        let value = it.copy();
        if value[0] % 2 == 1 {
            return it.copy();
        }
        value
    }

    /// It takes 0 for no value at all.
    TakesZeroForNone as DoesTakeZeroForNone on TakesZeroForNoneOnTheBench
    read |it| {
        let value = it.copy();
        if value[1] == 0 {
            return it.copy();
        }
        value
    }

    /// It loads them one by one, and returns the larger one in front.
    Sorts as DoesSort on SortsOnTheBench
    read |it| {
        let [first, second] = it.lock(|| [0, 1].map(|at: usize| it.words[at].load(Acquire)));
        [first.max(second), first.min(second)]
    }

    /// A write says in another word whether it has written an odd number.
    Tells as DoesTell on TellsOnTheBench
    read |it| {
        it.flag.load(Acquire);
        it.copy()
    }
    write |it, value| {
        it.lock(|| M::Word::store_all(&it.words, &value));
        it.flag.store(value[0] % 2, Release);
    }

    /// The second word is stored as its difference from the first.
    Subtracts as DoesSubtract on SubtractsOnTheBench
    read |it| {
        let [first, difference] = it.copy();
        [first, first.wrapping_add(difference)]
    }
    write |it, value| {
        let [first, second] = value;
        it.lock(|| M::Word::store_all(&it.words, &[first, second.wrapping_sub(first)]));
    }
}

/// Each, and whether it only copies.
pub(crate) fn deeds() -> [(&'static str, Subject, bool); 7] {
    [
        ("copies", Subject::of::<CopiesOnTheBench, 2>(), true),
        ("exchanges", Subject::of::<ExchangesOnTheBench, 2>(), false),
        ("branches", Subject::of::<BranchesOnTheBench, 2>(), false),
        (
            "takes zero for none",
            Subject::of::<TakesZeroForNoneOnTheBench, 2>(),
            false,
        ),
        ("sorts", Subject::of::<SortsOnTheBench, 2>(), false),
        ("tells", Subject::of::<TellsOnTheBench, 2>(), false),
        ("subtracts", Subject::of::<SubtractsOnTheBench, 2>(), false),
    ]
}
