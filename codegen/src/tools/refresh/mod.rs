//! A newer document held against the vendored one, as far as the mapping cares.
//!
//! What the mapping uses is compared part by part, so that each break is told in the words of the change. Then the whole
//! check runs on the new document: what the comparison may have overlooked is found there, so nothing is taken over that
//! would not build.

mod answers;
mod bodies;
mod calls;
mod elsewhere;
mod keys;
mod lost;
mod parameters;
mod places;
mod prose;
mod references;
mod replace;
mod servers;

use std::{
    cell::RefCell,
    collections::BTreeSet,
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
    let comparison = Comparison::new(folder, &old, &document);
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
    /// That of the mapping and its examples.
    folder: &'a Path,
    old: &'a Resolved,
    new: &'a Document,
    operations: Operations,
    places: Places,
    breaking: RefCell<Vec<Diagnostic>>,
    /// Breaks with several places, before they are told.
    wide: RefCell<Vec<Wide>>,
    /// Where something breaks that is told at another place.
    told: RefCell<Vec<Span>>,
    notes: RefCell<Vec<String>>,
}

/// A break that is in the way at several places.
struct Wide {
    code: Code,
    /// At least one, the first first.
    places: Vec<Span>,
    message: String,
    help: String,
}

impl<'a> Comparison<'a> {
    fn new(folder: &'a Path, old: &'a Resolved, new: &'a Document) -> Self {
        let operations = new.operations();
        Self {
            folder,
            old,
            new,
            places: Places::new((&old.document, &old.operations), (new, &operations)),
            operations,
            breaking: RefCell::default(),
            wide: RefCell::default(),
            told: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    /// `repaired`: the overlay still fits, so the document may be judged as a whole.
    fn compare(&self, repaired: bool) {
        let verdict = self.check();
        self.calls();
        self.deprecated();
        self.servers();
        self.keys();
        self.answers(&verdict);
        self.tell_wide();
        let mut breaking = self.breaking.borrow_mut();
        // A call without its operation makes the check stumble over everything that follows from it.
        let lost = breaking
            .iter()
            .any(|problem| matches!(problem.code, Code::OperationGone | Code::OperationMoved));
        if repaired && !lost {
            let mut told = self.told.take();
            told.extend(breaking.iter().map(|problem| problem.span));
            let mapping = &self.old.mapping.source.name;
            let is_told = |problem: &Diagnostic| told.iter().any(|span| overlap(*span, problem.span));
            let overlooked = |problem: &Diagnostic| problem.source.name != *mapping || !is_told(problem);
            breaking.extend(verdict.into_iter().filter(overlooked));
        }
    }

    /// What the check, and then the generator, say of the mapping and its examples with the new document.
    fn check(&self) -> Vec<Diagnostic> {
        let checked = crate::check_mapping(&Spec::of(self.folder), self.new.clone());
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

    /// One break with several places. What two calls read at the same place, of what both answer, has changed once.
    fn breaks_at(&self, code: Code, mut places: Vec<Span>, message: String, help: impl Into<String>) {
        places.sort_by_key(|place| place.start);
        places.dedup_by_key(|place| place.start);
        let Some(first) = places.first().copied() else { return };
        let mut wide = self.wide.borrow_mut();
        let known = wide
            .iter_mut()
            .find(|other| other.code == code && other.places[0] == first);
        match known {
            Some(known) => known.places.extend(places),
            None => wide.push(Wide {
                code,
                places,
                message,
                help: help.into(),
            }),
        }
    }

    /// Tells each break that has several places at the first of them, with the lines of the others.
    fn tell_wide(&self) {
        for wide in self.wide.take() {
            let first = wide.places[0];
            let lines: BTreeSet<usize> = wide.places.iter().map(|place| self.line(*place)).collect();
            let others = lines.iter().filter(|line| **line != self.line(first));
            let others: Vec<String> = others.map(usize::to_string).collect();
            let also = match others.as_slice() {
                [] => String::new(),
                [line] => format!(" (also in line {line})"),
                lines => format!(" (also in lines {})", lines.join(", ")),
            };
            self.told.borrow_mut().extend(&wide.places);
            self.breaks(wide.code, first, wide.message, format!("{}{also}", wide.help));
        }
    }

    /// What is sound, told once with its place.
    fn notes_at(&self, place: Span, said: &str) {
        let note = format!("{}:{}: {said}", self.old.mapping.source.name, self.line(place));
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    fn line(&self, place: Span) -> usize {
        self.old.mapping.source.line_column(place.start).0
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
