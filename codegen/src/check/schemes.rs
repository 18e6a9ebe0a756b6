//! Security schemes that a mapping names: where the secret stands is for the document to say.

use crate::{
    diagnostic::{Code, did_you_mean},
    document::{Document, Type},
    mapping::{By, Mapping, OwnAuth, Reader, Server},
};

use super::{Checker, scope::Scope, values::Place};

/// Puts what the documents say in the place of the schemes' names.
pub fn settle(mapping: &mut Mapping, document: &Document, reader: &Reader) {
    let mut settled = Vec::new();
    for api in &mut mapping.apis {
        let name = api.name.value.as_str();
        if let Some(auth) = &mut api.own_auth {
            settle_one(auth, name, document, reader);
            settled.push((name.to_owned(), auth.clone()));
        }
    }
    mapping.change_calls(&mut |call| {
        if let Some(server) = &mut call.server {
            let found = settled.iter().find(|(name, _)| *name == server.api);
            server.own_auth = found.map(|(_, auth)| auth.clone());
        }
    });
}

fn settle_one(auth: &mut OwnAuth, api: &str, document: &Document, reader: &Reader) {
    let By::Scheme(name) = &auth.by else { return };
    match document.proof(api, &name.value) {
        Some(Ok(proof)) => {
            auth.scheme = Some(name.value.clone());
            auth.by = By::Proof(proof);
        }
        Some(Err(help)) => {
            let message = format!("what `{}` asks for cannot be sent", name.value);
            reader.problem(Code::UnsupportedConstruct, name.span, message, help);
        }
        None => {
            let known = document.scheme_names(api);
            let message = format!("the document of `{api}` has no security scheme `{}`", name.value);
            let help = match known.is_empty() {
                true => "it has none at all: name a header, `{header: {name: X-Token, value: …}}`".to_owned(),
                false => did_you_mean(&name.value, known),
            };
            reader.problem(Code::UnknownReference, name.span, message, help);
        }
    }
}

impl Checker<'_> {
    /// The secret of a further API is text; what is absent is not sent.
    pub fn secret_of(&mut self, server: &Server, scope: &Scope<'_>) {
        self.own_secret(server.own_auth.as_ref(), scope);
    }

    pub fn own_secret(&mut self, auth: Option<&OwnAuth>, scope: &Scope<'_>) {
        // A scheme that there is not is told as that.
        let Some(auth) = auth.filter(|auth| matches!(auth.by, By::Proof(_))) else {
            return;
        };
        let ty = Type::string();
        let place = Place {
            name: "auth",
            ty: &ty,
            required: false,
            unknown: Code::WrongType,
            missing: Code::WrongType,
        };
        self.value(&auth.value, &place, scope);
    }
}
