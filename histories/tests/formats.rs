//! Files: what is written and read again is the same history, and what is no history is refused with a place.
//!
//! `tests/corpus` keeps inputs that a reader once took wrongly: each is read by every reader.

#[path = "recorded/mod.rs"]
mod recorded;

use std::io::Read;
use std::path::Path;

use flate2::Compression;
use flate2::read::GzEncoder;
use histories::formats::{
    FailedSwaps, Format, MAX_RECORD, Options, ReadError, read, read_with_notes, write,
};
use histories::{
    Action, Builder, History, Initial, Instant, Model, Operation, Process, Value, check,
};
use proptest::prelude::*;
use recorded::{Random, Small, small};

fn read_as(format: Option<Format>, text: &[u8]) -> Result<History, ReadError> {
    let options = Options {
        format,
        ..Options::default()
    };
    read(text, &options)
}

fn read_any(text: &str) -> History {
    read_as(None, text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn written(history: &History, format: Format) -> String {
    let mut out = Vec::new();
    write(history, format, &mut out).unwrap_or_else(|error| panic!("{error}"));
    String::from_utf8(out).expect("what is written is text")
}

/// One operation: who, on what, what, when, and whether it failed.
type Plain = (Process, String, Action, Instant, Option<Instant>, bool);

/// What a history says apart from the numbers of registers and the distances of instants.
fn plain(history: &History) -> (Vec<Plain>, Vec<(String, Value)>) {
    let compact = history.compact();
    let name = |register| history.name_of(register).unwrap_or_default().to_owned();
    let all = compact.operations().iter().map(|op| (op, false));
    let all = all.chain(compact.failed().iter().map(|op| (op, true)));
    let operations = all.map(|(op, failed)| {
        let action = op.action.clone();
        (
            op.process,
            name(op.register),
            action,
            op.invoked,
            op.completed,
            failed,
        )
    });
    let is_used = |register: &u32| {
        let mut all = history.operations().iter().chain(history.failed());
        all.any(|op| op.register == *register)
    };
    let initial = history
        .registers()
        .filter(is_used)
        .map(|register| (name(register), history.initial_of(register).clone()));
    let mut initial: Vec<_> = initial.collect();
    initial.sort();
    let mut operations: Vec<_> = operations.collect();
    operations.sort_by_key(|op| (op.5, op.0, op.3));
    (operations, initial)
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (0u64..4).prop_map(Value::from),
        1 => Just(Value::nil()),
        1 => Just(Value::from(u64::MAX)),
        1 => Just(Value::from([0, 1])),
    ]
}

/// What an operation does, and whether it fails (3), stays pending if it can (4), or neither.
fn actions() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => values().prop_map(Action::Write),
        3 => values().prop_map(|value| Action::Read(Some(value))),
        1 => Just(Action::Read(None)),
        2 => (values(), values(), any::<Option<bool>>()).prop_map(|(expected, new, swapped)| {
            Action::CompareAndSwap { expected, new, swapped }
        }),
    ]
}

/// Histories of up to 4 processes on up to 3 registers, with every kind of operation and outcome.
fn histories() -> impl Strategy<Value = History> {
    let names = prop_oneof![
        Just(vec!["", "", ""]),
        Just(vec!["x", "y", "long-name_1.0"]),
        Just(vec!["", "7", "x"]),
    ];
    let operation = (0u32..3, actions(), 0u64..4, 0u64..4, 0u8..8);
    let process = proptest::collection::vec(operation, 0..5);
    let processes = proptest::collection::vec(process, 1..5);
    (names, processes, values(), values()).prop_map(|(names, processes, initial, other)| {
        let mut builder = Builder::new(Initial::Given(initial));
        let mut is_empty = true;
        for (process, operations) in (0..).zip(processes) {
            let mut time = u64::from(process);
            let last = operations.len().saturating_sub(1);
            for (at, (register, action, wait, length, fate)) in operations.into_iter().enumerate() {
                let invoked = time + 1 + wait;
                time = invoked + length;
                let register = builder.register(names[register as usize]);
                if register == 1 {
                    builder.set_initial(register, Initial::Given(other.clone()));
                }
                let operation = Operation::new(process, action, invoked..=time).on(register);
                is_empty = false;
                if fate == 3 && !operation.is_read() {
                    builder.push_failed(operation);
                } else if fate == 4 && at == last {
                    builder.push(Operation {
                        completed: None,
                        ..operation
                    });
                } else {
                    builder.push(operation);
                }
            }
        }
        if is_empty {
            builder.push(Operation::write(0, 1, 0..=1));
        }
        builder.build().expect("one after the other")
    })
}

/// The questions, which Jepsen has no words for and which say nothing.
fn without_questions(history: &History) -> History {
    let kept = |at: &usize| !history.operations()[*at].is_question();
    let kept: Vec<usize> = (0..history.operations().len()).filter(kept).collect();
    let mut builder = Builder::new(Initial::Given(history.initial().clone()));
    for register in history.registers().skip(1) {
        let number = builder.register(history.name_of(register).expect("it has one"));
        builder.set_initial(number, Initial::Given(history.initial_of(register).clone()));
    }
    kept.iter()
        .for_each(|&at| builder.push(history.operations()[at].clone()));
    if kept.is_empty() && history.failed().is_empty() {
        builder.push(Operation::write(0, 1, 0..=1));
    }
    history
        .failed()
        .iter()
        .for_each(|op| builder.push_failed(op.clone()));
    builder.build().expect("fewer operations overlap no more")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_lines_say_everything(history in histories()) {
        let text = written(&history, Format::JsonLines);
        let again = read_any(&text);
        prop_assert_eq!(plain(&history), plain(&again), "{}", text);
        let instants = |history: &History| -> Vec<(Instant, Option<Instant>)> {
            history.operations().iter().map(|op| (op.invoked, op.completed)).collect()
        };
        prop_assert_eq!(instants(&history), instants(&again));
    }

    #[test]
    fn edn_says_everything_but_questions(history in histories()) {
        let history = without_questions(&history);
        let text = written(&history, Format::Edn);
        let again = read_as(Some(Format::Edn), text.as_bytes());
        let again = again.unwrap_or_else(|error| panic!("{error}\n{text}"));
        prop_assert_eq!(plain(&history), plain(&again), "{}", text);
    }

    #[test]
    fn log_lines_say_what_they_can_or_refuse(history in histories()) {
        let history = without_questions(&history);
        let mut out = Vec::new();
        let unsaid = history.operations().iter().any(|op| {
            let Action::CompareAndSwap { swapped, .. } = op.action else {
                return false;
            };
            !op.is_pending() && swapped != Some(true)
        });
        match write(&history, Format::Log, &mut out) {
            Err(error) => prop_assert!(unsaid, "{}", error),
            Ok(()) => {
                prop_assert!(!unsaid);
                let again = read_as(Some(Format::Log), &out).map_err(|error| {
                    TestCaseError::fail(format!("{error}\n{}", String::from_utf8_lossy(&out)))
                })?;
                prop_assert_eq!(plain(&history), plain(&again));
            }
        }
    }

    #[test]
    fn pictures_say_everything(history in histories()) {
        let text = written(&history, Format::Notation);
        // A picture without any operation that happened has no initial value to give.
        prop_assert_eq!(plain(&history), plain(&read_any(&text)), "{}", text);
    }

    /// What fits in no format is refused: no reader panics, and none takes longer than it may.
    #[test]
    fn random_bytes_are_refused_quietly(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_by_all(&bytes);
    }

    #[test]
    fn damaged_files_are_refused_or_read_quietly(
        history in histories(),
        format in 0usize..4,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), fragments()), 1..4),
    ) {
        let mut out = Vec::new();
        if write(&history, Format::ALL[format], &mut out).is_ok() {
            for (at, (remove, insert)) in damage {
                let at = at.index(out.len());
                let end = (at + remove).min(out.len());
                out.splice(at..end, insert);
                if out.is_empty() {
                    break;
                }
            }
            read_by_all(&out);
        }
    }
}

/// How many bytes are removed, and what is put in their place.
fn fragments() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let insert = prop_oneof![
        Just(Vec::new()),
        any::<u8>().prop_map(|byte| vec![byte]),
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            "(",
            "\"",
            "\\",
            "#",
            "#_",
            ";",
            ":",
            "\n",
            "\0",
            "-1",
            "nil",
            "null",
            "18446744073709551616",
            ":invoke",
            ":info",
            "\u{feff}",
            "é",
            "1e400",
            "\\u12",
            "[[[[",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    (0usize..20, insert)
}

fn read_by_all(bytes: &[u8]) {
    for format in [None].into_iter().chain(Format::ALL.map(Some)) {
        match read_as(format, bytes) {
            // Whatever was taken for a history can be judged and written.
            Ok(history) => {
                let _ = check(Model::Atomic, &history);
                for format in Format::ALL {
                    let _ = write(&history, format, &mut std::io::sink());
                }
            }
            Err(ReadError::At { line, column, .. }) => assert!(line > 0 && column > 0),
            Err(_) => {}
        }
    }
}

#[test]
fn the_corpus_is_read_quietly() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut count = 0;
    for entry in std::fs::read_dir(corpus).expect("there is a corpus") {
        let path = entry.expect("it can be listed").path();
        read_by_all(&std::fs::read(path).expect("it can be read"));
        count += 1;
    }
    assert!(count > 0, "the corpus is empty");
}

/// Input that is no history, and what is said about it.
#[test]
fn hostile_input_is_refused_with_a_place() {
    use Format::{Edn, Json, JsonLines, Log, Notation};
    let deep = format!(
        "{{:process 1, :type :invoke, :f :write, :value {}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let deep_aside = format!("{{:error {}", "[".repeat(100_000));
    let deep_json = format!(
        "{{\"process\":1,\"op\":\"read\",\"start\":1,\"value\":{}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let long = format!(
        "{{\"process\":1,\"register\":\"{}\"}}",
        "x".repeat(3 * MAX_RECORD)
    );
    let long_edn = format!(
        "[{{:type :invoke :error \"{}\"}}]",
        "x".repeat(3 * MAX_RECORD)
    );
    let cases: &[(Option<Format>, &[u8], &str)] = &[
        (None, b"", "line 1, column 1: there is no operation"),
        (None, b" \n\n ", "line 1, column 1: there is no operation"),
        (None, b"hello", "line 1, column 1: this begins like none of the formats"),
        (None, b"\0\0\0", "line 1, column 1: this begins like none"),
        (None, b"\x1F\x8B\x08", "the input cannot be read: "),
        (None, b"\x1F\x8C\x08", "line 1, column 2: this is not UTF-8 text"),
        (None, b"{:type :inv\n\xC3\x28}", "line 2, column 1: this is not UTF-8"),
        (Some(JsonLines), b"", "line 1, column 1: there is no operation"),
        (Some(Edn), b"", "line 1, column 1: there is no operation"),
        (Some(Edn), b"[]", "line 1, column 3: there is no operation"),
        (Some(Log), b"", "line 1, column 1: there is no operation"),
        (Some(Log), b"Run complete\n", "line 2, column 1: there is no operation"),
        (Some(Notation), b"", "line 1, column 1: there is no operation"),
        // EDN
        (Some(Edn), b"[{:process 1, :type :invoke, :f :read, :value nil}", "line 1, column 51: the input ends here within"),
        (Some(Edn), b"{:process 1, :type :inv", "line 1, column 24: the input ends here within"),
        (Some(Edn), b"{:process 1, :error \"never closed}", "line 1, column 35: the input ends here"),
        (Some(Edn), b"[{:process 1, :type :invoke, :f :read}] 7", "line 1, column 41: '7' stands here in place of the end of the input"),
        (Some(Edn), b"{:process 1, :type :invoke, :f :read)", "line 1, column 37: ')' stands here in place of a value"),
        (Some(Edn), b"{:process 1 :error}", "line 1, column 19: '}' stands here in place of a value for the last key"),
        (Some(Edn), b"{:a [1 2)}", "line 1, column 9: ')' stands here in place of `]`"),
        (Some(Edn), b"[{:a 1}\n 17]", "line 1, column 2, field :process: it is missing"),
        (Some(Edn), b"[1 2]", "line 1, column 2: '1' stands here in place of an event"),
        (Some(Edn), b"{:process 1, :type :invoke, :f :read}\0", "line 1, column 38: '\\0' stands here in place of an event"),
        (Some(Edn), b"{:process 1, :type :invoke,\n :f :append :value 1}", "line 2, column 5, field :f: `append` is nothing that a register does: appending to lists is judged by Elle"),
        (Some(Edn), b"{:process 1, :type :start, :f :read}", "line 1, column 20, field :type: `start` stands here"),
        (Some(Edn), b"{:process 1, :process 2}", "line 1, column 14, field :process: it is given twice"),
        (Some(Edn), b"{:process -1, :type :invoke, :f :read}", "line 1, column 11, field :process: `-1` stands here in place of a whole number"),
        (Some(Edn), b"{:process 4294967296, :type :invoke, :f :read}", "line 1, column 11, field :process: `4294967296` stands here"),
        (Some(Edn), b"{:process 1, :type :invoke, :f :write}", "line 1, column 1, field :value: it is missing"),
        (Some(Edn), b"{:process 1, :type :invoke, :f :cas, :value 3}", "line 1, column 45, field :value: `3` stands here in place of `[expected new]`"),
        (Some(Edn), deep.as_bytes(), "line 1, column 47, field :value: `[[[[[[[["),
        (Some(Edn), deep_aside.as_bytes(), "line 1, column 100009: the input ends here"),
        (Some(Edn), long_edn.as_bytes(), "line 1, column 2: what begins here is longer than 1048576 bytes"),
        (Some(Edn), b"{:process 1, :type :ok, :f :read, :value 1}", "line 1, column 11, field :process: process 1 completes an operation that it has not invoked"),
        (Some(Edn), b"{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read :value 1}\n{:process 1 :type :ok :f :read :value 1}", "line 3, column 11, field :process: process 1 completes an operation that has completed already"),
        (Some(Edn), b"{:process 1 :type :invoke :f :read}\n{:process 1 :type :invoke :f :read}", "line 2, column 11, field :process: process 1 invokes an operation while its last one still runs"),
        (Some(Edn), b"{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :write :value 1}", "line 2, column 26, field :f: process 1 completes a write, but it invoked a read"),
        (Some(Edn), b"{:process 1 :type :invoke :f :write :value 1}\n{:process 1 :type :ok :f :write :value 2}", "line 2, column 40, field :value: process 1 completes `2`, but it invoked one with another value"),
        (Some(Edn), b"{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read}", "line 2, column 1, field :value: it is missing"),
        (Some(Edn), b"{:process 1 :type :invoke :f :read :time :late}", "line 1, column 42, field :time: `late` stands here in place of a number"),
        (Some(Edn), b"{:process 1 :type :invoke :f :enqueue :value 1}", "line 1, column 30, field :f: `enqueue` is nothing that a register does: queues"),
        (Some(Edn), b"{:process 1 :type :invoke :f :txn :value [[:r 1 nil] [:w 2 3]]}", "line 1, column 42, field :value: `[[:r 1 nil] [:w 2 3]]` is a transaction of several reads and writes"),
        (Some(Edn), b"{:process 1 :type :invoke :f :txn :value [[:append 1 2]]}", "line 1, column 42, field :value: `[[:append 1 2]]` is a transaction"),
        (Some(Edn), b"{:process 1 :type :invoke :f :txn :value 7}", "line 1, column 42, field :value: `7` stands here in place of `[[:r key nil]]`"),
        (Some(Edn), b"{:process 1 :type :invoke :f :txn :value [[:w 1 2]]}\n{:process 1 :type :ok :f :txn :value [[:w 1 3]]}", "line 2, column 38, field :value: process 1 completes"),
        (Some(Edn), b"{:process 1 :type :invoke :f :acquire}\n{:process 1 :type :ok :f :release}", "line 2, column 11, field :value: process 1 completes nothing, but it invoked one with another value"),
        (Some(Edn), b"{:process 1 :type :invoke :f :write :value {:a 1}}", "line 1, column 44, field :value: `{:a 1}` stands here in place of a value"),
        (Some(Edn), b"{:process :a :type :invoke :f :read}\n{:process 1 :type :invoke :f :read}", "line 2, column 11, field :process: some processes of this file have names and some numbers"),
        // JSON
        (Some(Json), b"[]", "line 1, column 3: there is no operation"),
        (Some(Json), b"[{\"type\":\"invoke\",\"f\":\"read\",\"process\":1}", "line 1, column 42: the input ends here within"),
        (Some(Json), b"[{\"type\":\"invoke\",\n\"f\":\"append\",\"process\":1}]", "line 2, column 5, field :f: `append` is nothing"),
        (Some(Json), b"{\"type\":\"invoke\",\"f\":\"write\",\"process\":1}", "line 1, column 1, field :value: it is missing"),
        (Some(Json), b"[{\"type\":\"invoke\",\"f\":\"read\",\"process\":1},,\n]", "line 1, column 43: this is no JSON object: behind a comma stands a value"),
        (Some(Json), b"[{\"type\":\"invoke\" \"f\":\"read\",\"process\":1}]", "line 1, column 19: this is no JSON object: this is not JSON: expected `,` or `}`"),
        (None, b"{\"type\":\"invoke\",\"f\":\"read\",\"process\":1},\n{\"type\":\"ok\",\"f\":\"read\",\"value\":null,\"process\":1}", "line 1, column 41: this is no JSON object: values that are in no array"),
        (Some(Json), b"{\"type\":\"invoke\",\"f\":\"read\",\"process\":1} ; no comment\n", "line 1, column 42: this is no JSON object"),
        // Log lines
        (Some(Log), b"1 :invoke :read nil\n1 :ok :read", "line 2, column 1, field :value: it is missing"),
        (Some(Log), b"1 :invoke :cas [1", "line 1, column 18: the input ends here"),
        (Some(Log), b"1 :invoke", "line 1, column 1, field :f: it is missing"),
        (Some(Log), b"1 :invok :read nil", "line 1, column 3, field :type: `invok` stands here"),
        (Some(Log), b"1 :invoke :read nil nil", "line 1, column 21: `nil` stands here in place of the end of the line"),
        (Some(Log), b"INFO a - 1 :ok :read 5\n", "line 1, column 10, field :process: process 1 completes an operation that it has not invoked"),
        // JSON Lines
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"sta", "line 1, column 30: the input ends here"),
        (Some(JsonLines), b"{\"process\":1,\n\"op\":\"read\"}", "line 1, column 14: this is no JSON object: the line ends within it"),
        (Some(JsonLines), b"[1,2]", "line 1, column 1: this is no JSON object: invalid type"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"start\":1}\0", "line 1, column 36: this is no JSON object: trailing"),
        (Some(JsonLines), b"{\"op\":\"read\",\"start\":1}", "line 1, column 1, field process: it is missing"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"swap\"}", "line 1, column 19, field op: `\"swap\"` stands here in place of `\"read\"`"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"write\",\"start\":1}", "line 1, column 1, field value: it is missing"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"write\",\"value\":18446744073709551616,\"start\":1}", "line 1, column 35, field value: `18446744073709551616` stands here"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"write\",\"value\":[],\"start\":1}", "line 1, column 35, field value: `[]` stands here"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"start\":-1}", "line 1, column 34, field start: `-1` stands here"),
        (Some(JsonLines), b"{\"process\":\"a\",\"op\":\"read\",\"start\":1}\n{\"process\":2,\"op\":\"read\",\"start\":1}", "line 2, column 12, field process: some processes of this file have names"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"start\":18446744073709551615,\"end\":18446744073709551615.5}", "line 1, column 61, field end: this file has instants with a fraction"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"start\":-0.5}", "line 1, column 34, field start: `-0.5` stands here"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"note\":1,\"start\":-1}", "line 1, column 43, field start: `-1` stands here"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"op\":\"read\",\"start\":1}", "line 1, column 29: this is no JSON object: duplicate field `op`"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"new\":1,\"start\":1}", "line 1, column 32, field new: this field belongs to a `cas` only"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"start\":9,\"end\":8}", "line 1, column 42, field end: an operation of Thread 1 is invoked at 9 but completes at 8"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"start\":1,\"end\":5}\n{\"process\":1,\"op\":\"read\",\"start\":4,\"end\":8}", "line 2, column 34, field start: Thread 1 invokes an operation at 4 while"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"start\":1,\"end\":5}\n{\"process\":1,\"op\":\"read\",\"start\":5,\"end\":8}\n{\"process\":2,\"op\":\"read\",\"start\":1,\"end\":5}\n{\"process\":2,\"op\":\"read\",\"start\":5}", "line 4, column 34, field start: the clock is too coarse: at 5 Threads 1 and 2"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"start\":1}\n{\"process\":1,\"op\":\"read\",\"start\":5,\"end\":8}", "line 2, column 34, field start: Thread 1 invokes an operation at 5 after one"),
        (Some(JsonLines), b"{\"process\":1,\"op\":\"read\",\"start\":5,\"end\":8}\n{\"process\":1,\"op\":\"read\",\"start\":1,\"end\":5}", "Thread 1 invokes an operation at 5 while"),
        (Some(JsonLines), b"{\"initial\":1,\"process\":2}", "line 1, column 24, field process: a line with `initial` is no operation"),
        (Some(JsonLines), deep_json.as_bytes(), "line 1, column 44, field value: `[[[[[[["),
        (Some(JsonLines), long.as_bytes(), "line 1, column 1: what begins here is longer than 1048576 bytes"),
        // The notation
        (Some(Notation), long.as_bytes(), "line 1, column 1: the text is longer than 65536 bytes"),
        (Some(Notation), b"init: 0\nT1: ww(1", "line 2, column 7: this `(` is never closed"),
    ];
    let mut wrong = Vec::new();
    for &(format, text, expected) in cases {
        let said = match read_as(format, text) {
            Ok(history) => format!("nothing, and read {history:?}"),
            Err(error) => error.to_string(),
        };
        if !said.starts_with(expected) {
            let text = String::from_utf8_lossy(&text[..text.len().min(100)]);
            wrong.push(format!("{text}\n  said     {said}\n  expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A line of 2 gigabytes is as long as one that never ends.
#[test]
fn a_line_without_end_costs_bounded_memory() {
    for (beginning, format) in [
        (&b"{\"process\":1,\"register\":\""[..], Format::JsonLines),
        (b"{:process 1, :error \"", Format::Edn),
        (b"1 :invoke :write ", Format::Log),
        (b"init: 0\nT1: ", Format::Notation),
    ] {
        for byte in [b'w', b'[', b'1', b' ', 0] {
            let mut taken = Counted(beginning.chain(std::io::repeat(byte)), 0);
            let options = Options {
                format: Some(format),
                ..Options::default()
            };
            assert!(read(&mut taken, &options).is_err());
            assert!(taken.1 <= 4 * MAX_RECORD, "{format} read {} bytes", taken.1);
        }
    }
}

struct Counted<R>(R, usize);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.0.read(buffer)?;
        self.1 += length;
        Ok(length)
    }
}

#[test]
fn formats_are_told_apart_by_their_content() {
    for (text, format) in [
        ("init: 0\nT1: ww(1)\n", Some(Format::Notation)),
        (
            "# a comment\n\n초기값: 0\nThread 1: rr\n",
            Some(Format::Notation),
        ),
        ("P1: ww(1)\ninit: 0\n", Some(Format::Notation)),
        ("\n{\"process\":1,", Some(Format::JsonLines)),
        ("{ \"initial\": 0}", Some(Format::JsonLines)),
        ("{:type :invoke", Some(Format::Edn)),
        ("; a comment\n[", Some(Format::Edn)),
        ("#jepsen.history.Op{:index 0", Some(Format::Edn)),
        ("[{:type :ok}]", Some(Format::Edn)),
        (
            "INFO  jepsen.core - Running\nINFO  jepsen.util - 0\t:invoke\t:read\tnil\n",
            Some(Format::Log),
        ),
        ("0 :invoke :read nil", Some(Format::Log)),
        ("[{\"type\":\"invoke\"", Some(Format::Json)),
        ("[\n  {\n \"type\":\"invoke\"", Some(Format::Json)),
        ("{\"type\":\"invoke\",\"f\":\"read\"}", Some(Format::Json)),
        (
            "{\"index\":0, \"process\":1, \"type\":\"ok\"}",
            Some(Format::Json),
        ),
        (
            "INFO  jepsen.core: Running test:\n{:name \"x\"}\nINFO  jepsen.util: 0 :invoke :read nil\n",
            Some(Format::Log),
        ),
        ("what follows is\n{:type :ok}", Some(Format::Edn)),
        ("process,op,value\n1,read,2\n", None),
        ("", None),
    ] {
        assert_eq!(Format::detect(text.as_bytes()), format, "{text}");
        let marked = format!("\u{feff}{text}");
        if let (Some(format), Ok(history)) = (format, read_as(None, text.as_bytes())) {
            assert_eq!(
                read_as(None, marked.as_bytes()).ok(),
                Some(history),
                "{format}"
            );
        }
    }
}

#[test]
fn jepsen_maps_are_read_however_they_are_written() {
    let expected = "
        init: nil
        T0: wwwwwwwww(1)
        T1:     rrrrrrrrrrr(1)
        T2:   ccccc>(nil>2)
        T4:                  rr(nil)
    ";
    let expected = plain(&read_any(expected));
    for text in [
        "[{:type :invoke, :f :write, :value 1, :process 0, :time 10, :index 0}
          {:type :invoke, :f :cas, :value [nil 2], :process 2, :time 11, :index 1}
          {:type :info, :f :start, :value {:n1 #{:n2}}, :process :nemesis, :time 11}
          {:type :invoke, :f :read, :value nil, :process 1, :time 12, :index 2}
          {:type :ok, :f :write, :value 1, :process 0, :time 13, :index 3}
          {:type :info, :f :cas, :value [nil 2], :process 2, :time 14, :error [:timeout \"a } b\"]}
          {:type :ok, :f :read, :value 1, :process 1, :time 15}
          {:type :invoke, :f :read, :value nil, :process 2, :time 15}
          {:type :ok, :f :read, :value nil, :process 2, :time 16}
          {:type :invoke, :f :read, :value nil, :process 3, :time 16}
          {:type :info, :f :read, :value :timed-out, :process 3, :time 16}]",
        "; a comment
         #jepsen.history.Op{:process 0 :value 1 :f :write :type :invoke}
         #jepsen.history.Op{:process 2 :value [nil 2] :f :cas :type :invoke} ; another
         {:process 1 :f :read :type :invoke}{:process 0 :f :write :type :ok}
         {:process 2 :f :cas :type :info}
         {\"other\" {1 2}, #_ :gone :process 1, :f :read, :type :ok, :value 1}
         {:process 2 :f :read :type :invoke :value nil}
         {:process 2 :f :read :type :ok :value nil}
         {:process 3 :f :read :type :invoke :value nil}
         {:process 3 :f :read :type :fail :value nil} ; the end",
        "INFO  jepsen.core - Running\n
         INFO  jepsen.util - 0\t:invoke\t:write\t1
         INFO  jepsen.util - 2\t:invoke\t:cas\t[nil 2]
         INFO  jepsen.util - :nemesis\t:info\t:start\t\"Cut off {:n1 #{\"
         INFO  jepsen.util - 1\t:invoke\t:read\tnil
         INFO  jepsen.util - 0\t:ok\t:write\t1
         INFO  jepsen.util - 2\t:info\t:cas\t:timed-out
         INFO  jepsen.util - 1\t:ok\t:read\t1
         INFO  jepsen.util - 2\t:invoke\t:read\tnil
         INFO  jepsen.util - 2\t:ok\t:read\tnil
         INFO  jepsen.util - 3\t:invoke\t:read\tnil
         INFO  jepsen.util - 3\t:info\t:read\t\"connection
         INFO  jepsen.core - Run complete, writing",
    ] {
        assert_eq!(plain(&read_any(text)), expected, "{text}");
    }
}

#[test]
fn independent_keys_are_registers() {
    let text = "
        {:type :invoke, :f :write, :value [:x 1], :process 0}
        {:type :invoke, :f :cas, :value [5 [1 2]], :process 1}
        {:type :invoke, :f :read, :value [\"y z\" nil], :process 2}
        {:type :ok, :f :write, :value [:x 1], :process 0}
        {:type :ok, :f :cas, :value [5 [1 2]], :process 1}
        {:type :ok, :f :read, :value [\"y z\" nil], :process 2}
        {:type :invoke, :f :write, :value [:x 3], :process 0}
        {:type :fail, :f :write, :value [:x 3], :process 0}
    ";
    let history = read_any(text);
    let names: Vec<_> = history
        .registers()
        .map(|register| history.name_of(register))
        .collect();
    assert_eq!(names, [None, Some("x"), Some("5"), Some("y z")]);
    assert_eq!(history.failed().len(), 1);
    let again = read_any(&written(&history, Format::JsonLines));
    assert_eq!(plain(&history), plain(&again));
}

#[test]
fn an_unknown_outcome_may_happen_at_any_later_time() {
    let history = read_any(
        r#"{"process":1,"op":"write","value":1,"start":1,"end":3,"outcome":"unknown"}
           {"process":1,"op":"read","value":0,"start":4,"end":6}
           {"process":2,"op":"read","value":1,"start":8,"end":9}
           {"process":2,"op":"write","value":7,"start":10,"end":11,"outcome":"failed"}
           {"initial":0}"#,
    );
    let pending: Vec<bool> = history
        .operations()
        .iter()
        .map(Operation::is_pending)
        .collect();
    let processes = history.processes();
    assert_eq!(pending, [true, false, false]);
    assert_eq!(processes, [1, 2, 3]);
    assert_eq!(history.failed().len(), 1);
    assert!(check(Model::Atomic, &history).holds());
}

#[test]
fn the_initial_value_is_given_absent_or_inferred() {
    let lines = r#"{"process":1,"op":"read","value":7,"start":1,"end":3}"#;
    let edn = "{:process 1 :type :invoke :f :read} {:process 1 :type :ok :f :read :value 7}";
    let of = |text: &str, initial| {
        let options = Options {
            initial,
            ..Options::default()
        };
        read(text.as_bytes(), &options).unwrap().initial().clone()
    };
    assert_eq!(of(lines, None), Value::from(7));
    assert_eq!(of(lines, Some(Initial::Absent)), Value::nil());
    assert_eq!(of(edn, None), Value::nil());
    assert_eq!(of(edn, Some(Initial::Inferred)), Value::from(7));
    assert_eq!(
        of(edn, Some(Initial::Given(Value::from(1)))),
        Value::from(1)
    );
    let said = format!("{{\"initial\":3}}\n{lines}");
    assert_eq!(of(&said, None), Value::from(3));
    assert_eq!(of(&said, Some(Initial::Absent)), Value::nil());
}

/// Events that lie across the edges of the window are read as any other.
#[test]
fn long_files_are_read_through_a_small_window() {
    let operations =
        (0..60_000u64).map(|n| Operation::write((n % 16) as Process, n, 10 * n..=10 * n + 15));
    let history = History::new(Value::nil(), operations).unwrap();
    for format in [Format::JsonLines, Format::Edn, Format::Log] {
        let text = written(&history, format);
        assert!(text.len() > 2 * MAX_RECORD);
        assert_eq!(plain(&read_any(&text)), plain(&history), "{format}");
        let cut = &text[..text.len() - 7];
        if format != Format::Log {
            let error = read_as(None, cut.as_bytes()).unwrap_err().to_string();
            let last = text.lines().count();
            assert!(error.starts_with(&format!("line {last}, ")), "{error}");
        }
    }
}

/// What was found in files of stores and of other checkers, each with the picture of what it says.
#[test]
fn files_of_others_are_read() {
    let cases: &[(&str, &str)] = &[
        // The order of the lines is the truth.
        (
            "{:type :invoke, :f :write, :value 1, :process 0, :time 100}
             {:type :invoke, :f :read, :value nil, :process 1, :time 99}
             {:type :ok, :f :write, :value 1, :process 0, :time 200}
             {:type :ok, :f :read, :value 1, :process 1, :time 210}",
            "init: nil\nT0: www(1)\nT1:  rrr(1)",
        ),
        // A log with what the test was given on top, and an analysis that repeats events at its end.
        (
            "2024-01-01 10:00:00,100{GMT}\tINFO\t[jepsen test runner] jepsen.core: Running test:
{:name \"x\"
 :nodes [\"n1\"]}
2024-01-01 10:00:01,100{GMT}\tINFO\t[jepsen worker 0] jepsen.util: 0\t:invoke\t:write\t1
2024-01-01 10:00:01,101{GMT}\tINFO\t[jepsen worker 1] jepsen.util: 1\t:invoke\t:read\tnil
2024-01-01 10:00:01,102{GMT}\tINFO\t[jepsen worker 0] jepsen.util: 0\t:ok\t:write\t1
2024-01-01 10:00:01,103{GMT}\tINFO\t[jepsen worker 1] jepsen.util: 1\t:ok\t:read\t1
0\t:invoke\t:write\t1",
            "init: nil\nT0: www(1)\nT1:  rrr(1)",
        ),
        // JSON: an array, and lines.
        (
            r#"[{"type":"invoke","f":"write","value":1,"process":0,"time":1,"index":0},
                {"type":"ok","f":"write","value":1,"process":0,"time":2,"index":1},
                {"type":"invoke","f":"read","value":null,"process":1,"time":3,"error":{"a":[1,"b"]}},
                {"type":"ok","f":"read","value":1,"process":1,"time":4,"index":3}]"#,
            "init: nil\nT0: ww(1)\nT1:   rr(1)",
        ),
        (
            "{\"type\":\"invoke\",\"f\":\"cas\",\"value\":[\"x\",[null,-1]],\"process\":0}\n\
             {\"type\":\"ok\",\"f\":\"cas\",\"value\":[\"x\",[null,-1]],\"process\":0}",
            "init: nil\nT0: cc:x(nil>-1)",
        ),
        // Values with a version, also of a swap.
        (
            "{:type :invoke, :f :write, :value [3 [nil 1]], :process 0}
             {:type :ok, :f :write, :value [3 [1 1]], :process 0}
             {:type :invoke, :f :cas, :value [3 [nil [1 2]]], :process 1}
             {:type :ok, :f :cas, :value [3 [2 [1 2]]], :process 1}",
            "init: nil\nT0: ww:3(1)\nT1:   cc:3(1>2)",
        ),
        // Transactions of one operation.
        (
            "{:type :invoke, :f :txn, :value [[:w :x 1]], :process 0, :index 0}
             {:type :ok, :f :txn, :value [[:w :x 1]], :process 0, :index 1}
             {:type :invoke, :f :txn, :value [[:r :x nil]], :process 1, :index 2}
             {:type :ok, :f :txn, :value [[:r :x 1]], :process 1, :index 3}",
            "init: nil\nT0: ww:x(1)\nT1:   rr:x(1)",
        ),
        // A mutex.
        (
            "{:type :invoke, :f :acquire, :process 1}
             {:type :ok, :f :acquire, :process 1}
             {:type :invoke, :f :release, :value nil, :process 1}
             {:type :ok, :f :release, :value nil, :process 1}",
            "init: nil\nT1: cc(nil>held) cc(held>nil)",
        ),
        // Values of other kinds.
        (
            "{:type :invoke, :f :write, :value :a, :process 0}
             {:type :ok, :f :write, :value :a, :process 0}
             {:type :invoke, :f :write, :value \"light (blue)\", :process 0}
             {:type :ok, :f :write, :value \"light (blue)\", :process 0}
             {:type :invoke, :f :write, :value -1, :process 0}
             {:type :ok, :f :write, :value -1, :process 0}",
            "init: nil\nT0: ww(a) ww(\"light \\u0028blue\\u0029\") ww(-1)",
        ),
        // Keys and words of a key-value store.
        (
            "{:process 0, :type :invoke, :f :put, :key \"k\", :value \"v\"}
             {:process 0, :type :ok, :f :put, :key \"k\", :value \"v\"}
             {:process 1, :type :invoke, :f :get, :key \"k\", :value nil}
             {:process 1, :type :ok, :f :get, :key \"k\", :value \"v\"}",
            "init: nil\nT0: ww:k(v)\nT1:   rr:k(v)",
        ),
        // Names, other fields, and instants with a fraction.
        (
            r#"{"process":"a","op":"write","key":"k","value":"v","start":1,"end":2.5,"node":"n1"}
               {"process":"b","op":"read","key":"k","value":"v","start":2.75,"end":3}
               {"initial":null}"#,
            "init: nil\nT1: ww:k(v)\nT2:   rr:k(v)",
        ),
        // No commas, and no space that is not needed.
        (
            "[{:process 0,:type :invoke,:f :write,:value 1}{:process 0 :type :ok :f :write :value 1}]",
            "init: nil\nT0: ww(1)",
        ),
    ];
    for (text, picture) in cases {
        let history = read_any(text);
        let said = plain(&history);
        assert_eq!(said.0, plain(&read_any(picture)).0, "{text}");
        // Whatever is read is also written and read again, and read where it is compressed.
        for format in Format::ALL {
            let mut out = Vec::new();
            if write(&history, format, &mut out).is_ok() {
                let again = read_as(None, &out).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(plain(&again).0, said.0, "{format}: {text}");
            }
        }
        let mut gzipped = Vec::new();
        let mut encoder = GzEncoder::new(text.as_bytes(), Compression::fast());
        encoder.read_to_end(&mut gzipped).unwrap();
        assert_eq!(plain(&read_as(None, &gzipped).unwrap()), said);
    }
}

#[test]
fn what_is_no_error_is_noted() {
    let cases: &[(&str, &str)] = &[
        (
            "{:type :invoke, :f :read, :process 0, :time 100}\n\n{:type :ok, :f :read, :value 1, :process 0, :time 99}",
            "the time runs backwards at line 3, 1 time in all, by up to 1 ns: the order of the lines is taken for that of \
             the events",
        ),
        (
            "{:type :invoke, :f :read, :process :ann, :value [1 [nil nil]]}\n{:type :ok, :f :read, :value [1 [2 1]], \
             :process :ann}",
            "of values such as `[version value]` the version is passed over; ann is Thread 1",
        ),
        (
            "{\"process\":1,\"op\":\"read\",\"value\":0,\"start\":1,\"end\":2}\n\
             {\"process\":1,\"op\":\"read\",\"vlaue\":0,\"start\":3,\"end\":4}",
            "passed over, as fields that say nothing here: `vlaue` (first at line 2)",
        ),
        (
            "{\"process\":1,\"op\":\"write\",\"value\":1,\"start\":1000,\"end\":1001}\n\
             {\"process\":1,\"op\":\"read\",\"value\":1,\"start\":1001,\"end\":1002}",
            "the clock is coarse: in 1 of its ticks a process ends an operation and begins another, in this order; \
             instants are counted in 16 parts of a tick",
        ),
        ("init: 0\nT1: rr(0)", ""),
    ];
    for (text, expected) in cases {
        let (_, notes) = read_with_notes(text.as_bytes(), &Options::default()).unwrap();
        let said: Vec<String> = notes.iter().map(ToString::to_string).collect();
        assert_eq!(said.join("; "), *expected, "{text}");
    }
}

proptest! {
    /// What is read precedes what it precedes by the clock, and what comes later in its process; nothing else.
    #[test]
    fn a_coarse_clock_orders_one_process_and_no_more(
        lives in prop::collection::vec(prop::collection::vec((0_u64..2, 0_u64..3), 1..5), 1..4),
    ) {
        let mut lines = String::from("{\"initial\":0}\n");
        let mut told = Vec::new();
        for (process, life) in lives.iter().enumerate() {
            let mut now = 5;
            for (nth, &(gap, length)) in life.iter().enumerate() {
                let (start, end) = (now + gap, now + gap + length);
                now = end;
                told.push((process, nth, start, end));
                lines += &format!(
                    "{{\"process\":{process},\"op\":\"write\",\"value\":1,\"start\":{start},\"end\":{end}}}\n"
                );
            }
        }
        // Where two processes do so within one tick, nobody can tell.
        if let Ok(history) = read_as(None, lines.as_bytes()) {
            for (a, &(process, nth, _, end)) in told.iter().enumerate() {
                for (b, &(other, later, start, _)) in told.iter().enumerate() {
                    let is_before = end < start || process == other && nth < later;
                    prop_assert_eq!(history.precedes(a, b), is_before, "{} {} {}", a, b, lines);
                }
            }
        }
    }
}

/// Also by the strict model, to which the order of invocations matters, and which of them share an instant.
#[test]
fn every_verdict_is_the_same_after_writing_and_reading() {
    let mut written = [0; Format::ALL.len()];
    for case in 0..3_000 {
        let mut random = Random::new(case);
        let kind = Small::any(7, &mut random);
        let history = small(kind, &mut random);
        let verdicts = |history: &History| Model::ALL.map(|model| check::meets(model, history));
        for (format, written) in Format::ALL.into_iter().zip(&mut written) {
            let mut out = Vec::new();
            if write(&history, format, &mut out).is_err() {
                continue;
            }
            *written += 1;
            let again = read_as(Some(format), &out).unwrap_or_else(|error| panic!("{error}"));
            let text = String::from_utf8_lossy(&out);
            assert_eq!(
                verdicts(&again),
                verdicts(&history),
                "{format}: {history:?}\n{text}"
            );
        }
    }
    assert!(written.iter().all(|&count| count > 300), "{written:?}");
}

#[test]
fn a_failed_swap_may_have_found_another_value() {
    let text = "0 :invoke :write 1\n0 :ok :write 1\n1 :invoke :cas [1 2]\n1 :fail :cas [1 2]";
    let mut options = Options::default();
    let judged = |options: &Options| {
        let history = read(text.as_bytes(), options).unwrap();
        histories::check(histories::Model::Atomic, &history).holds()
    };
    assert!(judged(&options));
    options.failed_swaps = FailedSwaps::FoundAnother;
    assert!(!judged(&options));
}

/// Transactions, in each format that has them.
#[test]
fn transactions_are_read_from_every_format() {
    use histories::formats::{locate_transactions, read_transactions};
    use histories::transactions::Outcome;

    let edn = "
        {:type :invoke, :f :txn, :value [[:r :x nil] [:w 5 1]], :process 0}
        {:type :info, :f :start, :process :nemesis}
        {:type :ok, :f :txn, :value [[:r :x \"a\"] [:w 5 1]], :process 0}
        {:type :invoke, :f :txn, :value [[:w :x nil]], :process 0}
        {:type :info, :f :txn, :value [[:w :x nil]], :process 0}
        {:type :invoke, :f :txn, :value [], :process 0}
        {:type :fail, :f :txn, :value [], :process 0}
        {:type :invoke, :f :read, :value [:x nil], :process 3}
    ";
    let json = r#"[
        {"type":"invoke","f":"txn","value":[["r","x",null],["w",5,1]],"process":0},
        {"type":"ok","f":"txn","value":[["r","x","a"],["w",5,1]],"process":0},
        {"type":"invoke","f":"txn","value":[["w","x",null]],"process":0},
        {"type":"info","f":"txn","value":[["w","x",null]],"process":0},
        {"type":"invoke","f":"txn","value":[],"process":0},
        {"type":"fail","f":"txn","value":[],"process":0},
        {"type":"invoke","f":"read","value":["x",null],"process":3}]"#;
    let log = "
        0 :invoke :txn [[:r :x nil] [:w 5 1]]
        0 :ok :txn [[:r :x a] [:w 5 1]]
        0 :invoke :txn [[:w :x nil]]
        0 :info :txn :timed-out
        0 :invoke :txn []
        0 :fail :txn :aborted
        3 :invoke :read [:x nil]
    ";
    let jsonl = r#"
        {"process":0,"txn":[["r","x","a"],["w",5,1]],"start":0,"end":1}
        {"process":0,"txn":[["w","x",null]],"start":2,"end":3,"outcome":"unknown"}
        {"process":0,"txn":[],"start":4,"end":5,"outcome":"failed"}
        {"process":3,"txn":[["r","x"]],"start":6}"#;
    for (text, lines) in [(edn, 4), (json, 3), (log, 3), (jsonl, 2)] {
        let refused = read(text.as_bytes(), &Options::default()).unwrap_err();
        assert!(refused.is_of_transactions(), "{refused}");
        let (history, _) = read_transactions(text.as_bytes(), &Options::default())
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
        let all = history.all();
        let ended: Vec<Outcome> = all.iter().map(|it| it.outcome).collect();
        use Outcome::{Aborted, Committed, Unknown};
        assert_eq!(ended, [Committed, Unknown, Aborted, Unknown], "{text}");
        let does: Vec<String> = (0..4).map(|at| history.describe(at)).collect();
        assert_eq!(does, ["r x=a  w 5=1", "w x=nil", "", "r x"], "{text}");
        let wanted = [(all[0].process, all[0].interval.completed.unwrap())];
        let places = locate_transactions(text.as_bytes(), &Options::default(), &wanted).unwrap();
        assert_eq!(places[0].map(|it| it.line), Some(lines), "{text}");
    }
    for (text, expected) in [
        (
            "{:type :invoke, :f :txn, :value [[:append 1 2]], :process 0}",
            "line 1, column 33, field :value: `append` is nothing",
        ),
        (
            "{:type :invoke, :f :txn, :value [[:r 1]], :process 0}",
            "line 1, column 39, field :value: ']' stands here in place of a value",
        ),
        (
            "{:type :invoke, :f :txn, :value [:r 1 2], :process 0}",
            "line 1, column 33, field :value: `[:r 1 2]` stands here",
        ),
        (
            "{:type :invoke, :f :txn, :process 0}",
            "line 1, column 1, field :value: it is missing",
        ),
        (
            "{:type :invoke, :f :cas, :value [1 [2 3]], :process 0}",
            "line 1, column 20, field :f: `cas` stands here",
        ),
        (
            "{:type :ok, :f :txn, :value [[:w 1 2]], :process 0}",
            "line 1, column 50, field :process: process 0 completes an operation that it has not",
        ),
        (
            "{:type :invoke, :f :txn, :value [[:w 1 2]], :process 0}\n{:type :ok, :f :txn, :value [[:w 1 3]], :process 0}",
            "line 2, column 29, field :value: process 0 completes this one",
        ),
        (
            "{\"process\":0,\"txn\":[[\"x\",1,2]],\"start\":1}",
            "line 1, column 30: this is no JSON object: a part of a transaction",
        ),
        (
            "{\"process\":0,\"txn\":[[\"w\",1]],\"start\":1}",
            "line 1, column 1, field txn: it is missing",
        ),
        ("init: 0\nT1: ww(1)", "line 1, column 1: this is a picture"),
        (
            "{\"process\":0,\"txn\":[],\"start\":1,\"end\":5}\n{\"process\":0,\"txn\":[],\"start\":4,\"end\":6}",
            "line 2, column 41: process 0 begins a transaction at 4 while",
        ),
    ] {
        let error = read_transactions(text.as_bytes(), &Options::default())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(expected), "{text}\n{error}\n{expected}");
    }
}

/// What the nemesis did stands between the events.
#[test]
fn the_nemesis_is_noted() {
    use histories::formats::{Note, read_with_notes};

    let text = "
        {:type :invoke, :f :write, :value 1, :process 0}
        {:type :info, :f :cut, :process :nemesis}
        {:type :info, :f :cut, :value \"n1\", :process :nemesis}
        {:type :ok, :f :write, :value 1, :process 0}
        {:type :info, :f :heal, :process :nemesis}
    ";
    let (_, notes) = read_with_notes(text.as_bytes(), &Options::default()).unwrap();
    let faults = vec![(1, "cut".to_owned()), (2, "heal".to_owned())];
    assert_eq!(notes, [Note::Nemesis { faults }]);
    assert_eq!(notes[0].to_string(), "the nemesis did: cut, heal");
}
