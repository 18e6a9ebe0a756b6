use provider_runtime::prelude::*;
/// The REST client of the operations that the mapping uses.
#[allow(clippy::all, clippy::pedantic, unused, mismatched_lifetime_syntaxes)]
mod client {
    include!("client.rs");
}
pub(crate) use client::Client;

impl progenitor_client::ClientHooks<provider_runtime::http::Transport> for Client {
    async fn exec(
        &self,
        request: reqwest::Request,
        operation: &progenitor_client::OperationInfo,
    ) -> reqwest::Result<reqwest::Response> {
        let mut answers = ANSWERS.iter();
        let answer = answers
            .find(|(id, _)| *id == operation.operation_id)
            .map_or(Answer::Read, |(_, answer)| *answer);
        provider_runtime::http::execute(&self.client, &self.inner, request, answer).await
    }
}

/// How the answers of these operations are taken; those of others are read.
static ANSWERS: &[(&str, Answer)] = &[("pull_shed_down", Answer::Unread)];

impl provider_runtime::Api for Client {
    fn connect(
        base: &str,
        http: reqwest::Client,
        transport: provider_runtime::http::Transport,
    ) -> Self {
        Self::new_with_client(base, http, transport)
    }
    fn base(&self) -> &str {
        &self.baseurl
    }
    fn elsewhere(
        &self,
        base: &str,
        http: reqwest::Client,
        transport: provider_runtime::http::Transport,
    ) -> Self {
        Self::new_with_client(base, http, transport)
    }
}

/// What a status means, unless the call itself says otherwise.
static CODES: &[Rule] = &[
    Rule::new(Status::Only(&[401, 403]), Then::Fail(Code::S503)),
    Rule::new(Status::Only(&[429]), Then::Later(Code::S500)),
    Rule::new(Status::Any, Then::Fail(Code::S502)),
];

/// The configuration keys that the mapping declares.
static CONFIG: &[ExtraKey] = &[
    ExtraKey {
        name: "region",
        description: "A setting of this provider.",
        kind: ExtraKind::String,
        default: Some("\"north\""),
        required: false,
    },
];

/// Tags, and the functions that make each of them true.
static CAPABILITIES: &[(&str, &[&str])] = &[];

/// What makes each function of the worker.
static FUNCTIONS: &[fn() -> Function<Client>] = &[
    create::function,
    stop::function,
    list::function,
    note::function,
];

/// What this worker provides.
pub fn provider() -> Provider<Client> {
    Provider {
        name: "shed",
        api_base: "https://shed.example/v1",
        auth: Auth {
            header: "Authorization",
            prefix: "Bearer ",
        },
        api_key_env: "SHED_API_KEY",
        config: CONFIG,
        capabilities: CAPABILITIES,
        optional: &[],
        codes: CODES,
        sandboxes: Some(sandboxes::calls()),
        snapshots: None,
        adapter: None,
        functions: FUNCTIONS.iter().map(|function| function()).collect(),
    }
}

/// `create`, mapping.yaml:34.
mod create {
    use super::*;
    pub const DESCRIPTION: &str = "Start a sandbox from an image and wait until it is ready.";
    pub const REQUEST: &str = include_str!("create.request.json");
    pub const RESPONSE: &str = include_str!("create.response.json");

    /// What `create` takes.
    #[derive(Clone, Deserialize)]
    pub struct Input {
        pub image: String,
        pub idle_timeout_secs: Option<u64>,
    }

    /// What `create` answers.
    #[derive(Deserialize, Serialize)]
    pub struct Output {
        pub sandbox_id: String,
        pub image: String,
        pub started_at: String,
        pub capabilities: Vec<String>,
    }

    /// What the runtime is told of `create`, mapping.yaml:34.
    pub fn function() -> Function<Client> {
        Function::new("create", handle)
            .described(DESCRIPTION, REQUEST, RESPONSE)
            .starts_from(|input| &input.image)
            .idles(|input| value::fit(input.idle_timeout_secs))
            .takes(|_| Some(1u64))
            .started(|output| vec![output.sandbox_id.clone()])
            .remembers(facts)
            .texts(|output| {
                vec![
                    ("sandbox_id", & mut output.sandbox_id), ("image", & mut output
                    .image), ("started_at", & mut output.started_at)
                ]
            })
            .build()
    }

    /// `create`, mapping.yaml:34.
    pub async fn handle(cx: Call<Client>, input: Input) -> Result<Output, Error> {
        let build = call_build(&cx, &input).await?;
        let ready = call_ready(&cx, &build).await?;
        Ok(Output {
            started_at: value::rfc3339(ready.built)?,
            capabilities: cx.capabilities(),
            sandbox_id: ready.id,
            image: input.image,
        })
    }

    /// What is kept of the sandboxes that it starts, mapping.yaml:36.
    pub fn facts(_: &Call<Client>, input: &Input) -> Result<Facts, Error> {
        Ok(Facts::from([("idle_timeout_secs", Value::from(input.idle_timeout_secs))]))
    }
    static SITE_CALL_BUILD: CallSite = CallSite {
        function: "create",
        step: "build",
        call: "POST /sheds",
        creates: &[Kind::Sandbox],
        repeatable: false,
        removes: false,
        fields: &[
            Field {
                at: "header.X-Request-Id",
                inputs: &[],
            },
            Field {
                at: "body.plan",
                inputs: &["image"],
            },
            Field {
                at: "body.tags.owner",
                inputs: &[],
            },
            Field {
                at: "body.tags.attempt",
                inputs: &[],
            },
            Field {
                at: "body.tags.region",
                inputs: &[],
            },
            Field {
                at: "body.idle_seconds",
                inputs: &["idle_timeout_secs"],
            },
            Field {
                at: "body.on_idle",
                inputs: &[],
            },
        ],
        outcomes: &[],
    };

    /// The body of `POST /sheds`, mapping.yaml:42.
    fn body_of_call_build(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<client::types::BuildShedBody, Error> {
        Ok(client::types::BuildShedBody {
            idle_seconds: cx
                .give(
                    "body.idle_seconds",
                    value::first([
                        input.idle_timeout_secs,
                        Some(cx.default_idle_timeout_secs()),
                    ]),
                )?,
            on_idle: Some("stop".to_owned()),
            plan: input.image.clone(),
            tags: Some(
                value::map([
                    ("owner", Some(cx.owner().to_owned())),
                    ("attempt", Some(cx.attempt_id().to_owned())),
                    ("region", cx.declared::<String>("region")),
                ]),
            ),
        })
    }

    /// Takes note of what `build` shows, mapping.yaml:38.
    fn noted_of_call_build(
        cx: &Call<Client>,
        build: &client::types::BuildShedAnswer,
    ) -> Result<(), Error> {
        cx.made(
            Kind::Sandbox,
            [
                Made {
                    id: Some(build.id.clone()),
                    tags: Tags {
                        owner: value::read_at(
                            build.tags.as_ref().and_then(|map| map.get("owner")),
                        ),
                        attempt: value::read_at(
                            build.tags.as_ref().and_then(|map| map.get("attempt")),
                        ),
                    },
                },
            ],
        )?;
        Ok(())
    }

    /// `POST /sheds`, mapping.yaml:39.
    async fn call_build(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<client::types::BuildShedAnswer, Error> {
        let x_request_id: Option<String> = Some(cx.attempt_id().to_owned());
        let body = body_of_call_build(cx, input)?;
        let build = cx
            .at(&SITE_CALL_BUILD)
            .start(
                || cx.client().build_shed(x_request_id.as_deref(), &body),
                |id| Box::pin(sandboxes::started(cx.clone(), id)),
            )
            .await?;
        noted_of_call_build(cx, &build)?;
        Ok(build)
    }
    static SITE_CALL_READY: CallSite = CallSite {
        function: "create",
        step: "ready",
        call: "GET /sheds/{shed_id}",
        creates: &[],
        repeatable: true,
        removes: false,
        fields: &[],
        outcomes: &[],
    };
    static POLL_CALL_READY: Poll = Poll { every: (100, 1000) };

    /// Takes note of what `ready` shows, mapping.yaml:47.
    fn noted_of_call_ready(
        cx: &Call<Client>,
        ready: &client::types::LookAtShedAnswer,
    ) -> Result<(), Error> {
        cx.seen(
            Kind::Sandbox,
            Made {
                id: Some(ready.id.clone()),
                tags: Tags {
                    owner: value::read_at(
                        ready.tags.as_ref().and_then(|map| map.get("owner")),
                    ),
                    attempt: value::read_at(
                        ready.tags.as_ref().and_then(|map| map.get("attempt")),
                    ),
                },
            },
        )?;
        Ok(())
    }

    /// `GET /sheds/{shed_id}`, mapping.yaml:48.
    async fn call_ready(
        cx: &Call<Client>,
        build: &client::types::BuildShedAnswer,
    ) -> Result<client::types::LookAtShedAnswer, Error> {
        let shed_id = cx.segment("shed_id", build.id.clone())?;
        let ready = cx
            .at(&SITE_CALL_READY)
            .poll(
                &POLL_CALL_READY,
                None,
                Duration::from_millis(60000),
                || cx.client().look_at_shed(&shed_id),
                |answer| {
                    Progress::judge(
                            &[State::of(&answer.state, Test::Is(&["standing"]))],
                            &[State::of(&answer.state, Test::Is(&["ruined"]))],
                        )
                        .about(&shed_id, &value::id(answer.id.clone()))
                },
            )
            .await?;
        noted_of_call_ready(cx, &ready)?;
        Ok(ready)
    }
}

/// `stop`, mapping.yaml:56.
mod stop {
    use super::*;
    pub const DESCRIPTION: &str = "End a sandbox for good. Succeeds if it is gone already.";
    pub const REQUEST: &str = include_str!("stop.request.json");
    pub const RESPONSE: &str = include_str!("stop.response.json");

    /// What `stop` takes.
    #[derive(Clone, Deserialize)]
    pub struct Input {
        pub sandbox_id: String,
    }

    /// What `stop` answers.
    #[derive(Deserialize, Serialize)]
    pub struct Output {}
    /// What the runtime is told of `stop`, mapping.yaml:56.
    pub fn function() -> Function<Client> {
        Function::new("stop", handle)
            .described(DESCRIPTION, REQUEST, RESPONSE)
            .acts_on(|input| &input.sandbox_id)
            .releases_slot()
            .build()
    }

    /// `stop`, mapping.yaml:56.
    pub async fn handle(cx: Call<Client>, input: Input) -> Result<Output, Error> {
        call_response(&cx, &input).await?;
        Ok(Output {})
    }
    static SITE_CONFIRM_RESPONSE: CallSite = CallSite {
        function: "stop",
        step: "",
        call: "GET /sheds/{shed_id}",
        creates: &[],
        repeatable: true,
        removes: false,
        fields: &[
            Field {
                at: "path.shed_id",
                inputs: &["sandbox_id"],
            },
        ],
        outcomes: &[],
    };
    static GONE_CONFIRM_RESPONSE: Gone = Gone {
        statuses: &[404],
        every: (200, 200),
        within_ms: 5000,
    };

    /// Confirms that it is gone: `GET /sheds/{shed_id}`, mapping.yaml:63.
    async fn confirm_response(cx: &Call<Client>, input: &Input) -> Result<(), Error> {
        let shed_id = cx.segment("shed_id", input.sandbox_id.clone())?;
        cx.at(&SITE_CONFIRM_RESPONSE)
            .until_gone(&GONE_CONFIRM_RESPONSE, || cx.client().look_at_shed(&shed_id))
            .await
    }
    static SITE_CALL_RESPONSE: CallSite = CallSite {
        function: "stop",
        step: "",
        call: "DELETE /sheds/{shed_id}",
        creates: &[],
        repeatable: true,
        removes: true,
        fields: &[
            Field {
                at: "path.shed_id",
                inputs: &["sandbox_id"],
            },
        ],
        outcomes: &[
            Rule::new(Status::Only(&[404]), Then::Accept),
            Rule::new(Status::Only(&[409]), Then::Confirm),
        ],
    };

    /// `DELETE /sheds/{shed_id}`, mapping.yaml:58.
    async fn call_response(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<Option<()>, Error> {
        let shed_id = cx.segment("shed_id", input.sandbox_id.clone())?;
        cx.at(&SITE_CALL_RESPONSE)
            .confirm(
                || cx.client().pull_shed_down(&shed_id),
                || confirm_response(cx, input),
            )
            .await
    }
}

/// `list`, mapping.yaml:64.
mod list {
    use super::*;
    pub const DESCRIPTION: &str = "The sandboxes of this deployment, and how many more may start.";
    pub const REQUEST: &str = include_str!("list.request.json");
    pub const RESPONSE: &str = include_str!("list.response.json");

    /// What `list` takes.
    #[derive(Clone, Deserialize)]
    pub struct Input {}
    /// `sandboxes` of the answer.
    #[derive(Deserialize, Serialize)]
    pub struct OutputSandboxes {
        pub sandbox_id: String,
        pub image: String,
        pub started_at: String,
    }

    /// What `list` answers.
    #[derive(Deserialize, Serialize)]
    pub struct Output {
        pub sandboxes: Vec<OutputSandboxes>,
        pub in_flight: u64,
        pub cap: u64,
        pub remaining: u64,
        pub reconciled: bool,
    }

    /// What the runtime is told of `list`, mapping.yaml:64.
    pub fn function() -> Function<Client> {
        Function::new("list", handle)
            .described(DESCRIPTION, REQUEST, RESPONSE)
            .offline()
            .build()
    }

    /// `list`, mapping.yaml:64.
    pub async fn handle(cx: Call<Client>, _: Input) -> Result<Output, Error> {
        let owned = cx.owned().await;
        Ok(Output {
            in_flight: owned.in_flight,
            cap: owned.cap,
            remaining: owned.remaining,
            reconciled: owned.reconciled,
            sandboxes: cx
                .answer(
                    "sandboxes",
                    {
                        let from = owned.sandboxes;
                        value::converted(|| Some({
                            let mut items = Vec::new();
                            for item in from.iter() {
                                items
                                    .push(OutputSandboxes {
                                        sandbox_id: item.sandbox_id.clone(),
                                        image: item.image.clone(),
                                        started_at: item.started_at.clone(),
                                    });
                            }
                            items
                        }))
                    },
                )?,
        })
    }
}

/// `note`, mapping.yaml:71.
mod note {
    use super::*;
    pub const DESCRIPTION: &str = "Pin a note to a shed.";
    pub const REQUEST: &str = include_str!("note.request.json");
    pub const RESPONSE: &str = include_str!("note.response.json");

    /// What `note` takes.
    #[derive(Clone, Deserialize)]
    pub struct Input {
        pub sandbox_id: String,
        pub text: String,
    }

    /// What `note` answers.
    #[derive(Deserialize, Serialize)]
    pub struct Output {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub note: Option<String>,
        pub doors: Vec<String>,
    }

    /// What the runtime is told of `note`, mapping.yaml:71.
    pub fn function() -> Function<Client> {
        Function::new("note", handle)
            .described(DESCRIPTION, REQUEST, RESPONSE)
            .acts_on(|input| &input.sandbox_id)
            .build()
    }

    /// `note`, mapping.yaml:71.
    pub async fn handle(cx: Call<Client>, input: Input) -> Result<Output, Error> {
        let look = call_look(&cx, &input).await?;
        let pin = call_pin(&cx, &input, &look).await?;
        Ok(Output {
            doors: cx
                .answer(
                    "doors",
                    value::first([
                        Some(
                            look
                                .doors
                                .as_ref()
                                .into_iter()
                                .flatten()
                                .map(|item| item.name.clone())
                                .collect::<Vec<_>>(),
                        ),
                        Some(Vec::new()),
                    ]),
                )?,
            note: pin.note,
        })
    }
    static SITE_CALL_LOOK: CallSite = CallSite {
        function: "note",
        step: "look",
        call: "GET /sheds/{shed_id}",
        creates: &[],
        repeatable: true,
        removes: false,
        fields: &[
            Field {
                at: "path.shed_id",
                inputs: &["sandbox_id"],
            },
        ],
        outcomes: &[],
    };

    /// `GET /sheds/{shed_id}`, mapping.yaml:84.
    async fn call_look(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<client::types::LookAtShedAnswer, Error> {
        let shed_id = cx.segment("shed_id", input.sandbox_id.clone())?;
        cx.at(&SITE_CALL_LOOK).send(|| cx.client().look_at_shed(&shed_id)).await
    }
    static SITE_CALL_PIN: CallSite = CallSite {
        function: "note",
        step: "pin",
        call: "POST /sheds/{shed_id}/notes",
        creates: &[],
        repeatable: false,
        removes: false,
        fields: &[
            Field {
                at: "path.shed_id",
                inputs: &["sandbox_id"],
            },
            Field {
                at: "query.pin",
                inputs: &[],
            },
            Field {
                at: "body.text",
                inputs: &["text"],
            },
        ],
        outcomes: &[],
    };

    /// The body of `POST /sheds/{shed_id}/notes`, mapping.yaml:90.
    fn body_of_call_pin(
        _: &Call<Client>,
        input: &Input,
        look: &client::types::LookAtShedAnswer,
    ) -> Result<client::types::PostShedsShedIdNotesBody, Error> {
        Ok(client::types::PostShedsShedIdNotesBody {
            text: value::template([
                input.text.clone(),
                " (".to_owned(),
                look.plan.clone(),
                ")".to_owned(),
            ]),
        })
    }

    /// `POST /sheds/{shed_id}/notes`, mapping.yaml:87.
    async fn call_pin(
        cx: &Call<Client>,
        input: &Input,
        look: &client::types::LookAtShedAnswer,
    ) -> Result<client::types::PostShedsShedIdNotesAnswer, Error> {
        let shed_id = cx.segment("shed_id", input.sandbox_id.clone())?;
        let pin: Option<bool> = Some(true);
        let body = body_of_call_pin(cx, input, look)?;
        cx.at(&SITE_CALL_PIN)
            .send_unless(
                || cx.client().post_sheds_shed_id_notes(&shed_id, pin, &body),
                |answer| any(&[State::of(answer.note.as_ref(), Test::Is(&["refused"]))]),
            )
            .await
    }
}

/// How the worker finds, looks at and ends what it owns, mapping.yaml:14.
mod sandboxes {
    use super::*;

    /// The calls of the section, mapping.yaml:14.
    pub fn calls() -> Sandboxes<Client> {
        Sandboxes {
            tagged: true,
            traced: true,
            owned: Some(|cx| Box::pin(owned(cx))),
            made: None,
            one: Some(|cx, id| Box::pin(one(cx, id))),
            end: Some(|cx, id| Box::pin(end(cx, id))),
            looks_by: &[],
            acts_by: &[],
            tells: &["idle_timeout_secs"],
            inherits: false,
            lifetime: None,
        }
    }

    /// What of a list is read.
    struct Listed;

    impl Needed for Listed {
        const PATHS: &'static [&'static str] = &[
            ".items[*].built",
            ".items[*].id",
            ".items[*].idle_seconds",
            ".items[*].plan",
            ".items[*].tags.attempt",
            ".items[*].tags.owner",
        ];
    }

    /// The sandboxes that bear the tag of the deployment, mapping.yaml:14.
    async fn owned(cx: Call<Client>) -> Result<Vec<Sandbox>, Error> {
        let items = cx.items(at(call_owned(&cx).await?.value, ".items"))?;
        Ok(items.iter().map(|item| described(&cx, item)).collect())
    }

    /// A look at one sandbox, mapping.yaml:14.
    async fn one(cx: Call<Client>, id: String) -> Result<Option<Sandbox>, Error> {
        let found = call_one(&cx, &id).await?;
        Ok(found.map(|item| described(&cx, &item)))
    }

    /// What a sandbox says of itself, mapping.yaml:14.
    fn described(_: &Call<Client>, item: &Value) -> Sandbox {
        Sandbox {
            id: value::id(peek(item, ".id")),
            image: value::read(peek(item, ".plan")),
            started_at: value::told(|| Ok(
                value::rfc3339(peek(item, ".built"))?.unwrap_or_default(),
            )),
            owner: value::read(peek(item, ".tags.owner")),
            attempt: value::read(peek(item, ".tags.attempt")),
            lifetime: Lifetime::default(),
            facts: Facts::from([("idle_timeout_secs", peek(item, ".idle_seconds"))]),
        }
    }

    /// The answer for a sandbox that a start has started without being told, mapping.yaml:14.
    pub async fn started(cx: Call<Client>, id: String) -> Result<Option<Value>, Error> {
        call_one(&cx, &id).await
    }

    /// Ends a sandbox, mapping.yaml:14.
    async fn end(cx: Call<Client>, id: String) -> Result<(), Error> {
        call_end(&cx, &id).await.map(drop)
    }
    static SITE_CALL_OWNED: CallSite = CallSite {
        function: "sandboxes",
        step: "owned",
        call: "GET /sheds",
        creates: &[],
        repeatable: true,
        removes: false,
        fields: &[],
        outcomes: &[],
    };

    /// `GET /sheds`, mapping.yaml:22.
    async fn call_owned(cx: &Call<Client>) -> Result<Kept<Listed>, Error> {
        let tag_owner: Option<String> = Some(cx.owner().to_owned());
        cx.at(&SITE_CALL_OWNED)
            .send(|| cx.client().list_sheds_as(tag_owner.as_deref()))
            .await
    }
    static SITE_CALL_ONE: CallSite = CallSite {
        function: "sandboxes",
        step: "one",
        call: "GET /sheds/{shed_id}",
        creates: &[],
        repeatable: true,
        removes: false,
        fields: &[],
        outcomes: &[Rule::new(Status::Only(&[404]), Then::Accept)],
    };

    /// `GET /sheds/{shed_id}`, mapping.yaml:26.
    async fn call_one(cx: &Call<Client>, id: &str) -> Result<Option<Value>, Error> {
        let shed_id = cx.segment("shed_id", id.to_owned())?;
        cx.at(&SITE_CALL_ONE).accept(|| cx.client().look_at_shed_as(&shed_id)).await
    }
    static SITE_CALL_END: CallSite = CallSite {
        function: "sandboxes",
        step: "end",
        call: "DELETE /sheds/{shed_id}",
        creates: &[],
        repeatable: true,
        removes: true,
        fields: &[],
        outcomes: &[Rule::new(Status::Only(&[404]), Then::Accept)],
    };

    /// `DELETE /sheds/{shed_id}`, mapping.yaml:30.
    async fn call_end(cx: &Call<Client>, id: &str) -> Result<Option<()>, Error> {
        let shed_id = cx.segment("shed_id", id.to_owned())?;
        cx.at(&SITE_CALL_END).accept(|| cx.client().pull_shed_down(&shed_id)).await
    }
}
