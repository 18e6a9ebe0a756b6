//! What generated code tells the runtime of a provider.

use futures::future::BoxFuture;

use crate::{
    call::Call,
    call_site::Rule,
    config::{ExtraKey, Optional},
    error::Error,
    function::Function,
    http::Transport,
    lifetime::Given,
    resource::{Sandbox, Snapshot},
};

/// A generated REST client.
pub trait Api: Clone + Send + Sync + 'static {
    fn connect(base: &str, http: reqwest::Client, transport: Transport) -> Self;

    /// The base URL of its server.
    fn base(&self) -> &str;

    /// The same client for another server.
    fn elsewhere(&self, base: &str, http: reqwest::Client, transport: Transport) -> Self;
}

/// A provider, as its mapping describes it.
pub struct Provider<C: Api> {
    /// Functions are registered as `sandbox::provider::<name>::<function>`.
    pub name: &'static str,
    pub api_base: &'static str,
    pub auth: Auth,
    pub api_key_env: &'static str,
    /// Configuration keys beside those that every worker has.
    pub config: &'static [ExtraKey],
    /// Tags, and the functions that make each true.
    pub capabilities: &'static [(&'static str, &'static [&'static str])],
    /// The functions that it has only if the configuration lists them.
    pub optional: &'static [Optional],
    /// Status rules for every call, after the call's own.
    pub codes: &'static [Rule],
    pub sandboxes: Option<Sandboxes<C>>,
    pub snapshots: Option<Snapshots<C>>,
    /// What it registers as a sandbox adapter of the engine, as JSON; absent if it cannot be one.
    pub adapter: Option<&'static str>,
    pub functions: Vec<Function<C>>,
}

/// How the API key travels.
#[derive(Clone, Copy, Debug)]
pub struct Auth {
    pub header: &'static str,
    /// What stands before the key: `Bearer `.
    pub prefix: &'static str,
}

/// What a generated call gives.
pub type Reply<T> = BoxFuture<'static, Result<T, Error>>;

pub type List<C, T> = fn(Call<C>) -> Reply<Vec<T>>;
pub type Look<C> = fn(Call<C>, String) -> Reply<Option<Sandbox>>;
pub type End<C> = fn(Call<C>, String) -> Reply<()>;
pub type SetLifetime<C> = fn(Call<C>, String, u64) -> Reply<Option<Given>>;

/// The calls by which the runtime finds, looks at and ends what it owns; each is absent where the provider has none.
pub struct Sandboxes<C: Api> {
    /// Whether sandboxes carry the tag of the deployment that started them.
    pub tagged: bool,
    /// Whether sandboxes carry the tag of the call that started them.
    pub traced: bool,
    /// Every sandbox that the provider's list gives, of whatever owner.
    pub owned: Option<List<C, Sandbox>>,
    /// Sandboxes that the asking call has made, others perhaps among them: a shorter list than of all that are owned.
    pub made: Option<List<C, Sandbox>>,
    /// One sandbox by its id, or `None` if it is gone.
    pub one: Option<Look<C>>,
    /// Ends a sandbox for good; succeeds if it is gone.
    pub end: Option<End<C>>,
    /// Lets a sandbox end so many seconds from now; `None` if it is gone.
    pub lifetime: Option<SetLifetime<C>>,
    /// The facts of a sandbox with which it is looked at, which its list tells.
    pub looks_by: &'static [&'static str],
    /// The facts with which it is ended and told how long to live.
    pub acts_by: &'static [&'static str],
    /// All facts that a list or a look tells of one.
    pub tells: &'static [&'static str],
    /// Whether copies carry the tags of their parents.
    pub inherits: bool,
}

/// The calls by which the runtime finds and deletes snapshots of whose making it was not told.
pub struct Snapshots<C: Api> {
    /// Snapshots that the provider's list gives; what the call has made is among them.
    pub made: List<C, Snapshot>,
    /// Deletes a snapshot for good; succeeds if it is gone.
    pub delete: End<C>,
}
