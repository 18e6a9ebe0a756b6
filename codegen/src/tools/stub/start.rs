//! What a stub says of an operation that starts sandboxes: how many, how their ids are read, how a failure ends them.

use crate::document::{Document, Operation, Type, TypeKind};

use super::{
    Declared,
    answer::Answer,
    block::{Block, path},
    known::Known,
};

/// How deep in an answer an id is looked for.
const DEPTH: usize = 4;

/// Inputs, in small letters, that say how many are started.
const COUNTS: [&str; 5] = ["amount", "copies", "count", "number", "replicas"];

pub struct Start {
    /// `slots: {take: 1}`
    pub slots: String,
    /// Lines of the call: `tags`, `undo`.
    pub lines: Vec<String>,
    pub output: Declared,
    pub answer: Block,
}

impl Start {
    /// The answer, with the ids before the rest.
    pub fn with(self, rest: Answer) -> Answer {
        let is_told = rest.outputs.iter().any(|output| output.name == self.output.name);
        let (mut block, mut outputs) = (self.answer, vec![self.output]);
        if !is_told {
            block.entries_of(rest.block);
            outputs.extend(rest.outputs);
        }
        Answer {
            outputs,
            block,
            pages: None,
            notes: rest.notes,
        }
    }
}

/// An id in an answer.
struct Id {
    /// `.instances[*].id`
    path: String,
    is_many: bool,
    /// Whether it is there in each answer.
    is_sure: bool,
    /// Whether what has it is what a look at a sandbox answers.
    is_known: bool,
}

/// What is to be said; `Err` with what cannot be guessed.
pub fn of(
    document: &Document,
    operation: &Operation,
    known: &Known,
    inputs: &[Declared],
    is_tagged: bool,
) -> Result<Start, &'static str> {
    let id = id(document, operation, known).ok_or(
        "it starts a sandbox, and its answer does not say which: `undo: {end: …}` needs an id, and the answer, too",
    )?;
    let mut lines = Vec::new();
    match (is_tagged, known.lists && operation.path.contains('{')) {
        (true, _) => {}
        (false, true) => lines.push("tags: inherited".to_owned()),
        (false, false) => {
            return Err("it starts a sandbox, and takes no tags by which that could be found: see `sandboxes`");
        }
    }
    let reference = path(&format!("$response{}", id.path));
    lines.push(format!("undo: {{end: {reference}}}"));
    let many = inputs
        .iter()
        .find(|input| COUNTS.contains(&input.name.as_str()) && input.required);
    let take = match many {
        Some(input) if id.is_many => format!("$input.{}", input.name),
        _ => "1".to_owned(),
    };
    let (name, schema) = match id.is_many {
        true => ("sandbox_ids", "{type: array, items: {type: string}}"),
        false => ("sandbox_id", "{type: string}"),
    };
    let mut answer = Block::new("answer");
    answer.line(match id.is_sure {
        true => format!("{name}: {reference}"),
        false => format!("{name}: {{must: {reference}}}"),
    });
    Ok(Start {
        slots: format!("slots: {{take: {take}}}"),
        lines,
        output: Declared {
            name: name.to_owned(),
            schema: schema.to_owned(),
            required: true,
        },
        answer,
    })
}

/// Of the ids in an answer, that of what is known to be a sandbox; else the first of a list; else the first.
fn id(document: &Document, operation: &Operation, known: &Known) -> Option<Id> {
    let schema = operation.success.schema()?;
    let mut found = Vec::new();
    let name = known.id.as_deref().unwrap_or("id");
    let sandbox = known.sandbox.as_ref().map(|schema| document.type_of(schema));
    let within = Within {
        document,
        name,
        sandbox: sandbox.as_ref(),
    };
    within.collect(&document.type_of(schema), Id::at_the_top(), DEPTH, &mut found);
    found.sort_by_key(|id| (!id.is_known, !id.is_many));
    found.into_iter().next()
}

struct Within<'w> {
    document: &'w Document,
    name: &'w str,
    sandbox: Option<&'w Type>,
}

impl Within<'_> {
    fn collect(&self, ty: &Type, at: Id, depth: usize, found: &mut Vec<Id>) {
        if let TypeKind::Array(items) = &ty.kind
            && !at.is_many
            && depth > 0
        {
            let items = self.document.type_of(items);
            self.collect(&items, at.each(), depth - 1, found);
        }
        let TypeKind::Object(properties, _) = &ty.kind else {
            return;
        };
        for (field, said) in properties {
            let inner = self.document.type_of(&said.0);
            let below = at.field(field, said.1 && !inner.nullable);
            match &inner.kind {
                TypeKind::String if field == self.name => found.push(Id {
                    is_known: self.sandbox == Some(ty),
                    ..below
                }),
                TypeKind::Object(..) | TypeKind::Array(_) if depth > 0 && is_plain(field) => {
                    self.collect(&inner, below, depth - 1, found);
                }
                _ => {}
            }
        }
    }
}

/// Whether a path in a reference can name a field.
fn is_plain(field: &str) -> bool {
    !field.contains(['.', '['])
}

impl Id {
    fn at_the_top() -> Self {
        Self {
            path: String::new(),
            is_many: false,
            is_sure: true,
            is_known: false,
        }
    }

    fn each(&self) -> Self {
        Self {
            path: format!("{}[*]", self.path),
            is_many: true,
            is_sure: self.is_sure,
            is_known: false,
        }
    }

    fn field(&self, name: &str, is_sure: bool) -> Self {
        Self {
            path: format!("{}.{name}", self.path),
            is_many: self.is_many,
            is_sure: self.is_sure && is_sure,
            is_known: false,
        }
    }
}
