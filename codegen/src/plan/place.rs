//! A path through a typed value, as Rust.
//!
//! A place is a variable, a field of one, or what is found on a way on which something may be absent. So a field that the
//! client does not have, or has otherwise, is a compile error.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    client::{Index, RustType},
    mapping::{Segment, path_text},
};

use super::expr::{Expr, Uses};

#[derive(Clone)]
pub struct Place {
    way: Way,
    /// The type of a field, or of what is found.
    pub ty: RustType,
    uses: Uses,
    /// The variable and the fields that lead to it, as far as nothing on the way may be absent.
    steps: Vec<String>,
    /// How the place is declared as a parameter, for those that are variables.
    pub declared: String,
}

#[derive(Clone)]
enum Way {
    /// A variable that holds a reference.
    Reference(TokenStream),
    /// A variable, or a field.
    Field(TokenStream),
    /// An `Option` of a reference.
    Found(TokenStream),
}

impl Place {
    /// A variable that holds the value itself.
    pub fn variable(name: &str, ty: RustType) -> Self {
        Self {
            steps: vec![name.to_owned()],
            ..Self::new(Way::Field(tokens(name)), ty)
        }
    }

    /// A variable that holds a reference.
    pub fn reference(name: &str, ty: RustType) -> Self {
        Self::new(Way::Reference(tokens(name)), ty)
    }

    fn new(way: Way, ty: RustType) -> Self {
        Self {
            way,
            ty,
            uses: Uses::default(),
            steps: Vec::new(),
            declared: String::new(),
        }
    }

    pub fn declared(self, declared: impl Into<String>) -> Self {
        Self {
            declared: declared.into(),
            ..self
        }
    }

    pub fn using(self, uses: Uses) -> Self {
        Self { uses, ..self }
    }

    /// The same variable where it holds a reference.
    pub fn as_reference(&self) -> Self {
        let way = match &self.way {
            Way::Field(path) if self.steps.len() == 1 => Way::Reference(path.clone()),
            way => way.clone(),
        };
        Self { way, ..self.clone() }
    }

    /// Whether it is a variable that holds a reference.
    pub fn is_reference(&self) -> bool {
        matches!(self.way, Way::Reference(_))
    }

    fn step(&self, way: Way, ty: RustType) -> Self {
        Self {
            uses: self.uses,
            ..Self::new(way, ty)
        }
    }

    /// The type, and whether it may be absent.
    pub fn bare(&self) -> (&RustType, bool) {
        match (&self.way, &self.ty) {
            (Way::Found(_), ty) => (ty, true),
            (_, RustType::Optional(inner)) => (inner, true),
            (_, ty) => (ty, false),
        }
    }

    /// `&T`, or `Option<&T>` where it may be absent.
    pub fn borrowed(&self) -> TokenStream {
        match (&self.way, &self.ty) {
            (Way::Found(found), _) => found.clone(),
            (Way::Reference(path) | Way::Field(path), RustType::Optional(_)) => quote!(#path.as_ref()),
            (Way::Reference(path), _) => path.clone(),
            (Way::Field(path), _) => quote!(&#path),
        }
    }

    /// Whether it is a variable that holds a list.
    fn is_list_itself(&self) -> bool {
        let is_variable = self.steps.len() == 1 || self.is_reference();
        is_variable && matches!(self.ty, RustType::List(_))
    }

    pub fn uses(&self) -> Uses {
        self.uses
    }

    /// The value itself: moved out of its variable where that is `moving`, else a copy.
    pub fn value(&self, moving: bool) -> Expr {
        let expression = match &self.way {
            Way::Found(found) => {
                let ty = RustType::Optional(Box::new(self.ty.clone()));
                match self.ty.is_copied() {
                    true => Expr::new(quote!(#found.copied()), ty),
                    false => Expr::new(quote!(#found.cloned()), ty),
                }
            }
            Way::Field(path) if self.ty.is_copied() => Expr::new(path.clone(), self.ty.clone()),
            Way::Field(path) if moving => Expr::new(path.clone(), self.ty.clone()).taking(self.steps.clone()),
            // As a parameter it is a slice.
            Way::Field(path) | Way::Reference(path) if self.is_list_itself() => {
                Expr::new(quote!(#path.to_vec()), self.ty.clone())
            }
            Way::Field(path) => Expr::new(quote!(#path.clone()), self.ty.clone()),
            Way::Reference(path) => Expr::new(quote!(#path.clone()), self.ty.clone()),
        };
        expression.using(self.uses)
    }

    /// An iterator over references to the items of a list, and the type of each.
    pub fn items(&self) -> Option<(TokenStream, RustType)> {
        let (RustType::List(item), optional) = self.bare() else {
            return None;
        };
        let borrowed = self.borrowed();
        let items = match (&self.way, optional) {
            (_, true) => quote!(#borrowed.into_iter().flatten()),
            (Way::Field(path) | Way::Reference(path), false) => quote!(#path.iter()),
            (Way::Found(_), false) => return None,
        };
        Some((items, (**item).clone()))
    }

    /// A field, where the types know it.
    fn field(&self, index: &Index, name: &str) -> Option<Self> {
        let (of, optional) = self.bare();
        if let RustType::Map(values) = of {
            let key = proc_macro2::Literal::string(name);
            let borrowed = self.borrowed();
            let found = match (&self.way, optional) {
                (Way::Field(path) | Way::Reference(path), false) => quote!(#path.get(#key)),
                _ => quote!(#borrowed.and_then(|map| map.get(#key))),
            };
            return Some(self.step(Way::Found(found), (**values).clone()));
        }
        let (ident, ty) = of.field(index, name)?;
        let name = ident;
        let ident = tokens(&name);
        if let (Way::Field(path) | Way::Reference(path), false) = (&self.way, optional) {
            let steps = self.steps.iter().cloned().chain([name]);
            return Some(Self {
                steps: steps.collect(),
                ..self.step(Way::Field(quote!(#path.#ident)), ty)
            });
        }
        let borrowed = self.borrowed();
        Some(match ty {
            RustType::Optional(inner) => {
                let found = quote!(#borrowed.and_then(|found| found.#ident.as_ref()));
                self.step(Way::Found(found), *inner)
            }
            ty => self.step(Way::Found(quote!(#borrowed.map(|found| &found.#ident))), ty),
        })
    }

    /// Goes down through fields; stops, with what is left, at `[*]` and where the types end.
    pub fn down<'p>(&self, index: &Index, path: &'p [Segment]) -> (Self, &'p [Segment]) {
        match path.split_first() {
            Some((Segment::Field(name), rest)) => match self.field(index, name) {
                Some(next) => next.down(index, rest),
                None => (self.clone(), path),
            },
            _ => (self.clone(), path),
        }
    }

    /// The value at the end of a path.
    pub fn read(&self, index: &Index, path: &[Segment], moving: bool) -> Expr {
        let (place, rest) = self.down(index, path);
        match rest {
            [] => place.value(moving),
            [Segment::Each] if matches!(place.bare().0, RustType::List(_)) => {
                let ty = place.bare().0.clone();
                let list = place.value(moving);
                match list.ty {
                    RustType::Optional(_) => list.map(ty, |list| quote!(#list.unwrap_or_default())),
                    _ => list,
                }
            }
            [Segment::Each, after @ ..] => match place.items() {
                Some((items, ty)) => {
                    let item = Self::reference("item", ty).read(index, after, false);
                    let ty = RustType::List(Box::new(item.ty.clone()));
                    let item = item.value();
                    Expr::new(quote!(#items.map(|item| #item).collect::<Vec<_>>()), ty).using(self.uses)
                }
                None => place.beyond(rest),
            },
            _ => place.beyond(rest),
        }
    }

    /// Past the types, fields are looked up in JSON.
    fn beyond(&self, rest: &[Segment]) -> Expr {
        let path = proc_macro2::Literal::string(&path_text(rest));
        let borrowed = self.borrowed();
        let tokens = match self.bare() {
            (RustType::Json, false) => quote!(peek(#borrowed, #path)),
            (RustType::Json, true) => quote!(#borrowed.map(|found| peek(found, #path)).unwrap_or_default()),
            _ => quote!(at(json(&#borrowed), #path)),
        };
        Expr::new(tokens, RustType::Json).using(self.uses)
    }
}

/// Text that is Rust, as tokens; what is none is a name that generated code cannot have.
pub fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_default()
}
