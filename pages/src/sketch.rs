//! The page of a timeline that can be edited: operations are dragged, and each class says at once what it makes of it.
//!
//! This is the one page that judges by itself. Its checker is a small one, for small timelines of one register; a test in
//! `.ci/browser` compares it with Rust on all of them: verdicts, sentences, and what open reads may return.

use std::fmt::Write;

use histories::{Action, History, Process};
use serde_json::json;

use crate::encode::packed;
use crate::shell::{Page, web};

/// The last column of the picture.
const COLUMN: u64 = 60;

/// So many operations there may be.
const OPERATIONS: usize = 12;

/// So many threads there may be.
const THREADS: u32 = 6;

/// Why a history cannot be edited on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEditable {
    /// It is on several registers, or on one with a name.
    #[error(
        "the page has one register, without a name: leave `:name` out, and keep to one register"
    )]
    Registers,
    /// There is a compare-and-swap.
    #[error("the page has reads and writes only: leave compare-and-swaps out")]
    Swap,
    /// There is too much to look at.
    #[error(
        "the page has room for {OPERATIONS} operations by Threads 1 to {THREADS}: draw the part that matters, or look at all of it by `workbench check FILE --page`"
    )]
    TooLarge,
    /// A value that is no number, no words and no name.
    #[error(
        "the page has numbers, words such as `0|1`, and names as values: write other values in this way"
    )]
    Value,
}

/// A timeline to begin with.
///
/// ```
/// use histories::Timeline;
/// use pages::Sketch;
///
/// let timeline: Timeline = "init: 0\nThread 1:  www(1)\nThread 2:    rrrr\n".parse()?;
/// let sketch = Sketch::new(&timeline.history).expect("it is small");
/// assert_eq!(sketch.link(), "0/w0-2=1/r2-5");
/// assert!(sketch.html().starts_with("<!doctype html>"));
/// # Ok::<(), histories::timeline::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    link: String,
    inverted: Option<String>,
}

impl Sketch {
    /// The page of a history.
    ///
    /// # Errors
    ///
    /// If there is more in it than the page can judge.
    pub fn new(history: &History) -> Result<Self, NotEditable> {
        Ok(Self {
            link: link(history)?,
            inverted: None,
        })
    }

    /// The same, with a second picture that one key leads to: the first two reads of this thread return 1 and then 0.
    ///
    /// # Errors
    ///
    /// If there is more in it than the page can judge.
    pub fn with_inversion(self, history: &History, thread: Process) -> Result<Self, NotEditable> {
        let mut values = [1, 0].into_iter();
        let answered = history.operations().iter().map(|operation| {
            let mut operation = operation.clone();
            if operation.process == thread
                && operation.is_read()
                && let Some(value) = values.next()
            {
                operation.action = Action::Read(Some(value.into()));
            }
            operation
        });
        let answered = History::new(history.initial().clone(), answered);
        Ok(Self {
            inverted: Some(link(&answered.map_err(|_| NotEditable::Value)?)?),
            ..self
        })
    }

    /// How a link of the page says the timeline.
    #[must_use]
    pub fn link(&self) -> &str {
        &self.link
    }

    /// The whole page.
    #[must_use]
    pub fn html(&self) -> String {
        let contents = json!({ "start": self.link, "inverted": self.inverted });
        let page = Page {
            title: "A timeline to edit".to_owned(),
            kind: "timeline",
            body: include_str!("../web/timeline.html"),
            scripts: vec![
                web!("semantics.js"),
                web!("evidence.js"),
                web!("notation.js"),
                web!("reasons.js"),
                web!("sentences.js"),
                web!("sketch.js"),
                web!("judged.js"),
                web!("timeline.js"),
            ],
            data: vec![(
                "contents".to_owned(),
                packed(contents.to_string().as_bytes()),
            )],
        };
        page.html()
    }
}

/// A history as links say it: `0/w3-7=1,w17-21=2/r0-4`, a part for each thread from the first.
fn link(history: &History) -> Result<String, NotEditable> {
    let operations = history.operations();
    let threads = operations.iter().map(|it| it.process).max().unwrap_or(0);
    let is_large = operations.is_empty() || operations.len() > OPERATIONS || threads > THREADS;
    if is_large || operations.iter().any(|it| it.process == 0) {
        return Err(NotEditable::TooLarge);
    }
    if operations.iter().any(|it| it.register != 0) {
        return Err(NotEditable::Registers);
    }
    let columns = Columns::of(history);
    if columns.last() > COLUMN {
        return Err(NotEditable::TooLarge);
    }
    let mut link = value(history.initial())?;
    for thread in 1..=threads {
        let own = operations.iter().filter(|it| it.process == thread);
        let own: Result<Vec<String>, NotEditable> = own
            .map(|it| {
                let (kind, said) = match &it.action {
                    Action::Write(written) => ('w', Some(written)),
                    Action::Read(returned) => ('r', returned.as_ref()),
                    Action::CompareAndSwap { .. } => return Err(NotEditable::Swap),
                };
                let from = columns.place(it.invoked);
                let to = it.completed.map(|at| columns.place(at).to_string());
                let to = to.unwrap_or_default();
                let value = said.map(value).transpose()?;
                let value = value.map_or_else(String::new, |value| format!("={value}"));
                Ok(format!("{kind}{from}-{to}{value}"))
            })
            .collect();
        write!(link, "/{}", own?.join(",")).expect("writing to a string succeeds");
    }
    Ok(link)
}

/// A value as a link says it.
fn value(value: &histories::Value) -> Result<String, NotEditable> {
    let text = value.to_string();
    match text.contains('"') {
        true => Err(NotEditable::Value),
        false => Ok(text.replace('|', "%7C").replace('/', "%2F")),
    }
}

/// The column of each instant: as it was drawn, if that fits; else one column for each instant at which something happens.
struct Columns {
    first: u64,
    instants: Vec<u64>,
}

impl Columns {
    fn of(history: &History) -> Self {
        let operations = history.operations().iter();
        let mut instants: Vec<u64> = operations
            .flat_map(|it| [Some(it.invoked), it.completed])
            .flatten()
            .collect();
        instants.sort_unstable();
        instants.dedup();
        Self {
            first: instants.first().copied().unwrap_or(0),
            instants,
        }
    }

    fn is_drawn(&self) -> bool {
        let last = self.instants.last();
        last.is_none_or(|last| last - self.first <= COLUMN)
    }

    fn place(&self, at: u64) -> u64 {
        match self.is_drawn() {
            true => at - self.first,
            false => self.instants.partition_point(|&it| it < at) as u64,
        }
    }

    fn last(&self) -> u64 {
        self.instants.last().map_or(0, |&last| self.place(last))
    }
}

#[cfg(test)]
mod tests {
    use histories::Timeline;

    use super::*;

    fn link_of(text: &str) -> Result<String, NotEditable> {
        let timeline: Timeline = text.parse().expect("it is a timeline");
        Sketch::new(&timeline.history).map(|it| it.link)
    }

    #[test]
    fn what_the_page_cannot_judge_is_refused() {
        let refused = [
            ("init: 0\nT1:  ww:x(1)\n", NotEditable::Registers),
            ("init: 0\nT1:  cc(0>1)\n", NotEditable::Swap),
            ("init: 0\nT7:  ww(1)\n", NotEditable::TooLarge),
            ("init: 0\nT1:  ww(\"a b\")\n", NotEditable::Value),
        ];
        for (text, why) in refused {
            assert_eq!(link_of(text), Err(why), "{text}");
        }
    }

    #[test]
    fn links_keep_columns_threads_and_what_never_completed() {
        let text = "init: 0\nThread 1:     www>(1)\nThread 3:  rr  rr(0|1)  rr>\n";
        assert_eq!(
            link_of(text).as_deref(),
            Ok("0/w3-=1//r0-1,r4-5=0%7C1,r13-")
        );
    }

    #[test]
    fn a_wide_timeline_keeps_its_order() {
        let text = format!("init: 0\nT1:  ww(1){}rr\n", " ".repeat(99));
        assert_eq!(link_of(&text).as_deref(), Ok("0/w0-1=1,r2-3"));
    }
}
