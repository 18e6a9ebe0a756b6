//! Programs and files.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Trying, caller::Refused, sandbox::shown, table::Problem};
use crate::provider::Api;

/// What a shell, a template or a printf would make something else of.
pub(super) const TORTURE: [&str; 14] = [
    "",
    " ",
    "it's \"quoted\"",
    "$HOME ${PATH} $(id) `id`",
    "back\\slash \\n \\",
    "two\nlines\n",
    "\ttab\r",
    "* ? [a-z] {a,b} ~",
    "; & | > < && ( ) #",
    "-n",
    "--",
    "%s %d %%",
    "é 日本 \u{1f980}",
    "\u{1}\u{7f}!",
];

/// A program that takes longer than any answer may.
const LONG_SECS: u64 = 45;

/// Where an answer that takes longer has waited for something that it should not.
const PROMPT: Duration = Duration::from_secs(25);

/// What the family says of a file that is not there.
const NO_FILE: &str = "S001";

pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// Whether a process has ended, if only because nobody has taken note of its end.
const ENDED: &str = r#"
for try in 1 2 3 4 5; do
  if ! [ -d "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status"; then echo ended; exit; fi
  sleep 1
done
echo runs
"#;

impl<C: Api> Trying<C> {
    pub(super) async fn programs(&self, sandbox: &str) {
        if !self.caller.has("exec") {
            return;
        }
        let table = &self.table;
        table
            .check("exec", "every byte of every argument", self.arguments(sandbox))
            .await;
        table
            .check(
                "exec",
                "variables, folder, streams, exit code",
                self.surroundings(sandbox),
            )
            .await;
        table
            .check("exec", "a child that is left running", self.child(sandbox))
            .await;
        table.check("exec", "a timeout that kills", self.timeout(sandbox)).await;
        table
            .check("exec", "more output than is answered", self.output(sandbox))
            .await;
    }

    /// What a program in the sandbox has answered.
    pub(super) async fn exec(&self, sandbox: &str, program: Value) -> Result<Value, Problem> {
        let mut payload = program;
        payload["sandbox_id"] = sandbox.into();
        self.call("exec", payload).await
    }

    /// The output of a shell script that has these parameters and succeeds.
    pub(super) async fn script(&self, sandbox: &str, script: &str, parameters: &[&str]) -> Result<String, Problem> {
        let args = [&["-c", script, "sh"], parameters].concat();
        let ran = self.exec(sandbox, json!({"cmd": "sh", "args": args})).await?;
        match ran["exit_code"].as_i64() {
            Some(0) => Ok(ran["stdout"].as_str().unwrap_or_default().to_owned()),
            _ => Err(format!(
                "the script ended with {}: {}",
                ran["exit_code"],
                shown(&ran["stderr"])
            )),
        }
    }

    async fn arguments(&self, sandbox: &str) -> Result<(), Problem> {
        let args: Vec<&str> = ["<%s>"].into_iter().chain(TORTURE).collect();
        let ran = self.exec(sandbox, json!({"cmd": "printf", "args": args})).await?;
        let expected: String = TORTURE.iter().map(|argument| format!("<{argument}>")).collect();
        let said = ran["stdout"].as_str().unwrap_or_default();
        if said == expected {
            return Ok(());
        }
        let arrived = said.trim_start_matches('<').trim_end_matches('>').split("><");
        let mut pairs = TORTURE.into_iter().zip(arrived);
        match pairs.find(|(sent, arrived)| sent != arrived) {
            Some((sent, arrived)) => Err(format!("{} arrived as {}", shown(&sent.into()), shown(&arrived.into()))),
            None => Err(format!("the arguments arrived as {}", shown(&ran["stdout"]))),
        }
    }

    async fn surroundings(&self, sandbox: &str) -> Result<(), Problem> {
        let script = "printf '%s|%s' \"$TRIED_WITH\" \"$(pwd)\"; printf wrong >&2; exit 7";
        let program = json!({
            "cmd": "sh", "args": ["-c", script], "env": {"TRIED_WITH": TORTURE[3]}, "cwd": "/",
        });
        let ran = self.exec(sandbox, program).await?;
        let expected = [
            ("stdout", json!(format!("{}|/", TORTURE[3]))),
            ("stderr", json!("wrong")),
            ("exit_code", json!(7)),
            ("timed_out", json!(false)),
        ];
        as_expected(&ran, &expected)
    }

    async fn child(&self, sandbox: &str) -> Result<(), Problem> {
        let began = Instant::now();
        let script = format!("sleep {LONG_SECS} & echo left");
        let said = self.script(sandbox, &script, &[]).await?;
        prompt(began)?;
        as_expected(&json!({"stdout": said}), &[("stdout", json!("left\n"))])
    }

    async fn timeout(&self, sandbox: &str) -> Result<(), Problem> {
        let began = Instant::now();
        let script = format!("echo $$; exec sleep {LONG_SECS}");
        let program = json!({"cmd": "sh", "args": ["-c", script], "timeout_ms": TIMEOUT.as_millis()});
        let ran = self.exec(sandbox, program).await?;
        prompt(began)?;
        as_expected(&ran, &[("timed_out", json!(true))])?;
        let process = ran["stdout"].as_str().unwrap_or_default().trim();
        if process.is_empty() {
            return Err("what it wrote before its end is not answered".to_owned());
        }
        let found = self.script(sandbox, ENDED, &[process]).await?;
        match found.trim() {
            "ended" => Ok(()),
            _ => Err("it was answered to be over, and the program runs on".to_owned()),
        }
    }

    async fn output(&self, sandbox: &str) -> Result<(), Problem> {
        let most = self.worker.config().max_output_bytes;
        let bytes = (most + 1).to_string();
        let args = ["-c", "head -c \"$1\" /dev/zero | tr '\\0' x", "sh", &bytes];
        let ran = self.exec(sandbox, json!({"cmd": "sh", "args": args})).await?;
        as_expected(&ran, &[("exit_code", json!(0)), ("stdout_truncated", json!(true))])?;
        let length = ran["stdout"].as_str().map_or(0, str::len);
        match length > most / 2 && length <= most {
            true => Ok(()),
            false => Err(format!("{length} bytes of it are answered")),
        }
    }

    pub(super) async fn files(&self, sandbox: &str) {
        if !self.caller.has("fs::write") || !self.caller.has("fs::read") {
            return;
        }
        let (path, bytes) = ("tried 'with' this", (0..=u8::MAX).collect::<Vec<u8>>());
        let bytes = STANDARD.encode(bytes);
        let written = self.table.check("fs::write", "every byte, with a mode", async {
            let payload = json!({"sandbox_id": sandbox, "path": path, "bytes_base64": bytes, "mode": 0o600});
            self.call("fs::write", payload).await?;
            if !self.caller.has("exec") {
                return Ok(());
            }
            let mode = self.script(sandbox, "stat -c %a -- \"$1\"", &[path]).await?;
            as_expected(&json!({"mode": mode.trim()}), &[("mode", json!("600"))])
        });
        written.await;
        let read = self.table.check("fs::read", "the same bytes", async {
            let read = self
                .call("fs::read", json!({"sandbox_id": sandbox, "path": path}))
                .await?;
            as_expected(&read, &[("bytes_base64", json!(bytes))])
        });
        read.await;
        let missing = self.table.check("fs::read", "refused: there is no such file", async {
            let payload = json!({"sandbox_id": sandbox, "path": "no such file"});
            refused(self.caller.call("fs::read", payload).await, NO_FILE)
        });
        missing.await;
    }
}

/// Each of these fields is what it should be.
pub(super) fn as_expected(answer: &Value, expected: &[(&str, Value)]) -> Result<(), Problem> {
    match expected.iter().find(|(field, value)| answer[*field] != *value) {
        Some((field, value)) => Err(format!("{field} is {}, not {}", shown(&answer[*field]), shown(value))),
        None => Ok(()),
    }
}

fn prompt(began: Instant) -> Result<(), Problem> {
    match began.elapsed() {
        took if took > PROMPT => Err(format!("the answer took {} s", took.as_secs())),
        _ => Ok(()),
    }
}

/// A call was refused with this code, and for no other reason.
pub(super) fn refused(answer: Result<Value, Refused>, code: &str) -> Result<(), Problem> {
    match answer {
        Ok(_) => Err(format!("it was not refused, with {code} or at all")),
        Err(refused) if refused.code == code => Ok(()),
        Err(refused) => Err(format!("it has to be {code}, and is {}", refused.text)),
    }
}
