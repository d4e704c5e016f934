//! The folder in which servers have their data, and whoever tidies up if this program is killed.
//!
//! What a program starts it must also stop. As long as it lives it does so itself: guards do it when they are dropped, also
//! when the program panics or Ctrl-C is pressed. Against `kill -9` nothing can be done from within, so beside each folder
//! there is a *keeper*: a shell that reads the numbers of the processes that were started from a pipe, and does nothing else
//! until the pipe ends, which it does when this program has gone, however it has gone. Then it stops the servers and removes
//! the folder. It lives in a process group of its own, where Ctrl-C does not reach it. Killed together with this program, it
//! leaves servers behind: that is as far as a parent can go without being the parent of everything.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

use super::Stop;
use crate::store::Trouble;

/// The numbers of processes that have ended may be given away again: so it looks whether one works in the folder or has been
/// told of it, before it stops it. `$1` is the folder.
const KEEPER: &str = r#"
trap '' INT TERM HUP
while read -r signal process; do all="$all $signal:$process"; done
is_ours() {
    [ -d /proc/self ] || return 0
    { readlink "/proc/$1/cwd"; tr '\0' '\n' <"/proc/$1/environ"; } 2>/dev/null | grep -qF "$2"
}
for one in $all; do
    process=${one#*:}
    is_ours "$process" "$1" || continue
    kill -s CONT -- "-$process"
    kill -s "${one%%:*}" -- "-$process"
done 2>/dev/null
for tenth in $(seq 200); do
    left=
    for one in $all; do is_ours "${one#*:}" "$1" && left="$left ${one#*:}"; done
    [ -n "$left" ] || break
    sleep 0.1
done
for process in $left; do kill -s KILL -- "-$process" 2>/dev/null; done
rm -rf "$1"
"#;

/// What tells the processes of a folder: a variable of their environment.
pub(super) const VARIABLE: &str = "WORKBENCH_STORE";

/// A temporary folder, removed when it is dropped.
#[derive(Debug)]
pub struct Folder {
    directory: TempDir,
    keeper: Mutex<Child>,
}

impl Folder {
    /// Makes one, and starts its keeper.
    ///
    /// # Errors
    ///
    /// If there is no room for temporary files, or no shell.
    pub fn new() -> Result<Self, Trouble> {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        let made = tempfile::Builder::new()
            .prefix("workbench-store-")
            // Servers that run as another user must get in.
            .permissions(Permissions::from_mode(0o755))
            .tempdir();
        let directory = made.map_err(Trouble::machine("a temporary folder cannot be made"))?;
        let keeper = Command::new("/bin/sh")
            .args(["-c", KEEPER, "workbench-store-keeper"])
            .arg(directory.path())
            .current_dir("/")
            .env("PATH", "/usr/bin:/bin")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let keeper = keeper.map_err(Trouble::machine("/bin/sh cannot be started"))?;
        Ok(Self {
            directory,
            keeper: Mutex::new(keeper),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A folder in it, made for a server.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn inner(&self, name: &str) -> Result<PathBuf, Trouble> {
        let path = self.path().join(name);
        std::fs::create_dir_all(&path).map_err(Trouble::machine("a folder cannot be made"))?;
        Ok(path)
    }

    /// Tells the keeper of a process, and how to stop it.
    pub(super) fn watch(&self, process: u32, stop: Stop) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipe) = &mut keeper.stdin {
            // If the keeper has been killed there is still the guard.
            let _ = writeln!(pipe, "{} {process}", stop.name());
        }
    }
}

impl Drop for Folder {
    /// By now every server has been stopped: the keeper goes first, and the folder after it.
    fn drop(&mut self) {
        let keeper = self.keeper.get_mut();
        let keeper = keeper.unwrap_or_else(PoisonError::into_inner);
        let _ = keeper.kill();
        let _ = keeper.wait();
    }
}
