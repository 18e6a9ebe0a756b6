//! What a function does as a sequence diagram: who asks whom for what, in which order, how often, and what is taken back.
//!
//! The text is Mermaid's. <https://mermaid.js.org/syntax/sequenceDiagram.html>

use crate::{
    contract::Signature,
    mapping::{Call, Then},
};

use super::{
    Explained, call, outcome,
    walk::{Block, Part},
};

/// The participants but for the APIs, which are called by their names.
const CALLER: &str = "caller";
const WORKER: &str = "worker";

/// Words that begin a statement of Mermaid's, in small letters: nobody can be called so.
const STATEMENTS: [&str; 33] = [
    "accdescr",
    "acctitle",
    "activate",
    "actor",
    "alt",
    "and",
    "autonumber",
    "box",
    "break",
    "create",
    "critical",
    "deactivate",
    "destroy",
    "details",
    "else",
    "end",
    "left",
    "link",
    "links",
    "loop",
    "note",
    "off",
    "opt",
    "option",
    "over",
    "par",
    "par_over",
    "participant",
    "properties",
    "rect",
    "right",
    "sequencediagram",
    "title",
];

/// A diagram that grows line by line.
#[derive(Default)]
struct Diagram {
    lines: String,
    depth: usize,
    /// The further APIs that are called.
    apis: Vec<String>,
}

impl Diagram {
    fn line(&mut self, text: &str) {
        let indent = "    ".repeat(self.depth + 1);
        self.lines.push_str(&format!("{indent}{text}\n"));
    }

    fn message(&mut self, from: &str, arrow: &str, to: &str, text: &str) {
        self.line(&format!("{from}{arrow}{to}: {}", plain(text)));
    }

    /// Lines within a block that says when or how often they happen.
    fn block(&mut self, kind: &str, title: &str, inner: impl FnOnce(&mut Self)) {
        self.line(&format!("{kind} {}", plain(title)));
        self.depth += 1;
        inner(self);
        self.depth -= 1;
        self.line("end");
    }
}

/// A text on one line, without what Mermaid takes for the end of a statement, a comment, an entity or markup.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        match c {
            '#' | ';' | '%' | '<' | '>' | '&' => plain.push_str(&format!("#{};", u32::from(c))),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

/// What an API is called in a diagram: by a name that Mermaid takes for one, and that nobody else has there.
fn id(api: &str) -> String {
    let word = api.to_lowercase();
    let taken = STATEMENTS.contains(&word.as_str()) || [CALLER, WORKER].contains(&word.as_str());
    match taken {
        true => format!("api_{api}"),
        false => api.to_owned(),
    }
}

fn participant(api: &str) -> String {
    let id = id(api);
    match id == api {
        true => format!("    participant {api}\n"),
        false => format!("    participant {id} as {api}\n"),
    }
}

impl Explained {
    /// The diagram of a function; `None` if it calls nothing.
    pub(super) fn sequence(&self, signature: &Signature, parts: &[Part<'_>]) -> Option<String> {
        let mut diagram = Diagram::default();
        self.drawn(parts, &mut diagram);
        if !diagram.lines.contains("->>") {
            return None;
        }
        let mut text = "sequenceDiagram\n".to_owned();
        for known in [CALLER, WORKER] {
            text.push_str(&format!("    participant {known}\n"));
        }
        let main = &self.checked.mapping.provider.value;
        for api in [main].into_iter().chain(&diagram.apis) {
            text.push_str(&participant(api));
        }
        let given = signature.inputs().map(|name| match signature.requires(name) {
            true => name.to_owned(),
            false => format!("{name}?"),
        });
        let given: Vec<String> = given.collect();
        let asked = format!("{} {{{}}}", signature.name, given.join(", "));
        text.push_str(&format!("    {CALLER}->>{WORKER}: {}\n", plain(&asked)));
        text.push_str(&diagram.lines);
        let told: Vec<&str> = signature.outputs().collect();
        let told = plain(&format!("{{{}}}", told.join(", ")));
        text.push_str(&format!("    {WORKER}-->>{CALLER}: {told}\n"));
        Some(text)
    }

    fn drawn(&self, parts: &[Part<'_>], diagram: &mut Diagram) {
        for part in parts {
            match part {
                Part::Note(text) => diagram.line(&format!("Note over {WORKER}: {}", plain(text))),
                Part::Request(call) => self.request_drawn(call, diagram),
                Part::Block(block, title, parts) => {
                    let kind = match block {
                        Block::Loop => "loop",
                        Block::Opt => "opt",
                    };
                    diagram.block(kind, title, |diagram| self.drawn(parts, diagram));
                }
                Part::Undo(calls) => {
                    let title = "it fails, or its caller cannot be answered, so that it is undone";
                    let drawn = |diagram: &mut Diagram| calls.iter().for_each(|call| self.request_drawn(call, diagram));
                    diagram.block("opt", title, drawn);
                }
            }
        }
    }

    fn request_drawn(&self, made: &Call, diagram: &mut Diagram) {
        let (api, _) = made.target();
        let api = api.unwrap_or(&self.checked.mapping.provider.value).to_owned();
        let label = call::label(&self.checked, made);
        let label = label.strip_prefix(&format!("{api}:")).unwrap_or(&label);
        let id = id(&api);
        diagram.message(WORKER, "->>", &id, label);
        diagram.message(&id, "-->>", WORKER, &accepted(made));
        let is_further = made.server.is_some();
        if is_further && !diagram.apis.contains(&api) {
            diagram.apis.push(api);
        }
    }
}

/// The statuses with which a function goes on.
fn accepted(made: &Call) -> String {
    let others = made.outcomes.iter().filter(|outcome| matches!(outcome.then, Then::Ok));
    let others: Vec<String> = others.map(outcome::status).collect();
    match others.is_empty() {
        true => "2xx".to_owned(),
        false => format!("2xx or {}", others.join(", ")),
    }
}
