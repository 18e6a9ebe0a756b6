//! Operators as calls of the runtime's functions of the same name: what each takes and yields.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::{
    client::{Type, either},
    mapping::{Arguments, Part, Segment, Value, ValueKind},
    operator::Operator,
    source::Spanned,
};

use super::{
    Planner,
    coercion::Given,
    expr::Expr,
    expression::Names,
    place::{Place, tokens},
};

type Named<'v> = &'v [(Spanned<String>, Value)];

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
                _ => Expr::new(quote!(Value::Null), Type::Json),
            },
        }
    }

    /// An operator of one value, which yields something absent where that is.
    fn one(&self, operator: &Operator, value: &Value, names: &Names) -> Expr {
        let function = format_ident!("{}", operator.name);
        match operator.name {
            "shell_stdout" | "shell_stderr" => {
                let stream = self.given(value, &Type::Text, &Given::Argument(operator.name.to_owned()), names);
                let made = stream.map(Type::Text, |stream| quote!(value::#function(cx.line(), #stream)));
                made.using_call()
            }
            "shell_truncated" => {
                let stream = self.looked_at(operator, value, names);
                let made = stream.map(Type::Boolean, |stream| quote!(value::#function(cx.line(), #stream)));
                made.using_call()
            }
            "text" => text(self.value(value, names)),
            name => {
                let yields = match name {
                    "integer" | "secs_to_ms" | "secs_to_mins" | "ms_to_secs" => Type::Integer,
                    _ => Type::Text,
                };
                let of = self.value(value, names);
                let yields = absent_like(&of.ty, yields);
                of.map(yields, |of| quote!(value::#function(#of))).fallible()
            }
        }
    }

    /// A text that is only looked at: one that an answer has is not copied for that.
    fn looked_at(&self, operator: &Operator, value: &Value, names: &Names) -> Expr {
        let place = self.place_of(value, names);
        match place.filter(|place| place.bare() == (&Type::Text, false)) {
            Some(place) => Expr::new(place.borrowed(), Type::Text).using(place.uses()),
            None => {
                let text = self.given(value, &Type::Text, &Given::Argument(operator.name.to_owned()), names);
                text.map(Type::Text, |text| quote!(&#text))
            }
        }
    }

    fn first(&self, values: &[Value], names: &Names) -> Expr {
        let of = match self.common(values, names) {
            Type::Json => Type::Json,
            of => of.optional(),
        };
        let values = self.all(values, &of, names);
        Expr::join(values, of, |values| quote!(value::first([#(#values),*])))
    }

    fn numbers(&self, operator: &Operator, values: &[Value], names: &Names) -> Expr {
        let function = format_ident!("{}", operator.name);
        let (of, yields) = match self.common(values, names) {
            Type::Json => (Type::Json, Type::Wide),
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

    fn all(&self, values: &[Value], of: &Type, names: &Names) -> Vec<Expr> {
        let at = Given::Argument("a value".to_owned());
        values.iter().map(|value| self.given(value, of, &at, names)).collect()
    }

    /// Lists and single values as one list.
    fn concat(&self, values: &[Value], names: &Names) -> Expr {
        let types: Vec<Type> = values
            .iter()
            .map(|value| self.value(value, names).ty.bare().clone())
            .collect();
        let item = |of: &Type| match of {
            Type::List(item) => (**item).clone(),
            other => other.clone(),
        };
        let empty = |value: &Value| matches!(&value.kind, ValueKind::List(items) if items.is_empty());
        let items = values.iter().zip(&types).filter(|(value, _)| !empty(value));
        let of = items.map(|(_, of)| item(of)).reduce(|one, other| either(&one, &other));
        let of = of.unwrap_or(Type::Json);
        if types.contains(&Type::Json) {
            let values = self.all(values, &Type::Json, names);
            return Expr::join(values, Type::Json, |values| quote!(value::concat([#(#values),*])));
        }
        let at = Given::Argument("a value".to_owned());
        let lists = values
            .iter()
            .zip(&types)
            .map(|(value, own)| self.as_list(value, own, &of, &at, names));
        let list = Type::List(Box::new(of.clone()));
        Expr::join(lists.collect(), list, |lists| quote!(value::concat([#(#lists),*])))
    }

    /// A list, or a list of the value if it is there.
    fn as_list(&self, value: &Value, own: &Type, of: &Type, at: &Given, names: &Names) -> Expr {
        let list = Type::List(Box::new(of.clone()));
        let optional = matches!(self.value(value, names).ty, Type::Optional(_));
        match (own, optional) {
            (Type::List(_), false) => self.given(value, &list, at, names),
            (Type::List(_), true) => {
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
                Part::Text(text) => Expr::new(quote!(#text.to_owned()), Type::Text),
                Part::Reference(value) => text(self.value(value, names)),
            })
            .collect();
        let optional = parts.iter().any(|part| part.ty != Type::Text);
        let of = if optional { Type::Text.optional() } else { Type::Text };
        let at = Given::Argument("a part".to_owned());
        let parts = parts.into_iter().map(|part| self.coerced(part, &of, &at)).collect();
        let annotated = tokens(&of.rust());
        Expr::join(parts, of, |parts| match parts.is_empty() {
            true => quote!(#annotated::new()),
            false => quote!(value::template([#(#parts),*])),
        })
    }

    fn named(&self, operator: &Operator, fields: Named<'_>, names: &Names) -> Expr {
        let given = |name: &str| {
            fields
                .iter()
                .find_map(|(field, value)| (field.value == name).then_some(value))
        };
        match operator.name {
            "omit_if" => self.omit_if(given("value"), given("in"), names),
            "find" => self
                .find(given("in"), given("where"), given("take"), names)
                .unwrap_or_else(|| self.find_json(fields, names)),
            "shell_timed_out" => self.timed_out(operator, fields, names),
            _ => self.shell(operator, fields, names),
        }
    }

    fn omit_if(&self, value: Option<&Value>, unwanted: Option<&Value>, names: &Names) -> Expr {
        let (Some(value), Some(unwanted)) = (value, unwanted) else {
            return Expr::new(quote!(Value::Null), Type::Json);
        };
        let items = match &unwanted.kind {
            ValueKind::List(items) => self.common(items, names),
            _ => match self.value(unwanted, names).ty.bare() {
                Type::List(item) => item.bare().clone(),
                _ => Type::Json,
            },
        };
        let own = self.value(value, names).ty.bare().clone();
        let of = match either(&own, &items) {
            of if of.is_plain() => of,
            _ => Type::Json,
        };
        let at = Given::Argument("in".to_owned());
        let list = Type::List(Box::new(of.clone()));
        let unwanted = match (&unwanted.kind, self.value(unwanted, names).ty) {
            (ValueKind::List(_), _) | (_, Type::List(_)) => self.given(unwanted, &list, &at, names),
            _ => {
                let given = self.given(unwanted, &list.clone().optional(), &at, names);
                given.map(list, |given| quote!(#given.unwrap_or_default()))
            }
        };
        let value = self.given(value, &of.clone().optional(), &at, names);
        Expr::join(vec![value, unwanted], of.optional(), |parts| {
            let (value, list) = (&parts[0], &parts[1]);
            quote!(value::omit_if(value::OmitIf { value: #value, r#in: #list }))
        })
    }

    /// Of the first item whose fields are as they are to be, a field: where the client has types for all of them.
    fn find(&self, list: Option<&Value>, wanted: Option<&Value>, take: Option<&Value>, names: &Names) -> Option<Expr> {
        let ValueKind::String(take) = &take?.kind else {
            return None;
        };
        let ValueKind::Object(wanted) = &wanted?.kind else {
            return None;
        };
        let list = self.place_of(list?, names)?;
        let (items, of) = list.items()?;
        if wanted.is_empty() {
            return None;
        }
        let (mut values, mut fits) = (Vec::new(), Vec::new());
        for (n, (name, value)) in wanted.iter().enumerate() {
            let (found, of) = self.looked_up(&of, &name.value)?;
            if !of.is_plain() {
                return None;
            }
            values.push(self.given(value, &of.optional(), &Given::Told, names));
            let n = Literal::usize_unsuffixed(n);
            fits.push(quote!(value::is(#found, &wanted.#n)));
        }
        let (taken, yields) = self.looked_up(&of, take)?;
        let copied = if yields.is_copied() {
            quote!(copied)
        } else {
            quote!(cloned)
        };
        let absent = (yields == Type::Json).then(|| quote!(.unwrap_or_default()));
        let yields = if yields == Type::Json {
            yields
        } else {
            yields.optional()
        };
        let found = Expr::join(values, yields, |values| {
            let found = quote!(value::find(#items, (#(#values,)*), |item, wanted| #(#fits)&&*));
            quote!(#found.and_then(|item| #taken).#copied() #absent)
        });
        Some(found.using(list.uses()))
    }

    /// A field of an `item` of this type as an `Option` of a reference, and the field's type.
    fn looked_up(&self, of: &Type, name: &str) -> Option<(TokenStream, Type)> {
        if *of == Type::Json {
            let name = Literal::string(name);
            return Some((quote!(item.get(#name)), Type::Json));
        }
        let path = [Segment::Field(name.to_owned())];
        let (place, []) = Place::reference("item", of.clone()).down(self.index, &path) else {
            return None;
        };
        let (of, optional) = place.bare();
        let borrowed = place.borrowed();
        let found = if optional { borrowed } else { quote!(Some(#borrowed)) };
        Some((found, of.clone()))
    }

    fn find_json(&self, fields: Named<'_>, names: &Names) -> Expr {
        let values = fields
            .iter()
            .map(|(_, value)| self.given(value, &Type::Json, &Given::Told, names));
        let idents = fields
            .iter()
            .map(|(field, _)| tokens(&crate::naming::ident(&field.value)));
        let made = Expr::join(
            values.collect(),
            Type::Json,
            |values| quote!(value::find_json(value::FindJson { #(#idents: #values),* })),
        );
        made.fallible()
    }

    fn timed_out(&self, operator: &Operator, fields: Named<'_>, names: &Names) -> Expr {
        let (mut idents, mut values) = (Vec::new(), Vec::new());
        for (field, value) in fields {
            let at = Given::Argument(field.value.clone());
            idents.push(format_ident!("{}", field.value));
            values.push(match field.value.as_str() {
                "stderr" => self.looked_at(operator, value, names),
                "exit_code" => self.given(value, &Type::Integer, &at, names),
                _ => self.given(value, &Type::Natural.optional(), &at, names),
            });
        }
        let made = Expr::join(
            values,
            Type::Boolean,
            |values| quote!(value::shell_timed_out(cx.line(), cx.elapsed(), value::ShellTimedOut { #(#idents: #values),* })),
        );
        made.using_call()
    }

    fn shell(&self, operator: &Operator, fields: Named<'_>, names: &Names) -> Expr {
        let (mut idents, mut values) = (Vec::new(), Vec::new());
        for (field, value) in fields {
            let at = Given::Argument(field.value.clone());
            idents.push(format_ident!("{}", field.value));
            values.push(match field.value.as_str() {
                "argv" => self.words(value, names),
                "env" => self.given(value, &Type::Map(Box::new(Type::Text)).optional(), &at, names),
                "cwd" => self.given(value, &Type::Text.optional(), &at, names),
                _ => self.given(value, &Type::Natural.optional(), &at, names),
            });
        }
        let rest = operator
            .has_more_than(fields.len())
            .then(|| quote!(, ..Default::default()));
        let made = Expr::join(
            values,
            Type::Text,
            |values| quote!(value::shell(cx.line(), value::Shell { #(#idents: #values),* #rest })),
        );
        made.fallible().using_call()
    }

    /// Strings, and lists of strings that are taken as if written out.
    fn words(&self, value: &Value, names: &Names) -> Expr {
        let words = match &value.kind {
            ValueKind::List(items) => self.concat(items, names),
            _ => self.value(value, names),
        };
        let list = Type::List(Box::new(Type::Text));
        match words.ty == list {
            true => words,
            false => words.json().map(list, |words| quote!(value::words(#words))).fallible(),
        }
    }
}

/// A value as text.
pub fn text(of: Expr) -> Expr {
    if of.ty == Type::Text || of.ty == Type::Text.optional() {
        return of;
    }
    let yields = absent_like(&of.ty, Type::Text);
    of.map(yields, |of| quote!(value::text(#of))).fallible()
}

/// A list of values as a list of text.
pub fn texts(of: Expr) -> Expr {
    let item = match of.ty.bare() {
        Type::List(item) => absent_like(item, Type::Text),
        _ => Type::Text,
    };
    let yields = absent_like(&of.ty, Type::List(Box::new(item)));
    of.map(yields, |of| quote!(value::texts(#of))).fallible()
}

/// What is made of a value is absent where that may be.
pub fn absent_like(of: &Type, yields: Type) -> Type {
    match of {
        Type::Json | Type::Optional(_) => yields.optional(),
        _ => yields,
    }
}
