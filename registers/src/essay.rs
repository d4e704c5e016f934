//! The essay at the top of a register's or a protocol's file, for readers who have the program and not the source.

/// An essay, part by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Essay(pub Vec<Part>);

/// A part of an essay.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// A paragraph, to be broken between words.
    Paragraph(String),
    /// Lines to be shown as they are: a picture, or a table.
    Lines(String),
}

impl Essay {
    /// Of a source file: its `//!` lines. Of a tested block only the picture is kept.
    #[must_use]
    pub fn of(source: &str) -> Self {
        Self::of_lines(source.lines().map_while(|line| line.strip_prefix("//!")))
    }

    /// Of the first item of a source file that is documented: its `///` lines.
    #[must_use]
    pub fn of_item(source: &str) -> Self {
        let lines = source.lines().skip_while(|line| !line.starts_with("///"));
        Self::of_lines(lines.map_while(|line| line.strip_prefix("///")))
    }

    /// Its first sentence.
    #[must_use]
    pub fn idea(&self) -> &str {
        match self.0.first() {
            Some(Part::Paragraph(text)) => text.split_once(". ").map_or(text, |(first, _)| first),
            _ => "",
        }
    }

    fn of_lines<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut parts = Vec::new();
        let mut paragraph: Vec<&str> = Vec::new();
        // The block that a line is in, if it is in one, and whether its lines are shown.
        let mut block: Option<(Vec<&str>, bool)> = None;
        for line in lines {
            let line = line.strip_prefix(' ').unwrap_or(line);
            if line.starts_with("```") {
                end(&mut paragraph, &mut parts);
                block = match block.take() {
                    Some((shown, _)) => {
                        let shown = shown.join("\n");
                        parts.extend((!shown.is_empty()).then_some(Part::Lines(shown)));
                        None
                    }
                    None => Some((Vec::new(), line != "```")),
                };
            } else if let Some((shown, is_shown)) = &mut block {
                match line {
                    "let picture = \"" => *is_shown = true,
                    "\";" => *is_shown = false,
                    line if *is_shown => shown.push(line),
                    _ => {}
                }
            } else if line.is_empty() {
                end(&mut paragraph, &mut parts);
            } else {
                if line.starts_with("* ") {
                    end(&mut paragraph, &mut parts);
                }
                paragraph.push(line);
            }
        }
        end(&mut paragraph, &mut parts);
        Self(parts)
    }
}

/// Ends a paragraph, or a table.
fn end(paragraph: &mut Vec<&str>, parts: &mut Vec<Part>) {
    let lines = std::mem::take(paragraph);
    match lines.first() {
        None => {}
        Some(first) if first.starts_with('|') => {
            let rows = lines.iter().filter(|line| !line.starts_with("|---"));
            let rows: Vec<String> = rows.map(|line| plain(line)).collect();
            parts.push(Part::Lines(rows.join("\n")));
        }
        Some(_) => parts.push(Part::Paragraph(plain(&lines.join(" ")))),
    }
}

/// Without links, emphasis and code marks.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['[', '*', '`']) {
        plain.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let linked = behind.find(']').filter(|_| rest[at..].starts_with('['));
        rest = match linked {
            Some(end) => {
                plain.push_str(&self::plain(&behind[..end]));
                let behind = &behind[end + 1..];
                match behind.find(')').filter(|_| behind.starts_with('(')) {
                    Some(end) => &behind[end + 1..],
                    None => behind,
                }
            }
            // It begins an item of a list.
            None if rest[at..].starts_with("* ") && (at == 0 && plain.is_empty()) => {
                plain.push('*');
                behind
            }
            None => behind,
        };
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_essay_is_shown_without_its_marks() {
        let source = "\
//! Head: *one* idea, see [`majority`](super::majority)
//! and **more**.
//!
//! * first
//! * second
//!
//! ```
//! # hidden
//! let picture = \"
//! Thread 1:  ww(1)
//! \";
//! assert!(true);
//! ```
//!
//! | a | b |
//! |---|---|
//! | 1 | `2` |

fn code() {}
";
        let paragraph = |text: &str| Part::Paragraph(text.to_owned());
        let expected = vec![
            paragraph("Head: one idea, see majority and more."),
            paragraph("* first"),
            paragraph("* second"),
            Part::Lines("Thread 1:  ww(1)".to_owned()),
            Part::Lines("| a | b |\n| 1 | 2 |".to_owned()),
        ];
        assert_eq!(Essay::of(source).0, expected);
    }
}
