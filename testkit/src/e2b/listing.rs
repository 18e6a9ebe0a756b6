//! Lists: filters, order and pages. The position of a page is that of its first item in what is true now, so that what
//! starts or ends between two pages moves nothing else.

use std::cmp::Reverse;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;

use super::call::Arrived;
use super::metadata;
use super::refusal::Refusal;
use super::sandbox::Sandbox;
use super::wish::Metadata;
use super::world::World;

const LARGEST_PAGE: usize = 100;

/// What the paged list of sandboxes takes.
pub(super) const PARAMETERS: [&str; 7] = [
    "metadata",
    "state",
    "order",
    "startedAfter",
    "template",
    "nextToken",
    "limit",
];

/// What a list is asked for.
pub(super) struct Wanted {
    metadata: Metadata,
    states: Vec<String>,
    template: Option<String>,
    started_after: Option<Duration>,
    oldest_first: bool,
    limit: usize,
    after: Option<Position>,
}

/// Where an item stands in the order of a list.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Position(u128, String);

/// Part of a list.
pub(super) struct Page {
    pub(super) items: Vec<Value>,
    pub(super) next: Option<String>,
    pub(super) running: usize,
}

impl Wanted {
    /// All that run, on one page.
    pub(super) fn running(call: &Arrived) -> Result<Self, Refusal> {
        Ok(Self {
            metadata: filter(call)?,
            states: vec!["running".to_owned()],
            template: None,
            started_after: None,
            oldest_first: false,
            limit: usize::MAX,
            after: None,
        })
    }

    pub(super) fn paged(call: &Arrived) -> Result<Self, Refusal> {
        let started_after = call.parameter("startedAfter").map(moment).transpose()?;
        Ok(Self {
            metadata: filter(call)?,
            states: states(call)?,
            template: call.parameter("template").map(str::to_owned),
            started_after,
            oldest_first: match call.parameter("order") {
                None | Some("desc") => false,
                Some("asc") => true,
                Some(_) => return Err(Refusal::bad_request("parameter \"order\" in query has an error")),
            },
            limit: call.count("limit", LARGEST_PAGE)?,
            after: call.parameter("nextToken").map(Position::read).transpose()?,
        })
    }

    fn takes(&self, sandbox: &Sandbox) -> bool {
        self.states.iter().any(|state| state == sandbox.state())
            && self
                .template
                .as_ref()
                .is_none_or(|template| *template == sandbox.template_id)
            && self.started_after.is_none_or(|after| sandbox.started > after)
    }
}

fn filter(call: &Arrived) -> Result<Metadata, Refusal> {
    let given = call.parameter("metadata").map(metadata::filter).transpose()?;
    Ok(given.unwrap_or_default())
}

/// Joined with commas; absent, it is all.
fn states(call: &Arrived) -> Result<Vec<String>, Refusal> {
    let given = call.parameter("state").unwrap_or("running,paused");
    let states: Vec<_> = given.split(',').map(str::to_owned).collect();
    match states
        .iter()
        .all(|state| ["running", "paused"].contains(&state.as_str()))
    {
        true => Ok(states),
        false => Err(Refusal::bad_request(
            "parameter \"state\" in query has an error: value is not one of the allowed",
        )),
    }
}

fn moment(text: &str) -> Result<Duration, Refusal> {
    let read: Result<Timestamp, _> = text.parse();
    let secs = read.ok().and_then(|at| u64::try_from(at.as_second()).ok());
    let wrong = || Refusal::bad_request("parameter \"startedAfter\" in query has an error");
    secs.map(Duration::from_secs).ok_or_else(wrong)
}

impl Position {
    fn of(sandbox: &Sandbox) -> Self {
        Self(sandbox.started.as_nanos(), sandbox.id.clone())
    }

    fn told(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{}__{}", self.0, self.1))
    }

    fn read(token: &str) -> Result<Self, Refusal> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let parts = text.as_deref().and_then(|text| text.split_once("__"));
        let read = parts.and_then(|(nanos, id)| Some(Self(nanos.parse().ok()?, id.to_owned())));
        read.ok_or_else(|| Refusal::bad_request("Invalid next token"))
    }
}

/// A page of what is in order already, whose token is how many come before it.
pub(super) fn cut(all: Vec<Value>, call: &Arrived) -> Result<Page, Refusal> {
    let limit = call.count("limit", LARGEST_PAGE)?;
    let before = match call.parameter("nextToken").map(str::parse) {
        None => 0,
        Some(Ok(before)) => before,
        Some(Err(_)) => return Err(Refusal::bad_request("Invalid next token")),
    };
    let running = all.len();
    let next = before + limit;
    Ok(Page {
        items: all.into_iter().skip(before).take(limit).collect(),
        next: (next < running).then(|| next.to_string()),
        running,
    })
}

impl World {
    pub(super) fn list(&mut self, wanted: &Wanted) -> Page {
        let now = self.pass();
        let filters = self.options.filters;
        let known = self.sandboxes.iter().filter(|sandbox| sandbox.listed_from <= now);
        let ended = self.ghosts.iter().filter(|ghost| ghost.is_listed(now));
        let all = known.chain(ended.map(|ghost| &ghost.sandbox));
        let ours = all.filter(|sandbox| !filters || (wanted.takes(sandbox) && sandbox.has(&wanted.metadata)));
        let mut ordered: Vec<(Position, &Sandbox)> = ours.map(|sandbox| (Position::of(sandbox), sandbox)).collect();
        match wanted.oldest_first {
            true => ordered.sort_by(|(one, _), (other, _)| one.cmp(other)),
            false => ordered.sort_by_key(|(position, _)| Reverse(position.clone())),
        }
        let running = ordered.len();
        let is_left = |position: &Position| match (&wanted.after, wanted.oldest_first) {
            (None, _) => true,
            (Some(after), true) => position >= after,
            (Some(after), false) => position <= after,
        };
        let mut left = ordered.into_iter().filter(|(position, _)| is_left(position));
        let items: Vec<_> = left.by_ref().take(wanted.limit).map(|(_, one)| one.listed()).collect();
        Page {
            items,
            next: left.next().map(|(position, _)| position.told()),
            running,
        }
    }
}
