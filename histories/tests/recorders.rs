//! The recorders of other languages, where the language is there.

#![allow(clippy::print_stderr, reason = "a test that is left out says so")]

use std::path::PathBuf;
use std::process::Command;

use histories::formats::{Options, read};
use histories::{History, Model, check};

/// Runs a program with the recorder of Python; nothing if there is no Python.
fn recorded(name: &str, program: &str) -> Option<History> {
    let recorders = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("recorders");
    let file = std::env::temp_dir().join(format!("{name}-{}.jsonl", std::process::id()));
    let python = Command::new("python3")
        .arg("-B")
        .args(["-c", program])
        .arg(&file)
        .env("PYTHONPATH", recorders)
        .output();
    let Ok(output) = python else {
        eprintln!("There is no python3, so its recorder is not tested.");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = std::fs::read(&file).expect("it has been written");
    std::fs::remove_file(&file).expect("it can be removed");
    let history = read(text.as_slice(), &Options::default());
    Some(history.unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&text))))
}

const THREADS: &str = r#"
import sys, threading
from recorder import Recorder

store, lock, values = {}, threading.Lock(), iter(range(1, 10**6))

def put(key, value):
    with lock: store[key] = value

def get(key):
    with lock: return store.get(key)

def swap(key, expected, new):
    with lock:
        found = store.get(key) == expected
        if found: store[key] = new
        return found

def client(log):
    for _ in range(50):
        with lock: value = next(values)
        log.write("x", value, lambda: put("x", value))
        found = log.read("x", lambda: get("x"))
        with lock: new = next(values)
        log.cas("x", found, new, lambda: swap("x", found, new))

with Recorder(sys.argv[1]) as recorder:
    clients = [threading.Thread(target=client, args=(recorder.process(),)) for _ in range(4)]
    for it in clients: it.start()
    for it in clients: it.join()
"#;

#[test]
fn python_records_threads() {
    let Some(history) = recorded("threads", THREADS) else {
        return;
    };
    assert_eq!(history.operations().len(), 600);
    assert!(check(Model::Atomic, &history).holds());
}

/// Threads of Go, and outcomes that are not known.
const GOROUTINES: &str = r#"
package main

import (
	"errors"
	"os"
	"sync"
)

var refused = errors.New("refused")

func main() {
	recorder, err := New(os.Args[1], nil)
	if err != nil {
		panic(err)
	}
	recorder.Failed = func(err error) bool { return errors.Is(err, refused) }
	var lock, all = sync.Mutex{}, sync.WaitGroup{}
	var held any
	values := 0
	next := func() int {
		lock.Lock()
		defer lock.Unlock()
		values++
		return values
	}
	for nth := 0; nth < 4; nth++ {
		log := recorder.Process()
		all.Add(1)
		go func() {
			defer all.Done()
			for round := 0; round < 50; round++ {
				value := next()
				log.Write("x", value, func() error {
					lock.Lock()
					defer lock.Unlock()
					held = value
					return nil
				})
				found, _ := log.Read("x", func() (any, error) {
					lock.Lock()
					defer lock.Unlock()
					return held, nil
				})
				new := next()
				log.Cas("x", found, new, func() (bool, error) {
					lock.Lock()
					defer lock.Unlock()
					if held != found {
						return false, nil
					}
					held = new
					return true, nil
				})
			}
		}()
	}
	all.Wait()
	log := recorder.Process()
	log.Write("x", next(), func() error { return refused })
	log.Write("x", next(), func() error { return errors.New("no answer") })
	going, _ := recorder.Process(), log
	begun := make(chan bool)
	go going.Write("x", next(), func() error {
		begun <- true
		select {}
	})
	<-begun
	if err := recorder.Close(); err != nil {
		panic(err)
	}
}
"#;

#[test]
fn go_records_goroutines_and_how_they_ended() {
    let recorders = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("recorders");
    let folder = std::env::temp_dir().join(format!("recorded-by-go-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("it can be made");
    let recorder = std::fs::read_to_string(recorders.join("recorder.go")).expect("it is there");
    let own = recorder.replacen("package recorder", "package main", 2);
    let files = [
        ("recorder.go", own.as_str()),
        ("main.go", GOROUTINES),
        ("go.mod", "module recorded\n\ngo 1.18\n"),
    ];
    for (name, text) in files {
        std::fs::write(folder.join(name), text.trim_start()).expect("it can be written");
    }
    let go = Command::new("go")
        .args(["run", ".", "history.jsonl"])
        .current_dir(&folder)
        .output();
    let text = std::fs::read(folder.join("history.jsonl"));
    std::fs::remove_dir_all(&folder).expect("it can be removed");
    let Ok(output) = go else {
        eprintln!("There is no go, so its recorder is not tested.");
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = text.expect("it has been written");
    let history = read(text.as_slice(), &Options::default())
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&text)));
    assert_eq!(
        history
            .operations()
            .iter()
            .filter(|it| it.is_pending())
            .count(),
        2
    );
    assert_eq!(
        (history.operations().len(), history.failed().len()),
        (602, 1)
    );
    assert!(check(Model::Atomic, &history).holds());
}

const TASKS: &str = r#"
import asyncio, sys
from recorder import Recorder

class Refused(Exception): pass

primary, replica = {"x": 0}, {"x": 0}

async def put(value):
    await asyncio.sleep(0)
    primary["x"] = value

async def refuse():
    raise Refused()

async def hang():
    await asyncio.sleep(0)
    primary["x"] = 7
    raise TimeoutError()

async def get(store):
    await asyncio.sleep(0)
    return store["x"]

async def main():
    with Recorder(sys.argv[1], initial=0, failed=(Refused,)) as recorder:
        one, other = recorder.process(), recorder.process()
        await one.write_async("x", 1, put(1))
        try: await one.write_async("x", 2, refuse())
        except Refused: pass
        try: await one.write_async("x", 7, hang())
        except TimeoutError: pass
        assert await one.read_async("x", get(primary)) == 7
        assert await other.read_async("x", get(replica)) == 0
        try: one.write("x", 9, lambda: put(9))
        except TypeError: pass
        else: assert False, "what has only been made was taken for done"
        never = asyncio.create_task(recorder.process().write_async("x", 3, asyncio.sleep(60)))
        await asyncio.sleep(0.01)
    never.cancel()

asyncio.run(main())
"#;

#[test]
fn python_records_tasks_and_how_they_ended() {
    let Some(history) = recorded("tasks", TASKS) else {
        return;
    };
    let pending = history.operations().iter().filter(|it| it.is_pending());
    // The one without an answer, the one that had only been made, and the one under way at the end.
    assert_eq!(pending.count(), 3);
    assert_eq!(history.failed().len(), 1);
    assert_eq!(history.operations().len(), 6);
    assert!(!check(Model::Atomic, &history).holds());
    let stale = histories::staleness::staleness(&history).stale;
    assert_eq!(stale.len(), 1);
}
