//! The table that is stored says what a new run finds.

use std::time::Duration;

use demos::commands::table::{Row, classify_quietly, stored};
use registers::catalogue::Register;

/// How to store it anew.
const ANEW: &str = "cargo run --release -- table --run --save demos/data/table.json";

#[test]
fn the_table_is_what_a_new_run_finds() {
    let stored = stored();
    let all: Vec<Register> = Register::everything().collect();
    let names: Vec<&str> = stored
        .rows
        .iter()
        .map(|row| row.register.as_str())
        .collect();
    let expected: Vec<&str> = all.iter().map(|register| register.name()).collect();
    assert_eq!(names, expected, "store it anew: {ANEW}");

    for (&register, stored) in all.iter().zip(&stored.rows) {
        let found = classify_quietly(register, Duration::from_millis(20)).unwrap();
        let fresh = Row::of(register, &found);
        // What a short run of real threads happens to show may be less than a long one did, but never more than is known.
        let class =
            |row: &Row| ["not even safe", "safe", "regular", "atomic"].map(|it| it == row.is);
        let is = |row: &Row| class(row).iter().position(|&it| it);
        assert!(is(&fresh) >= is(stored), "{fresh:?}\nstored: {stored:?}");
        let fresh = Row {
            is: stored.is.clone(),
            ..fresh
        };
        assert_eq!(
            fresh.without_stress(),
            stored.clone().without_stress(),
            "store it anew: {ANEW}"
        );
    }
}

#[test]
fn every_register_is_what_the_catalogue_says() {
    let stored = stored();
    for register in Register::everything() {
        let row = stored
            .rows
            .iter()
            .find(|row| row.register == register.name());
        let row = row.expect("each has a row");
        let truth = register.truth();
        let truth = truth.map_or_else(|| "not even safe".to_owned(), |class| class.to_string());
        let classes = ["not even safe", "safe", "regular", "atomic"];
        let rank = |class: &str| classes.iter().position(|it| *it == class);
        if row.kind == "broken" {
            assert_eq!(row.is, truth, "{}", row.register);
            assert!(rank(&row.is) < rank(&row.claims), "{}", row.register);
        } else {
            // It may be more than it claims, as far as can be told.
            assert!(rank(&row.is) >= rank(&truth), "{}", row.register);
        }
    }
}

#[test]
fn what_can_be_seen_was_explored_to_the_end() {
    for row in &stored().rows {
        assert!(row.operations.is_some_and(|it| it >= 2), "{}", row.register);
    }
}

#[test]
fn who_claims_to_be_wait_free_has_a_bound() {
    for row in &stored().rows {
        for (claimed, steps) in [(&row.read, row.read_steps), (&row.write, row.write_steps)] {
            assert_eq!(claimed == "wait-free", steps.is_some(), "{}", row.register);
        }
    }
}
