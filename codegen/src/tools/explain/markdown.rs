//! The reference page for those who call the functions.

use crate::{
    contract::{self, Signature},
    mapping::{Function, SlotRule},
    tools::examples,
};

use super::{Explained, call, field};

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
        if let Some(diagram) = self.sequence(function, signature) {
            text.push_str(&format!("\n```mermaid\n{diagram}```\n"));
        }
        let endpoints = self.endpoints(self.acting(function));
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

    /// The operations that the function calls, in order, those that take it back included.
    fn endpoints(&self, function: &Function) -> Vec<String> {
        let mut found = Vec::new();
        let mut add = |text: String| {
            if !found.contains(&text) {
                found.push(text);
            }
        };
        for step in &function.steps {
            add(format!("`{}`", call::label(&self.checked, &step.call)));
            if let Some(found) = &step.found {
                add(format!("`{}`", call::label(&self.checked, &found.call)));
            }
        }
        if let Some(lifetime) = self.lifetime().filter(|_| function.served) {
            add(format!("`{}`", call::label(&self.checked, &lifetime.set)));
        }
        let undos = function.steps.iter().flat_map(|step| &step.undo);
        for call in undos.filter_map(|undo| self.taking_back(undo)) {
            add(format!("`{}` to undo", call::label(&self.checked, call)));
        }
        found
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
        let mut text =
            "\n## As a sandbox adapter\n\nThe worker registers these as `<worker>::<function>`; the engine's router \
            forwards `sandbox::<function>` to them.\n\n| function | |\n|---|---|\n"
                .to_owned();
        for function in adapter["functions"].as_array().into_iter().flatten() {
            let [name, description] = ["name", "description"].map(|key| function[key].as_str().unwrap_or_default());
            text.push_str(&row(&[&format!("`{name}`"), description]));
        }
        text.push_str(
            "\nAn error's message holds `{type, code, message, docs_url, retryable, fix, fix_note}`; `fix` has the fields with \
             which the same request would be accepted.\n\n| when | code of the family | code of the adapter |\n|---|---|---|\n",
        );
        for condition in contract::conditions() {
            let (family, adapter) = (shown(condition.family.as_ref()), shown(condition.adapter.as_ref()));
            text.push_str(&row(&[&condition.when, &family, &adapter]));
        }
        text
    }

    fn codes_section(&self) -> String {
        let mut text = "\n## Codes\n\nAn error is `[CODE] text`.\n\n| code | what it means |\n|---|---|\n".to_owned();
        for (code, means) in &self.contract.codes {
            let used = self
                .signed()
                .any(|(function, signature)| self.codes(function, signature).contains(code));
            if used {
                text.push_str(&row(&[&format!("`{code}`"), means]));
            }
        }
        text
    }
}

/// A code as the table shows it.
fn shown(code: Option<&String>) -> String {
    code.map_or_else(|| "-".to_owned(), |code| format!("`{code}`"))
}

fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| cell.replace('|', "\\|").replace('\n', " "))
        .collect();
    format!("| {} |\n", cells.join(" | "))
}
