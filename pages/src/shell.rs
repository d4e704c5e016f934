//! What all pages have in common: one file with a header, a policy, style, script and data.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A script of the page, by the name of its file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script(pub(crate) &'static str, pub(crate) &'static str);

/// Names a file of `pages/web`.
macro_rules! web {
    ($name:literal) => {
        crate::shell::Script($name, include_str!(concat!("../web/", $name)))
    };
}
pub(crate) use web;

/// What every page begins with.
const COMMON: [Script; 5] = [
    web!("english.js"),
    web!("korean.js"),
    web!("words.js"),
    web!("dom.js"),
    web!("data.js"),
];

/// A page that is being put together.
#[derive(Debug)]
pub(crate) struct Page {
    /// What the window is called.
    pub(crate) title: String,
    /// Which page it is: the class of the body.
    pub(crate) kind: &'static str,
    /// What stands between the header and the end, as markup of our own.
    pub(crate) body: &'static str,
    /// Its scripts, besides those that all have. Each may use what those before it export.
    pub(crate) scripts: Vec<Script>,
    /// Its data, each with an identifier.
    pub(crate) data: Vec<(String, String)>,
}

impl Page {
    /// The whole file.
    pub(crate) fn html(&self) -> String {
        let mut script = String::new();
        for Script(name, text) in COMMON.iter().chain(&self.scripts) {
            writeln!(script, "// {name}").expect("writing to a string succeeds");
            script.push_str(&joined(text));
        }
        let mut data = String::new();
        for (id, payload) in &self.data {
            let id = escaped(id);
            writeln!(
                data,
                "<script type=\"text/plain\" id=\"{id}\">{payload}</script>"
            )
            .expect("writing to a string succeeds");
        }
        let nonce = nonce(&[&script, &data]);
        let program = crate::encode::packed(script.as_bytes());
        let start = include_str!("../web/start.js");
        let title = escaped(&self.title);
        let style = include_str!("../web/page.css");
        let Self { kind, body, .. } = self;
        format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style nonce="{nonce}">
{style}</style>
</head>
<body class="{kind}">
{body}
<noscript><p class="notice">This page is a program: it needs JavaScript. It asks for nothing over a network.</p></noscript>
{data}<script type="text/plain" id="program">{program}</script>
<script type="module" nonce="{nonce}">
{start}</script>
</body>
</html>
"#
        )
    }
}

/// A module as part of a larger one: it imports nothing, because what it imports stands before it, and exports nothing.
fn joined(module: &str) -> String {
    let mut joined = String::with_capacity(module.len());
    let mut importing = false;
    for line in module.lines() {
        importing |= line.starts_with("import ");
        if !importing {
            joined.push_str(line.strip_prefix("export ").unwrap_or(line));
            joined.push('\n');
        }
        importing &= !line.ends_with(';');
    }
    joined
}

/// A word that only this page's own script bears. It depends on all that the page holds, so that the same page is the same
/// file, and whoever writes a history cannot know it.
fn nonce(of: &[&str]) -> String {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Text as it may stand in markup.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// An entry of the index.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Link {
    /// The file.
    pub file: String,
    /// What it is called, in English and Korean.
    pub title: crate::Words,
    /// What is there to be seen, in English and Korean.
    pub text: crate::Words,
}

/// A page that leads to others, which lie beside it, with the levels of the player that is one of them.
#[must_use]
pub fn index(links: &[Link], levels: &crate::Levels, player: &str) -> String {
    let contents = serde_json::json!({
        "links": links,
        "levels": levels.0,
        "player": player,
    });
    let packed = crate::encode::packed(contents.to_string().as_bytes());
    let page = Page {
        title: "The register-semantics workbench".to_owned(),
        kind: "index",
        body: include_str!("../web/index.html"),
        scripts: vec![web!("index.js")],
        data: vec![("contents".to_owned(), packed)],
    };
    page.html()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_joined_without_their_seams() {
        let module = "import { a,\n  b } from \"./x.js\";\nexport const c = a + b;\nimport { d } from \"./y.js\";\nconst e = c;\n";
        assert_eq!(joined(module), "const c = a + b;\nconst e = c;\n");
    }

    #[test]
    fn no_program_names_an_address_or_reaches_for_one() {
        let web = concat!(env!("CARGO_MANIFEST_DIR"), "/web");
        let files = std::fs::read_dir(web).expect("the files are there");
        let mut modules = 0;
        for file in files {
            let path = file.expect("it is there").path();
            let text = std::fs::read_to_string(&path).expect("it is text");
            let namespace = "http://www.w3.org/2000/svg";
            assert!(!text.replace(namespace, "").contains("://"), "{path:?}");
            for reach in [
                "fetch(",
                "XMLHttpRequest",
                "WebSocket",
                "sendBeacon",
                "innerHTML",
            ] {
                assert!(!text.contains(reach), "{path:?} has {reach}");
            }
            modules += 1;
        }
        assert!(modules > 30, "{modules}");
    }

    #[test]
    fn titles_cannot_close_a_tag() {
        assert_eq!(
            escaped("</title><b a='1'>&\""),
            "&lt;/title&gt;&lt;b a=&#39;1&#39;&gt;&amp;&quot;"
        );
    }
}
