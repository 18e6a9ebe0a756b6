//! The first example of a stub, made up by the types of the document: a success, as a test of the function.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::{
    check::share,
    document::{Document, Operation, Operations, Success, Type, TypeKind},
    mapping::{
        Arguments, Call, Function, Kind, Listing, Mapping, Pages, Position, Reference, Root, SINGLE_STEP, Segment,
        Step, Stream, Test, Told, Undo, Value, ValueKind,
    },
    source::Source,
    yaml::Node,
};

use super::sample::{MOMENT, SECONDS, Samples, TEXT, at, flow};

/// The sandbox that the caller names, and the one that the function starts.
const NAMED: &str = "sandbox-1";
const STARTED: &str = "sandbox-2";

/// The tag of the call that has started the one that the caller names.
const EARLIER: &str = "earlier";

/// What cannot be made up, as the end of a sentence.
type Made<T> = Result<T, String>;

/// The lines below a function: an example, or what would have to be known for one.
pub fn of(document: &Document, operations: &Operations, mapping: Mapping, stub: &str) -> Vec<String> {
    let source = Source::new("stub", stub);
    let Some(mapping) = with(mapping, &source, document, operations) else {
        return Vec::new();
    };
    let [function] = mapping.functions.as_slice() else {
        return Vec::new();
    };
    let story = Story::of(document, operations, &mapping, function);
    match story.and_then(Story::lines) {
        Ok(lines) => lines,
        Err(why) => vec![format!("# An example is left to write: {why}.")],
    }
}

/// The mapping with the stub as its one function.
fn with(mut mapping: Mapping, source: &Arc<Source>, document: &Document, operations: &Operations) -> Option<Mapping> {
    let (function, reader) = Function::read_alone(&mapping, source)?;
    mapping.functions = vec![function];
    share(&mut mapping, document, operations, &reader);
    Some(mapping)
}

struct Story<'s> {
    operations: &'s Operations,
    mapping: &'s Mapping,
    function: &'s Function,
    step: &'s Step,
    operation: &'s Operation,
    samples: Samples<'s>,
    input: Json,
    /// What the call answers; null, if it answers nothing that is read.
    response: Json,
    events: Vec<Json>,
}

impl<'s> Story<'s> {
    fn of(
        document: &'s Document,
        operations: &'s Operations,
        mapping: &'s Mapping,
        function: &'s Function,
    ) -> Made<Self> {
        let step = function.steps.first().ok_or("it makes no call")?;
        let operation = called(operations, &step.call)?;
        let mut story = Self {
            operations,
            mapping,
            function,
            step,
            operation,
            samples: Samples::new(document),
            input: Json::Null,
            response: Json::Null,
            events: Vec::new(),
        };
        if step.inherited.is_some() {
            return Err("what is listed before and after a copy is for you to say".to_owned());
        }
        story.input = story.given()?;
        match &step.call.stream {
            Some(stream) => story.streamed(stream),
            None => story.answered()?,
        }
        match story.samples.is_endless() {
            true => Err("what it takes or answers contains itself without end".to_owned()),
            false => Ok(story),
        }
    }

    /// What a caller gives: all that is required.
    fn given(&self) -> Made<Json> {
        let schema = self.function.input.as_ref().map(Node::to_json);
        let schema = schema.unwrap_or_default();
        let mut given = Map::new();
        for name in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
        {
            let declared = &schema["properties"][name];
            let sample = match name {
                "sandbox_id" => json!(NAMED),
                // An input that is declared as an object is one that the document describes.
                _ if declared["type"] == "object" => self.samples.of(&self.described(name)),
                _ => self.samples.of(declared),
            };
            given.insert(name.to_owned(), sample);
        }
        Ok(Json::Object(given))
    }

    /// The document's schema of what an input is given for.
    fn described(&self, input: &str) -> Json {
        let body = self.operation.body.as_ref().and_then(|body| body.schema.as_ref());
        let of_body = self.step.call.body.as_ref().zip(body);
        let found = of_body.and_then(|(given, schema)| self.given_by(input, given, schema));
        found.unwrap_or_else(|| json!({"type": "object"}))
    }

    /// The schema of the place within one of `schema` at which a value names an input.
    fn given_by(&self, input: &str, value: &Value, schema: &Json) -> Option<Json> {
        match &value.kind {
            ValueKind::Reference(reference) => {
                let is_it = reference.root == Root::Input && reference.path == [Segment::Field(input.to_owned())];
                is_it.then(|| schema.clone())
            }
            ValueKind::Object(entries) => {
                let ty = self.samples.document.type_of(schema);
                let mut entries = entries.iter();
                entries.find_map(|(name, value)| self.given_by(input, value, &ty.property(&name.value)?.0))
            }
            _ => None,
        }
    }

    fn answered(&mut self) -> Made<()> {
        let Some(schema) = self.operation.success.schema() else {
            return Ok(());
        };
        let ty = self.samples.document.type_of(schema);
        let mut response = self.samples.of(schema);
        if let Some((_, pages)) = self.step.list.pages() {
            self.last_page(pages, &ty, &mut response)?;
        }
        let ends = self.step.undo.iter().filter_map(|undo| match undo {
            Undo::Made(_, ids) => ids.as_reference(),
            _ => None,
        });
        for id in ends {
            if let Some((_, above)) = id.path.split_last()
                && self.is_sandbox(&ty, above)
            {
                self.describe(&mut response, &ty, above, STARTED, "$attempt")?;
            }
            self.samples.put(&mut response, &ty, &id.path, json!(STARTED));
        }
        // Of a sandbox that is acted on, no answer tells of another.
        if self.step.undo.is_empty() && self.input.get("sandbox_id").is_some() && self.is_sandbox(&ty, &[]) {
            let section = self.mapping.sandboxes.as_ref();
            let item = path(section.and_then(|section| section.item_of_one.as_ref()));
            self.describe(&mut response, &ty, &item, NAMED, EARLIER)?;
        }
        self.response = response;
        Ok(())
    }

    /// Whether what an answer has there is what a look at a sandbox answers.
    fn is_sandbox(&self, answer: &Type, path: &[Segment]) -> bool {
        let one = self.mapping.sandboxes.as_ref().and_then(|section| section.one.as_ref());
        let schema = one.and_then(|call| called(self.operations, call).ok()?.success.schema());
        let there = self.samples.type_at(answer, path);
        there.is_some() && schema.map(|schema| self.samples.document.type_of(schema)) == there
    }

    fn last_page(&self, pages: &Pages, ty: &Type, response: &mut Json) -> Made<()> {
        let answered = |value: &Value| {
            let reference = value.as_reference().filter(|of| of.names_step(SINGLE_STEP))?;
            Some(reference.path.clone())
        };
        if let Some(path) = pages.more.as_ref().and_then(answered) {
            self.samples.put(response, ty, &path, json!(false));
        }
        match &pages.position {
            Position::Next(next) => {
                if let Some(path) = answered(next).filter(|path| at(response, path).is_some()) {
                    self.samples.put(response, ty, &path, json!(""));
                }
                Ok(())
            }
            _ => Err("which pages its list has is for you to say".to_owned()),
        }
    }

    /// An event of each output, and the end.
    fn streamed(&mut self, stream: &Stream) {
        let mut response = Map::new();
        for (name, pieces) in stream.outputs() {
            let piece = if pieces.base64 {
                json!({ "to_base64": TEXT })
            } else {
                json!(TEXT)
            };
            self.events.push(self.event(&pieces.told, Some(piece)));
            response.insert(name.to_owned(), json!(TEXT));
            response.insert(format!("{name}_truncated"), json!(false));
        }
        let mut end = self.event(&stream.end, None);
        if let Some(code) = &stream.exit_code {
            let path: Vec<Segment> = stream.end.path.iter().chain(&code.path).cloned().collect();
            self.samples.put(&mut end, &self.event_type(), &path, json!(0));
            response.insert("exit_code".to_owned(), json!(0));
        }
        self.events.push(end);
        response.insert("timed_out".to_owned(), json!(false));
        self.response = Json::Object(response);
    }

    fn event_type(&self) -> Type {
        let events = self.operation.events.as_ref();
        events.map_or_else(Type::any, |events| self.samples.document.type_of(&events.schema))
    }

    fn event(&self, told: &Told, value: Option<Json>) -> Json {
        let ty = self.event_type();
        let mut event = json!({});
        for state in &told.only {
            if let Test::Is(values) = &state.test
                && let Some(first) = values.first()
            {
                self.samples.put(&mut event, &ty, &state.path.value, json!(first.value));
            }
        }
        let there = at(&event, &told.path).filter(|there| !there.is_null());
        let value = value.or_else(|| there.is_none().then(|| json!({})));
        if let Some(value) = value.filter(|_| !told.path.is_empty()) {
            self.samples.put(&mut event, &ty, &told.path, value);
        }
        event
    }

    /// Puts in what a sandbox says of itself; `above` is where it is.
    fn describe(&self, body: &mut Json, ty: &Type, above: &[Segment], id: &str, attempt: &str) -> Made<()> {
        let Some(section) = &self.mapping.sandboxes else {
            return Ok(());
        };
        let mut said = vec![(&section.id, id), (&section.image, TEXT), (&section.started_at, MOMENT)];
        said.extend(section.owner.iter().map(|tag| (tag, "$config.owner")));
        said.extend(section.attempt.iter().map(|tag| (tag, attempt)));
        for (value, sample) in said {
            let mut first: Option<&Reference> = None;
            value.walk(&mut |value| first = first.or(value.as_reference()));
            let Some(reference) = first.filter(|of| of.root == Root::Item) else {
                return Err("what a sandbox says of itself is for you to say".to_owned());
            };
            let path: Vec<Segment> = above.iter().chain(&reference.path).cloned().collect();
            let there = self.samples.type_at(ty, &path);
            let is_number = there.is_some_and(|ty| matches!(ty.kind, TypeKind::Integer | TypeKind::Number));
            let sample = match is_number && sample == MOMENT {
                true => json!(SECONDS),
                false => json!(sample),
            };
            self.samples.put(body, ty, &path, sample);
        }
        Ok(())
    }

    /// A look at a sandbox that the worker takes by itself, and what is answered.
    fn looked_at(&self, id: &str, attempt: &str) -> Made<Vec<Vec<String>>> {
        let section = self.mapping.sandboxes.as_ref();
        let Some(section) = section.filter(|section| section.owner.is_some()) else {
            return Ok(Vec::new());
        };
        let (call, item) = match (&section.one, &section.owned) {
            (Some(one), _) => (one, path(section.item_of_one.as_ref())),
            (None, Some(owned)) => (&owned.call, of_first(owned)),
            (None, None) => return Ok(Vec::new()),
        };
        let operation = called(self.operations, call)?;
        let schema = operation
            .success
            .schema()
            .ok_or("no look at a sandbox tells whose it is")?;
        let ty = self.samples.document.type_of(schema);
        let mut body = self.samples.of(schema);
        self.describe(&mut body, &ty, &item, id, attempt)?;
        let mut lines = self.request(call, Some(id))?;
        lines.push(format!("response: {{body: {}}}", flow(&body)));
        Ok(vec![lines])
    }

    /// The request of a call, line by line.
    fn request(&self, call: &Call, id: Option<&str>) -> Made<Vec<String>> {
        let operation = called(self.operations, call)?;
        let mut lines = vec![format!("call: {}", operation.label())];
        for (name, given) in [("path", &call.path), ("query", &call.query), ("header", &call.header)] {
            let mut entries = Map::new();
            for (name, value) in given {
                if let Some(value) = self.value(value, id)? {
                    entries.insert(name.value.clone(), value);
                }
            }
            if !entries.is_empty() {
                lines.push(format!("{name}: {}", flow(&Json::Object(entries))));
            }
        }
        if let Some(body) = &call.body
            && let Some(body) = self.value(body, id)?
        {
            lines.push(format!("body: {}", flow(&body)));
        }
        Ok(lines)
    }

    /// A value as the example knows it; `None` of what is absent.
    fn value(&self, value: &Value, id: Option<&str>) -> Made<Option<Json>> {
        Ok(Some(match &value.kind {
            ValueKind::Null => Json::Null,
            ValueKind::Boolean(value) => json!(value),
            ValueKind::Integer(value) => json!(value),
            ValueKind::Number(value) => json!(value),
            ValueKind::String(text) if text.starts_with('$') => json!(format!("${text}")),
            ValueKind::String(text) => json!(text),
            ValueKind::Reference(reference) => return self.referred(reference, id),
            ValueKind::Operator(operator, Arguments::Values(values)) if operator.name == "must" => {
                return values.first().map_or(Ok(None), |value| self.value(value, id));
            }
            ValueKind::Operator(operator, _) => {
                return Err(format!("what `{}` makes is for you to say", operator.name));
            }
            ValueKind::Object(entries) => {
                let mut fields = Map::new();
                for (name, value) in entries {
                    if let Some(value) = self.value(value, id)? {
                        fields.insert(name.value.clone(), value);
                    }
                }
                Json::Object(fields)
            }
            ValueKind::List(items) => {
                let items = items.iter().map(|item| self.value(item, id));
                let items: Made<Vec<Option<Json>>> = items.collect();
                items?.into_iter().flatten().collect()
            }
        }))
    }

    fn referred(&self, reference: &Reference, id: Option<&str>) -> Made<Option<Json>> {
        let unknown = || Err(format!("what `{reference}` is, is for you to say"));
        match (&reference.root, reference.path.as_slice()) {
            (Root::Input, path) => Ok(at(&self.input, path)),
            (Root::Step(_), path) => Ok(at(&self.response, path)),
            (Root::Attempt, []) => Ok(Some(json!("$attempt"))),
            (Root::Id, []) => Ok(id.map(|id| json!(id))),
            (Root::Sandbox, [Segment::Field(name)]) if name == "id" => Ok(Some(json!(NAMED))),
            (Root::Config, [Segment::Field(name)]) if self.is_configured(name) => {
                Ok(Some(json!(reference.to_string())))
            }
            _ => unknown(),
        }
    }

    /// Whether an example knows a key of the configuration without saying it.
    fn is_configured(&self, name: &str) -> bool {
        let mut keys = self.mapping.config.iter();
        name == "owner" || keys.any(|key| key.name.value == name && key.default.is_some())
    }

    /// The key by which a further API is reached where the example says, if it is one.
    fn config(&self) -> Made<Option<String>> {
        let Some(server) = &self.step.call.server else {
            return Ok(None);
        };
        match server.url.as_reference().map(|url| (&url.root, url.path.as_slice())) {
            Some((Root::Config, [Segment::Field(key)])) => Ok(Some(format!("config: {{{key}: $server}}"))),
            _ => Err("its server is not one that the configuration names".to_owned()),
        }
    }

    /// Whether it is a call by which the worker lists or looks at sandboxes.
    fn is_asked_by_itself(&self) -> bool {
        let section = self.mapping.sandboxes.as_ref();
        let lists = section.into_iter().flat_map(|section| [&section.owned, &section.made]);
        let lists = lists.flatten().map(|list| &list.call);
        let mut calls = lists.chain(section.and_then(|section| section.one.as_ref()));
        calls.any(|call| called(self.operations, call).is_ok_and(|known| known.label() == self.operation.label()))
    }

    fn output(&self) -> Made<Json> {
        let mut output = Map::new();
        for (name, value) in &self.function.answer {
            if let Some(value) = self.value(value, None)? {
                output.insert(name.value.clone(), value);
            }
        }
        Ok(Json::Object(output))
    }

    fn response(&self) -> Option<String> {
        if !self.events.is_empty() {
            return Some(format!(
                "response: {{events: {}}}",
                flow(&Json::from(self.events.clone()))
            ));
        }
        match self.operation.success {
            Success::Json(_) | Success::Plain(..) => Some(format!("response: {{body: {}}}", flow(&self.response))),
            _ => None,
        }
    }

    fn lines(self) -> Made<Vec<String>> {
        let mut exchange = self.request(&self.step.call, None)?;
        exchange.extend(self.response());
        let mut given = Vec::new();
        let mut exchanges = vec![exchange];
        // What the worker asks by itself, too, is answered whenever it is asked.
        if self.is_asked_by_itself() {
            given.append(&mut exchanges);
        } else if self.input.get("sandbox_id").is_some() {
            given.extend(self.looked_at(NAMED, EARLIER)?);
        }
        if self.step.creates(Kind::Sandbox) {
            given.extend(self.looked_at(STARTED, "$attempt")?);
        }
        let mut lines = vec!["examples:".to_owned(), "  - summary: It succeeds".to_owned()];
        lines.extend(self.config()?.map(|line| format!("    {line}")));
        lines.push(format!("    input: {}", flow(&self.input)));
        for (title, exchanges) in [("given", given), ("exchanges", exchanges)] {
            if !exchanges.is_empty() {
                lines.push(format!("    {title}:"));
            }
            for exchange in exchanges {
                let marks = ["      - "].into_iter().chain(std::iter::repeat("        "));
                lines.extend(
                    exchange
                        .into_iter()
                        .zip(marks)
                        .map(|(line, mark)| format!("{mark}{line}")),
                );
            }
        }
        lines.push(format!("    output: {}", flow(&self.output()?)));
        Ok(lines)
    }
}

fn called<'o>(operations: &'o Operations, call: &Call) -> Made<&'o Operation> {
    let (api, name) = call.target();
    let found = operations.find(api, name);
    found
        .map(|index| &operations[index])
        .ok_or_else(|| format!("`{name}` is no operation"))
}

fn path(value: Option<&Value>) -> Vec<Segment> {
    let reference = value.and_then(Value::as_reference);
    reference.map_or_else(Vec::new, |reference| reference.path.clone())
}

/// Where in the answer to a list its first item is.
fn of_first(list: &Listing) -> Vec<Segment> {
    let mut path = path(Some(&list.items));
    path.push(Segment::Each);
    path
}
