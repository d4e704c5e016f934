//! What a store must be able to do, so that clients can be let loose on it.

use std::io;
use std::time::Duration;

use histories::Value;
use histories::record::Ended;

/// How long a client waits for an answer before it gives up: what it has asked for may happen yet.
pub const DEADLINE: Duration = Duration::from_millis(500);

/// One client of a store: a connection, with one register behind it. It does one thing at a time.
///
/// How an operation ends decides what a history may be blamed for, so it must be said with care:
///
/// * [`Ended::Done`]: it was done.
/// * [`Ended::Failed`]: it did not happen, and will not, *for sure*: refused before it was sent, or by a store that says so.
/// * [`Ended::Unknown`]: nobody has answered by the [`DEADLINE`], or the connection broke while it was under way. A client
///   must not try again behind the recorder's back: a write that is performed twice is another history.
///
/// ```
/// use engines::{Store, Trouble};
/// use histories::record::Ended;
/// use histories::Value;
/// use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
///
/// /// A store in the memory of this process.
/// struct Mine<'a>(&'a AtomicU64);
///
/// impl Store for Mine<'_> {
///     fn read(&mut self) -> Result<Ended<Value>, Trouble> {
///         Ok(Ended::Done(self.0.load(SeqCst).into()))
///     }
///     fn write(&mut self, value: u64) -> Result<Ended<()>, Trouble> {
///         self.0.store(value, SeqCst);
///         Ok(Ended::Done(()))
///     }
/// }
///
/// let shared = AtomicU64::new(7);
/// let mut client = Mine(&shared);
/// assert_eq!(client.write(8)?, Ended::Done(()));
/// assert_eq!(client.read()?, Ended::Done(8.into()));
/// # Ok::<(), Trouble>(())
/// ```
pub trait Store: Send {
    /// Reads the register.
    ///
    /// # Errors
    ///
    /// If no history can be made of what the store says: the run ends.
    fn read(&mut self) -> Result<Ended<Value>, Trouble>;

    /// Writes a value to the register. Each one is written once in a run.
    ///
    /// # Errors
    ///
    /// As above.
    fn write(&mut self, value: u64) -> Result<Ended<()>, Trouble>;
}

/// Why a store could not be put on the bench.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A program is not there.
    #[error(
        "{engine} is not installed: {program} is neither in PATH nor where Debian puts it: apt-get install {package}"
    )]
    NotInstalled {
        /// The engine.
        engine: &'static str,
        /// The program that is missing.
        program: &'static str,
        /// The package that has it.
        package: &'static str,
    },
    /// There is no folder, no port, or no process left.
    #[error("no server can be started on this machine: {what}: {error}")]
    Machine {
        /// What could not be done.
        what: &'static str,
        /// Why.
        error: io::Error,
    },
    /// A server ended, or was not ready in time.
    #[error("{server} {problem}; the end of its log:\n{log}")]
    Server {
        /// Which.
        server: String,
        /// What is wrong with it.
        problem: String,
        /// What it said last.
        log: String,
    },
    /// A store answers what no store should.
    #[error("{store} was asked to {asked} and answers {answer}: {advice}")]
    Nonsense {
        /// Who.
        store: String,
        /// What it was asked for.
        asked: &'static str,
        /// What it says.
        answer: String,
        /// What to do.
        advice: String,
    },
    /// There is no such node, or a fault that this engine cannot have.
    #[error("{0}")]
    Unfit(String),
    /// Ctrl-C was pressed before the clients began.
    #[error(
        "interrupted before the servers were ready; they are stopped, and nothing was measured"
    )]
    Interrupted,
}

impl Trouble {
    /// For `map_err`: what this machine could not do.
    pub(crate) fn machine(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::Machine { what, error }
    }
}
