//! What each semantics costs: `cargo bench -p benches`.
//!
//! | benchmark | measures |
//! |---|---|
//! | `registers` | reads and writes of every register by one thread, by the number of words; and reads while a writer runs |
//! | `checkers` | judging histories of growing length |
//! | `interleavings` | exploring every interleaving by states: the note's timeline, and scenarios of growing size |
//!
//! Compare figures of one run only: the machine is never the same twice. Word-by-word is the floor: it is what copying
//! the words costs, and it tears.
