//! Where an answer likely has what a function answers.

use crate::{
    document::{Document, Operation, Type, TypeKind},
    naming::letters,
};

/// Where more than so many fields might do, none is likely.
const CANDIDATES: usize = 4;

/// What is looked for: names without case and punctuation, likeliest first, and the kind of value.
pub struct Sought<'s> {
    pub names: &'s [&'s str],
    pub fits: fn(&Type) -> bool,
}

/// A field that fits, or those that may be meant.
pub enum Found {
    /// The reference to it, and its type.
    Field(String, Type),
    /// The same of one that is called and made as is sought, and of which the document says that it may be absent.
    Optional(String, Type),
    Candidates(Vec<String>),
}

impl Found {
    /// The reference to a field, which may be absent.
    pub fn reference(self) -> Option<String> {
        match self {
            Self::Field(reference, _) | Self::Optional(reference, _) => Some(reference),
            Self::Candidates(_) => None,
        }
    }

    /// The reference to a field that is always there.
    pub fn always(self) -> Option<String> {
        match self {
            Self::Field(reference, _) => Some(reference),
            Self::Optional(..) | Self::Candidates(_) => None,
        }
    }
}

/// A field of an answer.
struct Field {
    reference: String,
    name: String,
    ty: Type,
    /// Whether it is always there.
    always: bool,
}

pub fn type_of(document: &Document, operation: &Operation) -> Option<Type> {
    operation.success.schema().map(|schema| document.type_of(schema))
}

/// Searches an answer, and objects in it; `root` is how the mapping refers to it.
pub fn find(document: &Document, answer: &Type, root: &str, sought: &Sought<'_>) -> Found {
    let mut fields = own(document, answer, root, true);
    let within: Vec<Field> = fields
        .iter()
        .flat_map(|field| own(document, &field.ty, &field.reference, field.always))
        .collect();
    // What the answer says itself counts before what objects in it say.
    let always = |fields: &'_ [Field]| sought.in_fields(fields, true).map(Field::named);
    if let Some((reference, ty)) = always(&fields).or_else(|| always(&within)) {
        return Found::Field(reference, ty);
    }
    if let Some((reference, ty)) = sought.in_fields(&fields, false).map(Field::named) {
        return Found::Optional(reference, ty);
    }
    fields.extend(within);
    let named = || {
        fields
            .iter()
            .filter(|field| sought.names.contains(&field.name.as_str()))
    };
    let mut fitting = named().filter(|field| (sought.fits)(&field.ty));
    if let (Some(field), None) = (fitting.next(), fitting.next()) {
        let (reference, ty) = field.named();
        return Found::Optional(reference, ty);
    }
    let named: Vec<String> = named().map(Field::shown).collect();
    if !named.is_empty() {
        return Found::Candidates(named);
    }
    let fitting: Vec<&Field> = fields.iter().filter(|field| (sought.fits)(&field.ty)).collect();
    match fitting.len() > CANDIDATES {
        true => Found::Candidates(Vec::new()),
        false => Found::Candidates(fitting.into_iter().map(Field::shown).collect()),
    }
}

impl Sought<'_> {
    fn in_fields<'f>(&self, fields: &'f [Field], always: bool) -> Option<&'f Field> {
        let fits = |field: &&Field| (field.always || !always) && (self.fits)(&field.ty);
        self.names
            .iter()
            .find_map(|name| fields.iter().filter(fits).find(|field| field.name == *name))
    }
}

impl Field {
    fn named(&self) -> (String, Type) {
        (self.reference.clone(), self.ty.clone())
    }

    fn shown(&self) -> String {
        let always = if self.always { "" } else { ", may be absent" };
        format!("{} ({}{always})", self.reference, self.ty.describe())
    }
}

/// The ids of what an answer lists.
pub struct Ids {
    /// `$response.items[*].id`
    pub reference: String,
    /// Whether each item has one.
    pub are_sure: bool,
    /// What an item has in place of one, if it is called like an error: `items[*].error`.
    pub error: Option<String>,
}

pub fn ids(document: &Document, answer: &Type, root: &str, sought: &Sought<'_>) -> Option<Ids> {
    let of_items = |ty: &Type, list: &str| {
        let TypeKind::Array(items) = &ty.kind else {
            return None;
        };
        let item = document.type_of(items);
        let each = format!("{list}[*]");
        let (reference, are_sure) = match find(document, &item, &each, sought) {
            Found::Field(reference, _) => (reference, true),
            Found::Optional(reference, _) => (reference, false),
            Found::Candidates(_) => return None,
        };
        let fields = own(document, &item, &each, true);
        let error = fields
            .iter()
            .find(|field| ["error", "errors"].contains(&field.name.as_str()));
        let error = error.filter(|_| !are_sure).and_then(|field| {
            let path = field.reference.strip_prefix(root)?;
            Some(path.trim_start_matches('.').to_owned())
        });
        Some(Ids {
            reference,
            are_sure,
            error,
        })
    };
    let lists = own(document, answer, root, true);
    of_items(answer, root).or_else(|| lists.iter().find_map(|list| of_items(&list.ty, &list.reference)))
}

fn own(document: &Document, ty: &Type, root: &str, always: bool) -> Vec<Field> {
    let TypeKind::Object(properties, _) = &ty.kind else {
        return Vec::new();
    };
    // A reference can name no others.
    let plain = |name: &&String| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let names = properties.keys().filter(plain);
    names
        .filter_map(|name| {
            let (schema, required) = ty
                .property(name)
                .filter(|(schema, _)| !document.is_write_only(schema))?;
            let found = document.type_of(&schema);
            Some(Field {
                reference: format!("{root}.{name}"),
                name: letters(name),
                always: always && required && !found.nullable,
                ty: found,
            })
        })
        .collect()
}
