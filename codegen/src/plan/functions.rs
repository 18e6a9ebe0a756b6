//! Functions as modules: typed input and output, a handler that goes through the steps, a function for each call.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::{
    check::Interface,
    contract::Signature,
    mapping::{Arguments, Function, Value, ValueKind},
    naming::{ident, module},
};

use super::{
    CallPlan, HelperPlan, Planner, StructPlan, UndoPlan,
    answer::Closing,
    expr::Uses,
    expression::{self, Names},
    guest::served,
    literal,
    operators::{input_within, plain_input},
    parameters::Needs,
    place::Place,
    steps::Body,
    surroundings::FactsPlan,
    types,
};

#[derive(Debug, Serialize)]
pub struct FunctionPlan {
    pub name: String,
    pub module: String,
    pub doc: String,
    /// What the function's definition is documented as.
    pub made: String,
    pub description: String,
    /// JSON Schemas, each a file that the generated code includes.
    pub request: SchemaPlan,
    pub response: SchemaPlan,
    pub structs: Vec<StructPlan>,
    /// How the handler names the call: `_` when nothing is asked of it.
    pub cx: String,
    /// How the handler names its input: `_` when nothing is read from it.
    pub input: String,
    pub lines: Vec<String>,
    /// The expression that is the handler's result.
    pub closing: String,
    /// The hook's name, for a function that is written in Rust.
    pub hook: Option<String>,
    /// What the runtime is told beside the handler: `.releases_slot()`.
    pub traits: Vec<String>,
    /// Functions that make a part of the answer.
    pub helpers: Vec<HelperPlan>,
    pub calls: Vec<CallPlan>,
    pub undos: Vec<UndoPlan>,
    pub facts: Option<FactsPlan>,
    pub refusals: Option<RefusalsPlan>,
}

/// A JSON Schema as a file beside the generated code.
#[derive(Debug, Serialize)]
pub struct SchemaPlan {
    /// `create.request.json`
    pub file: String,
    pub text: String,
}

/// Values that can turn out to be bad input, made before anything is sent.
#[derive(Debug, Serialize)]
pub struct RefusalsPlan {
    pub doc: String,
    /// How the parameters are named: `_` for one that is not used.
    pub cx: String,
    pub input: String,
    pub lines: Vec<String>,
}

impl Planner<'_> {
    pub fn function(&self, function: &Function, interface: &Interface) -> FunctionPlan {
        let signature = &interface.signature;
        let start = self.at_the_start(interface);
        let mut names = start.clone();
        let mut body = Body::default();
        for (at, step) in function.steps.iter().enumerate() {
            self.step(function, at, step, &mut names, &mut body);
        }
        let answers = function.answer.iter().map(|(_, value)| value);
        let needs = Needs::of(answers.clone());
        if needs.owned {
            body.lines.insert(0, "let owned = cx.owned().await;".to_owned());
        }
        let handler_reads = Needs::of_steps(&function.steps);
        let answered = function.answer.iter().map(|(name, _)| name.value.clone());
        let all = types::properties(&signature.output).map(|(name, _)| name.clone());
        let served = function.is_served().then(|| served(function, signature));
        if let Some((line, _)) = &served {
            body.lines.push(line.clone());
        }
        let given: Vec<String> = if function.hook.is_some() || function.via.is_some() {
            all.collect()
        } else {
            answered.collect()
        };
        let mut structs = vec![input(interface)];
        structs.extend(types::output(
            "Output",
            &format!("What `{}` answers.", signature.name),
            &signature.output,
            &given,
        ));
        let hook = function.hook.as_ref().map(|hook| ident(&hook.value));
        let mut traits = self.traits(function, interface);
        traits.extend(texts(signature, &given));
        let Closing {
            code: closing,
            asks,
            helpers,
        } = match &served {
            Some((_, answered)) => Closing::of(answered),
            None => self.closing(function, &structs, &hook, &names),
        };
        FunctionPlan {
            cx: Uses::named(asks || !body.lines.is_empty(), "cx"),
            closing,
            hook,
            name: signature.name.clone(),
            module: module(&signature.name),
            doc: format!("`{}`, {}.", signature.name, self.origin(function.name.span)),
            made: format!(
                "What the runtime is told of `{}`, {}.",
                signature.name,
                self.origin(function.name.span)
            ),
            description: literal(&signature.description),
            request: schema(signature, "request", &open(&signature.input)),
            response: schema(signature, "response", &signature.output),
            structs,
            input: if needs.input || handler_reads.input || function.hook.is_some() || function.is_served() {
                "input"
            } else {
                "_"
            }
            .to_owned(),
            lines: body.lines,
            traits,
            helpers,
            calls: body.calls,
            undos: body.undos,
            facts: self.remembered(function, &start),
            refusals: self.refusals(function, &start),
        }
    }

    /// The names before any step.
    pub fn at_the_start(&self, interface: &Interface) -> Names {
        let mut all = self.checked.functions().map(|(_, interface)| &interface.signature);
        let list = all.find(|signature| signature.name == "list");
        Names {
            input: Some(expression::input(input(interface).as_type())),
            owned: list.map(|list| Place::variable("owned", types::owned(&list.output))),
            ..Names::default()
        }
    }

    /// Values that are made of nothing but what is known before the first call, and may refuse it.
    pub fn refusals(&self, function: &Function, names: &Names) -> Option<RefusalsPlan> {
        let mut values = Vec::new();
        for step in function.steps.iter().filter(|step| !step.is_conditional()) {
            match &step.for_each {
                None => step.call.collect(&mut values),
                Some(items) => values.push(items),
            }
        }
        let mut refusing = Vec::new();
        for value in values {
            value.walk(&mut |value| {
                let refuses = refuses(value);
                let needs = Needs::of([value]);
                if refuses && needs.steps.is_empty() && !needs.sandbox && !needs.status {
                    refusing.push(self.value(value, names));
                }
            });
        }
        let uses = Uses::of(&refusing);
        (!refusing.is_empty()).then(|| RefusalsPlan {
            doc: format!("What of the input cannot be sent, {}.", self.origin(function.name.span)),
            cx: Uses::named(uses.call, "cx"),
            input: Uses::named(uses.input, "input"),
            lines: refusing.iter().map(|value| format!("{};", value.value())).collect(),
        })
    }
}

/// Whether a value can turn out to be bad input.
fn refuses(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Operator(_, Arguments::Values(values)) if value.segments().is_some() => {
            values.iter().any(|value| input_within(value).is_some())
        }
        ValueKind::Operator(operator, Arguments::Values(values)) if operator.reads_text() => {
            values.iter().any(|value| plain_input(value).is_some())
        }
        ValueKind::Operator(operator, Arguments::Named(values)) if operator.reads_text() => {
            values.iter().any(|(_, value)| plain_input(value).is_some())
        }
        ValueKind::Operator(operator, _) => operator.refuses_input() && !operator.reads_text(),
        _ => false,
    }
}

/// The input as a struct of what is used of it.
fn input(interface: &Interface) -> StructPlan {
    let signature = &interface.signature;
    types::input("Input", &input_doc(signature), &signature.input, &interface.inputs)
}

/// Which texts of its answer may be long: they are handed on without a copy.
fn texts(signature: &Signature, given: &[String]) -> Option<String> {
    let is_text =
        |name: &String, schema: &Json| schema["type"] == "string" && types::is_required(&signature.output, name);
    let texts: Vec<String> = types::properties(&signature.output)
        .filter(|(name, schema)| given.contains(name) && is_text(name, schema))
        .map(|(name, _)| format!("({}, &mut output.{})", literal(name), ident(name)))
        .collect();
    (!texts.is_empty()).then(|| format!(".texts(|output| vec![{}])", texts.join(", ")))
}

fn input_doc(signature: &Signature) -> String {
    format!("What `{}` takes.", signature.name)
}

/// The worker refuses what has no name, but not what the engine and the router put beside it. The engine would.
fn open(input: &Json) -> Json {
    let mut open = input.clone();
    if let Some(schema) = open.as_object_mut() {
        schema.retain(|keyword, value| keyword != "additionalProperties" || *value != false);
    }
    open
}

fn schema(signature: &Signature, of: &str, schema: &Json) -> SchemaPlan {
    let mut with_dialect = json!({"$schema": "http://json-schema.org/draft-07/schema#"});
    if let (Some(map), Some(own)) = (with_dialect.as_object_mut(), schema.as_object()) {
        map.extend(own.clone());
    }
    SchemaPlan {
        file: format!("{}.{of}.json", module(&signature.name)),
        text: serde_json::to_string_pretty(&with_dialect).unwrap_or_default(),
    }
}
