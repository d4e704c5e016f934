//! A store of one's own, in any language: a program that answers lines of JSON.
//!
//! It is started once for each client, and speaks with it as [Maelstrom](https://github.com/jepsen-io/maelstrom) speaks with
//! a node of its `lin-kv` workload: a message is a line, with `src`, `dest` and a `body`; a request has a `msg_id`, and its
//! answer the same number in `in_reply_to`.
//!
//! | request | answer |
//! |---|---|
//! | `{"type":"init","node_id":"n1","node_ids":["n1"]}` | `{"type":"init_ok"}` |
//! | `{"type":"read","key":"register"}` | `{"type":"read_ok","value":3}` |
//! | `{"type":"write","key":"register","value":4}` | `{"type":"write_ok"}` |
//! | | `{"type":"error","code":11,"text":"not the leader"}` |
//!
//! The node's number is that of the client, so that a program can choose the replica that is nearest. An error says whether the
//! operation did not happen, as those of Maelstrom do: [`DEFINITE`]. Of any other one, and where no answer comes by the
//! deadline, it is not known. What a program prints on its standard error goes to the terminal.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use histories::Value;
use histories::record::Ended;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value as Json, json};

use crate::store::{DEADLINE, Store, Trouble};

/// The codes of errors after which an operation has not happened, and will not: node not found, not supported, temporarily
/// unavailable, malformed request, abort, key does not exist, key already exists, precondition failed, transaction conflict.
pub const DEFINITE: [u64; 9] = [1, 10, 11, 12, 14, 20, 21, 22, 30];

/// The register.
const KEY: &str = "register";

/// How long a program may take to say that it is ready: it may have to be compiled.
const TO_BEGIN: Duration = Duration::from_secs(60);

/// One client: a program that runs until this is dropped.
#[derive(Debug)]
pub struct Program {
    command: String,
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
    node: String,
    client: String,
    asked: u64,
    /// It writes no more.
    has_ended: bool,
}

impl Program {
    /// Starts a program by a shell, for the client of this number, counted from 0.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or does not answer `init`.
    pub fn start(command: &str, client: u8) -> Result<Self, Trouble> {
        let spawned = Command::new("/bin/sh")
            .args(["-c", command])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = spawned.map_err(Trouble::machine("/bin/sh cannot be started"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (said, answers) = channel();
        let mut program = Self {
            command: command.to_owned(),
            child,
            input: input.expect("it has been piped"),
            answers,
            node: format!("n{}", client + 1),
            client: format!("c{}", client + 1),
            asked: 0,
            has_ended: false,
        };
        let output = BufReader::new(output.expect("it has been piped"));
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    break;
                }
            }
        });
        let init = json!({"type": "init", "node_id": program.node, "node_ids": [program.node]});
        let answer = program.ask("begin", init, TO_BEGIN)?;
        match answer {
            Some(answer) if answer["type"] == "init_ok" => Ok(program),
            Some(answer) => {
                Err(program.nonsense("begin", &answer.to_string(), r#"answer {"type":"init_ok"}"#))
            }
            None => Err(program.nonsense(
                "begin",
                "nothing",
                "it must read lines of JSON from its standard input, and answer each on its standard output, flushed at once",
            )),
        }
    }

    /// Sends a request, and waits for the answer to it: the body. What answers others came too late.
    fn ask(
        &mut self,
        asked: &'static str,
        mut body: Json,
        patience: Duration,
    ) -> Result<Option<Json>, Trouble> {
        self.asked += 1;
        body["msg_id"] = self.asked.into();
        let message = json!({"src": self.client, "dest": self.node, "body": body});
        let begun = Instant::now();
        if writeln!(self.input, "{message}")
            .and_then(|()| self.input.flush())
            .is_err()
        {
            self.has_ended = true;
        }
        loop {
            let left = patience.saturating_sub(begun.elapsed());
            let line = match self.answers.recv_timeout(left) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => {
                    self.has_ended = true;
                    return Ok(None);
                }
            };
            let Ok(message) = serde_json::from_str::<Json>(&line) else {
                let advice = "its standard output must have one message of JSON in each line, and nothing else: print what people are to read to the standard error";
                return Err(self.nonsense(asked, &line, advice));
            };
            let answer = &message["body"];
            let Some(number) = answer["in_reply_to"].as_u64() else {
                let advice = r#"an answer has a "body", and in it "in_reply_to", which is the "msg_id" of the request"#;
                return Err(self.nonsense(asked, &line, advice));
            };
            if number == self.asked {
                return Ok(Some(answer.clone()));
            }
        }
    }

    fn nonsense(&self, asked: &'static str, answer: &str, advice: &str) -> Trouble {
        Trouble::Nonsense {
            store: format!("`{}`", self.command),
            asked,
            answer: format!("`{}`", answer.chars().take(200).collect::<String>()),
            advice: advice.to_owned(),
        }
    }

    /// Performs an operation, whose answer has this type.
    fn perform(
        &mut self,
        asked: &'static str,
        body: Json,
        expected: &str,
    ) -> Result<Ended<Json>, Trouble> {
        if self.has_ended {
            return Err(self.nonsense(
                asked,
                "nothing, since it has ended",
                "it is to go on until its standard input ends",
            ));
        }
        let Some(answer) = self.ask(asked, body, DEADLINE)? else {
            return Ok(Ended::Unknown);
        };
        match answer["type"].as_str() {
            Some(name) if name == expected => Ok(Ended::Done(answer)),
            Some("error") => {
                let code = answer["code"].as_u64();
                let is_definite = code.is_some_and(|code| DEFINITE.contains(&code));
                Ok(if is_definite {
                    Ended::Failed
                } else {
                    Ended::Unknown
                })
            }
            _ => {
                let advice = format!("the answer has the type {expected}, or error");
                Err(self.nonsense(asked, &answer.to_string(), &advice))
            }
        }
    }
}

impl Store for Program {
    fn read(&mut self) -> Result<Ended<Value>, Trouble> {
        let body = json!({"type": "read", "key": KEY});
        let answer = match self.perform("read", body, "read_ok")? {
            Ended::Done(answer) => answer,
            Ended::Failed => return Ok(Ended::Failed),
            Ended::Unknown => return Ok(Ended::Unknown),
        };
        match answer.get("value") {
            Some(Json::Null) => Ok(Ended::Done(Value::nil())),
            Some(Json::Number(number)) if number.is_u64() => {
                Ok(Ended::Done(number.as_u64().unwrap_or_default().into()))
            }
            _ => Err(self.nonsense(
                "read",
                &answer.to_string(),
                "the value of an answer to a read is the number that was written, or null",
            )),
        }
    }

    fn write(&mut self, value: u64) -> Result<Ended<()>, Trouble> {
        let body = json!({"type": "write", "key": KEY, "value": value});
        Ok(match self.perform("write", body, "write_ok")? {
            Ended::Done(_) => Ended::Done(()),
            Ended::Failed => Ended::Failed,
            Ended::Unknown => Ended::Unknown,
        })
    }
}

impl Drop for Program {
    /// With what it has started.
    fn drop(&mut self) {
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(process) = process {
            // It may have gone by itself.
            let _ = kill_process_group(process, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}
