//! The path of a request as an example knows it, segment by segment.

use serde_json::{Value as Json, json};

use crate::{
    document::Operation,
    mapping::{Piece, Sample},
};

use super::examples::RequestLine;

/// The segments of a path, with what its parameters are; `is_several` tells those that are several segments.
pub fn line(
    operation: &Operation,
    before: &[(&str, &str)],
    parameter: &dyn Fn(&str) -> Sample,
    is_several: &dyn Fn(&str) -> bool,
) -> RequestLine {
    let segment = |segment: &str| match whole(segment) {
        Some(name) if before.iter().all(|(of, text)| of != &name || text.is_empty()) => parameter(name),
        _ => Sample::of_parts(segment, |name| {
            let before = before.iter().find(|(of, _)| *of == name);
            let before = before.map(|(_, text)| Piece::Plain((*text).to_owned()));
            let pieces = parameter(name).pieces()?;
            Some(before.into_iter().chain(pieces).collect())
        }),
    };
    let segments = |text: &str| match (segment(text), whole(text)) {
        (Sample::Is(Json::String(path)), Some(name)) if is_several(name) => path
            .trim_start_matches('/')
            .split('/')
            .map(|part| Sample::Is(part.into()))
            .collect(),
        (one, _) => vec![one],
    };
    RequestLine {
        method: operation.method.name(),
        path: operation.path.split('/').skip(1).flat_map(segments).collect(),
        further: operation.api.is_some(),
    }
}

/// The name of the parameter that is a whole segment.
fn whole(segment: &str) -> Option<&str> {
    let (name, after) = segment.strip_prefix('{')?.split_once('}')?;
    (after.is_empty() && !name.contains('{')).then_some(name)
}

impl Sample {
    /// A segment in which parameters stand beside text; one of which nothing is known makes it anything.
    fn of_parts(segment: &str, parameter: impl Fn(&str) -> Option<Vec<Piece>>) -> Self {
        let mut parts = segment.split('{');
        let mut pieces = vec![Piece::Plain(parts.next().unwrap_or_default().to_owned())];
        for part in parts {
            let (name, after) = part.split_once('}').unwrap_or((part, ""));
            let Some(found) = parameter(name) else {
                return Self::Any;
            };
            pieces.extend(found);
            pieces.push(Piece::Plain(after.to_owned()));
        }
        match pieces.as_slice() {
            [Piece::Plain(text)] => Self::Is(json!(text)),
            _ => Self::Text(pieces),
        }
    }
}
