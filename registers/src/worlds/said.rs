//! What an access does to a word, and how pictures say it.

use super::flicker::shown;

/// What an access returns, and what it did, as it stands behind the name of the place.
type Said<R> = (R, String);

pub(crate) fn load(word: &mut u64) -> Said<u64> {
    (*word, format!("-> {}", shown(*word)))
}

pub(crate) fn store(word: &mut u64, value: u64) -> Said<()> {
    *word = value;
    ((), format!(":= {}", shown(value)))
}

pub(crate) fn swap(word: &mut u64, value: u64) -> Said<u64> {
    let old = std::mem::replace(word, value);
    (old, format!("{} => {}", shown(old), shown(value)))
}

pub(crate) fn fetch_add(word: &mut u64, value: u64) -> Said<u64> {
    let old = *word;
    *word = old.wrapping_add(value);
    (old, format!("{old} => {word}"))
}

pub(crate) fn compare_exchange(word: &mut u64, current: u64, new: u64) -> Said<Result<u64, u64>> {
    if *word == current {
        *word = new;
        (Ok(current), format!("{current} => {new}"))
    } else {
        (Err(*word), format!("-> {word}, not {current}"))
    }
}
