//! Registers that an engineer writes who has read nothing but the README, each put on the bench by its own program, as a
//! user does it. What each comes to stands in one table.
//!
//! This program is all of theirs: with the name of one in `REGISTER` it is that one. Without, it runs every one of the
//! table, or those whose names contain the argument, and compares.

#![allow(clippy::print_stdout, reason = "it is a test with a main of its own")]

mod handles;
mod loops;
mod plain;
mod unseen;
mod weak;

use std::env;
use std::process::{Command, ExitCode, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A program, and what it comes to.
struct Case {
    name: &'static str,
    program: fn() -> ExitCode,
    /// 0 as advertised, 1 contradicted, 2 refused, 3 inconclusive.
    code: i32,
    /// What it says, however the lines are broken.
    says: &'static [&'static str],
    /// How many states it is explored with.
    states: &'static str,
}

const fn case(
    name: &'static str,
    program: fn() -> ExitCode,
    code: i32,
    says: &'static [&'static str],
) -> Case {
    Case {
        name,
        program,
        code,
        says,
        states: "20000",
    }
}

/// As above, of a register whose states stand for many steps.
const fn slow(
    name: &'static str,
    program: fn() -> ExitCode,
    code: i32,
    says: &'static [&'static str],
) -> Case {
    Case {
        states: "800",
        ..case(name, program, code, says)
    }
}

/// As above, of a register with many states.
const fn large(
    name: &'static str,
    program: fn() -> ExitCode,
    code: i32,
    says: &'static [&'static str],
) -> Case {
    Case {
        states: "100000",
        ..case(name, program, code, says)
    }
}

const MEETS: &str = "No violation of atomic in any scenario of up to ";
const TORN: &str = "torn read: Thread 2's first read returned 1|0: word 0 is of the write of 1, word 1 is of the initial value 0";

const CASES: &[Case] = &[
    case(
        "word-by-word",
        plain::word_by_word::main,
        0,
        &[
            "No violation of safe in any scenario of up to ",
            "It is not regular, and claims no such thing",
            TORN,
        ],
    ),
    case(
        "word-by-word-boasting",
        plain::word_by_word::boasting::main,
        1,
        &["WordByWord claims to be atomic, but is not regular.", TORN],
    ),
    case("versioned", plain::versioned::main, 0, &[MEETS]),
    case(
        "versioned-by-many-writers",
        plain::versioned::by_many_writers::main,
        1,
        &["Versioned can wait for ever, though nobody has stopped."],
    ),
    case(
        "sequence-lock",
        plain::sequence_lock::main,
        0,
        &[MEETS, "It holds for any number of words"],
    ),
    case(
        "without-a-fence",
        plain::without_a_fence::main,
        1,
        &["WithoutAFence claims to be atomic, but is not regular."],
    ),
    case(
        "flag-checked-once",
        plain::flag_checked_once::main,
        1,
        &[
            "FlagOnce claims to be atomic, but is not regular.",
            "shown by sc, x86 and weak memory",
        ],
    ),
    case(
        "constant",
        plain::constant::main,
        1,
        &["Constant claims to be safe, but is not safe."],
    ),
    case(
        "nothing",
        plain::nothing::main,
        1,
        &["Nothing claims to be safe, but is not safe."],
    ),
    case("locked", plain::locked::main, 0, &[MEETS]),
    case("spin-lock", plain::spin_lock::main, 0, &[MEETS]),
    case("exchanged", plain::exchanged::main, 0, &[MEETS]),
    case(
        "hasty",
        loops::hasty::main,
        2,
        &[
            "error: Hasty waits in a loop that never calls `memory.relax()`, so no exploration of it would end: call it once for each failed attempt",
        ],
    ),
    case(
        "gives-up-after-2",
        loops::gives_up_after_2::main,
        1,
        &["Impatient claims to be atomic, but is not regular."],
    ),
    slow(
        "gives-up-after-100",
        loops::gives_up_after_100::main,
        1,
        &["Impatient claims to be atomic, but is not regular."],
    ),
    slow(
        "gives-up-by-closure",
        loops::gives_up_by_closure::main,
        1,
        &["Impatient claims to be atomic, but is not regular."],
    ),
    case("locks-after-3", loops::locks_after_3::main, 0, &[MEETS]),
    slow("locks-after-100", loops::locks_after_100::main, 0, &[MEETS]),
    case(
        "locks-by-closure",
        loops::locks_by_closure::main,
        0,
        &[MEETS],
    ),
    case(
        "endless",
        loops::endless::main,
        1,
        &["Endless can wait for ever, though nobody has stopped."],
    ),
    case(
        "asleep",
        loops::asleep::main,
        1,
        &["real threads showed: a read did not come back"],
    ),
    case(
        "mailbox",
        loops::mailbox::main,
        1,
        &["Mailbox can wait for ever, though nobody has stopped."],
    ),
    large(
        "by-lot-with-both",
        loops::by_lot_with_both::main,
        3,
        &["Inconclusive: in w·r·r: stopped at 100000 states."],
    ),
    large(
        "by-lot-with-one",
        loops::by_lot_with_one::main,
        1,
        &[
            "ByLot claims to be atomic, but is not atomic.",
            "new-old inversion",
        ],
    ),
    case(
        "asserts",
        weak::asserts::main,
        1,
        &[
            "Asserts panics.",
            "the first is written first",
            "shown by weak memory",
        ],
    ),
    case(
        "out-of-range",
        weak::out_of_range::main,
        1,
        &["index out of bounds: the len is 64 but the index is 64"],
    ),
    case(
        "not-built",
        weak::not_built::main,
        1,
        &["NotBuilt panics.", "it starts with 1"],
    ),
    // Its failed attempts store, so there is no end of stores that weak memory may still return.
    slow(
        "looks-by-a-load",
        weak::looks_by_a_load::main,
        3,
        &["Inconclusive: in w·r: stopped at 800 states."],
    ),
    slow(
        "looks-by-a-failing-exchange",
        weak::looks_by_a_failing_exchange::main,
        1,
        &[
            "Dekker claims to be atomic, but is not regular.",
            "shown by weak memory",
        ],
    ),
    case("racy", weak::racy::main, 1, &["Racy has a data race"]),
    case(
        "compares-counts",
        weak::compares_counts::main,
        0,
        &[MEETS, "shortly before they wrap around"],
    ),
    case(
        "orders-counts",
        weak::orders_counts::main,
        1,
        &[
            "Counts claims to be atomic, but is not regular.",
            "with counters about to wrap around",
        ],
    ),
    case("four-slots", handles::four_slots::main, 0, &[MEETS]),
    large(
        "four-slots-by-many-readers",
        handles::four_slots::by_many_readers::main,
        1,
        &["FourSlots "],
    ),
    case(
        "remembers-what-it-read",
        handles::remembers_what_it_read::main,
        0,
        &[MEETS],
    ),
    case(
        "remembers-what-it-has-not-read",
        handles::remembers_what_it_has_not_read::main,
        1,
        &["Remembers claims to be atomic, but is not safe."],
    ),
    case(
        "newest-of-one-reader",
        handles::newest_of_one_reader::main,
        0,
        &[MEETS],
    ),
    large(
        "newest-of-many-readers",
        handles::newest_of_many_readers::main,
        1,
        &["Newest claims to be atomic, but is not "],
    ),
    // What its writer remembers does not show, but no list of answers was merged that made a difference.
    case(
        "secretive",
        handles::secretive::main,
        1,
        &["Secretive claims to be atomic, but is not atomic."],
    ),
    case(
        "std-mutex",
        unseen::std_mutex::main,
        3,
        &["state that I cannot see"],
    ),
    case(
        "std-atomics",
        unseen::std_atomics::main,
        3,
        &["state that I cannot see"],
    ),
    case(
        "statics",
        unseen::statics::main,
        3,
        &["the register keeps state outside of its memory"],
    ),
    case(
        "of-thread",
        unseen::of_thread::main,
        3,
        &["the register keeps state outside of its memory"],
    ),
    case("made-late", unseen::made_late::main, 3, &["while it runs"]),
];

/// Small enough for a test, and counted in states.
const EFFORT: &[&str] = &["--seconds", "0.05", "--max-time", "600"];

impl Case {
    fn run(&self, options: &[&str]) -> Output {
        let itself = env::current_exe().expect("a program knows where it is");
        let mut command = Command::new(itself);
        let output = command.env("REGISTER", self.name).args(options).output();
        output.expect("it runs")
    }

    /// What it does not come to.
    fn differs(&self) -> Option<String> {
        let Output {
            status,
            stdout,
            stderr,
        } = self.run(&[EFFORT, &["--max-states", self.states]].concat());
        let said = String::from_utf8_lossy(&stdout) + String::from_utf8_lossy(&stderr);
        // However the lines are broken.
        let words: Vec<&str> = said.split_whitespace().collect();
        let line = words.join(" ");
        let lacks = self.says.iter().find(|it| !line.contains(**it));
        if status.code() == Some(self.code) && lacks.is_none() {
            return None;
        }
        Some(format!(
            "{} ends with {:?} instead of {}, and does not say {lacks:?}:\n{said}",
            self.name,
            status.code(),
            self.code
        ))
    }
}

fn main() -> ExitCode {
    if let Ok(name) = env::var("REGISTER") {
        let case = CASES.iter().find(|case| case.name == name);
        return (case.expect("it is one of the table").program)();
    }
    let filter = env::args().skip(1).find(|it| !it.starts_with('-'));
    let wanted = CASES.iter().filter(|case| {
        filter
            .as_ref()
            .is_none_or(|it| case.name.contains(it.as_str()))
    });
    // Two at a time: some do nothing but wait for reads that do not come back.
    let wanted = Mutex::new(wanted);
    let failed = AtomicUsize::new(0);
    let next = || wanted.lock().expect("nobody panics with it").next();
    let run = || {
        while let Some(case) = next() {
            match case.differs() {
                None => println!("{} ... ok", case.name),
                Some(how) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    println!("{} ... FAILED\n{how}", case.name);
                }
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(run);
        scope.spawn(run);
    });
    let failed = failed.into_inner();
    println!("\n{failed} of them came out otherwise");
    ExitCode::from(u8::from(failed > 0))
}
