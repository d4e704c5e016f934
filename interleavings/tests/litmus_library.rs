//! The litmus library against the axioms: every verdict, and what the notation takes and refuses.

use std::collections::BTreeSet;

use interleavings::axiomatic::{Axioms, outcomes};
use interleavings::litmus::{self, ParseError, Test};

#[test]
fn the_axioms_confirm_every_verdict() {
    let mut wrong = String::new();
    for test in litmus::library() {
        for axioms in Axioms::ALL {
            let outcomes = outcomes(axioms, &test.program);
            let shows = outcomes.iter().any(|outcome| test.asks_for(outcome));
            if shows != test.is_allowed(axioms) {
                let verb = if shows { "allows" } else { "forbids" };
                wrong += &format!("{} {verb} this:\n{test}\n", axioms.name());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_test_has_a_name_of_its_own_and_a_question() {
    let library = litmus::library();
    assert!(library.len() >= 300, "{} tests", library.len());
    let names: BTreeSet<&str> = library.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(names.len(), library.len());
    let programs = library.iter().map(|test| {
        let [read, last] = [format!("{:?}", test.read), format!("{:?}", test.last)];
        (test.program.to_string(), read, last)
    });
    assert_eq!(programs.collect::<BTreeSet<_>>().len(), library.len());
    for test in &library {
        let asked = test.read.iter().flatten().chain(&test.last).flatten();
        assert!(asked.count() > 0, "{test}");
    }
}

#[test]
fn what_a_stronger_model_allows_a_weaker_one_does() {
    for test in litmus::library() {
        let allowed = test.allowed;
        assert!(allowed.sc <= allowed.x86, "{test}");
        assert!(allowed.x86 <= allowed.rc11, "{test}");
        assert!(allowed.cpp20 <= allowed.rc11, "{test}");
        assert!(allowed.cpp20 <= allowed.load_buffering, "{test}");
    }
}

/// Where the two texts differ: in each of these a SeqCst access is ordered, in C++20, through accesses of the same word
/// that are not SeqCst. RC11 wants SeqCst at both ends of each step.
#[test]
fn cpp20_and_rc11_differ_on_these_tests() {
    let library = litmus::library();
    let differ = library
        .iter()
        .filter(|test| test.allowed.cpp20 != test.allowed.rc11);
    let names: Vec<&str> = differ.map(|test| test.name.as_str()).collect();
    let expected = [
        "SB with forwarding to SeqCst loads",
        "Z6.U with an Acquire load of the release",
        "RWC SeqCst, the first load Acquire, and the store repeated",
        "IRIW Release stores, SeqCst loads",
        "IRIW a SeqCst fence and SeqCst loads of Relaxed stores",
        "MP SeqCst, the flag repeated Relaxed",
        "MP SeqCst, the flag overwritten Relaxed by a third thread",
        "SeqCst loads that follow a Relaxed store of their own",
        "SeqCst loads that follow a Relaxed store of their own, in three threads",
        "Relaxed stores behind a SeqCst store",
    ];
    assert_eq!(names, expected);
}

/// These C++20 forbids to the letter (LWG issue 3941), and programs that are compiled as usual show them on x86.
#[test]
fn x86_shows_what_cpp20_forbids_on_these_tests() {
    let library = litmus::library();
    let shown = library
        .iter()
        .filter(|test| test.allowed.x86 && !test.allowed.cpp20);
    let names: Vec<&str> = shown.map(|test| test.name.as_str()).collect();
    let expected = [
        "SB with forwarding to SeqCst loads",
        "SeqCst loads that follow a Relaxed store of their own",
        "SeqCst loads that follow a Relaxed store of their own, in three threads",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_test_is_written_as_it_is_read() {
    for test in litmus::library() {
        assert_eq!(test.to_string().parse(), Ok(test));
    }
}

#[test]
fn a_random_program_is_written_as_it_is_read() {
    let mut rng = fastrand::Rng::with_seed(3);
    for _ in 0..500 {
        let program = litmus::random(&mut rng, 3, 3, 8);
        let text = format!("test\n{program}    sc allows, x86 allows, C++20 allows\n");
        let test: Test = text.parse().unwrap();
        for (read, written) in test.program.threads.iter().zip(&program.threads) {
            // Only exchanges fail, so only of these the notation has the ordering of the failure.
            assert_eq!(
                format!("{read:?}"),
                format!("{:?}", without_failure(written))
            );
        }
    }
}

fn without_failure(thread: &[litmus::Instruction]) -> Vec<litmus::Instruction> {
    use litmus::{Instruction, Ordering, Update};
    let mut thread = thread.to_vec();
    for instruction in &mut thread {
        if let Instruction::Update {
            update, failure, ..
        } = instruction
            && !matches!(update, Update::Exchange { .. })
        {
            *failure = Ordering::Relaxed;
        }
    }
    thread
}

#[test]
fn an_error_says_where_what_is_expected_and_what_is_found() {
    let end = "\n    sc allows, x86 allows, C++20 allows";
    let cases = [
        (
            "    x := 1 Relaxed",
            "line 1, column 5: expected the name of a test, at the left margin, found `x`",
        ),
        (
            "T\n    x := 1 Relaxd",
            "line 2, column 12: expected the ordering of a store, one of [Relaxed, Release, SeqCst], found `Relaxd`",
        ),
        (
            "T\n    x := 1 Acquire",
            "line 2, column 12: expected the ordering of a store, one of [Relaxed, Release, SeqCst], found `Acquire`",
        ),
        (
            "T\n    x -> 1 Release",
            "line 2, column 12: expected the ordering of a load, one of [Relaxed, Acquire, SeqCst], found `Release`",
        ),
        (
            "T\n    fence Relaxed",
            "line 2, column 11: expected the ordering of a fence, one of [Acquire, Release, AcqRel, SeqCst], found `Relaxed`",
        ),
        (
            "T\n    x exchange 0 by 1 -> 0 AcqRel else Release",
            "line 2, column 40: expected the ordering of an exchange that fails, one of [Relaxed, Acquire, SeqCst], found `Release`",
        ),
        (
            "T\n    x exchange 0 by 1 -> 0 AcqRel; y := 1 Relaxed",
            "line 2, column 34: expected `else`, found `;`",
        ),
        (
            "T\n    x exchange 0 1",
            "line 2, column 18: expected `by`, found `1`",
        ),
        (
            "T\n    x add 1 Relaxed",
            "line 2, column 13: expected `->`, and what it returns or `?`, found `Relaxed`",
        ),
        (
            "T\n    x 1",
            "line 2, column 7: expected `->`, `:=`, `add`, `swap` or `exchange`, found `1`",
        ),
        (
            "T\n    q := 1 Relaxed",
            "line 2, column 5: expected a word (x, y, z, w, v, u, t or s) or `fence`, found `q`",
        ),
        (
            "T\n    x := -1 Relaxed",
            "line 2, column 10: expected a value, a number below 2^64, found `-1`",
        ),
        (
            "T\n    x := 1 Relaxed;",
            "line 2, column 20: expected a word (x, y, z, w, v, u, t or s) or `fence`, found the end of the line",
        ),
        (
            "T\n    x := 1 Relaxed y",
            "line 2, column 20: expected the end of the line, found `y`",
        ),
        (
            "T\n    x := 1 Relaxed\n    last x 1",
            "line 3, column 12: expected `=`, found `1`",
        ),
        (
            "T\n    x := 1 Relaxed\n    sc permits",
            "line 3, column 8: expected `allows` or `forbids`, found `permits`",
        ),
        (
            "T\n    x := 1 Relaxed\n    sc allows forbids",
            "line 3, column 15: expected `,`, found `forbids`",
        ),
        (
            &format!("T\n    x := 1 Relaxed{end}{end}"),
            "line 4, column 5: expected one line of verdicts for each test, found `sc`",
        ),
        (
            "T\n    x := 1 Relaxed\n    sc allows, x86 allows",
            "line 3, column 26: expected `,`, found the end of the line",
        ),
        (
            "# none\n\nT\n    x := 1 Relaxed",
            "line 3, column 1: expected a test with a line such as `sc forbids, x86 forbids, C++20 allows`, found `T`",
        ),
        (
            &format!("T{end}"),
            "line 1, column 1: expected a test with threads, found `T`",
        ),
    ];
    for (text, expected) in cases {
        let error = litmus::parse(text).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    }
    let two = format!("A\n    -{end}\nB\n    -{end}");
    let error: ParseError = two.parse::<Test>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1, column 1: expected one litmus test, found `2 tests`"
    );
}

#[test]
fn the_notation_has_every_instruction() {
    let text = "\
everything
    x := 1 Release; y -> 0 Acquire; fence SeqCst
    x add 2 -> ? AcqRel; y swap 3 -> 0 Relaxed; x exchange 1 by 4 -> 1 SeqCst else Acquire
    -
    last x = 4, y = 3
    sc allows, x86 allows, C++20 forbids, RC11 allows, load buffering allows
    source nobody
    remark one
";
    let test: Test = text.parse().unwrap();
    assert_eq!(test.to_string(), text);
    assert_eq!(test.program.words, 2);
    assert_eq!(test.program.threads.len(), 3);
    assert_eq!(test.read[1], [None, Some(0), Some(1)]);
    assert_eq!(test.last, [Some(4), Some(3)]);
    assert!(test.allowed.rc11 && !test.allowed.cpp20 && test.is_load_buffering());
}
