//! Status rules: codes that exist, rules that can match.

use crate::{
    diagnostic::{Code, did_you_mean},
    mapping::{Outcome, Status, Then},
};

use super::Checker;

impl Checker<'_> {
    /// Rules in the order in which they are tried; `before` are tried first.
    pub fn rules(&self, rules: &[Outcome], before: &[Outcome]) {
        let mut seen: Vec<&Status> = before.iter().map(|rule| &rule.status).collect();
        for rule in rules {
            if let Then::Code(code) = &rule.then
                && !self.contract.codes.contains_key(&code.value)
            {
                let message = format!("there is no code `{}`", code.value);
                let help = did_you_mean(&code.value, self.contract.codes.keys().map(String::as_str));
                self.problem(Code::UnknownCode, code.span, message, help);
            }
            if let Some(dead) = dead(&rule.status, &seen) {
                self.problem(Code::ShadowedRule, rule.span, dead.0, dead.1);
            }
            seen.push(&rule.status);
        }
    }
}

/// What of a rule can never match, and what to do.
fn dead(status: &Status, seen: &[&Status]) -> Option<(String, &'static str)> {
    let earlier = "move it up, or remove it";
    match status {
        Status::Class(1 | 2) => Some((
            "this rule can never match: an answer with such a status is a success".to_owned(),
            "rules are for failures: name a status from 300 on",
        )),
        Status::Only(codes) => {
            let success: Vec<String> = codes.iter().filter(|c| **c < 300).map(u16::to_string).collect();
            if !success.is_empty() {
                return Some((
                    format!("a rule for {} can never match: it is a success", success.join(", ")),
                    "rules are for failures: name a status from 300 on",
                ));
            }
            let gone = |at: usize, code: u16| covers(seen, code) || codes[..at].contains(&code);
            let dead: Vec<String> = codes
                .iter()
                .enumerate()
                .filter(|(at, code)| gone(*at, **code))
                .map(|(_, c)| c.to_string())
                .collect();
            match dead.len() {
                0 => None,
                all if all == codes.len() => Some((
                    "this rule can never match: earlier ones have all its statuses".to_owned(),
                    earlier,
                )),
                _ => Some((
                    format!("{} can never match here: an earlier rule has it", dead.join(", ")),
                    "remove it here",
                )),
            }
        }
        Status::Class(class) => seen
            .iter()
            .any(|s| matches!(s, Status::Any) || matches!(s, Status::Class(c) if c == class))
            .then(|| {
                (
                    "this rule can never match: earlier ones have all its statuses".to_owned(),
                    earlier,
                )
            }),
        Status::Any => seen.iter().any(|s| matches!(s, Status::Any)).then(|| {
            (
                "this rule can never match: earlier ones have all its statuses".to_owned(),
                earlier,
            )
        }),
    }
}

fn covers(seen: &[&Status], code: u16) -> bool {
    seen.iter().any(|earlier| match earlier {
        Status::Any => true,
        Status::Class(class) => code / 100 == *class,
        Status::Only(codes) => codes.contains(&code),
    })
}
