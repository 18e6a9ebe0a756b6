//! Server-sent events, as the HTML standard reads them.
//!
//! An event that has a name and no data is one here, too: some servers end a stream so.

use super::{Broken, event::Event, framing::Frame, lines::Lines};

/// The name of an event that has none.
const UNNAMED: &str = "message";

const BYTE_ORDER_MARK: char = '\u{feff}';

pub(super) struct Sse {
    lines: Lines,
    begun: bool,
    name: String,
    /// Each line of it with a line end.
    data: String,
    limit: usize,
}

impl Sse {
    pub fn new(limit: usize) -> Self {
        Self {
            lines: Lines::new(b"\r\n", limit),
            begun: false,
            name: String::new(),
            data: String::new(),
            limit,
        }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes);
    }

    pub fn next(&mut self) -> Result<Option<Frame>, Broken> {
        while let Some(line) = self.lines.next()? {
            let line = String::from_utf8_lossy(&line);
            let line = match std::mem::replace(&mut self.begun, true) {
                true => &*line,
                false => line.trim_start_matches(BYTE_ORDER_MARK),
            };
            if !line.is_empty() {
                self.field(line)?;
            } else if let Some(event) = self.event() {
                return Ok(Some(Frame::Event(event)));
            }
        }
        Ok(None)
    }

    /// `data: text`; what has no name before its colon is a comment.
    fn field(&mut self, line: &str) -> Result<(), Broken> {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => self.name = value.to_owned(),
            "data" if self.data.len() + value.len() >= self.limit => return Err(Broken::TooLarge),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            _ => {}
        }
        Ok(())
    }

    fn event(&mut self) -> Option<Event> {
        let (name, mut data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
        if name.is_empty() && data.is_empty() {
            return None;
        }
        data.pop();
        let name = if name.is_empty() { UNNAMED.to_owned() } else { name };
        Some(Event::named(name, data))
    }
}
