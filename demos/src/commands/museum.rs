//! `workbench museum`: register bugs that are publicly known, each with its source, its verdict and its mended twin.

use std::io;
use std::path::PathBuf;

use clap::Args;
use histories::Model;
use interleavings::MemoryModel;
use interleavings::scope::{Shown, Wrong};
use museum::judge::{self, STATES};
use museum::{Exhibit, Room, Truth, exhibits, named, nearest, rooms};
use registers::scenario::Scenario;
use serde::Serialize;
use workbench::classify::{Standing, Witnessed, witness};
use workbench::cli::{self, Failure, Outcome, Report, SCHEMA};
use workbench::play::{self, Stage, write};
use workbench::prove;
use workbench::screen::{Screen, grouped, plural};
use workbench::verdict::{self, WrongDocument};

/// Show register bugs that are publicly known, each beside what mends it, or list them all
///
/// Each is a small register in words of its own, with its source. What goes wrong is explored anew, on three memories,
/// and drawn; so is what mends it.
///
/// Exit codes: 0 the verdicts are those that are stated, 1 one of them is not, 2 usage error.
#[derive(Clone, Debug, Args)]
pub struct Museum {
    /// Which one [default: a list of all]
    #[arg(value_parser = exhibit)]
    pub exhibit: Option<Exhibit>,
    /// Print its code besides, with the numbers of its lines
    #[arg(long, requires = "exhibit")]
    pub code: bool,
    /// Write a page besides, on which you are the scheduler of it, and of what mends it; `-` is the standard output
    #[arg(long, value_name = "FILE", requires = "exhibit")]
    pub page: Option<PathBuf>,
    /// Explore all of them, and compare what comes out with what is stated: it takes a minute
    #[arg(long, conflicts_with = "exhibit")]
    pub verify: bool,
    /// How many states may be explored of each
    #[arg(long, default_value_t = STATES)]
    pub max_states: u64,
}

/// Parses the name of an exhibit, for clap.
fn exhibit(name: &str) -> Result<Exhibit, String> {
    named(name).ok_or_else(|| {
        let nearest = nearest(name).name;
        format!("did you mean {nearest}? All names: workbench museum")
    })
}

/// What is on show.
#[derive(Clone, Debug, Serialize)]
pub struct MuseumReport {
    schema: u32,
    command: &'static str,
    #[serde(flatten)]
    view: View,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum View {
    Rooms(Vec<RoomDocument>),
    Exhibit(Box<OnShow>),
    Verified(Verified),
}

#[derive(Clone, Debug, Serialize)]
struct RoomDocument {
    name: &'static str,
    title: &'static str,
    exhibits: Vec<Label>,
}

/// What the label of an exhibit says.
#[derive(Clone, Debug, Serialize)]
struct Label {
    name: &'static str,
    title: &'static str,
    verdict: String,
    source: &'static str,
    url: Option<&'static str>,
    twin: Option<&'static str>,
}

/// An exhibit, explored.
#[derive(Clone, Debug, Serialize)]
struct OnShow {
    #[serde(flatten)]
    label: Label,
    about: &'static str,
    code: Option<&'static str>,
    claims: Model,
    /// What comes out on each memory, in the scenario of the label.
    explored: Vec<OnMemory>,
    /// An execution that shows it.
    witness: Option<WrongDocument>,
    #[serde(skip)]
    drawn: Option<Witnessed>,
    /// What is found where it is explored from the smallest scenario on: of a right one, or of the twin.
    right: Option<Explored>,
    /// Why nothing can be known, if that is so.
    inconclusive: Option<String>,
    /// What comes out otherwise than stated.
    contradiction: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct OnMemory {
    memory: String,
    outcome: String,
    states: u64,
}

#[derive(Clone, Debug, Serialize)]
struct Explored {
    name: &'static str,
    title: &'static str,
    answer: String,
}

/// All exhibits, compared with their labels.
#[derive(Clone, Debug, Serialize)]
struct Verified {
    wrong: usize,
    right: usize,
    inconclusive: usize,
    contradictions: Vec<String>,
}

/// A page of all exhibits that are wrong, each where its label says that it shows, and what mends it beside it; scenes have at
/// most so many states.
///
/// # Errors
///
/// If a scenario cannot be read.
pub fn stage(states: usize) -> Result<Stage, Failure> {
    let mut stage = Stage::new(states);
    for exhibit in exhibits() {
        let Truth::Wrong { scenario, on, .. } = exhibit.truth else {
            continue;
        };
        let scenario = [prove::scenario(scenario)?];
        let memories = &on[..on.len().min(1)];
        let twin = exhibit.twin.and_then(named);
        for it in [Some(exhibit), twin].into_iter().flatten() {
            stage.add_as(it.name, &(it.subject)(), &scenario, memories);
        }
    }
    Ok(stage)
}

/// The page of an exhibit: in the scenario of its label, or in the usual ones, and its twin beside it.
fn page_of(exhibit: &Exhibit) -> Result<String, Failure> {
    let mut stage = Stage::new(play::STATES);
    let (shown_in, on) = match exhibit.truth {
        Truth::Wrong { scenario, on, .. } => (Some(scenario), on),
        Truth::Right | Truth::Unknowable { .. } => (None, [].as_slice()),
    };
    let mut scenarios = Vec::new();
    for name in shown_in.into_iter().chain(play::SCENARIOS) {
        scenarios.push(prove::scenario(name)?);
    }
    // The page opens with what shows it.
    stage.add_as(
        exhibit.name,
        &(exhibit.subject)(),
        &scenarios[..1],
        &on[..on.len().min(1)],
    );
    let twin = exhibit.twin.and_then(named);
    for it in [Some(*exhibit), twin].into_iter().flatten() {
        stage.add_as(it.name, &(it.subject)(), &scenarios, &MemoryModel::ALL);
    }
    if stage.scenes.is_empty() {
        return Err(Failure::Impossible(stage.left_out.join("; ").into()));
    }
    Ok(stage.player.html())
}

/// Lists what is on show, shows one exhibit, or explores all.
///
/// # Errors
///
/// If an exhibit cannot perform its scenario.
pub fn run(args: &Museum) -> Result<MuseumReport, Failure> {
    if let (Some(exhibit), Some(page)) = (args.exhibit, &args.page) {
        write(&page_of(&exhibit)?, page)?;
    }
    let view = match args.exhibit {
        Some(exhibit) => View::Exhibit(Box::new(show(&exhibit, args)?)),
        None if args.verify => View::Verified(verified(args.max_states)),
        None => View::Rooms(rooms().iter().map(RoomDocument::from).collect()),
    };
    Ok(MuseumReport {
        schema: SCHEMA,
        command: "museum",
        view,
    })
}

fn show(exhibit: &Exhibit, args: &Museum) -> Result<OnShow, Failure> {
    let states = args.max_states;
    let mut shown = OnShow {
        label: Label::from(exhibit),
        about: exhibit.about,
        code: args.code.then(|| exhibit.code()),
        claims: (exhibit.subject)().claims().class.into(),
        explored: Vec::new(),
        witness: None,
        drawn: None,
        right: None,
        inconclusive: None,
        contradiction: None,
    };
    match exhibit.truth {
        Truth::Right => {
            shown.right = Some(explored(exhibit, states));
        }
        Truth::Wrong { .. } => {
            let found = MemoryModel::ALL
                .into_iter()
                .filter_map(|memory| Some((memory, judge::perform(exhibit, memory, states)?)));
            let found: Vec<_> = found.collect();
            let document = |(memory, found): &(MemoryModel, interleavings::Verified)| OnMemory {
                memory: memory.to_string(),
                outcome: judge::outcome(found),
                states: found.states,
            };
            shown.explored = found.iter().map(document).collect();
            shown.drawn = drawn(exhibit, &found, states)?;
            shown.witness = shown.drawn.as_ref().map(WrongDocument::from);
            let twin = exhibit.twin.and_then(named);
            shown.right = twin.map(|twin| explored(&twin, states));
        }
        Truth::Unknowable { .. } => {
            shown.inconclusive = match judge::standing(exhibit, states) {
                Standing::Unknown(why) => Some(why),
                _ => None,
            };
        }
    }
    let both = [Some(*exhibit), exhibit.twin.and_then(named)];
    let mut both = both.into_iter().flatten();
    shown.contradiction = both.find_map(|it| judge::contradiction(&it, states));
    Ok(shown)
}

/// Draws what goes wrong with an exhibit.
fn drawn(
    exhibit: &Exhibit,
    found: &[(MemoryModel, interleavings::Verified)],
    states: u64,
) -> Result<Option<Witnessed>, Failure> {
    let Truth::Wrong {
        shows,
        scenario,
        near_wrap,
        ..
    } = exhibit.truth
    else {
        return Ok(None);
    };
    let scenario: Scenario = scenario.parse().expect("labels are tested");
    let wrong = Wrong::from(shows);
    let shown = found.iter().filter(|(_, it)| judge::is_shown(it, shows));
    let mut histories = shown.clone().filter_map(|(_, it)| match wrong {
        Wrong::Breaks(model) => it.breaks.get(&model).cloned(),
        Wrong::Waits => it.stuck.clone(),
        Wrong::Fails(_) => None,
    });
    let shown = Shown {
        scenario,
        near_wrap,
        on: shown.map(|(memory, _)| *memory).collect(),
        history: histories.next(),
    };
    if shown.on.is_empty() {
        return Ok(None);
    }
    let subject = (exhibit.subject)();
    witness(&subject, wrong, &shown, &judge::budget(states))
}

/// Explores an exhibit that is right.
fn explored(exhibit: &Exhibit, states: u64) -> Explored {
    let subject = (exhibit.subject)();
    let claims = subject.claims();
    let scope = judge::scope(exhibit, states);
    Explored {
        name: exhibit.name,
        title: exhibit.title,
        answer: match judge::accusation(exhibit, &scope) {
            Some(wrong) => format!("It is accused: {wrong}"),
            None => format!(
                "No violation of {} in any scenario of up to {} operations, on sc, x86 and weak memory",
                Model::from(claims.class),
                scope.operations(claims)
            ),
        },
    }
}

fn verified(states: u64) -> Verified {
    let exhibits = exhibits();
    let bar = cli::progress(exhibits.len() as u64, "all exhibits");
    let found = judge::side_by_side(&exhibits, |exhibit| {
        let found = judge::contradiction(exhibit, states);
        bar.inc(1);
        found
    });
    bar.finish_and_clear();
    let count = |is: fn(&Truth) -> bool| exhibits.iter().filter(|it| is(&it.truth)).count();
    Verified {
        wrong: count(|it| matches!(it, Truth::Wrong { .. })),
        right: count(|it| matches!(it, Truth::Right)),
        inconclusive: count(|it| matches!(it, Truth::Unknowable { .. })),
        contradictions: found.into_iter().flatten().collect(),
    }
}

impl From<&Room> for RoomDocument {
    fn from(room: &Room) -> Self {
        Self {
            name: room.name,
            title: room.title,
            exhibits: room.exhibits.iter().map(Label::from).collect(),
        }
    }
}

impl From<&Exhibit> for Label {
    fn from(exhibit: &Exhibit) -> Self {
        Self {
            name: exhibit.name,
            title: exhibit.title,
            verdict: exhibit.truth.to_string(),
            source: exhibit.source,
            url: exhibit.url,
            twin: exhibit.twin,
        }
    }
}

impl RoomDocument {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let mut name = self.name.to_owned();
        name[..1].make_ascii_uppercase();
        screen.heading(&format!("{name}: {}", self.title))?;
        let rows: Vec<Vec<String>> = self
            .exhibits
            .iter()
            .map(|it| vec![it.name.to_owned(), it.verdict.clone(), it.title.to_owned()])
            .collect();
        screen.table(&["exhibit", "verdict", "what it is"], &rows)
    }
}

impl OnShow {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let Label {
            name,
            title,
            verdict,
            source,
            url,
            twin,
        } = &self.label;
        screen.heading(&format!("{name}: {title}"))?;
        screen.wrapped(self.about)?;
        screen.gap()?;
        screen.note(&format!("Source: {source}"))?;
        if let Some(url) = url {
            screen.note(url)?;
        }
        if let Some(code) = self.code {
            screen.heading("Its code")?;
            // The numbers are those of the lines in the execution.
            let lines = code.lines().enumerate();
            let lines = lines.map(|(at, line)| format!("{:>4}  {line}", at + 1));
            screen.text(&lines.collect::<Vec<_>>().join("\n"))?;
        }
        screen.heading(&format!("Verdict: {verdict}"))?;
        if let Some(why) = &self.inconclusive {
            screen.wrapped(&format!("Inconclusive: {why}."))?;
        }
        if !self.explored.is_empty() {
            let row = |it: &OnMemory| {
                let OnMemory {
                    memory,
                    outcome,
                    states,
                } = it;
                vec![memory.clone(), outcome.clone(), grouped(*states)]
            };
            let rows: Vec<Vec<String>> = self.explored.iter().map(row).collect();
            screen.table(&["memory", "what comes out", "states"], &rows)?;
        }
        if let Some(drawn) = &self.drawn {
            verdict::draw_witness(name, self.claims, drawn, screen)?;
        }
        if let Some(right) = &self.right {
            if twin.is_some() {
                screen.heading(&format!("What mends it: {}", right.title))?;
            }
            screen.wrapped(&format!("{}.", right.answer))?;
        }
        if let Some(contradiction) = &self.contradiction {
            screen.heading("That is not what is stated")?;
            screen.wrapped(contradiction)?;
        }
        screen.gap()?;
        if let Some(twin) = twin {
            screen.note(&format!(
                "What mends it, by itself: workbench museum {twin}"
            ))?;
        }
        match self.code {
            None => screen.note(&format!("Its code: workbench museum {name} --code")),
            Some(_) => Ok(()),
        }
    }
}

impl Verified {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let Self {
            wrong,
            right,
            inconclusive,
            contradictions,
        } = self;
        screen.heading(&format!(
            "{} explored: {wrong} wrong, {right} right, {inconclusive} of which nothing can be known",
            plural(wrong + right + inconclusive, "exhibit")
        ))?;
        for contradiction in contradictions {
            screen.wrapped(contradiction)?;
        }
        match contradictions.len() {
            0 => screen.text("Every verdict is the one that is stated."),
            count => screen.text(&format!(
                "{} otherwise than stated.",
                plural(count, "verdict")
            )),
        }
    }
}

impl Report for MuseumReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        match &self.view {
            View::Rooms(rooms) => {
                for room in rooms {
                    room.draw(screen)?;
                }
                screen.gap()?;
                screen.note(
                    "One of them, explored and drawn: workbench museum cpython-end-read\n\
                     All of them, compared with what is stated: workbench museum --verify",
                )
            }
            View::Exhibit(shown) => shown.draw(screen),
            View::Verified(verified) => verified.draw(screen),
        }
    }

    fn outcome(&self) -> Outcome {
        let is_stated = match &self.view {
            View::Rooms(_) => true,
            View::Exhibit(shown) => shown.contradiction.is_none(),
            View::Verified(verified) => verified.contradictions.is_empty(),
        };
        match is_stated {
            true => Outcome::AsAdvertised,
            false => Outcome::Contradicted,
        }
    }
}
