//! Ids that nothing else has.

use uuid::Uuid;

/// An id of RFC 9562, version 7: one that is made later is greater as text, too.
pub fn uuid7() -> String {
    Uuid::now_v7().to_string()
}
