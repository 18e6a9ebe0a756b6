//! Status rules in words.

use std::time::Duration;

use crate::mapping::{Confirm, Outcome, Status, Then};

use super::condition::conditions;

/// A row for each rule: the statuses, and what they mean.
pub fn rules(outcomes: &[Outcome]) -> Vec<(String, String)> {
    outcomes
        .iter()
        .map(|outcome| (statuses(&outcome.status), meaning(outcome)))
        .collect()
}

/// The statuses of one rule.
pub fn status(outcome: &Outcome) -> String {
    statuses(&outcome.status)
}

fn statuses(status: &Status) -> String {
    match status {
        Status::Only(codes) => numbers(codes),
        Status::Class(class) => format!("{class}xx"),
        Status::Any => "any other".to_owned(),
    }
}

pub fn numbers(codes: &[u16]) -> String {
    codes.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

fn meaning(outcome: &Outcome) -> String {
    let mut meaning = means(&outcome.then);
    if let Some(message) = &outcome.message {
        meaning.push_str(&format!(", {}", message.value));
    }
    if !outcome.when.is_empty() {
        meaning.push_str(&format!(", if {}", conditions(&outcome.when)));
    }
    meaning
}

fn means(then: &Then) -> String {
    match then {
        Then::Code(code) => code.value.clone(),
        Then::Later(code) => format!("asked again until its time is up, then {}", code.value),
        Then::Again(again) => format!(
            "asked again {} for at most {}, then as the next rule says",
            every(again.every),
            duration(again.within)
        ),
        Then::Ok => "success without an answer".to_owned(),
        Then::Confirm(confirm) => confirmed(confirm),
    }
}

fn confirmed(confirm: &Confirm) -> String {
    format!(
        "success once {} answers {}; it is asked {} for at most {}",
        confirm.call.operation.value,
        numbers(&confirm.gone),
        every(confirm.every),
        duration(confirm.within)
    )
}

/// `every 100ms, slower up to 1s`
pub fn every((first, last): (Duration, Duration)) -> String {
    match first == last {
        true => format!("every {}", duration(first)),
        false => format!("every {}, slower up to {}", duration(first), duration(last)),
    }
}

/// As the mapping writes it: `100ms`, `2s`.
pub fn duration(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_millis()),
    }
}
