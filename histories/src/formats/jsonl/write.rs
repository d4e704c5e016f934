//! A history as JSON Lines.

use std::io::Write;

use serde::Serialize;

use crate::formats::WriteError;
use crate::operation::Line as Told;
use crate::{History, Value};

pub(in crate::formats) fn write(history: &History, out: &mut impl Write) -> Result<(), WriteError> {
    #[derive(Serialize)]
    struct Initially<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        register: Option<&'a str>,
        initial: &'a Value,
    }
    #[derive(Serialize)]
    struct Failed<'a> {
        #[serde(flatten)]
        line: Told<'a, &'a str>,
        outcome: &'static str,
    }
    for register in history.registers() {
        let initial = history.initial_of(register);
        if register == 0 || initial != history.initial() {
            let register = history.name_of(register);
            line(out, &Initially { register, initial })?;
        }
    }
    for operation in history.operations() {
        line(
            out,
            &Told::of(operation, history.name_of(operation.register)),
        )?;
    }
    for operation in history.failed() {
        let failed = Failed {
            line: Told::of(operation, history.name_of(operation.register)),
            outcome: "failed",
        };
        line(out, &failed)?;
    }
    Ok(())
}

fn line(out: &mut impl Write, what: &impl Serialize) -> Result<(), WriteError> {
    serde_json::to_writer(&mut *out, what).map_err(std::io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}
