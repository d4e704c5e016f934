//! The ladder in the document about replicas is what exploring finds.

use histories::Model;
use registers::catalogue::Register;
use replicas::catalogue::Listed;
use replicas::experiments::rung;
use replicas::experiments::rungs::on_the_ladder;

#[allow(dead_code, reason = "more of it is used elsewhere")]
mod common;

const DOCUMENT: &str = "docs/replicas.md";

/// The names in backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_ladder_is_what_exploring_finds() {
    let document = std::fs::read_to_string(common::root().join(DOCUMENT));
    let document = document.expect("there is such a document");
    let table = document.split("<!-- the ladder, twice -->\n").nth(1);
    let rows = table.expect("there is a ladder").lines().skip(2);
    let mut compared = 0;
    for line in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let expected = match cells[1].split(',').next().unwrap_or_default() {
            "none" => None,
            name => Some(name.parse().expect("a rung is a model")),
        };
        for name in names(cells[2]) {
            let register = Register::named(name).unwrap_or_else(|| panic!("no register {name}"));
            let is = register.truth().map(Model::from);
            assert_eq!(is, expected, "{name}");
            compared += 1;
        }
        for name in names(cells[3]) {
            let protocol = Listed::named(name).unwrap_or_else(|| panic!("no protocol {name}"));
            // Among registers of one writer the two regular models are one rung.
            let is = on_the_ladder(&rung(protocol)).map(|is| match is {
                Model::StrongRegular => Model::Regular,
                is => is,
            });
            assert_eq!(is, expected, "{name}");
            let swaps = cells[1].ends_with("compare-and-swap");
            assert!(!swaps || protocol.claims().swaps, "{name}");
            compared += 1;
        }
    }
    assert_eq!(compared, 16);
}
