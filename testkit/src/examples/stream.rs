//! The events of an answer as they are on the way.

use serde_json::{Value, json};

use super::sample::plain;
use super::written::Framing;

/// The flag of the envelope that ends a Connect stream.
const END: u8 = 0x02;

pub(super) fn of(framing: Framing, events: &[Value]) -> Vec<u8> {
    match framing {
        Framing::Connect => {
            let messages = events.iter().map(|event| envelope(0, event));
            messages.chain([envelope(END, &json!({}))]).flatten().collect()
        }
        Framing::Sse => events.iter().flat_map(|event| named(event).into_bytes()).collect(),
        Framing::Lines => events
            .iter()
            .flat_map(|event| format!("{event}\n").into_bytes())
            .collect(),
    }
}

fn envelope(flags: u8, message: &Value) -> Vec<u8> {
    let message = message.to_string();
    let length = u32::try_from(message.len()).expect("a message below 4 GiB");
    [[flags].as_slice(), &length.to_be_bytes(), message.as_bytes()].concat()
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
