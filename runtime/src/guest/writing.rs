//! A file of a sandbox as the family's functions write it.

use std::convert::Infallible;

use super::{
    script::{Exec, Failure, JOIN, STORE, WRITE},
    upload::{self, Scripts, Target, Unsent},
};

const SCRIPTS: Scripts = Scripts {
    store: STORE,
    join: JOIN,
    write: WRITE,
};

/// A file to write.
pub(super) struct Upload {
    pub path: String,
    /// No other upload has it.
    pub attempt: String,
    pub bytes: Vec<u8>,
    pub mode: Option<u64>,
}

/// All of it or nothing.
pub(super) async fn write<E: Exec>(exec: &E, upload: &Upload) -> Result<(), Failure> {
    let sent = upload::send(exec, &upload.target(), &mut upload.bytes.as_slice()).await;
    sent.map(drop).map_err(|unsent: Unsent<Infallible>| match unsent {
        Unsent::Failed(failure) => failure,
        Unsent::Broken(never) => match never {},
    })
}

/// What [`DROP`](super::script::DROP) takes.
pub(super) fn removal(upload: &Upload) -> Vec<String> {
    upload.target().names()
}

impl Upload {
    pub(super) fn target(&self) -> Target<'_> {
        Target {
            scripts: &SCRIPTS,
            path: &self.path,
            attempt: &self.attempt,
            beside: Vec::new(),
            mode: self.mode.map(|mode| format!("{mode:04o}")).unwrap_or_default(),
            was: String::new(),
        }
    }
}
