//! `fs::sed`: what a pattern matches is replaced, line by line, in each file by itself.

use std::{borrow::Cow, sync::Arc};

use futures::{StreamExt, TryStreamExt, stream};
use indexmap::IndexSet;
use regex::{Captures, Regex};
use sha2::{Digest, Sha256};

use super::{
    super::fault::{Code, Fault, Outcome},
    answer::{self, Row},
    globs::Globs,
    pattern::{self, matched},
    refused::told,
    request::{self, path, required},
    texts::{self, Content, Fetched},
};
use crate::guest::{
    placing::Placing,
    script::{Exec, Failure},
};

/// How long a file may become.
const MOST: usize = 64 << 20;

/// Files that are written at a time.
const AT_ONCE: usize = 4;

pub(super) async fn sed<E: Exec>(exec: &E, request: request::Sed) -> Outcome<answer::Sed> {
    let place = Place::new(request.files.unwrap_or_default(), request.path)?;
    let edit = Arc::new(Edit {
        regex: match request.regex.unwrap_or(true) {
            true => pattern::regex,
            false => pattern::literal,
        }(
            &required("pattern", request.pattern)?,
            request.ignore_case.unwrap_or_default(),
        )?,
        replacement: required("replacement", request.replacement)?,
        is_template: request.regex.unwrap_or(true),
        limit: usize::from(request.first_only.unwrap_or_default()),
    });
    let globs = Globs::new(
        &request.include_glob.unwrap_or_default(),
        &request.exclude_glob.unwrap_or_default(),
    )?;
    let mut texts = match &place {
        Place::Files(files) => texts::named(exec, files.clone()).boxed(),
        Place::Path(path) => {
            let recursive = request.recursive.unwrap_or(true);
            texts::all(exec, path, recursive, &globs).await?.boxed()
        }
    };
    let mut results = Vec::new();
    while let Some(fetched) = texts.try_next().await? {
        let edit = edit.clone();
        let plans = matched(move || fetched.into_iter().map(|file| edit.plan(file)).collect::<Vec<_>>()).await?;
        let rows = stream::iter(plans).map(|plan| plan.carry_out(exec));
        results.extend(rows.buffered(AT_ONCE).collect::<Vec<_>>().await);
    }
    Ok(answer::Sed {
        total_replacements: results.iter().map(|row: &Row| row.replacements).sum(),
        results,
    })
}

/// Which files are meant.
enum Place {
    /// None of them twice.
    Files(Vec<String>),
    Path(String),
}

impl Place {
    fn new(files: Vec<String>, at: Option<String>) -> Outcome<Self> {
        match (files.is_empty(), at) {
            (true, Some(at)) => Ok(Self::Path(path("path", Some(at))?)),
            (false, None) => {
                let files = files.into_iter().map(|file| path("files", Some(file)));
                let files: IndexSet<_> = files.collect::<Outcome<_>>()?;
                Ok(Self::Files(files.into_iter().collect()))
            }
            _ => Err(Fault::new(Code::S210, "`files` or `path` must be given, and not both")),
        }
    }
}

/// What is done to each line.
struct Edit {
    regex: Regex,
    replacement: String,
    /// Whether `$1` in the replacement stands for a group.
    is_template: bool,
    /// How many matches of a line are replaced; 0 for all.
    limit: usize,
}

/// What is to become of a file.
struct Plan {
    path: String,
    change: Outcome<Option<Change>>,
}

struct Change {
    replacements: u64,
    content: String,
    /// The SHA-256 of what it replaces.
    was: String,
}

impl Edit {
    fn plan(&self, Fetched { path, content }: Fetched) -> Plan {
        let no_text = || Fault::new(Code::S212, "it is no text in UTF-8");
        let change = match content {
            Content::Text(text) => String::from_utf8(text)
                .map_err(|_| no_text())
                .and_then(|text| self.change(&text)),
            Content::Unread(fault) => Err(fault),
            Content::Binary => Err(no_text()),
        };
        Plan { path, change }
    }

    /// None if nothing is replaced.
    fn change(&self, text: &str) -> Outcome<Option<Change>> {
        let (mut content, mut replacements) = (String::with_capacity(text.len()), 0);
        for line in text.split_inclusive('\n') {
            let end = line.len() - line.trim_end_matches(['\r', '\n']).len();
            let (line, end) = line.split_at(line.len() - end);
            content.push_str(&self.edited(line, &mut replacements));
            content.push_str(end);
            if content.len() > MOST {
                return Err(Fault::new(Code::S219, "it would become longer than 64 MiB"));
            }
        }
        let was = format!("{:x}", Sha256::digest(text));
        Ok((replacements > 0).then_some(Change {
            replacements,
            content,
            was,
        }))
    }

    fn edited<'l>(&self, line: &'l str, replacements: &mut u64) -> Cow<'l, str> {
        self.regex.replacen(line, self.limit, |captures: &Captures<'_>| {
            *replacements += 1;
            let mut replaced = String::new();
            match self.is_template {
                true => captures.expand(&self.replacement, &mut replaced),
                false => replaced.push_str(&self.replacement),
            }
            replaced
        })
    }
}

impl Plan {
    async fn carry_out<E: Exec>(self, exec: &E) -> Row {
        let replaced = match self.change {
            Ok(Some(change)) => change.write(exec, &self.path).await,
            Ok(None) => Ok(0),
            Err(fault) => Err(fault),
        };
        let error = replaced.as_ref().err().map(ToString::to_string);
        Row {
            path: self.path,
            replacements: replaced.unwrap_or_default(),
            success: error.is_none(),
            error,
        }
    }
}

impl Change {
    /// Nothing is written if somebody else has written meanwhile.
    async fn write<E: Exec>(self, exec: &E, path: &str) -> Outcome<u64> {
        let placing = Placing {
            path,
            mode: None,
            parents: false,
            was: Some(self.was),
        };
        let placed: Result<u64, Failure> = placing.place(exec, &mut self.content.as_bytes()).await;
        told("path", placed)?;
        Ok(self.replacements)
    }
}
