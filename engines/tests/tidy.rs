//! Whatever ends a run, no process, no port and no file is left behind.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use engines::modes::Engine;
use engines::redis;
use engines::running::Setup;
use rustix::process::{Pid, Signal, kill_process};

mod common;
use common::{is_here, program, text};

/// How long it may take until all is over: this machine may be busy with other things.
const PATIENCE: Duration = Duration::from_secs(120);

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(
            begun.elapsed() < PATIENCE,
            "{what}, not so after {PATIENCE:?}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

/// The processes of a folder, or of one in it: servers work there, or have it in their environment, and the keeper in its
/// arguments.
fn processes_of(folder: &Path) -> Vec<u32> {
    let told = folder.to_str().expect("its name is UTF-8").as_bytes();
    let is_told = |process: &u32| {
        ["environ", "cmdline"].iter().any(|file| {
            let said = fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
            said.windows(told.len()).any(|it| it == told)
        })
    };
    let works_there = |process: &u32| {
        fs::read_link(format!("/proc/{process}/cwd")).is_ok_and(|it| it.starts_with(folder))
    };
    let all = fs::read_dir("/proc").into_iter().flatten();
    let numbers = all.filter_map(|it| it.ok()?.file_name().to_str()?.parse().ok());
    numbers
        .filter(|process| is_told(process) || works_there(process))
        .collect()
}

fn is_empty(folder: &Path) -> bool {
    let mut entries = fs::read_dir(folder).expect("the test's own folder stays");
    entries.next().is_none()
}

fn signal(child: &Child, signal: Signal) {
    let process = Pid::from_raw(child.id() as i32).expect("it has a number");
    kill_process(process, signal).expect("it runs");
}

/// Ends the program if the test fails before it does so.
struct Guard(Option<Child>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether a log in a folder of this one has something to say.
fn says(folder: &Path, log: &str) -> bool {
    let folders = fs::read_dir(folder).into_iter().flatten();
    let mut logs = folders.filter_map(|it| fs::metadata(it.ok()?.path().join(log)).ok());
    logs.any(|log| log.len() > 0)
}

/// Starts an engine with its temporary files in a folder of the test, ends the program somehow once the server with the last
/// log has been started, and looks at what is left.
fn ended_by(engine: Engine, mode: &str, log: &str, end: impl Fn(&Child)) {
    // How processes are found.
    if !Path::new("/proc/self/environ").exists() || !is_here(engine, "what is left behind") {
        return;
    }
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .expect("it is the test's own");
    let mut command = program();
    command.args([engine.name(), mode, "--seconds", "600"]);
    command.env("TMPDIR", folder.path());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("it starts");
    let mut child = Guard(Some(child));
    wait_until("all servers have been started", || says(folder.path(), log));
    assert!(
        processes_of(folder.path()).len() > 2,
        "the program, the keeper and servers are seen"
    );
    end(child.0.as_ref().expect("it runs"));
    let child = child.0.take().expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    wait_until("all processes have gone", || {
        processes_of(folder.path()).is_empty()
    });
    wait_until("all files have gone", || is_empty(folder.path()));
    assert!(
        !text(&output.stderr).contains("panicked"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn kill_9_leaves_nothing_of_redis() {
    ended_by(Engine::Redis, "sentinels", "sentinel-3.log", |child| {
        signal(child, Signal::KILL)
    });
}

#[test]
fn kill_9_leaves_nothing_of_etcd() {
    ended_by(Engine::Etcd, "linearizable", "etcd-C.log", |child| {
        signal(child, Signal::KILL)
    });
}

#[test]
fn kill_9_leaves_nothing_of_postgres() {
    ended_by(Engine::Postgres, "async", "postgres-C.log", |child| {
        signal(child, Signal::KILL)
    });
}

/// When its data are just being made.
#[test]
fn kill_9_leaves_nothing_of_a_tool() {
    ended_by(Engine::Postgres, "primary", "initdb.log", |child| {
        signal(child, Signal::KILL)
    });
}

#[test]
fn ctrl_c_leaves_nothing() {
    ended_by(Engine::Redis, "replicas", "redis-C.log", |child| {
        signal(child, Signal::INT)
    });
    ended_by(Engine::Postgres, "primary", "postgres-A.log", |child| {
        signal(child, Signal::INT)
    });
}

/// It ends at once, without dropping anything.
#[test]
fn two_ctrl_c_leave_nothing() {
    ended_by(Engine::Redis, "replicas", "redis-C.log", |child| {
        signal(child, Signal::INT);
        thread::sleep(Duration::from_millis(1));
        // It may have ended by now.
        let process = Pid::from_raw(child.id() as i32).expect("it has a number");
        let _ = kill_process(process, Signal::INT);
    });
}

#[test]
fn a_panic_leaves_nothing() {
    if !is_here(Engine::Redis, "a panic") {
        return;
    }
    let (said, hears) = std::sync::mpsc::channel();
    let panicked = thread::spawn(move || {
        let setup = Setup {
            clients: 1,
            with_proxies: true,
        };
        let running = redis::replicated(&setup).expect("Redis starts");
        let folder = running.nodes[0].folder().to_owned();
        let _ = said.send((folder, running.addresses.clone()));
        std::panic::resume_unwind(Box::new("as planned"));
    });
    assert!(panicked.join().is_err());
    let (folder, addresses): (_, Vec<SocketAddr>) = hears.recv().expect("it was told before");
    assert!(!folder.exists());
    for address in addresses {
        wait_until("the port is free", || TcpListener::bind(address).is_ok());
    }
}
