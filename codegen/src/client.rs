//! The REST client: progenitor's output, and an index of what it called things.
//!
//! Names are read from the generated code, never computed a second time: what a method's arguments are called, in which
//! order they stand and of what type each field is, only the generator knows for sure.

mod duplicate_names;
mod index;
mod loose;
mod panics;
mod types;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::{Value, json};
use syn::ImplItemFn;

use crate::lower::Wire;

pub use index::{Argument, Field, Index, Method};
pub use loose::name as loose_name;
pub use types::{Own, RustType, either};

/// The client's source text and its index.
pub struct Client {
    pub text: String,
    pub index: Index,
}

/// Generates the client of a lowered document, with a [`loose`] method for each of the operations in `loosely`, and what
/// the requests of others have on the wire; the error is the generator's own.
pub fn generate(lowered: &Value, loosely: &BTreeSet<String>, wires: &BTreeMap<String, Wire>) -> Result<Client, String> {
    let mut file = panics::catch(|| run(lowered))??;
    let typed = Index::of(&file);
    wire::apply(&mut file, &typed, wires);
    loose::add(&mut file, loosely);
    if let Some(problem) = duplicate_names::find(&file.items) {
        return Err(problem);
    }
    let index = Index::of(&file);
    for id in ids(lowered) {
        if !index.methods.contains_key(id) {
            return Err(format!("no method is called `{id}`"));
        }
    }
    Ok(Client {
        index,
        text: prettyplease::unparse(&file),
    })
}

/// The operation ids, which are to be the names of methods.
fn ids(lowered: &Value) -> impl Iterator<Item = &str> {
    let items = lowered["paths"].as_object().into_iter().flatten();
    let operations = items.filter_map(|(_, item)| item.as_object()).flatten();
    operations.filter_map(|(_, operation)| operation["operationId"].as_str())
}

fn run(lowered: &Value) -> Result<syn::File, String> {
    let document = serde_json::from_value(lowered.clone()).map_err(|e| e.to_string())?;
    let bytes = serde_json::from_value(json!({"type": "string", "format": "binary"})).map_err(|e| e.to_string())?;
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_inner_type(quote::quote!(::provider_runtime::http::Transport))
        .with_conversion(bytes, "::provider_runtime::value::Binary", std::iter::empty());
    let tokens = Generator::new(&settings)
        .generate_tokens(&document)
        .map_err(|error| error.to_string())?;
    syn::parse2(tokens).map_err(|error| error.to_string())
}

/// The operation of a method is what it is called.
fn id(function: &ImplItemFn) -> String {
    let name = function.sig.ident.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}
