//! Every mode of every engine that is installed, for some hundred operations; the others are skipped, which is said.

use engines::modes::Engine;
use engines::redis;
use engines::running::Setup;

mod common;
use common::{is_here, json, run, text};

/// What is promised is kept, and nothing is left out. How fast it is, and what a mode may show, depends on the machine.
fn all_modes_of(engine: Engine) {
    if !is_here(engine, "all modes") {
        return;
    }
    let output = run(&[
        engine.name(),
        "--operations",
        "150",
        "--seconds",
        "60",
        "--json",
    ]);
    let said = text(&output.stderr);
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{said}{}",
        text(&output.stdout)
    );
    let document = json(&output);
    let modes = document["modes"].as_array().expect("there are modes");
    assert_eq!(modes.len(), engine.modes().count());
    for mode in modes {
        let answered = mode["operations"].as_u64().unwrap_or_default();
        assert!(answered > 0, "nobody was answered: {mode:#}");
        assert_ne!(mode["keeps"], false, "{mode:#}");
        assert_eq!(mode["torn"], 0, "{mode:#}");
    }
}

#[test]
fn etcd_keeps_its_promises() {
    all_modes_of(Engine::Etcd);
}

#[test]
fn redis_keeps_its_promises() {
    all_modes_of(Engine::Redis);
}

#[test]
fn postgres_keeps_its_promises() {
    all_modes_of(Engine::Postgres);
}

/// A fault of each kind: whatever happens, no promise is broken.
fn faults_of(engine: Engine, mode: &str, faults: &[&str]) {
    if !is_here(engine, "faults") {
        return;
    }
    for fault in faults {
        let output = run(&[
            engine.name(),
            mode,
            "--fault",
            fault,
            "--seconds",
            "1.5",
            "--json",
        ]);
        let said = text(&output.stderr);
        let document = json(&output);
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "{fault}: {said}{document:#}"
        );
        assert_eq!(document["modes"][0]["fault"]["what"], *fault);
        assert_ne!(document["modes"][0]["keeps"], false, "{document:#}");
    }
}

#[test]
fn etcd_survives_faults() {
    faults_of(Engine::Etcd, "linearizable", &["hold", "kill"]);
}

#[test]
fn redis_survives_faults() {
    faults_of(
        Engine::Redis,
        "replicas",
        &["hold", "close", "delay", "pause", "kill"],
    );
}

#[test]
fn postgres_survives_faults() {
    faults_of(Engine::Postgres, "remote-apply", &["hold", "kill"]);
}

/// The example in Python, against servers that this test has started.
#[test]
fn a_store_of_ones_own_is_a_client_in_python() {
    let has_python = std::process::Command::new("python3")
        .arg("--version")
        .output()
        .is_ok();
    if !has_python || !is_here(Engine::Redis, "the example in Python") {
        return;
    }
    let setup = Setup {
        clients: 1,
        with_proxies: false,
    };
    let running = redis::replicated(&setup).expect("Redis starts");
    let ports: Vec<String> = running
        .addresses
        .iter()
        .map(|it| it.port().to_string())
        .collect();
    for (ports, expected) in [(&ports[..1], "atomic"), (&ports[..], "monotonic-reads")] {
        let command = format!(
            "python3 engines/examples/redis_store.py {}",
            ports.join(" ")
        );
        let output = run(&[
            "--command",
            &command,
            "--expect",
            expected,
            "--operations",
            "200",
            "--seconds",
            "600",
        ]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    }
}
