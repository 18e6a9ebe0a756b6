//! Two things of one name: the generator lets them through, rustc would not, and far from the mapping.

use syn::{FnArg, ImplItem, Item, Pat};

/// Which fields, types, methods or arguments have the same name, as a sentence; `None` if none have.
pub fn find(items: &[Item]) -> Option<String> {
    let types = items.iter().filter_map(|item| match item {
        Item::Struct(of) => Some(of.ident.to_string()),
        Item::Enum(of) => Some(of.ident.to_string()),
        _ => None,
    });
    twice(types)
        .map(|name| format!("two types are called `{name}`"))
        .or_else(|| items.iter().find_map(within))
}

fn within(item: &Item) -> Option<String> {
    match item {
        Item::Mod(module) => find(module.content.as_ref().map_or(&[], |(_, items)| items)),
        Item::Struct(of) => {
            let fields = of
                .fields
                .iter()
                .filter_map(|field| Some(field.ident.as_ref()?.to_string()));
            twice(fields).map(|name| format!("two fields of `{}` are called `{name}`", of.ident))
        }
        Item::Impl(block) if block.trait_.is_none() => methods(&block.items),
        _ => None,
    }
}

fn methods(items: &[ImplItem]) -> Option<String> {
    let functions = || {
        items.iter().filter_map(|item| match item {
            ImplItem::Fn(function) => Some(&function.sig),
            _ => None,
        })
    };
    let names = functions().map(|signature| signature.ident.to_string());
    twice(names)
        .map(|name| format!("two methods are called `{name}`"))
        .or_else(|| {
            functions().find_map(|signature| {
                let name = twice(signature.inputs.iter().filter_map(argument))?;
                Some(format!("two arguments of `{}` are called `{name}`", signature.ident))
            })
        })
}

fn argument(input: &FnArg) -> Option<String> {
    let FnArg::Typed(argument) = input else {
        return None;
    };
    match &*argument.pat {
        Pat::Ident(name) => Some(name.ident.to_string()),
        _ => None,
    }
}

/// The first name that comes a second time.
fn twice(names: impl Iterator<Item = String>) -> Option<String> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(name.clone()))
}
