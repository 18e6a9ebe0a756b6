//! One type where another is wanted: what may be absent where it may not, one whole number where another is, one struct
//! of the client where another is.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::{client::RustType, mapping::Value};

use super::{Planner, expr::Expr, expression::Names, place::tokens};

/// Where a value goes.
#[derive(Clone, Debug)]
pub enum Given {
    /// An argument of a request, or a field of its body.
    Argument(String),
    /// A field of the function's answer.
    Answer(String),
    /// What something says of itself: absent where it cannot be read.
    Told,
}

impl Given {
    /// A field of it.
    pub fn within(&self, field: &str) -> Self {
        match self {
            Given::Argument(name) => Given::Argument(format!("{name}.{field}")),
            other => other.clone(),
        }
    }

    /// What may not be of the wanted type, as one that is.
    fn fit(&self, from: Expr, want: &RustType) -> Expr {
        match self {
            Given::Argument(name) => {
                let name = Literal::string(name);
                let fit = from.map(want.clone(), |value| quote!(cx.give(#name, #value)));
                fit.fallible().using_call()
            }
            Given::Answer(name) => {
                let name = Literal::string(name);
                let fit = from.map(want.clone(), |value| quote!(cx.answer(#name, #value)));
                fit.fallible().using_call()
            }
            Given::Told if from.ty == RustType::Json => from.map(want.clone(), |value| quote!(value::read(#value))),
            Given::Told if from.ty == want.clone().optional() => {
                from.map(want.clone(), |value| quote!(#value.unwrap_or_default()))
            }
            Given::Told => from.map(want.clone(), |value| quote!(value::fit(#value).unwrap_or_default())),
        }
    }
}

impl Planner<'_> {
    /// An expression as one of the wanted type.
    pub fn coerced(&self, from: Expr, want: &RustType, at: &Given) -> Expr {
        let found = from.ty.clone();
        match (&found, want) {
            (RustType::Map(one), RustType::Map(other)) if one == other => {
                from.map(want.clone(), |value| quote!(#value.into_iter().collect()))
            }
            (RustType::Optional(one), RustType::Optional(other)) if one == other => match **one {
                RustType::Map(_) => from.map(
                    want.clone(),
                    |value| quote!(#value.map(|map| map.into_iter().collect())),
                ),
                _ => from,
            },
            (found, want) if found == want => from,
            (_, RustType::Json) => from.json(),
            (RustType::Json, RustType::Optional(inner)) if **inner == RustType::Json => {
                from.map(want.clone(), |value| quote!(value::fit(#value).flatten()))
            }
            (RustType::Json, _) => at.fit(from, want),
            (RustType::Optional(inner), _) if **inner == RustType::Json => at.fit(from.json(), want),
            (RustType::Optional(_), RustType::Optional(wanted)) if **wanted == RustType::Json => {
                from.map(want.clone(), |value| quote!(#value.map(|found| json(&found))))
            }
            (one, other) if one.is_whole() && *other == RustType::Wide => {
                from.map(want.clone(), |value| quote!(i128::from(#value)))
            }
            (RustType::Optional(one), RustType::Optional(other)) if one.is_whole() && **other == RustType::Wide => {
                from.map(want.clone(), |value| quote!(#value.map(i128::from)))
            }
            (one, other) if are_numbers(one, other) || are_bytes(one, other) => at.fit(from, want),
            (RustType::Optional(one), other) if **one == *other => match one.as_ref() {
                RustType::Map(_) => {
                    let bare = at.fit(from, one);
                    self.coerced(bare, want, at)
                }
                _ => at.fit(from, want),
            },
            (found, RustType::Optional(inner))
                if !matches!(found, RustType::Optional(_))
                    && (found == inner.as_ref() || **inner == RustType::Json || !matches!(at, Given::Told)) =>
            {
                let inner = self.coerced(from, inner, at);
                inner.map(want.clone(), |value| quote!(Some(#value)))
            }
            (RustType::List(one), RustType::List(other))
                if **one == RustType::Json || are_numbers(one, other) || are_bytes(one, other) =>
            {
                let list = from.map(
                    want.clone().optional(),
                    |list| quote!(#list.into_iter().map(value::fit).collect::<Option<Vec<_>>>()),
                );
                at.fit(list, want)
            }
            _ => self.converted(from, want, at),
        }
    }

    /// A struct or list as another, field by field.
    fn converted(&self, from: Expr, want: &RustType, at: &Given) -> Expr {
        match self.conversion(&quote!(from), &from.ty, want) {
            Some(conversion) => {
                let optional = from.map(
                    want.clone().optional(),
                    |value| quote!({ let from = #value; value::converted(|| Some(#conversion)) }),
                );
                at.fit(optional, want)
            }
            None => at.fit(from.json(), want),
        }
    }

    /// An earlier answer as one of the type that a poll asks for: an `Option`, empty where it does not say as much.
    pub fn earlier(&self, value: &Value, want: &RustType, names: &Names) -> Expr {
        let optional = want.clone().optional();
        if let Some(place) = self.place_of(value, names)
            && let (of, false) = place.bare()
            && of != want
        {
            let (borrowed, copy) = (place.borrowed(), place.value(false).value());
            return match self.conversion(&quote!(from), of, want) {
                Some(_) if *of == RustType::Json => Expr::new(quote!(value::fit(#copy)), optional).using(place.uses()),
                Some(conversion) => Expr::new(
                    quote!({ let from = #borrowed; value::converted(|| Some(#conversion)) }),
                    optional,
                )
                .using(place.uses()),
                None => Expr::new(quote!(None), optional),
            };
        }
        let from = self.value(value, names);
        match from.ty.clone() {
            of if of == *want => from.map(optional, |value| quote!(Some(#value))),
            of if of == optional => from,
            of => match self.conversion(&quote!(from), &of, want) {
                Some(conversion) => from.map(
                    optional,
                    |value| quote!({ let from = #value; value::converted(|| Some(#conversion)) }),
                ),
                None => Expr::new(quote!(None), optional),
            },
        }
    }

    /// What is at a path as one of another type, where `?` leaves it; nothing if what is needed is never there.
    fn conversion(&self, from: &TokenStream, found: &RustType, want: &RustType) -> Option<TokenStream> {
        Some(match (found, want) {
            (RustType::Map(one), RustType::Map(other)) if one == other => {
                quote!(#from.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
            }
            (one, other) if one == other && one.is_copied() => quote!(#from),
            (one, other) if one == other => quote!(#from.clone()),
            (one, other) if are_numbers(one, other) => quote!(value::fit(#from)?),
            (one, other) if are_bytes(one, other) => quote!(value::fit(#from.clone())?),
            (RustType::Optional(one), other) if **one == *other && one.is_copied() => quote!(#from?),
            (RustType::Optional(one), RustType::Optional(other)) => {
                let inner = self.conversion(&quote!(found), one, other)?;
                quote!(match &#from { Some(found) => Some(#inner), None => None })
            }
            (one, RustType::Optional(other)) => {
                let inner = self.conversion(from, one, other)?;
                quote!(Some(#inner))
            }
            (RustType::Json, _) => quote!(value::fit(#from.clone())?),
            (one, RustType::Json) if one.bare().is_plain() && *one.bare() != RustType::Wide => {
                quote!(Value::from(#from.clone()))
            }
            (_, RustType::Json) => quote!(json(&#from)),
            (RustType::Optional(one), other) => {
                let inner = self.conversion(&quote!(found), one, other)?;
                quote!({ let found = #from.as_ref()?; #inner })
            }
            (RustType::List(one), RustType::List(other)) => {
                let inner = self.conversion(&quote!(item), one, other)?;
                let item = if one.is_copied() { quote!(&item) } else { quote!(item) };
                quote!({ let mut items = Vec::new(); for #item in #from.iter() { items.push(#inner); } items })
            }
            (RustType::Struct(_) | RustType::Own(_), RustType::Struct(_) | RustType::Own(_)) => {
                return self.fields(from, found, want);
            }
            _ => quote!(value::fit(json(&#from))?),
        })
    }

    fn fields(&self, from: &TokenStream, found: &RustType, want: &RustType) -> Option<TokenStream> {
        let mut fields = Vec::new();
        for (wire, ident, kind) in want.fields(self.index) {
            let ident = tokens(&ident);
            let value = match found.field(self.index, &wire) {
                Some((own, of)) => {
                    let own = tokens(&own);
                    let from = quote!(#from.#own);
                    match &of {
                        RustType::Optional(one) if **one == kind => quote!(#from.clone()?),
                        RustType::Optional(one)
                            if **one == RustType::Json && !matches!(kind, RustType::Optional(_)) =>
                        {
                            quote!(value::fit(#from.clone()?)?)
                        }
                        _ => self.conversion(&from, &of, &kind)?,
                    }
                }
                None if matches!(kind, RustType::Optional(_)) => quote!(None),
                None => return None,
            };
            fields.push(quote!(#ident: #value));
        }
        let name = match want {
            RustType::Struct(name) => {
                let name = format_ident!("{name}");
                quote!(client::types::#name)
            }
            other => tokens(&other.rust()),
        };
        Some(quote!(#name { #(#fields),* }))
    }
}

/// Whether one is bytes and the other the text that stands for them, or may be absent.
fn are_bytes(one: &RustType, other: &RustType) -> bool {
    matches!(
        (one.bare(), other.bare()),
        (RustType::Text, RustType::Binary) | (RustType::Binary, RustType::Text)
    )
}

/// Whether both are numbers, or ones that may be absent.
fn are_numbers(one: &RustType, other: &RustType) -> bool {
    let number = |of: &RustType| of.bare().is_whole() || *of.bare() == RustType::Number;
    number(one) && number(other) && one.bare() != other.bare()
}
