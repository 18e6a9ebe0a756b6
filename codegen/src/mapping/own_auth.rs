//! How a further API is told who calls: by the worker's key, not at all, or by a secret that is a value.

use crate::{diagnostic::Code, document::Proof, source::Spanned, yaml::Node};

use super::{Fields, Reader, Value, auth::can_be_sent};

/// A secret of its own: a fact of the sandbox, most often.
#[derive(Clone, Debug)]
pub struct OwnAuth {
    /// The security scheme that was named, once `by` is what the document says of it.
    pub scheme: Option<String>,
    pub by: By,
    pub value: Value,
}

/// What says where it stands in a request.
#[derive(Clone, Debug)]
pub enum By {
    /// A security scheme of the API's document.
    Scheme(Spanned<String>),
    Proof(Proof),
}

const HELP: &str = "write `same`, `none`, `{scheme: Name, value: $sandbox.token}`, `{bearer: {value: …}}` or \
                    `{header: {name: X-Token, value: …}}`";

/// What stands under `auth` of a further API: whether the key goes there, or another secret.
pub fn read(reader: &Reader, node: &Node) -> Option<(bool, Option<OwnAuth>)> {
    match node.as_str() {
        Some("same") => return Some((true, None)),
        Some("none") => return Some((false, None)),
        Some(other) => {
            let message = format!("`auth` of a further API is `same`, `none` or a secret of its own, not `{other}`");
            reader.problem(Code::WrongShape, node.span, message, HELP);
            return None;
        }
        None => {}
    }
    let mut fields = reader.fields(node, "`auth` of a further API")?;
    let scheme = fields.optional_string("scheme");
    let value = fields.optional("value");
    let bearer = fields.optional("bearer");
    let header = fields.optional("header");
    if !fields.done() {
        return None;
    }
    let own = match (scheme, value, bearer, header) {
        (Some(scheme), Some(value), None, None) => OwnAuth {
            scheme: None,
            by: By::Scheme(scheme),
            value: Value::read(reader, value),
        },
        (None, None, Some(bearer), None) => OwnAuth {
            scheme: None,
            by: By::Proof(Proof::Header("Authorization".to_owned(), "Bearer ".to_owned())),
            value: alone(reader, bearer)?,
        },
        (None, None, None, Some(header)) => in_header(reader, header)?,
        _ => {
            reader.problem(Code::ExclusiveKeys, node.span, "`auth` says in one way who calls", HELP);
            return None;
        }
    };
    is_no_literal(reader, &own.value).then_some((false, Some(own)))
}

fn alone(reader: &Reader, node: &Node) -> Option<Value> {
    let mut fields = reader.fields(node, "`bearer` of a further API")?;
    let value = value(reader, &mut fields);
    fields.done();
    value
}

fn in_header(reader: &Reader, node: &Node) -> Option<OwnAuth> {
    let mut fields = reader.fields(node, "`header` of a further API")?;
    let name = fields.required_string("name");
    let prefix = fields.optional_string("prefix");
    let value = value(reader, &mut fields);
    fields.done();
    can_be_sent(reader, name.as_ref(), prefix.as_ref());
    let prefix = prefix.map_or_else(String::new, |prefix| prefix.value);
    Some(OwnAuth {
        scheme: None,
        by: By::Proof(Proof::Header(name?.value, prefix)),
        value: value?,
    })
}

fn value(reader: &Reader, fields: &mut Fields<'_>) -> Option<Value> {
    fields.required("value").map(|node| Value::read(reader, node))
}

/// A secret that stands in the mapping would be no secret.
fn is_no_literal(reader: &Reader, value: &Value) -> bool {
    let mut is_told = false;
    value.walk(&mut |value| is_told |= value.as_reference().is_some());
    if !is_told {
        let message = "a secret that stands in the mapping is none";
        let help = "name what is kept of the sandbox: `$sandbox.token`, or write `same` for the worker's key";
        reader.problem(Code::InvalidLiteral, value.span, message, help);
    }
    is_told
}

impl OwnAuth {
    /// Where it stands, once that is known.
    pub fn proof(&self) -> Option<&Proof> {
        match &self.by {
            By::Proof(proof) => Some(proof),
            By::Scheme(_) => None,
        }
    }

    /// Whether it is what stands in a header of this name.
    pub fn is_in_header(&self, name: &str) -> bool {
        match self.proof() {
            Some(Proof::Header(header, _)) => header.eq_ignore_ascii_case(name),
            Some(Proof::Basic) => name.eq_ignore_ascii_case("authorization"),
            Some(Proof::Cookie(_)) => name.eq_ignore_ascii_case("cookie"),
            Some(Proof::Query(_)) | None => false,
        }
    }
}
