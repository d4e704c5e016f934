//! The source of a register, so that tables name an access by what stands there and not by its line.

use std::fs;
use std::path::Path;

use registers::memory::Site;

/// The function and the call at a site: `read: sequence.load(Acquire)`.
///
/// # Panics
///
/// If the source cannot be read.
pub(crate) fn expression(site: Site) -> String {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let path = workspace.expect("it is in a workspace").join(site.path());
    let source = fs::read_to_string(&path).expect("tests are run where they were compiled");
    let lines: Vec<&str> = source.lines().collect();
    let at = site.line() as usize - 1;
    let named = lines[..=at].iter().rev().find_map(|line| {
        let (_, behind) = line.split_once("fn ")?;
        behind
            .split(|it: char| !it.is_alphanumeric() && it != '_')
            .next()
    });
    let call = call(lines[at], site.column() as usize - 1);
    format!("{}: {call}", named.unwrap_or("?"))
}

/// The method call at a column, with whom it is called on.
fn call(line: &str, at: usize) -> &str {
    let bytes = line.as_bytes();
    let mut start = at;
    let mut open = 0;
    while start > 0 {
        match bytes[start - 1] {
            b']' => open += 1,
            b'[' if open > 0 => open -= 1,
            b if open > 0 || b.is_ascii_alphanumeric() || b"_.:".contains(&b) => {}
            _ => break,
        }
        start -= 1;
    }
    let mut open = 0;
    let closes = |&(_, b): &(usize, &u8)| {
        open += i32::from(*b == b'(') - i32::from(*b == b')');
        *b == b')' && open == 0
    };
    let end = bytes.iter().enumerate().skip(at).find(closes);
    &line[start..end.map_or(line.len(), |(end, _)| end + 1)]
}
