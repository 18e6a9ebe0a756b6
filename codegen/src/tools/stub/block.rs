//! YAML text in blocks, some of whose lines are commented out.

use crate::scalar::quoted;

/// A key with lines below it. Without an active line it is commented out as a whole.
pub struct Block {
    title: String,
    entries: Vec<Entry>,
}

struct Entry {
    active: bool,
    lines: Vec<String>,
}

impl Block {
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            entries: Vec::new(),
        }
    }

    pub fn line(&mut self, line: String) {
        self.entry(true, line);
    }

    pub fn entry(&mut self, active: bool, line: String) {
        let lines = vec![line];
        self.entries.push(Entry { active, lines });
    }

    /// Lines that are commented out one level further in, below the line before.
    pub fn optional_lines(&mut self, lines: impl Iterator<Item = String>) {
        for line in lines {
            self.entry(false, format!("  {line}"));
        }
    }

    /// A block within; an empty one leaves no trace.
    pub fn block(&mut self, block: Block) {
        if !block.entries.is_empty() {
            let active = block.is_active();
            let lines = block.lines();
            self.entries.push(Entry { active, lines });
        }
    }

    /// A block that must stand though all its lines are commented out: as an empty map with the lines below.
    pub fn empty(&mut self, block: Block) {
        self.line(format!("{}: {{}}", block.title));
        let lines = block.entries.into_iter().flat_map(|entry| entry.lines);
        self.optional_lines(lines);
    }

    /// Takes over the entries of a block whose title does not matter.
    pub fn entries_of(&mut self, block: Block) {
        self.entries.extend(block.entries);
    }

    /// The block one level further in, under another title.
    pub fn within(mut self, title: impl Into<String>, inner: &str) -> Self {
        inner.clone_into(&mut self.title);
        let mut outer = Self::new(title);
        outer.block(self);
        outer
    }

    pub fn is_active(&self) -> bool {
        self.entries.iter().any(|entry| entry.active)
    }

    /// The lines as an active block has them; one that is not active is for its parent to comment out.
    fn lines(self) -> Vec<String> {
        let all = !self.is_active();
        let mut lines = vec![format!("{}:", self.title)];
        for entry in self.entries {
            let mark = if entry.active || all { "  " } else { "  # " };
            lines.extend(entry.lines.into_iter().map(|line| format!("{mark}{line}")));
        }
        lines
    }

    /// The block as it stands under `functions:`.
    pub fn text(self) -> String {
        self.lines().into_iter().map(|line| format!("  {line}\n")).collect()
    }
}

/// A reference with its path, as a YAML scalar.
pub fn path(reference: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "$_-.".contains(c);
    match reference.chars().all(plain) {
        true => reference.to_owned(),
        false => quoted(reference),
    }
}

/// A reference as a YAML scalar.
pub fn reference(root: &str, name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    match name.chars().all(plain) {
        true => format!("${root}.{name}"),
        false => quoted(&format!("${root}.{name}")),
    }
}
