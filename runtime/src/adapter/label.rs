//! What a sandbox of the adapter tells of itself: its UUID, and what it was asked for.
//!
//! It stands in the tag that says which call has started the sandbox, `<uuid>.<details>`, so that it is found again after a
//! restart wherever that tag is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The names of sandboxes that no call of the adapter has started are made with it.
const NAMESPACE: Uuid = Uuid::from_u128(0x8a31_5b0e_6a0d_4f2c_9c57_2f2f_0d8e_61b4);

/// What was asked for when a sandbox was started by the adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub id: Uuid,
    pub details: Details,
}

/// What is not to be learnt from the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Details {
    /// The image as its caller called it.
    pub image: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether there are environment variables for all of its programs; none if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<bool>,
}

impl Details {
    /// Those of a sandbox of which only its image is known.
    pub fn of_image(image: String) -> Self {
        Self {
            image,
            ..Self::default()
        }
    }
}

impl Label {
    pub fn new(details: Details) -> Self {
        Self {
            id: Uuid::new_v4(),
            details,
        }
    }

    /// The tag, of characters that need no escaping in a query.
    pub fn tag(&self) -> String {
        let details = serde_json::to_vec(&self.details).unwrap_or_default();
        format!("{}.{}", self.id, URL_SAFE_NO_PAD.encode(details))
    }

    /// What a tag says; `None` for one of a call that was none of the adapter's.
    pub fn read(tag: &str) -> Option<Self> {
        let (id, details) = tag.split_once('.')?;
        let details = URL_SAFE_NO_PAD.decode(details).ok()?;
        Some(Self {
            id: Uuid::try_parse(id).ok()?,
            details: serde_json::from_slice(&details).ok()?,
        })
    }
}

/// The UUID of a sandbox that has no label of its own: always the same for the provider's id.
pub(crate) fn derived(provider: &str, sandbox: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{provider}/{sandbox}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_tells_what_was_put_into_it() {
        for (image, name, env) in [
            ("python", None, None),
            ("snapshot:s_1", Some("a \"name\" of ünïcode\n"), Some(true)),
        ] {
            let label = Label::new(Details {
                image: image.to_owned(),
                name: name.map(str::to_owned),
                env,
            });
            let tag = label.tag();
            assert_eq!(Label::read(&tag), Some(label));
            assert!(
                tag.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            );
        }
    }

    #[test]
    fn a_tag_of_something_else_is_no_label() {
        let id = Uuid::new_v4();
        for tag in [
            "",
            ".",
            "x.y",
            &id.to_string(),
            &format!("{id}."),
            &format!("{id}.%%"),
            &format!("x.{}", Label::new(Details::default()).tag()),
        ] {
            assert_eq!(Label::read(tag), None, "{tag}");
        }
    }

    #[test]
    fn what_is_derived_is_always_the_same_and_never_anothers() {
        assert_eq!(derived("a", "1"), derived("a", "1"));
        assert_ne!(derived("a", "1"), derived("a", "2"));
        assert_ne!(derived("a", "1"), derived("b", "1"));
    }
}
