//! Registers that look right and are not.
//!
//! Each says what it *claims*: its `CLASS` is atomic, as its author would have it. What it *is* stands in its essay,
//! with the execution that breaks the claim; tests show that the smaller claim of this table survives every execution
//! of the usual scenarios.
//!
//! | register | claims | is | breaks with | because |
//! |---|---|---|---|---|
//! | [`FlagCheckedOnce`] | atomic | safe | 1 write, 1 read | it looks before it reads, and not again |
//! | [`CountedOnce`] | atomic | safe | 1 write, 1 read | it counts the ends of writes, and not their beginnings |
//! | [`DoubleBuffer`] | atomic | safe | 2 writes, 1 read | a buffer is reused while it is read |
//! | [`ReaderCache`] | atomic | regular | 2 writes, a read, two reads | readers learn of a write at different times |
//! | [`DirtyFlag`] | atomic | not even safe | 1 write, two readers | one reader takes the news of all |

mod counted_once;
mod dirty_flag;
mod double_buffer;
mod flag_checked_once;
mod reader_cache;

pub use counted_once::CountedOnce;
pub use dirty_flag::DirtyFlag;
pub use double_buffer::DoubleBuffer;
pub use flag_checked_once::FlagCheckedOnce;
pub use reader_cache::ReaderCache;
