//! The provider as a whole as text: where it is, what it can, how its sandboxes and
//! snapshots are found and ended.

use crate::{
    mapping::{Call, Lifetime, Listing, Sandboxes, Snapshots, Stale, Value},
    tools::layout,
};

use super::{Explained, call, outcome, pages, value};

type Rows = Vec<(String, String)>;

impl Explained {
    pub(super) fn provider_text(&self) -> String {
        let mapping = &self.checked.mapping;
        let api = &mapping.api;
        let key = format!(
            "in the header {}, from the environment variable {}",
            api.auth.header, api.auth.env.value
        );
        let stale = api.stale.as_ref().map_or_else(String::new, stale);
        let server = format!("{}{stale}", api.server.value);
        let mut rows = vec![("api".to_owned(), server), ("key".to_owned(), key)];
        for further in &mapping.apis {
            let keyed = match &further.own_auth {
                Some(auth) => format!(", with {} instead of the key", value::said(&auth.value)),
                None if further.keyed => String::new(),
                None => ", without the key".to_owned(),
            };
            let stale = further.stale.as_ref().map_or_else(String::new, self::stale);
            let server = value::said(&further.server);
            rows.push((format!("api {}", further.name.value), format!("{server}{keyed}{stale}")));
        }
        let mut text = format!("{}\n{}", mapping.provider.value, layout::rows(2, &rows));
        text.push_str(&format!("\nCapabilities\n{}", layout::rows(2, &self.capabilities())));
        if let Some(sandboxes) = &mapping.sandboxes {
            text.push_str(&format!("\nSandboxes\n{}", self.sandboxes(sandboxes)));
        }
        if let Some(snapshots) = &mapping.snapshots {
            text.push_str(&format!("\nSnapshots\n{}", self.snapshots(snapshots)));
        }
        let common = layout::rows(2, &self.common());
        text.push_str(&format!("\nStatuses, after a call's own\n{common}\nFunctions\n"));
        text
    }

    /// A row for each tag; tags of the family that this provider lacks say so.
    pub(super) fn capabilities(&self) -> Rows {
        let given = &self.checked.mapping.capabilities;
        let mut rows: Rows = given
            .iter()
            .map(|capability| {
                let functions: Vec<&str> = capability.functions.iter().map(|name| name.value.as_str()).collect();
                (capability.tag.value.clone(), functions.join(", "))
            })
            .collect();
        for (tag, _) in &self.contract.capabilities {
            if !rows.iter().any(|(known, _)| known == tag) {
                rows.push((tag.clone(), "no".to_owned()));
            }
        }
        rows
    }

    fn sandboxes(&self, sandboxes: &Sandboxes) -> String {
        let untagged = sandboxes.untagged.as_ref();
        let untagged = untagged.map_or_else(String::new, |why| format!("  carry no tags: {}\n", why.value));
        let set = sandboxes.lifetime.as_ref().map(|lifetime| &lifetime.set);
        let calls = [
            ("listed", sandboxes.owned.as_ref().map(listing_rows)),
            ("found again", sandboxes.made.as_ref().map(listing_rows)),
            (
                "looked at",
                sandboxes.one.as_ref().map(|call| look_rows(sandboxes, call)),
            ),
            ("ended", sandboxes.end.as_ref().map(call_rows)),
            ("told how long to live", set.map(call_rows)),
        ];
        untagged + &self.made(calls, &described(sandboxes))
    }

    fn snapshots(&self, snapshots: &Snapshots) -> String {
        let calls = [
            ("found again", Some(listing_rows(&snapshots.made))),
            ("deleted", Some(call_rows(&snapshots.delete))),
        ];
        let described = [("id", &snapshots.id), ("attempt", &snapshots.attempt)];
        self.made(calls, &rows(described))
    }

    fn made<'c>(
        &self,
        calls: impl IntoIterator<Item = (&'static str, Option<(&'c Call, Rows)>)>,
        described: &Rows,
    ) -> String {
        let mut text = String::new();
        for (verb, call) in calls {
            if let Some((call, rows)) = call {
                text.push_str(&format!("  {verb} by {}\n", call::label(&self.checked, call)));
                text.push_str(&layout::rows(4, &rows));
            }
        }
        if !described.is_empty() {
            text.push_str("  each says of itself, where item is one of them\n");
            text.push_str(&layout::rows(4, described));
        }
        text
    }
}

/// After which refusals the facts of a sandbox are looked up anew.
fn stale(stale: &Stale) -> String {
    let statuses: Vec<String> = stale.statuses.iter().map(u16::to_string).collect();
    format!(
        "; after {} its sandbox is looked at, and the call made once more if what is kept of it has changed",
        statuses.join(" or ")
    )
}

fn call_rows(call: &Call) -> (&Call, Rows) {
    let mut rows = call::given(call);
    rows.extend(outcome::rules(&call.outcomes));
    (call, rows)
}

fn look_rows<'s>(sandboxes: &Sandboxes, call: &'s Call) -> (&'s Call, Rows) {
    let (call, mut rows) = call_rows(call);
    if let Some(item) = &sandboxes.item_of_one {
        rows.push(("it is".to_owned(), value::said(item)));
    }
    if !sandboxes.except_of_one.is_empty() {
        let gone = call::states(&sandboxes.except_of_one, ", or ");
        rows.push(("gone".to_owned(), format!("one of which {gone}")));
    }
    (call, rows)
}

fn listing_rows(list: &Listing) -> (&Call, Rows) {
    let mut rows = call::given(&list.call);
    if !list.except.is_empty() {
        rows.push((
            "except".to_owned(),
            format!("an item of which {}", call::states(&list.except, ", or ")),
        ));
    }
    rows.extend(pages::rows(&list.paging));
    rows.extend(outcome::rules(&list.call.outcomes));
    (&list.call, rows)
}

fn described(sandboxes: &Sandboxes) -> Rows {
    if !sandboxes.are_described() {
        return Rows::new();
    }
    let always = [
        ("id", &sandboxes.id),
        ("image", &sandboxes.image),
        ("started_at", &sandboxes.started_at),
    ];
    let optional = [
        ("owner", sandboxes.owner.as_ref()),
        ("attempt", sandboxes.attempt.as_ref()),
    ];
    let optional = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let facts = sandboxes.facts.iter().map(|(name, value)| (name.value.as_str(), value));
    let mut described = rows(always.into_iter().chain(optional));
    described.extend(rows(sandboxes.lifetime.iter().flat_map(Lifetime::described)));
    described.extend(rows(facts));
    let of_one = sandboxes.facts_of_one.iter();
    described.extend(of_one.map(|(name, given)| {
        let told = format!("{}, which a look at one tells and no list", value::said(given));
        (name.value.clone(), told)
    }));
    described
}

fn rows<'v>(given: impl IntoIterator<Item = (&'v str, &'v Value)>) -> Rows {
    let said = |(name, given): (&str, &Value)| (name.to_owned(), value::said(given));
    given.into_iter().map(said).collect()
}
