//! Values of an example, once it is known where the provider is and what the tag of the call is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use uuid::Uuid;

use super::written::{Piece, Sample};

/// What is known while an example runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) server: String,
    /// From the first request on that shows it.
    pub(super) attempt: Option<String>,
}

impl Known {
    /// The value itself. What may be anything is null.
    pub(super) fn value(&self, sample: &Sample) -> Value {
        match sample {
            Sample::Is(value) => value.clone(),
            Sample::Any => Value::Null,
            Sample::Text(pieces) => self.text(pieces).into(),
            Sample::Contains(text) => text.as_str().into(),
            Sample::ToJson(of) => self.value(of).to_string().into(),
            Sample::ToBase64(of) => STANDARD.encode(plain(&self.value(of))).into(),
            Sample::List(items) => items.iter().map(|item| self.value(item)).collect(),
            Sample::Object(entries) => {
                let entries = entries.iter();
                entries.map(|(name, value)| (name.clone(), self.value(value))).collect()
            }
        }
    }

    /// A text whose pieces are all known by now.
    fn text(&self, pieces: &[Piece]) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Plain(text) => text.clone(),
            Piece::Attempt => self.attempt.clone().unwrap_or_else(|| "{$attempt}".to_owned()),
            Piece::Server => self.server.clone(),
        };
        pieces.iter().map(text).collect()
    }

    /// Whether a text is made of these pieces; the tag of the call is learnt by that, if it is not known yet.
    pub(super) fn is_text(&mut self, pieces: &[Piece], found: &str) -> bool {
        let has_tag = pieces.iter().any(|piece| matches!(piece, Piece::Attempt));
        if self.attempt.is_none() && has_tag {
            self.attempt = self.tag_within(pieces, found);
        }
        (self.attempt.is_some() || !has_tag) && self.text(pieces) == found
    }

    /// What stands where the tag of the call is to be: nothing else is written as a UUID there.
    fn tag_within(&self, pieces: &[Piece], found: &str) -> Option<String> {
        let before: Vec<Piece> = pieces
            .iter()
            .take_while(|piece| !matches!(piece, Piece::Attempt))
            .cloned()
            .collect();
        let rest = found.strip_prefix(&self.text(&before))?;
        let tag = rest.get(..Uuid::nil().hyphenated().to_string().len())?;
        Uuid::parse_str(tag).ok().map(|_| tag.to_owned())
    }
}

/// A value as a text: a string is itself.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
