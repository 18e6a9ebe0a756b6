//! What an operation takes: parameters and body fields, each from an input of its own.

use serde_json::Value;

use crate::{
    contract::CHECKED,
    document::{Document, Location, Operation, Parameter, Type, TypeKind, Unsupported},
    operator,
    scalar::scalar,
};

use super::{
    Declared, Known, MEND,
    block::Block,
    kind::{Names, input_schema},
    known::Tags,
};

pub struct Request {
    pub inputs: Vec<Declared>,
    /// Entries `path:`, `query:`, `header:`, `body:`.
    pub block: Block,
    /// What the overlay has to mend first, as comments.
    pub notes: Vec<String>,
    /// Whether the body has the tags of what is started.
    pub is_tagged: bool,
}

/// Objects within required fields are laid out this deep.
const MAX_DEPTH: usize = 6;

/// How many inputs are laid out; what follows is given as a whole.
const MOST: usize = 100;

pub fn of(document: &Document, operation: &Operation, known: &Known) -> Request {
    let mut layout = Layout {
        document,
        within: Vec::new(),
        names: Names::default(),
        request: Request {
            inputs: Vec::new(),
            block: Block::new(""),
            notes: Vec::new(),
            is_tagged: false,
        },
        tags: known.tags.as_ref().filter(|_| known.starts(operation)),
    };
    for location in [Location::Path, Location::Query, Location::Header] {
        let mut block = Block::new(location.name());
        for parameter in sendable(operation, location) {
            match known.is_sandbox(operation, parameter) {
                true => layout.sandbox(parameter, &mut block),
                false if known.is_key(operation, parameter) => {}
                false => layout.parameter(parameter, &mut block),
            }
        }
        layout.request.block.block(block);
    }
    layout.body(operation);
    layout.request.notes = refused(operation)
        .map(|construct| format!("{MEND}{}.", construct.what))
        .collect();
    layout.request
}

/// The parameters of a place, without optional ones that cannot be sent, and each header once: they are the same in any case.
fn sendable(operation: &Operation, location: Location) -> Vec<&Parameter> {
    let mut sendable: Vec<&Parameter> = Vec::new();
    for parameter in operation.at(location) {
        let is_sent = parameter.required || parameter.construct.is_none();
        if is_sent && !sendable.iter().any(|known| known.is_called(&parameter.name)) {
            sendable.push(parameter);
        }
    }
    sendable
}

/// Why the operation cannot be called as the document has it.
fn refused(operation: &Operation) -> impl Iterator<Item = &Unsupported> {
    let required = operation.parameters.iter().filter(|parameter| parameter.required);
    let given = required.flat_map(|parameter| &parameter.construct);
    let body = operation.body.iter().flat_map(|body| &body.construct);
    operation.constructs.iter().chain(given).chain(body)
}

struct Layout<'d> {
    document: &'d Document,
    /// The schemas whose fields are being laid out: one that contains itself is laid out once.
    within: Vec<Value>,
    names: Names,
    request: Request,
    /// The tags that what is started is given.
    tags: Option<&'d Tags>,
}

impl Layout<'_> {
    /// By the name that has the worker look whose it is.
    fn sandbox(&mut self, parameter: &Parameter, block: &mut Block) {
        let text = Type::string();
        let value = self.input("sandbox_id", &text, true, ", format: path-segment");
        block.entry(true, line(&parameter.name, &value, &text, true));
    }

    fn parameter(&mut self, parameter: &Parameter, block: &mut Block) {
        let format = match parameter.location {
            Location::Path => ", format: path-segment",
            _ => "",
        };
        let text = Type::string();
        let ty = if parameter.spread.is_some() {
            &text
        } else {
            &parameter.ty
        };
        let value = self.input(&parameter.name, ty, parameter.required, format);
        let value = if parameter.spread.is_some() {
            format!("{{key: {value}}}")
        } else {
            value
        };
        block.entry(
            parameter.required,
            line(&parameter.name, &value, &parameter.ty, parameter.required),
        );
    }

    /// Declares an input; the reference to it.
    fn input(&mut self, name: &str, ty: &Type, required: bool, format: &str) -> String {
        let beside = format!("{name} value");
        // What the worker checks by its name must be a required string.
        let other = CHECKED.contains(&name) && !(required && ty.is_text());
        let name = self.names.name(if other { &beside } else { name });
        let reference = format!("$input.{name}");
        let format = if ty.is_text() { format } else { "" };
        let schema = input_schema(self.document, ty, format);
        let inputs = &mut self.request.inputs;
        inputs.push(Declared { name, schema, required });
        reference
    }

    fn body(&mut self, operation: &Operation) {
        let Some(body) = &operation.body else {
            return;
        };
        let Some(schema) = &body.schema else {
            return;
        };
        let ty = self.document.type_of(schema);
        let mut parent = Block::new("");
        self.within.push(schema.clone());
        self.field("body", &ty, body.required, 0, &mut parent);
        self.request.block.entries_of(parent);
    }

    /// A field: an object's fields one by one, anything else from one input.
    fn field(&mut self, name: &str, ty: &Type, required: bool, depth: usize, parent: &mut Block) {
        if let Some(tags) = self.tags.filter(|tags| tags.within == name && is_a_map(ty)) {
            self.request.is_tagged = true;
            parent.entry(true, format!("{}: {{{}}}", scalar(name), tags.given));
            return;
        }
        let known = matches!(&ty.kind, TypeKind::Object(properties, _) if !properties.is_empty());
        let room = depth < MAX_DEPTH && self.request.inputs.len() < MOST;
        let laid_out = known && room && (required || depth == 0);
        if !laid_out {
            let value = self.input(name, ty, required, "");
            parent.entry(required, line(name, &value, ty, required));
            return;
        }
        let block = self.fields(name, ty, depth);
        match block.is_active() || !required {
            true => parent.block(block),
            // Required, though nothing in it is.
            false => parent.empty(block),
        }
    }

    fn fields(&mut self, name: &str, ty: &Type, depth: usize) -> Block {
        let mut block = Block::new(scalar(name));
        let mut active = Vec::new();
        let TypeKind::Object(properties, _) = &ty.kind else {
            return block;
        };
        for (field, said) in properties {
            let (schema, required) = (&said.0, self.document.demands(said));
            let inner = self.document.type_of(schema);
            active.extend(required.then_some(field.as_str()));
            // Below the last level nothing is laid out.
            let deeper = if self.within.contains(schema) {
                MAX_DEPTH
            } else {
                depth + 1
            };
            self.within.push(schema.clone());
            self.field(field, &inner, required, deeper, &mut block);
            self.within.pop();
        }
        match active.as_slice() {
            // A map with an operator's name as its one key would apply it.
            [one] if operator::find(one).is_some() || *one == "object" => block.within(scalar(name), "object"),
            _ => block,
        }
    }
}

/// Whether it takes whatever keys it is given.
fn is_a_map(ty: &Type) -> bool {
    match &ty.kind {
        TypeKind::Object(_, others) => others.is_some(),
        TypeKind::Union(arms) => arms.iter().any(is_a_map),
        kind => *kind == TypeKind::Any,
    }
}

fn line(name: &str, value: &str, ty: &Type, required: bool) -> String {
    let name = scalar(name);
    match required {
        true => format!("{name}: {value}"),
        false => format!("{name}: {value}  # {}", ty.describe()),
    }
}
