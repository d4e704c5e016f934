use super::*;
use crate::{Operation, Value};

const NOTE: &str = "\
init: 0
Thread 1:      wwwww(1)     wwwww(2)
Thread 2:   rrrrr                rrrrr
Thread 3:   rrrrr  rrrrr
";

fn parse(text: &str) -> Timeline {
    text.parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn columns_are_instants() {
    let history = parse(NOTE).history;
    let expected = [
        Operation::write(1, 1, 15..=19),
        Operation::write(1, 2, 28..=32),
        Operation::question(2, 12..=16),
        Operation::question(2, 33..=37),
        Operation::question(3, 12..=16),
        Operation::question(3, 19..=23),
    ];
    assert_eq!(history.operations(), expected);
    assert!(
        history.precedes(1, 3),
        "Thread 2's second read comes after the write of 2"
    );
    assert!(
        history.concurrent(0, 5),
        "Thread 3's second read overlaps the write of 1"
    );
}

#[test]
fn the_note_in_its_own_words_is_understood() {
    let korean =
        "초기값 : 0\nThread 1:      wwwww(1)     wwwww(2)\nThread 2:   rrrrr               rrrrr\n";
    let history = parse(korean).history;
    assert_eq!(history.initial(), &Value::from(0));
    assert!(
        history.concurrent(1, 3),
        "as drawn in the note, the last read shares a column with the write of 2"
    );
}

#[test]
fn korean_names_of_threads_take_the_columns_that_they_fill() {
    let korean = NOTE.replace("Thread", "스레드").replace("init", "초기값");
    assert_eq!(parse(&korean).history, parse(NOTE).history);
    let mixed = NOTE.replace("Thread 2", "스레드 2");
    assert_eq!(parse(&mixed).history, parse(NOTE).history);
    let error = korean.replace("(2)", "(2").parse::<Timeline>().unwrap_err();
    let latin = NOTE.replace("(2)", "(2").parse::<Timeline>().unwrap_err();
    let lacks = "Thread".chars().count() - "스레드".chars().count();
    assert_eq!(error.column, latin.column - lacks);
    assert_eq!(error.problem, latin.problem);
}

#[test]
fn a_block_is_read_with_its_fence() {
    for fence in ["```", "```text", "~~~"] {
        let fenced = format!("{fence}\n{NOTE}{}\n", &fence[..3]);
        assert_eq!(parse(&fenced).history, parse(NOTE).history);
    }
}

#[test]
fn full_width_characters_are_named() {
    let cases = [
        ("init：0\nT1: ww(1)\n", 1, 5, '：', ':'),
        ("init: 0\nT1: ww（1)\n", 2, 7, '（', '('),
        ("init: 0\nT1: ww(１)\n", 2, 8, '１', '1'),
        ("init: 0\nT１: ww(1)\n", 2, 2, '１', '1'),
        ("init: 0\nT1:\u{3000}ww(1)\n", 2, 4, '\u{3000}', ' '),
    ];
    for (text, line, column, found, meant) in cases {
        let error = text.parse::<Timeline>().unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{text}");
        assert_eq!(error.problem, Problem::Wide { found, meant }, "{text}");
    }
    let quoted = parse("init: 0\nT1: ww(\"（１）\")\n");
    assert_eq!(
        quoted.history.operations()[0].written(),
        Some(&Value::text("（１）"))
    );
}

#[test]
fn a_drawing_is_as_small_as_its_precedence_allows() {
    let expected = "\
init: 0
Thread 1:  wwwwwwwwwwww(1)  wwwww(2)
Thread 2:  rrrrr                 rrrrr
Thread 3:  rrrrr  rrrrr
";
    let drawn = parse(NOTE).to_string();
    assert_eq!(drawn, expected);
    assert_eq!(
        parse(&drawn).history.compact(),
        parse(NOTE).history.compact()
    );
}

#[test]
fn marks_and_steps_are_kept() {
    let picture = "\
init: 0
Thread 1:         ww2w3ww(1)
Thread 2:  rr1rrrrrrrrrrrrr4rr(0|1)
     1  T2  word[0] -> 0
     2  T1  word[0] := 1
     3  T1  word[1] := 1
     4  T2  word[1] -> 1        <- the halves disagree
";
    let timeline = parse(picture);
    let marked: Vec<usize> = timeline.marks.iter().map(|mark| mark.operation).collect();
    assert_eq!(marked, [1, 0, 0, 1]);
    assert_eq!(timeline.steps[3].access, "word[1] -> 1");
    assert_eq!(
        timeline.steps[3].remark.as_deref(),
        Some("the halves disagree")
    );
    let again = parse(&timeline.to_string());
    assert_eq!(again.steps, timeline.steps);
    assert_eq!(again.history.compact(), timeline.history.compact());
    assert_eq!(
        again.to_string(),
        timeline.to_string(),
        "drawing is a fixed point"
    );
}

#[test]
fn marks_beyond_nine_have_two_digits() {
    let mut history = Vec::new();
    let mut marks = Vec::new();
    history.push(Operation::write(1, 1, 0..=200));
    for at in 1..=12 {
        marks.push(Mark {
            operation: 0,
            at: at * 10,
        });
    }
    let history = History::new(0, history).unwrap();
    let timeline = Timeline {
        network: Network::default(),
        continued: Vec::new(),
        history,
        marks,
        steps: Vec::new(),
    };
    let drawn = timeline.to_string();
    assert!(drawn.contains("w9w10w11w12ww(1)"), "{drawn}");
    assert_eq!(parse(&drawn).marks.len(), 12);
}

#[test]
fn crashes_are_drawn_to_the_edge() {
    let drawn = parse("init: 3\nT1:  ww(1)  ww>(2)\nT2:  rr>\nT3:            rr(1)\n").to_string();
    let expected = "\
init: 3
Thread 1:  wwwww(1)  wwwwww>(2)
Thread 2:  rrrrrrrrrrrrrrrr>
Thread 3:            rrrrr(1)
";
    assert_eq!(drawn, expected);
}

/// What is wrong with a text, where, and how it is said.
#[test]
fn errors_say_what_and_where() {
    let wide = format!("init: 0\nT1: {}", "r".repeat(20_000));
    let cases = [
        (
            "",
            "line 1, column 1: there is no operation here: write lines such as `Thread 1:  wwww(1)` and `Thread 2:    rrrr`",
        ),
        ("init: 0\n", "line 1, column 1: there is no operation"),
        (
            "T1:  ww(1)\n",
            "line 1, column 1: what does the register hold at first? Add a line such as `init: 0`",
        ),
        (
            "init: 1x\n",
            "line 1, column 7: `1x` is not a value: write a whole number, or several separated by `|`",
        ),
        (
            "init: 0\ninit: 1\n",
            "line 2, column 1: the initial value is given twice",
        ),
        (
            "init: 0\n   wwwww(1)\n",
            "line 2, column 4: this line belongs to no thread",
        ),
        (
            "init: 0\nfoo: ww(1)\n",
            "line 2, column 1: this line belongs to no thread",
        ),
        (
            "init: 0\nThread x: ww(1)\n",
            "line 2, column 1: `Thread x` is no thread number",
        ),
        (
            "init: 0\nThread : ww(1)\n",
            "line 2, column 1: `Thread` is no thread number",
        ),
        (
            "init: 0\nT99999999999: ww(1)\n",
            "line 2, column 1: `T99999999999` is no thread number",
        ),
        (
            "init: 0\nT1: ww(1\n",
            "line 2, column 7: this `(` is never closed",
        ),
        (
            "init: 0\nT1: ww(1ne)\n",
            "line 2, column 8: `1ne` is not a value",
        ),
        ("init: 0\nT1: ww()\n", "line 2, column 8: `` is not a value"),
        (
            "init: 0\nT1: ww(18446744073709551616)\n",
            "line 2, column 8: `18446744073709551616` is not a value",
        ),
        (
            "init: 0\nT1: wwrr(1)\n",
            "line 2, column 7: an operation does one thing",
        ),
        (
            "init: 0\nT1: ww(1)rr\n",
            "line 2, column 10: an operation does one thing",
        ),
        (
            "init: 0\nT1: wwww\n",
            "line 2, column 5: a write says what it writes",
        ),
        (
            "init: 0\nT1: ww(1)>\n",
            "line 2, column 10: `>` stands before the value",
        ),
        (
            "init: 0\nT1: rr>(1)\n",
            "line 2, column 8: a read that never completed returned nothing",
        ),
        (
            "init: 0\nT1: ww(1) x\n",
            "line 2, column 11: the character 'x' has no meaning here",
        ),
        (
            "init: 0\nT1:\tww(1)\n",
            "line 2, column 4: columns are time, and a tab has no width of its own: use spaces",
        ),
        (
            "init: 0\nT1: wwww(1)\nT1:   rr\n",
            "line 3, column 7: Thread 1 invokes an operation at 7 while its operation invoked at 5 still runs",
        ),
        (
            "init: 0\nT1: w2w(1)\n",
            "line 2, column 6: mark 2 is here, but there is no mark 1",
        ),
        (
            "init: 0\nT1: w1w1w(1)\n",
            "line 2, column 8: mark 1 stands here a second time",
        ),
        (
            "init: 0\nT1: w2w1w(1)\n",
            "line 2, column 6: mark 2 stands left of mark 1",
        ),
        (
            "init: 0\nT1: w99999999999999999999w(1)\n",
            "line 2, column 6: 99999999999999999999 is no mark",
        ),
        (
            "init: 0\nT1: w1w(1)\n 1 T2 a := 1\n",
            "line 3, column 1: step 1 is said to be Thread 2's, but mark 1 stands in Thread 1",
        ),
        (
            "init: 0\nT1: w1w2w(1)\n 1 T1 a := 1\n",
            "line 3, column 1: the list ends at step 1, but the picture has 2 marks",
        ),
        (
            "init: 0\nT1: www(1)\n 1 T1 a := 1\n",
            "line 3, column 1: step 1 has no mark 1 in the picture",
        ),
        (
            "init: 0\nT1: w1w(1)\n 1 T1\n",
            "line 3, column 2: this step accesses nothing",
        ),
        (
            &wide,
            "line 2, column 1: this line has 20004 columns, more than 10000",
        ),
    ];
    for (text, expected) in cases {
        let error = text.parse::<Timeline>().expect_err(text).to_string();
        assert!(
            error.starts_with(expected),
            "\n  said     {error}\n  expected {expected}"
        );
    }
    let long = "#".repeat(MAX_LENGTH + 1);
    assert_eq!(
        long.parse::<Timeline>().unwrap_err().problem,
        Problem::TooLong
    );
}

#[test]
fn registers_swaps_and_failures_are_drawn_as_they_are_typed() {
    let typed = "\
init: nil
init y: 3
Thread 1:  wwwww:x(1)     ccccc:x(1>2)     wwwww!:x(7)     ccccc(nil>1?)
Thread 2:  rrrrr:y(3)     rrrrr:x(1)       rrrrr:x         ccccc>:x(2>5)
Thread 3:  ccccc:y(9>1!)                                   rrrrr(nil)
";
    let timeline: Timeline = typed.parse().unwrap();
    let history = &timeline.history;
    assert_eq!(history.failed(), [Operation::write(1, 7, 43..=47).on(1)]);
    assert_eq!(history.initial_of(2), &Value::from(3));
    assert_eq!(history.initial_of(1), &Value::nil());
    let drawn = timeline.to_string();
    let again: Timeline = drawn.parse().unwrap();
    assert_eq!(again.history.compact(), history.compact(), "\n{drawn}");
    assert_eq!(again.to_string(), drawn);
    for (text, problem) in [
        ("init: 0\nT1:  cc(1)", Problem::NotASwap),
        ("init: 0\nT1:  ww:(1)", Problem::NoName),
        ("init: 0\nT1:  rr!(1)", Problem::FailedRead),
        (
            "init: 0\ninit x: 1\nT1:  ww(1)",
            Problem::InitialOf("x".to_owned()),
        ),
    ] {
        assert_eq!(
            text.parse::<Timeline>().unwrap_err().problem,
            problem,
            "{text}"
        );
    }
}

/// A picture of a network is drawn as it is typed.
#[test]
fn replicas_messages_cuts_and_threads_that_go_on_are_drawn_as_they_are_typed() {
    let typed = "\
init: 0
Thread 1:     wwwwwwwwwwwwwwwwwwwwwwwwww(1)
Thread 2, 4:  rrrrrrrrrr>         rr5rr(0)
Thread 3:                            rrrr(0)
Replica A:    0  1(1)   3
Replica B:    0       2        4
Replica C:    0
cut:             ---- A B | C -----
     1  T1 -> A  store 1, version 1
     2  T2 -> B  ask
     3  A -> A   note                <- to itself
     4  B        suspects A
     5  B -> T4  it is 0
";
    let timeline: Timeline = typed.parse().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(timeline.continued, [(4, 2)]);
    assert_eq!(timeline.history.processes(), [1, 2, 3, 4]);
    let messages = &timeline.network.messages;
    assert_eq!(messages[0].from, Some(Place::Thread(1)));
    assert_eq!(messages[0].held, Some(1.into()));
    assert_eq!(messages[3].from, None);
    assert_eq!(timeline.network.cuts[0].sides, "A B | C");
    let drawn = timeline.to_string();
    let again: Timeline = drawn
        .parse()
        .unwrap_or_else(|error| panic!("{error}\n{drawn}"));
    assert_eq!(again.to_string(), drawn);
    assert_eq!(
        again.history.compact(),
        timeline.history.compact(),
        "\n{drawn}"
    );
    assert_eq!(again.network.messages.len(), 5);
    assert!(drawn.contains("Thread 2, 4:  r"), "\n{drawn}");
}

/// Who goes on after an operation that never completed is another process, with a number that nobody has.
#[test]
fn a_thread_may_go_on_after_giving_up() {
    let typed = "init: 0\nT1: ww>(1)  rr(0)  ww>(2)   rr(1)\nT2:        rr(0)\n";
    let timeline: Timeline = typed.parse().unwrap();
    assert_eq!(timeline.history.processes(), [1, 2, 3, 4]);
    assert_eq!(timeline.continued, [(3, 1), (4, 3)]);
    let drawn = timeline.to_string();
    assert!(drawn.contains("Thread 1, 3, 4:"), "\n{drawn}");
    let again: Timeline = drawn
        .parse()
        .unwrap_or_else(|error| panic!("{error}\n{drawn}"));
    assert_eq!(again.to_string(), drawn);
    assert_eq!(
        again.history.compact(),
        timeline.history.compact(),
        "\n{drawn}"
    );
}

#[test]
fn what_is_wrong_with_a_network_is_said() {
    let cases = [
        (
            "T1: ww(1)\nReplica a: 0\n",
            "line 3, column 1: `a` is not what a replica has here",
        ),
        (
            "T1: ww(1)\nReplica A:\n",
            "line 3, column 11: `` is not what a replica has here",
        ),
        (
            "T1: ww(1)\nReplica A: 0 x\n",
            "line 3, column 14: `x` is not what a replica has here",
        ),
        (
            "T1: ww(1)\nReplica A: 0 1(1x)\n",
            "line 3, column 14: `1(1x)` is not what a replica has here",
        ),
        (
            "T1: ww(1)\nReplica A: 0 2\n",
            "line 3, column 14: mark 2 is here, and mark 1 is due",
        ),
        (
            "T1: ww(1)\ncut: --- A B ---\n",
            "line 3, column 6: a cut is written as",
        ),
        (
            "T1: ww(1)\ncut: A | B\n",
            "line 3, column 6: a cut is written as",
        ),
        (
            "T1: ww(1)\nReplica A: 0 1\nReplica B: 0\n 1 T1 -> B store\n",
            "line 5, column 1: step 1 is said to be at B, but mark 1 stands at A",
        ),
        (
            "T1: ww(1)\n 1 T1 -> B store\n",
            "line 3, column 1: step 1 is of a message, and there is no `Replica A:` line",
        ),
        (
            "T1: ww(1)\nReplica A: 0 1 2\n 1 T1 -> A store\n",
            "line 3, column 16: the list ends before step 2",
        ),
        (
            "T1: ww(1)\nReplica A: 0\n 1 T1 -> A store\n",
            "line 4, column 1: `store` has no mark in the picture",
        ),
    ];
    for (text, expected) in cases {
        let text = format!("init: 0\n{text}");
        let error = text.parse::<Timeline>().expect_err(&text).to_string();
        assert!(
            error.starts_with(expected),
            "\n  said     {error}\n  expected {expected}"
        );
    }
}
