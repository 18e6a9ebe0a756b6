//! A function of the contract as a stub: a call of the likeliest operation, and an answer from what it answers.

use crate::{
    contract::Signature,
    document::{Document, Operation, Success, Type, Unsupported},
    scalar::scalar,
};

use super::{
    answer::{Found, find, ids, type_of},
    filling,
    inputs::Given,
    output::{Outputs, SANDBOX_ID, Timeout},
    place::{self, Place},
    ranking::{Candidates, Ranking},
    ready::Ready,
    sandboxes::are_tagged,
    text::{comment, indented, listed},
};

/// What is to stand in the mapping for a function.
pub struct Stub {
    pub name: String,
    /// The operations it may be, for a comment.
    pub likely: String,
    /// What stands in the way of using it, each as the rest of a sentence.
    pub lacks: Vec<String>,
    /// As under `functions:`, without indentation. Empty if no operation is likely.
    pub lines: Vec<String>,
}

/// Answers from the worker's own count until there is a list.
pub fn list() -> Vec<String> {
    let lines = [
        "list:",
        "  answer:",
        "    sandboxes: []  # $owned.sandboxes, once `sandboxes` says how they are listed",
        "    in_flight: $owned.in_flight",
        "    cap: $owned.cap",
        "    remaining: $owned.remaining",
        "    reconciled: $owned.reconciled",
    ];
    lines.map(str::to_owned).to_vec()
}

/// `unplaced`: the further APIs whose server is not known.
pub fn stub(document: &Document, candidates: &Candidates<'_>, signature: &Signature, unplaced: &[&str]) -> Stub {
    let ranking = candidates.of(&signature.name);
    let mut stub = Stub {
        name: signature.name.clone(),
        likely: said(&ranking),
        lacks: Vec::new(),
        lines: Vec::new(),
    };
    if let Some(operation) = ranking.best {
        let ready = match signature.name.as_str() {
            "create" => Ready::of(document, candidates, operation),
            _ => None,
        };
        let mut writing = Writing {
            document,
            signature,
            operation,
            ready,
            each: false,
            inherits: are_tagged(document, candidates),
            lacks: Vec::new(),
        };
        stub.lines = writing.lines(candidates);
        stub.lacks = writing.lacks;
        if let Some(api) = operation.api.as_deref().filter(|api| unplaced.contains(api)) {
            stub.lacks.push(format!("the server of `{api}`, under `apis` above"));
        }
    }
    stub
}

/// `POST /a; else POST /b or POST /c`
pub fn said(ranking: &Ranking<'_>) -> String {
    let Some(best) = ranking.best else {
        return "no operation looks like it".to_owned();
    };
    let others: Vec<String> = ranking.others.iter().map(|operation| operation.label()).collect();
    match others.is_empty() {
        true => comment(&best.label()),
        false => comment(&format!("{}; else {}", best.label(), others.join(" or "))),
    }
}

struct Writing<'w> {
    document: &'w Document,
    signature: &'w Signature,
    operation: &'w Operation,
    /// The look that waits until it is ready, if it starts something that is not at once.
    ready: Option<Ready>,
    /// Whether it is called once for each copy that is wanted.
    each: bool,
    /// Whether copies may carry the tags of what they are made of.
    inherits: bool,
    lacks: Vec<String>,
}

impl<'w> Writing<'w> {
    fn lines(&mut self, candidates: &Candidates<'_>) -> Vec<String> {
        let name = self.signature.name.clone();
        let (places, mut given) = filling::filled(candidates, self.operation, &name, "$input.sandbox_id");
        self.each = name == "branch" && !given.contains("count") && self.answers_one();
        given.extend(self.each.then_some("count"));
        let mut lines = vec![format!("{name}:")];
        lines.extend(indented(2, self.slots()));
        lines.extend(indented(2, self.ignored(&given)));
        let call = self.call(&places, &given);
        let outputs = self.outputs(candidates, &places, &given);
        let answer = answer(self.signature, &outputs, &mut self.lacks);
        let step = |name: &str, lines: Vec<String>| {
            let head = format!("    - {name}:");
            std::iter::once(head).chain(indented(8, lines).collect::<Vec<_>>())
        };
        match &self.ready {
            Some(ready) => {
                lines.push("  steps:".to_owned());
                lines.extend(step("start", call));
                lines.extend(step("ready", ready.lines.clone()));
            }
            None if self.each => {
                lines.push("  steps:".to_owned());
                lines.extend(step("fork", call));
            }
            None => lines.extend(indented(2, call)),
        }
        lines.extend(indented(2, answer));
        self.refused();
        lines
    }

    fn slots(&self) -> Vec<String> {
        let rule = match self.signature.name.as_str() {
            "create" => "slots: {take: 1}",
            "branch" => "slots: {take: $input.count}",
            "stop" => "slots: {free: true}",
            _ => return Vec::new(),
        };
        vec![rule.to_owned()]
    }

    /// Inputs that may be left out and have no place. Those that may not are lacking.
    fn ignored(&mut self, given: &Given) -> Vec<String> {
        let inputs = self.signature.input["properties"].as_object().into_iter().flatten();
        let required = self.signature.filled_input();
        let required: Vec<&str> = required["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
            .collect();
        let mut lines = Vec::new();
        for (name, _) in inputs.filter(|(name, _)| *name != "sandbox_id" && !given.contains(name.as_str())) {
            match required.contains(&name.as_str()) {
                true => self.lacks.push(format!("nothing takes the input `{name}`")),
                false => lines.push(format!("  {name}: The operation has no field for it.")),
            }
        }
        if !lines.is_empty() {
            lines.insert(0, "ignored:".to_owned());
        }
        lines
    }

    fn call(&mut self, places: &[Place], given: &Given) -> Vec<String> {
        let mut lines = Vec::new();
        if self.each {
            lines.push("for_each: {times: $input.count}".to_owned());
            lines.push("at_once: 1".to_owned());
        }
        lines.push(format!("call: {}", scalar(&self.operation.label())));
        lines.extend(place::lines(self.operation, places));
        let missing = places.iter().filter(|place| place.is_missing());
        let missing: Vec<String> = missing.map(|place| format!("`{}`", comment(place.name()))).collect();
        if !missing.is_empty() {
            self.lacks.push(format!("a value for {}", listed(&missing)));
        }
        match self.signature.name.as_str() {
            "stop" => lines.push("outcomes: [{status: 404, ok: true}]".to_owned()),
            "exec" if given.contains("timeout_ms") => lines.push("deadline_ms: $input.timeout_ms".to_owned()),
            "create" => lines.push(self.undo()),
            "branch" => {
                let tagged = places.iter().filter_map(|place| place.value.as_deref());
                if self.inherits && !tagged.into_iter().any(|value| value.contains("$config.owner")) {
                    lines.push("tags: inherited  # if copies carry the tags of their parent".to_owned());
                }
                lines.push(self.undo());
                lines.extend(self.rejected());
            }
            _ => {}
        }
        let list = |place: &Place| {
            place
                .value
                .as_deref()
                .is_some_and(|value| value.contains("concat: [$input.cmd"))
        };
        if places.iter().any(list) {
            let doubt = "whether a shell takes the list: if so, its one item must be a `shell` line";
            self.lacks.push(doubt.to_owned());
        }
        lines
    }

    /// What the call itself answers, and how the mapping refers to it.
    fn answered(&self) -> (Type, &'static str) {
        let root = match &self.ready {
            Some(_) => "$start",
            None if self.each => "$fork",
            None => "$response",
        };
        let answer = type_of(self.document, self.operation);
        (answer.unwrap_or_else(Type::any), root)
    }

    /// Whether the answer has the id of one sandbox, and no list of them.
    fn answers_one(&self) -> bool {
        let (answer, root) = self.answered();
        let one = || find(self.document, &answer, root, &SANDBOX_ID);
        ids(self.document, &answer, root, &SANDBOX_ID).is_none() && !matches!(one(), Found::Candidates(_))
    }

    /// Ends what was started, as far as the answer says what that is.
    fn undo(&mut self) -> String {
        let (answer, root) = self.answered();
        let list = || ids(self.document, &answer, root, &SANDBOX_ID).map(|ids| ids.reference);
        let reference = match self.signature.name.as_str() {
            "branch" if !self.each => list(),
            _ => find(self.document, &answer, root, &SANDBOX_ID).reference(),
        };
        if reference.is_none() {
            self.lacks
                .push("the id in the answer of what was started, for `undo`".to_owned());
        }
        match reference {
            Some(list) if list.contains('*') => format!("undo: {{end: '{list}'}}"),
            Some(one) => format!("undo: {{end: {one}}}"),
            None => "undo: {end: …}  # such as $response.id or '$response.items[*].id'".to_owned(),
        }
    }

    /// An error in the place of one of several.
    fn rejected(&self) -> Option<String> {
        let (answer, root) = self.answered();
        let ids = ids(self.document, &answer, root, &SANDBOX_ID).filter(|_| !self.each)?;
        ids.error.map(|path| format!("reject: {{'{path}': present}}"))
    }

    /// What the answer is read from: the look that found it ready, or the call itself.
    fn outputs(&self, candidates: &Candidates<'_>, places: &[Place], given: &Given) -> Outputs<'w> {
        let (answer, root) = self.answered();
        let one = candidates.of("one").best.and_then(|one| type_of(self.document, one));
        let values = || places.iter().filter_map(|place| place.value.as_deref());
        Outputs {
            document: self.document,
            is_sandbox: one.is_some_and(|one| one.kind == answer.kind),
            answer: self.ready.as_ref().map_or(answer, |ready| ready.answer.clone()),
            root: if self.ready.is_some() { "$ready" } else { root },
            each: self.each,
            shell: values().any(|value| value.starts_with("{shell: ")),
            timeout: match values().any(|value| value.contains("timeout_ms: $input.timeout_ms")) {
                true => Timeout::Shell,
                false if given.contains("timeout_ms") => Timeout::Api,
                false => Timeout::Nobody,
            },
        }
    }

    /// What the overlay has to mend first.
    fn refused(&mut self) {
        let required = self.operation.parameters.iter().filter(|parameter| parameter.required);
        let given = required.flat_map(|parameter| &parameter.construct);
        let body = self.operation.body.iter().flat_map(|body| &body.construct);
        let answer = match &self.operation.success {
            Success::Other(construct) if self.signature.name == "fs::read" => Some(construct),
            _ => None,
        };
        let constructs: Vec<&Unsupported> = self
            .operation
            .constructs
            .iter()
            .chain(given)
            .chain(body)
            .chain(answer)
            .collect();
        for construct in constructs {
            self.lacks
                .push(comment(&format!("an overlay action, as {}", construct.what)));
        }
    }
}

/// The entry `answer:`.
fn answer(signature: &Signature, outputs: &Outputs<'_>, lacks: &mut Vec<String>) -> Vec<String> {
    let names = signature.output["required"].as_array().into_iter().flatten();
    let mut lines = Vec::new();
    let mut missing = Vec::new();
    for name in names.filter_map(|name| name.as_str()) {
        let line = match outputs.value(&signature.name, name) {
            Ok(value) => format!("  {name}: {value}"),
            Err(candidates) => {
                missing.push(format!("`{name}`"));
                let said = match candidates.is_empty() {
                    true => "nothing in the answer is called like it".to_owned(),
                    false => comment(&candidates.join(", ")),
                };
                format!("  {name}: …  # {said}")
            }
        };
        lines.push(line);
    }
    if !missing.is_empty() {
        lacks.push(format!("a value for {}", listed(&missing)));
    }
    if !lines.is_empty() {
        lines.insert(0, "answer:".to_owned());
    }
    lines
}
