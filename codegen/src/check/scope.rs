//! What a reference may name at a place, and what type it has there.

use serde_json::json;

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{OperationId, Type, TypeKind},
    mapping::{Function, Reference, Root, Sandboxes, Segment},
    source::Span,
};

use super::{Checker, types};

/// The names that values of one function can use.
#[derive(Clone, Default)]
pub struct Scope<'a> {
    pub input: Input,
    pub steps: Vec<Step<'a>>,
    /// Steps of the function that come later: known, but not yet to be used.
    pub later: Vec<&'a str>,
    /// Steps that may not have been made, or not have been answered.
    pub unmade: Vec<&'a str>,
    pub item: Option<Item>,
    /// What is known to be there: a step is only made where it is.
    pub known: Vec<Reference>,
    /// The last item of a page.
    pub last: Option<Item>,
    /// The operation whose headers can be read.
    pub headers: Option<OperationId>,
    /// Where a page begins.
    pub position: Option<Type>,
    pub id: bool,
    pub secs: bool,
    /// The function, if it is one.
    pub function: Option<&'a Function>,
    /// Whether the function acts on a sandbox whose facts are known.
    pub sandbox: bool,
    /// Whether this is the answer of a function, the one place for `$owned`.
    pub answer: bool,
}

/// What `$input` stands for.
#[derive(Clone, Default)]
pub enum Input {
    #[default]
    None,
    /// The function does not say; that is reported at its name.
    Unknown,
    Of(Type),
}

impl<'a> Scope<'a> {
    /// Where an answer is known, and nothing else.
    pub fn of_answer(answer: Step<'a>) -> Self {
        Self {
            steps: vec![answer],
            ..Self::default()
        }
    }

    /// Before any step has been made.
    pub fn at_the_start(&self, function: &'a Function) -> Self {
        Self {
            steps: Vec::new(),
            later: function.steps.iter().map(|step| step.name.value.as_str()).collect(),
            ..self.clone()
        }
    }
}

/// An earlier step whose answer can be read.
#[derive(Clone)]
pub struct Step<'a> {
    pub name: &'a str,
    /// Index of the operation; `None` if there is none, which is reported at the call.
    pub operation: Option<OperationId>,
    /// One answer for each item, rather than one.
    pub many: bool,
    /// Why the answer may be missing, as the end of a sentence: a status without one counts as success, for example.
    pub optional: Option<&'static str>,
    /// What it is, if it is not what the document says of the operation: what comes of a stream.
    pub answer: Option<Type>,
}

impl<'a> Step<'a> {
    /// One that has been answered as the document says.
    pub fn answered(name: &'a str, operation: OperationId) -> Self {
        Self {
            name,
            operation: Some(operation),
            many: false,
            optional: None,
            answer: None,
        }
    }
}

/// What `$item` stands for.
#[derive(Clone)]
pub enum Item {
    /// A value of this type.
    Of(Type),
    /// A part of an operation's answer: reads of it are recorded there.
    Answer { operation: OperationId, path: Vec<Segment> },
}

impl Checker<'_> {
    /// The type of what a reference names; problems are reported and end in "any".
    pub fn reference(&mut self, reference: &Reference, span: Span, scope: &Scope<'_>) -> Type {
        let found = self.what_is_named(reference, span, scope);
        Type {
            nullable: found.nullable && !scope.known.contains(reference),
            ..found
        }
    }

    fn what_is_named(&mut self, reference: &Reference, span: Span, scope: &Scope<'_>) -> Type {
        match &reference.root {
            Root::Input => match &scope.input {
                Input::Unknown => Type::any(),
                Input::Of(_) if reference.path.is_empty() => self.out_of_place(reference, span, "write `$input.field`"),
                Input::Of(input) => self.walk(input.clone(), reference, span, Code::UnknownReference),
                Input::None => self.out_of_place(reference, span, "there is no input here"),
            },
            Root::Config => self.config(reference, span),
            Root::Attempt => self.plain(reference, span, Type::string()),
            Root::Now => self.plain(reference, span, types::of(TypeKind::Integer)),
            Root::Uuid7 => self.plain(reference, span, Type::string()),
            Root::Status => self.status_of(reference, span, scope),
            Root::Capabilities => self.plain(reference, span, types::array_of(json!({"type": "string"}))),
            Root::Id if scope.id => self.plain(reference, span, Type::string()),
            Root::Id => self.out_of_place(
                reference,
                span,
                "`$id` is for the calls under `sandboxes` and `snapshots`",
            ),
            Root::Secs if scope.secs => self.plain(reference, span, types::of(TypeKind::Integer)),
            Root::Secs => self.out_of_place(reference, span, "`$secs` is for the call that sets a lifetime"),
            Root::Lifetime => self.lifetime_of(reference, span, scope),
            Root::Sandbox => self.fact(reference, span, scope),
            Root::Owned => self.owned(reference, span, scope),
            Root::Item => self.item(reference, span, scope),
            Root::Last if scope.last.is_some() => {
                let of_last = Scope {
                    item: scope.last.clone(),
                    ..Scope::default()
                };
                self.item(reference, span, &of_last)
            }
            Root::Last => self.out_of_place(reference, span, "`$last` is for `pages`: the last item of one"),
            Root::Headers => match scope.headers {
                Some(operation) => self.header(operation, reference, span),
                None => self.out_of_place(reference, span, "`$headers` is for `pages`: those of the answer"),
            },
            Root::Position => scope.position.clone().unwrap_or_else(Type::any),
            Root::Step(name) => self.step(name, reference, span, scope),
        }
    }

    pub fn out_of_place(&self, reference: &Reference, span: Span, help: &str) -> Type {
        let message = format!("`{reference}` cannot be used here");
        self.problem(Code::UnknownReference, span, message, help);
        Type::any()
    }

    fn plain(&self, reference: &Reference, span: Span, ty: Type) -> Type {
        if reference.path.is_empty() {
            return ty;
        }
        let message = format!("`${}` has no fields", reference.root.name());
        let help = format!("write `${}`", reference.root.name());
        self.problem(Code::UnknownReference, span, message, help);
        Type::any()
    }

    fn fact(&mut self, reference: &Reference, span: Span, scope: &Scope<'_>) -> Type {
        if !scope.sandbox {
            return self.out_of_place(
                reference,
                span,
                "only a function with a `sandbox_id` input acts on a sandbox",
            );
        }
        if reference.path == [Segment::Field("id".to_owned())] {
            return match scope.id {
                true => self.out_of_place(reference, span, "write `$id`"),
                false => Type::string(),
            };
        }
        let facts = || self.mapping.sandboxes.iter().flat_map(Sandboxes::all_facts);
        let name = match reference.path.as_slice() {
            [Segment::Field(name)] => name,
            _ => return self.out_of_place(reference, span, "write `$sandbox.fact`"),
        };
        if !facts().any(|(fact, _)| fact.value == *name) && !self.mapping.is_broken("sandboxes") {
            let message = format!("no fact `{name}` is kept of a sandbox");
            let help = did_you_mean(name, facts().map(|(fact, _)| fact.value.as_str()));
            self.problem(Code::UnknownReference, span, message, help);
        }
        self.facts.get(name).cloned().unwrap_or_else(|| Type {
            nullable: true,
            ..Type::any()
        })
    }

    fn owned(&self, reference: &Reference, span: Span, scope: &Scope<'_>) -> Type {
        if !scope.answer {
            return self.out_of_place(reference, span, "`$owned` is for the answer of a function");
        }
        if reference.path.is_empty() {
            return self.out_of_place(reference, span, "write `$owned.field`");
        }
        let listed = self
            .mapping
            .sandboxes
            .as_ref()
            .is_some_and(|sandboxes| sandboxes.owned.is_some() || sandboxes.untagged.is_some());
        // The counts are the worker's own; which sandboxes there are only the provider can say.
        let counted = reference.path.first() != Some(&Segment::Field("sandboxes".to_owned()));
        if !listed && !counted && !self.mapping.is_broken("sandboxes") {
            let message = format!("`{reference}` needs `sandboxes.owned`, which says how they are listed");
            self.problem(
                Code::MissingSectionCall,
                span,
                message,
                "add `sandboxes: {owned: {call: GET …, items: …}}`",
            );
            return Type::any();
        }
        let Some(list) = self.contract.function("list") else {
            return Type::any();
        };
        let ty = self.document.type_of(&list.output);
        self.walk(ty, reference, span, Code::UnknownReference)
    }

    fn item(&mut self, reference: &Reference, span: Span, scope: &Scope<'_>) -> Type {
        match &scope.item {
            None => self.out_of_place(
                reference,
                span,
                "`$item` belongs to `for_each`, `sandboxes` and `snapshots`",
            ),
            Some(Item::Of(ty)) => self.walk(ty.clone(), reference, span, Code::UnknownReference),
            Some(Item::Answer { operation, .. }) if !self.answers_json(*operation, reference, span) => Type::any(),
            Some(Item::Answer { operation, path }) => {
                if self.lacks_field(*operation, path, reference, span) {
                    return Type::any();
                }
                let mut whole = path.clone();
                whole.extend(reference.path.iter().cloned());
                self.uses.entry(*operation).or_default().reads.read(&whole, span);
                let base = Reference {
                    root: Root::Step("response".into()),
                    path: path.clone(),
                };
                let ty = self.answer(*operation);
                let item = self.walk_plain(ty, &base);
                self.walk(item, reference, span, Code::UnknownResponseField)
            }
        }
    }

    fn step(&mut self, name: &str, reference: &Reference, span: Span, scope: &Scope<'_>) -> Type {
        let Some(step) = scope.steps.iter().find(|step| step.name == name) else {
            self.no_step(name, span, scope);
            return Type::any();
        };
        let (many, optional) = (step.many, step.optional);
        let (ty, operation) = match (&step.answer, step.operation) {
            (Some(answer), _) => (answer.clone(), None),
            (None, Some(operation)) if self.answers_json(operation, reference, span) => {
                (self.answer(operation), Some(operation))
            }
            (None, _) => return Type::any(),
        };
        let path = match (many, reference.path.split_first()) {
            (false, _) => reference.path.clone(),
            (true, Some((Segment::Each, rest))) => rest.to_vec(),
            (true, _) => {
                let message = format!("`${name}` has one answer for each item");
                self.problem(Code::NotAnArray, span, message, format!("write `${name}[*].field`"));
                return Type::any();
            }
        };
        if let Some(operation) = operation {
            self.uses.entry(operation).or_default().reads.read(&path, span);
        }
        let inner = Reference {
            root: reference.root.clone(),
            path,
        };
        let mut found = self.walk(ty, &inner, span, Code::UnknownResponseField);
        if let Some(why) = optional.filter(|_| !found.nullable) {
            self.absences.insert(span.start, why);
        }
        found.nullable |= optional.is_some();
        if many {
            self.collected(found, Some(Vec::new()))
        } else {
            found
        }
    }
}
