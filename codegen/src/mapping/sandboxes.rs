//! What the mapping says of the sandboxes that the worker owns.

use crate::{
    source::{Span, Spanned},
    yaml::Node,
};

use super::{Call, Lifetime, Pages, PagesOf, Paging, Reader, StateRule, Value, ValueKind};

/// How the worker finds, looks at and ends the sandboxes that it owns.
#[derive(Debug)]
pub struct Sandboxes {
    pub span: Span,
    /// Why they carry no tags, where they carry none.
    pub untagged: Option<Spanned<String>>,
    /// What a sandbox says of itself, as values of `$item`; null where nothing says anything of one.
    pub id: Value,
    pub image: Value,
    pub started_at: Value,
    pub owner: Option<Value>,
    pub attempt: Option<Value>,
    pub facts: Vec<(Spanned<String>, Value)>,
    /// Facts that a look at one tells, and no list.
    pub facts_of_one: Vec<(Spanned<String>, Value)>,
    /// Where in the answer to a look at one it is; the answer itself is it, if nothing is said.
    pub item_of_one: Option<Value>,
    /// One of which one of these holds is gone: the provider describes it all the same.
    pub except_of_one: Vec<StateRule>,
    pub owned: Option<Listing>,
    /// Lists those that a call has made, others perhaps among them.
    pub made: Option<Listing>,
    pub one: Option<Call>,
    pub end: Option<Call>,
    pub lifetime: Option<Lifetime>,
}

/// A call that lists something, and where in its answer that is.
#[derive(Debug)]
pub struct Listing {
    pub call: Call,
    pub items: Value,
    /// An item of which one of these holds is none: the provider lists it though it is gone.
    pub except: Vec<StateRule>,
    pub paging: Paging,
}

impl Listing {
    pub fn read(reader: &Reader, node: &Node, what: &'static str) -> Option<Self> {
        let mut fields = reader.fields(node, what)?;
        let mut call = Call::read(reader, &mut fields);
        let items = fields.required_said("items").map(|node| Value::read(reader, node));
        let except = fields.optional("except");
        let except = except.map_or_else(Vec::new, |node| StateRule::read_all(reader, node, "`except`"));
        let paging = Paging::read(reader, &mut fields, call.as_mut(), PagesOf::Owned);
        fields.done();
        Some(Self {
            call: call?,
            items: items?,
            except,
            paging: paging?,
        })
    }

    pub fn pages(&self) -> Option<&Pages> {
        self.paging.pages()
    }
}

impl Sandboxes {
    /// Whether some call describes one.
    pub fn are_described(&self) -> bool {
        self.owned.is_some() || self.one.is_some()
    }

    /// What is kept of a sandbox, whichever call tells it.
    pub fn all_facts(&self) -> impl Iterator<Item = &(Spanned<String>, Value)> {
        self.facts.iter().chain(&self.facts_of_one)
    }

    /// What a sandbox says of itself, in a list too.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let needed = [&self.id, &self.image, &self.started_at].into_iter();
        let tags = self.owner.iter().chain(&self.attempt);
        let lifetime = self.lifetime.iter().flat_map(|lifetime| lifetime.described());
        let facts = self.facts.iter().map(|(_, value)| value);
        needed.chain(tags).chain(lifetime.map(|(_, value)| value)).chain(facts)
    }

    pub fn read(reader: &Reader, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node, "`sandboxes`")?;
        let untagged = fields.optional_string("untagged");
        let is_described = untagged.is_none() || node.get("owned").is_some() || node.get("one").is_some();
        let mut described = |key| match (is_described, fields.optional(key)) {
            (true, None) => fields.required(key).map(|node| Value::read(reader, node)),
            (_, Some(_)) => fields.said(key).map(|node| Value::read(reader, node)),
            (false, None) => Some(Value {
                span: node.span,
                kind: ValueKind::Null,
            }),
        };
        let [id, image, started_at] = ["id", "image", "started_at"].map(&mut described);
        let owner = fields.said("owner").map(|node| Value::read(reader, node));
        let attempt = fields.said("attempt").map(|node| Value::read(reader, node));
        let facts = Value::read_entries(reader, fields.entries("facts"));
        let owned = fields
            .optional("owned")
            .and_then(|node| Listing::read(reader, node, "`owned`"));
        let made = fields
            .optional("made")
            .and_then(|node| Listing::read(reader, node, "`made`"));
        let one = fields.optional("one").and_then(|node| reader.fields(node, "`one`"));
        let (one, facts_of_one, item_of_one, except_of_one) = one.map_or_else(Default::default, |mut one| {
            let call = Call::read(reader, &mut one);
            let facts = Value::read_entries(reader, one.entries("facts"));
            let item = one.optional("item").map(|node| Value::read(reader, node));
            let except = one.optional("except");
            let except = except.map_or_else(Vec::new, |node| StateRule::read_all(reader, node, "`except`"));
            one.done();
            (call, facts, item, except)
        });
        let end = fields
            .optional("end")
            .and_then(|node| Call::read_alone(reader, node, "`end`"));
        let lifetime = fields.optional("lifetime");
        let lifetime = lifetime.and_then(|node| Lifetime::read(reader, node));
        fields.done();
        Some(Self {
            span: node.span,
            untagged,
            id: id?,
            image: image?,
            started_at: started_at?,
            owner,
            attempt,
            facts,
            facts_of_one,
            item_of_one,
            except_of_one,
            owned,
            made,
            one,
            end,
            lifetime,
        })
    }
}
