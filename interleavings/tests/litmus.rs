//! The memories, by what small programs may return on them. Every set of outcomes is pinned whole.

#[path = "support/programs.rs"]
mod programs;

use std::collections::BTreeSet;
use std::sync::Arc;

use interleavings::litmus::{Thread, outcomes};
use interleavings::{Atlas, AtlasWord, MemoryModel};
use registers::Word;
use registers::memory::Memory;
use registers::memory::Ordering::{Acquire, Relaxed};

use crate::programs::run;

/// A program, and what it may return on sequentially consistent memory, on x86 besides that, and on weak memory besides
/// both.
type Row = (&'static str, &'static str, &'static str, &'static str);

#[track_caller]
fn assert_outcomes(rows: &[Row]) {
    for &(program, sc, x86, weak) in rows {
        let mut expected = BTreeSet::new();
        for (memory, besides) in MemoryModel::ALL.into_iter().zip([sc, x86, weak]) {
            let found = run(memory, program).expect("it is explored to the end");
            expected.extend(besides.split_whitespace().map(str::to_owned));
            let shown = |set: &BTreeSet<String>| {
                set.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
            };
            assert_eq!(shown(&found), shown(&expected), "{program} on {memory}");
        }
    }
}

#[test]
fn store_buffering_is_forbidden_by_seq_cst_on_all_four_accesses() {
    let sc = "0,1 1,0 1,1";
    assert_outcomes(&[
        ("x = 1 rlx; y rlx | y = 1 rlx; x rlx", sc, "0,0", ""),
        ("x = 1 rel; y acq | y = 1 rel; x acq", sc, "0,0", ""),
        ("x = 1 rel; y sc | y = 1 rel; x sc", sc, "0,0", ""),
        // Where the stores are SeqCst, x86 empties its buffers; the language asks the loads to be so as well.
        ("x = 1 sc; y acq | y = 1 sc; x acq", sc, "", "0,0"),
        ("x = 1 sc; y sc | y = 1 sc; x sc", sc, "", ""),
        (
            "x = 1 rlx; fence sc; y rlx | y = 1 rlx; fence sc; x rlx",
            sc,
            "",
            "",
        ),
        (
            "x = 1 rlx; fence sc; y rlx | y = 1 rlx; fence acqrel; x rlx",
            sc,
            "0,0",
            "",
        ),
    ]);
}

#[test]
fn message_passing_needs_a_release_and_an_acquire_by_access_or_by_fence() {
    // The flag, then the data.
    let sc = "00 01 11";
    let releases = ["x = 1 rlx; y = 1 rel", "x = 1 rlx; fence rel; y = 1 rlx"];
    let acquires = ["y acq; x rlx", "y rlx; fence acq; x rlx"];
    let none = ["x = 1 rlx; y = 1 rlx"];
    let nor = ["y rlx; x rlx", "y rlx; x rlx; fence acq"];
    let all = |writes: &[&str], reads: &[&str], weak: &str| {
        for write in writes {
            for read in reads {
                let program = format!("{write} | {read}");
                let [found, x86, on_weak] = MemoryModel::ALL.map(|it| run(it, &program).unwrap());
                assert!(
                    found.iter().eq(sc.split(' ').collect::<BTreeSet<_>>()),
                    "{program}"
                );
                assert_eq!(found, x86, "{program}");
                let besides: Vec<&String> = on_weak.difference(&x86).collect();
                assert_eq!(
                    besides,
                    weak.split_whitespace().collect::<Vec<_>>(),
                    "{program}"
                );
            }
        }
    };
    all(&releases, &acquires, "");
    all(&releases, &nor, "10");
    all(&none, &acquires, "10");
    all(&none, &nor, "10");
}

#[test]
fn readers_agree_on_the_order_of_independent_writes_if_their_loads_are_seq_cst() {
    let sc =
        "00,00 00,01 00,10 00,11 01,00 01,01 01,10 01,11 10,00 10,01 10,11 11,00 11,01 11,10 11,11";
    // 10 is: the first word new, the second one old. Both readers at once is what divides the memories.
    let both = "10,10";
    assert_outcomes(&[
        (
            "x = 1 rel | y = 1 rel | x acq; y acq | y acq; x acq",
            sc,
            "",
            both,
        ),
        (
            "x = 1 sc | y = 1 sc | x acq; y acq | y acq; x acq",
            sc,
            "",
            both,
        ),
        ("x = 1 sc | y = 1 sc | x sc; y sc | y sc; x sc", sc, "", ""),
        (
            "x = 1 rel | y = 1 rel | x sc; y sc | y sc; x sc",
            sc,
            "",
            "",
        ),
        (
            "x = 1 rlx | y = 1 rlx | x rlx; fence sc; y rlx | y rlx; fence sc; x rlx",
            sc,
            "",
            "",
        ),
    ]);
}

#[test]
fn each_word_has_one_order_and_nobody_goes_back_in_it() {
    assert_outcomes(&[
        (
            "x = 1 rlx; x = 2 rlx | x rlx; x rlx",
            "00 01 02 11 12 22",
            "",
            "",
        ),
        ("x = 1 rlx; x rlx | x = 2 rlx; x rlx", "1,1 1,2 2,2", "", ""),
    ]);
}

#[test]
fn stores_take_effect_in_any_order_that_coherence_allows() {
    assert_outcomes(&[
        // 2+2W: each thread finds its own second store overwritten by the first one of the other.
        (
            "x = 1 rlx; y = 2 rlx; y rlx | y = 1 rlx; x = 2 rlx; x rlx",
            "1,2 2,1 2,2",
            "",
            "1,1",
        ),
        // The same, told by updates, which find the latest value.
        (
            "x = 1 rlx; y = 2 rlx | y = 1 rlx; x = 2 rlx | x + 0 rlx; y + 0 rlx",
            "00 01 02 10 11 12 21 22",
            "",
            "20",
        ),
        // S: what was stored before the flag comes behind what was stored after it was seen.
        (
            "x = 2 rlx; y = 1 rlx | y rlx; x = 1 rlx; x rlx",
            "01 02 11",
            "",
            "12",
        ),
        (
            "x = 2 rlx; y = 1 rel | y acq; x = 1 rlx; x rlx",
            "01 02 11",
            "",
            "",
        ),
        // Z6.U: SeqCst operations are ordered with releases only as far as these synchronize with SeqCst ones.
        (
            "x = 1 sc; y = 1 rel | y + 1 sc; y rlx | y = 3 sc; x sc",
            "01,0 01,1 03,0 03,1 12,0 12,1 13,1 31,0 31,1 34,0 34,1",
            "",
            "13,0",
        ),
    ]);
}

#[test]
fn updates_lose_nothing_and_order_no_more_than_they_say() {
    assert_outcomes(&[
        ("x + 1 rlx | x + 1 rlx", "0,1 1,0", "", ""),
        (
            "x + 1 rlx | x + 1 rlx | x + 1 rlx",
            "0,1,2 0,2,1 1,0,2 1,2,0 2,0,1 2,1,0",
            "",
            "",
        ),
        ("x swap 7 rlx | x swap 7 rlx", "0,7 7,0", "", ""),
        ("x cas 0 1 rlx rlx | x cas 0 1 rlx rlx", "0,1 1,0", "", ""),
        (
            "x + 1 rlx; y rlx | y + 1 rlx; x rlx",
            "00,01 01,00 01,01",
            "",
            "00,00",
        ),
        (
            "x swap 1 acqrel; y acq | y swap 1 acqrel; x acq",
            "00,01 01,00 01,01",
            "",
            "00,00",
        ),
        (
            "x swap 1 sc; y sc | y swap 1 sc; x sc",
            "00,01 01,00 01,01",
            "",
            "",
        ),
        // The load of an update may be out of date with other words, though not with its own.
        (
            "x = 1 rlx; y = 1 rlx | y acq; x + 0 rlx",
            "00 01 11",
            "",
            "10",
        ),
    ]);
}

#[test]
fn an_exchange_that_fails_is_a_load_with_its_failure_ordering() {
    let sc = "00 01 02 12";
    assert_outcomes(&[
        (
            "x = 1 rlx; x = 2 rlx; y = 1 rlx | y acq; x cas 3 4 rlx rlx",
            sc,
            "",
            "10 11",
        ),
        (
            "x = 1 rlx; x = 2 rlx; y = 1 rel | y acq; x cas 3 4 rlx rlx",
            sc,
            "",
            "",
        ),
        // Which ordering it has if it succeeds makes no difference then.
        (
            "x = 1 rlx; y = 1 rel | y cas 7 8 sc rlx; x rlx",
            "00 01 11",
            "",
            "10",
        ),
        (
            "x = 1 rlx; y = 1 rel | y cas 7 8 rlx acq; x rlx",
            "00 01 11",
            "",
            "",
        ),
        // A weak one may fail for no reason.
        ("x weak 0 1 rlx rlx; x rlx", "00 01", "", ""),
        ("x cas 0 1 rlx rlx; x rlx", "01", "", ""),
    ]);
}

#[test]
fn a_release_sequence_goes_on_through_updates_and_ends_with_a_store() {
    assert_outcomes(&[
        (
            "x = 1 rlx; y = 1 rel | y + 1 rlx | y acq; x rlx",
            "0,00 0,01 0,10 0,11 1,00 1,01 1,11 1,21",
            "",
            "",
        ),
        (
            "x = 1 rlx; y = 1 rel | y = 2 rlx | y acq; x rlx",
            "00 01 11 20 21",
            "",
            "",
        ),
        // Of the same thread, a relaxed store ends it too (C++20).
        (
            "x = 1 rlx; y = 1 rel; y = 2 rlx | y acq; x rlx",
            "00 01 11 21",
            "",
            "20",
        ),
    ]);
}

#[test]
fn no_load_returns_a_store_still_to_come() {
    // Load buffering is not explored: a known gap.
    assert_outcomes(&[("x rlx; y = 1 rlx | y rlx; x = 1 rlx", "0,0 0,1 1,0", "", "")]);
}

#[test]
fn seq_cst_loads_of_own_weaker_stores_tell_x86_from_the_letter_of_the_language() {
    // A load that finds the own store in the buffer says nothing to others. But it is coherence-ordered behind whatever
    // missed that store, and so the order of SeqCst operations would go round in a circle ([atomics.order] 3.4 and 4.1).
    let program = "x = 1 rel; x sc; y sc | y = 1 rel; y sc; x sc";
    let found = MemoryModel::ALL.map(|memory| run(memory, program).unwrap());
    let both_miss = "10,10";
    assert_eq!(found.map(|it| it.contains(both_miss)), [false, true, false]);
}

#[test]
fn what_a_lock_protects_is_seen_by_its_next_holder() {
    assert_outcomes(&[
        ("x rlx; x = 1 rlx | x rlx; x = 2 rlx", "0,0 0,1 2,0", "", ""),
        (
            "lock; x rlx; x = 1 rlx; unlock | lock; x rlx; x = 2 rlx; unlock",
            "0,1 2,0",
            "",
            "",
        ),
        (
            "x = 1 rlx; lock; y rlx; unlock | y = 1 rlx; lock; x rlx; unlock",
            "0,1 1,0 1,1",
            "",
            "",
        ),
    ]);
}

/// A program of threads that wait for each other, with words of its own.
fn waiting<const T: usize>(threads: [fn(&[AtlasWord; 2], &Atlas) -> u64; T]) {
    for memory in MemoryModel::ALL {
        let found = outcomes(memory, |memory| {
            let words = ["x", "y"].map(|name| memory.word(format_args!("{name}"), 0));
            let words = Arc::new(words);
            let thread = |code: fn(&[AtlasWord; 2], &Atlas) -> u64| {
                let (words, memory) = (Arc::clone(&words), memory.clone());
                Box::new(move || code(&words, &memory)) as Thread
            };
            threads.map(thread).into()
        });
        let all = vec![0; T];
        assert_eq!(found, Ok(BTreeSet::from([all])), "{memory}");
    }
}

#[test]
fn an_attempt_that_stores_starts_again_when_its_store_is_overwritten() {
    waiting([
        |[x, y], memory| {
            loop {
                x.store(1, Relaxed);
                if y.load(Relaxed) == 1 {
                    return 0;
                }
                memory.relax();
            }
        },
        |[x, y], memory| {
            while x.load(Acquire) != 1 {
                memory.relax();
            }
            x.store(2, Relaxed);
            while x.load(Relaxed) != 1 {
                memory.relax();
            }
            y.store(1, Relaxed);
            0
        },
    ]);
}

#[test]
fn two_loops_that_look_alike_are_told_apart() {
    waiting([
        |[x, y], memory| {
            while x.load(Relaxed) != 1 {
                memory.relax();
            }
            while x.load(Relaxed) != 2 {
                // Tells that the second loop has been reached.
                y.store(1, Relaxed);
                memory.relax();
            }
            0
        },
        |[x, y], memory| {
            x.store(1, Relaxed);
            while y.load(Relaxed) != 1 {
                memory.relax();
            }
            x.store(2, Relaxed);
            0
        },
    ]);
}

#[test]
fn a_loop_of_exchanges_that_carries_on_with_what_it_found_loses_nothing() {
    let add: fn(&AtlasWord, &Atlas) -> u64 = |x, memory| {
        let mut current = x.load(Relaxed);
        loop {
            match x.compare_exchange(current, current + 1, Relaxed, Relaxed) {
                Ok(found) => return found,
                Err(found) => current = found,
            }
            memory.relax();
        }
    };
    for memory in MemoryModel::ALL {
        for threads in [2, 3] {
            let found = outcomes(memory, |memory| {
                let word = Arc::new(memory.word(format_args!("x"), 0));
                let thread = |_| {
                    let (word, memory) = (Arc::clone(&word), memory.clone());
                    Box::new(move || add(&word, &memory)) as Thread
                };
                (0..threads).map(thread).collect()
            });
            let found = found.expect("it is explored to the end");
            // Every thread finds another number, in any order.
            assert_eq!(found.len(), [2, 6][threads - 2], "{memory}");
            let all_differ = |it: &Vec<u64>| it.iter().collect::<BTreeSet<_>>().len() == threads;
            assert!(found.iter().all(all_differ), "{memory}");
        }
    }
}
