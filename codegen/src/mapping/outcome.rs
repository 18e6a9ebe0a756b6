//! What statuses mean.

use std::time::Duration;

use crate::{
    diagnostic::Code,
    source::{Span, Spanned},
    yaml::{Node, NodeKind},
};

use super::{
    Call, Condition, Reader,
    duration::{duration, interval},
};

#[derive(Clone, Debug)]
pub struct Outcome {
    pub status: Status,
    pub then: Then,
    /// All of them have to hold.
    pub when: Vec<Condition>,
    /// What a caller is told.
    pub message: Option<Spanned<String>>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Single statuses.
    Only(Vec<u16>),
    /// `4xx`
    Class(u16),
    Any,
}

#[derive(Clone, Debug)]
pub enum Then {
    Code(Spanned<String>),
    /// A refusal that says "later": nothing was done, so that any call is sent again, and fails with the code only when
    /// its time is up.
    Later(Spanned<String>),
    /// A conflict that passes: nothing was done, so that the call is sent again; then the rules after this one decide.
    Again(Again),
    Ok,
    Confirm(Box<Confirm>),
}

impl Then {
    /// The code that a caller may get.
    pub fn code(&self) -> Option<&Spanned<String>> {
        match self {
            Self::Code(code) | Self::Later(code) => Some(code),
            Self::Again(_) | Self::Ok | Self::Confirm(_) => None,
        }
    }

    /// Whether it counts as success without an answer.
    pub fn accepts(&self) -> bool {
        matches!(self, Self::Ok | Self::Confirm(_))
    }
}

/// How often a call is sent again, and for how long.
#[derive(Clone, Debug)]
pub struct Again {
    pub every: (Duration, Duration),
    pub within: Duration,
}

/// A status that is success only once a look shows that the sandbox is gone.
#[derive(Clone, Debug)]
pub struct Confirm {
    pub call: Call,
    pub gone: Vec<u16>,
    pub every: (Duration, Duration),
    pub within: Duration,
}

impl Outcome {
    /// The conditions that are decided before the request is sent.
    pub fn given(&self) -> impl Iterator<Item = &Condition> {
        self.when.iter().filter(|condition| !condition.is_of_the_answer())
    }

    /// The first of its statuses that is a success.
    pub fn of_success(&self) -> Option<u16> {
        match &self.status {
            Status::Only(codes) => codes.iter().copied().find(|code| *code < 300),
            Status::Class(class @ 1..=2) => Some(class * 100),
            _ => None,
        }
    }

    pub fn read_all(reader: &Reader, nodes: Vec<&Node>) -> Vec<Self> {
        nodes.into_iter().filter_map(|node| Self::read(reader, node)).collect()
    }

    /// The rules for all calls. What is success is said by the call for which it is.
    pub fn read_codes(reader: &Reader, nodes: Vec<&Node>) -> Vec<Self> {
        let codes = nodes.into_iter().filter(|node| gives_no_success(reader, node));
        Self::read_all(reader, codes.collect())
    }

    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "a status rule")?;
        let status = fields.required("status").and_then(|node| status(reader, node));
        let code = fields.optional_string("code");
        let ok = fields.flag("ok");
        let confirm = fields.optional("confirm");
        let confirm = confirm.map(|node| Confirm::read(reader, node));
        let again = fields.optional("again").map(|node| Again::read(reader, node));
        let retry = fields.optional("retry").map(|node| node.span);
        let later = fields.flag("retry");
        let when = fields.optional("when").map(|node| Condition::read_all(reader, node));
        let message = fields.optional_string("message");
        let sound = fields.done();
        let then = match (code, ok, confirm, again) {
            (Some(code), false, None, None) if later => Then::Later(code),
            (Some(code), false, None, None) => Then::Code(code),
            (None, true, None, None) => Then::Ok,
            (None, false, Some(confirm), None) => Then::Confirm(Box::new(confirm?)),
            (None, false, None, Some(again)) => Then::Again(again?),
            // What it says may stand under the misspelt key.
            (None, false, None, None) if !sound => return None,
            _ => {
                let help = "give one of `code: S502`, `ok: true`, `confirm: {…}` or `again: {…}`";
                let message = "a status rule says one thing about its status";
                reader.problem(Code::ExclusiveKeys, node.span, message, help);
                return None;
            }
        };
        if let Some(span) = retry.filter(|_| then.code().is_none()) {
            let message = "`retry` is about a refusal, which has a code when the time is up";
            let help = "write `code: S500` beside it, or `again: {every: …, within: …}` alone";
            reader.problem(Code::ExclusiveKeys, span, message, help);
        }
        if let Some(message) = message.as_ref().filter(|_| then.code().is_none()) {
            let text = "`message` is what a caller is told of a failure, which has a code";
            reader.problem(
                Code::ExclusiveKeys,
                message.span,
                text,
                "write `code: S502` beside it, or remove it",
            );
        }
        let status = status?;
        if matches!(then, Then::Later(_) | Then::Again(_)) && !matches!(status, Status::Only(_)) {
            let message = "that nothing was done is said of single statuses only: such a call is sent again";
            reader.problem(
                Code::ExclusiveKeys,
                node.span,
                message,
                "name the status: `429`, or `[429, 503]`",
            );
        }
        Some(Self {
            status,
            then,
            when: match when {
                Some(when) => when?,
                None => Vec::new(),
            },
            message,
            span: node.span,
        })
    }
}

impl Again {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`again`")?;
        let every = fields.required("every").and_then(|node| interval(reader, node));
        let within = fields.required("within").and_then(|node| duration(reader, node));
        fields.done();
        Some(Self {
            every: every?,
            within: within?,
        })
    }
}

impl Confirm {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`confirm`")?;
        let call = Call::read(reader, &mut fields);
        let gone = fields.required("gone").map(|node| {
            let what = "a look that finds something gone is refused";
            failures(reader, node, what, "write for example `gone: 404`")
        });
        let every = fields.required("every").and_then(|node| interval(reader, node));
        let within = fields.required("within").and_then(|node| duration(reader, node));
        fields.done();
        Some(Self {
            call: call?,
            gone: gone?,
            every: every?,
            within: within?,
        })
    }
}

fn gives_no_success(reader: &Reader, node: &Node) -> bool {
    let entries = match &node.kind {
        NodeKind::Mapping(entries) => entries.as_slice(),
        _ => &[],
    };
    let success = entries
        .iter()
        .find(|(key, _)| ["ok", "confirm", "again"].contains(&key.value.as_str()));
    if let Some((key, _)) = success {
        let message = format!(
            "`{}` is for the call that it is about: a rule for all calls gives a code",
            key.value
        );
        let help = "write the rule under the call's `outcomes`";
        reader.problem(Code::WrongShape, key.span, message, help);
    }
    success.is_none()
}

fn status(reader: &Reader, node: &Node) -> Option<Status> {
    match node.as_str() {
        Some("any") => return Some(Status::Any),
        Some(text) if text.len() == 3 && text.ends_with("xx") => {
            if let Some(class @ 1..=5) = text.chars().next().and_then(|c| c.to_digit(10)) {
                return Some(Status::Class(class as u16));
            }
        }
        _ => {}
    }
    let codes = codes(reader, node);
    (!codes.is_empty()).then_some(Status::Only(codes))
}

const STATUSES: &str = "write `404`, `[401, 403]`, `5xx` or `any`";

/// Statuses of which none is a success: what is answered has not failed.
pub fn failures(reader: &Reader, node: &Node, what: &str, help: &str) -> Vec<u16> {
    let codes = codes(reader, node);
    if let Some(success) = codes.iter().find(|code| **code < 300) {
        let message = format!("{what}, and {success} is a success");
        reader.problem(Code::ShadowedRule, node.span, message, help);
    }
    codes
}

fn codes(reader: &Reader, node: &Node) -> Vec<u16> {
    let read = |node: &Node| match node.kind {
        NodeKind::Integer(code @ 100..=599) => Some(code as u16),
        _ => {
            let found = match node.kind {
                NodeKind::Integer(number) => number.to_string(),
                _ => node.describe().to_owned(),
            };
            let message = format!("a status is a number from 100 to 599, found {found}");
            reader.problem(Code::WrongShape, node.span, message, STATUSES);
            None
        }
    };
    let nodes = reader.one_or_many(node);
    if nodes.is_empty() {
        reader.problem(Code::WrongShape, node.span, "no status is named", STATUSES);
    }
    nodes.into_iter().filter_map(read).collect()
}
