//! Operators: what their arguments must be, and what they yield.

use serde_json::{Value as Json, json};

use crate::{
    diagnostic::Code,
    document::{Type, TypeKind},
    mapping::{Arguments, Part, Root, Value},
    operator::{Field, Kind, Operator, Takes},
    source::Spanned,
};

use super::{Checker, choices::Given, encodings::Unfit, no_operator::no_operator, scope::Scope, types};

impl Checker<'_> {
    pub fn operator(&mut self, operator: &Operator, arguments: &Arguments, scope: &Scope<'_>) -> Type {
        let mut types = Vec::new();
        self.stands_in_a_path(operator, arguments);
        match (arguments, &operator.takes) {
            (Arguments::Values(values), Takes::One(kind) | Takes::Many(kind)) => {
                for value in values {
                    types.push(self.argument(operator, "its argument", *kind, value, scope));
                    self.argument_unit(operator, value);
                    self.computable(operator, value);
                    self.demandable(operator, value, scope);
                }
                self.argument_units(operator, values);
                self.reached(operator, values, &types);
            }
            (Arguments::Named(entries), Takes::Named(fields)) => {
                types = self.named(operator, fields, entries, scope);
                match operator.name {
                    "find" => return self.find(&Given { entries, types }, scope),
                    "omit_if" => return self.omit_if(&Given { entries, types }),
                    "switch" => return self.switch(&Given { entries, types }),
                    _ => {}
                }
            }
            (Arguments::Template(parts), _) => {
                for part in parts {
                    if let Part::Value(value) = part {
                        types.push(self.argument(operator, "a part of it", Kind::Plain, value, scope));
                    }
                }
            }
            _ => {}
        }
        match operator.name {
            "concat" => self.joined(&types),
            "must" => self.demanded(types),
            "as_file" => file(operator, arguments, &types),
            "first" => Type {
                nullable: types.iter().all(|ty| ty.nullable),
                ..types::either(self.document, &types)
            },
            _ => yields(operator, &types),
        }
    }

    /// What has to be there, each item of a list, too.
    fn demanded(&self, types: Vec<Type>) -> Type {
        let found = types.into_iter().next().unwrap_or_else(Type::any);
        let there = |ty: Type| Type { nullable: false, ..ty };
        match &found.kind {
            TypeKind::Array(items) => types::array_of(there(self.document.type_of(items)).schema()),
            _ => there(found),
        }
    }

    fn named(
        &mut self,
        operator: &Operator,
        fields: &[Field],
        entries: &[(Spanned<String>, Value)],
        scope: &Scope<'_>,
    ) -> Vec<Type> {
        let mut types = Vec::new();
        for (name, value) in entries {
            let field = fields.iter().find(|field| field.name == name.value);
            let kind = field.map_or(Kind::Any, |field| field.kind);
            types.push(self.argument(operator, &name.value, kind, value, scope));
            self.named_unit(operator, &name.value, value);
            self.runnable(operator, &name.value, value);
        }
        types
    }

    /// What stands after a value that is always there is dropped. What an answer always has is for the document to say, what
    /// is always given for the contract, and a fallback for either does no harm.
    fn reached(&self, operator: &Operator, values: &[Value], types: &[Type]) {
        let always =
            |(value, ty): (&Value, &Type)| !ty.nullable && ty.kind != TypeKind::Any && !is_from_elsewhere(value);
        let first = values.iter().zip(types).position(always);
        if let ("first", Some(dead)) = (operator.name, first.and_then(|at| values.get(at + 1))) {
            let message = "`first`: this is never used, as the value before it is always there";
            self.problem(Code::NoEffect, dead.span, message, "leave it out, or put it first");
        }
    }

    /// Only what a provider answers can be demanded of it.
    fn demandable(&mut self, operator: &Operator, value: &Value, scope: &Scope<'_>) {
        if !operator.demands() {
            return;
        }
        let mut answered = false;
        let mut given = Vec::new();
        value.walk(
            &mut |value| match value.as_reference().map(|reference| &reference.root) {
                Some(Root::Step(_) | Root::Item | Root::Sandbox) => answered = true,
                Some(Root::Input | Root::Config) => given.push(value),
                _ => {}
            },
        );
        // What is wrong with it is told where it is read.
        let before = self.reader.found();
        let is_left_out = given.into_iter().any(|value| self.infer(value, scope).nullable);
        self.reader.take_from(before);
        if is_left_out || !answered {
            let message = "`must` is for what the provider answers, and its absence is the provider's failure";
            let help = "leave it out, or give what a caller may leave out a fallback; an input that must be given is `required` in its schema";
            self.problem(Code::WrongArguments, value.span, message, help);
        }
    }

    /// The list of all: an absent value adds nothing, an absent item of a list stays.
    fn joined(&self, types: &[Type]) -> Type {
        let arms = types.iter().flat_map(|ty| match &ty.kind {
            TypeKind::Union(arms) => arms.as_slice(),
            _ => std::slice::from_ref(ty),
        });
        let items = arms.map(|ty| match &ty.kind {
            TypeKind::Array(items) => self.document.type_of(items),
            kind => types::of(kind.clone()),
        });
        types::list_of(self.document, &items.collect::<Vec<_>>())
    }

    fn argument(&mut self, operator: &Operator, name: &str, kind: Kind, value: &Value, scope: &Scope<'_>) -> Type {
        let found = self.infer(value, scope);
        let wanted = type_of(kind);
        if let Some(problem) = types::mismatch(self.document, &found, &wanted) {
            let said = format!("`{}`: {name} {problem}", operator.name);
            let (message, help) = no_operator(value, &wanted).unwrap_or_else(|| (said, operator.usage()));
            self.problem(Code::WrongArguments, value.span, message, help);
        } else if operator.name == "integer" && found.never_numeric {
            let message =
                format!("`integer`: {name} takes the digits of a number, and the document says that this is none");
            let help = "take another field, or answer it as it is: a moment is text";
            self.problem(Code::WrongArguments, value.span, message, help);
        } else if found.nullable && matches!(operator.takes, Takes::One(_)) && !operator.optional && !operator.demands()
        {
            let message = format!("`{}`: {name} may be absent{}", operator.name, self.why_absent(value));
            let help = self.against_absence(value, name);
            self.problem(Code::MayBeAbsent, value.span, message, help);
        } else if let Some((problem, help)) = self.argument_encoding(operator, value, (&found, &wanted), scope) {
            let message = format!("`{}`: {name} {problem}", operator.name);
            self.problem(Code::WrongArguments, value.span, message, help);
        }
        found
    }
}

impl Checker<'_> {
    /// Base64 is the text of a line or a template, and nothing to be made base64 of.
    fn argument_encoding(
        &self,
        operator: &Operator,
        value: &Value,
        (found, wanted): (&Type, &Type),
        scope: &Scope<'_>,
    ) -> Option<Unfit> {
        match (&found.kind, operator.yields) {
            (TypeKind::Binary, Kind::Base64) if wanted.kind == TypeKind::String => {
                Some(("is base64 already", "leave the operator out"))
            }
            (TypeKind::Binary, _) => None,
            _ => self.encoding(value, found, wanted, scope),
        }
    }
}

/// `max` and the like are absent only if all their values are; other operators that pass absence on, if one is.
fn yields(operator: &Operator, arguments: &[Type]) -> Type {
    let absent = match operator.takes {
        Takes::Many(_) => arguments.iter().all(|a| a.nullable),
        _ => arguments.iter().any(|a| a.nullable),
    };
    Type {
        nullable: operator.optional && absent,
        ..type_of(operator.yields)
    }
}

/// A file is absent if its bytes are, and has a name anyhow.
fn file(operator: &Operator, arguments: &Arguments, types: &[Type]) -> Type {
    let bytes = match arguments {
        Arguments::Named(entries) => entries.iter().position(|(name, _)| name.value == "bytes"),
        _ => None,
    };
    let bytes = bytes.and_then(|at| types.get(at));
    yields(operator, bytes.map_or(&[], std::slice::from_ref))
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Any | Kind::Same => Type::any(),
        Kind::Boolean => types::of(TypeKind::Boolean),
        Kind::Integer => types::of(TypeKind::Integer),
        Kind::String => Type::string(),
        Kind::Base64 => types::of(TypeKind::Binary),
        Kind::List => types::array_of(Json::Bool(true)),
        Kind::Integers => types::array_of(json!({"type": "integer"})),
        Kind::Texts => types::array_of(json!({"type": "string"})),
        Kind::Map => types::map(),
        Kind::Plain => types::one_of(&[TypeKind::String, TypeKind::Number, TypeKind::Boolean]),
        Kind::Moment | Kind::Numeral => types::one_of(&[TypeKind::String, TypeKind::Number]),
        Kind::Words => types::array_of(json!({
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        })),
        Kind::Strings => types::map_of(json!({"type": "string"})),
    }
}

/// Whether it is made of something that a caller has given or a provider has answered.
fn is_from_elsewhere(value: &Value) -> bool {
    let mut found = false;
    value.walk(&mut |value| {
        let root = value.as_reference().map(|reference| &reference.root);
        found |= matches!(root, Some(Root::Input | Root::Step(_) | Root::Item | Root::Sandbox));
    });
    found
}
