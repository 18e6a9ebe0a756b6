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
                && !self.contract.codes.contains(&code.value)
            {
                let message = format!("there is no code `{}`", code.value);
                let help = did_you_mean(&code.value, self.contract.codes.iter().map(String::as_str));
                self.problem(Code::UnknownCode, code.span, message, help);
            }
            if covered(&rule.status, &seen) {
                let message = "this rule can never match: earlier ones have all its statuses";
                self.problem(Code::ShadowedRule, rule.span, message, "move it up, or remove it");
            }
            seen.push(&rule.status);
        }
    }
}

fn covered(status: &Status, seen: &[&Status]) -> bool {
    let one = |code: u16| {
        seen.iter().any(|earlier| match earlier {
            Status::Any => true,
            Status::Class(class) => code / 100 == *class,
            Status::Only(codes) => codes.contains(&code),
        })
    };
    match status {
        Status::Only(codes) => codes.iter().all(|code| one(*code)),
        Status::Class(class) => seen
            .iter()
            .any(|s| matches!(s, Status::Any) || matches!(s, Status::Class(c) if c == class)),
        Status::Any => seen.iter().any(|s| matches!(s, Status::Any)),
    }
}
