//! The page of models and registers: what implies what, and what it costs to guarantee it.

use histories::Model;
use histories::lattice::Lattice;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::encode::packed;
use crate::shell::{Page, web};

/// What a register of 8 words costs, as the scoreboard measured it once, on one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Costs {
    /// Nanoseconds of a read, with nobody else there.
    pub read: String,
    /// The same of a write.
    pub write: String,
    /// Millions of reads a second of a value not seen before, beside a writer at full speed.
    pub fresh: String,
}

/// A register on the ladder.
#[derive(Clone, Debug, Serialize)]
pub struct Rung {
    /// Its name.
    pub register: String,
    /// The strongest class that nothing contradicts.
    pub class: String,
    /// What it promises to reads that others keep waiting: `wait-free`.
    pub reads: String,
    /// The same to writes.
    pub writes: String,
    /// How many steps a read takes at most among others; nothing if there is no bound.
    pub read_steps: Option<usize>,
    /// The same of a write.
    pub write_steps: Option<usize>,
    /// What it costs, as the scoreboard measured it, if it did.
    pub costs: Option<Costs>,
    /// A link to a scene of it, if there is one.
    pub scene: Option<String>,
}

/// The models with what tells them apart, and the registers.
///
/// ```
/// use histories::lattice::Lattice;
/// use pages::Models;
///
/// let page = Models::new(&Lattice::stored(), Vec::new());
/// assert!(page.html().contains("<!doctype html>"));
/// ```
#[derive(Debug)]
pub struct Models {
    contents: Json,
}

impl Models {
    /// The page of a lattice, with these registers.
    #[must_use]
    pub fn new(lattice: &Lattice, rungs: Vec<Rung>) -> Self {
        let models: Vec<Json> = Model::ALL
            .into_iter()
            .map(|model| {
                let implied: Vec<&str> = model.implied().iter().map(|it| it.name()).collect();
                let apart = Model::ALL.into_iter();
                // The number of the history that meets this model and breaks the other; from 1.
                let apart: Vec<Option<usize>> = apart.map(|to| lattice.number(model, to)).collect();
                json!({ "name": model.name(), "implies": implied, "apart": apart })
            })
            .collect();
        let histories = lattice.separating().iter().map(|it| {
            let meets = Model::ALL.into_iter().filter(|&model| it.meets(model));
            let meets: Vec<&str> = meets.map(Model::name).collect();
            json!({ "picture": it.to_string(), "meets": meets })
        });
        let histories: Vec<Json> = histories.collect();
        Self {
            contents: json!({ "models": models, "histories": histories, "rungs": rungs }),
        }
    }

    /// The whole page.
    #[must_use]
    pub fn html(&self) -> String {
        let page = Page {
            title: "Models and registers".to_owned(),
            kind: "models-page",
            body: include_str!("../web/models.html"),
            scripts: vec![web!("models.js")],
            data: vec![(
                "contents".to_owned(),
                packed(self.contents.to_string().as_bytes()),
            )],
        };
        page.html()
    }
}
