//! Pictures for slides and papers: SVG, and TikZ for LaTeX. They have the layout of the notation, column by column.

use std::fmt::Write;
use std::str::FromStr;

use super::Timeline;
use super::draw::{Layout, Together, drawn};
use crate::{Action, Operation, Process};

/// A picture that programs draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slide {
    /// Scalable Vector Graphics, which browsers and slides show.
    Svg,
    /// The commands of TikZ, for a document in LaTeX: `\usepackage{tikz}` is all it takes.
    Tikz,
}

impl Slide {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Svg, Self::Tikz];

    /// Its name, as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Tikz => "tikz",
        }
    }
}

impl FromStr for Slide {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|it| it.name() == name).ok_or(())
    }
}

/// An operation, where it stands and how it looks.
struct Bar<'a> {
    lane: usize,
    first: usize,
    last: usize,
    operation: &'a Operation,
    failed: bool,
    label: String,
}

impl Timeline {
    /// The operations as a picture. Marks, steps and replicas are left out.
    ///
    /// ```
    /// use histories::Timeline;
    /// use histories::timeline::Slide;
    ///
    /// let timeline: Timeline = "
    ///     init: 0
    ///     Thread 1:  wwwww(1)
    ///     Thread 2:    rrrrr(0)
    /// ".parse()?;
    /// assert!(timeline.slide(Slide::Svg).starts_with("<svg "));
    /// assert!(timeline.slide(Slide::Tikz).contains("\\node"));
    /// # Ok::<(), histories::timeline::ParseError>(())
    /// ```
    #[must_use]
    pub fn slide(&self, slide: Slide) -> String {
        let operations = drawn(self);
        let mut lanes: Vec<Process> = operations.iter().map(|it| it.process).collect();
        lanes.sort_unstable();
        lanes.dedup();
        let layout = Layout::of(self, Together::Concurrent);
        let whole = self.history.operations().len();
        let bars = operations.into_iter().enumerate().map(|(at, operation)| {
            let (first, last) = layout.columns(at);
            let letter = match operation.action {
                Action::Write(_) => 'w',
                Action::Read(_) => 'r',
                Action::CompareAndSwap { .. } => 'c',
            };
            Bar {
                lane: lanes.binary_search(&operation.process).unwrap_or_default(),
                first,
                last,
                operation,
                failed: at >= whole,
                label: format!(
                    "{letter}{}",
                    layout.tails[at].trim_start_matches(['>', '!'])
                ),
            }
        });
        let bars: Vec<Bar<'_>> = bars.collect();
        let longest = bars
            .iter()
            .map(|it| it.first + it.label.chars().count() + 1)
            .max()
            .unwrap_or(0);
        let columns = longest.max(layout.end + 2);
        match slide {
            Slide::Svg => self.svg(&lanes, &bars, columns),
            Slide::Tikz => self.tikz(&lanes, &bars, columns),
        }
    }

    fn svg(&self, lanes: &[Process], bars: &[Bar<'_>], columns: usize) -> String {
        const COLUMN: usize = 12;
        const LANE: usize = 48;
        const MARGIN: usize = 96;
        const BAR: usize = 10;
        let (width, height) = (MARGIN + COLUMN * columns + 12, LANE * lanes.len() + 40);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" font-family=\"sans-serif\" font-size=\"15\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
             <text x=\"12\" y=\"24\" fill=\"#555\">init: {}</text>\n",
            escaped(&self.history.initial().to_string()),
        );
        for (lane, process) in lanes.iter().enumerate() {
            let y = 40 + LANE * lane + LANE / 2;
            let _ = writeln!(
                svg,
                "<text x=\"12\" y=\"{}\" fill=\"#222\">Thread {process}</text>\n\
                 <line x1=\"{MARGIN}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"#ddd\"/>",
                y + 5,
                width - 12,
            );
        }
        for bar in bars {
            let color = match bar.operation.action {
                Action::Write(_) => "#b3541e",
                Action::Read(_) => "#1f6f8b",
                Action::CompareAndSwap { .. } => "#6a4c93",
            };
            let (x, y) = (
                MARGIN + COLUMN * bar.first,
                40 + LANE * bar.lane + LANE / 2 - BAR / 2,
            );
            let long = COLUMN * (bar.last + 1 - bar.first);
            let dashes = match (bar.failed, bar.operation.is_pending()) {
                (true, _) => " fill-opacity=\"0\" stroke-dasharray=\"3 3\"",
                (_, true) => " fill-opacity=\".35\" stroke-dasharray=\"8 3\"",
                _ => " fill-opacity=\".85\"",
            };
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{long}\" height=\"{BAR}\" rx=\"3\" fill=\"{color}\" \
                 stroke=\"{color}\"{dashes}/>\n<text x=\"{x}\" y=\"{}\" fill=\"{color}\">{}</text>",
                y - 4,
                escaped(&bar.label),
            );
        }
        svg + "</svg>\n"
    }

    fn tikz(&self, lanes: &[Process], bars: &[Bar<'_>], columns: usize) -> String {
        let mut tikz = format!(
            "\\begin{{tikzpicture}}[x=2mm, y=-9mm, font=\\small]\n  \\node[anchor=west] at (-10,-1) {{init: {}}};\n",
            spelled(&self.history.initial().to_string()),
        );
        for (lane, process) in lanes.iter().enumerate() {
            let _ = writeln!(
                tikz,
                "  \\node[anchor=west] at (-10,{lane}) {{Thread {process}}};\n  \\draw[black!15] (0,{lane}) -- ({columns},{lane});"
            );
        }
        for bar in bars {
            let color = match bar.operation.action {
                Action::Write(_) => "orange!70!black",
                Action::Read(_) => "cyan!60!black",
                Action::CompareAndSwap { .. } => "violet",
            };
            let style = match (bar.failed, bar.operation.is_pending()) {
                (true, _) => "|-|, dotted",
                (_, true) => "|->, dashed",
                _ => "|-|",
            };
            let (first, last, lane) = (bar.first, bar.last + 1, bar.lane);
            let _ = writeln!(
                tikz,
                "  \\draw[{style}, very thick, {color}] ({first},{lane}) -- ({last},{lane});\n  \
                 \\node[anchor=south west, inner xsep=0, {color}] at ({first},{lane}) {{{}}};",
                spelled(&bar.label),
            );
        }
        tikz + "\\end{tikzpicture}\n"
    }
}

/// A text as XML has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A text as LaTeX has it.
fn spelled(text: &str) -> String {
    let mut spelled = String::new();
    for character in text.chars() {
        match character {
            '\\' => spelled.push_str("\\textbackslash{}"),
            '~' => spelled.push_str("\\textasciitilde{}"),
            '^' => spelled.push_str("\\textasciicircum{}"),
            '>' => spelled.push_str("$\\to$"),
            '|' | '<' => spelled.push_str(&format!("${character}$")),
            '#' | '$' | '%' | '&' | '_' | '{' | '}' => spelled.push_str(&format!("\\{character}")),
            plain => spelled.push(plain),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slides_have_the_columns_of_the_notation() {
        let timeline: Timeline = "
            init: 0
            Thread 1:  wwwww:a_b(1)
            Thread 2:    ccccc>(0>2)
        "
        .parse()
        .unwrap();
        let svg = timeline.slide(Slide::Svg);
        assert!(
            svg.contains("<rect x=\"96\" y=\"59\" width=\"60\""),
            "{svg}"
        );
        assert!(
            svg.contains(">c(0&gt;2)</text>") && svg.contains("stroke-dasharray=\"8 3\""),
            "{svg}"
        );
        assert_eq!(svg.matches("<rect").count(), 3);
        let tikz = timeline.slide(Slide::Tikz);
        assert!(
            tikz.contains("(0,0) -- (5,0)") && tikz.contains("{w:a\\_b(1)}"),
            "{tikz}"
        );
        assert!(
            tikz.contains("|->, dashed") && tikz.contains("{c(0$\\to$2)}"),
            "{tikz}"
        );
    }
}
