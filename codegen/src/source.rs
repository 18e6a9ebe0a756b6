//! The text of one input file and positions in it.

use std::{
    fs, io,
    ops::Range,
    path::Path,
    sync::{Arc, OnceLock},
};

/// A byte range of a [`Source`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A value together with where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// One input file: its name as people know it (relative to the folder they work in) and its text.
#[derive(Debug)]
pub struct Source {
    pub name: String,
    pub text: String,
    /// Made when a position is first asked for: of most documents none is.
    positions: OnceLock<Positions>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.text == other.text
    }
}

impl Eq for Source {}

#[derive(Debug)]
struct Positions {
    lines: Vec<Start>,
    /// The byte offset of every so many characters: a document may be one line of megabytes, in which nothing is counted
    /// from its start.
    marks: Vec<usize>,
}

/// Where a line begins, in bytes and in characters.
#[derive(Debug)]
struct Start {
    byte: usize,
    character: usize,
}

/// How many characters apart the marks are.
const STRIDE: usize = 256;

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            text: text.into(),
            positions: OnceLock::new(),
        })
    }

    fn positions(&self) -> &Positions {
        self.positions.get_or_init(|| Positions::of(&self.text))
    }

    /// Reads a file; the name is the path as given.
    pub fn read(path: &Path) -> io::Result<Arc<Self>> {
        Ok(Self::new(path.display().to_string(), fs::read_to_string(path)?))
    }

    /// Line and column, both counted from 1, the column in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let lines = &self.positions().lines;
        let line = lines.partition_point(|start| start.byte <= offset);
        (line, self.character(offset) - lines[line - 1].character + 1)
    }

    /// The byte offset of a line (from 1) and a column (from 0, in characters).
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.positions().lines.get(line.saturating_sub(1));
        start.map_or(self.text.len(), |start| self.byte(start.character + column))
    }

    /// The byte offset at which a line (from 1) begins.
    pub fn line_start(&self, line: usize) -> usize {
        let start = self.positions().lines.get(line.saturating_sub(1));
        start.map_or(self.text.len(), |start| start.byte)
    }

    /// How many characters are before a byte offset.
    fn character(&self, offset: usize) -> usize {
        let offset = self.text.floor_char_boundary(offset);
        let marks = &self.positions().marks;
        let mark = marks.partition_point(|mark| *mark <= offset) - 1;
        mark * STRIDE + self.text[marks[mark]..offset].chars().count()
    }

    /// The byte offset of a character.
    fn byte(&self, character: usize) -> usize {
        let Some(mark) = self.positions().marks.get(character / STRIDE) else {
            return self.text.len();
        };
        let mut after = self.text[*mark..].char_indices();
        after
            .nth(character % STRIDE)
            .map_or(self.text.len(), |(at, _)| mark + at)
    }
}

impl Positions {
    fn of(text: &str) -> Self {
        let (mut lines, mut marks) = (vec![Start { byte: 0, character: 0 }], vec![0]);
        for (character, (byte, c)) in text.char_indices().enumerate() {
            if character > 0 && character % STRIDE == 0 {
                marks.push(byte);
            }
            if c == '\n' {
                lines.push(Start {
                    byte: byte + 1,
                    character: character + 1,
                });
            }
        }
        Self { lines, marks }
    }
}
