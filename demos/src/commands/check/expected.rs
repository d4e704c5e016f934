//! What `--expect` may say.

use std::str::FromStr;

use histories::Model;
use histories::transactions::Level;
use serde::{Serialize, Serializer};

/// What is expected of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// That it meets a model.
    Model(Model),
    /// That transactions meet a level of isolation.
    Level(Level),
    /// That no read is stale for longer than this, in nanoseconds.
    Stale(u64),
    /// That no read is more versions behind.
    Behind(usize),
}

impl Expectation {
    pub(super) fn model(self) -> Option<Model> {
        match self {
            Self::Model(model) => Some(model),
            Self::Level(_) | Self::Stale(_) | Self::Behind(_) => None,
        }
    }

    pub(super) fn level(self) -> Option<Level> {
        match self {
            Self::Level(level) => Some(level),
            Self::Model(_) | Self::Stale(_) | Self::Behind(_) => None,
        }
    }

    /// Whether it is a bound of staleness.
    pub(super) fn is_bound(self) -> bool {
        matches!(self, Self::Stale(_) | Self::Behind(_))
    }
}

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((what, bound)) = text.split_once("<=") else {
            let named: Named = text
                .parse()
                .map_err(|error| format!("{error}; or `stale<=50ms`, or `behind<=2`"))?;
            return Ok(named.into());
        };
        let (what, bound) = (what.trim(), bound.trim());
        match what {
            "stale" => nanoseconds(bound).map(Self::Stale).ok_or_else(|| {
                format!(
                    "`{bound}` is no time: write a number and ns, us, ms or s, as in `stale<=50ms`"
                )
            }),
            "behind" => bound.parse().map(Self::Behind).map_err(|_| {
                format!("`{bound}` is no number of versions: write a whole one, as in `behind<=2`")
            }),
            _ => Err(format!(
                "`{what}` has no bound: only `stale<=50ms` and `behind<=2` do"
            )),
        }
    }
}

impl std::fmt::Display for Expectation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Model(model) => write!(f, "{model}"),
            Self::Level(level) => write!(f, "{level}"),
            Self::Stale(nanoseconds) => {
                write!(f, "stale<={}", super::drawn::duration(*nanoseconds))
            }
            Self::Behind(versions) => write!(f, "behind<={versions}"),
        }
    }
}

impl Serialize for Expectation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What `--model` may say: a model, or of transactions a level of isolation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A model of registers.
    Model(Model),
    /// A level of isolation of transactions.
    Level(Level),
}

impl From<Named> for Expectation {
    fn from(named: Named) -> Self {
        match named {
            Named::Model(model) => Self::Model(model),
            Named::Level(level) => Self::Level(level),
        }
    }
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let level = text.parse().map(Self::Level);
        level.or_else(|_| {
            let model = text.parse().map(Self::Model);
            model.map_err(|error: histories::check::NotAModel| {
                let levels = Level::ALL.map(Level::name).join(", ");
                format!("{error}; or of transactions one of {levels}")
            })
        })
    }
}

/// How long a unit of time is in nanoseconds.
pub(super) fn unit(text: &str) -> Result<u64, String> {
    match text {
        "ns" => Ok(1),
        "us" => Ok(1_000),
        "ms" => Ok(1_000_000),
        "s" => Ok(1_000_000_000),
        _ => Err(format!(
            "`{text}` is no unit: the units are ns, us, ms and s"
        )),
    }
}

/// A time in nanoseconds.
pub(super) fn time(text: &str) -> Result<u64, String> {
    let refused = || format!("`{text}` is no time: write a number and ns, us, ms or s, as `5ms`");
    nanoseconds(text.trim()).ok_or_else(refused)
}

fn nanoseconds(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let number: f64 = text[..digits].parse().ok()?;
    let nanoseconds = number * unit(text[digits..].trim()).ok()? as f64;
    (nanoseconds < 1e18).then_some(nanoseconds.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_are_models_and_bounds() {
        let read = |text: &str| text.parse::<Expectation>();
        assert_eq!(read("atomic"), Ok(Expectation::Model(Model::Atomic)));
        assert_eq!(read("stale<=50ms"), Ok(Expectation::Stale(50_000_000)));
        assert_eq!(read("stale <= 1.5 us"), Ok(Expectation::Stale(1_500)));
        assert_eq!(read("stale<=0s"), Ok(Expectation::Stale(0)));
        assert_eq!(read("behind<=2"), Ok(Expectation::Behind(2)));
        for wrong in [
            "stale<=50",
            "stale<=ms",
            "stale<=1m",
            "stale<=-1s",
            "behind<=",
            "behind<=1.5",
            "fresh<=1",
            "no",
            "stale<=9e9s",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
