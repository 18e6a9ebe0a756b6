//! What is wrong with an integrator's files: where, what, and what to do.

mod code;
mod nearest;

use std::{cmp::Ordering, sync::Arc};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

pub use code::Code;
pub use nearest::{did_you_mean, nearest, one_of};

use crate::source::{Source, Span};

/// One problem, at one place.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub code: Code,
    pub source: Arc<Source>,
    pub span: Span,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn new(code: Code, source: &Arc<Source>, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            source: source.clone(),
            span,
            message: message.into(),
            help: None,
        }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn order(&self, other: &Self) -> Ordering {
        (&self.source.name, self.span.start, self.code, &self.message).cmp(&(
            &other.source.name,
            other.span.start,
            other.code,
            &other.message,
        ))
    }

    fn render(&self, renderer: &Renderer) -> String {
        let snippet = Snippet::source(&self.source.text)
            .path(&self.source.name)
            .annotation(AnnotationKind::Primary.span(self.first_line()));
        let mut report = vec![
            Level::ERROR
                .primary_title(self.message.as_str())
                .id(self.code.name())
                .element(snippet),
        ];
        if let Some(help) = &self.help {
            report.push(Group::with_title(Level::HELP.secondary_title(help.as_str())));
        }
        renderer.render(&report)
    }

    /// A block of many lines is underlined on its first line only.
    fn first_line(&self) -> std::ops::Range<usize> {
        let text = &self.source.text;
        let start = text.floor_char_boundary(self.span.start);
        let end = text.floor_char_boundary(self.span.end).max(start);
        let line = text[start..end].find('\n').map_or(end, |at| start + at);
        start..line
    }
}

/// Collects every problem of a run, so that one run shows them all.
#[derive(Debug, Default)]
pub struct Sink {
    problems: Vec<Diagnostic>,
}

impl Sink {
    pub fn push(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    pub fn extend(&mut self, other: Sink) {
        self.problems.extend(other.problems);
    }

    pub fn codes(&self) -> impl Iterator<Item = Code> {
        self.problems.iter().map(|problem| problem.code)
    }

    /// Where the problems are.
    pub fn places(&self) -> impl Iterator<Item = (&Source, Span)> {
        self.problems.iter().map(|problem| (&*problem.source, problem.span))
    }

    /// The same problems, but for some kinds.
    pub fn without(mut self, codes: &[Code]) -> Self {
        self.problems.retain(|problem| !codes.contains(&problem.code));
        self
    }

    /// Takes out the problems from one on.
    pub fn split_off(&mut self, first: usize) -> Self {
        Self {
            problems: self.problems.split_off(first),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    pub fn len(&self) -> usize {
        self.problems.len()
    }

    /// The gate between two stages: what follows may rely on what came before.
    pub fn gate(&mut self) -> Result<(), Report> {
        if self.is_empty() {
            return Ok(());
        }
        let mut problems = std::mem::take(&mut self.problems);
        problems.sort_by(Diagnostic::order);
        // A value that is checked for two places (`one` and `owned`, say) is still one mistake.
        problems.dedup_by(|a, b| a.order(b) == Ordering::Equal);
        Err(Report { problems })
    }

    /// What was found, where that is why there is nothing to go on with.
    pub fn into_report(mut self) -> Report {
        let problems = Vec::new();
        self.gate().err().unwrap_or(Report { problems })
    }
}

/// All problems of a run, ordered by file and position.
#[derive(Debug)]
pub struct Report {
    pub problems: Vec<Diagnostic>,
}

impl Report {
    /// The text for a person, as rustc would print it.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for problem in &self.problems {
            text.push_str(&problem.render(&renderer));
            text.push_str("\n\n");
        }
        let count = self.problems.len();
        let plural = if count == 1 { "" } else { "s" };
        text.push_str(&format!("{count} problem{plural} found\n"));
        text
    }
}

impl Report {
    /// One JSON object a line, for editors and CI: `code`, `file`, `line`, `column`, `message` and `help` (or null).
    ///
    /// Lines and columns count from 1, columns in characters. Keys may be added, never changed.
    pub fn json_lines(&self) -> String {
        let object = |problem: &Diagnostic| {
            let (line, column) = problem.source.line_column(problem.span.start);
            serde_json::json!({
                "code": problem.code.name(),
                "file": problem.source.name,
                "line": line,
                "column": column,
                "message": problem.message,
                "help": problem.help,
            })
        };
        self.problems
            .iter()
            .map(|problem| format!("{}\n", object(problem)))
            .collect()
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Report {}
