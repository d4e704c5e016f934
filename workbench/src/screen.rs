//! Tables, headings and colour. Colour is an extra channel, never the only one.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

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

/// Where results are drawn.
pub struct Screen {
    out: Box<dyn Write>,
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").finish_non_exhaustive()
    }
}

impl Screen {
    /// The standard output, with colour where it is wanted.
    pub fn stdout() -> Self {
        Self {
            out: Box::new(anstream::stdout()),
        }
    }

    /// Nowhere: the result is printed as JSON.
    pub fn hidden() -> Self {
        Self {
            out: Box::new(io::sink()),
        }
    }

    /// A heading, with an empty line around it.
    ///
    /// # Errors
    ///
    /// If nothing more can be printed; so for all that follow.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{HEADING}{text}{HEADING:#}\n")?;
        self.out.flush()
    }

    /// Text as it is, indented.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        for line in text.lines() {
            let indent = if line.is_empty() { "" } else { "  " };
            writeln!(self.out, "{indent}{}", paint_anomalies(line))?;
        }
        self.out.flush()
    }

    /// A paragraph, indented and broken between words.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn wrapped(&mut self, text: &str) -> io::Result<()> {
        /// As long as a line is, indentation included.
        const WIDTH: usize = 100;
        let mut lines: Vec<String> = vec![String::new()];
        for word in text.split_whitespace() {
            let line = lines.last_mut().expect("there is a first line");
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH - 2 {
                lines.push(word.to_owned());
            } else {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
        }
        self.text(&lines.join("\n"))
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
        for line in text.lines() {
            writeln!(self.out, "  {NOTE}{line}{NOTE:#}")?;
        }
        self.out.flush()
    }

    /// A table: a header, and rows of as many cells. Columns in which every cell is a number are aligned to the right.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn table(&mut self, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        let mut table = Table::new();
        let rule = LineStyle::none().fill('-').junction('-');
        table.load_style(TableStyle::new().header_separator(rule));
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(header.to_vec());
        for row in rows {
            table.add_row(row.clone());
        }
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            let numeric = |row: &Vec<String>| {
                row[at]
                    .chars()
                    .all(|c| c.is_ascii_digit() || ",.|".contains(c))
            };
            if !header[at].is_empty() && rows.iter().all(numeric) {
                column.set_cell_alignment(comfy_table::CellAlignment::Right);
            }
        }
        let drawn: Vec<String> = table
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        self.text(&drawn.join("\n"))
    }

    /// The word `error` as it stands before an error.
    pub fn paint_error(word: &str) -> String {
        format!("{ANOMALY}{word}{ANOMALY:#}")
    }
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
