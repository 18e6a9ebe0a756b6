//! The examples of a mapping as their tests take them: requests as they are sent, values as they are known.

use serde::Serialize;

use crate::{
    check::Resolved,
    document::{Form, Framing, Location, Operation, Plain},
    mapping::{End, Example, Exchange, Function, OWNER, Response, Sample, Sandboxes, Snapshots, Value},
    naming,
    source::Spanned,
};

use super::segments;

/// All examples, and what their tests need to know of the worker.
#[derive(Debug, Serialize)]
pub struct ExamplesPlan {
    pub provider: String,
    /// The variable with the API key.
    pub key: String,
    /// The owner of what the worker starts, unless an example configures another.
    pub owner: &'static str,
    /// What the worker looks up and renews by itself, whatever is called.
    pub by_itself: Vec<RequestLine>,
    pub functions: Vec<FunctionExamples>,
}

#[derive(Debug, Serialize)]
pub struct FunctionExamples {
    pub name: String,
    pub module: String,
    /// What the configuration has to list, where a worker has it only then.
    pub optional: Option<String>,
    pub examples: Vec<ExamplePlan>,
}

/// A method, and a path whose parameters are whatever they are.
#[derive(Debug, Serialize)]
pub struct RequestLine {
    pub method: &'static str,
    pub path: Vec<Sample>,
    /// Whether the path may stand behind that of a server.
    pub further: bool,
}

#[derive(Debug, Serialize)]
pub struct ExamplePlan {
    pub summary: String,
    /// `mapping.yaml:12`
    pub place: String,
    pub test: String,
    pub config: Vec<(String, Sample)>,
    pub input: Sample,
    pub given: Vec<ExchangePlan>,
    pub exchanges: Vec<ExchangePlan>,
    pub end: EndPlan,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndPlan {
    Output(Sample),
    Error { code: String, message: Option<String> },
}

#[derive(Debug, Serialize)]
pub struct ExchangePlan {
    /// `POST /instance`, as the document has it.
    pub label: String,
    pub line: RequestLine,
    pub query: Vec<(String, Sample)>,
    pub header: Vec<(String, Sample)>,
    pub body: Option<(BodyForm, Sample)>,
    pub status: u16,
    pub answer_header: Vec<(String, Sample)>,
    pub answer: Answer,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyForm {
    Json,
    Bytes,
    Text,
    Parts,
}

/// What an answer carries.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Nothing,
    Whole {
        form: BodyForm,
        media_type: String,
        body: Sample,
    },
    Events {
        framing: &'static str,
        media_type: String,
        events: Vec<Sample>,
    },
}

impl ExamplesPlan {
    pub fn of(checked: &Resolved) -> Self {
        let mapping = &checked.mapping;
        let functions = checked.functions().map(|(function, interface)| FunctionExamples {
            name: function.name.value.clone(),
            module: naming::module(&function.name.value),
            optional: interface.optional.clone(),
            examples: examples(checked, function),
        });
        Self {
            provider: mapping.provider.value.clone(),
            key: mapping.api.auth.env.value.clone(),
            owner: OWNER,
            by_itself: by_itself(checked),
            functions: functions.collect(),
        }
    }

    /// The examples of one function.
    pub fn of_function(&self, name: &str) -> &[ExamplePlan] {
        let found = self.functions.iter().find(|function| function.name == name);
        found.map_or(&[], |function| &function.examples)
    }
}

/// The lists, the looks and the lifetimes: a deletion is none of them, and has to be expected.
fn by_itself(checked: &Resolved) -> Vec<RequestLine> {
    let mapping = &checked.mapping;
    let looks = mapping.sandboxes.iter().flat_map(Sandboxes::by_itself);
    let snapshots = mapping.snapshots.iter().flat_map(Snapshots::by_itself);
    let calls = looks.chain(snapshots);
    calls
        .map(|call| segments::line(checked.operation(call), &[], &|_| Sample::Any, &|_| false))
        .collect()
}

fn examples(checked: &Resolved, function: &Function) -> Vec<ExamplePlan> {
    let plan = |example: &Example| Sampler { checked, example }.plan();
    function.examples.iter().map(plan).collect()
}

struct Sampler<'a> {
    checked: &'a Resolved,
    example: &'a Example,
}

impl Sampler<'_> {
    fn plan(&self) -> ExamplePlan {
        let example = self.example;
        let source = &example.source;
        let file = source.name.rsplit(['/', '\\']).next().unwrap_or_default();
        ExamplePlan {
            summary: example.summary.value.clone(),
            place: format!("{file}:{}", source.line_column(example.span.start).0),
            test: example.test(),
            config: self.all(&example.config),
            input: self.sample(&example.input),
            given: example.given.iter().filter_map(|given| self.exchange(given)).collect(),
            exchanges: example.exchanges.iter().filter_map(|one| self.exchange(one)).collect(),
            end: match &example.end {
                End::Output(output) => EndPlan::Output(self.sample(output)),
                End::Error { code, message } => EndPlan::Error {
                    code: code.value.clone(),
                    message: message.as_ref().map(|message| message.value.clone()),
                },
            },
        }
    }

    fn sample(&self, value: &Value) -> Sample {
        self.example.sample(value, &self.checked.mapping.config)
    }

    fn all(&self, entries: &[(Spanned<String>, Value)]) -> Vec<(String, Sample)> {
        let entries = entries.iter();
        entries
            .map(|(name, value)| (name.value.clone(), self.sample(value)))
            .collect()
    }

    fn exchange(&self, exchange: &Exchange) -> Option<ExchangePlan> {
        let (api, name) = exchange.target();
        let id = self.checked.operations.find(api, name)?;
        let operation = &self.checked.operations[id];
        let given = self.all(&exchange.path);
        let parameter = |name: &str| {
            let found = given.iter().find(|(given, _)| given == name);
            found.map_or(Sample::Any, |(_, value)| value.clone())
        };
        let before: Vec<(&str, &str)> = operation
            .at(Location::Path)
            .map(|parameter| (parameter.name.as_str(), parameter.before.as_str()))
            .collect();
        let uses = self.checked.uses.get(&id);
        let is_several = |name: &str| uses.is_some_and(|uses| uses.segments.contains(name));
        let form = operation.body.as_ref().map_or(BodyForm::Json, |body| form(body.form));
        Some(ExchangePlan {
            label: operation.label(),
            line: segments::line(operation, &before, &parameter, &is_several),
            query: self.query(operation, exchange),
            header: self.all(&exchange.header),
            body: exchange.body.as_ref().map(|body| (form, self.sample(body))),
            status: exchange.response.status_of(operation, &self.checked.document),
            answer_header: self.all(&exchange.response.header),
            answer: self.answer(operation, &exchange.response),
        })
    }

    /// Each parameter as it is sent: an object key by key, a list item by item.
    fn query(&self, operation: &Operation, exchange: &Exchange) -> Vec<(String, Sample)> {
        let mut pairs = Vec::new();
        for (name, value) in self.all(&exchange.query) {
            let parameter = operation.called(Location::Query, &name);
            match (value, parameter.filter(|parameter| parameter.spread.is_some())) {
                (Sample::Object(entries), Some(parameter)) => {
                    let sent = entries.into_iter();
                    pairs.extend(sent.map(|(key, value)| (parameter.name_of(&key), value)));
                }
                (Sample::List(items), _) => pairs.extend(items.into_iter().map(|item| (name.clone(), item))),
                (value, _) => pairs.push((name, value)),
            }
        }
        pairs
    }

    fn answer(&self, operation: &Operation, response: &Response) -> Answer {
        if let (Some(listed), Some(stream)) = (&response.events, &operation.events) {
            return Answer::Events {
                framing: match stream.framing {
                    Framing::Connect => "connect",
                    Framing::Sse => "sse",
                    Framing::Lines => "lines",
                },
                media_type: stream.media_type.clone(),
                events: listed.value.iter().map(|event| self.sample(event)).collect(),
            };
        }
        let Some(body) = &response.body else {
            return Answer::Nothing;
        };
        let body = self.sample(body);
        let is_success = response.status_of(operation, &self.checked.document) < 300;
        let form = match operation.success.form() {
            Some(read) if is_success => form(read),
            // What refuses says so in JSON, or in a text that is nothing more.
            _ if matches!(body, Sample::Is(serde_json::Value::String(_)) | Sample::Text(_)) => BodyForm::Text,
            _ => BodyForm::Json,
        };
        let media_type = operation.accepts.first().filter(|_| is_success);
        let usual = match form {
            BodyForm::Text => "text/plain",
            BodyForm::Bytes => "application/octet-stream",
            BodyForm::Json | BodyForm::Parts => "application/json",
        };
        Answer::Whole {
            form,
            media_type: media_type.map_or(usual, String::as_str).to_owned(),
            body,
        }
    }
}

fn form(form: Form) -> BodyForm {
    match form {
        Form::Json => BodyForm::Json,
        Form::Plain(Plain::Bytes) => BodyForm::Bytes,
        Form::Plain(Plain::Text) => BodyForm::Text,
        Form::Parts => BodyForm::Parts,
    }
}
