//! Values of the mapping as Rust expressions.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::{
    client::{RustType, either},
    mapping::{ConfigKind, Reference, Root, Segment, Value, ValueKind},
};

use super::{
    Planner,
    coercion::Given,
    expr::{Expr, Uses},
    operators,
    place::{Place, tokens},
};

/// The Rust variables that stand for the roots of references, at one place.
#[derive(Clone, Default)]
pub struct Names {
    /// What `$input` is.
    pub input: Option<Place>,
    /// Steps before this place: name and place.
    pub steps: Vec<(String, Place)>,
    /// What `$item` is.
    pub item: Option<Place>,
    /// What `$owned` is.
    pub owned: Option<Place>,
    /// What is there in any case: the step is only made where it is.
    pub known: Vec<Reference>,
    /// The last item of a page.
    pub last: Option<Place>,
    /// Where a page begins.
    pub position: Option<Place>,
    /// Whether variables may be moved out of: the place is the last that reads them.
    pub moving: bool,
}

impl Names {
    pub fn step(&self, name: &str) -> Option<&Place> {
        self.steps
            .iter()
            .find_map(|(known, place)| (known == name).then_some(place))
    }

    /// The place that a reference begins at, where it is one of these.
    pub fn root(&self, root: &Root) -> Option<&Place> {
        match root {
            Root::Input => self.input.as_ref(),
            Root::Item => self.item.as_ref(),
            Root::Owned => self.owned.as_ref(),
            Root::Last => self.last.as_ref(),
            Root::Position => self.position.as_ref(),
            Root::Step(name) => self.step(name),
            _ => None,
        }
    }

    /// The names in a function that the handler calls: the answers of steps are references.
    pub fn borrowed(&self) -> Self {
        let steps = self.steps.iter();
        Self {
            steps: steps
                .map(|(name, place)| (name.clone(), place.as_reference()))
                .collect(),
            owned: self.owned.as_ref().map(Place::as_reference),
            ..self.clone()
        }
    }

    pub fn moving(&self) -> Self {
        Self {
            moving: true,
            ..self.clone()
        }
    }
}

impl Planner<'_> {
    /// A value as an expression of its own type.
    pub fn value(&self, value: &Value, names: &Names) -> Expr {
        match &value.kind {
            ValueKind::Null => Expr::new(quote!(Value::Null), RustType::Json),
            ValueKind::Reference(reference) => {
                let found = self.reference(reference, names);
                match (&found.ty, names.known.contains(reference)) {
                    (RustType::Optional(_), true) => operators::must(value, found),
                    _ => found,
                }
            }
            ValueKind::Operator(operator, arguments) => self.operator(operator, arguments, names),
            ValueKind::Object(_) => self.given(value, &RustType::Json, &Given::Told, names),
            ValueKind::List(items) => {
                let of = self.common(items, names);
                self.given(value, &RustType::List(Box::new(of)), &Given::Told, names)
            }
            _ => literal(value, &own_type(value)).unwrap_or_else(|| Expr::new(quote!(Value::Null), RustType::Json)),
        }
    }

    /// A value as what its place takes; `at` says where that is.
    pub fn given(&self, value: &Value, want: &RustType, at: &Given, names: &Names) -> Expr {
        if let Some(literal) = literal(value, want) {
            return literal;
        }
        if *want.bare() == RustType::Binary
            && let Some(text) = self.text_at(value, names)
        {
            return self.coerced(text, want, at);
        }
        match (&value.kind, want) {
            (ValueKind::List(_) | ValueKind::Object(_), RustType::Optional(inner)) => {
                let given = self.given(value, inner, at, names);
                given.map(want.clone(), |value| quote!(Some(#value)))
            }
            (ValueKind::List(items), RustType::List(of)) => {
                let items = items.iter().map(|item| self.given(item, of, at, names)).collect();
                Expr::join(items, want.clone(), |items| quote!(Vec::from([#(#items),*])))
            }
            (ValueKind::List(items), RustType::Json) => {
                let items = items.iter().map(|item| self.given(item, want, at, names)).collect();
                Expr::join(items, RustType::Json, |items| quote!(list([#(#items),*])))
            }
            (ValueKind::Object(entries), RustType::Map(of)) => {
                let of = of.as_ref().clone().optional();
                let values = entries
                    .iter()
                    .map(|(_, value)| match is_null(value) && *of.bare() == RustType::Json {
                        true => null(&of),
                        false => self.given(value, &of, at, names),
                    });
                let keys = entries.iter().map(|(name, _)| Literal::string(&name.value));
                Expr::join(
                    values.collect(),
                    want.clone(),
                    |values| quote!(value::map([#((#keys, #values)),*])),
                )
            }
            (ValueKind::Object(entries), RustType::Struct(name)) if !want.fields(self.index).is_empty() => {
                let name = quote::format_ident!("{name}");
                let fields = want.fields(self.index);
                let values = fields.iter().map(|(wire, _, kind)| {
                    let given = entries.iter().find(|(name, _)| name.value == *wire);
                    match given {
                        Some((_, value)) if is_null(value) && *kind.bare() == RustType::Json => null(kind),
                        Some((_, value)) => self.given(value, kind, &at.within(wire), names),
                        None => Expr::new(quote!(Default::default()), kind.clone()),
                    }
                });
                let idents = fields.iter().map(|(_, ident, _)| tokens(ident));
                Expr::join(
                    values.collect(),
                    want.clone(),
                    |values| quote!(client::types::#name { #(#idents: #values),* }),
                )
            }
            (ValueKind::Object(entries), _) => {
                let (nulls, there): (Vec<_>, Vec<_>) = entries.iter().partition(|(_, value)| is_null(value));
                let values = there
                    .iter()
                    .map(|(_, value)| self.given(value, &RustType::Json, &Given::Told, names));
                let keys = there.iter().map(|(name, _)| Literal::string(&name.value));
                let nulls: Vec<Literal> = nulls.iter().map(|(name, _)| Literal::string(&name.value)).collect();
                let object = Expr::join(values.collect(), RustType::Json, |values| {
                    let object = quote!(object([#((#keys, #values)),*]));
                    match nulls.len() {
                        0 => object,
                        _ => quote!(value::with_nulls(#object, [#(#nulls),*])),
                    }
                });
                self.coerced(object, want, at)
            }
            _ => self.coerced(self.value(value, names), want, at),
        }
    }

    /// A reference to the text that a value names, which may be long.
    fn text_at(&self, value: &Value, names: &Names) -> Option<Expr> {
        let place = self.place_of(value, names)?;
        let ty = match place.bare() {
            (RustType::Text, false) => RustType::Text,
            (RustType::Text, true) => RustType::Text.optional(),
            _ => return None,
        };
        Some(Expr::new(place.borrowed(), ty).using(place.uses()))
    }

    /// The type that all of several values have, their own absence aside.
    pub fn common(&self, values: &[Value], names: &Names) -> RustType {
        let typed = values.iter().filter(|value| !adapts(value));
        let types = typed.map(|value| self.value(value, names).ty.bare().clone());
        let adapting = values.iter().filter(|value| adapts(value));
        let Some(of) = types.reduce(|one, other| either(&one, &other)) else {
            let own = adapting.map(own_type);
            return own.reduce(|one, other| either(&one, &other)).unwrap_or(RustType::Json);
        };
        adapting.fold(of, |of, value| match literal(value, &of) {
            Some(_) => of,
            None => either(&of, &own_type(value)),
        })
    }

    fn reference(&self, reference: &Reference, names: &Names) -> Expr {
        let path = &reference.path;
        let first = match path.first() {
            Some(Segment::Field(name)) => name.as_str(),
            _ => "",
        };
        match &reference.root {
            Root::Config => self.config(first),
            Root::Attempt => Expr::of_call(quote!(cx.attempt_id().to_owned()), RustType::Text),
            Root::Capabilities => Expr::of_call(quote!(cx.capabilities()), RustType::List(Box::new(RustType::Text))),
            Root::Now => Expr::new(quote!(value::now()), RustType::Natural),
            Root::Uuid7 => Expr::new(quote!(value::uuid7()), RustType::Text),
            Root::Status => {
                let first = Literal::string(first);
                Expr::of_call(quote!(cx.status(#first)), RustType::Integer.optional())
            }
            Root::Sandbox if first == "id" => Expr::of_call(quote!(cx.sandbox_id().to_owned()), RustType::Text),
            Root::Sandbox => {
                let first = Literal::string(first);
                Expr::of_call(quote!(cx.fact(#first)), RustType::Json)
            }
            Root::Headers => {
                let first = Literal::string(first);
                Expr::new(quote!(headers.text(#first)), RustType::Text.optional())
            }
            Root::Id => Expr::new(quote!(id.to_owned()), RustType::Text),
            Root::Secs => Expr::new(quote!(secs), RustType::Natural),
            Root::Lifetime if first == "starting_secs" => Expr::of_call(quote!(cx.starting_secs()), RustType::Natural),
            Root::Lifetime => Expr::of_call(quote!(cx.idle_secs()), RustType::Natural),
            root => match names.root(root) {
                Some(place) => place.read(self.index, path, names.moving),
                None => Expr::new(quote!(Value::Null), RustType::Json),
            },
        }
    }

    /// A configuration key: one that every worker has, or one that the mapping declares.
    fn config(&self, name: &str) -> Expr {
        let declared = self.checked.mapping.config.iter().find(|key| key.name.value == name);
        let method = quote::format_ident!("{}", if declared.is_some() { "declared" } else { name });
        if let Some(key) = declared {
            let ty = match key.kind {
                ConfigKind::String => RustType::Text,
                ConfigKind::Integer => RustType::Integer,
                ConfigKind::Boolean => RustType::Boolean,
            };
            let (rust, name) = (tokens(&ty.rust()), Literal::string(name));
            return Expr::of_call(quote!(cx.#method::<#rust>(#name)), ty.optional());
        }
        match name {
            "owner" | "api_base" => Expr::of_call(quote!(cx.#method().to_owned()), RustType::Text),
            _ => Expr::of_call(quote!(cx.#method()), RustType::Natural),
        }
    }

    /// The place that a value names, without a copy; nothing if it is more than a reference.
    pub fn place_of(&self, value: &Value, names: &Names) -> Option<Place> {
        let reference = value.as_reference()?;
        let (place, rest) = names.root(&reference.root)?.down(self.index, &reference.path);
        rest.is_empty().then_some(place)
    }
}

/// A number, a list without items and null are of whatever type is wanted.
fn adapts(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Null | ValueKind::Integer(_) => true,
        ValueKind::List(items) => items.is_empty(),
        _ => false,
    }
}

fn is_null(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Null)
}

/// A null that is sent, as JSON that may be left out.
fn null(of: &RustType) -> Expr {
    let null = Expr::new(quote!(Value::Null), RustType::Json);
    match of {
        RustType::Optional(_) => null.map(of.clone(), |null| quote!(Some(#null))),
        _ => null,
    }
}

/// The type of a literal that nothing else gives a type.
fn own_type(value: &Value) -> RustType {
    match &value.kind {
        ValueKind::Boolean(_) => RustType::Boolean,
        ValueKind::Integer(0..) => RustType::Natural,
        ValueKind::Integer(_) => RustType::Integer,
        ValueKind::Number(_) => RustType::Number,
        ValueKind::String(_) => RustType::Text,
        ValueKind::List(_) => RustType::List(Box::new(RustType::Json)),
        _ => RustType::Json,
    }
}

/// A literal as one of the wanted type, if it is one.
fn literal(value: &Value, want: &RustType) -> Option<Expr> {
    if let RustType::Optional(inner) = want {
        if matches!(value.kind, ValueKind::Null) {
            return Some(Expr::new(quote!(None), want.clone()));
        }
        return literal(value, inner).map(|literal| literal.map(want.clone(), |value| quote!(Some(#value))));
    }
    Some(Expr::new(written(value, want)?, want.clone()))
}

fn written(value: &Value, want: &RustType) -> Option<TokenStream> {
    let plain = match (&value.kind, want) {
        (ValueKind::Null, RustType::Json) => return Some(quote!(Value::Null)),
        (ValueKind::Boolean(boolean), RustType::Boolean | RustType::Json) => quote!(#boolean),
        (ValueKind::Integer(number), RustType::Integer | RustType::Json) => {
            let number = Literal::i64_suffixed(*number);
            quote!(#number)
        }
        (ValueKind::Integer(number), RustType::Natural) => {
            let number = Literal::u64_suffixed(u64::try_from(*number).ok()?);
            quote!(#number)
        }
        (ValueKind::Integer(number), RustType::Wide) => {
            let number = Literal::i128_suffixed(i128::from(*number));
            quote!(#number)
        }
        (ValueKind::Integer(number), RustType::Number) => {
            let number = Literal::i64_unsuffixed(*number);
            tokens(&format!("{number}_f64"))
        }
        (ValueKind::Number(number), RustType::Number | RustType::Json) => tokens(&format!("{number:?}_f64")),
        (ValueKind::String(text), RustType::Text | RustType::Json) => quote!(#text),
        (ValueKind::List(items), RustType::List(_)) if items.is_empty() => return Some(quote!(Vec::new())),
        _ => return None,
    };
    Some(match want {
        RustType::Json => quote!(Value::from(#plain)),
        RustType::Text => quote!(#plain.to_owned()),
        _ => plain,
    })
}

/// What the input is: the variable, whether the handler owns it or a call's function has a reference.
pub fn input(of: RustType) -> Place {
    Place::variable("input", of).using(Uses {
        call: false,
        input: true,
    })
}
