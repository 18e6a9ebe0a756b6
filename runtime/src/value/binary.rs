//! Bytes that a mapping has as base64, since JSON has no others, and that are sent as they are.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::Fits;

/// Whether a text is base64 as RFC 4648 writes it: padded, and without line breaks.
pub(crate) fn is_base64(text: &str) -> bool {
    const CHARACTERS: usize = 4096;
    let mut bytes = [0; CHARACTERS / 4 * 3];
    let mut pieces = text.as_bytes().chunks(CHARACTERS).peekable();
    while let Some(piece) = pieces.next() {
        let is_last = pieces.peek().is_none();
        let is_padded = piece.last() == Some(&b'=');
        if STANDARD.decode_slice(piece, &mut bytes).is_err() || is_padded && !is_last {
            return false;
        }
    }
    true
}

/// Bytes, and the name of the file that they are, if they have one.
#[derive(Clone, Default)]
pub struct Binary {
    bytes: Bytes,
    name: Option<String>,
}

impl Binary {
    /// Those that base64 stands for, as RFC 4648 writes it.
    fn decoded(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?.into();
        Some(Self { bytes, name: None })
    }

    fn encoded(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    /// The bytes, which are not copied.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// What the file is called, if it is called anything.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

/// The arguments of [`as_file`].
#[derive(Debug)]
pub struct AsFile {
    pub bytes: Option<Binary>,
    pub name: Option<String>,
}

/// Bytes as a file of this name; absent if the bytes are.
pub fn as_file(file: AsFile) -> Option<Binary> {
    let AsFile { bytes, name } = file;
    bytes.map(|binary| Binary { name, ..binary })
}

/// The bytes may be a secret.
impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.encoded())
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::decoded(&text).ok_or_else(|| D::Error::custom("it is no base64"))
    }
}

/// Text that may be absent, whether it is taken or looked at.
macro_rules! decoded {
    ($($text:ty),+) => {$(
        impl Fits<Binary> for $text {
            fn fit(self) -> Option<Binary> {
                Binary::decoded(self.as_ref())
            }
        }

        impl Fits<Option<Binary>> for $text {
            fn fit(self) -> Option<Option<Binary>> {
                Binary::decoded(self.as_ref()).map(Some)
            }
        }

        impl Fits<Binary> for Option<$text> {
            fn fit(self) -> Option<Binary> {
                self.and_then(Fits::fit)
            }
        }

        impl Fits<Option<Binary>> for Option<$text> {
            fn fit(self) -> Option<Option<Binary>> {
                self.map_or(Some(None), Fits::fit)
            }
        }
    )+};
}

decoded!(String, &String);

impl Fits<String> for Binary {
    fn fit(self) -> Option<String> {
        Some(self.encoded())
    }
}

impl Fits<Option<String>> for Binary {
    fn fit(self) -> Option<Option<String>> {
        Some(Some(self.encoded()))
    }
}

impl Fits<String> for Option<Binary> {
    fn fit(self) -> Option<String> {
        self.map(|binary| binary.encoded())
    }
}

impl Fits<Option<String>> for Option<Binary> {
    fn fit(self) -> Option<Option<String>> {
        Some(self.map(|binary| binary.encoded()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_base64_if_it_can_be_decoded_however_long_it_is() {
        for length in (0..8).chain(3068..3080).chain(6140..6150) {
            let text = STANDARD.encode(vec![255; length]);
            assert!(is_base64(&text), "{length}");
            for broken in [
                format!("{text}="),
                format!("{text}YQ==YQ=="),
                format!("YQ=={text}A"),
                format!("{text}\n"),
            ] {
                assert_eq!(
                    is_base64(&broken),
                    STANDARD.decode(&broken).is_ok(),
                    "{length}: {broken:.8}"
                );
            }
        }
        let padded_within = format!("{}YQ=={}", "A".repeat(4092), "A".repeat(4));
        assert!(!is_base64(&padded_within));
    }
}
