//! What a build writes of the examples of a mapping (codegen/src/plan/examples.rs).

use serde::Deserialize;
use serde_json::Value;

/// All examples, and what their tests need to know of the worker.
#[derive(Debug, Deserialize)]
pub(super) struct Worker {
    pub(super) provider: String,
    /// The variable with the API key.
    pub(super) key: String,
    /// The owner of what the worker starts, unless an example configures another.
    pub(super) owner: String,
    /// What the worker looks up and renews by itself, whatever is called.
    pub(super) by_itself: Vec<RequestLine>,
    pub(super) functions: Vec<Function>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Function {
    pub(super) name: String,
    /// What the configuration has to list, where a worker has it only then.
    pub(super) optional: Option<String>,
    pub(super) examples: Vec<Example>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Example {
    pub(super) summary: String,
    /// `mapping.yaml:12`
    pub(super) place: String,
    pub(super) config: Vec<(String, Sample)>,
    pub(super) input: Sample,
    /// What the provider answers whenever it is asked.
    pub(super) given: Vec<Exchange>,
    /// The requests of the function, in their order.
    pub(super) exchanges: Vec<Exchange>,
    pub(super) end: End,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Output(Sample),
    Error { code: String, message: Option<String> },
}

/// A request as it is expected, and what is answered to it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Exchange {
    /// `POST /instance`, as the document has it.
    pub(super) label: String,
    pub(super) line: RequestLine,
    pub(super) query: Vec<(String, Sample)>,
    pub(super) header: Vec<(String, Sample)>,
    pub(super) body: Option<(Form, Sample)>,
    pub(super) status: u16,
    pub(super) answer_header: Vec<(String, Sample)>,
    pub(super) answer: Answer,
}

/// A method, and the segments of a path.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RequestLine {
    pub(super) method: String,
    pub(super) path: Vec<Sample>,
    /// Whether the path may stand behind that of a server.
    pub(super) further: bool,
}

impl RequestLine {
    /// Whether it names none of the things that are there.
    pub(super) fn is_of_a_collection(&self) -> bool {
        self.path.iter().all(|segment| matches!(segment, Sample::Is(_)))
    }
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    Json,
    Bytes,
    Text,
    Parts,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Nothing,
    Whole {
        form: Form,
        media_type: String,
        body: Sample,
    },
    Events {
        framing: Framing,
        media_type: String,
        events: Vec<Sample>,
    },
}

/// How the events of a stream are told apart.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Framing {
    Connect,
    Sse,
    Lines,
}

/// What is sent or answered, or is expected to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sample {
    Is(Value),
    /// Whatever it is.
    Any,
    Text(Vec<Piece>),
    Contains(String),
    ToJson(Box<Sample>),
    ToBase64(Box<Sample>),
    List(Vec<Sample>),
    Object(Vec<(String, Sample)>),
}

/// A part of a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Piece {
    Plain(String),
    /// The tag of the call, which no example knows before.
    Attempt,
    /// Where the provider is.
    Server,
}
