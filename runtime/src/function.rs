//! A function of the worker: its handler, and what the runtime does around it.

use std::{fmt, marker::PhantomData, mem, sync::Arc};

use futures::{TryFutureExt, future::BoxFuture};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    call::Call,
    dispatch::{self, Invocation},
    error::Error,
    input::InputSchema,
    provider::Api,
    resource::Facts,
    worker::Worker,
};

/// A function, ready to be registered.
pub struct Function<C: Api> {
    pub name: &'static str,
    pub description: &'static str,
    /// JSON Schemas.
    pub request: Value,
    pub response: Value,
    /// Whether it runs programs in a sandbox, for want of calls of the provider's own.
    pub(crate) by_programs: bool,
    pub(crate) run: Run<C>,
}

type Run<C> = Arc<dyn Fn(Arc<Worker<C>>, Invocation, Value) -> BoxFuture<'static, Result<Value, Error>> + Send + Sync>;

impl<C: Api> Function<C> {
    /// Begins the definition of a function.
    #[expect(clippy::new_ret_no_self, reason = "a function is built from its definition")]
    pub fn new<I, O, H>(name: &'static str, handler: H) -> Definition<C, I, O, H> {
        Definition {
            name,
            description: "",
            request: Value::Null,
            response: Value::Null,
            handler,
            acts_on: None,
            needs: &[],
            starts_from: None,
            takes: None,
            started: None,
            creates: false,
            releases_slot: false,
            offline: false,
            by_programs: false,
            remembers: None,
            idles: None,
            refuses: None,
            texts: None,
            client: PhantomData,
        }
    }
}

impl<C: Api> fmt::Debug for Function<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A function with its typed input `I` and output `O`, under definition.
pub struct Definition<C: Api, I, O, H> {
    pub(crate) name: &'static str,
    description: &'static str,
    request: Value,
    response: Value,
    pub(crate) handler: H,
    pub(crate) acts_on: Option<fn(&I) -> &String>,
    pub(crate) needs: &'static [&'static str],
    pub(crate) starts_from: Option<fn(&I) -> &String>,
    pub(crate) takes: Option<fn(&I) -> Option<u64>>,
    pub(crate) started: Option<fn(&O) -> Vec<String>>,
    creates: bool,
    pub(crate) releases_slot: bool,
    pub(crate) offline: bool,
    by_programs: bool,
    pub(crate) remembers: Option<Remembers<C, I>>,
    /// The idle timeout that the caller asks for; none if he does not.
    pub(crate) idles: Option<fn(&I) -> Option<u64>>,
    pub(crate) refuses: Option<Refuses<C, I>>,
    pub(crate) texts: Option<Texts<O>>,
    client: PhantomData<fn() -> C>,
}

impl<C: Api, I, O, H> Definition<C, I, O, H> {
    /// Whether an answer of it need not say anything.
    pub(crate) fn answers_nothing(&self) -> bool {
        self.response["required"].as_array().is_none_or(Vec::is_empty)
    }
}

type Remembers<C, I> = fn(&Call<C>, &I) -> Result<Facts, Error>;
type Refuses<C, I> = fn(&Call<C>, &I) -> Result<(), Error>;
type Texts<O> = fn(&mut O) -> Vec<(&'static str, &mut String)>;

impl<C, I, O, H, F> Definition<C, I, O, H>
where
    C: Api,
    I: Clone + DeserializeOwned + Send + Sync + 'static,
    O: Serialize + Send + 'static,
    H: Fn(Call<C>, I) -> F + Send + Sync + 'static,
    F: Future<Output = Result<O, Error>> + Send + 'static,
{
    /// What callers see of it. Schemas are JSON text.
    ///
    /// # Panics
    /// If a schema is not JSON; they are made at build time.
    pub fn described(mut self, description: &'static str, request: &str, response: &str) -> Self {
        let parse = |text: &str| serde_json::from_str(text).expect("schemas are made at build time");
        self.description = description;
        self.request = parse(request);
        self.response = parse(response);
        self
    }

    /// The sandbox that it acts on, which must be this deployment's.
    pub fn acts_on(mut self, sandbox: fn(&I) -> &String) -> Self {
        self.acts_on = Some(sandbox);
        self
    }

    /// The facts of that sandbox that it uses: one of which they are known is not looked at.
    pub fn needs(mut self, facts: &'static [&'static str]) -> Self {
        self.needs = facts;
        self
    }

    /// The image that it starts from, which must be in the allowlist.
    pub fn starts_from(mut self, image: fn(&I) -> &String) -> Self {
        self.starts_from = Some(image);
        self
    }

    /// How many sandboxes it starts: so many slots are taken before it runs.
    pub fn takes(mut self, count: fn(&I) -> Option<u64>) -> Self {
        self.takes = Some(count);
        self
    }

    /// The ids of the sandboxes that it has started.
    pub fn started(mut self, ids: fn(&O) -> Vec<String>) -> Self {
        self.started = Some(ids);
        self
    }

    /// It makes something beside sandboxes that is of no use to anybody who is not told of it.
    pub fn creates(mut self) -> Self {
        self.creates = true;
        self
    }

    /// Whether it is taken back when its caller can no longer be told of what it has made.
    pub(crate) fn is_rolled_back(&self) -> bool {
        self.creates || self.takes.is_some()
    }

    /// It ends the sandbox that it acts on.
    pub fn releases_slot(mut self) -> Self {
        self.releases_slot = true;
        self
    }

    /// It can answer without the provider, from what the worker knows.
    pub fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    /// It runs programs in the sandbox that it acts on, for want of calls of the provider's own.
    pub fn by_programs(mut self) -> Self {
        self.by_programs = true;
        self
    }

    /// What to keep of the sandboxes that it starts.
    pub fn remembers(mut self, facts: Remembers<C, I>) -> Self {
        self.remembers = Some(facts);
        self
    }

    /// The idle timeout in seconds that its caller asks for, for what it starts.
    pub fn idles(mut self, secs: fn(&I) -> Option<u64>) -> Self {
        self.idles = Some(secs);
        self
    }

    /// What refuses input that no schema can: nothing is sent before it has passed.
    pub fn refuses(mut self, refuses: Refuses<C, I>) -> Self {
        self.refuses = Some(refuses);
        self
    }

    /// An answer as what the caller is sent.
    pub(crate) fn passed_on(&self, mut output: O) -> Result<Value, Error> {
        let texts = self.texts.map_or_else(Vec::new, |texts| texts(&mut output));
        let texts: Vec<_> = texts.into_iter().map(|(name, text)| (name, mem::take(text))).collect();
        let mut value = serde_json::to_value(output).map_err(|_| Error::unreadable("it cannot be passed on"))?;
        for (name, text) in texts {
            value[name] = text.into();
        }
        Ok(value)
    }

    /// The texts of its answer, with their names: they are moved into what the caller is sent, however long they are.
    pub fn texts(mut self, texts: Texts<O>) -> Self {
        self.texts = Some(texts);
        self
    }

    pub fn build(self) -> Function<C> {
        let schema = Arc::new(InputSchema::new(&self.request));
        let (name, description) = (self.name, self.description);
        let (request, response) = (self.request.clone(), self.response.clone());
        let by_programs = self.by_programs;
        let definition = Arc::new(self);
        let run: Run<C> = Arc::new(move |worker, invocation, payload| {
            let (definition, schema) = (definition.clone(), schema.clone());
            let answer = async move {
                let input = schema.read(payload)?;
                dispatch::run(worker, definition, invocation, input).await
            };
            // An error's text is the worker's own; see `error`.
            let log = move |error: &Error| tracing::info!(function = name, %error, "a call failed");
            Box::pin(answer.inspect_err(log))
        });
        Function {
            name,
            description,
            request,
            response,
            by_programs,
            run,
        }
    }
}
