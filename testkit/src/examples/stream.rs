//! The events of an answer as they are on the way.

use serde_json::Value;

use super::sample::plain;
use super::written::Framing;
use crate::simulator::connect::{END, envelope};

pub(super) fn of(framing: Framing, events: &[Value]) -> Vec<u8> {
    match framing {
        Framing::Connect => {
            let messages = events.iter().map(|event| envelope(0, event.to_string().as_bytes()));
            messages.chain([envelope(END, b"{}")]).flatten().collect()
        }
        Framing::Sse => events.iter().flat_map(|event| named(event).into_bytes()).collect(),
        Framing::Lines => events
            .iter()
            .flat_map(|event| format!("{event}\n").into_bytes())
            .collect(),
    }
}

/// A server-sent event: its name, and its data in as many lines as it has.
fn named(event: &Value) -> String {
    let name = event["event"]
        .as_str()
        .map_or_else(String::new, |name| format!("event: {name}\n"));
    let data = plain(&event["data"]);
    let lines: String = data.split('\n').map(|line| format!("data: {line}\n")).collect();
    format!("{name}{lines}\n")
}
