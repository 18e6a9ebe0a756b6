//! The shell of a sandbox, by the provider's own `exec`: what runs the worker's scripts in it. Beside it are the provider's
//! own calls for files, where its mapping has some.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};

use super::{Adapter, records::Record};
use crate::{
    dispatch::Invocation,
    error::{Code, Error},
    guest::{
        Allowance, Exec, Program, Ran,
        script::{Reader, Writer},
    },
    provider::Api,
};

/// The functions of the family that a provider's own calls for files stand behind.
const READ: &str = "fs::read";
const WRITE: &str = "fs::write";

/// The longest file that a call is asked for, or given: it is in memory as a whole.
const FILE: usize = 4 << 20;

/// A line that every provider takes.
pub(super) const LINE: usize = 96 * 1024;

/// What a script may take at least.
const TIME: Duration = Duration::from_secs(30);

pub(super) struct Shell<C: Api> {
    adapter: Adapter<C>,
    record: Record,
    allowance: Allowance,
    /// Whether the provider has calls of its own that read and that write files.
    reads: bool,
    writes: bool,
    /// How many bytes of a file fit into an answer.
    most: usize,
}

impl<C: Api> Adapter<C> {
    pub(super) fn shell(&self, record: &Record) -> Shell<C> {
        let config = self.0.config();
        Shell {
            reads: self.0.has_calls_for(READ),
            writes: self.0.has_calls_for(WRITE),
            most: FILE.min(config.max_response_bytes / 4 * 3),
            adapter: self.clone(),
            record: record.clone(),
            allowance: Allowance::of_scripts(&config, TIME),
        }
    }
}

impl<C: Api> Exec for Shell<C> {
    async fn run(&self, program: Program) -> Result<Ran, Error> {
        let Program { cmd, args, repeatable } = program;
        let payload = json!({"sandbox_id": self.record.id, "cmd": cmd, "args": args});
        let invocation = Invocation::allowing(Allowance {
            repeatable,
            ..self.allowance
        });
        let ran = self.adapter.0.invoke("exec", invocation, payload).await?;
        let Some(exit_code) = ran["exit_code"].as_i64() else {
            return Err(Error::new(
                Code::S502,
                "the provider does not say how a script has ended",
            ));
        };
        let is = |name: &str| ran[name] == true;
        let ran = Ran {
            exit_code,
            timed_out: is("timed_out"),
            truncated: is("stdout_truncated"),
            stdout: text(ran, "stdout"),
        };
        ran.whole(self.allowance.time)
    }

    fn output_bytes(&self) -> usize {
        self.allowance.output_bytes
    }

    fn line_bytes(&self) -> usize {
        LINE
    }

    fn reader(&self) -> Option<&dyn Reader> {
        self.reads.then_some(self)
    }

    fn writer(&self) -> Option<&dyn Writer> {
        self.writes.then_some(self)
    }
}

fn text(mut answer: Value, name: &str) -> String {
    match answer[name].take() {
        Value::String(text) => text,
        _ => String::new(),
    }
}

impl<C: Api> Shell<C> {
    async fn file(&self, function: &str, mut fields: Value) -> Result<Value, Error> {
        fields["sandbox_id"] = self.record.id.as_str().into();
        self.adapter.0.invoke(function, Invocation::new(), fields).await
    }
}

impl<C: Api> Reader for Shell<C> {
    fn most(&self) -> usize {
        self.most
    }

    fn read<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        async move {
            let answer = self.file(READ, json!({"path": path})).await?;
            let bytes = answer["bytes_base64"].as_str().map(|text| STANDARD.decode(text));
            match bytes {
                Some(Ok(bytes)) => Ok(bytes),
                _ => Err(Error::unreadable("it gives no file as base64")),
            }
        }
        .boxed()
    }
}

impl<C: Api> Writer for Shell<C> {
    fn most(&self) -> usize {
        FILE
    }

    fn write(&self, path: String, bytes: Vec<u8>) -> BoxFuture<'_, Result<(), Error>> {
        let fields = json!({"path": path, "bytes_base64": STANDARD.encode(bytes)});
        self.file(WRITE, fields).map(|written| written.map(drop)).boxed()
    }
}
