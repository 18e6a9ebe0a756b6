//! Functions of the contract that the runtime serves wherever a mapping has the section that lets it.

use crate::{
    contract::Contract,
    diagnostic::Code,
    mapping::{Capability, Function, Mapping, Reader},
    source::{Span, Spanned},
};

/// Adds them, and the capabilities that they make true, to what is mapped.
pub fn add(mapping: &mut Mapping, contract: &Contract, reader: &Reader) {
    for signature in &contract.functions {
        let section = signature.section.as_deref();
        let Some((section, span)) = section.and_then(|name| Some((name, section_of(mapping, name)?))) else {
            continue;
        };
        let named = |function: &&Function| function.name.value == signature.name;
        if let Some(mapped) = mapping.functions.iter().find(named) {
            let message = format!("`{}` comes with `{section}`", signature.name);
            reader.problem(Code::DuplicateKey, mapped.name.span, message, "remove it here");
        } else {
            mapping.functions.push(Function::served(&signature.name, span));
        }
        for (tag, functions) in &contract.capabilities {
            let given = mapping
                .capabilities
                .iter()
                .any(|capability| capability.tag.value == *tag);
            if *functions == [signature.name.clone()] && !given {
                let at = |text: &String| Spanned::new(text.clone(), span);
                mapping.capabilities.push(Capability {
                    tag: at(tag),
                    functions: functions.iter().map(at).collect(),
                });
            }
        }
    }
}

/// Where a section of the mapping stands that lets the runtime serve functions.
fn section_of(mapping: &Mapping, name: &str) -> Option<Span> {
    match name {
        "sandboxes.lifetime" => Some(mapping.sandboxes.as_ref()?.lifetime.as_ref()?.span),
        _ => None,
    }
}
