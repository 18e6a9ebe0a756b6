//! Who makes a call: names and messages of what is generated for it.

use crate::mapping::{Call, Kind};

/// Who makes a call, for names and messages.
pub struct Caller<'a> {
    /// What the call is for.
    pub role: Role,
    /// What the call is called beside its role: the name of its step.
    pub name: String,
    /// `create`
    pub function: &'a str,
    /// `start`
    pub step: &'a str,
    pub doc: String,
    /// What may exist after it, whatever it answers.
    pub creates: Vec<Kind>,
    /// Whether its status is read afterwards.
    pub tells: bool,
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is the step.
    Call,
    /// It confirms the status of a step's call.
    Confirm,
    /// It looks for what a step waits for.
    Look,
    /// It asks for a page of the list that a step reads.
    Page,
    /// It takes a step back; a step may have several of these.
    Undo(usize),
}

impl Role {
    /// The name of the call's Rust function: `call_end` is confirmed by `confirm_end`.
    pub fn function(self, name: &str) -> String {
        match self {
            Role::Call => format!("call_{name}"),
            Role::Confirm => format!("confirm_{name}"),
            Role::Look => format!("look_{name}"),
            Role::Page => format!("page_{name}"),
            Role::Undo(n) => format!("undo_{name}_{n}"),
        }
    }
}

impl<'a> Caller<'a> {
    /// The name of its Rust function.
    pub fn function_name(&self) -> String {
        self.role.function(&self.name)
    }

    /// The name of something that is the same in every call: `SITE_CALL_END`.
    pub fn constant(&self, what: &str) -> String {
        format!("{what}_{}", self.function_name().to_uppercase())
    }

    /// Who makes another call for the same step, of which nothing may exist.
    pub fn beside(&self, role: Role, doc: String) -> Caller<'a> {
        Caller {
            role,
            name: self.name.clone(),
            doc,
            creates: Vec::new(),
            tells: false,
            ..*self
        }
    }
}

/// The begin of a request.
pub fn at(call: &Call, caller: &Caller<'_>) -> String {
    let at = format!("cx.at(&{})", caller.constant("SITE"));
    match call.server {
        None => at,
        Some(_) => format!("{at}.to(&api)"),
    }
}
