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
        name: "things",
        api_base: "https://things.example",
        auth: Auth {
            header: "Authorization",
            prefix: "Bearer ",
        },
        api_key_env: "THINGS_API_KEY",
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

/// `run`, mapping.yaml:7.
mod run {
    use super::*;
    pub const DESCRIPTION: &str = "Run a line.";
    pub const REQUEST: &str = include_str!("run.request.json");
    pub const RESPONSE: &str = include_str!("run.response.json");

    /// What `run` takes.
    #[derive(Clone, Deserialize)]
    pub struct Input {
        pub thing: String,
        pub line: String,
    }

    /// What `run` answers.
    #[derive(Deserialize, Serialize)]
    pub struct Output {
        pub code: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub took_ms: Option<i64>,
    }

    /// What the runtime is told of `run`, mapping.yaml:7.
    pub fn function() -> Function<Client> {
        Function::new("run", handle).described(DESCRIPTION, REQUEST, RESPONSE).build()
    }

    /// `run`, mapping.yaml:7.
    pub async fn handle(cx: Call<Client>, input: Input) -> Result<Output, Error> {
        let response = call_response(&cx, &input).await?;
        Ok(Output {
            code: response.code,
            took_ms: response.took_ms,
        })
    }
    static SITE_CALL_RESPONSE: CallSite = CallSite {
        function: "run",
        step: "",
        call: "POST /things/{id}/run",
        creates: &[],
        repeatable: false,
        removes: false,
        fields: &[
            Field {
                at: "path.id",
                inputs: &["thing"],
            },
            Field {
                at: "body.line",
                inputs: &["line"],
            },
            Field {
                at: "body.note",
                inputs: &[],
            },
        ],
        outcomes: &[],
    };

    /// The body of `POST /things/{id}/run`, mapping.yaml:23.
    fn body_of_call_response(
        _: &Call<Client>,
        input: &Input,
    ) -> Result<client::types::PostThingsIdRunBody, Error> {
        Ok(client::types::PostThingsIdRunBody {
            line: input.line.clone(),
            note: Some("sent by a test".to_owned()),
        })
    }

    /// `POST /things/{id}/run`, mapping.yaml:21.
    async fn call_response(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<client::types::PostThingsIdRunAnswer, Error> {
        let id_ = cx.segment("id", input.thing.clone())?;
        let body = body_of_call_response(cx, input)?;
        cx.at(&SITE_CALL_RESPONSE)
            .send(|| cx.client().post_things_id_run(&id_, &body))
            .await
    }
}
