use histories::timeline::Step;

use super::*;
use crate::atomic::{Locked, SequenceLock};
use crate::safe::WordByWord;

const TORN: &str = "\
init: 0
Thread 1:         ww2w3ww(1)
Thread 2:  rr1rrrrrrrrrrrrr4rr(0|1)
 1  T2  word[0] -> 0
 2  T1  word[0] := 1
 3  T1  word[1] := 1
 4  T2  word[1] -> 1
";

fn refusal<C: Construction<Erased, 2>>(schedule: &str) -> String {
    replay::<C, 2>(&schedule.parse().unwrap())
        .expect_err("it should be refused")
        .to_string()
}

#[test]
fn what_is_performed_is_a_schedule_again() {
    let once = replay::<WordByWord, 2>(&TORN.parse().unwrap())
        .unwrap()
        .to_string();
    let twice = replay::<WordByWord, 2>(&once.parse().unwrap())
        .unwrap()
        .to_string();
    assert_eq!(once, twice);
}

#[test]
fn a_hundred_replays_are_alike() {
    let first = replay::<WordByWord, 2>(&TORN.parse().unwrap()).unwrap();
    for _ in 1..100 {
        assert_eq!(
            replay::<WordByWord, 2>(&TORN.parse().unwrap()).unwrap(),
            first
        );
    }
}

#[test]
fn impossible_schedules_are_refused_with_step_and_reason() {
    let cases = [
        (
            refusal::<WordByWord>("init: 0\nT1: www(1)\nT2:   rr\n"),
            "this timeline has no marks, so it does not say who accesses a word when: number the accesses within its runs, as in `rr1rr4rr`",
        ),
        (
            refusal::<WordByWord>("init: 0\nT1:  w1w2w3w(1)\nT2:         r4r5r\n"),
            "step 3 cannot be done: the write of 1 is complete after 2 steps and accesses no more words: remove mark 3",
        ),
        (
            refusal::<WordByWord>("init: 0\nT1:  w1w2w(1)\nT2:             r3r\n"),
            "after step 3 the schedule completes Thread 2's first read, but it still has to access word[1]: add a mark for that",
        ),
        (
            refusal::<SequenceLock>(
                "init: 0\nT1:  w1wwwwwwwwwwwwww7w8w9w(1)\nT2:     r2r3r4r5r6r\n",
            ),
            "after step 6 the schedule completes Thread 2's first read, but it still has to access sequence: add a mark for that",
        ),
        (
            refusal::<Locked>("init: 0\nT1:  w1w2wwwwwwwwwww7w8w(1)\nT2:       r3r4r5r6r\n"),
            "step 3 cannot be done: Thread 2's first read takes lock, which Thread 1 holds since step 1: let that one free it first",
        ),
        (
            refusal::<WordByWord>(&TORN.replace("word[1] := 1", "word[1] := 2")),
            "step 3 is not as scheduled: the schedule says `word[1] := 2`, but the write of 1 does `word[1] := 1`",
        ),
        (
            refusal::<WordByWord>(&TORN.replace("(0|1)", "(1)")),
            "Thread 2's first read returned 0|1, not 1 as the schedule says",
        ),
        (
            refusal::<WordByWord>("init: 0\nT1:  w1w2w(1)\nT2:      w3w4w(2)\n"),
            "word-by-word takes one writer, but Thread 1 and Thread 2 write here: give all writes to one thread",
        ),
    ];
    for (said, expected) in cases {
        assert_eq!(said, expected);
    }
}

#[test]
fn a_writer_that_crashes_in_mid_write_leaves_the_words_half_written() {
    let schedule = "init: 0\nT1:  w1w>(1)\nT2:           r2r3r(1|0)\n";
    let performed = replay::<WordByWord, 2>(&schedule.parse().unwrap()).unwrap();
    assert!(performed.history.operations()[0].is_pending());
}

#[test]
fn a_reader_of_a_crashed_sequence_lock_never_returns() {
    let schedule = "init: 0\nT1:  w1w2w>(1)\nT2:           r3r4r5r6r>\n";
    let performed = replay::<SequenceLock, 2>(&schedule.parse().unwrap()).unwrap();
    let odd = |step: &Step| step.access == "sequence -> 1";
    assert_eq!(performed.steps.iter().filter(|step| odd(step)).count(), 4);
}
