//! The plan: everything the templates print, decided and in order.
//!
//! Names, types and Rust expressions are settled here; a template only puts them in their places.

mod answer;
mod caller;
mod calls;
mod coercion;
mod conditions;
mod examples;
mod expr;
mod expression;
mod fields;
mod functions;
mod guest;
mod listed;
mod looks;
mod named_operators;
mod notes;
mod operators;
mod optional;
mod parameters;
mod place;
mod polls;
mod provenance;
mod recovery;
mod requests;
mod sandboxes;
mod segments;
mod snapshots;
mod step_pages;
mod steps;
mod streams;
mod surroundings;
mod types;

use serde::Serialize;

use crate::{
    check::{Resolved, Use},
    client::{Index, Method, RustType},
    contract,
    document::{Form, Operation, Plain},
    mapping::{Capability, ConfigKind},
    source::Span,
};

pub use examples::{Answer, EndPlan, ExamplePlan, ExamplesPlan, ExchangePlan, FunctionExamples};
pub use functions::{FunctionPlan, SchemaPlan};
pub use guest::GuestPlan;
pub use sandboxes::SandboxesPlan;
pub use snapshots::SnapshotsPlan;
pub use types::StructPlan;

#[derive(Debug, Serialize)]
pub struct Plan {
    pub provider: String,
    pub server: String,
    pub header: String,
    pub prefix: String,
    pub api_key_env: String,
    pub capabilities: Vec<CapabilityPlan>,
    /// Functions that a worker has only if its configuration asks for them.
    pub optional: Vec<optional::OptionalPlan>,
    pub config: Vec<ConfigPlan>,
    /// The provider's status rules, as Rust.
    pub codes: Vec<String>,
    pub sandboxes: Option<SandboxesPlan>,
    pub snapshots: Option<SnapshotsPlan>,
    pub guest: Option<GuestPlan>,
    pub functions: Vec<FunctionPlan>,
    /// What the worker registers as a sandbox adapter of the engine, if it can be one.
    pub adapter: Option<SchemaPlan>,
    /// Whether some functions are written in Rust.
    pub hooked: bool,
    /// The operations whose answers are not simply read.
    pub answers: Vec<AnswerPlan>,
}

/// How the answers of an operation are taken.
#[derive(Debug, Serialize)]
pub struct AnswerPlan {
    pub operation: String,
    /// `Answer::Unread`
    pub taken: String,
}

/// A tag, and the functions that make it true.
#[derive(Debug, Serialize)]
pub struct CapabilityPlan {
    pub tag: String,
    pub functions: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct ConfigPlan {
    pub name: String,
    pub description: String,
    pub kind: String,
    /// JSON text, as a Rust expression of an `Option`.
    pub default: String,
    pub required: bool,
}

/// One function that sends one request.
#[derive(Debug, Serialize)]
pub struct CallPlan {
    /// The Rust function's name.
    pub name: String,
    /// `POST /instance, mapping.yaml:51`
    pub doc: String,
    /// Parameters after `cx`: `input: &CreateInput`.
    pub parameters: Vec<String>,
    pub answer: String,
    /// What is the same in every call: the call site, how often to look.
    pub statics: Vec<String>,
    /// Functions that do a part of it.
    pub helpers: Vec<HelperPlan>,
    /// `let` statements that make the request's arguments.
    pub bindings: Vec<String>,
    /// The closing expression.
    pub send: String,
}

/// A function that does a part of a call: makes its body, notes what it has made.
#[derive(Clone, Debug, Serialize)]
pub struct HelperPlan {
    pub name: String,
    pub doc: String,
    /// How `cx` is named: `_` where nothing is read of it.
    pub cx: String,
    /// Parameters after `cx`.
    pub parameters: Vec<String>,
    /// What it returns.
    pub kind: String,
    /// Statements, and the expression of that type.
    pub lines: Vec<String>,
}

/// A request that takes a step back, made when the step is done and sent if the function fails.
#[derive(Debug, Serialize)]
pub struct UndoPlan {
    pub name: String,
    pub doc: String,
    pub parameters: Vec<String>,
    /// The name of the call site.
    pub site: String,
    pub statics: Vec<String>,
    pub helpers: Vec<HelperPlan>,
    pub bindings: Vec<String>,
    /// The names that the request borrows, to be cloned for each try.
    pub kept: Vec<String>,
    /// Names of these that are ids in its path.
    pub ids: Vec<String>,
    pub send: String,
}

pub fn plan(checked: &Resolved, index: &Index) -> Plan {
    let planner = Planner { checked, index };
    let mapping = &checked.mapping;
    Plan {
        hooked: mapping.functions.iter().any(|function| function.hook.is_some()),
        provider: mapping.provider.value.clone(),
        server: mapping.api.server.value.clone(),
        header: mapping.api.auth.header.clone(),
        prefix: mapping.api.auth.prefix.clone(),
        api_key_env: mapping.api.auth.env.value.clone(),
        capabilities: mapping.capabilities.iter().map(capability).collect(),
        optional: optional::all(checked),
        config: config(checked),
        codes: conditions::rules(&mapping.codes),
        sandboxes: mapping.sandboxes.as_ref().map(|s| planner.sandboxes(s)),
        snapshots: mapping.snapshots.as_ref().map(|s| planner.snapshots(s)),
        guest: planner.guest(),
        functions: checked
            .functions()
            .map(|(function, interface)| planner.function(function, interface))
            .collect(),
        adapter: adapter(checked),
        answers: answers(checked, index),
    }
}

impl Plan {
    /// The schemas of all functions.
    pub fn schemas(&self) -> impl Iterator<Item = &SchemaPlan> {
        let functions = self.functions.iter();
        let requests = functions.flat_map(|function| [&function.request, &function.response]);
        requests.chain(&self.adapter)
    }
}

fn adapter(checked: &Resolved) -> Option<SchemaPlan> {
    let names: Vec<&str> = checked
        .functions()
        .map(|(_, interface)| interface.signature.name.as_str())
        .collect();
    let functions = contract::adapter(&names)?;
    Some(SchemaPlan {
        file: "adapter.json".to_owned(),
        text: serde_json::to_string_pretty(&functions).unwrap_or_default(),
    })
}

struct Planner<'a> {
    checked: &'a Resolved,
    index: &'a Index,
}

impl Planner<'_> {
    /// `mapping.yaml:41`
    fn origin(&self, span: Span) -> String {
        let source = &self.checked.mapping.source;
        let name = source.name.rsplit(['/', '\\']).next().unwrap_or_default();
        format!("{name}:{}", source.line_column(span.start).0)
    }
}

/// Of operations that answer nothing that is read, or with a stream, and of those that may answer with a status that carries
/// nothing.
fn answers(checked: &Resolved, index: &Index) -> Vec<AnswerPlan> {
    let taken = |(operation, used, method): (&Operation, &Use, &Method)| {
        if used.streamed {
            return Some("Answer::Streamed".to_owned());
        }
        let ranges: Vec<String> = operation.bare.iter().map(|range| format!("{range:?}")).collect();
        let nothing = match method.answer {
            RustType::Unit => return Some("Answer::Unread".to_owned()),
            _ if operation.success.form() == Some(Form::Plain(Plain::Bytes)) => {
                return Some("Answer::Bytes".to_owned());
            }
            _ if operation.success.form() == Some(Form::Plain(Plain::Text)) => return Some("Answer::Text".to_owned()),
            RustType::Struct(_) | RustType::Map(_) => "{}",
            RustType::List(_) => "[]",
            _ => "null",
        };
        let bare = (!ranges.is_empty()).then(|| ranges.join(", "));
        bare.map(|bare| format!("Answer::Unless {{ bare: &[{bare}], nothing: {} }}", literal(nothing)))
    };
    let used = checked.used();
    let methods = used.filter_map(|(operation, used)| Some((operation, used, index.methods.get(&operation.id)?)));
    let mut plans: Vec<AnswerPlan> = methods
        .filter_map(|(operation, used, method)| {
            let (operation, taken) = (operation.id.clone(), taken((operation, used, method))?);
            Some(AnswerPlan { operation, taken })
        })
        .collect();
    plans.sort_by(|one, other| one.operation.cmp(&other.operation));
    plans
}

fn capability(capability: &Capability) -> CapabilityPlan {
    CapabilityPlan {
        tag: capability.tag.value.clone(),
        functions: capability.functions.iter().map(|name| name.value.clone()).collect(),
    }
}

fn config(checked: &Resolved) -> Vec<ConfigPlan> {
    let plan = |key: &crate::mapping::ConfigKey| ConfigPlan {
        name: key.name.value.clone(),
        description: key
            .description
            .clone()
            .unwrap_or_else(|| "A setting of this provider.".to_owned()),
        kind: match key.kind {
            ConfigKind::String => "String",
            ConfigKind::Integer => "Integer",
            ConfigKind::Boolean => "Boolean",
        }
        .to_owned(),
        default: match &key.default {
            Some(default) => format!("Some({})", literal(&default.to_string())),
            None => "None".to_owned(),
        },
        required: key.required,
    };
    checked.mapping.config.iter().map(plan).collect()
}

/// A Rust string literal.
fn literal(text: &str) -> String {
    proc_macro2::Literal::string(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// What looks into text; text that is code has been decided on before.
    const LOOKS: [&str; 5] = [
        concat!(".contains", "(\""),
        concat!("strip_", "suffix"),
        concat!("replace", "n("),
        concat!(".starts_with(\"", "Option"),
        concat!("to_string()", ".contains"),
    ];

    #[test]
    fn nothing_is_decided_by_looking_into_code() {
        for folder in ["src/plan", "src/client"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            for file in fs::read_dir(folder).expect("a folder") {
                let path = file.expect("a file").path();
                let text = fs::read_to_string(&path).expect("text");
                let found = LOOKS.iter().find(|looks| text.contains(**looks));
                assert_eq!(found, None, "{}", path.display());
            }
        }
    }
}
