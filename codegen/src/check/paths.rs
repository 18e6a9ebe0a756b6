//! Paths through types: `.networking.services[*].url`.

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{OperationId, Type, TypeKind},
    mapping::{Reference, Segment, path_text},
    source::Span,
};

use super::{Checker, types};

impl Checker<'_> {
    /// Goes down a path through a type.
    pub fn walk(&self, mut ty: Type, reference: &Reference, span: Span, missing: Code) -> Type {
        let mut optional = ty.nullable;
        let mut inner: Option<Vec<bool>> = None;
        for (depth, segment) in reference.path.iter().enumerate() {
            let so_far = format!("${}{}", reference.root.name(), path_text(&reference.path[..depth]));
            match segment {
                Segment::Each => {
                    let TypeKind::Array(items) = &ty.kind else {
                        if ty.kind != TypeKind::Any {
                            let message = format!("`{so_far}` is {}, not a list", ty.describe());
                            self.problem(Code::NotAnArray, span, message, "leave out `[*]` here");
                        }
                        return Type::any();
                    };
                    inner.get_or_insert_default().push(optional);
                    ty = self.document.type_of(items);
                    optional = ty.nullable;
                }
                Segment::Field(_) if !self.resolved(&ty, span) => return Type::any(),
                Segment::Field(name) => {
                    let Some((schema, always)) = ty.property(name) else {
                        self.no_field(&ty, name, &so_far, span, missing);
                        return Type::any();
                    };
                    if self.document.is_write_only(&schema) {
                        self.only_written(&format!("{so_far}.{name}"), span, missing);
                        return Type::any();
                    }
                    ty = self.document.type_of(&schema);
                    optional = optional || !always || ty.nullable;
                }
            }
        }
        ty.nullable = optional;
        self.resolved(&ty, span);
        self.collected(ty, inner)
    }

    /// Reports a schema that is not there; true if there is one.
    pub fn resolved(&self, ty: &Type, span: Span) -> bool {
        if let Some(reference) = &ty.unresolved {
            self.construct(&self.document.dangling(reference), span);
        }
        ty.unresolved.is_none()
    }

    /// A path with `[*]` yields a list of what stands behind it.
    pub fn collected(&self, ty: Type, inner: Option<Vec<bool>>) -> Type {
        let Some(outer) = inner else { return ty };
        Type {
            nullable: outer.contains(&true),
            ..types::array_of(ty.schema())
        }
    }

    /// Reports a field that is in requests alone.
    fn only_written(&self, field: &str, span: Span, code: Code) {
        let message = format!("no answer has `{field}`: it is `writeOnly`");
        let help =
            "read another field; if answers have it all the same, say so in the overlay: `update: {writeOnly: false}`";
        self.problem(code, span, message, help);
    }

    /// Reports a field that a type does not have.
    pub fn no_field(&self, ty: &Type, name: &str, so_far: &str, span: Span, code: Code) {
        let names = ty.property_names();
        let help = if matches!(ty.kind, TypeKind::Array(_)) {
            format!("it is a list: write `{so_far}[*].{name}`")
        } else {
            did_you_mean(name, names.iter().map(String::as_str))
        };
        let message = format!("`{so_far}` is {} and has no field `{name}`", ty.describe());
        self.problem(code, span, message, help);
    }

    /// Reports a field that what a call answers, or each item of it, does not have; true if it does not.
    pub fn lacks_field(&self, index: OperationId, path: &[Segment], reference: &Reference, span: Span) -> bool {
        let Some(Segment::Field(name)) = reference.path.first() else {
            return false;
        };
        let base = Reference {
            root: reference.root.clone(),
            path: path.to_vec(),
        };
        let item = self.walk_plain(self.answer(index), &base);
        if !matches!(item.kind, TypeKind::Object(..)) || item.property(name).is_some() {
            return false;
        }
        // The same is read of a list and of a look.
        if !self.reported.borrow_mut().insert(format!("field at {}", span.start)) {
            return true;
        }
        let label = self.operations[index].label();
        let message = match path.is_empty() {
            true => format!("the answer of `{label}` has no field `{name}`"),
            false => format!("the items of `{label}` have no field `{name}`"),
        };
        let names = item.property_names();
        let help = did_you_mean(name, names.iter().map(String::as_str));
        self.problem(Code::UnknownResponseField, span, message, help);
        true
    }

    /// The type at the end of a path that has been checked before.
    pub fn walk_plain(&self, mut ty: Type, reference: &Reference) -> Type {
        for segment in &reference.path {
            let schema = match (segment, &ty.kind) {
                (Segment::Each, TypeKind::Array(items)) => Some((**items).clone()),
                (Segment::Field(name), _) => ty.property(name).map(|(schema, _)| schema),
                _ => None,
            };
            ty = schema.map_or_else(Type::any, |schema| self.document.type_of(&schema));
        }
        ty
    }

    /// The type of an operation's successful answer.
    pub fn answer(&self, operation: OperationId) -> Type {
        match self.operations[operation].success.schema() {
            Some(schema) => self.document.type_of(schema),
            None => types::of(TypeKind::Object(Default::default(), None)),
        }
    }
}
