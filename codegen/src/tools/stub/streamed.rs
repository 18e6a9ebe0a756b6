//! What a stub says of an answer that is a stream of events, as far as the events' schema shows it.

use serde_json::Value;

use crate::{
    document::{Document, Events, Type, TypeKind},
    naming::letters,
    scalar::scalar,
};

use super::{
    Declared,
    block::{Block, path},
};

/// How deep in an event something is looked for.
const DEPTH: usize = 4;

/// What an event calls its end, in small letters, the likelier ones first.
const ENDS: [&str; 8] = [
    "end",
    "exit",
    "exited",
    "finish",
    "finished",
    "complete",
    "completed",
    "done",
];

/// Fields with an exit code.
const CODES: [&str; 4] = ["exitcode", "exitstatus", "code", "returncode"];

/// Fields with a piece of output, where another field says of which.
const PIECES: [&str; 6] = ["data", "text", "chunk", "content", "output", "line"];

pub struct Streamed {
    pub stream: Block,
    pub outputs: Vec<Declared>,
    pub answer: Block,
}

/// A field of an event.
struct Found {
    /// `.event.data.stdout`
    path: String,
    letters: String,
    ty: Type,
}

/// What the schema shows; nothing if it does not show the end.
pub fn of(document: &Document, events: &Events) -> Option<Streamed> {
    let mut fields = Vec::new();
    collect(document, &document.type_of(&events.schema), "", DEPTH, &mut fields);
    let kind = fields
        .iter()
        .find(|field| field.said(&["stdout"]).is_some() || field.said(&ENDS).is_some());
    let own_end = named(&fields, &ENDS);
    let end = own_end.map(|found| path(&format!("$event{}", found.path)));
    let end = end.or_else(|| kind.and_then(|kind| only(kind, &ENDS, None)))?;
    let mut streamed = Streamed {
        stream: Block::new("stream"),
        outputs: Vec::new(),
        answer: Block::new("answer"),
    };
    for name in ["stdout", "stderr"] {
        let own = named(&fields, &[name]).map(piece);
        let piece = own.or_else(|| {
            let texts = |field: &&Found| matches!(field.ty.kind, TypeKind::String | TypeKind::Binary);
            let data = PIECES
                .iter()
                .find_map(|name| fields.iter().filter(texts).find(|field| field.letters == *name));
            kind.and_then(|kind| only(kind, &[name], data))
        });
        if let Some(piece) = piece {
            streamed.stream.line(format!("{name}: {piece}"));
            streamed.tells(name, "{type: string}");
        }
    }
    streamed.stream.line(format!("end: {end}"));
    if let Some(code) = code(&fields, own_end.map_or("", |found| found.path.as_str())) {
        streamed.stream.line(format!("exit_code: {code}"));
        streamed.tells("exit_code", "{type: integer}");
    }
    Some(streamed)
}

impl Streamed {
    fn tells(&mut self, name: &str, schema: &str) {
        self.answer.line(format!("{name}: $response.{name}"));
        self.outputs.push(Declared {
            name: name.to_owned(),
            schema: schema.to_owned(),
            required: true,
        });
    }
}

fn collect(document: &Document, ty: &Type, above: &str, depth: usize, found: &mut Vec<Found>) {
    for name in ty.property_names().iter().filter(|name| !name.contains(['.', '['])) {
        let Some((schema, _)) = ty.property(name) else { continue };
        let inner = document.type_of(&schema);
        let path = format!("{above}.{name}");
        found.push(Found {
            path: path.clone(),
            letters: letters(name),
            ty: inner.clone(),
        });
        if depth > 1 && matches!(inner.kind, TypeKind::Object(..) | TypeKind::Union(_)) {
            collect(document, &inner, &path, depth - 1, found);
        }
    }
}

impl Found {
    /// One of these words, if it is a value that the field may have.
    fn said(&self, words: &[&str]) -> Option<String> {
        let values = values(&self.ty);
        let found = words
            .iter()
            .find_map(|word| values.iter().find(|value| letters(value) == *word));
        found.map(|value| (*value).to_owned())
    }
}

/// The texts that a type lists, whichever of its alternatives does.
fn values(ty: &Type) -> Vec<&str> {
    let own = ty.values.iter().flatten().filter_map(Value::as_str);
    let arms = match &ty.kind {
        TypeKind::Union(arms) => arms.as_slice(),
        _ => &[],
    };
    own.chain(arms.iter().flat_map(values)).collect()
}

/// The field with the likeliest of these names.
fn named<'f>(fields: &'f [Found], names: &[&str]) -> Option<&'f Found> {
    names
        .iter()
        .find_map(|name| fields.iter().find(|field| field.letters == *name))
}

fn piece(found: &Found) -> String {
    let reference = path(&format!("$event{}", found.path));
    match found.ty.kind {
        TypeKind::Binary => format!("{{from_base64: {reference}}}"),
        _ => reference,
    }
}

/// Only of events that say so.
fn only(kind: &Found, words: &[&str], take: Option<&Found>) -> Option<String> {
    let said = kind.said(words)?;
    let take = take.map_or_else(String::new, |take| format!(", take: {}", piece(take)));
    let of = scalar(kind.path.trim_start_matches('.'));
    Some(format!("{{where: {{{of}: [{}]}}{take}}}", scalar(&said)))
}

/// Where the end has the exit code; `end` is where in an event that is, and empty where it is all of one.
fn code(fields: &[Found], end: &str) -> Option<String> {
    let below = |field: &Found| {
        let rest = field.path.strip_prefix(end).filter(|rest| rest.starts_with('.'));
        rest.map(str::to_owned)
    };
    let numbers = || fields.iter().filter(|field| field.ty.kind == TypeKind::Integer);
    let named = |name: &&str| numbers().filter(|field| field.letters == **name).find_map(below);
    let rest = CODES.iter().find_map(named)?;
    Some(path(&format!("$end{rest}")))
}
