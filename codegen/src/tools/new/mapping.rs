//! `mapping.yaml`: what is certain stands active, what was guessed only if it passes the whole pipeline.

use crate::{
    contract::{Contract, Signature},
    diagnostic::Report,
    document::Document,
};

use super::{
    Doing, Request,
    documents::Vendored,
    dry_run::DryRun,
    function::{self, Stub},
    head::{self, head},
    ranking::Candidates,
    sandboxes::{self, Section},
    shared::Shared,
    text::{comment, listed},
};

pub struct Mapping {
    pub text: String,
    /// The main API's base URL.
    pub server: String,
    pub mapped: Vec<String>,
    pub stubbed: Vec<String>,
    pub missing: Vec<String>,
    /// The main API's base URL, where the document names none that a worker could use.
    pub no_server: Option<String>,
    /// What the configuration has to say for every call.
    pub shared: Vec<Shared>,
}

/// How many problems of a stub are told.
const MOST: usize = 3;

pub fn mapping(request: &Request, documents: &[Vendored], tell: &mut dyn FnMut(Doing<'_>)) -> Result<Mapping, Report> {
    let document = joined(documents);
    let operations = document.operations();
    let candidates = Candidates::new(&document, &operations);
    let section = sandboxes::section(&document, &candidates, documents.len() > 1);
    let head = head(request, documents, &candidates, &section.facts);
    let dry_run = DryRun {
        document: &document,
        head: &head,
    };
    dry_run.passes(&[], &[&function::list()])?;
    let mut writing = Writing::new(section, &dry_run);
    let contract = Contract::family();
    let unplaced = head::unplaced(documents);
    for signature in contract
        .functions
        .iter()
        .filter(|signature| signature.section.is_none())
    {
        tell(Doing::Trying(&signature.name));
        writing.function(signature, || {
            function::stub(&document, &candidates, signature, &unplaced)
        });
    }
    let mapped: Vec<&str> = writing.mapped.iter().map(String::as_str).collect();
    let capabilities = capabilities(&contract, &mapped);
    let functions = writing.functions.join("\n");
    Ok(Mapping {
        text: format!(
            "{head}\n{capabilities}\n{}\nfunctions:\n{functions}",
            writing.sandboxes()
        ),
        server: head::server(request, &documents[0]),
        no_server: head::no_server(request, &documents[0]),
        mapped: writing.mapped,
        stubbed: writing.stubbed,
        missing: writing.missing,
        shared: candidates.shared.clone(),
    })
}

/// All documents as the check sees them.
fn joined(documents: &[Vendored]) -> Document {
    let mut all = documents[0].document.clone();
    for further in &documents[1..] {
        if let Some(name) = &further.api {
            all.graft(name, further.document.clone());
        }
    }
    all
}

/// Functions one by one, each tried beside those that stand already.
struct Writing<'w> {
    dry_run: &'w DryRun<'w>,
    section: Section,
    /// Lines of the functions that stand.
    standing: Vec<Vec<String>>,
    /// Text of every function.
    functions: Vec<String>,
    mapped: Vec<String>,
    stubbed: Vec<String>,
    missing: Vec<String>,
}

impl<'w> Writing<'w> {
    fn new(mut section: Section, dry_run: &'w DryRun<'w>) -> Self {
        if section.lacks.is_empty()
            && let Err(report) = dry_run.passes(&section.lines, &[&function::list()])
        {
            section.lacks = told(&report);
        }
        Self {
            dry_run,
            section,
            standing: Vec::new(),
            functions: Vec::new(),
            mapped: Vec::new(),
            stubbed: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// `list` has no operation: it answers what the worker counts.
    fn function(&mut self, signature: &Signature, stub: impl FnOnce() -> Stub) {
        match signature.name.as_str() {
            "list" => self.active("list", function::list()),
            _ => match (stub(), &signature.via) {
                (stub, Some(way)) if stub.lines.is_empty() => self.served(&stub.name, way),
                (stub, _) => self.stub(stub),
            },
        }
    }

    /// What another function can serve, where no operation does.
    fn served(&mut self, name: &str, way: &str) {
        let lines = vec![format!("{name}:"), format!("  via: {way}")];
        if self.mapped.iter().any(|mapped| mapped == way) && self.tried(&lines).is_empty() {
            self.active(name, lines);
            if let Some(text) = self.functions.last_mut() {
                text.insert_str(
                    0,
                    &format!("  # {name}: no operation looks like it; programs can do it, where `functions: [fs]` is configured.\n"),
                );
            }
            return;
        }
        let mut text = format!("  # {name}: no operation looks like it.\n");
        if self.stubbed.iter().any(|stubbed| stubbed == way) {
            text.push_str(&format!(
                "  # Programs can do it, as soon as `{way}` stands:\n  # {name}: {{via: {way}}}\n"
            ));
        }
        self.functions.push(text);
        self.missing.push(name.to_owned());
    }

    fn active(&mut self, name: &str, lines: Vec<String>) {
        self.functions.push(text("  ", &lines));
        self.standing.push(lines);
        self.mapped.push(name.to_owned());
    }

    fn stub(&mut self, mut stub: Stub) {
        let head = format!("  # {}: likely {}.\n", stub.name, stub.likely);
        if stub.lines.is_empty() {
            self.functions
                .push(format!("  # {}: no operation looks like it.\n", stub.name));
            self.missing.push(stub.name);
            return;
        }
        if stub.lacks.is_empty() {
            stub.lacks = self.tried(&stub.lines);
        }
        if stub.lacks.is_empty() {
            self.active(&stub.name, stub.lines);
            if let Some(text) = self.functions.last_mut() {
                text.insert_str(0, &head);
            }
            return;
        }
        let lacks: String = stub.lacks.iter().map(|lack| format!("  #   - {lack}\n")).collect();
        let text = text("  # ", &stub.lines);
        self.functions.push(format!("{head}  # It lacks:\n{lacks}{text}"));
        self.stubbed.push(stub.name);
    }

    /// What the check has against a stub.
    fn tried(&self, lines: &[String]) -> Vec<String> {
        let mut functions: Vec<&[String]> = self.standing.iter().map(Vec::as_slice).collect();
        functions.push(lines);
        let Err(alone) = self.dry_run.passes(&[], &functions) else {
            return Vec::new();
        };
        let whole = self.section.lacks.is_empty();
        if whole && self.dry_run.passes(&self.section.lines, &functions).is_ok() {
            return vec!["the section `sandboxes` above".to_owned()];
        }
        let mut lacks: Vec<String> = told(&alone);
        if !whole && lacks.iter().any(|lack| lack.contains("`sandboxes.")) {
            lacks.retain(|lack| !lack.contains("`sandboxes."));
            lacks.push("the section `sandboxes` above, which lacks something itself".to_owned());
        }
        lacks
    }

    /// The section, commented out: whose sandboxes are listed and ended is for a person to decide.
    fn sandboxes(&self) -> String {
        let mut lines =
            "# How the worker finds, looks at and ends what it owns. `create` and `branch` need it.\n".to_owned();
        match self.section.lacks.is_empty() {
            true => lines.push_str("# It passes the check, but is a guess: look it through before it stands.\n"),
            false => lines.push_str(&format!("# It lacks {}.\n", listed(&self.section.lacks))),
        }
        lines + &text("# ", &self.section.lines)
    }
}

/// Tags whose functions are mapped, and the others as comments.
pub fn capabilities(contract: &Contract, mapped: &[&str]) -> String {
    let given = |functions: &[String]| functions.iter().all(|function| mapped.contains(&function.as_str()));
    let any = contract.capabilities.iter().any(|(_, functions)| given(functions));
    let mut text =
        "# What the provider can do beside the least, each as soon as its functions are mapped.\n".to_owned();
    text.push_str(if any { "capabilities:\n" } else { "# capabilities:\n" });
    let is_served = |name: &String| {
        contract
            .function(name)
            .is_some_and(|signature| signature.section.is_some())
    };
    let tags = contract.capabilities.iter();
    for (tag, functions) in tags.filter(|(_, functions)| !functions.iter().all(is_served)) {
        let mark = match (any, given(functions)) {
            (true, true) => "  ",
            (true, false) => "  # ",
            (false, _) => "#   ",
        };
        let functions: Vec<String> = functions.iter().map(|name| flow(name)).collect();
        text.push_str(&format!("{mark}{tag}: [{}]\n", functions.join(", ")));
    }
    text
}

/// A function's name in a list.
fn flow(name: &str) -> String {
    match name.contains(':') {
        true => format!("'{name}'"),
        false => name.to_owned(),
    }
}

fn text(mark: &str, lines: &[String]) -> String {
    lines.iter().map(|line| format!("{mark}{line}\n")).collect()
}

fn told(report: &Report) -> Vec<String> {
    let problems = report.problems.iter().take(MOST);
    let first = |message: &str| comment(message.lines().next().unwrap_or_default());
    problems.map(|problem| first(&problem.message)).collect()
}
