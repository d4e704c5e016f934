//! `workbench chain`: what it costs to start from nothing.

use std::io;

use histories::Model;
use registers::chain::FromBitsThatFlicker;
use registers::cost::{self, Cost};
use registers::{Construction, Hardware, Read, Sizes, Write};
use serde::Serialize;

use workbench::cli::{Outcome, Report, SCHEMA};
use workbench::screen::{Screen, grouped};

/// The classical chain, from a bit that flickers to a register for many writers.
#[derive(Clone, Debug, Serialize)]
pub struct ChainReport {
    schema: u32,
    command: &'static str,
    rungs: Vec<Rung>,
    /// What the whole chain returned on this machine: the value that was written last, to each reader.
    performed: Vec<Performed>,
}

/// One construction of the chain.
#[derive(Clone, Debug, Serialize)]
struct Rung {
    register: &'static str,
    class: Model,
    writers: usize,
    readers: usize,
    /// Numbers below this.
    below: Option<u64>,
    bits: u64,
    read: [u64; 2],
    write: [u64; 2],
}

/// A write, and what was read after it.
#[derive(Clone, Debug, Serialize)]
struct Performed {
    writer: usize,
    wrote: u64,
    read: Vec<u64>,
}

impl From<&Cost> for Rung {
    fn from(cost: &Cost) -> Self {
        Self {
            register: cost.claims.name,
            class: cost.claims.class.into(),
            writers: cost.sizes.writers,
            readers: cost.sizes.readers,
            below: cost.claims.below,
            bits: cost.words,
            read: [cost.read.loads, cost.read.stores],
            write: [cost.write.loads, cost.write.stores],
        }
    }
}

/// Counts what each rung costs, and performs a few operations on the whole.
#[must_use]
pub fn run() -> ChainReport {
    let rungs = cost::chain();
    let sizes = Sizes {
        writers: 2,
        readers: 2,
    };
    let (mut writers, mut readers) = FromBitsThatFlicker::build(&Hardware, [0], sizes);
    let performed = [(0, 1), (1, 0)].map(|(writer, value): (usize, u64)| {
        writers[writer].write([value]);
        let read = readers.iter_mut().map(|reader| reader.read()[0]);
        Performed {
            writer: writer + 1,
            wrote: value,
            read: read.collect(),
        }
    });
    ChainReport {
        schema: SCHEMA,
        command: "chain",
        rungs: rungs.iter().map(Rung::from).collect(),
        performed: performed.into(),
    }
}

impl Report for ChainReport {
    fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        screen.heading("What it costs to start from nothing: each register is made of those above it, the first of a bit")?;
        let header = [
            "register",
            "class",
            "writers",
            "readers",
            "values",
            "bits",
            "a read reads",
            "and writes",
            "a write reads",
            "and writes",
        ];
        let row = |rung: &Rung| {
            let [read, write] = [rung.read, rung.write];
            vec![
                rung.register.to_owned(),
                rung.class.to_string(),
                rung.writers.to_string(),
                rung.readers.to_string(),
                rung.below.map_or_else(String::new, grouped),
                grouped(rung.bits),
                grouped(read[0]),
                grouped(read[1]),
                grouped(write[0]),
                grouped(write[1]),
            ]
        };
        let rows: Vec<Vec<String>> = self.rungs.iter().map(row).collect();
        screen.table(&header, &rows)?;
        screen.note(
            "Counted in bits, one operation at a time. The last row is an atomic bit for two writers and two readers, good for two \
             writes: whatever numbers the writes, or says how new a value is, takes bits as well, and unary ones.",
        )?;
        screen.heading("The whole chain, on bits that flicker while they are written")?;
        for performed in &self.performed {
            let read: Vec<String> = performed.read.iter().map(u64::to_string).collect();
            screen.text(&format!(
                "Writer {} writes {}; the readers return {}.",
                performed.writer,
                performed.wrote,
                read.join(" and ")
            ))?;
        }
        screen.note("Each rung by itself, in every interleaving: workbench classify safe-bit, many-readers, written-to-change, unary, ...")
    }

    fn outcome(&self) -> Outcome {
        let wrong = |it: &Performed| it.read.iter().any(|&read| read != it.wrote);
        if self.performed.iter().any(wrong) {
            Outcome::Contradicted
        } else {
            Outcome::AsAdvertised
        }
    }
}
