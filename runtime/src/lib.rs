//! What every provider worker shares.
//!
//! Generated code describes a provider ([`Provider`]) and holds a handler for each function; everything that is the same
//! for all providers is here: configuration, the link to the engine, validation, slots, requests, polling, undo, errors.

mod attempt;
mod call;
pub mod cli;
pub mod config;
mod core_dump;
mod dispatch;
#[cfg(test)]
mod double;
mod doubt;
pub mod engine;
pub mod error;
mod exchange;
mod exposure;
mod found;
mod function;
mod gate;
pub mod http;
pub mod input;
mod kept;
mod latest;
mod lifetime;
mod limiter;
pub mod manifest;
mod owned;
mod patience;
mod poll;
mod presence;
mod provenance;
mod provider;
mod rows;
mod run;
mod site;
pub mod slots;
#[cfg(test)]
mod soak;
mod stage;
mod stop;
pub mod telemetry;
mod undo;
pub mod value;
mod worker;

pub use call::{Call, Key};
pub use config::{ExtraKey, ExtraKind};
pub use doubt::Kind;
pub use error::Code;
pub use found::Found;
pub use function::{Definition, Function};
pub use kept::{Kept, Needed};
pub use lifetime::{Given, Lifetime};
pub use manifest::Package;
pub use owned::{Listed, Owned};
pub use poll::{Gone, Poll, Progress, State, any};
pub use provenance::{Made, Tags};
pub use provider::{Api, Auth, Facts, Provider, Sandbox, Sandboxes, Snapshot, Snapshots};
pub use run::run;
pub use site::{Field, Rule, Site, Status, Then};
pub use undo::Undo;

/// What generated code imports, as a whole, so that none of it need be used.
pub mod prelude {
    pub use std::collections::BTreeMap;

    pub use serde::{Deserialize, Serialize};
    pub use serde_json::Value;

    pub use crate::{
        Auth, Call, Code, ExtraKey, ExtraKind, Facts, Field, Found, Function, Given, Gone, Kept, Key, Kind, Lifetime,
        Made, Needed, Poll, Progress, Provider, Rule, Sandbox, Sandboxes, Site, Snapshot, Snapshots, State, Status,
        Tags, Then, Undo, any,
        error::Error,
        http::Answer,
        value::{self, at, json, list, object, peek},
    };
}
