//! The fault suite: every provider call of every function of a worker is killed in every way, or in some ways that a seed
//! draws, one at a time, and so are the calls by which it takes back what it has done; then a storm of mixed calls meets
//! random faults.
//!
//! Nothing in here knows what a function does. Which calls it makes is recorded from a run that succeeds, and how it is
//! called is read from the schema that it registered, so that a new mapping is covered by naming its binary. After each
//! case the same must hold: nothing runs that no caller was told of, nothing is gone that a caller counts on, the count
//! is true, the error is one of the family's, nobody else's instance was touched, and the worker still works.
//!
//! ```no_run
//! # async fn demo() {
//! use testkit::{Deployment, faults::{Suite, Ways}};
//! let suite = Suite::new(|| Deployment::builder("target/debug/my-worker"));
//! let table = suite.kill_every_call(Ways::from_env()).await;
//! println!("{table}");
//! assert_eq!(table.problems(), <[&str; 0]>::default());
//! # }
//! ```

mod case;
mod contract;
mod harness;
mod mapped;
mod payload;
mod recorded;
mod silence;
mod storm;
mod table;
mod target;
mod truth;
mod verdict;
mod ways;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;

use self::case::Case;
use self::contract::Contract;
use self::harness::Harness;
pub use self::storm::Storm;
pub use self::table::Table;
pub use self::ways::Ways;
use crate::conformance::adapting::started;
use crate::deployment::DeploymentBuilder;

/// Limits that make a stalled request fail soon, but no other on a busy machine.
const SETTINGS: &str = "request_timeout_secs: 2\ndefault_exec_timeout_secs: 5";

/// The same of what starts or saves something, in seconds.
const READY_WITHIN: u64 = 4;

/// Room for a storm: a cap that is reached now and then.
const ROOM: &str = "max_concurrent_sandboxes: 24";

/// Undoing that fails is tried again within seconds, and what may come late is looked for 5 s later.
const BACKGROUND: Duration = Duration::from_secs(60);

/// Cases wait more than they work, so that more run side by side than there are processors.
const SIDE_BY_SIDE: usize = 12;

/// What to try on a worker.
pub struct Suite {
    deployment: Box<dyn Fn() -> DeploymentBuilder>,
    contract: Contract,
    preparations: Vec<(&'static str, &'static str)>,
    background: Duration,
    ready_within: u64,
    snapshots_are_found: bool,
    /// Functions that fail where the list of the account has odd items.
    strict: Vec<&'static str>,
}

impl Suite {
    /// A suite for the worker that `deployment` starts, which is started several times.
    pub fn new(deployment: impl Fn() -> DeploymentBuilder + 'static) -> Self {
        Self {
            deployment: Box::new(deployment),
            contract: Contract::Family,
            preparations: Vec::new(),
            background: BACKGROUND,
            ready_within: READY_WITHIN,
            snapshots_are_found: true,
            strict: Vec::new(),
        }
    }

    /// Kills the calls of the worker's functions as a sandbox adapter, instead of the family's.
    #[must_use]
    pub fn as_adapter(mut self) -> Self {
        self.contract = Contract::Adapter;
        self
    }

    /// For a function that reads the list of the account by itself, and fails for good if odd items are in it: its calls are
    /// killed where the list is sound.
    #[must_use]
    pub fn strict(mut self, function: &'static str) -> Self {
        self.strict.push(function);
        self
    }

    /// Before `function` can have its effect on a sandbox, `first` must have been called.
    #[must_use]
    pub fn prepare(mut self, function: &'static str, first: &'static str) -> Self {
        self.preparations.push((function, first));
        self
    }

    /// How long the worker may go on undoing after its caller was answered. Default: 60 s.
    #[must_use]
    pub fn background(mut self, limit: Duration) -> Self {
        self.background = limit;
        self
    }

    /// How long, in seconds, a call may take that starts or saves something: longer where it makes many requests one after
    /// the other. Default: 4.
    #[must_use]
    pub fn ready_within(mut self, secs: u64) -> Self {
        self.ready_within = secs;
        self
    }

    /// For a mapping without `snapshots`: what was saved by a call whose answer was lost stays.
    #[must_use]
    pub fn untagged_snapshots(mut self) -> Self {
        self.snapshots_are_found = false;
        self
    }

    /// Kills every call of every function in these ways, one at a time.
    pub async fn kill_every_call(&self, ways: Ways) -> Table {
        let harnesses = join_all((0..SIDE_BY_SIDE).map(|_| self.harness("")));
        let mut harnesses = harnesses.await;
        let targets = recorded::targets(&harnesses).await;
        // Half of the providers do not filter their lists.
        let unfiltered = harnesses.iter_mut().skip(1).step_by(2);
        unfiltered.for_each(|harness| harness.list_everything(&self.strict));
        let cases = Mutex::new(ways.of(&targets));
        let verdicts = join_all(harnesses.iter().map(|harness| harness.run_all(&cases))).await;
        Table::new(harnesses[0].functions.keys(), &targets, verdicts.concat())
    }

    /// `calls` mixed calls, a dozen at a time, of which about half meet a fault. The same seed draws the same calls and
    /// faults.
    pub async fn storm(&self, seed: u64, calls: usize) -> Storm {
        let harness = self.harness(ROOM).await;
        let targets = harness.usual_targets().await;
        storm::run(harness, &targets, seed, calls).await
    }

    async fn harness(&self, more: &str) -> Harness {
        let ready = format!("ready_timeout_secs: {}", self.ready_within);
        let deployment = (self.deployment)().config(SETTINGS).config(&ready).config(more);
        let deployment = match self.contract {
            Contract::Family => deployment.start().await,
            Contract::Adapter => started(deployment).await,
        };
        let mut harness = Harness::new(deployment, self.contract, self.preparations.clone(), self.background).await;
        harness.snapshots_are_found = self.snapshots_are_found;
        harness
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite")
            .field("preparations", &self.preparations)
            .finish_non_exhaustive()
    }
}

/// The next case that is about none of these functions, for whoever is free.
fn next(cases: &Mutex<VecDeque<Case>>, except: &[&str]) -> Option<Case> {
    let mut cases = cases.lock().unwrap_or_else(PoisonError::into_inner);
    let at = cases
        .iter()
        .position(|case| !except.contains(&case.target.function.as_str()))?;
    cases.remove(at)
}

/// The seed of a storm: `STORM_SEED`, or else a new one.
///
/// # Panics
/// If the variable is not a whole number.
pub fn seed() -> u64 {
    crate::seed("STORM_SEED")
}
