//! What every provider worker shares.
//!
//! Generated code describes a provider ([`Provider`]) and holds a handler for each function; everything that is the same
//! for all providers is here: configuration, the link to the engine, validation, slots, requests, polling, undo, errors.

mod acceptance;
mod adapter;
mod attempt;
mod call;
mod call_site;
mod check;
pub mod cli;
mod condition;
pub mod config;
mod configuration;
mod core_dump;
mod deadline;
mod dispatch;
#[cfg(test)]
mod double;
pub mod engine;
pub mod error;
mod exposure;
mod found;
mod function;
mod guest;
pub mod http;
mod in_doubt;
pub mod input;
mod kept;
mod latest;
mod lifetime;
mod limiter;
mod lineage;
mod look;
pub mod manifest;
mod owned;
mod pages;
mod poll;
mod presence;
mod provenance;
mod provider;
mod renewal;
mod request;
mod resource;
mod rollback;
mod rows;
mod run;
mod setup;
mod shutdown;
pub mod slots;
#[cfg(test)]
mod soak;
mod stop;
mod stream;
pub mod telemetry;
mod throttle;
#[cfg(test)]
mod untagged;
pub mod value;
mod worker;

pub use call::{Call, Key};
pub use call_site::{CallSite, Condition, Field, Rule, Status, Subject, Then};
pub use condition::{State, Test, all, any};
pub use config::{ExtraKey, ExtraKind};
pub use error::Code;
pub use found::Found;
pub use function::{Definition, Function};
pub use guest::{Guest, Program, Ran};
pub use kept::{Kept, Needed};
pub use lifetime::{Given, Lifetime};
pub use manifest::Package;
pub use owned::{Listed, Owned};
pub use pages::{Headed, Headers, Page, PageRequest, Pages, Part, Row, headed};
pub use poll::{Gone, Poll, Progress};
pub use provenance::{Made, Tags};
pub use provider::{Api, Auth, Provider, Sandboxes, Snapshots};
pub use renewal::Stale;
pub use resource::{Facts, Kind, Sandbox, Snapshot};
pub use rollback::Undo;
pub use run::run;
pub use stream::{ExitCode, Framing, Only, Pieces, Stream, Streamed, TimedOut, Told};

/// What generated code imports, as a whole, so that none of it need be used.
pub mod prelude {
    pub use std::{collections::BTreeMap, time::Duration};

    pub use serde::{Deserialize, Serialize};
    pub use serde_json::Value;

    pub use crate::{
        Auth, Call, CallSite, Code, Condition, ExitCode, ExtraKey, ExtraKind, Facts, Field, Found, Framing, Function,
        Given, Gone, Guest, Headed, Kept, Key, Kind, Lifetime, Made, Needed, Owned, Page, PageRequest, Pages, Part,
        Pieces, Poll, Program, Progress, Provider, Ran, Row, Rule, Sandbox, Sandboxes, Snapshot, Snapshots, Stale,
        State, Status, Stream, Streamed, Subject, Tags, Test, Then, TimedOut, Told, Undo, all, any,
        error::Error,
        headed,
        http::{Answer, Proof},
        value::{self, at, json, list, object, peek},
    };
}
