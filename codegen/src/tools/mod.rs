//! What those who edit `spec/` ask for: each tool reads the documents and what the check has found, and writes text.

pub mod examples;
pub mod explain;
pub mod inspect;
mod layout;
pub mod new;
pub mod refresh;
pub mod schema;
pub mod stub;
