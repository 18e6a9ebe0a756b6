//! The words of paths and names, to be compared whatever their case and number.

use heck::ToSnakeCase;

/// `/v2/sandboxes/{id}` as its segments. In `/v2/sandboxes/{id}:exec` what follows the parameter is one, too.
pub fn segments(path: &str) -> Vec<Segment> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.flat_map(parts_of).collect()
}

fn parts_of(segment: &str) -> Vec<Segment> {
    if !segment.starts_with('{') {
        return vec![Segment::Words(words(segment))];
    }
    let after = segment.rsplit_once('}').map_or("", |(_, after)| after);
    let words = words(after);
    let verb = (!words.is_empty()).then_some(Segment::Words(words));
    [Segment::Parameter].into_iter().chain(verb).collect()
}

#[derive(Clone, Debug, PartialEq)]
pub enum Segment {
    Words(Vec<String>),
    Parameter,
}

/// `previewURLs` is `preview`, `url`.
pub fn words(name: &str) -> Vec<String> {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let snake = plain.to_snake_case();
    snake.split('_').filter(|word| !word.is_empty()).map(singular).collect()
}

/// Good enough to find `box` in `boxes`.
fn singular(word: &str) -> String {
    let short = match word {
        _ if word.ends_with("xes") || word.ends_with("ches") || word.ends_with("sses") => &word[..word.len() - 2],
        _ if word.ends_with("ss") || word.ends_with("us") || word.len() < 3 => word,
        _ => word.strip_suffix('s').unwrap_or(word),
    };
    short.to_owned()
}
