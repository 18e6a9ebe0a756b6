//! Bytes to frames, however they are cut.

use super::{Broken, Framing, connect::Envelopes, event::Event, lines::Lines, sse::Sse};

/// What is told at once.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    Event(Event),
    /// The last one, with the code of an error.
    End(Option<String>),
}

pub(super) enum Frames {
    Connect(Envelopes),
    Sse(Sse),
    Lines(Lines),
}

impl Frames {
    /// One of more than `limit` bytes is refused before there is room made for it.
    pub fn new(framing: Framing, limit: usize) -> Self {
        match framing {
            Framing::Connect => Self::Connect(Envelopes::new(limit)),
            Framing::Sse => Self::Sse(Sse::new(limit)),
            Framing::Lines => Self::Lines(Lines::new(b"\n", limit)),
        }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Connect(envelopes) => envelopes.push(bytes),
            Self::Sse(events) => events.push(bytes),
            Self::Lines(lines) => lines.push(bytes),
        }
    }

    /// The next frame, if all of it is there.
    pub fn next(&mut self) -> Result<Option<Frame>, Broken> {
        match self {
            Self::Connect(envelopes) => envelopes.next(),
            Self::Sse(events) => events.next(),
            Self::Lines(lines) => loop {
                let Some(line) = lines.next()? else {
                    return Ok(None);
                };
                // An empty one keeps the connection alive.
                if let Some(json) = json_of(&line) {
                    return Event::of_json(json).map(|event| Some(Frame::Event(event)));
                }
            },
        }
    }

    /// What stands behind the last line end: a line that is whole all the same. Nothing else may end so.
    pub fn rest(&mut self) -> Option<Frame> {
        let Self::Lines(lines) = self else { return None };
        let rest = lines.rest();
        let event = Event::of_json(json_of(&rest)?).ok()?;
        event.is_object().then_some(Frame::Event(event))
    }
}

/// The JSON of a line, which a record separator may precede.
fn json_of(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_prefix(b"\x1e").unwrap_or(line).trim_ascii();
    (!line.is_empty()).then_some(line)
}
