//! Operators as calls of the runtime's functions of the same name: what each takes and yields.

use quote::{format_ident, quote};

use crate::{
    client::{RustType, either},
    mapping::{Arguments, Part, Root, Segment, Value, ValueKind, path_text},
    operator::Operator,
};

use super::{Planner, coercion::Given, expr::Expr, expression::Names, place::tokens};

impl Planner<'_> {
    pub fn operator(&self, operator: &Operator, arguments: &Arguments, names: &Names) -> Expr {
        match arguments {
            Arguments::Template(parts) => self.template(parts, names),
            Arguments::Named(fields) => self.named(operator, fields, names),
            Arguments::Values(values) => match (operator.name, values.as_slice()) {
                ("first", values) => self.first(values, names),
                ("concat", values) => self.concat(values, names),
                ("max" | "min" | "sum", values) => self.numbers(operator, values, names),
                (_, [value]) => self.one(operator, value, names),
                _ => Expr::new(quote!(Value::Null), RustType::Json),
            },
        }
    }

    /// An operator of one value, which yields something absent where that is.
    fn one(&self, operator: &Operator, value: &Value, names: &Names) -> Expr {
        let function = format_ident!("{}", operator.name);
        match operator.name {
            "shell_stdout" | "shell_stderr" => {
                let stream = self.given(
                    value,
                    &RustType::Text,
                    &Given::Argument(operator.name.to_owned()),
                    names,
                );
                let made = stream.map(RustType::Text, |stream| quote!(value::#function(cx.line(), #stream)));
                made.using_call()
            }
            "shell_truncated" => {
                let stream = self.looked_at(operator, value, names);
                let made = stream.map(RustType::Boolean, |stream| quote!(value::#function(cx.line(), #stream)));
                made.using_call()
            }
            "text" => text(self.value(value, names)),
            "must" => must(value, self.value(value, names)),
            "times" => {
                let of = self.given(
                    value,
                    &RustType::Integer,
                    &Given::Argument(operator.name.to_owned()),
                    names,
                );
                let list = RustType::List(Box::new(RustType::Integer));
                of.map(list, |of| quote!(value::times(#of))).fallible()
            }
            "to_json" => {
                let of = self.value(value, names).json();
                of.map(RustType::Text.optional(), |of| quote!(value::to_json(#of)))
            }
            name => {
                let yields = match name {
                    "integer" | "from_octal" | "secs_to_ms" | "secs_to_mins" | "ms_to_secs" => RustType::Integer,
                    _ => RustType::Text,
                };
                let of = self.value(value, names);
                let yields = absent_like(&of.ty, yields);
                let made = of.map(yields, |of| quote!(value::#function(#of))).fallible();
                if let ("segments", Some(input)) = (name, input_within(value)) {
                    return made
                        .map_result(|made| quote!(cx.path_of_input(#input, #made)))
                        .using_call();
                }
                match plain_input(value).filter(|_| operator.reads_text()) {
                    Some(input) => made
                        .map_result(|made| quote!(cx.of_input(#input, #name, #made)))
                        .using_call(),
                    None => made,
                }
            }
        }
    }

    /// A text that is only looked at: one that an answer has is not copied for that.
    pub fn looked_at(&self, operator: &Operator, value: &Value, names: &Names) -> Expr {
        let place = self.place_of(value, names);
        match place.filter(|place| place.bare() == (&RustType::Text, false)) {
            Some(place) => Expr::new(place.borrowed(), RustType::Text).using(place.uses()),
            None => {
                let text = self.given(
                    value,
                    &RustType::Text,
                    &Given::Argument(operator.name.to_owned()),
                    names,
                );
                text.map(RustType::Text, |text| quote!(&#text))
            }
        }
    }

    fn first(&self, values: &[Value], names: &Names) -> Expr {
        let of = match self.common(values, names) {
            RustType::Json => RustType::Json,
            of => of.optional(),
        };
        let values = self.all(values, &of, names);
        Expr::join(values, of, |values| quote!(value::first([#(#values),*])))
    }

    fn numbers(&self, operator: &Operator, values: &[Value], names: &Names) -> Expr {
        let function = format_ident!("{}", operator.name);
        let (of, yields) = match self.common(values, names) {
            RustType::Json => (RustType::Json, RustType::Wide),
            of => (of.clone().optional(), of),
        };
        let values = self.all(values, &of, names);
        Expr::join(
            values,
            yields.optional(),
            |values| quote!(value::#function([#(#values),*])),
        )
        .fallible()
    }

    fn all(&self, values: &[Value], of: &RustType, names: &Names) -> Vec<Expr> {
        let at = Given::Argument("a value".to_owned());
        values.iter().map(|value| self.given(value, of, &at, names)).collect()
    }

    /// Lists and single values as one list.
    pub fn concat(&self, values: &[Value], names: &Names) -> Expr {
        let types: Vec<RustType> = values
            .iter()
            .map(|value| self.value(value, names).ty.bare().clone())
            .collect();
        let item = |of: &RustType| match of {
            RustType::List(item) => (**item).clone(),
            other => other.clone(),
        };
        let empty = |value: &Value| matches!(&value.kind, ValueKind::List(items) if items.is_empty());
        let items = values.iter().zip(&types).filter(|(value, _)| !empty(value));
        let of = items.map(|(_, of)| item(of)).reduce(|one, other| either(&one, &other));
        let of = of.unwrap_or(RustType::Json);
        if types.contains(&RustType::Json) {
            let values = self.all(values, &RustType::Json, names);
            return Expr::join(values, RustType::Json, |values| quote!(value::concat([#(#values),*])));
        }
        let at = Given::Argument("a value".to_owned());
        let lists = values
            .iter()
            .zip(&types)
            .map(|(value, own)| self.as_list(value, own, &of, &at, names));
        let list = RustType::List(Box::new(of.clone()));
        Expr::join(lists.collect(), list, |lists| quote!(value::concat([#(#lists),*])))
    }

    /// A list, or a list of the value if it is there.
    fn as_list(&self, value: &Value, own: &RustType, of: &RustType, at: &Given, names: &Names) -> Expr {
        let list = RustType::List(Box::new(of.clone()));
        let optional = matches!(self.value(value, names).ty, RustType::Optional(_));
        match (own, optional) {
            (RustType::List(_), false) => self.given(value, &list, at, names),
            (RustType::List(_), true) => {
                let given = self.given(value, &list.clone().optional(), at, names);
                given.map(list, |given| quote!(#given.unwrap_or_default()))
            }
            (_, false) => {
                let given = self.given(value, of, at, names);
                given.map(list, |given| quote!(Vec::from([#given])))
            }
            (_, true) => {
                let given = self.given(value, &of.clone().optional(), at, names);
                given.map(list, |given| quote!(Vec::from_iter(#given)))
            }
        }
    }

    /// The parts, each as text; absent if one of them may be and is.
    fn template(&self, parts: &[Part], names: &Names) -> Expr {
        let parts: Vec<Expr> = parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Expr::new(quote!(#text.to_owned()), RustType::Text),
                Part::Value(value) => text(self.value(value, names)),
            })
            .collect();
        let optional = parts.iter().any(|part| part.ty != RustType::Text);
        let of = if optional {
            RustType::Text.optional()
        } else {
            RustType::Text
        };
        let at = Given::Argument("a part".to_owned());
        let parts = parts.into_iter().map(|part| self.coerced(part, &of, &at)).collect();
        let annotated = tokens(&of.rust());
        Expr::join(parts, of, |parts| match parts.is_empty() {
            true => quote!(#annotated::new()),
            false => quote!(value::template([#(#parts),*])),
        })
    }
}

/// The input that a value is.
pub fn plain_input(value: &Value) -> Option<&str> {
    let reference = value.as_reference().filter(|reference| reference.root == Root::Input)?;
    match reference.path.as_slice() {
        [Segment::Field(name)] => Some(name),
        _ => None,
    }
}

/// The first input that a value has in it, if nothing that a provider has told is.
pub fn input_within(value: &Value) -> Option<&str> {
    let (mut first, mut told) = (None, false);
    value.walk(&mut |value| {
        first = first.take().or(plain_input(value));
        let root = value.as_reference().map(|reference| &reference.root);
        told |= matches!(root, Some(Root::Step(_) | Root::Item | Root::Sandbox));
    });
    first.filter(|_| !told)
}

/// A value that has to be there, named for the error as the mapping names it.
pub fn must(value: &Value, of: Expr) -> Expr {
    let of = match of.ty.bare() {
        RustType::List(_) | RustType::Json => of,
        plain if plain.is_plain() => of,
        _ => of.json(),
    };
    let mut what = None;
    value.walk(&mut |value| {
        let path = value.as_reference().map(|reference| path_text(&reference.path));
        what = what.take().or(path.filter(|path| !path.is_empty()));
    });
    let what = what.unwrap_or_else(|| "must".to_owned());
    let what = what.trim_start_matches('.');
    let there = of
        .clone()
        .map(of.ty.bare().clone(), |of| quote!(value::must(#what, #of)))
        .fallible();
    match there.ty.clone() {
        RustType::List(item) if matches!(*item, RustType::Optional(_)) => {
            let items = RustType::List(Box::new(item.bare().clone()));
            there
                .map(items, |list| quote!(value::must_each(#what, #list)))
                .fallible()
        }
        _ => there,
    }
}

/// A value as text.
pub fn text(of: Expr) -> Expr {
    if of.ty == RustType::Text || of.ty == RustType::Text.optional() {
        return of;
    }
    let yields = absent_like(&of.ty, RustType::Text);
    of.map(yields, |of| quote!(value::text(#of))).fallible()
}

/// A list of values as a list of text.
pub fn texts(of: Expr) -> Expr {
    let item = match of.ty.bare() {
        RustType::List(item) => absent_like(item, RustType::Text),
        _ => RustType::Text,
    };
    let yields = absent_like(&of.ty, RustType::List(Box::new(item)));
    of.map(yields, |of| quote!(value::texts(#of))).fallible()
}

/// What is made of a value is absent where that may be.
pub fn absent_like(of: &RustType, yields: RustType) -> RustType {
    match of {
        RustType::Json | RustType::Optional(_) => yields.optional(),
        _ => yields,
    }
}
