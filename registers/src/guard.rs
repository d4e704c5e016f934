//! Code of a register that may panic, in a place where that must not take the tool with it.
//!
//! An assertion that fails in a register is a finding, not a crash of whoever studies it. [`guarded`] runs such code,
//! keeps the panic from being printed, and says where it came from.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;
use std::thread;

/// Why guarded code did not return.
pub enum Stopped {
    /// It panicked.
    Panicked(Panic),
    /// It was unwound on purpose, by [`resume_unwind`](panic::resume_unwind) with this.
    Unwound(Box<dyn Any + Send>),
}

/// What a panic said, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Panic {
    /// Its message.
    pub message: String,
    /// The file and the line, if known.
    pub place: Option<String>,
}

thread_local! {
    /// How many guards this thread is in.
    static GUARDS: Cell<usize> = const { Cell::new(0) };
    /// Where the last panic within a guard came from.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs code that may panic.
///
/// # Errors
///
/// Why it did not return.
pub fn guarded<R>(code: impl FnOnce() -> R) -> Result<R, Stopped> {
    caught(code).map_err(|(payload, place)| match place {
        None => Stopped::Unwound(payload),
        place => Stopped::Panicked(Panic {
            message: message(&*payload),
            place,
        }),
    })
}

/// Runs code whose panics are not printed. What it was unwound with is for the caller to tell apart.
///
/// # Errors
///
/// What it was unwound with.
pub fn hushed<R>(code: impl FnOnce() -> R) -> thread::Result<R> {
    caught(code).map_err(|(payload, _)| payload)
}

/// Runs code within a guard. What it was unwound with, and where the last panic within came from.
fn caught<R>(code: impl FnOnce() -> R) -> Result<R, (Box<dyn Any + Send>, Option<String>)> {
    hush();
    GUARDS.set(GUARDS.get() + 1);
    let result = panic::catch_unwind(AssertUnwindSafe(code));
    GUARDS.set(GUARDS.get() - 1);
    let place = PLACE.take();
    result.map_err(|payload| (payload, place))
}

/// From now on panics within guards are noted instead of printed. All others are handled as before.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if GUARDS.get() == 0 {
                return before(info);
            }
            let place = info.location().map(|location| {
                let path = Path::new(location.file());
                let file = path.file_name().and_then(|name| name.to_str());
                format!("{}:{}", file.unwrap_or(location.file()), location.line())
            });
            PLACE.set(Some(place.unwrap_or_default()));
        }));
    });
}

/// What a panic said.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".to_owned())
}

impl fmt::Display for Panic {
    /// `"index out of bounds" at my_register.rs:21`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.message)?;
        match self.place.as_deref() {
            None | Some("") => Ok(()),
            Some(place) => write!(f, " at {place}"),
        }
    }
}

impl fmt::Debug for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(panic) => f.debug_tuple("Panicked").field(panic).finish(),
            Self::Unwound(_) => f.write_str("Unwound"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_with_its_message_and_line() {
        let line = line!() + 1;
        let Err(Stopped::Panicked(panic)) = guarded(|| panic!("{} is too many", 3)) else {
            unreachable!("it panics");
        };
        assert_eq!(
            panic.to_string(),
            format!("\"3 is too many\" at guard.rs:{line}")
        );
    }

    #[test]
    fn what_is_unwound_on_purpose_is_no_panic() {
        let stopped = guarded(|| panic::resume_unwind(Box::new(7)));
        let Err::<(), _>(Stopped::Unwound(payload)) = stopped else {
            unreachable!("it is unwound");
        };
        assert!(payload.is::<i32>());
    }

    #[test]
    fn a_panic_that_was_caught_within_is_over() {
        let stopped = guarded(|| {
            let caught = hushed(|| panic!("within"));
            assert!(caught.is_err());
            panic::resume_unwind(Box::new(7));
        });
        assert!(matches!(stopped, Err::<(), _>(Stopped::Unwound(_))));
    }

    #[test]
    fn what_returns_returns() {
        assert_eq!(guarded(|| 7).unwrap(), 7);
    }
}
