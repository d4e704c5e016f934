//! Tables that fit.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use unicode_width::UnicodeWidthStr;

use crate::staging::LED;

/// Behind each column, and between two of them.
const PADDING: usize = 2;
const GAP: usize = PADDING + 1;

/// A last column of prose is broken between words, rather than set below, if it gets so much room.
const PROSE: usize = 24;

/// How wide each column is.
pub(super) fn widths(header: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
    let width = |at: usize| {
        let cells = rows.iter().map(|row| row[at].as_str());
        cells
            .chain([header[at]])
            .map(widest_line)
            .max()
            .unwrap_or(0)
    };
    (0..header.len()).map(width).collect()
}

fn widest_line(cell: &str) -> usize {
    cell.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// Which columns stand beside each other: as many as there is room for, each part with the first `keys` columns.
pub(super) fn parts(widths: &[usize], keys: usize, room: usize) -> Vec<Vec<usize>> {
    let keys = keys.min(widths.len());
    let taken = |columns: &[usize]| {
        let widths: usize = columns.iter().map(|&at| widths[at]).sum();
        widths + GAP * columns.len().saturating_sub(1) + PADDING
    };
    let every: Vec<usize> = (0..keys).collect();
    let mut parts = vec![every.clone()];
    for at in keys..widths.len() {
        let part = parts.last_mut().expect("there is a first part");
        part.push(at);
        let left = room.saturating_sub(taken(part) - widths[at]);
        let is_last = at + 1 == widths.len();
        let fits = taken(part) <= room || is_last && left >= PROSE;
        if !fits && part.len() > keys + 1 {
            part.pop();
            parts.push(every.iter().copied().chain([at]).collect());
        }
    }
    parts
}

/// A part of a table, line by line. Only a cell that is too wide for a line of its own is broken, between words.
pub(super) fn drawn(
    header: &[&str],
    rows: &[Vec<String>],
    columns: &[usize],
    widths: &[usize],
    room: usize,
) -> Vec<String> {
    let last = columns.last().copied();
    let before: usize = columns
        .iter()
        .rev()
        .skip(1)
        .map(|&at| widths[at] + GAP)
        .sum();
    let before = before + PADDING;
    let fitted = |at: usize, cell: &str| match room.checked_sub(before) {
        Some(left) if Some(at) == last && left >= PROSE && widths[at] > left => {
            textwrap::fill(cell, left)
        }
        _ => cell.to_owned(),
    };
    let mut table = Table::new();
    let rule = LineStyle::none().fill('-').junction('-');
    table.load_style(TableStyle::new().header_separator(rule));
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|&at| header[at]));
    for row in rows {
        table.add_row(columns.iter().map(|&at| fitted(at, &row[at])));
    }
    for (column, &at) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, PADDING as u16));
        let is_number = |c: char| c.is_ascii_digit() || ",.|".contains(c);
        let numeric = |row: &Vec<String>| row[at] == LED || row[at].chars().all(is_number);
        if !header[at].is_empty() && rows.iter().all(numeric) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_too_wide_goes_on_below_with_its_keys() {
        assert_eq!(parts(&[5, 10, 10], 1, 33), [[0, 1, 2]]);
        assert_eq!(parts(&[5, 10, 10], 1, 32), [[0, 1], [0, 2]]);
        assert_eq!(parts(&[5, 5, 10, 10], 2, 32), [[0, 1, 2], [0, 1, 3]]);
    }

    #[test]
    fn a_last_column_of_prose_is_broken_between_words() {
        assert_eq!(parts(&[5, 10, 100], 1, 60), [[0, 1, 2]]);
        let rows = [vec![
            "a".to_owned(),
            "one two three four five six seven".to_owned(),
        ]];
        let lines = drawn(&["k", "text"], &rows, &[0, 1], &[1, 33], 32);
        assert_eq!(lines[2..], ["a   one two three four five", "    six seven"]);
        assert!(lines.iter().all(|line| line.len() <= 32), "{lines:#?}");
    }
}
