//! `workbench` without arguments: a timeline, a question about it with three answers, and what real threads just did.

use std::io;
use std::time::Duration;

use histories::check::Anomaly;
use histories::{Action, History, Model, check};
use registers::catalogue::Register;
use registers::stress::Stress;
use serde::Serialize;

use super::show::{self, OnARegister};
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::demonstrations::{Demonstration, NOTE, built_in};
use workbench::screen::{Screen, grouped};
use workbench::stressed::{self, Stressed};

/// For how long each register is stressed.
const WHILE: Duration = Duration::from_millis(250);

/// What is seen at first sight.
#[derive(Clone, Debug, Serialize)]
pub struct FirstReport {
    schema: u32,
    command: &'static str,
    timeline: &'static str,
    /// What each class says about "1, and then 0".
    answers: Vec<Said>,
    /// What real threads just did.
    stressed: Vec<Stressed>,
    /// The same step by step, where real threads did not happen to do it.
    led: Vec<OnARegister>,
}

/// What a class says about a history.
#[derive(Clone, Debug, Serialize)]
struct Said {
    class: Model,
    allows: bool,
    why: String,
}

/// Asks, answers and shows, within a second or so.
///
/// # Errors
///
/// If a register does not follow the schedule that shows its anomaly.
pub fn run() -> Result<FirstReport, Failure> {
    let asked = one_then_zero();
    let mut report = FirstReport {
        schema: SCHEMA,
        command: "first",
        timeline: NOTE,
        answers: Model::CLASSES.map(|class| Said::of(class, &asked)).into(),
        stressed: Vec::new(),
        led: Vec::new(),
    };
    let settings = Stress::of_readers(1, WHILE);
    for register in Register::LADDER {
        let bar = workbench::cli::progress(WHILE.as_millis() as u64, register.name());
        let stressed = stressed::stress(register, Demonstration::WORDS, &settings, &bar)?;
        bar.finish_and_clear();
        let mut shows = Demonstration::ALL.into_iter();
        let show = shows.find(|show| show.register() == register);
        if let Some(show) = show.filter(|_| !stressed.has_shown(register.class())) {
            report.led.push(show::on_a_register(show)?);
        }
        report.stressed.push(stressed);
    }
    Ok(report)
}

/// The thread that the question is about, and what it is asked about.
const THREAD: u32 = 3;
const VALUES: [u64; 2] = [1, 0];

/// The timeline of the note without the reads of Thread 2, and with "1, and then 0" returned to Thread 3.
fn one_then_zero() -> History {
    let note = built_in(NOTE).history;
    let mut values = VALUES.into_iter();
    let operations = note.operations().iter().cloned();
    let operations = operations.filter_map(|mut operation| {
        if operation.process == THREAD {
            operation.action = Action::Read(values.next().map(Into::into));
        }
        (operation.is_write() || operation.process == THREAD).then_some(operation)
    });
    History::new(note.initial().clone(), operations).expect("it is part of the note")
}

/// `1 read`, `1,234 reads`.
fn plural_of(reads: u64) -> String {
    format!(
        "{} read{}",
        grouped(reads),
        if reads == 1 { "" } else { "s" }
    )
}

/// The lanes of a drawn history, without its other lines.
fn lanes(timeline: &str) -> String {
    let lanes = timeline.lines().filter(|line| line.starts_with("Thread"));
    lanes
        .map(|lane| format!("  {lane}"))
        .collect::<Vec<_>>()
        .join("\n")
}

impl Said {
    fn of(class: Model, history: &History) -> Self {
        let verdict = check(class, history);
        let why = match (class, verdict.violation()) {
            (_, Some(violation)) => violation.sentence.clone(),
            (Model::Safe, None) => {
                "while a write is under way, a read may return anything".to_owned()
            }
            (_, None) => "a read may return the value before, or the one being written".to_owned(),
        };
        Self {
            class,
            allows: verdict.violation().is_none(),
            why,
        }
    }

    fn row(&self) -> Vec<String> {
        let answer = if self.allows { "yes" } else { "no" };
        vec![self.class.to_string(), answer.to_owned(), self.why.clone()]
    }
}

impl Report for FirstReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading(
            "Three threads share a register: w(1) writes 1, r reads, time runs to the right",
        )?;
        screen.text(self.timeline)?;
        screen.heading("May Thread 3 read 1, and then 0?")?;
        let rows: Vec<Vec<String>> = self.answers.iter().map(Said::row).collect();
        screen.table(&["if it is", "", "because"], &rows)?;
        screen.heading("Real threads, just now: a value of two words, one writer, one reader")?;
        for stressed in &self.stressed {
            self.draw_stressed(stressed, screen)?;
        }
        screen.heading("Next")?;
        screen.text(
            "workbench story               every read, every combination, every step\n\
             workbench play                you are the scheduler: tear a read in a browser\n\
             workbench classify peterson   what a register is; `registers` lists them\n\
             workbench new my_register     one of your own\n\
             workbench help                all the rest (cargo run --release -- help)",
        )
    }

    fn outcome(&self) -> Outcome {
        let stressed = self.stressed.iter().map(Stressed::outcome);
        let led = self.led.iter().map(Report::outcome);
        // That this machine was too busy for any operation says nothing against a register.
        let outcomes = stressed
            .chain(led)
            .filter(|it| *it != Outcome::Inconclusive);
        outcomes.max().unwrap_or(Outcome::AsAdvertised)
    }
}

impl FirstReport {
    fn draw_stressed(&self, stressed: &Stressed, screen: &mut Screen) -> io::Result<()> {
        let Stressed {
            register, class, ..
        } = stressed;
        let reads = plural_of(stressed.reads);
        if let Some(first) = stressed.first.first() {
            let met = match first.anomaly {
                Anomaly::Torn => stressed.torn,
                _ => stressed.inverted,
            };
            let (met, name) = (grouped(met), first.anomaly.name());
            screen.text(&format!(
                "{register} ({class}): {met} of {reads} met a {name}. The first:"
            ))?;
            return screen.text(&lanes(&first.timeline));
        }
        match self.led.iter().find(|led| led.is_on(register)) {
            Some(led) => {
                screen.text(&format!(
                    "{register} ({class}): {reads} met nothing; led, step by step:"
                ))?;
                screen.text(&lanes(led.picture()))
            }
            None => screen.text(&format!("{register} ({class}): {reads} met neither.")),
        }
    }
}
