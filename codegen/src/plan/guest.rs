//! Functions that the runtime serves by running programs in the sandbox, and how it runs them.

use serde::Serialize;

use crate::{
    check::line_bytes,
    contract::Signature,
    mapping::Function,
    naming::{ident, module},
};

use super::{Planner, types};

/// How the runtime runs a program in the sandbox of a call.
#[derive(Debug, Serialize)]
pub struct GuestPlan {
    /// Where that is written: `mapping.yaml:41`.
    pub origin: String,
    /// The module of the function that runs it.
    pub exec: String,
    /// How long a program may be, its arguments included, once quoted.
    pub line_bytes: i64,
    /// What that function is given: `cmd: program.cmd`.
    pub fields: Vec<String>,
}

impl Planner<'_> {
    /// None where no function takes it.
    pub fn guest(&self) -> Option<GuestPlan> {
        let via = self
            .checked
            .functions()
            .find_map(|(function, _)| function.via.as_ref())?;
        let (exec, interface) = self
            .checked
            .functions()
            .find(|(exec, _)| exec.name.value == via.value)?;
        let given = |name: &String| {
            let value = match name.as_str() {
                "sandbox_id" => "cx.sandbox_id().to_owned()",
                "cmd" => "program.cmd",
                "args" => "program.args",
                _ => "None",
            };
            format!("{}: {value}", ident(name))
        };
        Some(GuestPlan {
            origin: self.origin(exec.name.span),
            exec: module(&via.value),
            line_bytes: line_bytes(exec),
            fields: interface.inputs.iter().map(given).collect(),
        })
    }
}

/// The runtime's part of the same name does it, with the inputs beside the sandbox that it acts on; and what the handler
/// answers then.
pub fn served(function: &Function, signature: &Signature) -> (String, Vec<String>) {
    let inputs = types::properties(&signature.input).filter(|(name, _)| *name != "sandbox_id");
    let inputs: Vec<String> = inputs.map(|(name, _)| format!("input.{}", ident(name))).collect();
    let by = if function.via.is_some() { "guest::of(&cx)" } else { "cx" };
    let call = format!("{by}.{}({}).await?;", module(&signature.name), inputs.join(", "));
    let answered: Vec<String> = types::properties(&signature.output)
        .map(|(name, _)| ident(name))
        .collect();
    match answered.as_slice() {
        [] => (call, answered),
        [only] => (format!("let {only} = {call}"), answered),
        several => (format!("let ({}) = {call}", several.join(", ")), answered),
    }
}
