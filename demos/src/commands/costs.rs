//! What registers cost, as the table of the documentation says: the scoreboard wrote it, and this is the one place where its
//! figures are kept.

use pages::Costs;

/// The document with the table.
const MEASURED: &str = include_str!("../../../docs/registers.md");

/// What a register costs; nothing if the scoreboard did not measure it.
#[must_use]
pub fn of(register: &str) -> Option<Costs> {
    let rows = MEASURED.lines().map(|line| {
        let cells = line.split('|').map(str::trim);
        cells.collect::<Vec<&str>>()
    });
    let mut rows = rows.filter(|cells| cells.len() == 12 && cells[3] == "8");
    // class, register, words, read, write, fresh reads, torn, inverted, waiting, readers.
    let cells = rows.find(|cells| cells[2].trim_end_matches(" (exhibit)") == register)?;
    Some(Costs {
        read: cells[4].to_owned(),
        write: cells[5].to_owned(),
        fresh: cells[6].to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registers_of_the_story_are_measured() {
        for register in registers::catalogue::Register::LADDER {
            let costs = of(register.name()).unwrap_or_else(|| panic!("{register}"));
            for figure in [costs.read, costs.write, costs.fresh] {
                assert!(figure.parse::<f64>().is_ok_and(|it| it > 0.0), "{figure}");
            }
        }
        assert_eq!(of("no such register"), None);
    }
}
