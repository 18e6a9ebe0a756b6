//! The worker as a sandbox adapter of the engine: what its router forwards `sandbox::*` to.
//!
//! The contract's functions are made of the provider's own `create`, `exec` and `stop`, a provider needs nothing for them.
//! Callers know sandboxes by UUIDs ([`records`]), images by the names of the operator's catalog ([`catalog`]), errors by
//! the contract's codes ([`fault`]).

mod catalog;
mod command;
mod create;
mod environment;
mod exec;
mod extras;
mod fault;
mod fs;
mod label;
mod list;
mod records;
mod run;
mod shell;
mod stop;

use std::sync::Arc;

use futures::{FutureExt, TryFutureExt};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use self::records::Records;
use self::{
    catalog::Catalog,
    fault::{Code, Fault, Outcome},
    records::{Deployed, Record},
};
use crate::{
    dispatch::Invocation,
    engine::Registration,
    error::Reported,
    input::InputSchema,
    provider::Api,
    resource::Sandbox,
    telemetry::spans,
    worker::{self, Worker},
};

/// The contract, as it is rendered from its data file at build time.
#[derive(Debug, Deserialize)]
struct Contract {
    contract: Version,
    functions: Vec<Offered>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Version {
    major: u32,
    minor: u32,
}

/// A function of the contract, with its JSON Schemas.
#[derive(Debug, Deserialize)]
struct Offered {
    name: String,
    description: String,
    request: Value,
    response: Value,
    /// The function of the provider that it cannot do without, beside those that every adapter has.
    by: Option<String>,
}

/// The functions of the contract.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Info(Version),
    Create,
    Exec,
    Stop,
    List,
    Run,
    Catalog,
    Snapshot,
    Branch,
    ExposePort,
    Extend,
    Files(fs::Operation),
}

impl Operation {
    /// The operation of this name, if there is one.
    fn named(name: &str, version: Version) -> Option<Self> {
        Some(match name {
            "adapter::info" => Self::Info(version),
            "create" => Self::Create,
            "exec" => Self::Exec,
            "stop" => Self::Stop,
            "list" => Self::List,
            "run" => Self::Run,
            "catalog::list" => Self::Catalog,
            "snapshot" => Self::Snapshot,
            "branch" => Self::Branch,
            "expose_port" => Self::ExposePort,
            "extend" => Self::Extend,
            _ => return fs::Operation::named(name).map(Self::Files),
        })
    }

    /// What starts a sandbox has to say of which image.
    ///
    /// # Errors
    /// S100 that names those that there are.
    fn names_its_image<C: Api>(self, adapter: &Adapter<C>, payload: &Value) -> Outcome<()> {
        let is_missing = match &payload["image"] {
            Value::Null => payload.is_object(),
            Value::String(image) => image.is_empty(),
            _ => false,
        };
        match self {
            Self::Create | Self::Run if is_missing => Err(catalog::missing(&adapter.0.config())),
            _ => Ok(()),
        }
    }
}

/// The functions that a worker registers as an adapter, `<worker>::<function>`; none if its provider cannot be one.
///
/// # Panics
/// If the contract is not what the build renders.
pub(crate) fn registrations<C: Api>(worker: &Arc<Worker<C>>) -> Vec<Registration> {
    let Some(contract) = worker.provider.adapter else {
        return Vec::new();
    };
    let contract: Contract = serde_json::from_str(contract).expect("the contract is made at build time");
    let version = contract.contract;
    let is_there = |offered: &Offered| offered.by.as_ref().is_none_or(|function| worker.offers(function));
    let functions = contract.functions.into_iter().filter(is_there);
    functions
        .map(|offered| {
            let operation = Operation::named(&offered.name, version).expect("the contract is made at build time");
            registration(Adapter(worker.clone()), operation, offered)
        })
        .collect()
}

fn registration<C: Api>(adapter: Adapter<C>, operation: Operation, offered: Offered) -> Registration {
    let id = format!("{}::{}", adapter.0.package.worker_name(), offered.name);
    let schema = Arc::new(InputSchema::new(&offered.request));
    let name: Arc<str> = id.as_str().into();
    Registration {
        id,
        description: offered.description,
        request_schema: offered.request,
        response_schema: offered.response,
        metadata: None,
        handler: Arc::new(move |payload| {
            let (adapter, schema, name) = (adapter.clone(), schema.clone(), name.clone());
            async move {
                let answer = async {
                    operation.names_its_image(&adapter, &payload)?;
                    adapter.call(operation, schema.read(payload)?).await
                };
                let coded = answer.map_err(|fault| {
                    tracing::info!(function = &*name, %fault, "a call failed");
                    (fault.code().name(), Reported::from(fault))
                });
                adapter.0.observed(&name, coded).await
            }
            .boxed()
        }),
        report: |error| Fault::from(error).into(),
    }
}

/// Takes in what a list shows of this deployment's sandboxes.
pub(crate) fn learn<C: Api>(worker: &Worker<C>, listed: &[Sandbox]) {
    of_deployment(worker, |deployed| worker.records.learn(deployed, listed));
}

/// Does something with the records of a worker.
fn of_deployment<C: Api, R>(worker: &Worker<C>, work: impl FnOnce(&Deployed<'_>) -> R) -> R {
    let config = worker.config();
    work(&Deployed {
        provider: worker.provider.name,
        inherits: worker.provider.sandboxes.as_ref().is_some_and(|calls| calls.inherits),
        is_running: &|id| worker.counts(id),
        image: &|image| catalog::name_of(&config, image),
    })
}

/// The worker, as those see it that call its adapter.
struct Adapter<C: Api>(Arc<Worker<C>>);

impl<C: Api> Clone for Adapter<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Api> Adapter<C> {
    async fn call(&self, operation: Operation, input: Value) -> Outcome<Value> {
        match operation {
            Operation::Info(version) => Ok(self.info(version)),
            Operation::Create => answered(self.create(read(input)?).await),
            Operation::Exec => answered(self.exec(read(input)?).await),
            Operation::Stop => answered(self.stop(read(input)?).await),
            Operation::List => answered(self.list().await),
            Operation::Run => answered(self.run(read(input)?).await),
            Operation::Catalog => answered(Ok(Catalog::of(self.0.provider.name, &self.0.config()))),
            Operation::Snapshot => self.snapshot(read(input)?).await,
            Operation::Branch => self.branch(read(input)?).await,
            Operation::ExposePort => self.expose_port(read(input)?).await,
            Operation::Extend => self.extend(read(input)?).await,
            Operation::Files(operation) => self.files(operation, input).await,
        }
    }

    fn info(&self, version: Version) -> Value {
        let package = &self.0.package;
        json!({
            "adapter": package.worker_name(),
            "adapter_version": package.version,
            "contract": version,
            "features": [],
        })
    }

    /// The sandbox that a caller names, which runs.
    ///
    /// # Errors
    /// S001 for what is no UUID, S002 for a sandbox that is not known, S004 for one that has ended.
    async fn record(&self, sandbox: &str) -> Outcome<Record> {
        let record = self.known(sandbox).await?;
        match self.0.counts(&record.id) {
            true => Ok(record),
            false => Err(Fault::stopped()),
        }
    }

    /// The sandbox that a caller names, whether it runs or has ended.
    async fn known(&self, sandbox: &str) -> Outcome<Record> {
        let uuid = Uuid::try_parse(sandbox)
            .map_err(|_| Fault::bad_input("sandbox_id", "must be a UUID, as `create` answers it"))?;
        let find = || self.0.records.find(self.0.provider.name, uuid).inspect(told);
        if let Some(record) = find() {
            return Ok(record);
        }
        if !self.0.can_list() {
            return Err(Fault::unknown());
        }
        // An earlier process may have started it.
        let listed = self.0.reconcile_lately().await;
        match (find(), listed) {
            (Some(record), _) => Ok(record),
            (None, Ok(())) => Err(Fault::unknown()),
            (None, Err(error)) => {
                let text = format!("whether there is such a sandbox is not to be had: {}", error.words());
                Err(Fault::new(Code::S300, text).retryable())
            }
        }
    }

    /// Does something to a sandbox that only the caller of this call will know, as long as that one can be told.
    ///
    /// # Errors
    /// S300 if the connection to the engine is lost meanwhile; what is under way is dropped.
    async fn attended<T>(&self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let cut_off = || Err(Fault::new(Code::S300, worker::CUT_OFF));
        self.0.while_connected(work).await.unwrap_or_else(cut_off)
    }

    /// Runs a function of the provider for a sandbox.
    ///
    /// # Errors
    /// The provider's; S004 if it does not know the sandbox any more.
    async fn invoke(&self, function: &str, record: &Record, fields: Value) -> Outcome<Value> {
        self.invoke_as(Invocation::new(), function, record, fields).await
    }

    /// As [`Adapter::invoke`].
    async fn invoke_as(
        &self,
        invocation: Invocation,
        function: &str,
        record: &Record,
        mut fields: Value,
    ) -> Outcome<Value> {
        fields["sandbox_id"] = json!(record.id);
        Ok(self.0.invoke(function, invocation, fields).await?)
    }
}

/// Tells the trace of a call which sandbox it is about, as its caller knows that.
fn told(record: &Record) {
    spans::tell("sandbox.id", record.uuid.to_string());
    spans::tell("sandbox.image", record.details.image.clone());
}

/// Input that its schema has let through.
fn read<T: DeserializeOwned>(input: Value) -> Outcome<T> {
    serde_json::from_value(input).map_err(|_| Fault::new(Code::S001, "the request is not as its schema says"))
}

fn answered<T: Serialize>(answer: Outcome<T>) -> Outcome<Value> {
    let unwritable = |_| Fault::new(Code::S300, "the answer cannot be written");
    serde_json::to_value(answer?).map_err(unwritable)
}
