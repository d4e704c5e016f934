//! The report of `workbench check`, as text.

use std::io;

use histories::Model;
use histories::check::{DRAWN, Limit};

use super::expected::Expectation;
use super::{Broken, CheckReport, Evidence, Judged, PICTURED};
use workbench::cli::Outcome;
use workbench::screen::{Screen, grouped, plural};

pub(super) fn draw(report: &CheckReport, screen: &mut Screen) -> io::Result<()> {
    screen.heading(&counts(report))?;
    let rows: Vec<Vec<String>> = report
        .models
        .iter()
        .map(|judged| row(judged, report.questions))
        .collect();
    screen.table(&["model", "meets", "how decided"], &rows)?;
    for note in &report.notes {
        screen.gap()?;
        screen.note(&sentence(&note.to_string()))?;
    }
    if report.questions > 0 {
        screen.gap()?;
        screen.note(&format!(
            "{} what it returned: a question, which is not judged.",
            match report.questions {
                1 => "1 read does not say".to_owned(),
                many => format!("Each of {} reads does not say", grouped(many as u64)),
            }
        ))?;
    }
    for judged in &report.models {
        if let Some(line) = unknown(judged) {
            screen.gap()?;
            screen.note(&line)?;
        }
    }
    // Many models break by the same part of the history: it is drawn once.
    let mut drawn: Vec<&Broken> = Vec::new();
    for judged in &report.models {
        let Some(broken) = &judged.violation else {
            continue;
        };
        let is_same = |other: &Broken| other.picture == broken.picture && same(other, broken);
        if drawn.iter().any(|other| is_same(other)) {
            continue;
        }
        drawn.push(broken);
        let alike: Vec<&Judged> = report
            .models
            .iter()
            .filter(|other| other.violation.as_ref().is_some_and(is_same))
            .collect();
        violation(broken, &alike, screen)?;
    }
    by_register(report, screen)?;
    for judged in &report.models {
        order(judged, screen)?;
    }
    if let Some(cure) = &report.initial {
        screen.gap()?;
        let meets: Vec<&str> = cure.meets.iter().map(|model| model.name()).collect();
        screen.note(&format!(
            "If the registers held {value} at first, the history would be {}: --initial '{value}' judges it so.",
            meets.join(", "),
            value = cure.value,
        ))?;
    }
    if let Some(staleness) = &report.staleness {
        staleness.draw(screen)?;
    }
    screen.gap()?;
    if !report.asked {
        return screen
            .note("With --expect MODEL the exit code is 1 where the history does not meet it.");
    }
    let expected = report.models.iter();
    let is_expected = |it: &&Judged| report.expected.contains(&Expectation::Model(it.model));
    for judged in expected.filter(is_expected) {
        screen.text(&expectation(judged, report.questions))?;
    }
    for (_, sentence) in report.bounds() {
        screen.text(&sentence)?;
    }
    Ok(())
}

/// A table of the registers, the worst first.
fn by_register(report: &CheckReport, screen: &mut Screen) -> io::Result<()> {
    /// So many lines it has.
    const LINES: usize = 16;
    let all = &report.by_register;
    if all.is_empty() {
        return Ok(());
    }
    let atomic = all
        .iter()
        .filter(|it| it.strongest == Some(Model::Atomic))
        .count();
    screen.heading(&format!("{atomic} of {} registers atomic", all.len()))?;
    let rows = all.iter().take(LINES).map(|it| {
        let strongest = it.strongest.map_or("not even safe", Model::name);
        let register = it
            .register
            .clone()
            .unwrap_or_else(|| "(without a name)".to_owned());
        vec![
            register,
            grouped(it.operations as u64),
            strongest.to_owned(),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    screen.table(&["register", "operations", "strongest class"], &rows)?;
    if all.len() > LINES {
        screen.note(&format!("And {} more: --json has all.", all.len() - LINES))?;
    }
    Ok(())
}

/// Whether two models are broken by the same operations.
fn same(one: &Broken, other: &Broken) -> bool {
    let indices =
        |broken: &Broken| -> Vec<usize> { broken.operations.iter().map(|it| it.index).collect() };
    indices(one) == indices(other)
}

fn counts(report: &CheckReport) -> String {
    let processes = match report.processes {
        1 => "1 process".to_owned(),
        count => format!("{count} processes"),
    };
    let mut counts = vec![
        plural(report.operations, "operation"),
        format!("{} of {processes}", plural(report.registers, "register")),
    ];
    if report.questions > 0 {
        counts.push(plural(report.questions, "question"));
    }
    if report.failed > 0 {
        counts.push(format!("{} that failed", report.failed));
    }
    counts.join(", ")
}

fn row(judged: &Judged, questions: usize) -> Vec<String> {
    let (meets, decided) = match (judged.meets, &judged.violation) {
        (_, Some(broken)) => {
            let size = plural(broken.operations.len(), "operation");
            ("no", format!("{}, in {size}", broken.name))
        }
        (Some(_), None) => match judged.implied_by {
            Some(stronger) => ("yes", format!("{stronger} implies it")),
            None if questions == 0 => ("yes", "all operations judged".to_owned()),
            None => (
                "yes",
                format!("all but {} judged", plural(questions, "question")),
            ),
        },
        (None, None) => {
            let states = grouped(judged.states.unwrap_or(0) as u64);
            ("unknown", format!("gave up after {states} states"))
        }
    };
    vec![judged.model.to_string(), meets.to_owned(), decided]
}

/// What was tried of a model that is not known, and what would decide it.
fn unknown(judged: &Judged) -> Option<String> {
    let gave_up = judged.gave_up?;
    let states = judged.states.unwrap_or(0) as u64;
    let flag = match gave_up.limit {
        Limit::States | Limit::Bytes => format!(", as --budget {}", larger(states)),
        Limit::Time => ", as --budget 10m".to_owned(),
        Limit::Method => String::new(),
    };
    Some(format!(
        "Whether it is {} is not known: tried was {}, and the {} ended that.\nWhat may decide it is {}{flag}.",
        judged.model,
        gave_up.tried,
        gave_up.limit,
        gave_up.remedy(),
    ))
}

/// A budget ten times as large, in round figures.
fn larger(states: u64) -> String {
    let states = 10 * states.max(1_000_000);
    match states {
        0..1_000_000_000 => format!("{}M", states / 1_000_000),
        _ => format!("{}G", states / 1_000_000_000),
    }
}

fn violation(broken: &Broken, alike: &[&Judged], screen: &mut Screen) -> io::Result<()> {
    let names: Vec<&str> = alike.iter().map(|judged| judged.model.name()).collect();
    screen.heading(&format!("not {}", names.join(", not ")))?;
    let count = broken.operations.len();
    match &broken.picture {
        Some(picture) if count <= DRAWN => {
            screen.text(picture)?;
            if let Some(nemesis) = &broken.nemesis {
                screen.text(nemesis)?;
            }
            screen.gap()?;
        }
        _ => {}
    }
    let mut said: Vec<&str> = Vec::new();
    for broken in alike.iter().filter_map(|judged| judged.violation.as_ref()) {
        if !said.contains(&broken.sentence.as_str()) {
            screen.text(&broken.sentence)?;
            said.push(&broken.sentence);
        }
    }
    if count > DRAWN {
        screen.note(&format!(
            "A picture of {} operations is not drawn here: they stand in the output of --json.",
            grouped(count as u64)
        ))?;
    }
    let as_writes = broken.operations.iter();
    let as_writes = as_writes.filter(|it| broken.as_writes.contains(&it.index));
    for Evidence { name, .. } in as_writes {
        screen.note(&format!(
            "Of {name} only what it wrote is evidence: it is drawn as a write."
        ))?;
    }
    if broken.confirmed == Some(false) {
        screen.text(
            "THE ORACLE DISAGREES: by trying every order of these operations it finds that they do not break the model. \
             One of the two is wrong: please report it, with the file.",
        )?;
    }
    for together in alike.chunk_by(|one, other| since(one) == since(other)) {
        if let Some(since) = since(together[0]) {
            let names: Vec<&str> = together.iter().map(|judged| judged.model.name()).collect();
            screen.note(&format!("Not {} since {since}.", names.join(", not ")))?;
        }
    }
    let rows: Vec<Vec<String>> = broken.operations.iter().filter_map(lines).collect();
    if count <= DRAWN && !rows.is_empty() {
        screen.gap()?;
        screen.table(&["lines of the file", "operation"], &rows)?;
    }
    Ok(())
}

/// Since when a model is broken, and what completed then.
fn since(judged: &Judged) -> Option<String> {
    let broken = judged.violation.as_ref()?;
    let names: Vec<&str> = broken
        .completed
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    let completed = format!("when {} completed", names.join(" and "));
    let since = broken.since?;
    Some(match broken.since_place {
        None => format!("time {since}, {completed}"),
        Some(place) => match place.nanoseconds {
            None => format!("line {} (time {since}), {completed}", place.line),
            Some(nanoseconds) => {
                format!(
                    "line {} ({}), {completed}",
                    place.line,
                    duration(nanoseconds)
                )
            }
        },
    })
}

/// The lines in which an operation stands, if they are known.
fn lines(evidence: &Evidence) -> Option<Vec<String>> {
    let first = evidence.invoked_at?.line;
    let lines = match evidence.completed_at {
        Some(last) if last.line != first => format!("{first} to {}", last.line),
        _ => first.to_string(),
    };
    Some(vec![lines, evidence.name.clone()])
}

/// Nanoseconds in the largest unit of which there is one, with all that is known.
pub(super) fn duration(nanoseconds: u64) -> String {
    let (unit, digits) = match nanoseconds {
        0..1_000 => ("ns", 0),
        1_000..1_000_000 => ("us", 3),
        1_000_000..1_000_000_000 => ("ms", 6),
        _ => ("s", 9),
    };
    let factor = 10_u64.pow(digits);
    let (whole, rest) = (nanoseconds / factor, nanoseconds % factor);
    let fraction = format!("{rest:0width$}", width = digits as usize);
    match fraction.trim_end_matches('0') {
        "" => format!("{whole} {unit}"),
        fraction => format!("{whole}.{fraction} {unit}"),
    }
}

fn order(judged: &Judged, screen: &mut Screen) -> io::Result<()> {
    let Some(order) = &judged.order else {
        return Ok(());
    };
    screen.heading(&format!(
        "An order of the operations that is {}",
        judged.model
    ))?;
    for (nth, placed) in order.iter().take(PICTURED).enumerate() {
        screen.text(&format!("{:>4}  {}", nth + 1, placed.name))?;
    }
    if order.len() > PICTURED {
        screen.note(&format!(
            "And {} more, which stand in the output of --json.",
            grouped((order.len() - PICTURED) as u64)
        ))?;
    }
    Ok(())
}

/// What became of an expectation.
pub(super) fn expectation(judged: &Judged, questions: usize) -> String {
    let model = judged.model;
    match (judged.outcome(questions), judged.meets) {
        (Outcome::AsAdvertised, _) => format!("Expected {model}: it is."),
        (Outcome::Contradicted, _) => format!("Expected {model}: it is not."),
        (Outcome::Inconclusive, Some(true)) => format!(
            "Expected {model}: not decided, since {} what was returned.",
            match questions {
                1 => "1 read does not say".to_owned(),
                many => format!("{} reads do not say", grouped(many as u64)),
            }
        ),
        (Outcome::Inconclusive, _) => format!("Expected {model}: not decided."),
    }
}

/// A text as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_lose_nothing() {
        let said = [0, 999, 1_000, 6_000_000, 264_014_573, 6_500_000_001].map(duration);
        assert_eq!(
            said,
            [
                "0 ns",
                "999 ns",
                "1 us",
                "6 ms",
                "264.014573 ms",
                "6.500000001 s"
            ]
        );
    }

    #[test]
    fn a_larger_budget_is_a_round_one() {
        let said = [0, 4_000_123, 999_999_999].map(larger);
        assert_eq!(said, ["10M", "40M", "9G"]);
    }
}
