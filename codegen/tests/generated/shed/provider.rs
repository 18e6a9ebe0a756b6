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
        let answer = match operation.operation_id {
            "pull_shed_down" => Answer::Unread,
            _ => Answer::Read,
        };
        provider_runtime::http::execute(&self.client, &self.inner, request, answer).await
    }
}

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
    fn elsewhere(&self, base: &str, http: reqwest::Client) -> Self {
        Self::new_with_client(base, http, self.inner.clone())
    }
}

/// What a status means, unless the call itself says otherwise.
static CODES: &[Rule] = &[
    Rule::new(Status::Only(&[401, 403]), Then::Fail(Code::S503)),
    Rule::new(Status::Only(&[429]), Then::Later(Code::S500)),
    Rule::new(Status::Any, Then::Fail(Code::S502)),
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
        config: &[
            ExtraKey {
                name: "region",
                kind: ExtraKind::String,
                default: Some("\"north\""),
            },
        ],
        capabilities: &[],
        optional: &[],
        codes: CODES,
        sandboxes: Some(sandboxes::calls()),
        snapshots: None,
        functions: Vec::from([
            Function::new("create", create::handle)
                .described(create::DESCRIPTION, create::REQUEST, create::RESPONSE)
                .starts_from(|input| &input.image)
                .idles(|input| json(&input.idle_timeout_secs))
                .takes(|_| json(&1))
                .started(|output| vec![output.sandbox_id.clone()])
                .remembers(create::facts)
                .texts(|output| {
                    vec![
                        ("sandbox_id", & mut output.sandbox_id), ("image", & mut output
                        .image), ("started_at", & mut output.started_at)
                    ]
                })
                .build(),
            Function::new("stop", stop::handle)
                .described(stop::DESCRIPTION, stop::REQUEST, stop::RESPONSE)
                .acts_on(|input| &input.sandbox_id)
                .frees()
                .build(),
            Function::new("list", list::handle)
                .described(list::DESCRIPTION, list::REQUEST, list::RESPONSE)
                .offline()
                .build(),
            Function::new("note", note::handle)
                .described(note::DESCRIPTION, note::REQUEST, note::RESPONSE)
                .acts_on(|input| &input.sandbox_id)
                .build(),
        ]),
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

    pub async fn handle(cx: Call<Client>, input: Input) -> Result<Output, Error> {
        let build = call_build(&cx, &input).await?;
        let ready = call_ready(&cx, &build).await?;
        Ok(Output {
            image: cx.answer("image", json(&input.image))?,
            started_at: cx.answer("started_at", value::rfc3339(json(&ready.built))?)?,
            capabilities: cx.answer("capabilities", cx.capabilities())?,
            sandbox_id: cx.answer("sandbox_id", Value::from(ready.id))?,
        })
    }

    /// What is kept of the sandboxes that it starts.
    pub fn facts(_: &Call<Client>, input: &Input) -> Result<Facts, Error> {
        Ok(Facts::from([("idle_timeout_secs", json(&input.idle_timeout_secs))]))
    }

    /// `POST /sheds`, mapping.yaml:39.
    async fn call_build(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<client::types::BuildShedAnswer, Error> {
        static SITE: CallSite = CallSite {
            function: "create",
            step: "build",
            call: "POST /sheds",
            makes: &[Kind::Sandbox],
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
        let x_request_id: Option<String> = cx.give("X-Request-Id", cx.attempt())?;
        let body = client::types::BuildShedBody {
            idle_seconds: cx
                .give(
                    "body.idle_seconds",
                    value::first([
                        json(&input.idle_timeout_secs),
                        cx.config("default_idle_timeout_secs"),
                    ])?,
                )?,
            on_idle: cx.give("body.on_idle", json("stop"))?,
            plan: cx.give("body.plan", json(&input.image))?,
            tags: cx
                .give(
                    "body.tags",
                    object([
                        ("owner", cx.config("owner")),
                        ("attempt", cx.attempt()),
                        ("region", cx.config("region")),
                    ]),
                )?,
        };
        let build = cx
            .at(&SITE)
            .start(
                || cx.client().build_shed(x_request_id.as_deref(), &body),
                |id| Box::pin(sandboxes::started(cx.clone(), id)),
            )
            .await?;
        cx.made(
            Kind::Sandbox,
            [
                Made {
                    id: json(&build.id),
                    tags: Tags {
                        owner: value::told(|| Ok(
                            json(&build.tags.as_ref().and_then(|map| map.get("owner"))),
                        )),
                        attempt: value::told(|| Ok(
                            json(&build.tags.as_ref().and_then(|map| map.get("attempt"))),
                        )),
                    },
                },
            ],
        )?;
        Ok(build)
    }

    /// `GET /sheds/{shed_id}`, mapping.yaml:48.
    async fn call_ready(
        cx: &Call<Client>,
        build: &client::types::BuildShedAnswer,
    ) -> Result<client::types::LookAtShedAnswer, Error> {
        static SITE: CallSite = CallSite {
            function: "create",
            step: "ready",
            call: "GET /sheds/{shed_id}",
            makes: &[],
            repeatable: true,
            removes: false,
            fields: &[],
            outcomes: &[],
        };
        static POLL: Poll = Poll { every: (100, 1000) };
        let shed_id: String = cx.segment("shed_id", json(&build.id))?;
        let ready = cx
            .at(&SITE)
            .poll(
                &POLL,
                None,
                json(&60.0),
                || cx.client().look_at_shed(&shed_id),
                |answer| {
                    Progress::judge(
                            &[State::of(json(&answer.state), &["standing"])],
                            &[State::of(json(&answer.state), &["ruined"])],
                        )
                        .about(&shed_id, &value::id(|| Ok(json(&answer.id))))
                },
            )
            .await?;
        cx.seen(
            Kind::Sandbox,
            Made {
                id: json(&ready.id),
                tags: Tags {
                    owner: value::told(|| Ok(
                        json(&ready.tags.as_ref().and_then(|map| map.get("owner"))),
                    )),
                    attempt: value::told(|| Ok(
                        json(&ready.tags.as_ref().and_then(|map| map.get("attempt"))),
                    )),
                },
            },
        )?;
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
    pub async fn handle(cx: Call<Client>, input: Input) -> Result<Output, Error> {
        call_response(&cx, &input).await?;
        Ok(Output {})
    }

    /// Confirms that it is gone: `GET /sheds/{shed_id}`, mapping.yaml:63.
    async fn confirm_response(cx: &Call<Client>, input: &Input) -> Result<(), Error> {
        static SITE: CallSite = CallSite {
            function: "stop",
            step: "",
            call: "GET /sheds/{shed_id}",
            makes: &[],
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
        static GONE: Gone = Gone {
            statuses: &[404],
            every: (200, 200),
            within_ms: 5000,
        };
        let shed_id: String = cx.segment("shed_id", json(&input.sandbox_id))?;
        cx.at(&SITE).until_gone(&GONE, || cx.client().look_at_shed(&shed_id)).await
    }

    /// `DELETE /sheds/{shed_id}`, mapping.yaml:58.
    async fn call_response(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<Option<()>, Error> {
        static SITE: CallSite = CallSite {
            function: "stop",
            step: "",
            call: "DELETE /sheds/{shed_id}",
            makes: &[],
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
        let shed_id: String = cx.segment("shed_id", json(&input.sandbox_id))?;
        cx.at(&SITE)
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

    pub async fn handle(cx: Call<Client>, _: Input) -> Result<Output, Error> {
        let owned = cx.owned().await;
        Ok(Output {
            sandboxes: cx.answer("sandboxes", json(&owned.sandboxes))?,
            in_flight: cx.answer("in_flight", json(&owned.in_flight))?,
            cap: cx.answer("cap", json(&owned.cap))?,
            remaining: cx.answer("remaining", json(&owned.remaining))?,
            reconciled: cx.answer("reconciled", json(&owned.reconciled))?,
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

    pub async fn handle(cx: Call<Client>, input: Input) -> Result<Output, Error> {
        let look = call_look(&cx, &input).await?;
        let pin = call_pin(&cx, &input, &look).await?;
        Ok(Output {
            doors: cx
                .answer(
                    "doors",
                    value::first([
                        list(
                            look
                                .doors
                                .as_ref()
                                .into_iter()
                                .flatten()
                                .map(|item| json(&item.name)),
                        ),
                        list([]),
                    ])?,
                )?,
            note: cx.answer("note", Value::from(pin.note))?,
        })
    }

    /// `GET /sheds/{shed_id}`, mapping.yaml:84.
    async fn call_look(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<client::types::LookAtShedAnswer, Error> {
        static SITE: CallSite = CallSite {
            function: "note",
            step: "look",
            call: "GET /sheds/{shed_id}",
            makes: &[],
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
        let shed_id: String = cx.segment("shed_id", json(&input.sandbox_id))?;
        cx.at(&SITE).send(|| cx.client().look_at_shed(&shed_id)).await
    }

    /// `POST /sheds/{shed_id}/notes`, mapping.yaml:87.
    async fn call_pin(
        cx: &Call<Client>,
        input: &Input,
        look: &client::types::LookAtShedAnswer,
    ) -> Result<client::types::PostShedsShedIdNotesAnswer, Error> {
        static SITE: CallSite = CallSite {
            function: "note",
            step: "pin",
            call: "POST /sheds/{shed_id}/notes",
            makes: &[],
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
        let shed_id: String = cx.segment("shed_id", json(&input.sandbox_id))?;
        let pin: Option<bool> = cx.give("pin", json(&true))?;
        let body = client::types::PostShedsShedIdNotesBody {
            text: cx
                .give(
                    "body.text",
                    value::template([
                        json(&input.text),
                        json(" ("),
                        json(&look.plan),
                        json(")"),
                    ])?,
                )?,
        };
        cx.at(&SITE)
            .send_unless(
                || cx.client().post_sheds_shed_id_notes(&shed_id, pin, &body),
                |answer| any(&[State::of(json(&answer.note.as_ref()), &["refused"])]),
            )
            .await
    }
}

/// How the worker finds, looks at and ends what it owns, mapping.yaml:14.
mod sandboxes {
    use super::*;

    pub fn calls() -> Sandboxes<Client> {
        Sandboxes {
            tagged: true,
            traced: true,
            owned: Some(|cx| Box::pin(owned(cx))),
            made: None,
            one: Some(|cx, id| Box::pin(one(cx, id))),
            end: Some(|cx, id| Box::pin(end(cx, id))),
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
    async fn owned(cx: Call<Client>) -> Result<Vec<Sandbox>, Error> {
        let items = cx.items(at(call_owned(&cx).await?.value, ".items"))?;
        Ok(items.iter().map(|item| described(&cx, item)).collect())
    }
    async fn one(cx: Call<Client>, id: String) -> Result<Option<Sandbox>, Error> {
        let found = call_one(&cx, &id).await?;
        Ok(found.map(|item| described(&cx, &item)))
    }

    /// What a sandbox says of itself.
    fn described(_: &Call<Client>, item: &Value) -> Sandbox {
        Sandbox {
            id: value::id(|| Ok(peek(item, ".id"))),
            image: value::told(|| Ok(peek(item, ".plan"))),
            started_at: value::told(|| value::rfc3339(peek(item, ".built"))),
            owner: value::told(|| Ok(peek(item, ".tags.owner"))),
            attempt: value::told(|| Ok(peek(item, ".tags.attempt"))),
            lifetime: Lifetime::default(),
            facts: Facts::from([
                ("idle_timeout_secs", value::told(|| Ok(peek(item, ".idle_seconds")))),
            ]),
        }
    }

    /// The answer for a sandbox that a start has started without being told.
    pub async fn started(cx: Call<Client>, id: String) -> Result<Option<Value>, Error> {
        call_one(&cx, &id).await
    }
    async fn end(cx: Call<Client>, id: String) -> Result<(), Error> {
        call_end(&cx, &id).await.map(drop)
    }

    /// `GET /sheds`, mapping.yaml:22.
    async fn call_owned(cx: &Call<Client>) -> Result<Kept<Listed>, Error> {
        static SITE: CallSite = CallSite {
            function: "sandboxes",
            step: "owned",
            call: "GET /sheds",
            makes: &[],
            repeatable: true,
            removes: false,
            fields: &[],
            outcomes: &[],
        };
        let tag_owner: Option<String> = cx.give("tag[owner]", cx.config("owner"))?;
        cx.at(&SITE).send(|| cx.client().list_sheds_as(tag_owner.as_deref())).await
    }

    /// `GET /sheds/{shed_id}`, mapping.yaml:26.
    async fn call_one(cx: &Call<Client>, id: &str) -> Result<Option<Value>, Error> {
        static SITE: CallSite = CallSite {
            function: "sandboxes",
            step: "one",
            call: "GET /sheds/{shed_id}",
            makes: &[],
            repeatable: true,
            removes: false,
            fields: &[],
            outcomes: &[Rule::new(Status::Only(&[404]), Then::Accept)],
        };
        let shed_id: String = cx.segment("shed_id", json(id))?;
        cx.at(&SITE).accept(|| cx.client().look_at_shed_as(&shed_id)).await
    }

    /// `DELETE /sheds/{shed_id}`, mapping.yaml:30.
    async fn call_end(cx: &Call<Client>, id: &str) -> Result<Option<()>, Error> {
        static SITE: CallSite = CallSite {
            function: "sandboxes",
            step: "end",
            call: "DELETE /sheds/{shed_id}",
            makes: &[],
            repeatable: true,
            removes: true,
            fields: &[],
            outcomes: &[Rule::new(Status::Only(&[404]), Then::Accept)],
        };
        let shed_id: String = cx.segment("shed_id", json(id))?;
        cx.at(&SITE).accept(|| cx.client().pull_shed_down(&shed_id)).await
    }
}
