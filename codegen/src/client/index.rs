//! Methods and types of the generated client, as read from its code.

use std::collections::BTreeMap;

use syn::{FnArg, ImplItem, Item, ReturnType};

use crate::naming::letters;

use super::RustType;

#[derive(Debug, Default)]
pub struct Index {
    /// By operation id.
    pub methods: BTreeMap<String, Method>,
    /// Fields of each struct, by the name they have on the wire.
    structs: BTreeMap<String, BTreeMap<String, Field>>,
}

#[derive(Clone, Debug)]
pub struct Method {
    pub name: String,
    /// In the order of the signature.
    pub arguments: Vec<Argument>,
    pub answer: RustType,
    /// The answer's type as it is written outside the client's module.
    pub answer_text: String,
}

#[derive(Clone, Debug)]
pub struct Argument {
    pub name: String,
    /// How it is declared as an owned variable: `Option<String>`.
    pub owned: String,
    /// The type of that variable.
    pub kind: RustType,
    /// What follows or precedes the variable where it is passed.
    pub passing: Passing,
}

/// How an owned variable is passed to the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    Value,
    Reference,
    AsDeref,
    AsRef,
}

impl Argument {
    /// Whether it is what a parameter has become.
    pub fn is_of(&self, parameter: &str) -> bool {
        letters(&self.name) == letters(parameter)
    }

    /// Whether it is the body.
    pub fn is_body(&self) -> bool {
        let named = self.name == "body" || self.name.ends_with("_body");
        named && !matches!(self.kind, RustType::Optional(_))
    }

    /// The argument as passed from a variable of this name.
    pub fn passed_as(&self, local: &str) -> String {
        match self.passing {
            Passing::Value => local.to_owned(),
            Passing::Reference => format!("&{local}"),
            Passing::AsDeref => format!("{local}.as_deref()"),
            Passing::AsRef => format!("{local}.as_ref()"),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub ident: String,
    pub kind: RustType,
}

impl Index {
    pub fn of(file: &syn::File) -> Self {
        let mut index = Self::default();
        for item in &file.items {
            match item {
                Item::Mod(types) if types.ident == "types" => index.types(types),
                Item::Impl(block) if block.trait_.is_none() => index.methods_of(block),
                _ => {}
            }
        }
        index
    }

    pub fn field(&self, of: &str, wire: &str) -> Option<&Field> {
        self.structs.get(of)?.get(wire)
    }

    /// All fields of a struct, by wire name.
    pub fn fields(&self, of: &str) -> impl Iterator<Item = (&String, &Field)> {
        self.structs.get(of).into_iter().flatten()
    }

    fn types(&mut self, module: &syn::ItemMod) {
        for item in module.content.iter().flat_map(|(_, items)| items) {
            if let Item::Struct(of) = item {
                let fields = of.fields.iter().filter_map(field).collect();
                self.structs.insert(of.ident.to_string(), fields);
            }
        }
    }

    fn methods_of(&mut self, block: &syn::ItemImpl) {
        for item in &block.items {
            if let ImplItem::Fn(function) = item
                && function.sig.asyncness.is_some()
            {
                let name = function.sig.ident.to_string();
                let method = Method {
                    arguments: function.sig.inputs.iter().filter_map(argument).collect(),
                    answer: answer(&function.sig.output).map_or(RustType::Unit, type_of),
                    answer_text: answer(&function.sig.output).map_or_else(|| "()".to_owned(), outside),
                    name: name.clone(),
                };
                let id = name.strip_prefix("r#").unwrap_or(&name).to_owned();
                self.methods.insert(id, method);
            }
        }
    }
}

fn field(field: &syn::Field) -> Option<(String, Field)> {
    let ident = field.ident.as_ref()?.to_string();
    let mut wire = ident.strip_prefix("r#").unwrap_or(&ident).to_owned();
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("serde")) {
        // Errors are keywords other than `rename`, whose values are skipped.
        let _ = attribute.parse_nested_meta(|meta| {
            let value = meta.value().and_then(|value| value.parse::<syn::LitStr>());
            if let (true, Ok(value)) = (meta.path.is_ident("rename"), value) {
                wire = value.value();
            }
            Ok(())
        });
    }
    Some((
        wire,
        Field {
            ident,
            kind: type_of(&field.ty),
        },
    ))
}

fn argument(input: &FnArg) -> Option<Argument> {
    let FnArg::Typed(input) = input else {
        return None;
    };
    let syn::Pat::Ident(name) = &*input.pat else {
        return None;
    };
    let (owned, kind, passing) = match &*input.ty {
        syn::Type::Reference(reference) => (owned(&reference.elem), type_of(&reference.elem), Passing::Reference),
        other => match generic(other, "Option") {
            Some(syn::Type::Reference(inner)) => {
                let kind = type_of(&inner.elem);
                let passing = if kind == RustType::Text {
                    Passing::AsDeref
                } else {
                    Passing::AsRef
                };
                (format!("Option<{}>", owned(&inner.elem)), kind.optional(), passing)
            }
            Some(inner) => (
                format!("Option<{}>", owned(inner)),
                type_of(inner).optional(),
                Passing::Value,
            ),
            None => (owned(other), type_of(other), Passing::Value),
        },
    };
    Some(Argument {
        name: name.ident.to_string(),
        owned,
        kind,
        passing,
    })
}

fn owned(kind: &syn::Type) -> String {
    match outside(kind) {
        text if text == "str" => "String".to_owned(),
        text => text,
    }
}

fn answer(output: &ReturnType) -> Option<&syn::Type> {
    let ReturnType::Type(_, output) = output else {
        return None;
    };
    generic(output, "Result").and_then(|ok| generic(ok, "ResponseValue"))
}

/// A type's text where the client is a module.
fn outside(kind: &syn::Type) -> String {
    let text = quote::quote!(#kind).to_string().replace(' ', "");
    text.replace("types::", "client::types::")
        .replace("::std::vec::Vec", "Vec")
        .replace("::std::string::String", "String")
        .replace("::serde_json::Value", "Value")
}

fn type_of(kind: &syn::Type) -> RustType {
    if let syn::Type::Tuple(tuple) = kind
        && tuple.elems.is_empty()
    {
        return RustType::Unit;
    }
    if let Some(inner) = generic(kind, "Option") {
        return RustType::Optional(Box::new(type_of(inner)));
    }
    if let Some(inner) = generic(kind, "Vec") {
        return RustType::List(Box::new(type_of(inner)));
    }
    let syn::Type::Path(path) = kind else {
        return RustType::Other;
    };
    let Some(last) = path.path.segments.last() else {
        return RustType::Other;
    };
    match last.ident.to_string().as_str() {
        "HashMap" | "Map" => RustType::Map(Box::new(last_argument(last).map_or(RustType::Other, type_of))),
        "Value" => RustType::Json,
        "String" | "str" => RustType::Text,
        "i64" => RustType::Integer,
        "f64" => RustType::Number,
        "bool" => RustType::Boolean,
        "Binary" => RustType::Binary,
        name => RustType::Struct(name.to_owned()),
    }
}

/// The first argument of a generic type of this name.
fn generic<'t>(kind: &'t syn::Type, name: &str) -> Option<&'t syn::Type> {
    let syn::Type::Path(path) = kind else {
        return None;
    };
    let last = path.path.segments.last().filter(|segment| segment.ident == name)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    arguments.args.iter().find_map(type_argument)
}

fn last_argument(segment: &syn::PathSegment) -> Option<&syn::Type> {
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    arguments.args.iter().rev().find_map(type_argument)
}

fn type_argument(argument: &syn::GenericArgument) -> Option<&syn::Type> {
    match argument {
        syn::GenericArgument::Type(kind) => Some(kind),
        _ => None,
    }
}
