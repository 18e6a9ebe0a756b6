//! An example as a reader of the functions' page sees it: the call, the requests and answers, what comes of it.

use crate::{
    mapping::Sample,
    plan::{Answer, EndPlan, ExamplePlan, ExchangePlan},
};

/// Line by line.
pub fn shown(function: &str, example: &ExamplePlan) -> String {
    let mut text = String::new();
    if !example.config.is_empty() {
        text.push_str(&format!("configured with {}\n", Sample::Object(example.config.clone())));
    }
    text.push_str(&format!("{function} {}\n", example.input));
    for exchange in &example.exchanges {
        text.push_str(&exchanged(exchange));
    }
    match &example.end {
        EndPlan::Output(output) => text.push_str(&format!("= {output}\n")),
        EndPlan::Error { code, message: None } => text.push_str(&format!("= {code}\n")),
        EndPlan::Error {
            code,
            message: Some(part),
        } => text.push_str(&format!("= {code}, with \"{part}\"\n")),
    }
    text
}

fn exchanged(exchange: &ExchangePlan) -> String {
    let path: Vec<String> = exchange.line.path.iter().map(bare).collect();
    let pairs = exchange.query.iter();
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", bare(value))).collect();
    let mark = if pairs.is_empty() { "" } else { "?" };
    let api = exchange.label.split_once(' ').map_or("", |(method, _)| method);
    let mut text = format!("  > {api} /{}{mark}{}", path.join("/"), pairs.join("&"));
    if let Some((_, body)) = &exchange.body {
        text.push_str(&format!(" {body}"));
    }
    text.push_str(&format!("\n  < {}", exchange.status));
    match &exchange.answer {
        Answer::Nothing => {}
        Answer::Whole { body, .. } => text.push_str(&format!(" {body}")),
        Answer::Events { events, .. } => {
            events.iter().for_each(|event| text.push_str(&format!("\n    {event}")));
        }
    }
    text.push('\n');
    text
}

/// A text without the quotation marks that it has elsewhere.
fn bare(sample: &Sample) -> String {
    match sample.pieces() {
        Some(pieces) => pieces.iter().map(|piece| piece.said()).collect(),
        None => sample.to_string(),
    }
}
