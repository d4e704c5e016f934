//! Which engines there are, in which modes.

use std::io;

use demos::commands::network;
use histories::Model;
use serde::Serialize;
use workbench::cli::{Outcome, Report, SCHEMA};
use workbench::screen::Screen;

use crate::modes::{Engine, MODES};

/// All engines and their modes.
#[derive(Clone, Debug, Serialize)]
pub struct ListReport {
    schema: u32,
    command: &'static str,
    engines: Vec<Listed>,
}

#[derive(Clone, Debug, Serialize)]
struct Listed {
    engine: &'static str,
    /// Why it cannot be started here; absent if it can.
    missing: Option<String>,
    modes: Vec<Row>,
}

#[derive(Clone, Debug, Serialize)]
struct Row {
    mode: &'static str,
    about: &'static str,
    promised: Option<Model>,
    protocol: String,
    explored: Option<Vec<Model>>,
}

/// Lists them.
#[must_use]
pub fn list() -> ListReport {
    let engines = Engine::ALL.map(|engine| Listed {
        engine: engine.name(),
        missing: engine.program().err().map(|trouble| trouble.to_string()),
        modes: MODES
            .iter()
            .filter(|mode| mode.engine == engine)
            .map(|mode| Row {
                mode: mode.name,
                about: mode.about,
                promised: mode.promise.model,
                protocol: mode.like.name(),
                explored: mode.like.explored(),
            })
            .collect(),
    });
    ListReport {
        schema: SCHEMA,
        command: "store",
        engines: engines.into(),
    }
}

impl Report for ListReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading("Stores that can be put on the bench")?;
        let mut rows = Vec::new();
        for engine in &self.engines {
            for row in &engine.modes {
                rows.push(vec![
                    engine.engine.to_owned(),
                    row.mode.to_owned(),
                    super::drawn::promised(row.promised),
                    row.protocol.clone(),
                    network::explored(row.explored.as_deref()),
                ]);
            }
        }
        let header = ["engine", "mode", "promised", "is like", "which is"];
        screen.table_of(2, &header, &rows)?;
        screen.gap()?;
        screen.wrapped(
            "Promised: what the documentation of the engine amounts to, for one register. Which is: the rung \
             of that protocol, by every execution of small scenarios.",
        )?;
        for missing in self.engines.iter().filter_map(|it| it.missing.as_ref()) {
            screen.wrapped(missing)?;
        }
        screen.note(
            "One engine in all its modes: workbench store redis. One mode: workbench store redis replicas\n\
             A store of your own: workbench store --command 'PROGRAM'",
        )
    }

    fn outcome(&self) -> Outcome {
        Outcome::AsAdvertised
    }
}
