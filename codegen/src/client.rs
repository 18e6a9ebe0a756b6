//! The REST client: progenitor's output, and an index of what it called things.
//!
//! Names are read from the generated code, never computed a second time: what a method's arguments are called, in which
//! order they stand and of what type each field is, only the generator knows for sure.

mod index;

use std::panic::{AssertUnwindSafe, catch_unwind};

use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::Value;

pub use index::{Argument, Index, Method, Type};

/// The client's source text and its index.
pub struct Client {
    pub text: String,
    pub index: Index,
}

/// Generates the client of a lowered document; the error is the generator's own.
pub fn generate(lowered: &Value) -> Result<Client, String> {
    let file = catch_unwind(AssertUnwindSafe(|| run(lowered))).unwrap_or_else(|panic| Err(panic_text(&*panic)))?;
    Ok(Client {
        index: Index::of(&file),
        text: prettyplease::unparse(&file),
    })
}

fn run(lowered: &Value) -> Result<syn::File, String> {
    let document = serde_json::from_value(lowered.clone()).map_err(|e| e.to_string())?;
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_inner_type(quote::quote!(::provider_runtime::http::Transport));
    let tokens = Generator::new(&settings)
        .generate_tokens(&document)
        .map_err(|error| error.to_string())?;
    syn::parse2(tokens).map_err(|error| error.to_string())
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the generator panicked").to_owned()
}
