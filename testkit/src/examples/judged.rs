//! What has become of an example, as its reader is told.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compared::Comparison;
use super::difference::Difference;
use super::script::Script;
use super::written::{End, Example};
use crate::engine::CallError;

/// What is not as an example says: each part with its lines.
#[derive(Debug)]
pub(super) struct Judged {
    parts: Vec<(String, Vec<String>)>,
}

impl Judged {
    pub(super) fn new(example: &Example, answer: Result<Value, CallError>, script: &Script) -> Self {
        let mut parts = requests(script);
        parts.extend(strangers(script));
        parts.extend(answered(&example.end, answer, script));
        Self { parts }
    }

    /// Line by line; `None` if it holds.
    pub(super) fn told(&self) -> Option<String> {
        let mut text = String::new();
        for (title, lines) in &self.parts {
            text.push_str(&format!("{title}\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
        (!text.is_empty()).then_some(text)
    }
}

/// The requests that have not been made, each with what came in its place.
fn requests(script: &Script) -> Vec<(String, Vec<String>)> {
    let left = script
        .expected
        .iter()
        .enumerate()
        .filter(|(_, expected)| !expected.is_made);
    let told = left.map(|(at, expected)| {
        let label = &expected.exchange.label;
        let nearest = script.strangers.iter().filter_map(|stranger| {
            let (of, differences) = stranger.nearest.as_ref()?;
            (*of == at).then_some(differences)
        });
        match nearest.min_by_key(|differences| differences.len()) {
            Some(differences) => (format!("request {}, {label}", at + 1), lines(differences)),
            None => (format!("request {}, {label}: not made", at + 1), Vec::new()),
        }
    });
    told.collect()
}

/// The requests that the example does not have. What the worker looks up by itself may be missing in it.
fn strangers(script: &Script) -> Vec<(String, Vec<String>)> {
    let strangers = script.strangers.iter();
    strangers
        .filter(|stranger| stranger.nearest.is_none() && !stranger.is_by_itself)
        .map(|stranger| (format!("not expected: {}", stranger.line), Vec::new()))
        .collect()
}

fn answered(end: &End, answer: Result<Value, CallError>, script: &Script) -> Option<(String, Vec<String>)> {
    let mut comparison = Comparison::new(script.known.clone());
    match (end, answer) {
        (End::Output(expected), Ok(found)) => comparison.value("output", expected, &found),
        (End::Output(_), Err(error)) => {
            let mut lines = vec![error.message];
            lines.extend(unanswered(script));
            return Some(("refused, where an output was expected".to_owned(), lines));
        }
        (End::Error { code, .. }, Ok(found)) => {
            return Some((format!("answered, where {code} was expected"), vec![found.to_string()]));
        }
        (End::Error { code, message }, Err(error)) => {
            if error.code != *code {
                let found = format!("{}: {}", error.code, error.message);
                comparison
                    .differences
                    .push(Difference::other("error.code", code.as_str(), found));
            } else if let Some(part) = message.as_ref().filter(|part| !error.message.contains(*part)) {
                let expected = format!("a text with {}", Value::from(part.as_str()));
                let found = Value::from(error.message).to_string();
                comparison
                    .differences
                    .push(Difference::other("error.message", expected, found));
            }
        }
    }
    let differences = comparison.differences;
    (!differences.is_empty()).then(|| {
        (
            "the answer".to_owned(),
            [lines(&differences), unanswered(script)].concat(),
        )
    })
}

/// What the worker looked for by itself and was not answered, which may be why.
fn unanswered(script: &Script) -> Vec<String> {
    let looks = script.strangers.iter().filter(|stranger| stranger.is_by_itself);
    let lines: BTreeSet<String> = looks
        .map(|stranger| {
            let status = stranger.status.as_u16();
            format!("answered {status}, as the example does not have it: {}", stranger.line)
        })
        .collect();
    lines.into_iter().collect()
}

fn lines(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(Difference::to_string).collect()
}
