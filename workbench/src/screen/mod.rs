//! Tables, headings and colour. Colour is an extra channel, never the only one.

mod table;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

const HEADING: Style = Style::new().bold();
const ANOMALY: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = Style::new().dimmed();

/// Words that are painted wherever they stand.
const ANOMALIES: [&str; 8] = [
    "data race",
    "use after free",
    "new-old inversion",
    "torn read",
    "stale read",
    "read from the future",
    "value never written",
    "no linearization",
];

/// So wide is a screen that is no terminal: a pipe, or a file.
pub const PIPE: usize = 100;

/// No screen is narrower: where there is less, lines are broken by the terminal.
pub const NARROWEST: usize = 40;

/// Prose is broken here at the latest, however wide a terminal is, if nobody says how wide it may be.
const PROSE: usize = 100;

/// Where results are drawn.
pub struct Screen {
    out: Box<dyn Write>,
    /// As many columns as a line may have.
    width: usize,
    /// As many columns as a line of prose may have.
    prose: usize,
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").finish_non_exhaustive()
    }
}

impl Screen {
    /// The standard output, with colour where it is wanted; as wide as asked for, or else as the terminal is.
    pub fn stdout(width: Option<usize>) -> Self {
        let of_terminal = || Some(terminal_size::terminal_size_of(io::stdout())?.0.0.into());
        let usual = || of_terminal().unwrap_or(PIPE).max(NARROWEST);
        Self {
            out: Box::new(anstream::stdout()),
            width: width.unwrap_or_else(usual),
            prose: width.unwrap_or_else(|| usual().min(PROSE)),
        }
    }

    /// Nowhere: the result is printed as JSON.
    pub fn hidden() -> Self {
        Self {
            out: Box::new(io::sink()),
            width: PIPE,
            prose: PROSE,
        }
    }

    /// A heading, with an empty line around it.
    ///
    /// # Errors
    ///
    /// If nothing more can be printed; so for all that follow.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        for line in broken(text, self.prose) {
            writeln!(self.out, "{HEADING}{line}{HEADING:#}")?;
        }
        writeln!(self.out)?;
        self.out.flush()
    }

    /// Text, indented. A line of prose that is too long is broken between words; a line with two spaces in a row is a
    /// picture, and left as it is.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        for line in broken(text, self.prose - 2) {
            let indent = if line.is_empty() { "" } else { "  " };
            writeln!(self.out, "{indent}{}", paint_anomalies(&line))?;
        }
        self.out.flush()
    }

    /// A paragraph, indented and broken between words.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn wrapped(&mut self, text: &str) -> io::Result<()> {
        let words: Vec<&str> = text.split_whitespace().collect();
        self.text(&words.join(" "))
    }

    /// Text as it is, from the first column: what another program may read.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn raw(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// An empty line.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A remark, less loud than the text.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        for line in broken(text, self.prose - 2) {
            writeln!(self.out, "  {NOTE}{line}{NOTE:#}")?;
        }
        self.out.flush()
    }

    /// A table: a header, and rows of as many cells. Columns in which every cell is a number are aligned to the right. A
    /// table that is too wide goes on below, each part with the first column again.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn table(&mut self, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        self.table_of(1, header, rows)
    }

    /// As [`table`](Self::table), where so many columns say what a row is of: they stand in each part.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn table_of(
        &mut self,
        keys: usize,
        header: &[&str],
        rows: &[Vec<String>],
    ) -> io::Result<()> {
        let widths = table::widths(header, rows);
        for (at, columns) in table::parts(&widths, keys, self.width - 2)
            .iter()
            .enumerate()
        {
            if at > 0 {
                self.gap()?;
            }
            let room = self.width.saturating_sub(2);
            for line in table::drawn(header, rows, columns, &widths, room) {
                writeln!(self.out, "  {}", paint_anomalies(&line))?;
            }
        }
        self.out.flush()
    }

    /// An error as it is printed on stderr, broken between words if that is a terminal.
    #[must_use]
    pub fn error(message: &str) -> String {
        let of_terminal = terminal_size::terminal_size_of(io::stderr());
        let width = of_terminal.map_or(usize::MAX, |(width, _)| width.0.into());
        let lines = broken(&format!("error: {message}"), width.max(NARROWEST));
        let painted = format!("{ANOMALY}error{ANOMALY:#}");
        lines.join("\n").replacen("error", &painted, 1)
    }
}

/// The lines of a text, those of prose broken between words.
fn broken(text: &str, room: usize) -> Vec<String> {
    let broken = |line: &str| {
        let indent = &line[..line.len() - line.trim_start().len()];
        if line.trim().contains("  ") {
            return vec![line.to_owned()];
        }
        let options = textwrap::Options::new(room)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
            .initial_indent(indent)
            .subsequent_indent(indent);
        let lines = textwrap::wrap(line.trim(), options).into_iter();
        lines.map(|line| line.trim_end().to_owned()).collect()
    };
    text.lines().flat_map(broken).collect()
}

fn paint_anomalies(line: &str) -> String {
    ANOMALIES.iter().fold(line.to_owned(), |line, name| {
        line.replace(name, &format!("{ANOMALY}{name}{ANOMALY:#}"))
    })
}

/// `1 word`, `2 words`.
#[must_use]
pub fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// `a, b and c`.
#[must_use]
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

/// `12345678` as `12,345,678`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let said: Vec<String> = [0, 999, 1000, 1_234_567].into_iter().map(grouped).collect();
        assert_eq!(said, ["0", "999", "1,000", "1,234,567"]);
    }
}
