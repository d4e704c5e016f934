//! What build servers read: a report of JUnit, and annotations of GitHub.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use workbench::cli::{Failure, Outcome};
use workbench::play::write;

/// One thing that is expected, or judged where nothing is.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) outcome: Outcome,
    /// What became of it, in a sentence.
    pub(super) sentence: String,
    /// The evidence, as it is drawn.
    pub(super) evidence: String,
    /// The line of the file where it shows first.
    pub(super) line: Option<usize>,
}

/// Writes the report of JUnit: one test for each case.
pub(super) fn junit(cases: &[Case], file: &Path, to: &Path) -> Result<(), Failure> {
    let count = |outcome| cases.iter().filter(|it| it.outcome == outcome).count();
    let suite = escaped(&file.display().to_string());
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{suite}\" tests=\"{}\" \
         failures=\"{}\" errors=\"{}\">\n",
        cases.len(),
        count(Outcome::Contradicted),
        count(Outcome::Inconclusive),
    );
    for Case {
        name,
        outcome,
        sentence,
        evidence,
        ..
    } in cases
    {
        let (name, sentence, evidence) = (escaped(name), escaped(sentence), escaped(evidence));
        let _ = match outcome {
            Outcome::AsAdvertised => {
                writeln!(xml, "    <testcase classname=\"{suite}\" name=\"{name}\"/>")
            }
            // What could not be decided is no success.
            Outcome::Contradicted | Outcome::Inconclusive => {
                let kind = if *outcome == Outcome::Contradicted {
                    "failure"
                } else {
                    "error"
                };
                writeln!(
                    xml,
                    "    <testcase classname=\"{suite}\" name=\"{name}\">\n      <{kind} \
                     message=\"{sentence}\">{evidence}</{kind}>\n    </testcase>"
                )
            }
        };
    }
    xml += "  </testsuite>\n</testsuites>\n";
    write(&xml, to)
}

/// Prints an annotation for each case that is not as expected, on stderr, where GitHub looks for them too.
pub(super) fn annotate(cases: &[Case], file: &Path) {
    for case in cases
        .iter()
        .filter(|it| it.outcome != Outcome::AsAdvertised)
    {
        let kind = match case.outcome {
            Outcome::Contradicted => "error",
            _ => "warning",
        };
        let line = case
            .line
            .map_or_else(String::new, |line| format!(",line={line}"));
        let message = format!("{}\n{}", case.sentence, case.evidence);
        // If stderr is gone, there is nobody to tell.
        let _ = writeln!(
            std::io::stderr(),
            "::{kind} file={}{line},title={}::{}",
            property(&file.display().to_string()),
            property(&case.name),
            data(message.trim_end()),
        );
    }
}

/// A text as XML has it, in which most control characters may not stand.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            control if control.is_control() => escaped.push('\u{fffd}'),
            plain => escaped.push(plain),
        }
    }
    escaped
}

/// A text as the commands of GitHub's workflows have it.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_mean_nothing_to_who_reads_them() {
        assert_eq!(
            escaped("a<b & \"c\"\u{1}\n"),
            "a&lt;b &amp; &quot;c&quot;\u{fffd}\n"
        );
        assert_eq!(data("50%\nb"), "50%25%0Ab");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }
}
