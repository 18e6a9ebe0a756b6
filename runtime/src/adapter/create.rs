//! Starts a sandbox from an image of the catalog.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Adapter,
    catalog::{self, Image},
    environment::{Variables, words},
    fault::{Code, Fault, Outcome},
    label::{Details, Label},
    of_deployment,
    records::{Record, Starting},
    told,
};
use crate::{
    config::Config,
    dispatch::Invocation,
    error,
    guest::{Exec, Program},
    look::Look,
    provider::Api,
    resource::Facts,
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
    idle_timeout_secs: Option<u64>,
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
    pub fn of(image: String, idle_timeout_secs: Option<u64>, env: Variables) -> Self {
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

    /// How large it has to be at least.
    fn sizes(&self) -> Vec<Size> {
        let cpus = self.cpus.map(|asked| Size {
            field: "cpus",
            asked,
            facts: &CPUS,
        });
        let memory = self.memory_mb.map(|asked| Size {
            field: "memory_mb",
            asked,
            facts: &MEMORY,
        });
        cpus.into_iter().chain(memory).collect()
    }
}

/// The facts that tell how large a sandbox is, each with what one of it is in the unit of the request's field.
const CPUS: [(&str, f64); 1] = [("cpus", 1.0)];
const MEMORY: [(&str, f64); 2] = [("memory_mb", 1.0), ("memory_gib", 1024.0)];

/// How much of something a sandbox has to have at least.
struct Size {
    /// The field of the request.
    field: &'static str,
    asked: u32,
    facts: &'static [(&'static str, f64)],
}

impl Size {
    /// Whether one of these facts tells of it.
    fn is_among(&self, told: &[&str]) -> bool {
        self.facts.iter().any(|(fact, _)| told.contains(fact))
    }

    /// S400 for a sandbox with these facts if it has less, or does not say.
    fn holds(&self, facts: &Facts) -> Outcome<()> {
        let mut known = self
            .facts
            .iter()
            .filter_map(|(fact, unit)| Some(facts.get(fact)?.as_f64()? * unit));
        match known.next() {
            Some(has) if has >= f64::from(self.asked) => Ok(()),
            Some(has) => Err(self.refused(&format!("the image has {has}"))),
            None => Err(self.unknown()),
        }
    }

    fn unknown(&self) -> Fault {
        self.refused("how much the image has is not known, as the provider does not tell")
    }

    /// An image fixes what a sandbox has.
    fn refused(&self, why: &str) -> Fault {
        let Self { field, asked, .. } = self;
        let text = format!("`{field}: {asked}` cannot be had, what a sandbox has is fixed by its image: {why}");
        Fault::new(Code::S400, text).noted(format!("leave `{field}` out, or take another image"))
    }
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
            name: create.name.filter(|name| !name.is_empty()),
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

    async fn started(&self, image: &Image, idle_timeout_secs: Option<u64>, details: Details) -> Outcome<Record> {
        let worker = &self.0;
        // What an earlier process has started counts, too.
        worker.recover().await;
        let starting = self.begin_start(image, &details.image)?;
        let label = Label::new(details);
        let mut payload = json!({"image": image.id});
        if let Some(secs) = idle_timeout_secs {
            payload["idle_timeout_secs"] = secs.into();
        }
        let started = worker.invoke("create", Invocation::tagged(label.tag()), payload).await;
        let started = started.map_err(|error| refused(&error, &worker.config(), image, &label.details.image))?;
        let id = started["sandbox_id"].as_str().unwrap_or_default();
        let Label { id: uuid, details } = label;
        let record = of_deployment(worker, |deployed| {
            worker.records.started(deployed, Some(uuid), id, details)
        });
        drop(starting);
        told(&record);
        Ok(record)
    }

    fn begin_start(&self, image: &Image, name: &str) -> Outcome<Starting<'_>> {
        let (worker, config) = (&self.0, self.0.config());
        let running = || {
            let all = worker.slots.described().into_iter();
            all.map(|(id, described)| (id, described.image == image.id)).collect()
        };
        let is_other = |known: &str| known != name && config.images.contains_key(known);
        worker.records.begin_start(name, image.most, running, is_other)
    }

    /// Whether it can be told how large a sandbox is.
    fn tells(&self, sizes: &[Size]) -> Outcome<()> {
        let told = self.0.provider.sandboxes.as_ref().map_or(&[][..], |calls| calls.tells);
        let untold = sizes.iter().find(|size| !size.is_among(told));
        untold.map_or(Ok(()), |size| Err(size.unknown()))
    }

    /// An image fixes what a sandbox has: one that asks for more is refused.
    async fn is_as_large(&self, record: &Record, sizes: &[Size]) -> Outcome<()> {
        if sizes.is_empty() {
            return Ok(());
        }
        let Look::Seen(sandbox) = self.0.look(&record.id).await? else {
            return Err(Fault::new(Code::S300, "the sandbox ended as soon as it was started"));
        };
        sizes.iter().try_for_each(|size| size.holds(&sandbox.facts))
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
fn refused(error: &error::Error, config: &Config, image: &Image, name: &str) -> Fault {
    match (error.code(), image.is_listed) {
        (error::Code::S100, true) => {
            let text = format!("the catalog's image `{name}` cannot be started: {}", error.words());
            Fault::new(Code::S101, text).noted("the operator has to mend `images` in the worker's configuration")
        }
        (error::Code::S100, false) => catalog::another(config, &error.words()),
        _ => error.clone().into(),
    }
}
