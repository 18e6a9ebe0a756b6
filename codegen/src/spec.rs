//! A provider's `spec/` folder as texts: the mapping, the documents that it names, and their overlays.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    diagnostic::{Code, Diagnostic, Sink},
    document::Document,
    mapping::Mapping,
    overlay,
    source::{Source, Span, Spanned},
};

const MAPPING: &str = "mapping.yaml";

/// Need not be there.
const EXAMPLES: &str = "examples.yaml";

/// A `spec/` folder, one of whose files may be replaced by another text.
pub struct Spec<'s> {
    folder: &'s Path,
    replaced: Option<(&'s str, &'s Arc<Source>)>,
}

/// The documents that a mapping names, as one, with their overlays applied.
pub struct Repaired {
    pub document: Document,
    /// Whether every overlay fits. What a broken one leaves unrepaired would be reported as mistakes of the mapping.
    pub whole: bool,
}

impl<'s> Spec<'s> {
    pub fn of(folder: &'s Path) -> Self {
        Self { folder, replaced: None }
    }

    /// The same folder with another text for one file, which is called as the mapping calls it.
    pub fn with(self, file: &'s str, text: &'s Arc<Source>) -> Self {
        Self {
            replaced: Some((file, text)),
            ..self
        }
    }

    pub fn mapping(&self, sink: &mut Sink) -> Option<Mapping> {
        let source = self.text(MAPPING, None, sink)?;
        let mut mapping = Mapping::parse(&source, sink)?;
        if self.folder.join(EXAMPLES).exists()
            && let Some(examples) = self.text(EXAMPLES, None, sink)
        {
            mapping.read_examples(&examples, sink);
        }
        Some(mapping)
    }

    /// The documents that the mapping names, each with its overlay applied, as one.
    pub fn document(&self, mapping: &Mapping, sink: &mut Sink) -> Option<Repaired> {
        let main = self.repaired(mapping, &mapping.api.document, mapping.api.overlay.as_ref(), sink);
        let further: Vec<_> = mapping
            .apis
            .iter()
            .map(|api| {
                let repaired = self.repaired(mapping, &api.document, api.overlay.as_ref(), sink);
                (api.name.value.as_str(), repaired)
            })
            .collect();
        let mut all = main?;
        for (name, other) in further {
            let other = other?;
            all.document.graft(name, other.document);
            all.whole &= other.whole;
        }
        Some(all)
    }

    /// The files that the mapping and its documents are read from.
    pub fn files(&self, mapping: &Mapping) -> Vec<PathBuf> {
        let main = (&mapping.api.document, &mapping.api.overlay);
        let further = mapping.apis.iter().map(|api| (&api.document, &api.overlay));
        let named = std::iter::once(main)
            .chain(further)
            .flat_map(|(document, overlay)| std::iter::once(document).chain(overlay));
        let examples = mapping.beside.as_ref().map(|_| EXAMPLES);
        let names = std::iter::once(MAPPING)
            .chain(examples)
            .chain(named.map(|name| name.value.as_str()));
        names.map(|name| self.folder.join(name)).collect()
    }

    /// One document with its overlay applied.
    fn repaired(
        &self,
        mapping: &Mapping,
        document: &Spanned<String>,
        overlay: Option<&Spanned<String>>,
        sink: &mut Sink,
    ) -> Option<Repaired> {
        let named = |name: &Spanned<String>| Some((mapping, name.span));
        let source = self.text(&document.value, named(document), sink)?;
        let mut document = Document::parse(&source, sink)?;
        let mut found = Sink::default();
        if let Some(name) = overlay {
            let source = self.text(&name.value, named(name), sink)?;
            overlay::apply(&source, &mut document, &mut found);
        }
        let whole = found.is_empty();
        sink.extend(found);
        Some(Repaired { document, whole })
    }

    fn text(&self, file: &str, named: Option<(&Mapping, Span)>, sink: &mut Sink) -> Option<Arc<Source>> {
        match self.replaced {
            Some((replaced, text)) if replaced == file => Some(text.clone()),
            _ => read(&self.folder.join(file), named, sink),
        }
    }
}

/// Reads a file; a problem is reported where the file is named, or at the file itself.
pub fn read(path: &Path, named: Option<(&Mapping, Span)>, sink: &mut Sink) -> Option<Arc<Source>> {
    match Source::read(path) {
        Ok(source) => Some(source),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            sink.push(not_text(path));
            None
        }
        Err(error) => {
            let own = Source::new(path.display().to_string(), "");
            let (source, span) = named.map_or((&own, Span::default()), |(mapping, span)| (&mapping.source, span));
            let message = format!("cannot read {}: {error}", path.display());
            sink.push(
                Diagnostic::new(Code::UnreadableFile, source, span, message).help("check the name and the folder"),
            );
            None
        }
    }
}

/// A file in another encoding, at the first byte that is not UTF-8.
fn not_text(path: &Path) -> Diagnostic {
    let bytes = fs::read(path).unwrap_or_default();
    let at = std::str::from_utf8(&bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let source = Source::new(path.display().to_string(), String::from_utf8_lossy(&bytes));
    let span = Span { start: at, end: at };
    Diagnostic::new(Code::YamlSyntax, &source, span, "the file is not UTF-8 from here on")
        .help("save the file as UTF-8")
}
