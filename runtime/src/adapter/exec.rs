//! Runs a program in a sandbox.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Adapter,
    command::Command,
    environment::{Variables, are_plain, words},
    fault::{Code, Fault, Outcome},
    fs,
    records::Record,
    shell::LINE,
};
use crate::{
    dispatch::Invocation,
    guest::{Allowance, entries},
    provider::Api,
    value::Kept,
};

/// How long a program may run, whatever is asked for.
const LONGEST: Duration = Duration::from_secs(300);

/// How much of each of its streams is answered.
const STREAM: usize = 1024 * 1024;

/// How much a program may be given to read.
const STDIN: usize = 10 * 1024 * 1024;

/// How long a line may be that has the input of its program in it.
const INLINE: usize = LINE / 2;

/// The mode of a file that nobody else may read.
const SECRET: u32 = 0o600;

/// Runs a program with what the sandbox's environment and the caller's variables say, and with input from a file. Takes
/// whether there `must` or `may` be an environment, the file or nothing, its content as base64 unless it is there, the
/// variables, each as `NAME=value`, and the program.
const PREPARED: &str = include_str!("scripts/prepared.sh");

#[derive(Debug, Deserialize)]
pub(super) struct Exec {
    sandbox_id: String,
    #[serde(flatten)]
    what: What,
}

/// A program to run, as a caller says it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct What {
    cmd: String,
    args: Vec<String>,
    argv: Option<Vec<String>>,
    stdin: Option<String>,
    #[serde(default)]
    env: Variables,
    timeout_ms: u64,
    workdir: Option<String>,
}

/// What `exec` answers.
#[derive(Debug, Serialize)]
pub(super) struct Ran {
    stdout: String,
    stderr: String,
    exit_code: i64,
    timed_out: bool,
    duration_ms: u64,
    success: bool,
    stdout_truncated: bool,
    stderr_truncated: bool,
}

/// A program to run, as a sandbox is given it.
#[derive(Debug)]
pub(super) struct Task {
    pub command: Command,
    pub stdin: Vec<u8>,
    pub env: BTreeMap<String, String>,
    pub workdir: Option<String>,
    pub timeout_ms: u64,
}

impl What {
    fn read(self) -> Outcome<Task> {
        if self.workdir.as_ref().is_some_and(|workdir| workdir.contains('\0')) {
            return Err(Fault::bad_input("workdir", "cannot contain NUL"));
        }
        Ok(Task {
            command: Command::of(&self.cmd, self.args, self.argv)?,
            stdin: stdin(self.stdin.as_deref())?,
            env: self.env.read()?,
            workdir: self.workdir,
            timeout_ms: self.timeout_ms,
        })
    }
}

/// What a program reads, from base64.
pub(super) fn stdin(base64: Option<&str>) -> Outcome<Vec<u8>> {
    let Some(base64) = base64 else {
        return Ok(Vec::new());
    };
    let bytes = STANDARD
        .decode(base64)
        .map_err(|_| Fault::bad_input("stdin", "must be base64"))?;
    match bytes.len() <= STDIN {
        true => Ok(bytes),
        false => Err(Fault::bad_input("stdin", "must be 10 MiB or less")),
    }
}

impl<C: Api> Adapter<C> {
    pub(super) async fn exec(&self, exec: Exec) -> Outcome<Ran> {
        let record = self.record(&exec.sandbox_id).await?;
        let task = exec.what.read()?;
        let running = record.begin(self.0.config().max_exec_per_sandbox)?;
        let ran = self.carry_out(&record, task).await;
        drop(running);
        ran
    }

    /// Runs a program to its end.
    ///
    /// # Errors
    /// S200 if it was killed after its time.
    pub(super) async fn carry_out(&self, record: &Record, mut task: Task) -> Outcome<Ran> {
        let longest = LONGEST.as_secs() * 1000;
        let timeout_ms = task.timeout_ms.min(longest);
        task.timeout_ms = timeout_ms;
        let began = Instant::now();
        let is_plain = task.stdin.is_empty() && are_plain(&task.env);
        let answer = match is_plain && record.details.env == Some(false) {
            true => self.run_program(record, task).await?,
            false => self.run_prepared(record, task).await?,
        };
        if answer["timed_out"] == true {
            let text = format!("the program was killed after {timeout_ms} ms");
            let fault = Fault::new(Code::S200, text);
            return Err(match timeout_ms < longest {
                true => fault.noted(format!("`timeout_ms` may be as high as {longest}")),
                false => fault.noted("start it in the background, and look at what it writes to a file"),
            });
        }
        Ran::of(answer, began)
    }

    /// Runs a program that reads something, or for which the sandbox may keep an environment.
    async fn run_prepared(&self, record: &Record, task: Task) -> Outcome<Value> {
        let stdin = self.stored(record, &task).await?;
        let file = stdin.as_ref().map(|stdin| stdin.file.clone());
        let answer = self.run_program(record, task.prepared(record.details.env, stdin)).await;
        if let (Err(_), Some(file)) = (&answer, &file) {
            // It may not have come to the point of removing it. With the sandbox it is gone, too.
            let _ = entries::rm(&self.shell(record), file, false).await;
        }
        answer
    }

    async fn run_program(&self, record: &Record, task: Task) -> Outcome<Value> {
        let allowance = Allowance {
            output_bytes: STREAM.min(self.0.config().output_room()),
            kept: Kept::Beginning,
            time: LONGEST,
            repeatable: false,
        };
        self.invoke_as(Invocation::allowing(allowance), "exec", record, payload(task))
            .await
    }

    /// What a program reads, in a file of the sandbox unless it fits into its line.
    async fn stored(&self, record: &Record, task: &Task) -> Outcome<Option<Stdin>> {
        if task.stdin.is_empty() {
            return Ok(None);
        }
        let file = format!("/tmp/.iii-stdin-{}", Uuid::new_v4());
        if task.len() <= INLINE {
            let text = STANDARD.encode(&task.stdin);
            return Ok(Some(Stdin { file, text }));
        }
        let stored = fs::put(&self.shell(record), &file, SECRET, false, &task.stdin).await;
        stored.map_err(Fault::of_stdin)?;
        Ok(Some(Stdin {
            file,
            text: String::new(),
        }))
    }
}

/// What a program reads.
struct Stdin {
    file: String,
    /// The content of the file as base64; empty if it is there.
    text: String,
}

impl Task {
    /// How long it is in a line, what it reads included.
    fn len(&self) -> usize {
        self.stdin.len().div_ceil(3) * 4 + self.command.len() + words(&self.env).len()
    }

    /// The same program with the sandbox's environment, which may be there if that is not known, and with what it reads.
    fn prepared(self, kept: Option<bool>, stdin: Option<Stdin>) -> Self {
        let kept = match kept {
            Some(true) => "must",
            Some(false) => "",
            None => "may",
        };
        let (file, text) = stdin.map_or_else(Default::default, |stdin| (stdin.file, stdin.text));
        let head = ["-c", PREPARED, "sh", kept, &file, &text].map(str::to_owned);
        let variables = self.env.into_iter().map(|(name, value)| format!("{name}={value}"));
        let arguments = head.into_iter().chain(variables).chain(self.command.after_variables());
        Self {
            command: Command {
                program: "sh".to_owned(),
                arguments: arguments.collect(),
            },
            stdin: Vec::new(),
            env: BTreeMap::new(),
            ..self
        }
    }
}

/// What the family's function takes. The longest time is the usual one: for a program that needs no other, a sandbox that
/// has nothing to keep a time with need not have it.
fn payload(task: Task) -> Value {
    let mut payload = json!({
        "cmd": task.command.program,
        "args": task.command.arguments,
    });
    if Duration::from_millis(task.timeout_ms) < LONGEST {
        payload["timeout_ms"] = task.timeout_ms.into();
    }
    if !task.env.is_empty() {
        payload["env"] = json!(task.env);
    }
    if let Some(workdir) = task.workdir {
        payload["cwd"] = workdir.into();
    }
    payload
}

impl Ran {
    fn of(mut answer: Value, began: Instant) -> Outcome<Self> {
        let exit_code = answer["exit_code"].as_i64();
        let exit_code =
            exit_code.ok_or_else(|| Fault::new(Code::S300, "the provider does not say how the program has ended"))?;
        let mut stream = |name: &str| match answer[name].take() {
            Value::String(text) => cut(text),
            _ => (String::new(), false),
        };
        let ((stdout, stdout_cut), (stderr, stderr_cut)) = (stream("stdout"), stream("stderr"));
        Ok(Self {
            stdout,
            stderr,
            exit_code,
            timed_out: false,
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            success: exit_code == 0,
            stdout_truncated: stdout_cut || answer["stdout_truncated"] == true,
            stderr_truncated: stderr_cut || answer["stderr_truncated"] == true,
        })
    }
}

/// As much of a stream as is answered, and whether something is missing.
fn cut(mut text: String) -> (String, bool) {
    let end = text.floor_char_boundary(STREAM);
    let is_cut = end < text.len();
    text.truncate(end);
    (text, is_cut)
}
