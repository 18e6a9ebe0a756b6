//! What a call has made, as its answer or a look tells it.

use quote::{format_ident, quote};

use crate::{
    client::RustType,
    mapping::{Kind, Segment, Step, Value},
};

use super::{Planner, coercion::Given, expr::Expr, expression::Names, place::Place, sandboxes::of_each};

impl Planner<'_> {
    /// The things that an `undo` names, as a step's answer shows them: what is to be gone through for the runtime's
    /// `Made`.
    pub fn made(&self, kind: Kind, ids: &Value, step: &Step, names: &Names) -> Expr {
        let shown = self.checked.shown(ids).zip(names.step(&step.name.value));
        let Some((item, answer)) = shown else {
            return self.untagged(ids, names);
        };
        if let Some((Segment::Each, list)) = item.split_last() {
            let (place, rest) = answer.down(self.index, list);
            let (items, each) = match place.items().filter(|_| rest.is_empty()) {
                Some((items, of)) => (items, Place::reference("item", of)),
                // The client has no type for it.
                None => {
                    let list = answer.read(self.index, list, false).json().value();
                    (
                        quote!(cx.items(#list)?.into_iter()),
                        Place::variable("item", RustType::Json),
                    )
                }
            };
            return self
                .described_as(kind, &of_each(each))
                .map(RustType::Other, |made| quote!(#items.map(|item| #made)));
        }
        match answer.down(self.index, item) {
            (place, []) => self
                .described_as(kind, &of_each(place))
                .map(RustType::Other, |made| quote!([#made])),
            _ => self.untagged(ids, names),
        }
    }

    /// Ids without the tags of what they name.
    pub fn untagged(&self, given: &Value, names: &Names) -> Expr {
        let ids = self.value(given, names);
        let known = |of: &RustType| matches!(of.bare(), RustType::Text | RustType::Json);
        let ids = match &ids.ty {
            RustType::List(of) if known(of) => ids,
            of if known(of) && *of != RustType::Json.optional() => ids,
            _ => ids.json(),
        };
        match self.checked.may_lack_some(given) {
            true => ids.map(RustType::Other, |ids| quote!(Made::those_there(#ids))),
            false => ids.map(RustType::Other, |ids| quote!(Made::untagged(#ids))),
        }
    }

    /// The runtime's `Made` of `$item`.
    pub fn described_as(&self, kind: Kind, names: &Names) -> Expr {
        let mapping = &self.checked.mapping;
        let tags = mapping.tags(kind);
        let told = |value: Option<&Value>| match value {
            Some(value) => self.told(value, &RustType::Text.optional(), names),
            None => Expr::new(quote!(None), RustType::Text.optional()),
        };
        let mut parts = vec![told(mapping.id(kind))];
        parts.extend(tags.into_iter().map(told));
        Expr::join(parts, RustType::Other, |parts| {
            let (id, owner, attempt) = (&parts[0], &parts[1], &parts[2]);
            quote!(Made { id: #id, tags: Tags { owner: #owner, attempt: #attempt } })
        })
    }

    /// What something may say of itself, or not.
    pub fn told(&self, value: &Value, want: &RustType, names: &Names) -> Expr {
        if let Some(place) = self.place_of(value, names)
            && let (RustType::Json, optional) = place.bare()
            && *want != RustType::Json
        {
            let borrowed = place.borrowed();
            let found = if optional { borrowed } else { quote!(Some(#borrowed)) };
            return Expr::new(quote!(value::read_at(#found)), want.clone()).using(place.uses());
        }
        self.given(value, want, &Given::Told, names).or_default()
    }

    /// The id that something says it has.
    pub fn id(&self, value: &Value, names: &Names) -> Expr {
        let id = self.value(value, names).or_default();
        let id = match id.ty.bare() {
            RustType::Text | RustType::Json | RustType::Integer => id,
            _ => id.json(),
        };
        id.map(RustType::Text, |id| quote!(value::id(#id)))
    }

    /// A field of a struct of the runtime's.
    pub fn field(&self, name: &str, value: Expr) -> Expr {
        let name = format_ident!("{name}");
        value.map(RustType::Other, |value| quote!(#name: #value))
    }
}
