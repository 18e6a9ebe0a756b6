//! Operators whose value is a list for a step that is made several times.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::refuse;
use crate::error::Error;

/// The most that a step is made.
const MOST: i64 = 10_000;

/// The numbers from 1 to this one.
pub fn times(number: i64) -> Result<Vec<i64>, Error> {
    match number {
        0..=MOST => Ok((1..=number).collect()),
        _ => Err(refuse("times", "a number from 0 to 10,000")),
    }
}

/// The arguments of [`chunks`].
#[derive(Debug)]
pub struct Chunks {
    /// Base64.
    pub of: String,
    pub bytes: u64,
}

/// What base64 stands for in pieces of so many bytes, each in base64 again; of nothing there are none.
pub fn chunks(Chunks { of, bytes }: Chunks) -> Result<Vec<String>, Error> {
    let content = STANDARD.decode(of).map_err(|_| refuse("chunks", "base64"))?;
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    if bytes == 0 {
        return Err(refuse("chunks", "pieces of one byte at least"));
    }
    if content.len().div_ceil(bytes) > MOST as usize {
        return Err(refuse("chunks", "a content of at most 10,000 pieces"));
    }
    Ok(content.chunks(bytes).map(|piece| STANDARD.encode(piece)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(of: &str, bytes: u64) -> Option<Vec<String>> {
        chunks(Chunks {
            of: of.to_owned(),
            bytes,
        })
        .ok()
    }

    #[test]
    fn pieces_put_together_are_the_whole() {
        let content: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for bytes in [1, 2, 3, 64, 999, 1000, 5000] {
            let pieces = pieces(&STANDARD.encode(&content), bytes).expect("pieces");
            let decoded: Vec<Vec<u8>> = pieces
                .iter()
                .map(|piece| STANDARD.decode(piece).expect("base64"))
                .collect();
            assert_eq!(decoded.concat(), content);
            assert!(decoded.iter().all(|piece| piece.len() as u64 <= bytes));
        }
    }

    #[test]
    fn nothing_has_no_pieces_and_what_is_no_base64_has_none_either() {
        assert_eq!(pieces("", 3), Some(Vec::new()));
        assert_eq!(pieces("no base64", 3), None);
        assert_eq!(pieces("YWJj", 0), None);
        assert_eq!(pieces(&STANDARD.encode([0; 10_001]), 1), None);
    }

    #[test]
    fn a_step_is_made_so_often() {
        assert_eq!(times(3).ok(), Some(vec![1, 2, 3]));
        assert_eq!(times(0).ok(), Some(vec![]));
        assert!(times(-1).is_err() && times(10_001).is_err());
    }
}
