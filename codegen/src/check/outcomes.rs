//! Status rules: codes that exist, rules that can match, messages that a caller can be told.

use crate::{
    diagnostic::{Code, did_you_mean},
    mapping::{Outcome, Status, Then},
};

use super::{Checker, scope::Scope};

impl Checker<'_> {
    /// Rules in the order in which they are tried; those of a call may ask what its scope knows.
    pub fn rules(&mut self, rules: &[Outcome], scope: Option<&Scope<'_>>) {
        let mut seen: Vec<&Status> = Vec::new();
        let mut passing: Vec<&Status> = Vec::new();
        for rule in rules {
            self.code_of(rule);
            self.message(rule);
            self.conditions_of_rule(rule, scope);
            let is_again = matches!(rule.then, Then::Again(_));
            let mut earlier = seen.clone();
            if is_again {
                earlier.extend(&passing);
            }
            let may_succeed = matches!(rule.then, Then::Confirm(_));
            if let Some(dead) = dead(&rule.status, &earlier, may_succeed) {
                self.problem(Code::ShadowedRule, rule.span, dead.0, dead.1);
            }
            // One with a condition leaves its statuses to later ones; what is asked again is decided by a later rule when
            // the time is up.
            match (rule.when.is_empty(), is_again) {
                (true, true) => passing.push(&rule.status),
                (true, false) => seen.push(&rule.status),
                (false, _) => {}
            }
        }
    }

    fn code_of(&self, rule: &Outcome) {
        let code = rule.then.code();
        if let Some(code) = code.filter(|code| !self.contract.codes.contains_key(&code.value)) {
            let message = format!("there is no code `{}`", code.value);
            let help = did_you_mean(&code.value, self.contract.codes.keys().map(String::as_str));
            self.problem(Code::UnknownCode, code.span, message, help);
        }
    }

    /// Some readers of an error take these words for a provider that does not exist.
    fn message(&self, rule: &Outcome) {
        let Some(message) = &rule.message else { return };
        let words = message.value.to_ascii_lowercase();
        if let Some(taken) = ["not found", "not registered"]
            .iter()
            .find(|taken| words.contains(**taken))
        {
            let text = format!("a message with `{taken}` is taken for an unknown provider");
            self.problem(
                Code::InvalidLiteral,
                message.span,
                text,
                "write for example `no such file`",
            );
        }
        if message.value.len() > LONGEST_MESSAGE || message.value.chars().any(char::is_control) {
            let text = format!("a message is one line of at most {LONGEST_MESSAGE} bytes");
            self.problem(Code::InvalidLiteral, message.span, text, "say it shorter");
        }
    }
}

/// The longest message of a rule, in bytes.
const LONGEST_MESSAGE: usize = 200;

/// What of a rule can never match, and what to do.
fn dead(status: &Status, seen: &[&Status], may_succeed: bool) -> Option<(String, &'static str)> {
    let any = || seen.iter().any(|earlier| matches!(earlier, Status::Any));
    let shadowed = match status {
        Status::Only(codes) => return dead_codes(codes, seen, may_succeed),
        Status::Class(2) if may_succeed => seen.contains(&status),
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

fn dead_codes(codes: &[u16], seen: &[&Status], may_succeed: bool) -> Option<(String, &'static str)> {
    let join = |codes: Vec<String>| codes.join(", ");
    let success: Vec<String> = codes
        .iter()
        .filter(|code| **code < 300 && !may_succeed)
        .map(u16::to_string)
        .collect();
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
