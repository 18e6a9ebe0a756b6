//! Configuration keys: those that every worker has, and those that the mapping declares.

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{Shape, ShapeKind},
    mapping::{ConfigKind, Reference, Segment},
    naming::{WORD, is_word},
    source::Span,
};

use super::{Checker, types};

/// What every worker has (runtime/src/config/keys.rs), with a type where a mapping may read it. The file may have all keys
/// below `config`.
const SHARED: [(&str, Option<ShapeKind>); 16] = [
    ("owner", Some(ShapeKind::String)),
    ("api_base", Some(ShapeKind::String)),
    ("default_idle_timeout_secs", Some(ShapeKind::Integer)),
    ("max_concurrent_sandboxes", Some(ShapeKind::Integer)),
    ("request_timeout_secs", Some(ShapeKind::Integer)),
    ("ready_timeout_secs", Some(ShapeKind::Integer)),
    ("default_exec_timeout_secs", Some(ShapeKind::Integer)),
    ("max_output_bytes", Some(ShapeKind::Integer)),
    ("api_key_env", None),
    ("api_key_file", None),
    ("image_allowlist", None),
    ("max_concurrent_requests", None),
    ("max_response_bytes", None),
    ("allow_foreign", None),
    ("functions", None),
    ("config", None),
];

impl Checker<'_> {
    pub fn config_keys(&self) {
        for key in &self.mapping.config {
            let name = &key.name;
            if SHARED.iter().any(|(shared, _)| *shared == name.value) {
                let message = format!("every worker has a configuration key `{}` already", name.value);
                self.problem(Code::DuplicateKey, name.span, message, "give this one another name");
            } else if !is_word(&name.value) {
                let message = format!("`{}` cannot name a configuration key", name.value);
                self.problem(Code::InvalidName, name.span, message, WORD);
            }
        }
    }

    /// The type of a key that a value refers to.
    pub fn config(&self, reference: &Reference, span: Span) -> Shape {
        let [Segment::Field(name)] = reference.path.as_slice() else {
            return self.out_of_place(reference, span, "write `$config.key`");
        };
        if let Some((_, Some(kind))) = SHARED.iter().find(|(key, _)| key == name) {
            return types::of(kind.clone());
        }
        if let Some(key) = self.mapping.config.iter().find(|key| key.name.value == *name) {
            let kind = match key.kind {
                ConfigKind::String => ShapeKind::String,
                ConfigKind::Integer => ShapeKind::Integer,
                ConfigKind::Boolean => ShapeKind::Boolean,
            };
            return Shape {
                nullable: key.default.is_none(),
                ..types::of(kind)
            };
        }
        if self.mapping.is_broken("config") || self.mapping.is_broken(&format!("config.{name}")) {
            return Shape::any();
        }
        let known = SHARED.iter().filter(|(_, kind)| kind.is_some()).map(|(key, _)| *key);
        let known = known.chain(self.mapping.config.iter().map(|key| key.name.value.as_str()));
        let message = format!("no configuration key `{name}`");
        self.problem(Code::UnknownReference, span, message, did_you_mean(name, known));
        Shape::any()
    }
}
