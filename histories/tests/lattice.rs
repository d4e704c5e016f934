//! The histories that tell the models apart are as small as can be, and the page that shows them is what they give.
//!
//! `UPDATE_LATTICE=1 cargo test --release -p histories --test lattice -- --include-ignored` searches everything anew,
//! for some minutes, and writes what it finds.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use histories::check::naive;
use histories::lattice::{Extent, Lattice, Separating, apart};
use histories::{Model, Timeline};

fn file(name: &str) -> PathBuf {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/lattice");
    source.join(name)
}

fn pairs() -> impl Iterator<Item = (Model, Model)> {
    let of = |from| Model::ALL.into_iter().map(move |to| (from, to));
    Model::ALL.into_iter().flat_map(of)
}

fn size(separating: &Separating) -> usize {
    separating.history.operations().len()
}

/// Compares a file with what it should hold, or writes it.
fn is_kept(name: &str, expected: &str) {
    let path = file(name);
    if std::env::var_os("UPDATE_LATTICE").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert_eq!(
        kept,
        expected,
        "{} is out of date: see the head of this test",
        path.display()
    );
}

#[test]
fn a_model_implies_what_no_history_tells_apart() {
    let lattice = Lattice::stored();
    for (from, to) in pairs() {
        let separating = lattice.smallest(from, to);
        assert_eq!(separating.is_none(), from.implies(to), "{from} {to}");
    }
}

#[test]
fn the_oracle_agrees_that_they_are_told_apart() {
    for separating in Lattice::stored().separating() {
        for model in Model::ALL {
            let met = naive::meets(model, &separating.history);
            assert_eq!(separating.meets(model), met, "{model}\n{separating}");
        }
    }
}

#[test]
fn no_smaller_history_tells_them_apart() {
    let found = Lattice::search(Extent::QUICK, |_, _| {});
    let stored = Lattice::stored();
    for (from, to) in pairs() {
        match (found.smallest(from, to), stored.smallest(from, to)) {
            (Some(found), Some(stored)) => assert_eq!(size(found), size(stored), "{from} {to}"),
            (None, Some(stored)) => {
                assert!(size(stored) > Extent::QUICK.side_by_side, "{from} {to}");
            }
            (Some(found), None) => panic!("{from} does not imply {to}:\n{found}"),
            (None, None) => {}
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn the_whole_search_finds_what_is_stored() {
    let found = Lattice::search(Extent::STORED, |_, _| {});
    let drawn: Vec<String> = found
        .separating()
        .iter()
        .map(Separating::to_string)
        .collect();
    is_kept("separating.txt", &drawn.join("\n"));
}

#[test]
fn the_page_shows_what_is_stored() {
    let lattice = Lattice::stored();
    is_kept("lattice.md", &page(&lattice).unwrap());
}

fn page(lattice: &Lattice) -> Result<String, std::fmt::Error> {
    let letters = || Model::ALL.into_iter().zip('a'..);
    let mut page = String::from("# The table\n\n");
    page += "A row's model implies a column's: yes. Or a history meets the one and breaks the other: its number.\n\n";
    page += "| |";
    letters().try_for_each(|(_, letter)| write!(page, " {letter} |"))?;
    page += "\n|---|";
    letters().for_each(|_| page += "---|");
    page += "\n";
    for (from, letter) in letters() {
        write!(page, "| {letter}: {from} |")?;
        for to in Model::ALL {
            let number = lattice.number(from, to);
            let cell = match number {
                _ if from == to => " ".to_owned(),
                None => "yes".to_owned(),
                Some(number) => format!("[{number}](#history-{number})"),
            };
            write!(page, " {cell} |")?;
        }
        page += "\n";
    }
    page += "\n# The histories\n";
    let listed = |it: &Separating, met: bool| -> String {
        let models = Model::ALL
            .into_iter()
            .filter(|&model| it.meets(model) == met);
        let names: Vec<&str> = models.map(Model::name).collect();
        match names.as_slice() {
            [] => "nothing".to_owned(),
            names => names.join(", "),
        }
    };
    for (number, separating) in (1..).zip(lattice.separating()) {
        write!(
            page,
            "\n## History {number}\n\n```text\n{separating}```\n\n"
        )?;
        writeln!(page, "Meets {}.  ", listed(separating, true))?;
        writeln!(page, "Breaks {}.", listed(separating, false))?;
    }
    page += "\n# On each register, and not on both\n";
    for model in Model::ALL {
        if let Some(history) = apart(model) {
            let timeline = Timeline::from(history);
            write!(page, "\n{model}:\n\n```text\n{timeline}```\n")?;
        }
    }
    Ok(page)
}
