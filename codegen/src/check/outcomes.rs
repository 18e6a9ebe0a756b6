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
        let mut passing: Vec<&Status> = Vec::new();
        for rule in rules {
            if let Some(code) = rule
                .then
                .code()
                .filter(|code| !self.contract.codes.contains_key(&code.value))
            {
                let message = format!("there is no code `{}`", code.value);
                let help = did_you_mean(&code.value, self.contract.codes.keys().map(String::as_str));
                self.problem(Code::UnknownCode, code.span, message, help);
            }
            let is_again = matches!(rule.then, Then::Again(_));
            let mut earlier = seen.clone();
            if is_again {
                earlier.extend(&passing);
            }
            if let Some(dead) = dead(&rule.status, &earlier) {
                self.problem(Code::ShadowedRule, rule.span, dead.0, dead.1);
            }
            // What is asked again is decided by a later rule when the time is up.
            match is_again {
                true => passing.push(&rule.status),
                false => seen.push(&rule.status),
            }
        }
    }
}

/// What of a rule can never match, and what to do.
fn dead(status: &Status, seen: &[&Status]) -> Option<(String, &'static str)> {
    let any = || seen.iter().any(|earlier| matches!(earlier, Status::Any));
    let shadowed = match status {
        Status::Only(codes) => return dead_codes(codes, seen),
        Status::Class(1 | 2) => {
            let message = "this rule can never match: an answer with such a status is a success";
            return Some((message.to_owned(), FAILURES));
        }
        Status::Class(_) => any() || seen.contains(&status),
        Status::Any => any(),
    };
    shadowed.then(|| (SHADOWED.to_owned(), "move it up, or remove it"))
}

const SHADOWED: &str = "this rule can never match: earlier ones have all its statuses";
const FAILURES: &str = "rules are for failures: name a status from 300 on";

fn dead_codes(codes: &[u16], seen: &[&Status]) -> Option<(String, &'static str)> {
    let join = |codes: Vec<String>| codes.join(", ");
    let success: Vec<String> = codes.iter().filter(|code| **code < 300).map(u16::to_string).collect();
    if !success.is_empty() {
        return Some((
            format!("a rule for {} can never match: it is a success", join(success)),
            FAILURES,
        ));
    }
    let gone = |at: usize| covers(seen, codes[at]) || codes[..at].contains(&codes[at]);
    let dead: Vec<String> = (0..codes.len())
        .filter(|at| gone(*at))
        .map(|at| codes[at].to_string())
        .collect();
    match dead.len() {
        0 => None,
        all if all == codes.len() => Some((SHADOWED.to_owned(), "move it up, or remove it")),
        _ => Some((
            format!("{} can never match here: an earlier rule has it", join(dead)),
            "remove it here",
        )),
    }
}

fn covers(seen: &[&Status], code: u16) -> bool {
    seen.iter().any(|earlier| match earlier {
        Status::Any => true,
        Status::Class(class) => code / 100 == *class,
        Status::Only(codes) => codes.contains(&code),
    })
}
