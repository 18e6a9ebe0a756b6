//! The reference page for those who call the functions.

use std::collections::BTreeSet;

use indexmap::IndexSet;
use serde_json::Value;

use crate::{
    contract::{self, Signature},
    mapping::{Call, Function, SlotRule},
    tools::examples,
};

use super::{Explained, call, field, walk::Part};

impl Explained {
    /// The page that the worker's README links to.
    pub fn markdown(&self) -> String {
        let provider = &self.checked.mapping.provider.value;
        let mut page = format!(
            "# Functions of the provider `{provider}`\n\n<!-- Made by `cargo codegen explain --markdown` from spec/. \
             Do not edit. -->\n\nEach is registered as `sandbox::provider::{provider}::<function>`.\n\n",
        );
        page.push_str(&self.contents());
        page.push_str("\n## Capabilities\n\n| tag | functions |\n|---|---|\n");
        for (tag, functions) in self.capabilities() {
            page.push_str(&row(&[&format!("`{tag}`"), &functions]));
        }
        for (function, signature) in self.signed() {
            page.push_str(&self.section(function, signature));
        }
        page.push_str(&self.codes_section());
        page.push_str(&self.adapter_section());
        page
    }

    fn contents(&self) -> String {
        let mut table = "| function | what it does |\n|---|---|\n".to_owned();
        for (_, signature) in self.signed() {
            let anchor = signature.name.replace("::", "");
            let link = format!("[`{}`](#{anchor})", signature.name);
            table.push_str(&row(&[&link, signature.description.trim()]));
        }
        table
    }

    fn section(&self, function: &Function, signature: &Signature) -> String {
        let mut text = format!("\n## `{}`\n\n{}\n", signature.name, signature.description.trim());
        if let Some(name) = self.asked_by(function) {
            let named = if name == signature.name {
                "it"
            } else {
                &format!("`{name}`")
            };
            text.push_str(&format!(
                "\nOptional: a worker has it if the list `functions` of its configuration names {named}.\n"
            ));
        }
        if let Some(via) = &function.via {
            text.push_str(&format!(
                "\nDone by POSIX scripts that the worker runs in the sandbox as `{}` runs programs.\n",
                via.value
            ));
        }
        text.push_str(&self.input_table(function, signature));
        text.push_str(&self.output_table(signature));
        let parts = self.parts(function, signature);
        if let Some(diagram) = self.sequence(signature, &parts) {
            text.push_str(&format!("\n```mermaid\n{diagram}```\n"));
        }
        let endpoints = self.endpoints(&parts);
        if !endpoints.is_empty() {
            text.push_str(&format!("\nEndpoints: {}.\n", endpoints.join(", ")));
        }
        let codes: Vec<String> = self
            .codes(function, signature)
            .iter()
            .map(|code| format!("`{code}`"))
            .collect();
        let codes = if codes.is_empty() {
            "none".to_owned()
        } else {
            codes.join(", ")
        };
        text.push_str(&format!("\nCodes: {codes}.\n"));
        text.push_str(&self.examples_section(&signature.name));
        text
    }

    /// What is sent and answered, example by example.
    fn examples_section(&self, function: &str) -> String {
        let examples = self.examples.of_function(function).iter();
        let section = examples.map(|example| {
            let shown = examples::shown(function, example);
            format!(
                "\nExample: {}.\n\n```text\n{shown}```\n",
                example.summary.trim_end_matches('.')
            )
        });
        section.collect()
    }

    fn input_table(&self, function: &Function, signature: &Signature) -> String {
        let fields = field::all(&self.contract, &signature.input);
        if fields.is_empty() {
            return "\nTakes nothing.\n".to_owned();
        }
        let mut table = "\n| input | type | bounds | default | |\n|---|---|---|---|---|\n".to_owned();
        for field in fields {
            let ignored = function.ignored.iter().find(|(name, _)| name.value == field.name);
            let about = match ignored {
                Some((_, why)) => format!("{} Ignored: {}", field.description, why.value),
                None => field.description,
            };
            let needed = if field.required { ", required" } else { "" };
            let cells = [
                format!("`{}`", field.name),
                format!("{}{needed}", field.kind),
                field.bounds.join("; "),
                field.default.map_or_else(String::new, |default| format!("`{default}`")),
                about.trim().to_owned(),
            ];
            table.push_str(&row(&cells.each_ref().map(String::as_str)));
        }
        table
    }

    fn output_table(&self, signature: &Signature) -> String {
        let fields = field::all(&self.contract, &signature.output);
        if fields.is_empty() {
            return "\nAnswers an empty object.\n".to_owned();
        }
        let mut table = "\n| output | type | |\n|---|---|---|\n".to_owned();
        for field in fields {
            let may = if field.required { "" } else { ", may be absent" };
            let kind = format!("{}{may}", field.kind);
            table.push_str(&row(&[&format!("`{}`", field.name), &kind, &field.description]));
        }
        table
    }

    /// The operations that are called, in order, each once, those that take something back included.
    fn endpoints(&self, parts: &[Part<'_>]) -> Vec<String> {
        let said = |call: &Call, why: &str| format!("`{}`{why}", call::label(&self.checked, call));
        let all = parts.iter().flat_map(|part| match part {
            Part::Note(_) => Vec::new(),
            Part::Request(call) => vec![said(call, "")],
            Part::Block(_, _, parts) => self.endpoints(parts),
            Part::Undo(calls) => calls.iter().map(|call| said(call, " to undo")).collect(),
        });
        let once: IndexSet<String> = all.collect();
        once.into_iter().collect()
    }

    /// The codes that a caller can get: the runtime's own, and those of the status rules.
    fn codes(&self, function: &Function, signature: &Signature) -> Vec<String> {
        let takes = |name: &str| signature.input["properties"].get(name).is_some();
        let some_input = signature.input["properties"]
            .as_object()
            .is_some_and(|all| !all.is_empty());
        let calls = !function.steps.is_empty() || function.hook.is_some() || function.is_served();
        let rules = self.acting(function).steps.iter().flat_map(|step| &step.call.outcomes);
        let rules = rules
            .chain(&self.checked.mapping.codes)
            .filter_map(|rule| rule.then.code())
            .map(|code| code.value.as_str());
        let given: Vec<&str> = if calls { rules.collect() } else { Vec::new() };
        let possible = |code: &str| match code {
            "S001" => some_input,
            "S002" => takes("sandbox_id"),
            "S100" => takes("image"),
            "S400" => matches!(function.slots, Some(SlotRule::Take(_))),
            // A provider that cannot be reached, and a key that is missing, need no status.
            "S502" | "S503" => calls,
            _ => false,
        };
        let all = self.contract.codes.keys();
        all.filter(|code| possible(code) || given.contains(&code.as_str()))
            .cloned()
            .collect()
    }

    /// What the worker offers as a sandbox adapter, and its codes beside those of the family.
    fn adapter_section(&self) -> String {
        let mapped: Vec<&str> = self.signed().map(|(_, signature)| signature.name.as_str()).collect();
        let Some(adapter) = contract::adapter(&mapped) else {
            return String::new();
        };
        let offered = adapter["functions"].as_array().map_or(&[][..], Vec::as_slice);
        let (routed, own): (Vec<_>, Vec<_>) = offered.iter().partition(|function| function["by"].is_null());
        let mut text =
            "\n## As a sandbox adapter\n\nThe worker registers these as `<worker>::<function>`; the engine's router \
                        forwards `sandbox::<function>` to them.\n"
                .to_owned();
        text.push_str(&offers(&routed));
        if !own.is_empty() {
            text.push_str(
                "\nThese it registers beside them. The router does not know them: call `<worker>::<function>`.\n",
            );
            text.push_str(&offers(&own));
        }
        text.push_str(
            "\nAn error's message holds `{type, code, message, docs_url, retryable, fix, fix_note}`; `fix` has the fields with \
             which the same request would be accepted.\n\n| when | code of the family | code of the adapter |\n|---|---|---|\n",
        );
        let used = self.used_codes();
        for condition in contract::conditions() {
            let family = condition.family.filter(|code| used.contains(code));
            let family = family.map_or_else(|| "-".to_owned(), |code| format!("`{code}`"));
            let adapter: Vec<String> = condition.adapter.iter().map(|code| format!("`{code}`")).collect();
            let later = if condition.retryable { ", retryable" } else { "" };
            text.push_str(&row(&[
                &condition.when,
                &family,
                &format!("{}{later}", adapter.join(" to ")),
            ]));
        }
        text
    }

    /// The codes of the family that some function can be refused with.
    fn used_codes(&self) -> BTreeSet<String> {
        let functions = self.signed();
        functions
            .flat_map(|(function, signature)| self.codes(function, signature))
            .collect()
    }

    fn codes_section(&self) -> String {
        let mut text = "\n## Codes\n\nAn error is `[CODE] text`.\n\n| code | what it means |\n|---|---|\n".to_owned();
        let used = self.used_codes();
        for (code, means) in self.contract.codes.iter().filter(|(code, _)| used.contains(*code)) {
            text.push_str(&row(&[&format!("`{code}`"), means]));
        }
        text
    }
}

/// A row for each function of the adapter.
fn offers(functions: &[&Value]) -> String {
    let mut table = "\n| function | |\n|---|---|\n".to_owned();
    for function in functions {
        let [name, description] = ["name", "description"].map(|key| function[key].as_str().unwrap_or_default());
        table.push_str(&row(&[&format!("`{name}`"), description]));
    }
    table
}

fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| cell.replace('|', "\\|").replace('\n', " "))
        .collect();
    format!("| {} |\n", cells.join(" | "))
}
