//! One function of the mapping.

use std::sync::Arc;

use crate::{
    diagnostic::{Code, Sink},
    naming::{WORD, is_word},
    source::{Source, Span, Spanned},
    yaml::{self, Node, NodeKind},
};

use super::{Example, Fields, Kind, Mapping, Reader, Root, Step, Value};

#[derive(Debug)]
pub struct Function {
    pub name: Spanned<String>,
    pub description: Option<Spanned<String>>,
    /// JSON Schemas of a function outside the contract.
    pub input: Option<Node>,
    pub output: Option<Node>,
    /// Contract inputs that the provider cannot honour, and why.
    pub ignored: Vec<(Spanned<String>, Spanned<String>)>,
    pub slots: Option<SlotRule>,
    /// Facts to keep of the sandboxes that the function starts.
    pub remember: Vec<(Spanned<String>, Value)>,
    pub steps: Vec<Step>,
    /// The runtime serves it, as a section of the mapping lets it.
    pub served: bool,
    /// The function of the mapping by which the runtime serves it.
    pub via: Option<Spanned<String>>,
    /// The Rust function that does it all, where no steps can say it.
    pub hook: Option<Spanned<String>>,
    pub answer: Vec<(Spanned<String>, Value)>,
    pub examples: Vec<Example>,
    /// Whether it is written as a single call.
    pub single: bool,
    /// Its text has mistakes of shape; what it means cannot be judged.
    pub broken: bool,
    /// It has keys that nobody knows, or steps of one name: what they were to say is missing elsewhere.
    pub misspelt: bool,
}

/// How a function changes the count of running sandboxes.
#[derive(Debug)]
pub enum SlotRule {
    /// As many as this value says start.
    Take(Value),
    /// The sandbox that the function acts on ends.
    Free(Span),
    /// It starts nothing, though it looks so, and why.
    None(Spanned<String>),
}

/// The name of the one step of a function that is written as a single call.
pub const SINGLE_STEP: &str = "response";

impl Function {
    pub fn read(reader: &Reader, name: &Spanned<String>, node: &Node) -> Self {
        let before = reader.found();
        let mut function = Self {
            single: is_single(node),
            ..Self::empty(name.clone())
        };
        if let Some(fields) = reader.fields(node, "a function") {
            function.fill(reader, fields);
        }
        let found = reader.codes_from(before);
        let of_a_key = |code: &Code| matches!(code, Code::UnknownKey | Code::DuplicateKey);
        function.misspelt = found.iter().any(of_a_key);
        function.broken = !found.iter().all(of_a_key);
        function
    }

    /// Reads a function that stands alone in a text, as it would stand in this mapping, and the reader of that text.
    pub fn read_alone(mapping: &Mapping, source: &Arc<Source>) -> Option<(Self, Reader)> {
        let root = yaml::parse(source, &mut Sink::default())?;
        let reader = Reader::new(source);
        reader.apis.get_or_init(|| mapping.apis.clone());
        let NodeKind::Mapping(entries) = &root.kind else {
            return None;
        };
        let (name, node) = entries.first()?;
        let function = Self::read(&reader, name, node);
        Some((function, reader))
    }

    fn empty(name: Spanned<String>) -> Self {
        Self {
            name,
            description: None,
            input: None,
            output: None,
            ignored: Vec::new(),
            slots: None,
            remember: Vec::new(),
            steps: Vec::new(),
            served: false,
            via: None,
            hook: None,
            answer: Vec::new(),
            examples: Vec::new(),
            single: false,
            broken: false,
            misspelt: false,
        }
    }

    /// A function of the contract that the runtime serves, and the section that lets it.
    pub fn served(name: &str, section: Span) -> Self {
        Self {
            served: true,
            ..Self::empty(Spanned::new(name.to_owned(), section))
        }
    }

    fn fill(&mut self, reader: &Reader, mut fields: Fields<'_>) {
        self.description = fields.optional_string("description");
        self.input = fields.optional("input").cloned();
        self.output = fields.optional("output").cloned();
        self.ignored = ignored(reader, &mut fields);
        self.slots = fields.optional("slots").and_then(|node| SlotRule::read(reader, node));
        self.remember = Value::read_entries(reader, fields.entries("remember"));
        self.answer = Value::read_entries(reader, fields.entries("answer"));
        self.via = fields.optional_string("via");
        self.hook = fields.optional_string("hook");
        self.examples = Example::read_all(reader, fields.items("examples"));
        self.steps = if self.single {
            let name = Spanned::new(SINGLE_STEP.to_owned(), self.name.span);
            let mut step = Step::read(reader, &name, &mut fields);
            if let Some(step) = &mut step {
                step.remember = self.remember.extract_if(.., |(_, value)| reads_a_step(value)).collect();
            }
            step.into_iter().collect()
        } else {
            steps(reader, &mut fields)
        };
        fields.done();
    }
}

/// Whether it is one call: without `steps`, what only a call has may stand beside a `call` that is misspelt.
fn is_single(node: &Node) -> bool {
    let of_a_call = ["path", "query", "header", "body", "outcomes"];
    let parts = || of_a_call.iter().any(|key| node.get(key).is_some());
    node.get("call").is_some() || (node.get("steps").is_none() && parts())
}

impl Function {
    /// Whether a value of the function is the status of one of its steps.
    pub fn reads_status_of(&self, step: &str) -> bool {
        let mut reads = false;
        let mut note = |value: &Value| {
            let reference = value.as_reference().filter(|reference| reference.root == Root::Status);
            reads |= reference.is_some_and(|reference| reference.names_step(step));
        };
        self.values().into_iter().for_each(|value| value.walk(&mut note));
        reads
    }

    /// Whether the runtime does what it does, with all of its input.
    pub fn is_served(&self) -> bool {
        self.served || self.via.is_some()
    }

    /// Whether it takes slots, and no step of it starts what takes them.
    pub fn lacks_its_undo(&self) -> bool {
        let starts = self.steps.iter().any(|step| step.creates(Kind::Sandbox));
        matches!(self.slots, Some(SlotRule::Take(_))) && !starts
    }

    /// Every value that the function is made of.
    pub fn values(&self) -> Vec<&Value> {
        let mut values: Vec<&Value> = Vec::new();
        if let Some(SlotRule::Take(count)) = &self.slots {
            values.push(count);
        }
        values.extend(self.remember.iter().map(|(_, value)| value));
        for step in &self.steps {
            step.collect(&mut values);
        }
        values.extend(self.answer.iter().map(|(_, value)| value));
        values
    }
}

fn ignored(reader: &Reader, fields: &mut Fields<'_>) -> Vec<(Spanned<String>, Spanned<String>)> {
    fields
        .entries("ignored")
        .iter()
        .filter_map(|(name, why)| Some((name.clone(), reader.string(why, "the reason")?)))
        .collect()
}

/// Each item of `steps` is one key, the step's name, and its call.
fn steps(reader: &Reader, fields: &mut Fields<'_>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for item in fields.items("steps") {
        let NodeKind::Mapping(entries) = &item.kind else {
            let message = format!("a step is `- name: {{call: …}}`, found {}", item.describe());
            reader.problem(Code::WrongShape, item.span, message, "give the step a name");
            continue;
        };
        let [(name, node)] = entries.as_slice() else {
            let message = "a step has one name with its call beneath";
            let help = "write `- name:` and indent the call below it";
            reader.problem(Code::WrongShape, item.span, message, help);
            continue;
        };
        name_is_free(reader, name, &steps);
        let Some(mut fields) = reader.fields(node, "a step") else {
            continue;
        };
        let mut step = Step::read(reader, name, &mut fields);
        if let Some(step) = &mut step {
            step.remember = Value::read_entries(reader, fields.entries("remember"));
        }
        fields.done();
        steps.extend(step);
    }
    steps
}

/// Whether a value is made of what a call answers.
fn reads_a_step(value: &Value) -> bool {
    let mut reads = false;
    value.walk(&mut |value| {
        reads |= value
            .as_reference()
            .is_some_and(|reference| matches!(reference.root, Root::Step(_)));
    });
    reads
}

fn name_is_free(reader: &Reader, name: &Spanned<String>, steps: &[Step]) {
    let text = &name.value;
    if !is_word(text) {
        let message = format!("`{text}` cannot name a step");
        reader.problem(Code::InvalidName, name.span, message, WORD);
    } else if Root::RESERVED.contains(&text.as_str()) || text == SINGLE_STEP {
        let message = format!("`{text}` means something else in a reference");
        reader.problem(Code::InvalidName, name.span, message, "give the step another name");
    } else if steps.iter().any(|step| step.name.value == *text) {
        let message = format!("two steps are called `{text}`");
        reader.problem(Code::DuplicateKey, name.span, message, "give one of them another name");
    }
}

impl SlotRule {
    fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`slots`")?;
        let take = fields.optional("take").map(|node| Value::read(reader, node));
        let free = fields.flag("free");
        let none = fields.optional_string("none");
        fields.done();
        match (take, free, none) {
            (Some(count), false, None) => Some(Self::Take(count)),
            (None, true, None) => Some(Self::Free(node.span)),
            (None, false, Some(why)) => Some(Self::None(why)),
            _ => {
                let help = "write `slots: {take: 1}`, `slots: {free: true}` or `slots: {none: why}`";
                reader.problem(Code::ExclusiveKeys, node.span, "`slots` takes or frees", help);
                None
            }
        }
    }
}
