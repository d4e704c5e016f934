//! `workbench lattice`: which model implies which, and what tells the others apart.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use clap::Args;
use histories::lattice::{Extent, Lattice, Separating, apart};
use histories::{History, Model, Timeline};
use pages::Models;
use serde::Serialize;

use super::{page, table};
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::play::write;
use workbench::screen::{Screen, plural};

/// Say which model implies which, and draw the smallest history that tells the others apart
///
/// With two models: whether every history that meets the first meets the second, and if not, the smallest that does
/// not. With --run all small histories are judged anew, by this program, smallest first.
///
/// Exit codes: 0 as advertised, 1 the search contradicts what is stored, 2 usage error.
#[derive(Clone, Debug, Args)]
pub struct Ask {
    /// A model
    #[arg(requires = "to")]
    pub from: Option<Model>,
    /// Another model
    pub to: Option<Model>,
    /// Search all small histories anew
    #[arg(long, conflicts_with = "from")]
    pub run: bool,
    /// Up to how many operations --run searches: 5 takes seconds, 7 minutes
    #[arg(
        long,
        requires = "run",
        default_value_t = 5,
        value_parser = clap::value_parser!(u8).range(2..=7)
    )]
    pub operations: u8,
    /// Write a page besides, with the models, what tells them apart, and the registers; `-` is the standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "run"])]
    pub page: Option<PathBuf>,
}

/// Which model implies which.
#[derive(Clone, Debug, Serialize)]
pub struct LatticeReport {
    schema: u32,
    command: &'static str,
    /// For each model those that it implies directly.
    implied: BTreeMap<Model, &'static [Model]>,
    /// The histories, smallest first: number 1 is the first.
    histories: Vec<Drawn>,
    /// For each model the number of the history that meets it and breaks the other, for each that it does not imply.
    separated: BTreeMap<Model, BTreeMap<Model, usize>>,
    /// Histories of two registers that meet a model on each, and not on both.
    apart: BTreeMap<Model, Drawn>,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<[Model; 2]>,
    /// How far was searched; absent if nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<u8>,
    /// What the search and the program say differently.
    contradictions: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Drawn {
    history: History,
    picture: String,
    meets: Vec<Model>,
}

impl Drawn {
    fn new(history: &History, picture: String, meets: impl Fn(Model) -> bool) -> Self {
        Self {
            history: history.clone(),
            picture,
            meets: Model::ALL
                .into_iter()
                .filter(|&model| meets(model))
                .collect(),
        }
    }

    fn of(separating: &Separating) -> Self {
        let picture = separating.to_string();
        Self::new(&separating.history, picture, |model| {
            separating.meets(model)
        })
    }
}

/// Looks up the lattice, or searches it anew.
///
/// # Errors
///
/// If the page that was asked for cannot be written.
pub fn run(ask: &Ask) -> Result<LatticeReport, Failure> {
    let stored = Lattice::stored();
    if let Some(page) = &ask.page {
        write(
            &Models::new(&stored, page::rungs(&table::stored(), None)).html(),
            page,
        )?;
    }
    let found = ask.run.then(|| search(usize::from(ask.operations)));
    let contradictions = found.as_ref().map_or_else(Vec::new, |found| {
        contradictions(found, &stored, usize::from(ask.operations))
    });
    let lattice = found.unwrap_or(stored);
    let separated = Model::ALL.into_iter().map(|from| {
        let numbers = Model::ALL.into_iter();
        let numbers = numbers.filter_map(|to| Some((to, lattice.number(from, to)?)));
        (from, numbers.collect())
    });
    let apart = Model::ALL.into_iter().filter_map(|model| {
        let history = apart(model)?;
        let picture = Timeline::from(history.clone()).to_string();
        let meets = |model| histories::check(model, &history).holds();
        Some((model, Drawn::new(&history, picture, meets)))
    });
    Ok(LatticeReport {
        schema: SCHEMA,
        command: "lattice",
        implied: Model::ALL
            .into_iter()
            .map(|model| (model, model.implied()))
            .collect(),
        histories: lattice.separating().iter().map(Drawn::of).collect(),
        separated: separated.collect(),
        apart: apart.collect(),
        asked: ask.from.zip(ask.to).map(<[Model; 2]>::from),
        searched: ask.run.then_some(ask.operations),
        contradictions,
    })
}

fn search(operations: usize) -> Lattice {
    let extent = Extent {
        in_time: operations.min(Extent::STORED.in_time),
        side_by_side: operations,
    };
    let bar = cli::progress(0, "");
    let found = Lattice::search(extent, |shape, left| {
        bar.set_length(bar.position() + left as u64);
        bar.set_message(format!(
            "{}, {}",
            plural(shape.operations, "operation"),
            plural(shape.registers, "register")
        ));
        bar.inc(1);
    });
    bar.finish_and_clear();
    found
}

/// What a search up to so many operations says otherwise than what is known.
fn contradictions(found: &Lattice, known: &Lattice, operations: usize) -> Vec<String> {
    let size = |it: &Separating| it.history.operations().len();
    let of = |from| Model::ALL.into_iter().map(move |to| (from, to));
    let pairs = Model::ALL.into_iter().flat_map(of);
    let said = |(from, to)| {
        let found = found.smallest(from, to).map(size);
        let known = known.smallest(from, to).map(size);
        match (found, known) {
            (None, Some(known)) if known > operations => None,
            _ if found == known => None,
            (Some(found), _) => Some(format!(
                "{} tells {from} from {to}, which the stored table does not know",
                plural(found, "operation")
            )),
            (None, _) => Some(format!("nothing tells {from} from {to} any more")),
        }
    };
    pairs.filter_map(said).collect()
}

impl LatticeReport {
    fn draw_history(&self, number: usize, screen: &mut Screen) -> io::Result<()> {
        let Drawn { picture, meets, .. } = &self.histories[number - 1];
        screen.heading(&format!("History {number}"))?;
        screen.text(picture)?;
        let names = |met: bool| {
            let all = Model::ALL
                .into_iter()
                .filter(|model| meets.contains(model) == met);
            let names: Vec<&str> = all.map(Model::name).collect();
            match names.as_slice() {
                [] => "nothing".to_owned(),
                names => names.join(", "),
            }
        };
        screen.text(&format!("meets {}", names(true)))?;
        screen.text(&format!("breaks {}", names(false)))
    }

    /// Why one model implies another: the shortest way of direct implications.
    fn way(&self, from: Model, to: Model) -> Vec<Model> {
        let mut ways = vec![vec![from]];
        for nth in 0.. {
            let Some(way) = ways.get(nth).cloned() else {
                break;
            };
            let last = way[way.len() - 1];
            if last == to {
                return way;
            }
            let next = last.implied().iter();
            ways.extend(next.map(|&next| [way.as_slice(), &[next]].concat()));
        }
        Vec::new()
    }

    fn draw_answer(&self, [from, to]: [Model; 2], screen: &mut Screen) -> io::Result<()> {
        match self.separated[&from].get(&to) {
            Some(&number) => {
                let size = self.histories[number - 1].history.operations().len();
                screen.heading(&format!(
                    "{from} does not imply {to}: no history of fewer than {} tells so",
                    plural(size, "operation")
                ))?;
                self.draw_history(number, screen)
            }
            None => {
                let way: Vec<&str> = self.way(from, to).into_iter().map(Model::name).collect();
                screen.heading(&format!("{from} implies {to}"))?;
                screen.text(&way.join(" -> "))
            }
        }
    }

    fn draw_apart(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading("On each register, and not on both")?;
        let mut drawn: Vec<&str> = Vec::new();
        for Drawn { picture, .. } in self.apart.values() {
            if drawn.contains(&picture.as_str()) {
                continue;
            }
            drawn.push(picture);
            let alike = self
                .apart
                .iter()
                .filter(|(_, other)| other.picture == *picture);
            let names: Vec<&str> = alike.map(|(model, _)| model.name()).collect();
            screen.text(picture)?;
            screen.text(&format!(
                "x alone and y alone are {}; both together are not",
                names.join(" and ")
            ))?;
            screen.gap()?;
        }
        screen.note("All other models are a matter of each register alone.")
    }
}

impl Report for LatticeReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        if let Some(asked) = self.asked {
            return self.draw_answer(asked, screen);
        }
        screen.heading("Which model implies which")?;
        let rows: Vec<Vec<String>> = Model::ALL
            .into_iter()
            .map(|model| {
                let direct: Vec<&str> = model.implied().iter().map(|model| model.name()).collect();
                vec![model.to_string(), direct.join(", ")]
            })
            .collect();
        screen.table(&["model", "implies, and all that these imply"], &rows)?;

        screen.heading(
            "And which does not: the number of a history that meets the row and breaks the column",
        )?;
        let letters = || Model::ALL.into_iter().zip('a'..);
        let mut header = vec![String::new()];
        header.extend(letters().map(|(_, letter)| letter.to_string()));
        let rows: Vec<Vec<String>> = letters()
            .map(|(from, letter)| {
                let mut row = vec![format!("{letter}  {from}")];
                row.extend(Model::ALL.into_iter().map(|to| {
                    let number = self.separated[&from].get(&to);
                    number.map_or_else(|| ".".to_owned(), usize::to_string)
                }));
                row
            })
            .collect();
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        screen.table(&header, &rows)?;
        screen.note(
            "A dot: it implies it. In the histories 9 stands for a value that nobody writes.",
        )?;
        for number in 1..=self.histories.len() {
            self.draw_history(number, screen)?;
        }
        self.draw_apart(screen)?;
        screen.gap()?;
        if let Some(operations) = self.searched {
            screen.note(&format!(
                "Searched: every history of up to {} in which the processes run side by side, and of up to {} in time.",
                plural(usize::from(operations), "operation"),
                operations.min(Extent::STORED.in_time as u8)
            ))?;
        } else {
            screen.note("Found among all small histories; anew: workbench lattice --run")?;
        }
        for contradiction in &self.contradictions {
            screen.text(contradiction)?;
        }
        screen.note("Two models alone: workbench lattice sequential atomic")
    }

    fn outcome(&self) -> Outcome {
        match self.contradictions.is_empty() {
            true => Outcome::AsAdvertised,
            false => Outcome::Contradicted,
        }
    }
}
