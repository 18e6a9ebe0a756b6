//! Paths of several segments in the path of a request.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986 calls the others unreserved: they mean the same with and without an encoding.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path whose slashes stay, each segment encoded by itself. A single segment is encoded as any parameter of a path is.
pub fn encode_segments(path: &str) -> String {
    let segments = path
        .split('/')
        .map(|segment| utf8_percent_encode(segment, RESERVED).to_string());
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_stay_and_nothing_else_has_a_meaning() {
        for (path, encoded) in [
            ("etc/hosts", "etc/hosts"),
            ("a b/c?d#e", "a%20b/c%3Fd%23e"),
            ("%2e%2e/x", "%252e%252e/x"),
            ("a\\..\\b", "a%5C..%5Cb"),
            ("\u{fc}/\t", "%C3%BC/%09"),
            (".hidden/...", ".hidden/..."),
        ] {
            assert_eq!(encode_segments(path), encoded);
        }
    }
}
