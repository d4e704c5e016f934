//! The servers of an engine: found, started, paused, killed, and stopped whatever happens.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use interleavings::is_interrupted;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::store::Trouble;

mod folder;
mod user;

pub use folder::Folder;
pub use user::{User, unprivileged};

/// How long a server may take to be ready: this machine may be busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a server may take to stop before it is killed.
const TO_STOP: Duration = Duration::from_secs(20);

/// How a server is stopped in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It has nothing but its folder: it is killed.
    Kill,
    /// It has shared memory, which it gives back when it is told to quit at once.
    Quit,
    /// It is a tool that tidies up when it is told to end.
    Terminate,
    /// It is a tool that leaves shared memory behind if it is told anything, and ends soon by itself.
    Finish,
}

impl Stop {
    fn name(self) -> &'static str {
        match self {
            Self::Kill => "KILL",
            Self::Quit => "QUIT",
            Self::Terminate => "TERM",
            Self::Finish => "CONT",
        }
    }

    fn signal(self) -> Signal {
        match self {
            Self::Kill => Signal::KILL,
            Self::Quit => Signal::QUIT,
            Self::Terminate => Signal::TERM,
            Self::Finish => Signal::CONT,
        }
    }
}

/// A server that was started here, in a process group of its own. It is stopped when it is dropped.
#[derive(Debug)]
pub struct Server {
    name: String,
    child: Child,
    stop: Stop,
    log: PathBuf,
    /// The file in which it says which shared memory it has.
    memory: Option<PathBuf>,
    /// It lives at least as long as what works in it.
    folder: Arc<Folder>,
}

impl Server {
    /// Starts a server, which logs to a file of this name in the folder.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(
        folder: &Arc<Folder>,
        name: impl Into<String>,
        command: &mut Command,
        stop: Stop,
    ) -> Result<Self, Trouble> {
        let name = name.into();
        let log = folder
            .path()
            .join(format!("{}.log", name.replace(' ', "-")));
        let file = File::create(&log).map_err(Trouble::machine("a log cannot be made"))?;
        let copy = file
            .try_clone()
            .map_err(Trouble::machine("a log cannot be made"))?;
        let spawned = command
            .env(folder::VARIABLE, folder.path())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(copy)
            .spawn();
        let child = spawned.map_err(Trouble::machine("a server cannot be started"))?;
        folder.watch(child.id(), stop);
        let folder = Arc::clone(folder);
        Ok(Self {
            name,
            child,
            stop,
            log,
            memory: None,
            folder,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder that it works in, with all others of a run.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    ///
    /// If it ends, is not ready in time, or Ctrl-C is pressed.
    pub fn wait_until(&mut self, mut is_ready: impl FnMut() -> bool) -> Result<(), Trouble> {
        let begun = Instant::now();
        while !is_ready() {
            if is_interrupted() {
                return Err(Trouble::Interrupted);
            }
            if let Some(status) = self.has_ended() {
                return Err(self.trouble(format!("has ended at once ({status})")));
            }
            if begun.elapsed() > PATIENCE {
                let seconds = PATIENCE.as_secs();
                return Err(self.trouble(format!("is not ready after {seconds} s")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Waits until a program that was started ends well.
    ///
    /// # Errors
    ///
    /// If it ends otherwise, takes too long, or Ctrl-C is pressed.
    pub fn finish(mut self) -> Result<(), Trouble> {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.has_ended() {
                break status;
            }
            if is_interrupted() {
                return Err(Trouble::Interrupted);
            }
            if begun.elapsed() > PATIENCE {
                return Err(self.trouble(format!("takes longer than {} s", PATIENCE.as_secs())));
            }
            thread::sleep(Duration::from_millis(10));
        };
        match status.success() {
            true => Ok(()),
            false => Err(self.trouble(format!("has failed ({status})"))),
        }
    }

    /// Freezes it: its connections stay open, and nothing answers.
    pub fn pause(&self) {
        self.send(Signal::STOP);
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        self.send(Signal::CONT);
    }

    /// Says where a server of PostgreSQL writes down which shared memory it has.
    #[must_use]
    pub(crate) fn with_memory(mut self, file: PathBuf) -> Self {
        self.memory = Some(file);
        self
    }

    /// Kills it: it can do nothing more, not even say so, or give back the memory that it shares, which is done for it.
    pub fn kill(&mut self) {
        let memory = self
            .memory
            .as_ref()
            .and_then(|file| fs::read_to_string(file).ok());
        self.send(Signal::KILL);
        let _ = self.child.wait();
        if let Some(number) = memory.as_deref().and_then(shared_memory) {
            // Where there is no such program it is left to the next start of the system.
            let mut remove = Command::new("ipcrm");
            let _ = remove
                .args(["-m", &number.to_string()])
                .stderr(Stdio::null())
                .status();
        }
    }

    fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Sends a signal to it and to what it has started. Its number is its own until somebody has waited for it, which only
    /// this type does.
    fn send(&self, signal: Signal) {
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(process) = process {
            // It may have gone by itself.
            let _ = kill_process_group(process, signal);
        }
    }

    /// What is wrong with it, and what it has said last.
    pub(crate) fn trouble(&self, problem: String) -> Trouble {
        Trouble::Server {
            server: self.name.clone(),
            problem,
            log: tail(&self.log),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.has_ended().is_some() {
            return;
        }
        self.send(Signal::CONT);
        self.send(self.stop.signal());
        let begun = Instant::now();
        while begun.elapsed() < TO_STOP {
            if self.has_ended().is_some() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.kill();
    }
}

/// The last lines of a log, indented.
fn tail(log: &Path) -> String {
    const LINES: usize = 12;
    const WIDTH: usize = 200;
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.iter().skip(lines.len().saturating_sub(LINES));
    let shown = last.map(|line| {
        let line: String = line.chars().take(WIDTH).collect();
        format!("    {line}")
    });
    match lines.is_empty() {
        true => "    (it has said nothing)".to_owned(),
        false => shown.collect::<Vec<_>>().join("\n"),
    }
}

/// The number of the shared memory in a `postmaster.pid`, whose seventh line has a key and the number.
fn shared_memory(file: &str) -> Option<u32> {
    let line = file.lines().nth(6)?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Finds a program in PATH, and in folders besides.
#[must_use]
pub fn find(program: &str, besides: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(besides.iter().cloned());
    let mut files = folders.map(|folder| folder.join(program));
    files.find(|file| file.is_file())
}

/// Ports of this machine that nobody uses now. Somebody else may take one before the server does: it says so in its log.
///
/// # Errors
///
/// If there are none left.
pub fn free_ports<const N: usize>() -> Result<[SocketAddr; N], Trouble> {
    // All are held until the last one is known, so that no two are the same.
    let mut held = Vec::new();
    let mut ports = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); N];
    for port in &mut ports {
        let listener = TcpListener::bind(*port).map_err(Trouble::machine("there is no port"))?;
        *port = listener
            .local_addr()
            .map_err(Trouble::machine("there is no port"))?;
        held.push(listener);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_memory_is_known_by_its_number() {
        let file =
            "31292\n/tmp/data/a\n1790000000\n5432\n\n127.0.0.1\n  10177191     32773\nready   \n";
        assert_eq!(shared_memory(file), Some(32773));
        assert_eq!(shared_memory("31292\n/tmp/data/a\n"), None);
    }

    #[test]
    fn a_program_that_is_nowhere_is_not_found() {
        assert_eq!(find("no-such-program", &[PathBuf::from("/nowhere")]), None);
        assert!(find("sh", &[PathBuf::from("/bin")]).is_some());
    }
}
