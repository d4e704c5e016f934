//! What is found of a history, with the evidence.

use serde::Serialize;

use super::Transactions;
use crate::Register;
use crate::budget::Limit;

/// Whether a history meets a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Meets,
    /// It does not, and this is why.
    Breaks(Box<Violation>),
    /// It is not known.
    Unknown(Undecided),
}

impl Verdict {
    /// Whether the level is met; `None` if this is not known.
    pub fn meets(&self) -> Option<bool> {
        match self {
            Self::Meets => Some(true),
            Self::Breaks(_) => Some(false),
            Self::Unknown(_) => None,
        }
    }

    /// Why it is not met.
    pub fn violation(&self) -> Option<&Violation> {
        match self {
            Self::Breaks(violation) => Some(violation),
            Self::Meets | Self::Unknown(_) => None,
        }
    }
}

/// How far a search came that decided nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Undecided {
    /// How many states it looked at.
    pub states: u64,
    /// What ended it.
    pub limit: Limit,
    /// Whether it was first seen to which order the transactions are bound; of too many this takes too much memory.
    pub saturated: bool,
}

/// Why a history does not meet a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// What kind of violation it is.
    pub anomaly: Anomaly,
    /// Where the circle knows of more than reads and writes, what it knows of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beyond: Option<Beyond>,
    /// The transactions that prove it, by their number in the history.
    pub transactions: Vec<usize>,
    /// A circle of dependencies, each from one transaction to the next. Empty if a read alone is wrong, or if no order
    /// is found though there is no circle.
    pub circle: Vec<Dependency>,
    /// Why writes that nobody has seen one after the other are bound to an order.
    pub grounds: Vec<Ground>,
    /// What is wrong, in a sentence.
    pub sentence: String,
    /// Whether the oracle agrees that these transactions break the level; `None` if they are too many for it, or if a read is wrong by
    /// itself.
    pub confirmed: Option<bool>,
}

impl Violation {
    pub(super) fn of_read(anomaly: Anomaly, by: u32, other: Option<u32>, sentence: String) -> Self {
        let mut transactions: Vec<usize> = vec![by as usize];
        transactions.extend(other.map(|it| it as usize));
        transactions.sort_unstable();
        Self {
            anomaly,
            beyond: None,
            transactions,
            circle: Vec::new(),
            grounds: Vec::new(),
            sentence,
            confirmed: None,
        }
    }

    /// The name of the anomaly, as Adya and Elle have it.
    pub fn name(&self) -> String {
        let name = self.anomaly.name();
        match self.beyond {
            None => name.to_owned(),
            Some(Beyond::Session) => format!("{name}, in a session"),
            Some(Beyond::Time) => format!("{name}, in real time"),
        }
    }

    /// The circle in a line or a few: `T1 --rw x--> T2 --ww x--> T1`.
    ///
    /// ```
    /// use histories::transactions::{self, Access, Level, Options, Transaction, Transactions};
    ///
    /// let (x, y) = (0, 1);
    /// let skewed = Transactions::new(0, vec!["x".into(), "y".into()], vec![
    ///     Transaction::committed(1, [Access::Read(x, Some(0.into())), Access::Write(y, 1.into())], 0..=3),
    ///     Transaction::committed(2, [Access::Read(y, Some(0.into())), Access::Write(x, 1.into())], 1..=2),
    /// ])?;
    /// let verdict = transactions::check(Level::Serializable, &skewed, &Options::default());
    /// assert_eq!(verdict.violation().unwrap().drawn(&skewed), "T0 --rw x--> T1 --rw y--> T0");
    /// # Ok::<(), transactions::TransactionsError>(())
    /// ```
    pub fn drawn(&self, history: &Transactions) -> String {
        let Some(first) = self.circle.first() else {
            return String::new();
        };
        let mut drawn = format!("T{}", first.from);
        for dependency in &self.circle {
            let label = match (dependency.kind, dependency.register) {
                (kind, Some(register)) => format!("{} {}", kind.short(), history.name_of(register)),
                (kind, None) => kind.short().to_owned(),
            };
            drawn += &format!(" --{label}--> T{}", dependency.to);
        }
        drawn
    }
}

/// What a circle knows of beyond what was read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Beyond {
    /// The order of the transactions of one process.
    Session,
    /// The order of real time.
    Time,
}

/// One transaction has to come before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// The earlier one.
    pub from: usize,
    /// The later one.
    pub to: usize,
    /// Why.
    pub kind: Kind,
    /// The register that they have in common, if it is one that binds them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub register: Option<Register>,
}

impl Dependency {
    /// It, in a sentence.
    pub fn sentence(&self, history: &Transactions) -> String {
        let Self { from, to, .. } = *self;
        let name = self
            .register
            .map_or("", |register| history.name_of(register));
        match self.kind {
            Kind::Read => format!("T{to} read {name} from T{from}"),
            Kind::Overwrite => format!("T{to} overwrote {name}, which T{from} had written"),
            Kind::AntiDependency => {
                format!("T{to} overwrote {name}, of which T{from} read the version before")
            }
            Kind::Session => format!("T{from} and T{to} are of one process, in this order"),
            Kind::Time => format!("T{from} had committed before T{to} began"),
        }
    }
}

/// Why one transaction has to come before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The later one read what the earlier one wrote: wr.
    Read,
    /// The later one overwrote what the earlier one wrote: ww.
    Overwrite,
    /// The later one overwrote what the earlier one read: rw.
    AntiDependency,
    /// They are of one process.
    Session,
    /// The earlier one had ended before the later one began.
    Time,
}

impl Kind {
    /// As it stands on an arrow.
    pub fn short(self) -> &'static str {
        match self {
            Self::Read => "wr",
            Self::Overwrite => "ww",
            Self::AntiDependency => "rw",
            Self::Session => "session",
            Self::Time => "time",
        }
    }
}

/// Why of two writes of a register one comes before the other, though nobody has seen both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ground {
    /// Who wrote first.
    pub first: usize,
    /// Who wrote second.
    pub second: usize,
    /// What they wrote.
    pub register: Register,
    /// Who read what the second one wrote, and would have to come before the first one too, if it is that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<usize>,
    /// Whether the second one, coming first, would have to commit before the first one begins, as snapshots ask.
    pub in_snapshots: bool,
    /// How the first one, or that reader, is bound to come where it does.
    pub path: Vec<Dependency>,
}

impl Ground {
    /// It, in a sentence.
    pub fn sentence(&self, history: &Transactions) -> String {
        let Self {
            first,
            second,
            reader,
            ..
        } = *self;
        let name = history.name_of(self.register);
        let path: Vec<String> = self.path.iter().map(|it| it.sentence(history)).collect();
        let path = path.join(", and ");
        match reader {
            Some(reader) => format!(
                "T{first} wrote {name} before T{second} did: otherwise T{reader}, which read it from T{second}, would come \
                 before T{first}; but {path}"
            ),
            None if self.in_snapshots => format!(
                "T{first} wrote {name} before T{second} did: they may not run at the same time, and T{first} began before \
                 T{second} committed, since {path}"
            ),
            None => format!("T{first} wrote {name} before T{second} did, since {path}"),
        }
    }
}

/// The anomalies that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anomaly {
    /// A transaction did not read what it had written itself.
    Internal,
    /// A transaction read what nobody wrote.
    NeverWritten,
    /// A transaction read from one that was aborted.
    AbortedRead,
    /// A transaction read what its writer overwrote before it committed.
    IntermediateRead,
    /// Transactions overwrite each other in a circle.
    DirtyWrite,
    /// Transactions read from and overwrite each other in a circle.
    CircularInformation,
    /// A transaction saw one write of another, and not another.
    FracturedRead,
    /// Two transactions read one version of a register, and both overwrote it.
    LostUpdate,
    /// A circle in which one transaction overwrote what another had read.
    SingleAntiDependency,
    /// Two transactions read what the other one wrote to before it did.
    WriteSkew,
    /// Two transactions saw two others in different orders.
    LongFork,
    /// A circle in which transactions overwrote what others had read.
    AntiDependencyCycle,
    /// There is no circle that is bound to be, and yet no order.
    NoOrder,
}

impl Anomaly {
    /// Its name, with that of Adya's phenomenon where it is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal inconsistency",
            Self::NeverWritten => "value never written",
            Self::AbortedRead => "aborted read (G1a)",
            Self::IntermediateRead => "intermediate read (G1b)",
            Self::DirtyWrite => "dirty write (G0)",
            Self::CircularInformation => "circular information flow (G1c)",
            Self::FracturedRead => "fractured read (G-single)",
            Self::LostUpdate => "lost update",
            Self::SingleAntiDependency => "read skew (G-single)",
            Self::WriteSkew => "write skew (G2-item)",
            Self::LongFork => "long fork (G2-item)",
            Self::AntiDependencyCycle => "anti-dependency cycle (G2-item)",
            Self::NoOrder => "no order",
        }
    }
}
