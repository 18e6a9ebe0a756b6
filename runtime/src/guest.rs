//! Files of a sandbox whose provider has no API for them, by programs that are run in it.
//!
//! A [`Script`](script::Script) is what is done, [`Exec`] runs it. Reading, writing and all that is done to entries is made
//! of these two and knows of nothing else; [`Guest`] lets the worker's own `exec` be the second. Most scripts may be run
//! twice without harm: one whose answer was lost is run again, unless it is one of the others.

pub(crate) mod entries;
mod long;
pub(crate) mod opening;
pub(crate) mod placing;
mod reading;
pub(crate) mod script;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod tree;
pub(crate) mod upload;
mod writing;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

pub(crate) use self::script::Exec;
use self::{script::Failure, writing::Upload};
use crate::{
    call::Call,
    call_site::CallSite,
    config::Config,
    error::{Code, Error},
    look::Look,
    provider::{Api, Reply},
    rollback::Undo,
    value::Kept,
};

/// What a script may take in the sandbox at least: longer where any request may.
const TIME: Duration = Duration::from_secs(10);

/// The longest output that is asked for at a time, if an answer has room for that.
const OUTPUT: usize = 1024 * 1024;

/// The longest path that there is.
const PATH: usize = 4095;

/// A program to run in the sandbox that a call acts on.
#[derive(Debug)]
pub struct Program {
    pub cmd: String,
    pub args: Vec<String>,
    /// Whether it is run again when its answer was lost.
    pub(crate) repeatable: bool,
}

/// How a program has ended.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub exit_code: i64,
    pub timed_out: bool,
    /// Whether some of its output is missing.
    pub truncated: bool,
}

/// What programs may do that no caller of the family runs, whatever is configured for those.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// How much of each stream is answered.
    pub output_bytes: usize,
    /// What is answered of a longer one.
    pub kept: Kept,
    /// How long one may run for which no time is named.
    pub time: Duration,
    /// Whether one is run again when its answer was lost.
    pub repeatable: bool,
}

impl Allowance {
    /// That of scripts: as much output as an answer has room for, and so much time at least, or more where any request may
    /// take that.
    pub fn of_scripts(config: &Config, time: Duration) -> Self {
        Self {
            output_bytes: OUTPUT.min(config.output_room()),
            kept: Kept::default(),
            time: time.max(config.request_timeout),
            repeatable: true,
        }
    }
}

impl Ran {
    /// This one if it has ended by itself within this time, and all of its output is there.
    pub fn whole(self, time: Duration) -> Result<Self, Error> {
        let failed = |what: String| Err(Error::new(Code::S502, what));
        match &self {
            Self { timed_out: true, .. } => failed(format!("the sandbox was not done within {} s", time.as_secs())),
            Self { truncated: true, .. } => failed("the sandbox answers more than was asked for".to_owned()),
            _ => Ok(self),
        }
    }
}

/// The sandbox that a call acts on, as the programs in it see it.
pub struct Guest<C: Api> {
    cx: Call<C>,
    allowance: Allowance,
    line_bytes: usize,
    run: fn(Call<C>, Program) -> Reply<Ran>,
}

impl<C: Api> Guest<C> {
    /// Programs are run by `run`, and are as long as `line_bytes` at most, once quoted.
    pub fn new(cx: &Call<C>, line_bytes: usize, run: fn(Call<C>, Program) -> Reply<Ran>) -> Self {
        let allowance = Allowance::of_scripts(cx.config(), TIME);
        cx.allow(allowance);
        Self {
            cx: cx.clone(),
            allowance,
            line_bytes,
            run,
        }
    }

    /// What is in a file, as base64.
    ///
    /// # Errors
    /// S001 if there is no such file, S502 if it cannot be read or is larger than the worker takes.
    pub async fn fs_read(&self, path: String) -> Result<String, Error> {
        let most = self.cx.config().max_response_bytes / 4 * 3;
        let bytes = reading::read(self, &fitting(path)?, most).await?;
        Ok(STANDARD.encode(bytes))
    }

    /// Makes these bytes the content of a file; whoever reads it sees the old content or the new one.
    ///
    /// # Errors
    /// S001 if there cannot be such a file, S502 if it cannot be written. Nothing is left of it then.
    pub async fn fs_write(&self, path: String, bytes_base64: String, mode: Option<u64>) -> Result<(), Error> {
        let bytes = STANDARD.decode(bytes_base64);
        let upload = Upload {
            path: fitting(path)?,
            attempt: self.cx.attempt_id().to_owned(),
            bytes: bytes.map_err(|_| Error::bad_input("bytes_base64", "must be base64"))?,
            mode,
        };
        let removed = self.removes(&upload);
        let written = writing::write(self, &upload).await;
        let is_settled = written.as_ref().err().is_none_or(Failure::is_settled);
        removed.store(is_settled, Ordering::Relaxed);
        written.map_err(Error::from)
    }

    /// Removes what an upload may have left if its call fails, unless that is done.
    fn removes(&self, upload: &Upload) -> Arc<AtomicBool> {
        static SITE: CallSite = CallSite {
            function: "fs::write",
            step: "",
            call: "the removal of what was not put in its place",
            creates: &[],
            repeatable: true,
            removes: false,
            fields: &[],
            outcomes: &[],
        };
        let removed = Arc::new(AtomicBool::new(false));
        let (is_removed, removal) = (removed.clone(), writing::removal(upload));
        let (line_bytes, run) = (self.line_bytes, self.run);
        self.cx.undo(Undo::new(&SITE, Vec::new(), move |cx| {
            let (guest, removal, is_removed) = (Self::new(&cx, line_bytes, run), removal.clone(), is_removed.clone());
            async move {
                match is_removed.load(Ordering::Relaxed) {
                    true => Ok(()),
                    false => guest.remove(removal).await,
                }
            }
        }));
        removed
    }

    /// With the sandbox the files are gone, too.
    async fn remove(&self, removal: Vec<String>) -> Result<(), Error> {
        let error = match script::DROP.run(self, removal).await {
            Err(failure) if !failure.is_settled() => Error::from(failure),
            _ => return Ok(()),
        };
        let worker = self.cx.worker();
        match worker.look(self.cx.sandbox_id()).await {
            Ok(Look::Gone) => Ok(()),
            Ok(Look::Unseen) if worker.can_list() => Ok(()),
            _ => Err(error),
        }
    }
}

impl<C: Api> Exec for Guest<C> {
    async fn run(&self, program: Program) -> Result<Ran, Error> {
        let ran = (self.run)(self.cx.clone(), program).await?;
        ran.whole(self.allowance.time)
    }

    fn output_bytes(&self) -> usize {
        self.allowance.output_bytes
    }

    fn line_bytes(&self) -> usize {
        self.line_bytes
    }
}

fn fitting(path: String) -> Result<String, Error> {
    match path.len() <= PATH {
        true => Ok(path),
        false => Err(Error::bad_input("path", &format!("must be at most {PATH} bytes long"))),
    }
}
