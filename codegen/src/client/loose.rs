//! Methods that answer whatever JSON there is, as whatever takes it.
//!
//! What tells of many things, or of one that anybody may have written to, is not read by a type as a whole: one odd field
//! would hide all the others. So an operation that does has a second method beside its typed one.

use std::collections::BTreeSet;

use syn::{File, ImplItem, ImplItemFn, Item, parse_quote};

use super::id;

/// What the method is called beside the one of this name.
pub fn name(method: &str) -> String {
    format!("{}_as", method.strip_prefix("r#").unwrap_or(method))
}

/// Adds one for each of these operations.
pub fn add(file: &mut File, operations: &BTreeSet<String>) {
    for item in &mut file.items {
        if let Item::Impl(block) = item
            && block.trait_.is_none()
        {
            let functions = block.items.iter().filter_map(|item| match item {
                ImplItem::Fn(function) => Some(function),
                _ => None,
            });
            let asked = functions.filter(|function| operations.contains(&id(function)));
            let added: Vec<ImplItem> = asked.map(|function| ImplItem::Fn(loose(function))).collect();
            block.items.extend(added);
        }
    }
}

fn loose(function: &ImplItemFn) -> ImplItemFn {
    let mut loose = function.clone();
    loose.sig.ident = quote::format_ident!("{}", name(&id(function)));
    loose
        .sig
        .generics
        .params
        .push(parse_quote!(T: ::serde::de::DeserializeOwned));
    loose.sig.output = parse_quote!(-> Result<ResponseValue<T>, Error<()>>);
    loose
}
