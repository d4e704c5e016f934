//! Tables as Markdown.

use std::fmt::Write;

use crate::tables::Table;

/// A heading, a table, and notes.
#[must_use]
pub fn markdown(table: &Table) -> String {
    let line = |cells: &[String]| {
        let escaped = cells.iter().map(|cell| cell.replace('|', "\\|"));
        format!("| {} |", escaped.collect::<Vec<_>>().join(" | "))
    };
    let mut text = format!("### {}\n\n{}\n", table.heading, line(&table.header));
    let rule: Vec<&str> = (0..table.header.len())
        .map(|at| if is_numeric(table, at) { "--:" } else { "---" })
        .collect();
    text += &format!("|{}|\n", rule.join("|"));
    for row in &table.rows {
        text += &line(row);
        text.push('\n');
    }
    for note in &table.notes {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{note}\n");
    }
    text.push('\n');
    text
}

/// Whether each cell of a column begins with a digit.
fn is_numeric(table: &Table, at: usize) -> bool {
    let begins =
        |row: &Vec<String>| row[at] == "-" || row[at].starts_with(|c: char| c.is_ascii_digit());
    table.rows.iter().all(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_in_markdown() {
        let cells = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let table = Table {
            heading: "Speed".to_owned(),
            header: cells(["register", "ns"]),
            rows: vec![cells(["locked", "5.9"]), cells(["a|b", "-"])],
            notes: vec!["Alone.".to_owned()],
        };
        let expected = "### Speed\n\n| register | ns |\n|---|--:|\n| locked | 5.9 |\n| a\\|b | - |\n\nAlone.\n\n";
        assert_eq!(markdown(&table), expected);
    }
}
