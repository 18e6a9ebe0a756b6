//! A deployment that serves one case after the other, each from the same state.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::case::{Case, Impostor};
use super::contract::Contract;
use super::payload::acts_on_a_sandbox;
use super::target::{Occasion, Target};
use super::truth::Truth;
use super::verdict::{Verdict, Wrong};
use crate::deployment::Deployment;
use crate::engine::{CallError, PendingCall};
use crate::simulator::{Armed, Lag, Simulator, Traffic};

/// Longer than everything that the settings allow a call with one stalled request: 30 s to a program that acts on files.
const LIMIT: Duration = Duration::from_secs(45);

/// Long enough for a start to be looked at twice until it is ready.
pub(super) const STARTING: Duration = Duration::from_millis(80);

/// Lists are behind: what has started is in them later, and what has ended for longer.
const LAG: Lag = Lag {
    found_after: Duration::ZERO,
    listed_after: Duration::from_millis(300),
    found_for: Duration::ZERO,
    listed_for: Duration::from_millis(300),
};

/// Looks are behind as well: what has started is 404 for a while.
const UNSEEN: Lag = Lag {
    found_after: Duration::from_millis(1500),
    listed_after: Duration::from_millis(1500),
    ..LAG
};

/// Longer than lists are behind, on a machine that is busy with other suites, too.
const SETTLING: Duration = Duration::from_secs(10);

/// How often a case is tried until its call is made: how often a start is looked at is a matter of time. So each try
/// gives it twice as much.
const TRIES: u32 = 5;

/// How often a call that meets no fault is tried: on a busy machine even that can miss a deadline.
const CALM_TRIES: usize = 3;

/// How the engine tells the caller of a call whose connection it has lost.
const STOPPED: &str = "invocation_stopped";

/// What a call sends after its answer follows within this.
pub(super) const AFTER_THE_ANSWER: Duration = Duration::from_millis(500);

pub(super) struct Harness {
    pub(super) deployment: Deployment,
    pub(super) contract: Contract,
    /// The schemas of the payloads of all functions.
    pub(super) functions: BTreeMap<String, Value>,
    preparations: Vec<(&'static str, &'static str)>,
    /// How long the worker may go on undoing in the background.
    pub(super) background: Duration,
    /// Whether the worker can find what it has saved if no answer told of it.
    pub(super) snapshots_are_found: bool,
    /// Functions whose calls are not killed here.
    strict: Vec<&'static str>,
    /// A sandbox of somebody else.
    pub(super) stranger: String,
    /// How the worker asks for what it owns.
    pub(super) list: Target,
}

impl Harness {
    pub(super) async fn new(
        deployment: Deployment,
        contract: Contract,
        preparations: Vec<(&'static str, &'static str)>,
        background: Duration,
    ) -> Self {
        let functions = contract.functions(&deployment);
        let somebody = ["iii-owner", "owner"].map(|tag| (tag, "somebody"));
        let stranger = deployment.simulator().add(&somebody);
        deployment.simulator().set_lag(LAG);
        deployment.in_flight().await;
        let list = Target::of("list", deployment.simulator(), &Occasion::Usual).swap_remove(0);
        Self {
            deployment,
            contract,
            functions,
            preparations,
            background,
            snapshots_are_found: true,
            strict: Vec::new(),
            stranger,
            list,
        }
    }

    /// From now on the provider's list is of the whole account, with what is no instance among it.
    /// Functions that fail by that are left to others.
    pub(super) fn list_everything(&mut self, strict: &[&'static str]) {
        self.strict = strict.to_vec();
        self.simulator().list_everything(&self.list.method, &self.list.pattern);
    }

    pub(super) fn simulator(&self) -> &dyn Simulator {
        self.deployment.simulator()
    }

    pub(super) fn traffic(&self) -> &Traffic {
        self.simulator().traffic()
    }

    /// What is required of a function, and no more.
    pub(super) fn payload(&self, function: &str, sandbox: &str) -> Value {
        self.contract
            .payload(&self.deployment, function, &self.functions[function], sandbox)
    }

    /// What a function answers that is called with what it requires, with the provider's ids.
    pub(super) async fn call(&self, function: &str, sandbox: &str) -> Result<Value, CallError> {
        let answer = self.begin(function, sandbox).await;
        answer.map(|answer| self.contract.told(&self.deployment, answer))
    }

    fn begin(&self, function: &str, sandbox: &str) -> PendingCall {
        let payload = self.payload(function, sandbox);
        self.contract.begin(&self.deployment, function, payload)
    }

    /// Ends a sandbox, whoever has started it.
    pub(super) async fn stop(&self, sandbox: &str) -> Result<Value, CallError> {
        self.deployment.call("stop", json!({"sandbox_id": sandbox})).await
    }

    /// Runs cases until none is left.
    pub(super) async fn run_all(&self, cases: &Mutex<VecDeque<Case>>) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        while let Some(case) = super::next(cases, &self.strict) {
            verdicts.push(self.run(case).await);
        }
        verdicts
    }

    async fn run(&self, case: Case) -> Verdict {
        let mut wrongs = vec![(Wrong::Other, "the call to kill was not made".to_owned())];
        for number in 0..TRIES {
            if let Some(found) = self.try_once(&case, STARTING * 2_u32.pow(number)).await {
                wrongs = found;
                break;
            }
        }
        Verdict { case, wrongs }
    }

    /// What is wrong after the case, or `None` if the call that it kills was not made.
    async fn try_once(&self, case: &Case, starting: Duration) -> Option<Vec<(Wrong, String)>> {
        // From here on the worker counts right by itself. Before the sandbox is there, as when the calls were recorded: a
        // worker need not look up what it has seen in a list.
        self.settled().await;
        let scene = self.scene(&case.target.function, &case.target.occasion).await;
        let saving = if case.refuses_what_is_saved() {
            Duration::ZERO
        } else {
            starting
        };
        self.simulator().set_ready_after(starting, saving);
        // A start that was refused and took place is looked for once: a list that lags does not show it.
        self.simulator().set_lag(match &case.way {
            way if way.is_a_false_refusal() => Lag::default(),
            way if way.is_unseen => UNSEEN,
            _ => LAG,
        });
        let armed = case.arm(self.traffic(), |impostor| match impostor {
            Impostor::Stranger => self.stranger.clone(),
            Impostor::Sandbox => scene.sandbox.clone(),
            Impostor::Snapshot => self.simulator().known_image().to_owned(),
        });
        let answer = timeout(LIMIT, self.answer(case, &scene.sandbox, &armed)).await;
        let met = met(&armed).await;
        self.traffic().clear_faults();
        self.simulator().set_lag(LAG);
        self.get_ready_after(Duration::ZERO);
        let mut wrongs = match &answer {
            Ok(answer) => scene.truth(self.contract, case, answer).check(self).await,
            Err(_) => vec![(Wrong::Other, format!("no answer within {LIMIT:?}"))],
        };
        wrongs.extend(self.works().await);
        self.clean().await;
        met.then_some(wrongs)
    }

    /// What the caller of the case's function is answered.
    async fn answer(&self, case: &Case, sandbox: &str, armed: &[Armed]) -> Result<Value, CallError> {
        let function = &case.target.function;
        let call = self.begin(function, sandbox);
        let answer = match (case.way.silence, armed) {
            (Some(silence), [.., stalled]) => self.call_during(silence, call, stalled).await,
            _ => call.await,
        };
        answer.map(|answer| self.contract.told(&self.deployment, answer))
    }

    /// The worker has a list that has caught up with what was removed, unless it takes too long to.
    pub(super) async fn settled(&self) {
        let settled = async {
            while self.deployment.in_flight().await > 0 {
                sleep(Duration::from_millis(50)).await;
            }
        };
        let _ = timeout(SETTLING, settled).await;
    }

    /// What a call of `function` finds.
    pub(super) async fn scene(&self, function: &str, occasion: &Occasion) -> Scene {
        let seen = self.prepared(function).await;
        if *occasion != Occasion::Unseen {
            return Scene {
                sandbox: seen,
                beside: None,
            };
        }
        Scene {
            sandbox: self.simulator().add_like(&seen),
            beside: Some(seen),
        }
    }

    /// A sandbox on which `function` can have its effect, or which it is to leave alone.
    async fn prepared(&self, function: &str) -> String {
        self.get_ready_after(Duration::ZERO);
        let created = self.calm("create", "").await;
        let created = created.unwrap_or_else(|error| panic!("create fails without a fault: {error}"));
        let sandbox = created["sandbox_id"].as_str().expect("create answers a sandbox_id");
        if let Some(told) = self.deployment.renewal(sandbox) {
            self.traffic().wait_for_request("POST", &told, 1).await;
        }
        for first in self.preparations(function) {
            let done = self.calm(first, sandbox).await;
            done.unwrap_or_else(|error| panic!("{first} fails without a fault: {error}"));
        }
        sandbox.to_owned()
    }

    /// A call that meets no fault. One that has missed a deadline is made again.
    async fn calm(&self, function: &str, sandbox: &str) -> Result<Value, CallError> {
        let mut left = CALM_TRIES;
        loop {
            left -= 1;
            match self.call(function, sandbox).await {
                Err(error) if left > 0 && missed_a_deadline(&error) => {}
                answer => return answer,
            }
        }
    }

    /// What must have been called before `function` can have its effect.
    pub(super) fn preparations(&self, function: &str) -> Vec<&'static str> {
        if let Some(first) = self.contract.preparation(function) {
            return vec![first];
        }
        let named = self.preparations.iter().filter(|(of, _)| *of == function);
        named.map(|(_, first)| *first).collect()
    }

    /// How long instances and snapshots take from now on.
    pub(super) fn get_ready_after(&self, time: Duration) {
        self.simulator().set_ready_after(time, time);
    }

    /// Whether a sandbox can still be started and stopped.
    async fn works(&self) -> Option<(Wrong, String)> {
        let works = async {
            let created = self.calm("create", "").await?;
            self.calm("stop", created["sandbox_id"].as_str().unwrap_or_default())
                .await
        };
        let error = works.await.err()?;
        Some((Wrong::Other, format!("afterwards the worker does not work: {error}")))
    }

    /// Removes everything but the stranger and what is started from. The worker is told, since it does not take for gone
    /// what only a list lacks.
    pub(super) async fn clean(&self) {
        let ours = self.simulator().sandboxes().into_iter();
        for sandbox in ours.filter(|sandbox| sandbox.id != self.stranger) {
            // What the worker still undoes may be gone by now.
            let _ = self.stop(&sandbox.id).await;
            self.simulator().remove(&sandbox.id);
        }
        self.simulator().remove_snapshots();
        self.traffic().clear_requests();
    }

    pub(super) fn acts_on_a_sandbox(&self, function: &str) -> bool {
        acts_on_a_sandbox(&self.functions[function])
    }
}

/// Whether every fault is met, in the background perhaps.
pub(super) async fn met(armed: &[Armed]) -> bool {
    let is_met = || armed.iter().all(|fault| fault.hits() > 0);
    let until = Instant::now() + AFTER_THE_ANSWER;
    while !is_met() && Instant::now() < until {
        sleep(Duration::from_millis(20)).await;
    }
    is_met()
}

/// Whether a call failed because something took longer than it may, connecting included.
fn missed_a_deadline(error: &CallError) -> bool {
    let words = [
        "no answer within",
        "not sent within",
        "not ready within",
        "could not be reached",
    ];
    words.iter().any(|words| error.message.contains(words))
}

/// What a call finds.
pub(super) struct Scene {
    pub(super) sandbox: String,
    /// The sandbox that the worker knows, where it has not seen the one that is acted on.
    beside: Option<String>,
}

impl Scene {
    /// What must be true after `answer`.
    fn truth(self, contract: Contract, case: &Case, answer: &Result<Value, CallError>) -> Truth {
        let Self { sandbox, beside } = self;
        let unseen = usize::from(beside.is_some());
        let told: BTreeSet<String> = beside.into_iter().chain([sandbox.clone()]).collect();
        let mut truth = Truth {
            running: told.clone(),
            told,
            unseen,
            ..Truth::default()
        };
        match answer {
            // The answer may name the sandbox that it has ended.
            Ok(_) if case.target.function == "stop" => {}
            Ok(answer) => truth.tell(answer),
            Err(error) if case.way.silence.is_some() && error.code == STOPPED => truth.uncertain = true,
            Err(error) => truth.wrongs.extend(contract.wrong_refusal(error)),
        }
        // A look that claims that something is gone cannot be seen through while a list lags: the next list tells.
        if case.target.function == "list" && case.way.is_a_lie() {
            truth.lied = true;
        }
        if case.target.function == "stop" {
            truth.running.remove(&sandbox);
            // A provider that claims a success without an effect cannot be seen through, nor can a conflict whose list lags.
            let ended = answer.is_ok() || truth.uncertain;
            let is_a_lie = case.way.is_a_lie() || (case.way.silence.is_some() && case.target.occasion.is_a_conflict());
            truth.lied = ended && is_a_lie;
            if answer.is_ok() && !truth.lied {
                truth.told.remove(&sandbox);
            }
        }
        truth
    }
}
