//! The operators whose arguments have names.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::{
    client::{RustType, either},
    mapping::{Segment, Value, ValueKind},
    operator::Operator,
    source::Spanned,
};

use super::{
    Planner,
    coercion::Given,
    expr::Expr,
    expression::Names,
    operators::{plain_input, text},
    place::{Place, tokens},
};

type Named<'v> = &'v [(Spanned<String>, Value)];

impl Planner<'_> {
    /// An operator whose arguments have names.
    pub fn named(&self, operator: &Operator, fields: Named<'_>, names: &Names) -> Expr {
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
            "as_file" => self.as_file(given("bytes"), given("name"), names),
            "chunks" => self.chunks(given("of"), fields, names),
            "switch" => self.switch(given("of"), given("cases"), given("default"), names),
            "shell_timed_out" => self.timed_out(operator, fields, names),
            _ => self.shell(operator, fields, names),
        }
    }

    fn as_file(&self, bytes: Option<&Value>, name: Option<&Value>, names: &Names) -> Expr {
        let of = |value: Option<&Value>, argument: &str, ty: RustType| {
            let at = Given::Argument(argument.to_owned());
            let nothing = Expr::new(quote!(None), ty.clone().optional());
            value.map_or(nothing, |value| self.given(value, &ty.optional(), &at, names))
        };
        let parts = vec![of(bytes, "bytes", RustType::Binary), of(name, "name", RustType::Text)];
        Expr::join(parts, RustType::Binary.optional(), |parts| {
            let (bytes, name) = (&parts[0], &parts[1]);
            quote!(value::as_file(value::AsFile { bytes: #bytes, name: #name }))
        })
    }

    /// One of several values, by another as text: none but that is made.
    fn switch(&self, of: Option<&Value>, cases: Option<&Value>, default: Option<&Value>, names: &Names) -> Expr {
        let (Some(of), Some(ValueKind::Object(cases))) = (of, cases.map(|cases| &cases.kind)) else {
            return Expr::new(quote!(Value::Null), RustType::Json);
        };
        let values: Vec<Value> = cases.iter().map(|(_, value)| value).chain(default).cloned().collect();
        let yields = match self.common(&values, names) {
            RustType::Json => RustType::Json,
            of => of.optional(),
        };
        let at = Given::Argument("a case".to_owned());
        let key = self.coerced(text(self.value(of, names)), &RustType::Text.optional(), &at);
        let made = values.iter().map(|value| self.given(value, &yields, &at, names));
        let keys: Vec<&str> = cases.iter().map(|(name, _)| name.value.as_str()).collect();
        let absent = match yields {
            RustType::Json => quote!(Value::Null),
            _ => quote!(None),
        };
        Expr::join(std::iter::once(key).chain(made).collect(), yields, |parts| {
            let (key, values) = (&parts[0], &parts[1..]);
            let (arms, rest) = values.split_at(keys.len());
            let rest = rest.first().unwrap_or(&absent);
            quote!(match #key.as_deref() { #(Some(#keys) => #arms,)* _ => #rest })
        })
    }

    fn omit_if(&self, value: Option<&Value>, unwanted: Option<&Value>, names: &Names) -> Expr {
        let (Some(value), Some(unwanted)) = (value, unwanted) else {
            return Expr::new(quote!(Value::Null), RustType::Json);
        };
        let items = match &unwanted.kind {
            ValueKind::List(items) => self.common(items, names),
            _ => match self.value(unwanted, names).ty.bare() {
                RustType::List(item) => item.bare().clone(),
                _ => RustType::Json,
            },
        };
        let own = self.value(value, names).ty.bare().clone();
        let of = match either(&own, &items) {
            of if of.is_plain() => of,
            _ => RustType::Json,
        };
        let at = Given::Argument("in".to_owned());
        let list = RustType::List(Box::new(of.clone()));
        let unwanted = match (&unwanted.kind, self.value(unwanted, names).ty) {
            (ValueKind::List(_), _) | (_, RustType::List(_)) => self.given(unwanted, &list, &at, names),
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
        let absent = (yields == RustType::Json).then(|| quote!(.unwrap_or_default()));
        let yields = if yields == RustType::Json {
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
    fn looked_up(&self, of: &RustType, name: &str) -> Option<(TokenStream, RustType)> {
        if *of == RustType::Json {
            let name = Literal::string(name);
            return Some((quote!(item.get(#name)), RustType::Json));
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
            .map(|(_, value)| self.given(value, &RustType::Json, &Given::Told, names));
        let idents = fields
            .iter()
            .map(|(field, _)| tokens(&crate::naming::ident(&field.value)));
        let made = Expr::join(
            values.collect(),
            RustType::Json,
            |values| quote!(value::find_json(value::FindJson { #(#idents: #values),* })),
        );
        made.fallible()
    }

    fn chunks(&self, of: Option<&Value>, fields: Named<'_>, names: &Names) -> Expr {
        let (idents, values) = self.arguments_of(fields, |name, value, at| match name {
            "bytes" => self.given(value, &RustType::Natural, at, names),
            _ => self.given(value, &RustType::Text, at, names),
        });
        let made = Expr::join(
            values,
            RustType::List(Box::new(RustType::Text)),
            |values| quote!(value::chunks(value::Chunks { #(#idents: #values),* })),
        );
        match of.and_then(plain_input) {
            Some(input) => made
                .fallible()
                .map_result(|made| quote!(cx.of_input(#input, "chunks", #made)))
                .using_call(),
            None => made.fallible(),
        }
    }

    fn timed_out(&self, operator: &Operator, fields: Named<'_>, names: &Names) -> Expr {
        let (idents, values) = self.arguments_of(fields, |name, value, at| match name {
            "stderr" => self.looked_at(operator, value, names),
            "exit_code" => self.given(value, &RustType::Integer, at, names),
            _ => self.given(value, &RustType::Natural.optional(), at, names),
        });
        let made = Expr::join(
            values,
            RustType::Boolean,
            |values| quote!(value::shell_timed_out(cx.line(), cx.elapsed(), value::ShellTimedOut { #(#idents: #values),* })),
        );
        made.using_call()
    }

    fn shell(&self, operator: &Operator, fields: Named<'_>, names: &Names) -> Expr {
        let (idents, values) = self.arguments_of(fields, |name, value, at| match name {
            "argv" => self.words(value, names),
            "env" => self.given(value, &RustType::Map(Box::new(RustType::Text)).optional(), at, names),
            "cwd" => self.given(value, &RustType::Text.optional(), at, names),
            _ => self.given(value, &RustType::Natural.optional(), at, names),
        });
        let rest = operator
            .has_more_than(fields.len())
            .then(|| quote!(, ..Default::default()));
        let made = Expr::join(
            values,
            RustType::Text,
            |values| quote!(value::shell(cx.line(), value::Shell { #(#idents: #values),* #rest })),
        );
        made.fallible().using_call()
    }

    /// Named arguments as the fields of the operator's struct, each as `given` makes it.
    fn arguments_of(&self, fields: Named<'_>, given: impl Fn(&str, &Value, &Given) -> Expr) -> (Vec<Ident>, Vec<Expr>) {
        let argument = |(name, value): &(Spanned<String>, Value)| {
            let at = Given::Argument(name.value.clone());
            (format_ident!("{}", name.value), given(&name.value, value, &at))
        };
        fields.iter().map(argument).unzip()
    }

    /// Strings, and lists of strings that are taken as if written out.
    fn words(&self, value: &Value, names: &Names) -> Expr {
        let words = match &value.kind {
            ValueKind::List(items) => self.concat(items, names),
            _ => self.value(value, names),
        };
        let list = RustType::List(Box::new(RustType::Text));
        match words.ty == list {
            true => words,
            false => words.json().map(list, |words| quote!(value::words(#words))).fallible(),
        }
    }
}
