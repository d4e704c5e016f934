//! What it costs to start from nothing: the bits and the accesses that each rung of the [chain](crate::chain) takes.
//!
//! Counted, not derived: a register of each kind is built in a memory that [counts](crate::worlds::counted), is written
//! and read by one process after the other, and the most that an operation took is what it costs. Nobody is concurrent,
//! so this is what an operation costs by itself; the step bounds of the atlas say what it costs among others. A
//! [chain](chain()) that is good for two writes turns one bit into 972:
//!
//! ```
//! let costs = registers::cost::chain();
//! let words: Vec<u64> = costs.iter().map(|cost| cost.words).collect();
//! assert_eq!(words, [1, 2, 2, 54, 54, 216, 972]);
//! let reads: Vec<u64> = costs.iter().map(|cost| cost.read.all()).collect();
//! assert_eq!(reads, [1, 1, 1, 54, 54, 110, 149]);
//! let writes: Vec<u64> = costs.iter().map(|cost| cost.write.all()).collect();
//! assert_eq!(writes, [1, 2, 2, 54, 2, 4, 94]);
//! ```

use crate::atomic::{Numbered, ReadersTable};
use crate::chain::TwoWrites;
use crate::handle::Ends;
use crate::regular::{Unary, WrittenToChange};
use crate::safe::{ManyReaders, SafeBit};
use crate::subject::{Claims, Subject};
use crate::worlds::Erased;
use crate::worlds::counted::{Accesses, Counted};
use crate::{Hardware, Sizes};

/// What a register costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The register.
    pub claims: Claims,
    /// For how many it is built.
    pub sizes: Sizes,
    /// How many words it is made of. Where these are bits, so many bits.
    pub words: u64,
    /// The most that a read took.
    pub read: Accesses,
    /// The most that a write took.
    pub write: Accesses,
}

/// Builds a register for so many writers and readers, lets the writers write these values in turn, and each reader read
/// after each write. It holds 0 at first.
///
/// ```
/// use registers::cost::cost;
/// use registers::{Sizes, atomic::SequenceLock, subject::Subject};
///
/// let cost = cost(&Subject::of::<SequenceLock, 1>(), Sizes::readers(1), [1, 2, 3]);
/// assert_eq!((cost.words, cost.read.all(), cost.write.all()), (2, 3, 3));
/// ```
pub fn cost(subject: &Subject, sizes: Sizes, values: impl IntoIterator<Item = u64>) -> Cost {
    let memory = Counted::new(&Hardware);
    let erased = Erased::new(memory.clone());
    let Ends {
        mut writers,
        mut readers,
    } = subject.ends(&erased, &0.into(), sizes);
    let mut cost = Cost {
        claims: *subject.claims(),
        sizes,
        words: memory.words(),
        read: Accesses::default(),
        write: Accesses::default(),
    };
    let count = |most: &mut Accesses, operation: &mut dyn FnMut()| {
        let before = memory.accesses();
        operation();
        let took = memory.accesses() - before;
        *most = std::cmp::max_by_key(*most, took, |accesses| accesses.all());
    };
    for (nth, value) in values.into_iter().enumerate() {
        let words = vec![value; subject.words()];
        let next = nth % sizes.writers.max(1);
        if let Some(writer) = writers.get_mut(next) {
            count(&mut cost.write, &mut || writer.write(&words));
        }
        for reader in &mut readers {
            count(&mut cost.read, &mut || drop(reader.read()));
        }
    }
    cost
}

/// What each rung of the [chain](crate::chain) costs that is good for two writes by two writers, with two readers; a
/// rung in the middle as it is used there, and for a single reader if it has only one.
pub fn chain() -> Vec<Cost> {
    type Bit = ManyReaders<SafeBit>;
    type Regular = WrittenToChange<Bit>;
    type Number = Unary<Regular, 54>;
    type ForOneReader = Numbered<Number, 18>;
    type ForManyReaders = ReadersTable<ForOneReader, 6>;
    let (one, two) = (Sizes::readers(1), Sizes::readers(2));
    let many = Sizes {
        writers: 2,
        readers: 2,
    };
    // A number costs most to write when all bits below its own are set.
    let downward_and_up: Vec<u64> = (0..53).rev().chain([53]).collect();
    let rungs: [(Subject, Sizes, &[u64]); 7] = [
        (Subject::of::<SafeBit, 1>(), one, &[1, 0]),
        (Subject::of::<Bit, 1>(), two, &[1, 0]),
        (Subject::of::<Regular, 1>(), two, &[1, 0]),
        (Subject::of::<Number, 1>(), one, &downward_and_up),
        (Subject::of::<ForOneReader, 1>(), one, &[17, 17]),
        (Subject::of::<ForManyReaders, 1>(), two, &[5, 5]),
        (Subject::of::<TwoWrites<SafeBit>, 1>(), many, &[1, 1]),
    ];
    let costs = rungs.iter().map(|(subject, sizes, values)| {
        let values = values.iter().copied();
        cost(subject, *sizes, values)
    });
    costs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_costs_to_start_from_nothing() {
        let line = |cost: &Cost| {
            let Sizes { writers, readers } = cost.sizes;
            let (read, write) = (cost.read, cost.write);
            format!(
                "{} {writers}w {readers}r: {} words, read {}+{}, write {}+{}",
                cost.claims.name, cost.words, read.loads, read.stores, write.loads, write.stores
            )
        };
        let lines: Vec<String> = chain().iter().map(line).collect();
        assert_eq!(
            lines,
            [
                "safe-bit 1w 1r: 1 words, read 1+0, write 0+1",
                "many-readers 1w 2r: 2 words, read 1+0, write 0+2",
                "written-to-change 1w 2r: 2 words, read 1+0, write 0+2",
                "unary 1w 1r: 54 words, read 54+0, write 0+54",
                "numbered 1w 1r: 54 words, read 54+0, write 0+2",
                "readers-table 1w 2r: 216 words, read 108+2, write 0+4",
                "timestamps 2w 2r: 972 words, read 145+4, write 84+10",
            ]
        );
    }
}
