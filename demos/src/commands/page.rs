//! `workbench page`: everything that can be looked at and played with, in one folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use histories::formats::{self, Options};
use histories::lattice::Lattice;
use interleavings::MemoryModel;
use pages::{Levels, Link, Models, Rung, Words, index};
use registers::catalogue::Register;
use serde::Serialize;

use super::network_scenes::{self, OnAStage};
use super::table::{self, TableReport};
use super::{costs, museum};
use workbench::cli::{Failure, Outcome, Report, SCHEMA};
use workbench::demonstrations::{NOTE, built_in};
use workbench::play::{SCENARIOS, Stage, history_page, sketch, write};
use workbench::prove;
use workbench::screen::{Screen, grouped};

/// A history that ships with the program.
const STALE_STORE: &[u8] = include_bytes!("../../histories/stale-store.edn");

/// So many states a scene may have here: there are many.
const STATES: usize = 10_000;

/// Write a folder of pages: the player with its levels, a history, and models and registers, with an index
///
/// Exit codes: 0 the pages are written, 2 usage or input error.
#[derive(Clone, Debug, Args)]
pub struct Page {
    /// The folder; it is made if it is not there
    pub folder: PathBuf,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct PageReport {
    schema: u32,
    command: &'static str,
    folder: PathBuf,
    scenes: usize,
    files: Vec<Written>,
}

/// One file.
#[derive(Clone, Debug, Serialize)]
struct Written {
    file: &'static str,
    bytes: usize,
}

/// Writes the pages.
///
/// # Errors
///
/// If the folder or a file cannot be written.
pub fn run(args: &Page) -> Result<PageReport, Failure> {
    fs::create_dir_all(&args.folder).map_err(|error| Failure::Unwritable {
        path: args.folder.clone(),
        error,
        hint: "name a folder that can be made",
    })?;
    let stage = stage()?;
    let museum = museum::stage(STATES)?;
    let player = "play.html";
    let pages = [
        ("index.html", index(&links(), &Levels::usual(), player)),
        (player, stage.player.html()),
        ("museum.html", museum.player.html()),
        ("timeline.html", sketch(&built_in(NOTE))?.html()),
        ("history.html", history()?),
        (
            "models.html",
            Models::new(
                &Lattice::stored(),
                rungs(&table::stored(), Some((&stage, player))),
            )
            .html(),
        ),
    ];
    let mut files = Vec::new();
    for (file, html) in pages {
        write(&html, &args.folder.join(Path::new(file)))?;
        let bytes = html.len();
        files.push(Written { file, bytes });
    }
    Ok(PageReport {
        schema: SCHEMA,
        command: "page",
        folder: args.folder.clone(),
        scenes: stage.scenes.len() + museum.scenes.len(),
        files,
    })
}

/// Every register of the house, broken ones too, in the usual scenarios.
fn stage() -> Result<Stage, Failure> {
    let mut stage = Stage::new(STATES);
    let scenarios = SCENARIOS.map(prove::scenario);
    let scenarios = scenarios.into_iter().collect::<Result<Vec<_>, _>>()?;
    for register in Register::LADDER
        .iter()
        .chain(Register::ALL)
        .chain(Register::BROKEN)
    {
        let subject = register.subject(register.usual_width())?;
        stage.add(&subject, &scenarios, &MemoryModel::ALL);
    }
    network_scenes::add(&mut stage, OnAStage::all(), &[], STATES)?;
    stage.add_levels(Levels::usual())?;
    Ok(stage)
}

/// A recorded history in which a store returns what was overwritten.
fn history() -> Result<String, Failure> {
    let unreadable = |error| Failure::NotAHistory {
        path: "stale-store.edn".into(),
        error: Box::new(error),
    };
    let history = formats::read(STALE_STORE, &Options::default()).map_err(unreadable)?;
    Ok(history_page("stale-store.edn", &history))
}

/// The registers as a table has them, each with a link to its last scene on a page of scenes, if there is one.
#[must_use]
pub fn rungs(table: &TableReport, scenes: Option<(&Stage, &str)>) -> Vec<Rung> {
    let scene_of = |register: &str| {
        let (stage, player) = scenes?;
        let begins = format!("{register}/");
        let scene = stage
            .scenes
            .iter()
            .rfind(|it| it.key.starts_with(&begins))?;
        Some(format!("{player}#{}/", scene.key))
    };
    let rows = table.rows.iter().filter(|row| row.kind == "ours");
    let rungs = rows.map(|row| Rung {
        scene: scene_of(&row.register),
        costs: costs::of(&row.register),
        register: row.register.clone(),
        class: row.is.clone(),
        reads: row.read.clone(),
        writes: row.write.clone(),
        read_steps: row.read_steps,
        write_steps: row.write_steps,
    });
    rungs.collect()
}

fn links() -> Vec<Link> {
    let link = |file: &str, title: Words, text: Words| Link {
        file: file.to_owned(),
        title,
        text,
    };
    vec![
        link(
            "play.html",
            Words::new("Play the scheduler", "스케줄러가 되어 보기"),
            Words::new(
                "Threads take steps, and you say whose is next: tear a read, or prove that nobody can.",
                "스레드가 걸음을 내딛고 누구 차례인지는 당신이 정합니다. 읽기를 찢거나, 찢을 수 없음을 증명하세요.",
            ),
        ),
        link(
            "museum.html",
            Words::new("Public bugs", "공개된 버그들"),
            Words::new(
                "Registers that others wrote and shipped, where they go wrong, each beside what mends it: find it by hand.",
                "다른 이들이 쓰고 내놓은 레지스터가 어디서 잘못되는지, 고친 것과 나란히. 손으로 찾아보세요.",
            ),
        ),
        link(
            "timeline.html",
            Words::new("A timeline to edit", "고쳐 보는 시간표"),
            Words::new(
                "Drag the ends of operations and type values: safe, regular and atomic say at once what they allow, and why.",
                "연산의 끝을 끌고 값을 쓰면, 안전, 정규, 원자가 무엇을 왜 허락하는지 바로 말합니다.",
            ),
        ),
        link(
            "history.html",
            Words::new("A recorded history", "기록된 역사"),
            Words::new(
                "What a store answered, which models it meets, and the operations that prove the others broken.",
                "저장소가 무엇을 답했고 어느 모형을 지켰는지, 나머지가 깨진 증거와 함께.",
            ),
        ),
        link(
            "models.html",
            Words::new("Models and registers", "모형과 레지스터"),
            Words::new(
                "Which model implies which, the smallest history that tells two apart, and what each register costs.",
                "어느 모형이 어느 것을 함의하는지, 둘을 가르는 가장 작은 역사, 레지스터마다 드는 비용.",
            ),
        ),
    ]
}

impl Report for PageReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading("Pages")?;
        let rows: Vec<Vec<String>> = self
            .files
            .iter()
            .map(|it| vec![it.file.to_owned(), grouped(it.bytes as u64 / 1000)])
            .collect();
        screen.table(&["file", "KB"], &rows)?;
        screen.gap()?;
        screen.text(&format!(
            "{} scenes; begin with {}.",
            self.scenes,
            self.folder.join("index.html").display()
        ))
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}
