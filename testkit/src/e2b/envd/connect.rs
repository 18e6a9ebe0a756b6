//! Connect's protocol as far as one message in and a stream of messages out need it: envelopes, errors, timeouts.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::e2b::call::Arrived;

pub(super) const STREAM: &str = "application/connect+json";

/// A flag of an envelope: the message is compressed.
const COMPRESSED: u8 = 0x01;

/// An error of a call, which is answered with status 200 in the last envelope.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RpcError {
    code: &'static str,
    message: String,
}

impl RpcError {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("invalid_argument", message)
    }

    pub(super) fn shown(&self) -> Value {
        json!({"code": self.code, "message": self.message})
    }
}

/// The message of a body that is one envelope and nothing more.
pub(super) fn message<T: DeserializeOwned>(body: &[u8]) -> Result<T, RpcError> {
    let wrong = |what: &str| RpcError::invalid(format!("protocol error: {what}"));
    let (head, message) = body.split_at_checked(5).ok_or_else(|| wrong("incomplete envelope"))?;
    let length: [u8; 4] = head[1..].try_into().expect("four of five bytes");
    let promised = usize::try_from(u32::from_be_bytes(length)).expect("a length of 32 bits");
    match head[0] {
        0 => {}
        flags if flags & COMPRESSED != 0 => return Err(wrong("sent compressed message without compression support")),
        flags => return Err(wrong(&format!("invalid envelope flags {flags}"))),
    }
    match message.len() {
        length if length < promised => return Err(wrong("promised more bytes than there are")),
        length if length > promised => return Err(wrong("more than one message")),
        _ => {}
    }
    let value: Value =
        serde_json::from_slice(message).map_err(|error| wrong(&format!("unmarshal message: {error}")))?;
    serde_path_to_error::deserialize(value).map_err(|error| wrong(&format!("unmarshal message: {error}")))
}

/// What the header with the protocol's version must say.
pub(super) fn check_version(arrived: &Arrived) -> Result<(), RpcError> {
    match arrived.header("Connect-Protocol-Version") {
        Some("1") => Ok(()),
        Some(other) => Err(RpcError::invalid(format!(
            "connect-protocol-version must be \"1\": got {other:?}"
        ))),
        None => Err(RpcError::invalid(
            "missing required header: set Connect-Protocol-Version to \"1\"",
        )),
    }
}

/// After what time the call ends, and the program with it.
pub(super) fn timeout(arrived: &Arrived) -> Result<Option<Duration>, RpcError> {
    let Some(text) = arrived.header("Connect-Timeout-Ms") else {
        return Ok(None);
    };
    let is_number = !text.is_empty() && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    let millis = text.parse().ok().filter(|_| is_number);
    let wrong = || RpcError::invalid(format!("protocol error: invalid timeout {text:?}"));
    millis.map(Duration::from_millis).map(Some).ok_or_else(wrong)
}
