//! Configuration keys: those that every worker has, and those that the mapping declares.

use std::iter;

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{Type, TypeKind},
    mapping::{ConfigKind, Reference, Root, Segment, Shared},
    naming::{WORD, is_word},
    source::{Span, Spanned},
};

use super::{Checker, types};

/// What every worker has (runtime/src/config/keys.rs), with a type where a mapping may read it. The file may have all keys
/// below `config`.
const SHARED: [(&str, Option<TypeKind>); 19] = [
    ("owner", Some(TypeKind::String)),
    ("api_base", Some(TypeKind::String)),
    ("default_idle_timeout_secs", Some(TypeKind::Integer)),
    ("max_concurrent_sandboxes", Some(TypeKind::Integer)),
    ("request_timeout_secs", Some(TypeKind::Integer)),
    ("ready_timeout_secs", Some(TypeKind::Integer)),
    ("default_exec_timeout_secs", Some(TypeKind::Integer)),
    ("max_output_bytes", Some(TypeKind::Integer)),
    ("api_key_env", None),
    ("api_key_file", None),
    ("image_allowlist", None),
    ("images", None),
    ("allow_provider_images", None),
    ("max_concurrent_requests", None),
    ("max_exec_per_sandbox", None),
    ("max_response_bytes", None),
    ("allow_foreign", None),
    ("functions", None),
    ("config", None),
];

/// Whether every worker has a key of this name.
pub fn is_config_key(name: &str) -> bool {
    SHARED.iter().any(|(shared, _)| *shared == name)
}

impl Checker<'_> {
    pub fn config_keys(&self) {
        for key in &self.mapping.config {
            let name = &key.name;
            if is_config_key(&name.value) {
                let message = format!("every worker has a configuration key `{}` already", name.value);
                self.problem(Code::DuplicateKey, name.span, message, "give this one another name");
            } else if !is_word(&name.value) {
                let message = format!("`{}` cannot name a configuration key", name.value);
                self.problem(Code::InvalidName, name.span, message, WORD);
            }
        }
    }

    /// A key that an example configures is one that there is.
    pub fn is_configurable(&self, name: &Spanned<String>) {
        let shared = SHARED.iter().map(|(key, _)| *key);
        let known = shared.chain(self.mapping.config.iter().map(|key| key.name.value.as_str()));
        if !known.clone().any(|key| key == name.value) {
            let message = format!("no configuration key `{}`", name.value);
            self.problem(
                Code::MisfitExample,
                name.span,
                message,
                did_you_mean(&name.value, known),
            );
        }
    }

    /// The keys of what every call of an API is given, whether one is made already or not.
    fn given_to_all(&self) -> Vec<String> {
        let further = self.mapping.apis.iter().map(|api| &api.shared);
        let all = iter::once(&self.mapping.api.shared).chain(further);
        let mut keys = Vec::new();
        for value in all.flat_map(Shared::values) {
            value.walk(&mut |value| {
                let of_config = value.as_reference().filter(|reference| reference.root == Root::Config);
                if let Some(Segment::Field(name)) = of_config.and_then(|reference| reference.path.first()) {
                    keys.push(name.clone());
                }
            });
        }
        keys
    }

    /// Keys that nothing reads. What is wrong elsewhere may be why, and Rust may read what a mapping with hooks does not.
    pub fn unread_config(&self) {
        let hooked = self.mapping.functions.iter().any(|function| function.hook.is_some());
        if hooked || self.reader.found() > 0 {
            return;
        }
        let mut read = self.configured.borrow().clone();
        read.extend(self.given_to_all());
        for key in self.mapping.config.iter().filter(|key| !read.contains(&key.name.value)) {
            let name = &key.name;
            let message = format!("nothing reads the configuration key `{}`", name.value);
            let help = format!("read it as `$config.{}`, or remove it", name.value);
            self.problem(Code::NoEffect, name.span, message, help);
        }
    }

    /// The type of a key that a value refers to.
    pub fn config(&self, reference: &Reference, span: Span) -> Type {
        let [Segment::Field(name)] = reference.path.as_slice() else {
            return self.out_of_place(reference, span, "write `$config.key`");
        };
        if let Some((_, Some(kind))) = SHARED.iter().find(|(key, _)| key == name) {
            return types::of(kind.clone());
        }
        if let Some(key) = self.mapping.config.iter().find(|key| key.name.value == *name) {
            self.configured.borrow_mut().insert(name.clone());
            let kind = match key.kind {
                ConfigKind::String => TypeKind::String,
                ConfigKind::Integer => TypeKind::Integer,
                ConfigKind::Boolean => TypeKind::Boolean,
            };
            return Type {
                nullable: key.default.is_none() && !key.required,
                ..types::of(kind)
            };
        }
        if self.mapping.is_broken("config") || self.mapping.is_broken(&format!("config.{name}")) {
            return Type::any();
        }
        let known = SHARED.iter().filter(|(_, kind)| kind.is_some()).map(|(key, _)| *key);
        let known = known.chain(self.mapping.config.iter().map(|key| key.name.value.as_str()));
        let message = format!("no configuration key `{name}`");
        self.problem(Code::UnknownReference, span, message, did_you_mean(name, known));
        Type::any()
    }
}
