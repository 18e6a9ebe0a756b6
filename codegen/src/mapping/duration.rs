//! Durations: `100ms`, `2s`.

use std::time::Duration;

use crate::{
    diagnostic::Code,
    yaml::{Node, NodeKind},
};

use super::Reader;

pub fn interval(reader: &Reader, node: &Node) -> Option<(Duration, Duration)> {
    if let NodeKind::List(items) = &node.kind
        && let [first, last] = items.as_slice()
    {
        let (shortest, longest) = (duration(reader, first)?, duration(reader, last)?);
        if shortest > longest {
            let message = "the interval grows from the first duration to the second, which is shorter";
            reader.problem(
                Code::WrongType,
                node.span,
                message,
                "write for example `every: [100ms, 1s]`",
            );
        }
        return Some((shortest, longest));
    }
    let one = duration(reader, node)?;
    Some((one, one))
}

/// `100ms`, `2s`.
pub fn duration(reader: &Reader, node: &Node) -> Option<Duration> {
    let text = node.as_str().unwrap_or_default();
    let parsed = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(n), _) => n.parse().ok().map(Duration::from_millis),
        (None, Some(n)) => n.parse().ok().map(Duration::from_secs),
        _ => None,
    };
    let sensible = parsed.filter(|d| !d.is_zero() && *d <= Duration::from_secs(86_400));
    if sensible.is_none() {
        let message = format!("a duration is written `100ms` or `2s`, found {}", node.describe());
        reader.problem(
            Code::WrongShape,
            node.span,
            message,
            "write for example `every: [100ms, 1s]`",
        );
    }
    sensible
}
