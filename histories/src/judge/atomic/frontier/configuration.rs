//! How a configuration is laid out.
//!
//! It is an array of words: the value held and since when, in one word; a bit for each slot of an operation under way,
//! which says whether the operation there is in order; how many are used of each class of those that never completed,
//! four a word; and perhaps the end of its [trace](super::trace).

pub(super) fn value(configuration: &[u64]) -> u32 {
    (configuration[0] >> 32) as u32
}

pub(super) fn since(configuration: &[u64]) -> u32 {
    configuration[0] as u32
}

pub(super) fn hold(configuration: &mut [u64], value: u32, since: u32) {
    configuration[0] = u64::from(value) << 32 | u64::from(since);
}

/// The bits of a word.
pub(super) fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(bit)
    })
}
