//! Mixed calls, many at a time, with faults wherever they happen to fall.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use futures::{StreamExt, stream};
use serde_json::Value;

use super::case::{Way, ways};
use super::contract::Contract;
use super::harness::Harness;
use super::target::Target;
use super::truth::Truth;
use crate::engine::CallError;
use crate::simulator::{Lag, RateLimit};

/// Calls under way at a time.
const AT_A_TIME: usize = 12;

/// Requests a second that the provider takes: fewer than come at the busiest moments, and enough for each function to
/// succeed now and then within its deadlines of a few seconds.
const LIMIT: usize = 150;

/// How many sandboxes run at least, so that there are some to act on.
const FEW: usize = 6;

/// Above this sandboxes are stopped, so that the cap is reached now and then only.
const MANY: usize = 14;

/// Looks and lists are behind.
const LAG: Lag = Lag {
    found_after: Duration::ZERO,
    listed_after: Duration::from_millis(500),
    found_for: Duration::from_millis(500),
    listed_for: Duration::from_secs(2),
};

/// Each function is done at least so many times less often than if all were, each as often as the others.
const LEAST_DONE: usize = 20;

/// How often it goes on with as many calls again, where a busy machine has let too few of them succeed.
const LONGER: u64 = 2;

/// At least every so many-th call meets a fault.
const LEAST_FAULTS: usize = 10;

/// How a storm went.
#[derive(Clone, Debug)]
pub struct Storm {
    seed: u64,
    outcomes: BTreeMap<String, usize>,
    faults: usize,
    problems: Vec<String>,
}

impl Storm {
    /// All that was wrong, a sentence each.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Prints how it went.
    ///
    /// # Panics
    /// If anything was wrong.
    pub fn assert_sound(&self) {
        println!("{self}");
        assert_eq!(self.problems(), <[&str; 0]>::default());
    }

    /// How many requests met a fault.
    pub fn faults(&self) -> usize {
        self.faults
    }
}

impl fmt::Display for Storm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {} requests met a fault", self.seed, self.faults)?;
        for (outcome, times) in &self.outcomes {
            writeln!(f, "{outcome:<20} {times:>4}")?;
        }
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// What happens next.
struct Step<'a> {
    function: &'a str,
    fault: Option<(&'a Target, Way)>,
    /// Which sandbox is acted on.
    pick: usize,
}

/// What callers know so far.
#[derive(Debug, Default)]
struct Book {
    /// Told of, and nobody has asked to stop it.
    running: Vec<String>,
    /// Asked to stop, without being told that it is gone.
    doubtful: BTreeSet<String>,
    /// Snapshots told of.
    snapshots: BTreeSet<String>,
    outcomes: BTreeMap<String, usize>,
    problems: Vec<String>,
}

pub(super) async fn run(mut harness: Harness, targets: &[Target], seed: u64, calls: usize) -> Storm {
    let book = Mutex::default();
    harness.get_ready_after(Duration::from_millis(30));
    harness.simulator().set_lag(LAG);
    harness.traffic().limit([RateLimit::per_second(LIMIT).retry_after(1)]);
    let hits = harness.traffic().fault_hits();
    for round in 0..=LONGER {
        stream::iter(steps(targets, seed.wrapping_add(round), calls))
            .for_each_concurrent(AT_A_TIME, |step| take(step, &harness, &book))
            .await;
        if seldom(targets, calls, &lock(&book).outcomes).is_empty() {
            break;
        }
    }
    let faults = harness.traffic().fault_hits() - hits;
    harness.traffic().clear_faults();
    harness.traffic().limit([]);
    harness.traffic().release_stalled();
    let Book {
        running,
        doubtful,
        snapshots,
        outcomes,
        mut problems,
    } = book.into_inner().unwrap_or_else(PoisonError::into_inner);
    let truth = Truth {
        told: running.iter().cloned().chain(doubtful).collect(),
        running: running.into_iter().collect(),
        snapshots,
        ..Truth::default()
    };
    let wrongs = truth.check(&harness).await;
    problems.extend(wrongs.into_iter().map(|(_, text)| text));
    problems.extend(calm(targets, calls, faults, &outcomes));
    problems.extend(end(&mut harness).await);
    Storm {
        seed,
        outcomes,
        faults,
        problems,
    }
}

/// What shows that it was no storm: functions that were next to never done, or next to no faults.
fn calm(targets: &[Target], calls: usize, faults: usize, outcomes: &BTreeMap<String, usize>) -> Vec<String> {
    let mut calm = seldom(targets, calls, outcomes);
    calm.extend((faults < calls / LEAST_FAULTS).then(|| format!("{faults} requests only met a fault")));
    calm
}

/// The functions that were next to never done, each with how often.
fn seldom(targets: &[Target], calls: usize, outcomes: &BTreeMap<String, usize>) -> Vec<String> {
    let done = |function: &str| outcomes.get(&format!("{function} done")).copied().unwrap_or_default();
    let functions: BTreeSet<&str> = targets.iter().map(|target| target.function.as_str()).collect();
    let enough = calls / (functions.len() * LEAST_DONE);
    let seldom = functions.into_iter().filter(|function| done(function) < enough);
    seldom
        .map(|function| format!("{function} was done {} times only", done(function)))
        .collect()
}

/// The same seed gives the same steps.
fn steps(targets: &[Target], seed: u64, calls: usize) -> Vec<Step<'_>> {
    let mut rng = Rng::with_seed(seed);
    let mut functions: Vec<&str> = targets.iter().map(|target| target.function.as_str()).collect();
    functions.dedup();
    let mut honest = ways(true);
    honest.retain(|way| !way.is_a_lie() && !way.is_a_false_refusal());
    (0..calls)
        .map(|_| step(&mut rng, &functions, targets, &honest))
        .collect()
}

fn step<'a>(rng: &mut Rng, functions: &[&'a str], targets: &'a [Target], ways: &[Way]) -> Step<'a> {
    let function = functions[rng.usize(..functions.len())];
    let fault = (
        &targets[rng.usize(..targets.len())],
        ways[rng.usize(..ways.len())].clone(),
    );
    Step {
        function,
        fault: rng.bool().then_some(fault),
        pick: rng.usize(..),
    }
}

async fn take(step: Step<'_>, harness: &Harness, book: &Mutex<Book>) {
    let acts_on_one = harness.acts_on_a_sandbox(step.function);
    let (function, sandbox) = lock(book).pick(step.function, step.pick, acts_on_one);
    for first in harness.preparations(function) {
        let answer = harness.call(first, &sandbox).await;
        lock(book).note(harness.contract, first, sandbox.clone(), answer);
    }
    if let Some((target, way)) = step.fault {
        way.arm(harness.traffic(), &target.first());
    }
    let answer = harness.call(function, &sandbox).await;
    lock(book).note(harness.contract, function, sandbox, answer);
}

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Book {
    /// A function and the sandbox that it acts on. Where too few run, one is created instead of stopped; where too many,
    /// one is stopped.
    fn pick<'a>(&mut self, function: &'a str, pick: usize, acts_on_one: bool) -> (&'a str, String) {
        let function = match self.running.len() {
            0 if acts_on_one => "create",
            ..FEW if function == "stop" => "create",
            MANY.. => "stop",
            _ => function,
        };
        let Some(at) = pick.checked_rem(self.running.len()) else {
            return (function, String::new());
        };
        let sandbox = self.running[at].clone();
        if function == "stop" {
            self.running.swap_remove(at);
            self.doubtful.insert(sandbox.clone());
        }
        (function, sandbox)
    }

    fn note(&mut self, contract: Contract, function: &str, sandbox: String, answer: Result<Value, CallError>) {
        let outcome = match &answer {
            Ok(_) => format!("{function} done"),
            Err(error) => format!("{function} {}", contract.code(error)),
        };
        *self.outcomes.entry(outcome).or_default() += 1;
        match answer {
            Ok(_) if function == "stop" => {
                self.doubtful.remove(&sandbox);
            }
            // What acts on a sandbox may name it in its answer.
            Ok(answer) => {
                let started = super::truth::started(&answer).into_iter();
                self.running.extend(started.filter(|id| *id != sandbox));
                self.snapshots.extend(super::truth::snapshot(&answer));
            }
            Err(error) => self
                .problems
                .extend(contract.wrong_refusal(&error).map(|(_, text)| text)),
        }
    }
}

/// Everything is stopped, and the worker ends in good order. What is wrong then.
async fn end(harness: &mut Harness) -> Vec<String> {
    let mut problems = Vec::new();
    // The latest first: what a copy was made of may not be ended before it.
    for sandbox in harness.simulator().sandboxes().into_iter().rev() {
        if sandbox.id != harness.stranger
            && let Err(error) = harness.stop(&sandbox.id).await
        {
            problems.push(format!("a sandbox cannot be stopped: {error}"));
        }
    }
    let left = harness.deployment.in_flight().await;
    if left != 0 {
        problems.push(format!("{left} counted when all are stopped"));
    }
    let status = harness.deployment.terminate().await;
    if !status.success() {
        problems.push(format!("the worker ends with {status}"));
    }
    if harness.simulator().sandboxes().len() != 1 {
        problems.push("the worker leaves sandboxes when it ends".to_owned());
    }
    problems
}
