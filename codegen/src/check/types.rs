//! Which values fit where.

use std::collections::HashMap;

use serde_json::Value as Json;

use crate::document::{Document, Properties, Type, TypeKind};

/// Why a value does not fit, as the end of a sentence; `None` if it does.
pub fn mismatch(document: &Document, found: &Type, wanted: &Type) -> Option<String> {
    let mut comparison = Comparison::new(true);
    if comparison.fits(Typed::new(document, found), Typed::new(document, wanted)) {
        return None;
    }
    // Objects are told apart by the field that is in the way.
    let because = comparison.because.unwrap_or_default();
    if let TypeKind::Union(arms) = &found.kind
        && let Some(arm) = arms.iter().find(|arm| mismatch(document, arm, wanted).is_some())
    {
        return Some(format!(
            "takes {}, this may be {}{because}",
            alternatives(wanted),
            arm.describe()
        ));
    }
    let (wanted, found) = match (items(document, wanted), items(document, found)) {
        (Some(wanted), Some(found)) => (
            format!("a list, each item {}", alternatives(&wanted)),
            format!("a list, each item {}", alternatives(&found)),
        ),
        _ => (alternatives(wanted), found.describe().to_owned()),
    };
    Some(format!("takes {wanted}, this is {found}{because}"))
}

/// A type with its alternatives, if they are few: "a string or a number".
fn alternatives(ty: &Type) -> String {
    let TypeKind::Union(arms) = &ty.kind else {
        return ty.describe().to_owned();
    };
    let mut names: Vec<&str> = Vec::new();
    for arm in arms {
        if !names.contains(&arm.describe()) {
            names.push(arm.describe());
        }
    }
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) if others.len() < 4 => format!("{} or {last}", others.join(", ")),
        _ => ty.describe().to_owned(),
    }
}

fn items(document: &Document, list: &Type) -> Option<Type> {
    match &list.kind {
        TypeKind::Array(items) => Some(document.type_of(items)),
        _ => None,
    }
}

/// A type and the document that its parts are to be looked up in.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    pub document: &'a Document,
    pub ty: &'a Type,
}

impl<'a> Typed<'a> {
    pub fn new(document: &'a Document, ty: &'a Type) -> Self {
        Self { document, ty }
    }

    /// Another type of the same document.
    pub fn part<'b>(self, ty: &'b Type) -> Typed<'b>
    where
        'a: 'b,
    {
        Typed::new(self.document, ty)
    }
}

/// Whether a value of one type is of the other too, whatever is in its objects: where that matters it is compared field by
/// field.
pub fn alike(found: Typed<'_>, wanted: Typed<'_>) -> bool {
    Comparison::new(false).fits(found, wanted)
}

/// Deeper than values are nested; keeps a hostile document from exhausting the stack.
const MAX_DEPTH: usize = 32;

/// Whether every value of one type may stand where another is expected.
struct Comparison {
    /// Whether objects are compared field by field.
    fields: bool,
    depth: usize,
    /// What pairs of schemas have come to; one that contains itself fits as far as it is concerned.
    known: HashMap<(String, String), bool>,
    /// The first field that is in the way, as the end of a sentence.
    because: Option<String>,
}

impl Comparison {
    fn new(fields: bool) -> Self {
        Self {
            fields,
            depth: 0,
            known: HashMap::new(),
            because: None,
        }
    }

    fn fits(&mut self, found: Typed<'_>, wanted: Typed<'_>) -> bool {
        use TypeKind::{Any, Array, Binary, Integer, Number, Object, String, Union};
        if self.depth > MAX_DEPTH {
            return true;
        }
        match (&found.ty.kind, &wanted.ty.kind) {
            (Any, _) | (_, Any) | (Integer, Number) => true,
            // Few documents say of their strings which of them are base64.
            (Binary, String) | (String, Binary) => true,
            (Union(arms), _) => arms.iter().all(|arm| self.fits(found.part(arm), wanted)),
            (_, Union(arms)) => arms.iter().any(|arm| self.fits(found, wanted.part(arm))),
            (Array(own), Array(other)) => self.items((found, own), (wanted, other)),
            (Object(..), Object(fields, others)) if self.fields => {
                self.named(found, wanted, fields) && self.others(found, wanted, fields, others.as_deref())
            }
            (own, other) => std::mem::discriminant(own) == std::mem::discriminant(other),
        }
    }

    /// The fields that the wanted object names. Whatever a map may hold, it may hold them.
    fn named(&mut self, found: Typed<'_>, wanted: Typed<'_>, fields: &Properties) -> bool {
        let TypeKind::Object(own_fields, _) = &found.ty.kind else {
            return true;
        };
        fields.iter().all(|(name, said)| {
            let (schema, required) = (&said.0, wanted.document.demands(said));
            let Some((own, _)) = found.ty.property(name) else {
                return !required || self.differ(format!(" without `{name}`"));
            };
            let (own_type, ty) = (found.document.type_of(&own), wanted.document.type_of(schema));
            // Whether the object itself may be null is asked of whatever holds it.
            let is_absent = |always: bool| !always || own_type.nullable || found.document.is_write_only(&own);
            let absent = own_fields.get(name).is_some_and(|(_, always)| is_absent(*always));
            if absent && required && !ty.nullable {
                return self.differ(format!(" whose `{name}` may be absent"));
            }
            self.schemas((found, &own), (wanted, schema))
                || self.differ(format!(" whose `{name}` is {}", own_type.describe()))
        })
    }

    /// An item that is null is no object of which fields are needed.
    fn items(&mut self, (found, own): (Typed<'_>, &Json), (wanted, other): (Typed<'_>, &Json)) -> bool {
        let (item, ty) = (found.document.type_of(own), wanted.document.type_of(other));
        let is_object = matches!(item.kind, TypeKind::Object(..));
        if self.fields && is_object && item.nullable && !ty.nullable && ty.kind != TypeKind::Any {
            return self.differ(", each of which may be null".to_owned());
        }
        self.schemas((found, own), (wanted, other))
    }

    /// The fields that it does not name: what another has of them must be what this takes.
    fn others(&mut self, found: Typed<'_>, wanted: Typed<'_>, fields: &Properties, others: Option<&Json>) -> bool {
        let (TypeKind::Object(own, rest), Some(others)) = (&found.ty.kind, others) else {
            return true;
        };
        let named = own.iter().filter(|(name, _)| !fields.contains_key(*name));
        let mut schemas = named.map(|(_, (schema, _))| schema).chain(rest.as_deref());
        let may_be_null = |typed: Typed<'_>, schema: &Json| typed.document.type_of(schema).nullable;
        let bears_null = wanted.document.type_of(others);
        let bears_null = bears_null.nullable || bears_null.kind == TypeKind::Any;
        schemas.all(|schema| {
            if !bears_null && may_be_null(found, schema) {
                return self.differ(" whose values may be null".to_owned());
            }
            self.schemas((found, schema), (wanted, others))
                || self.differ(format!(" that holds {}", found.document.type_of(schema).describe()))
        })
    }

    fn differ(&mut self, because: String) -> bool {
        self.because.get_or_insert(because);
        false
    }

    fn schemas(&mut self, (found, own): (Typed<'_>, &Json), (wanted, other): (Typed<'_>, &Json)) -> bool {
        let pair = (own.to_string(), other.to_string());
        if let Some(known) = self.known.get(&pair) {
            return *known;
        }
        self.known.insert(pair.clone(), true);
        self.depth += 1;
        let (own, other) = (found.document.type_of(own), wanted.document.type_of(other));
        let fits = self.fits(found.part(&own), wanted.part(&other));
        self.depth -= 1;
        self.known.insert(pair, fits);
        fits
    }
}

/// A literal that an enumeration does not have, or none of the alternatives that could take it.
pub fn unlisted<'s>(value: &Json, wanted: &'s Type) -> Option<&'s [Json]> {
    if let (None, TypeKind::Union(arms)) = (&wanted.values, &wanted.kind) {
        let mut refused = arms
            .iter()
            .filter(|arm| takes(arm, value))
            .map(|arm| unlisted(value, arm));
        let first = refused.next().flatten()?;
        return refused.all(|listed| listed.is_some()).then_some(first);
    }
    let values = wanted.values.as_deref()?;
    (!values.contains(value)).then_some(values)
}

/// Whether a literal is of this type, whatever values it lists.
fn takes(ty: &Type, value: &Json) -> bool {
    match (&ty.kind, value) {
        (TypeKind::Any, _)
        | (TypeKind::String | TypeKind::Binary, Json::String(_))
        | (TypeKind::Boolean, Json::Bool(_)) => true,
        (TypeKind::Integer, Json::Number(number)) => !number.is_f64(),
        (TypeKind::Number, Json::Number(_)) => true,
        _ => false,
    }
}

/// The type of an array whose items have this JSON Schema.
pub fn array_of(items: Json) -> Type {
    Type {
        kind: TypeKind::Array(Box::new(items)),
        ..Type::any()
    }
}

/// The type of a list of such items.
pub fn list_of(document: &Document, items: &[Type]) -> Type {
    let item = Type {
        nullable: items.iter().any(|item| item.nullable),
        ..either(document, items)
    };
    array_of(item.schema())
}

/// What is one of several types. What may be anything says nothing of the others.
pub fn either(document: &Document, types: &[Type]) -> Type {
    let arms = types.iter().flat_map(|ty| match &ty.kind {
        TypeKind::Union(arms) => arms.as_slice(),
        _ => std::slice::from_ref(ty),
    });
    let arms: Vec<&Type> = arms.filter(|arm| arm.kind != TypeKind::Any).collect();
    let lists: Option<Vec<Type>> = arms.iter().map(|arm| items(document, arm)).collect();
    match (arms.first(), lists) {
        (None, _) => Type::any(),
        (Some(first), _) if arms.iter().all(|arm| arm.kind == first.kind) => of(first.kind.clone()),
        (_, Some(items)) => list_of(document, &items),
        _ => of(TypeKind::Union(arms.iter().map(|arm| of(arm.kind.clone())).collect())),
    }
}

pub fn of(kind: TypeKind) -> Type {
    Type { kind, ..Type::any() }
}

pub fn map() -> Type {
    map_of(Json::Bool(true))
}

/// The type of a map whose values have this JSON Schema.
pub fn map_of(values: Json) -> Type {
    of(TypeKind::Object(Default::default(), Some(Box::new(values))))
}

pub fn one_of(kinds: &[TypeKind]) -> Type {
    of(TypeKind::Union(kinds.iter().cloned().map(of).collect()))
}
