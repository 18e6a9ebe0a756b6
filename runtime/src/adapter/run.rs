//! Runs a piece of code in a sandbox that is started for it.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use serde::{Deserialize, Serialize};

use super::{
    Adapter,
    command::Command,
    create::Create,
    environment::Variables,
    exec::{Ran, Task, stdin},
    fault::{Code, Fault, Outcome},
    fs,
    records::Record,
};
use crate::provider::Api;

/// The mode of the files that are written.
const FILE: u32 = 0o644;

#[derive(Debug, Deserialize)]
pub(super) struct Run {
    image: String,
    code: String,
    lang: String,
    files: Vec<File>,
    #[serde(default)]
    env: Variables,
    stdin: Option<String>,
    timeout_ms: u64,
    idle_timeout_secs: Option<u64>,
    keep_sandbox: bool,
}

#[derive(Debug, Deserialize)]
struct File {
    path: String,
    content: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Answer {
    #[serde(flatten)]
    ran: Ran,
    #[serde(skip_serializing_if = "Option::is_none")]
    sandbox_id: Option<String>,
}

/// What runs a language, and the file that its code is in.
struct Language<'a> {
    interpreter: &'a str,
    file: &'static str,
}

impl<'a> Language<'a> {
    fn of(name: &'a str) -> Self {
        let (interpreter, file) = match name {
            "node" | "javascript" | "js" => ("node", "/tmp/run.js"),
            "python" | "py" => ("python3", "/tmp/run.py"),
            "shell" | "sh" | "bash" => ("/bin/sh", "/tmp/run.sh"),
            path => (path, "/tmp/run.txt"),
        };
        Self { interpreter, file }
    }
}

impl<C: Api> Adapter<C> {
    /// The sandbox is ended whatever happens, unless it is to be kept and the code has run.
    pub(super) async fn run(&self, run: Run) -> Outcome<Answer> {
        let Language { interpreter, file } = Language::of(&run.lang);
        let keep = run.keep_sandbox;
        let mut files = run.files;
        files.push(File {
            path: file.to_owned(),
            content: run.code,
        });
        let task = Task {
            command: Command::of("", Vec::new(), Some(vec![interpreter.to_owned(), file.to_owned()]))?,
            stdin: stdin(run.stdin.as_deref())?,
            env: Default::default(),
            workdir: None,
            timeout_ms: run.timeout_ms,
        };
        let create = Create::of(run.image, run.idle_timeout_secs, run.env);
        let started = self.start(create).await;
        let record = started.map_err(|fault| fault.of_step("create", None))?;
        let running = AssertUnwindSafe(self.run_in(&record, &files, task)).catch_unwind();
        let running = running
            .map(|ran| ran.unwrap_or_else(|_| Err(Fault::new(Code::S300, "the worker failed during this call"))));
        let ran = self.attended(running).await;
        let is_kept = keep && ran.is_ok();
        if !is_kept {
            self.end(&record).await;
        }
        Ok(Answer {
            ran: ran?,
            sandbox_id: is_kept.then(|| record.uuid.to_string()),
        })
    }

    async fn run_in(&self, record: &Record, files: &[File], task: Task) -> Outcome<Ran> {
        let sandbox = record.uuid.to_string();
        for file in files {
            let written = fs::put(&self.shell(record), &file.path, FILE, true, file.content.as_bytes()).await;
            written.map_err(|fault| fault.of_step("write", Some(&sandbox)))?;
        }
        let running = record.begin(self.0.config().max_exec_per_sandbox)?;
        let ran = self.carry_out(record, task).await;
        drop(running);
        ran.map_err(|fault| fault.of_step("exec", Some(&sandbox)))
    }
}
