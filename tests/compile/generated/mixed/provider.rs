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
    fn elsewhere(&self, base: &str, http: reqwest::Client) -> Self {
        Self::new_with_client(base, http, self.inner.clone())
    }
}

/// What a status means, unless the call itself says otherwise.
static CODES: &[Rule] = &[];

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
        config: &[],
        capabilities: &[],
        optional: &[],
        codes: CODES,
        sandboxes: None,
        snapshots: None,
        functions: Vec::from([
            Function::new("run", run::handle)
                .described(run::DESCRIPTION, run::REQUEST, run::RESPONSE)
                .build(),
        ]),
    }
}

/// `run`, mapping.yaml:7.
mod run {
    use super::*;
    pub const DESCRIPTION: &str = "Run a line.";
    pub const REQUEST: &str = r#"{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "required": [
    "thing",
    "line"
  ],
  "properties": {
    "thing": {
      "type": "string",
      "format": "path-segment"
    },
    "line": {
      "type": "string"
    }
  }
}"#;
    pub const RESPONSE: &str = r#"{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "required": [
    "code"
  ],
  "properties": {
    "code": {
      "type": "integer"
    },
    "took_ms": {
      "type": "integer"
    }
  }
}"#;

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

    pub async fn handle(cx: Call<Client>, input: Input) -> Result<Output, Error> {
        let response = call_response(&cx, &input).await?;
        Ok(Output {
            code: cx.answer("code", json(&response.code))?,
            took_ms: cx.answer("took_ms", json(&response.took_ms.as_ref()))?,
        })
    }

    /// `POST /things/{id}/run`, mapping.yaml:21.
    async fn call_response(
        cx: &Call<Client>,
        input: &Input,
    ) -> Result<client::types::PostThingsIdRunAnswer, Error> {
        static SITE: CallSite = CallSite {
            function: "run",
            step: "",
            call: "POST /things/{id}/run",
            makes: &[],
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
        let id_: String = cx.segment("id", json(&input.thing))?;
        let body = client::types::PostThingsIdRunBody {
            line: cx.give("body.line", json(&input.line))?,
            note: cx.give("body.note", json("sent by a test"))?,
        };
        cx.at(&SITE).send(|| cx.client().post_things_id_run(&id_, &body)).await
    }
}
