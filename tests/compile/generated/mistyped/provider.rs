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
        _: &progenitor_client::OperationInfo,
    ) -> reqwest::Result<reqwest::Response> {
        provider_runtime::http::execute(&self.client, &self.inner, request, Answer::Read)
            .await
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
static CODES: &[Rule] = &[];

/// The configuration keys that the mapping declares.
static CONFIG: &[ExtraKey] = &[];

/// Tags, and the functions that make each of them true.
static CAPABILITIES: &[(&str, &[&str])] = &[];

/// What makes each function of the worker.
static FUNCTIONS: &[fn() -> Function<Client>] = &[run::function];

/// What this worker provides.
pub fn provider() -> Provider<Client> {
    Provider {
        name: "coop",
        api_base: "https://coop.example/v1",
        auth: Auth {
            header: "X-Coop-Key",
            prefix: "Key ",
        },
        api_key_env: "COOP_API_KEY",
        config: CONFIG,
        capabilities: CAPABILITIES,
        optional: &[],
        codes: CODES,
        sandboxes: None,
        snapshots: None,
        adapter: None,
        functions: FUNCTIONS.iter().map(|function| function()).collect(),
    }
}

/// `run`, mapping.yaml:8.
mod run {
    use super::*;
    pub const DESCRIPTION: &str = "Operators in requests and answers.";
    pub const REQUEST: &str = include_str!("run.request.json");
    pub const RESPONSE: &str = include_str!("run.response.json");

    /// What `run` takes.
    #[derive(Clone, Deserialize)]
    pub struct Input {
        pub image: String,
        pub cmd: String,
        pub args: Vec<String>,
        pub env: Option<BTreeMap<String, String>>,
        pub cwd: Option<String>,
        pub timeout_ms: Option<u64>,
        pub idle_secs: Option<u64>,
        pub port: u64,
    }

    /// What `run` answers.
    #[derive(Deserialize, Serialize)]
    pub struct Output {
        pub line: String,
        pub at: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub at_ms: Option<String>,
        pub ended: bool,
        pub out: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub first: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub cut: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub eggs: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub all: Option<Vec<String>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub text: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub some: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub most: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub least: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub whole: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub tilt: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub coded: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub file: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub plain: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub mode: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub number: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub colour: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub notes: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub new: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub kind: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub said: Option<String>,
    }

    /// What the runtime is told of `run`, mapping.yaml:8.
    pub fn function() -> Function<Client> {
        Function::new("run", handle)
            .described(DESCRIPTION, REQUEST, RESPONSE)
            .starts_from(|input| &input.image)
            .refuses(refuse)
            .texts(|output| {
                vec![
                    ("line", & mut output.line), ("at", & mut output.at), ("out", & mut
                    output.out)
                ]
            })
            .build()
    }

    /// `run`, mapping.yaml:8.
    pub async fn handle(cx: Call<Client>, input: Input) -> Result<Output, Error> {
        let build = call_build(&cx, &input).await?;
        cx.for_each_of(
                1,
                value::times(cx.give("times", input.port)?)?,
                |item| call_again(&cx, &build, item),
            )
            .await?;
        cx.for_each(
                cx
                    .of_input(
                        "image",
                        "chunks",
                        value::chunks(value::Chunks {
                            of: input.image.clone(),
                            bytes: 9u64,
                        }),
                    )?,
                |item| call_pieces(&cx, item),
            )
            .await?;
        let look = call_look(&cx, &build).await?;
        Ok(Output {
            line: value::template([
                "at ".to_owned(),
                build.id.clone(),
                ", ".to_owned(),
                input.cmd.clone(),
            ]),
            at: value::rfc3339(look.built)?,
            at_ms: value::rfc3339_ms(value::first([look.built_ms, Some(0i64)]))?,
            ended: answer_ended(&cx, &input, &look)?,
            out: value::shell_stderr(cx.line(), look.plan.clone()),
            first: Some(value::shell_stdout(cx.line(), look.plan.clone())),
            cut: Some(value::shell_truncated(cx.line(), &look.plan)),
            eggs: answer_eggs(&cx, &input, &look)?,
            all: Some(
                cx
                    .answer(
                        "all",
                        value::concat([
                                Vec::from([Value::from(input.cmd.clone())]),
                                cx
                                    .give(
                                        "a value",
                                        {
                                            let from = input.args.clone();
                                            value::converted(|| Some({
                                                let mut items = Vec::new();
                                                for item in from.iter() {
                                                    items.push(Value::from(item.clone()));
                                                }
                                                items
                                            }))
                                        },
                                    )?,
                                look
                                    .hens
                                    .as_ref()
                                    .into_iter()
                                    .flatten()
                                    .map(|item| peek(item, ".name"))
                                    .collect::<Vec<_>>(),
                                Vec::from([Value::from("a"), Value::from("b")]),
                            ])
                            .into_iter()
                            .map(value::fit)
                            .collect::<Option<Vec<_>>>(),
                    )?,
            ),
            text: Some(value::text(look.built)?),
            some: value::sum([look.idle_seconds, Some(1i64)])?,
            most: value::max([look.idle_seconds, Some(look.built)])?,
            least: value::min([look.idle_seconds, Some(look.built)])?,
            whole: Some(value::integer(look.plan.clone())?),
            tilt: value::integer(look.tilt)?,
            file: answer_file(&cx, &input, &look)?,
            plain: value::from_base64(
                value::first([
                    look.roof.as_ref().and_then(|found| found.colour.as_ref()).cloned(),
                    Some("".to_owned()),
                ]),
            )?,
            mode: value::to_octal(look.idle_seconds)?,
            number: value::from_octal(
                look.roof.as_ref().and_then(|found| found.colour.as_ref()).cloned(),
            )?,
            colour: Some(
                value::must(
                    "roof.colour",
                    look.roof.as_ref().and_then(|found| found.colour.as_ref()).cloned(),
                )?,
            ),
            id: Some(value::rfc3339(value::now())?),
            new: answer_new(&cx)?,
            kind: answer_kind(&cx, &input, &look)?,
            said: value::template([
                Some(value::uuid7()),
                Some(value::to_octal(input.port)?),
                Some("{".to_owned()),
                Some(value::to_octal(input.port)?),
                Some("-".to_owned()),
                value::first([
                    look.roof.as_ref().and_then(|found| found.colour.as_ref()).cloned(),
                    Some("none".to_owned()),
                ]),
            ]),
            coded: Some(value::to_base64(look.plan)?),
            notes: value::text(value::must("notes", look.notes)?)?,
        })
    }

    /// What of the input cannot be sent, mapping.yaml:8.
    pub fn refuse(cx: &Call<Client>, input: &Input) -> Result<(), Error> {
        value::shell(
            cx.line(),
            value::Shell {
                argv: value::concat([
                    Vec::from([input.cmd.clone()]),
                    input.args.clone(),
                ]),
                env: input.env.clone().map(|map| map.into_iter().collect()),
                cwd: input.cwd.clone(),
                timeout_ms: input.timeout_ms,
                default_timeout_secs: Some(cx.default_exec_timeout_secs()),
                max_output_bytes: Some(cx.max_output_bytes()),
                max_bytes: Some(9000000000u64),
            },
        )?;
        cx.of_input(
            "image",
            "chunks",
            value::chunks(value::Chunks {
                of: input.image.clone(),
                bytes: 9u64,
            }),
        )?;
        Ok(())
    }

    /// `kind` of the answer, mapping.yaml:106.
    fn answer_kind(
        cx: &Call<Client>,
        input: &Input,
        look: &client::types::GetCoopsCoopIdAnswer,
    ) -> Result<Option<String>, Error> {
        let computed = match value::first([
                look.roof.as_ref().and_then(|found| found.colour.as_ref()).cloned(),
                Some("red".to_owned()),
            ])
            .as_deref()
        {
            Some("red") => Some(input.cmd.clone()),
            Some("blue") => {
                Some(
                    value::must(
                        "roof.colour",
                        look
                            .roof
                            .as_ref()
                            .and_then(|found| found.colour.as_ref())
                            .cloned(),
                    )?,
                )
            }
            _ => value::text(cx.status("build"))?,
        };
        Ok(computed)
    }

    /// `new` of the answer, mapping.yaml:105.
    fn answer_new(cx: &Call<Client>) -> Result<Option<bool>, Error> {
        let computed = match value::text(cx.status("look"))?.as_deref() {
            Some("201") => Some(true),
            Some("200") => Some(false),
            _ => None,
        };
        Ok(computed)
    }

    /// `file` of the answer, mapping.yaml:98.
    fn answer_file(
        cx: &Call<Client>,
        input: &Input,
        look: &client::types::GetCoopsCoopIdAnswer,
    ) -> Result<Option<String>, Error> {
        let computed = value::as_file(value::AsFile {
            bytes: cx.give("bytes", value::to_base64(look.plan.clone())?)?,
            name: Some(input.cmd.clone()),
        });
        cx.answer("file", computed)
    }

    /// `eggs` of the answer, mapping.yaml:89.
    fn answer_eggs(
        cx: &Call<Client>,
        input: &Input,
        look: &client::types::GetCoopsCoopIdAnswer,
    ) -> Result<Option<i64>, Error> {
        let computed = value::find(
                look.hens.as_ref().into_iter().flatten(),
                (
                    Some(
                        Value::from(
                            value::template([
                                "hen-".to_owned(),
                                value::text(input.port)?,
                            ]),
                        ),
                    ),
                    Some(Value::from(input.cmd.clone())),
                ),
                |item, wanted| {
                    value::is(item.get("name"), &wanted.0)
                        && value::is(item.get("type"), &wanted.1)
                },
            )
            .and_then(|item| item.get("eggs"))
            .cloned()
            .unwrap_or_default();
        cx.answer("eggs", computed)
    }

    /// `ended` of the answer, mapping.yaml:85.
    fn answer_ended(
        cx: &Call<Client>,
        input: &Input,
        look: &client::types::GetCoopsCoopIdAnswer,
    ) -> Result<bool, Error> {
        let computed = value::shell_timed_out(
            cx.line(),
            cx.elapsed(),
            value::ShellTimedOut {
                exit_code: look.built,
                stderr: &look.plan,
                timeout_ms: input.timeout_ms,
            },
        );
        Ok(computed)
    }
    static SITE_CALL_BUILD: CallSite = CallSite {
        function: "run",
        step: "build",
        call: "POST /coops",
        creates: &[],
        repeatable: false,
        removes: false,
        fields: &[
            Field {
                at: "body.plan",
                inputs: &["cmd", "args", "env", "cwd", "timeout_ms"],
            },
            Field {
                at: "body.tags.port",
                inputs: &["port"],
            },
            Field {
                at: "body.tags.secs",
                inputs: &["idle_secs"],
            },
            Field {
                at: "body.tags.both",
                inputs: &["port", "cmd"],
            },
            Field {
                at: "body.idle_seconds",
                inputs: &["idle_secs", "timeout_ms"],
            },
            Field {
                at: "body.self",
                inputs: &["image"],
            },
            Field {
                at: "body.roof.tiles.count",
                inputs: &["idle_secs"],
            },
            Field {
                at: "body.roof.tiles.kind",
                inputs: &["port"],
            },
        ],
        outcomes: &[],
    };

    /// The body of `POST /coops`, mapping.yaml:58.
    fn body_of_call_build(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<client::types::PostCoopsBody, Error> {
        Ok(client::types::PostCoopsBody {
            idle_seconds: cx
                .give(
                    "body.idle_seconds",
                    value::sum([
                        value::first([input.idle_secs, Some(3u64)]).map(i128::from),
                        value::ms_to_secs(input.timeout_ms)?.map(i128::from),
                    ])?,
                )?,
            plan: value::shell(
                cx.line(),
                value::Shell {
                    argv: value::concat([
                        Vec::from([input.cmd.clone()]),
                        input.args.clone(),
                    ]),
                    env: input.env.clone().map(|map| map.into_iter().collect()),
                    cwd: input.cwd.clone(),
                    timeout_ms: input.timeout_ms,
                    default_timeout_secs: Some(cx.default_exec_timeout_secs()),
                    max_output_bytes: Some(cx.max_output_bytes()),
                    max_bytes: Some(9000000000u64),
                },
            )?,
            roof: Some(client::types::PostCoopsBodyRoof {
                tiles: Some(client::types::PostCoopsBodyRoofTiles {
                    count: cx
                        .give(
                            "body.roof.tiles.count",
                            value::first([
                                value::secs_to_mins(input.idle_secs)?,
                                Some(-9i64),
                            ]),
                        )?,
                    kind: value::to_json(
                        object([
                            (
                                "until",
                                Value::from(value::sum([Some(value::now()), Some(60u64)])?),
                            ),
                            ("port", Value::from(input.port)),
                        ]),
                    ),
                }),
            }),
            self_: value::omit_if(value::OmitIf {
                value: Some(input.image.clone()),
                r#in: Vec::from(["".to_owned(), "default".to_owned()]),
            }),
            tags: Some(
                value::map([
                    ("port", Some(value::text(input.port)?)),
                    ("secs", value::secs_text(input.idle_secs)?),
                    (
                        "both",
                        Some(
                            value::template([
                                value::text(input.port)?,
                                ":{".to_owned(),
                                input.cmd.clone(),
                                "}".to_owned(),
                            ]),
                        ),
                    ),
                ]),
            ),
        })
    }

    /// `POST /coops`, mapping.yaml:55.
    async fn call_build(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<client::types::PostCoopsAnswer, Error> {
        let body = body_of_call_build(cx, input)?;
        cx.at(&SITE_CALL_BUILD)
            .deadline_ms(
                cx
                    .give(
                        "deadline_ms",
                        value::max([
                            value::secs_to_ms(input.idle_secs)?.map(i128::from),
                            input.timeout_ms.map(i128::from),
                            Some(60i128),
                        ])?,
                    )?,
            )
            .telling("build")
            .send(|| cx.client().post_coops(&body))
            .await
    }
    static SITE_CALL_AGAIN: CallSite = CallSite {
        function: "run",
        step: "again",
        call: "GET /coops/{coop_id}",
        creates: &[],
        repeatable: true,
        removes: false,
        fields: &[],
        outcomes: &[],
    };

    /// `GET /coops/{coop_id}`, mapping.yaml:66.
    async fn call_again(
        cx: &Call<Client>,
        build: &client::types::PostCoopsAnswer,
        item: i64,
    ) -> Result<client::types::GetCoopsCoopIdAnswer, Error> {
        let coop_id: String = value::segments(
            value::template([build.id.clone(), "/".to_owned(), value::text(item)?]),
        )?;
        cx.at(&SITE_CALL_AGAIN).send(|| cx.client().get_coops_coop_id(&coop_id)).await
    }
    static SITE_CALL_PIECES: CallSite = CallSite {
        function: "run",
        step: "pieces",
        call: "GET /coops/{coop_id}",
        creates: &[],
        repeatable: true,
        removes: false,
        fields: &[],
        outcomes: &[],
    };

    /// `GET /coops/{coop_id}`, mapping.yaml:70.
    async fn call_pieces(
        cx: &Call<Client>,
        item: String,
    ) -> Result<client::types::GetCoopsCoopIdAnswer, Error> {
        let coop_id = cx.segment("coop_id", item.clone())?;
        cx.at(&SITE_CALL_PIECES).send(|| cx.client().get_coops_coop_id(&coop_id)).await
    }
    static SITE_CALL_LOOK: CallSite = CallSite {
        function: "run",
        step: "look",
        call: "GET /coops/{coop_id}",
        creates: &[],
        repeatable: true,
        removes: false,
        fields: &[],
        outcomes: &[],
    };
    static POLL_CALL_LOOK: Poll = Poll { every: (100, 1000) };

    /// What an earlier answer says already, mapping.yaml:76.
    fn earlier_of_call_look(
        _: &Call<Client>,
        build: &client::types::PostCoopsAnswer,
    ) -> Option<client::types::GetCoopsCoopIdAnswer> {
        {
            let from = build;
            value::converted(|| Some(client::types::GetCoopsCoopIdAnswer {
                built: value::fit(from.built.clone()?)?,
                built_ms: match &from.built_ms {
                    Some(found) => Some(value::fit(found.clone())?),
                    None => None,
                },
                hens: match &from.hens {
                    Some(found) => Some(value::fit(found.clone())?),
                    None => None,
                },
                idle_seconds: match &from.idle_seconds {
                    Some(found) => Some(value::fit(found.clone())?),
                    None => None,
                },
                notes: from.notes.clone(),
                plan: value::fit(from.plan.clone()?)?,
                roof: match &from.roof {
                    Some(found) => Some(value::fit(found.clone())?),
                    None => None,
                },
                state: value::fit(from.state.clone()?)?,
                tilt: match &from.tilt {
                    Some(found) => Some(value::fit(found.clone())?),
                    None => None,
                },
            }))
        }
    }

    /// `GET /coops/{coop_id}`, mapping.yaml:73.
    async fn call_look(
        cx: &Call<Client>,
        build: &client::types::PostCoopsAnswer,
    ) -> Result<client::types::GetCoopsCoopIdAnswer, Error> {
        let coop_id = cx.segment("coop_id", value::template([build.id.clone()]))?;
        cx.at(&SITE_CALL_LOOK)
            .telling("look")
            .poll(
                &POLL_CALL_LOOK,
                earlier_of_call_look(cx, build),
                Duration::from_millis(60000),
                || cx.client().get_coops_coop_id(&coop_id),
                |answer| Progress::judge(
                    &[
                        State::of(&answer.state, Test::Is(&["standing"])),
                        State::of(
                            answer.roof.as_ref().and_then(|found| found.colour.as_ref()),
                            Test::Is(&["red", "blue"]),
                        ),
                    ],
                    &[State::of(&answer.state, Test::Is(&["ruined"]))],
                ),
            )
            .await
    }
}
