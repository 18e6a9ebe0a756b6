//! What a function answers, from what the operation does.

use crate::document::{Document, Type, TypeKind};

use super::{
    answer::{Found, Sought, find, ids},
    words::words,
};

/// What keeps the timeout of `exec`.
#[derive(Clone, Copy, PartialEq)]
pub enum Timeout {
    Nobody,
    Api,
    /// A shell line, which tells of it on its standard error.
    Shell,
}

/// Where outputs are read from.
pub struct Outputs<'o> {
    pub document: &'o Document,
    pub answer: Type,
    /// How the mapping refers to the answer: `$response`.
    pub root: &'static str,
    /// Whether the call is made once for each, so that there are several answers.
    pub each: bool,
    /// Whether the answer is that of a look at a sandbox.
    pub is_sandbox: bool,
    /// What keeps the timeout of `exec`.
    pub timeout: Timeout,
    /// Whether a shell line runs the program.
    pub shell: bool,
}

impl Outputs<'_> {
    /// The value of an output in YAML, or what may be meant.
    pub fn value(&self, function: &str, output: &str) -> Result<String, Vec<String>> {
        match output {
            "image" => Ok("$input.image".to_owned()),
            "capabilities" => Ok("$capabilities".to_owned()),
            "sandbox_id" => self.field(&SANDBOX_ID),
            "started_at" => {
                let (reference, ty) = self.find(&STARTED_AT)?;
                Ok(moment(&reference, &ty))
            }
            "snapshot_id" if function == "snapshot" && self.is_sandbox => {
                Err(vec!["the operation answers the sandbox, not the snapshot".to_owned()])
            }
            "snapshot_id" => self.field(&SNAPSHOT_ID),
            "sandbox_ids" if self.each => {
                let each = format!("{}[*]", self.root);
                match find(self.document, &self.answer, &each, &SANDBOX_ID) {
                    Found::Field(reference, _) => Ok(format!("'{reference}'")),
                    Found::Optional(reference, _) => Ok(must(&format!("'{reference}'"))),
                    Found::Candidates(candidates) => Err(candidates),
                }
            }
            "sandbox_ids" => match ids(self.document, &self.answer, self.root, &SANDBOX_ID) {
                Some(ids) if ids.are_sure => Ok(ids.reference),
                Some(ids) => Ok(must(&format!("'{}'", ids.reference))),
                None => Err(vec!["a list of ids, such as $response.items[*].id".to_owned()]),
            },
            "url" => self.field(&URL),
            "stdout" => Ok(self.written("stdout", self.field(&STDOUT)?)),
            "stderr" => self.stderr(),
            "exit_code" => self.field(&EXIT_CODE),
            "timed_out" => self.timed_out(),
            "stdout_truncated" => Ok(self.truncated(&STDOUT)),
            "stderr_truncated" => Ok(self.truncated(&STDERR)),
            "bytes_base64" if self.answer.kind == TypeKind::Binary => Ok(self.root.to_owned()),
            "bytes_base64" => self.field(&BYTES_BASE64),
            _ => Err(Vec::new()),
        }
    }

    /// The value of a field, which has to be there.
    fn find(&self, sought: &Sought<'_>) -> Result<(String, Type), Vec<String>> {
        match find(self.document, &self.answer, self.root, sought) {
            Found::Field(reference, ty) => Ok((reference, ty)),
            Found::Optional(reference, ty) => Ok((must(&reference), ty)),
            Found::Candidates(candidates) => Err(candidates),
        }
    }

    fn field(&self, sought: &Sought<'_>) -> Result<String, Vec<String>> {
        self.find(sought).map(|(reference, _)| reference)
    }

    fn stderr(&self) -> Result<String, Vec<String>> {
        let reference = self.field(&STDERR).map_err(|mut candidates| {
            candidates.push("'' if it has none".to_owned());
            candidates
        })?;
        Ok(self.written("stderr", reference))
    }

    /// A stream, of which a shell line tells what the program wrote.
    fn written(&self, stream: &str, reference: String) -> String {
        match self.shell {
            true => format!("{{shell_{stream}: {reference}}}"),
            false => reference,
        }
    }

    fn truncated(&self, sought: &Sought<'_>) -> String {
        match (self.shell, self.field(sought)) {
            (true, Ok(reference)) => format!("{{shell_truncated: {reference}}}"),
            _ => "false".to_owned(),
        }
    }

    fn timed_out(&self) -> Result<String, Vec<String>> {
        if let Ok(reference) = self.field(&TIMED_OUT) {
            return Ok(reference);
        }
        match (self.timeout, self.field(&EXIT_CODE), self.field(&STDERR)) {
            (Timeout::Nobody, ..) => Ok("false".to_owned()),
            (Timeout::Shell, Ok(code), Ok(stderr)) => Ok(format!(
                "{{shell_timed_out: {{exit_code: {code}, stderr: {stderr}, timeout_ms: $input.timeout_ms}}}}"
            )),
            (Timeout::Shell, ..) => Err(vec!["how the shell line's timeout is told from another end".to_owned()]),
            (Timeout::Api, ..) => Err(vec!["how the API tells that its timeout ended the program".to_owned()]),
        }
    }
}

/// What fails where the document lets it be absent, and it is.
pub fn must(reference: &str) -> String {
    format!("{{must: {reference}}}")
}

/// A moment as RFC 3339; numbers whose name says so are milliseconds.
pub fn moment(reference: &str, ty: &Type) -> String {
    let millis = words(reference).contains(&"ms".to_owned());
    match ty.kind {
        TypeKind::String => format!("{{rfc3339: {reference}}}"),
        _ if millis => format!("{{rfc3339_ms: {reference}}}"),
        _ => format!("{{rfc3339: {reference}}}  # in seconds?"),
    }
}

const fn text<'s>(names: &'s [&'s str]) -> Sought<'s> {
    Sought {
        names,
        fits: Type::is_text,
    }
}

pub const SANDBOX_ID: Sought<'_> = text(&[
    "sandboxid",
    "devboxid",
    "vmid",
    "boxid",
    "id",
    "machineid",
    "instanceid",
]);
pub const IMAGE: Sought<'_> = text(&[
    "image",
    "imageid",
    "snapshotid",
    "snapshot",
    "templateid",
    "template",
    "blueprintid",
]);
pub const STARTED_AT: Sought<'_> = Sought {
    names: &[
        "startedat",
        "createdat",
        "created",
        "starttime",
        "createtime",
        "createtimems",
        "createdatms",
        "launchedat",
    ],
    fits: |ty| matches!(ty.kind, TypeKind::String | TypeKind::Integer),
};
const SNAPSHOT_ID: Sought<'_> = text(&["snapshotid", "checkpointid", "id", "name"]);
const URL: Sought<'_> = text(&["url", "previewurl", "publicurl", "link", "endpoint", "uri"]);
const STDOUT: Sought<'_> = text(&["stdout", "out", "output", "result"]);
const STDERR: Sought<'_> = text(&["stderr", "err", "errors"]);
const BYTES_BASE64: Sought<'_> = text(&["bytesbase64", "contentbase64", "base64"]);
const EXIT_CODE: Sought<'_> = Sought {
    names: &["exitcode", "exitstatus", "returncode", "statuscode", "code"],
    fits: |ty| matches!(ty.kind, TypeKind::Integer),
};
const TIMED_OUT: Sought<'_> = Sought {
    names: &["timedout"],
    fits: |ty| matches!(ty.kind, TypeKind::Boolean),
};
