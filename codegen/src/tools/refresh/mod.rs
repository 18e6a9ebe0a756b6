//! A newer document held against the vendored one, as far as the mapping cares.
//!
//! What the mapping uses is compared part by part, so that each break is told in the words of the change. Then the whole
//! check runs on the new document: what the comparison may have overlooked is found there, so nothing is taken over that
//! would not build.

mod answers;
mod bodies;
mod calls;
mod elsewhere;
mod parameters;
mod places;
mod references;
mod replace;

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    check::Resolved,
    diagnostic::{Code, Diagnostic, Report, Sink, nearest},
    document::{Document, Operations},
    mapping::Mapping,
    source::{Source, Span},
    spec::{self, Repaired, Spec},
};

use places::Places;

/// What a new document means for a mapping.
pub struct Refresh {
    /// What breaks, each at its place in the mapping or the overlay.
    pub breaking: Report,
    /// Changes that the mapping allows for, a line each.
    pub notes: Vec<String>,
    /// New operations beside those that are mapped, and a stub for each.
    pub suggestions: Vec<(String, String)>,
    /// Everything else, in one line.
    pub elsewhere: String,
    vendored: PathBuf,
    new: Arc<Source>,
}

/// Why two documents cannot be compared.
#[derive(Debug)]
pub enum Refusal {
    /// A file cannot be used at all.
    Files(Report),
    /// The mapping has no API of this name; these it has.
    Api(String, Vec<String>),
}

impl From<Report> for Refusal {
    fn from(report: Report) -> Self {
        Self::Files(report)
    }
}

/// Compares a vendored document of `spec/`, that of a further API if one is named, with a newer one.
pub fn refresh(new: &Path, folder: &Path, api: Option<&str>) -> Result<Refresh, Refusal> {
    let (old, _) = crate::check_spec(folder)?;
    let vendored = vendored(&old.mapping, api)?;
    let mut sink = Sink::default();
    let Some(source) = spec::read(new, None, &mut sink) else {
        return Err(sink.into_report().into());
    };
    // The overlay belongs to the new document too: an action without a match is a problem of it.
    let document = Spec::of(folder)
        .with(vendored, &source)
        .document(&old.mapping, &mut sink);
    let Some(Repaired { document, .. }) = document else {
        return Err(sink.into_report().into());
    };
    let comparison = Comparison::new(&old, &document);
    comparison.compare(sink.is_empty());
    let breaking = comparison.breaking.take();
    breaking.into_iter().for_each(|problem| sink.push(problem));
    Ok(Refresh {
        breaking: sink.into_report(),
        notes: comparison.notes.take(),
        suggestions: comparison.suggestions(),
        elsewhere: comparison.elsewhere(),
        vendored: folder.join(vendored),
        new: source,
    })
}

/// The file of an API's document.
fn vendored<'m>(mapping: &'m Mapping, api: Option<&str>) -> Result<&'m str, Refusal> {
    let Some(name) = api else {
        return Ok(&mapping.api.document.value);
    };
    let further = mapping.apis.iter().find(|further| further.name.value == name);
    let known = || mapping.apis.iter().map(|api| api.name.value.clone()).collect();
    let further = further.ok_or_else(|| Refusal::Api(name.to_owned(), known()))?;
    Ok(&further.document.value)
}

struct Comparison<'a> {
    old: &'a Resolved,
    new: &'a Document,
    operations: Operations,
    places: Places,
    breaking: RefCell<Vec<Diagnostic>>,
    notes: RefCell<Vec<String>>,
}

impl<'a> Comparison<'a> {
    fn new(old: &'a Resolved, new: &'a Document) -> Self {
        let operations = new.operations();
        Self {
            old,
            new,
            places: Places::new(&old.operations, &operations),
            operations,
            breaking: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    /// `repaired`: the overlay still fits, so the document may be judged as a whole.
    fn compare(&self, repaired: bool) {
        let verdict = self.check();
        self.calls();
        self.answers(&verdict);
        let mut breaking = self.breaking.borrow_mut();
        // A call without its operation makes the check stumble over everything that follows from it.
        let lost = breaking
            .iter()
            .any(|problem| matches!(problem.code, Code::OperationGone | Code::OperationMoved));
        if repaired && !lost {
            let told: Vec<Span> = breaking.iter().map(|problem| problem.span).collect();
            let overlooked = |problem: &Diagnostic| !told.iter().any(|span| overlap(*span, problem.span));
            breaking.extend(verdict.into_iter().filter(overlooked));
        }
    }

    /// What the check, and then the generator, say of the mapping with the new document.
    fn check(&self) -> Vec<Diagnostic> {
        let checked = crate::check_text(&self.old.mapping.source, self.new.clone());
        let generated = checked.and_then(|checked| crate::generated(&checked, Vec::new()));
        generated.err().map_or_else(Vec::new, |report| report.problems)
    }

    /// A break, told once for each place.
    fn breaks(&self, code: Code, span: Span, message: String, help: impl Into<String>) {
        let mut breaking = self.breaking.borrow_mut();
        let told = breaking
            .iter()
            .any(|problem| problem.span == span && problem.message == message);
        if !told {
            breaking.push(Diagnostic::new(code, &self.old.mapping.source, span, message).help(help));
        }
    }
}

fn overlap(one: Span, other: Span) -> bool {
    one == other || (one.start < other.end && other.start < one.end)
}

/// "is it `that` now?", of the names that only the new document has.
fn renamed<'n>(name: &str, old: &[String], new: impl Iterator<Item = &'n str>, otherwise: &str) -> String {
    let fresh = new.filter(|candidate| !old.iter().any(|known| known == candidate));
    match nearest(name, fresh) {
        Some(candidate) => format!("is it `{candidate}` now?"),
        None => otherwise.to_owned(),
    }
}
