//! Names and texts in two columns, wrapped so that a terminal of usual width shows them.

/// Where lines are broken.
const WIDTH: usize = 110;

/// One aligned block, each row a line or more. A row whose text is empty is its name alone.
pub fn rows<N: AsRef<str>, T: AsRef<str>>(indent: usize, rows: &[(N, T)]) -> String {
    let column = rows.iter().map(|(name, _)| width(name.as_ref())).max().unwrap_or(0);
    let mut block = String::new();
    for (name, text) in rows {
        let mut name = name.as_ref();
        for line in wrapped(text.as_ref(), WIDTH.saturating_sub(indent + column + 2)) {
            let line = format!("{:indent$}{name:column$}  {line}", "");
            block.push_str(line.trim_end());
            block.push('\n');
            name = "";
        }
    }
    block
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// The lines of a text: its own, broken between words where they are too long. At least one.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for own in text.split('\n') {
        let mut line = String::new();
        for word in own.split(' ') {
            if !line.is_empty() && width(&line) + 1 + width(word) > most {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}
