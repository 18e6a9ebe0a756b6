//! What a function takes and answers: the contract says it, or the mapping.

use serde_json::Value as Json;

use crate::{
    contract::{Side, Signature},
    diagnostic::{Code, Sink, nearest},
    mapping::Function,
    naming::{self, WORD, is_word},
    source::Spanned,
    yaml::Node,
};

use super::{Checker, scope::Input};

impl Checker<'_> {
    /// `fs::read` and `fs_read` would be one module.
    pub fn modules(&self) {
        let module = |function: &Function| naming::module(&function.name.value);
        let functions = &self.mapping.functions;
        for (at, function) in functions.iter().enumerate() {
            if let Some(same) = functions[..at]
                .iter()
                .find(|earlier| module(earlier) == module(function))
            {
                let message = format!(
                    "`{}` and `{}` have the same name in Rust",
                    same.name.value, function.name.value
                );
                self.problem(
                    Code::DuplicateKey,
                    function.name.span,
                    message,
                    "give one of them another name",
                );
            }
        }
    }

    pub fn input_of(&self, signature: &Signature) -> Input {
        match &signature.input {
            Json::Null => Input::Unknown,
            _ => Input::Of(self.document.type_of(&signature.filled_input())),
        }
    }

    /// The contract's signature, or the one that the mapping declares; null where it declares none that is sound.
    pub fn signature(&self, function: &Function) -> Signature {
        let name = &function.name.value;
        let declared = |node: &Option<Node>, side| {
            let node = node.as_ref()?;
            let mut sink = Sink::default();
            let sound = self.contract.takes(&self.mapping.source, node, side, &mut sink);
            self.reader.extend(sink);
            Some(if sound { node.to_json() } else { Json::Null })
        };
        let (input, output) = (
            declared(&function.input, Side::Input),
            declared(&function.output, Side::Output),
        );
        if let Some(signature) = self.contract.function(name) {
            for node in [&function.input, &function.output].into_iter().flatten() {
                let message = format!("`{name}` is in the family's contract, which says what it takes and answers");
                self.problem(Code::UnknownKey, node.span, message, "remove `input` and `output`");
            }
            return signature.clone();
        }
        if !function.broken && (input.is_none() || output.is_none() || function.description.is_none()) {
            let message = format!("`{name}` is not in the contract and does not say what it takes and answers");
            let names = self.contract.functions.iter().map(|f| f.name.as_str());
            let guess = nearest(name, names)
                .map(|n| format!("did you mean `{n}`? else "))
                .unwrap_or_default();
            let help = format!("{guess}add `description:`, `input:` and `output:`");
            self.problem(Code::UnknownFunction, function.name.span, message, help);
        }
        self.function_name(&function.name);
        Signature {
            name: name.clone(),
            description: function
                .description
                .as_ref()
                .map_or_else(String::new, |d| d.value.clone()),
            input: input.unwrap_or_default(),
            output: output.unwrap_or_default(),
            optional: false,
            section: None,
            via: None,
        }
    }

    fn function_name(&self, name: &Spanned<String>) {
        if !name.value.split("::").all(is_word) {
            let message = format!("`{}` cannot name a function", name.value);
            self.problem(Code::InvalidName, name.span, message, format!("{WORD}; `::` nests"));
        }
    }
}
