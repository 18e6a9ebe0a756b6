//! Starts a sandbox from an image of the catalog.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Adapter,
    catalog::{self, Image},
    environment::{Variables, words},
    fault::{Code, Fault, Outcome},
    label::{Details, Label},
    of_deployment,
    records::Record,
    told,
};
use crate::{
    dispatch::Invocation,
    error,
    guest::{Exec, Program},
    look::Look,
    provider::Api,
};

/// Stores the variables in a file that only their user can read. Takes the file as base64 and a name that no other has.
const ENVIRONMENT: &str = include_str!("scripts/environment.sh");

#[derive(Debug, Deserialize)]
pub(super) struct Create {
    image: String,
    cpus: Option<u32>,
    memory_mb: Option<u32>,
    name: Option<String>,
    network: Option<bool>,
    idle_timeout_secs: u64,
    #[serde(default)]
    env: Variables,
}

#[derive(Debug, Serialize)]
pub(super) struct Created {
    pub sandbox_id: String,
    image: String,
}

impl Create {
    /// One of an image with nothing else that could be asked for.
    pub fn of(image: String, idle_timeout_secs: u64, env: Variables) -> Self {
        Self {
            image,
            cpus: None,
            memory_mb: None,
            name: None,
            network: None,
            idle_timeout_secs,
            env,
        }
    }

    /// What no provider of this worker can do.
    fn is_possible(&self) -> Outcome<()> {
        if self.network == Some(false) {
            let fault = Fault::bad_input(
                "network",
                "cannot be false: this worker cuts no sandbox off the network",
            );
            return Err(fault.fixed_by("network", true));
        }
        Ok(())
    }

    /// How large it has to be at least, by the names of the facts that tell how large a sandbox is.
    fn sizes(&self) -> Vec<(&'static str, u32)> {
        let sizes = [("cpus", self.cpus), ("memory_mb", self.memory_mb)];
        sizes
            .into_iter()
            .filter_map(|(fact, asked)| Some((fact, asked?)))
            .collect()
    }
}

/// S400 for a sandbox that is to be larger than its image makes it.
fn too_small(fact: &str, has: &str) -> Fault {
    let text = format!("`{fact}` cannot be chosen, what a sandbox has is fixed by its image: {has}");
    Fault::new(Code::S400, text).noted(format!("leave `{fact}` out, or take another image"))
}

impl<C: Api> Adapter<C> {
    pub(super) async fn create(&self, create: Create) -> Outcome<Created> {
        let image = create.image.clone();
        let record = self.start(create).await?;
        Ok(Created {
            sandbox_id: record.uuid.to_string(),
            image,
        })
    }

    /// Starts a sandbox, which is as it was asked for.
    pub(super) async fn start(&self, create: Create) -> Outcome<Record> {
        create.is_possible()?;
        let sizes = create.sizes();
        self.tells(&sizes)?;
        let image = catalog::find(&self.0.config(), &create.image)?;
        let env = create.env.read()?;
        let details = Details {
            image: create.image,
            name: create.name,
            env: Some(!env.is_empty()),
        };
        let record = self.started(&image, create.idle_timeout_secs, details).await?;
        let prepared = async {
            self.is_as_large(&record, &sizes).await?;
            self.keep_environment(&record, &env).await
        };
        if let Err(fault) = self.attended(prepared).await {
            self.end(&record).await;
            return Err(fault);
        }
        Ok(record)
    }

    async fn started(&self, image: &Image, idle_timeout_secs: u64, details: Details) -> Outcome<Record> {
        let worker = &self.0;
        // What an earlier process has started counts, too.
        worker.recover().await;
        let running = worker.slots.described();
        let running = running
            .iter()
            .filter(|(_, described)| described.image == image.id)
            .count();
        let starting = worker.records.begin_start(&image.id, running, image.most)?;
        let label = Label::new(details);
        let payload = json!({"image": image.id, "idle_timeout_secs": idle_timeout_secs});
        let started = worker.invoke("create", Invocation::tagged(label.tag()), payload).await;
        let started = started.map_err(|error| refused(&error, image.is_listed, &label.details.image))?;
        drop(starting);
        let id = started["sandbox_id"].as_str().unwrap_or_default();
        let Label { id: uuid, details } = label;
        let record = of_deployment(worker, |deployed| {
            worker.records.started(deployed, Some(uuid), id, details)
        });
        told(&record);
        Ok(record)
    }

    /// Whether it can be told how large a sandbox is.
    fn tells(&self, sizes: &[(&'static str, u32)]) -> Outcome<()> {
        let told = self.0.provider.sandboxes.as_ref().map_or(&[][..], |calls| calls.tells);
        let untold = sizes.iter().find(|(fact, _)| !told.contains(fact));
        untold.map_or(Ok(()), |(fact, _)| {
            Err(too_small(fact, "the provider does not tell how much that is"))
        })
    }

    /// An image fixes what a sandbox has: one that asks for more is refused.
    async fn is_as_large(&self, record: &Record, sizes: &[(&'static str, u32)]) -> Outcome<()> {
        if sizes.is_empty() {
            return Ok(());
        }
        let Look::Seen(sandbox) = self.0.look(&record.id).await? else {
            return Err(Fault::new(Code::S300, "the sandbox ended as soon as it was started"));
        };
        for (fact, asked) in sizes {
            let has = sandbox.facts.get(fact).and_then(Value::as_f64);
            match has {
                Some(has) if has >= f64::from(*asked) => {}
                Some(has) => return Err(too_small(fact, &format!("it has {has}"))),
                None => return Err(too_small(fact, "the provider does not tell how much that is")),
            }
        }
        Ok(())
    }

    async fn keep_environment(&self, record: &Record, env: &BTreeMap<String, String>) -> Outcome<()> {
        if env.is_empty() {
            return Ok(());
        }
        let file = STANDARD.encode(words(env));
        let args = ["-c", ENVIRONMENT, "sh", &file, &record.uuid.to_string()].map(str::to_owned);
        let program = Program {
            cmd: "sh".to_owned(),
            args: args.to_vec(),
            repeatable: true,
        };
        let ran = self.shell(record).run(program).await?;
        match ran.exit_code {
            0 => Ok(()),
            _ => Err(Fault::new(
                Code::S300,
                "the environment could not be stored in the sandbox",
            )),
        }
    }
}

/// An image of the catalog that the provider does not know, or that may not be started, is the operator's mistake.
fn refused(error: &error::Error, is_listed: bool, name: &str) -> Fault {
    match (error.code(), is_listed) {
        (error::Code::S100, true) => {
            let text = format!("the catalog's image `{name}` cannot be started: {}", error.words());
            Fault::new(Code::S101, text).noted("the operator has to mend `images` in the worker's configuration")
        }
        (error::Code::S100, false) => Fault::new(Code::S100, error.words()),
        _ => error.clone().into(),
    }
}
