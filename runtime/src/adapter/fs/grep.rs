//! `fs::grep`: lines that a regular expression matches.

use std::pin::pin;

use futures::TryStreamExt;
use regex::Regex;

use super::{
    super::fault::Outcome,
    answer::{self, Match},
    globs::Globs,
    pattern::{self, matched},
    request::{self, path, required},
    texts::{self, Content, Fetched},
};
use crate::guest::script::Exec;

/// How many lines are answered, and how many bytes of each.
const MATCHES: usize = 10_000;
const LINE_BYTES: usize = 4096;

/// How many bytes of lines are answered, whatever is asked for: more would not come through.
const ANSWER_BYTES: usize = 8 << 20;

pub(super) async fn grep<E: Exec>(exec: &E, request: request::Grep) -> Outcome<answer::Grep> {
    let path = path("path", request.path)?;
    let pattern = required("pattern", request.pattern)?;
    let mut search = Search {
        regex: pattern::regex(&pattern, request.ignore_case.unwrap_or_default())?,
        most: unless_zero(request.max_matches, MATCHES),
        line_bytes: unless_zero(request.max_line_bytes, LINE_BYTES),
        bytes: 0,
        matches: Vec::new(),
    };
    let globs = Globs::new(
        &request.include_glob.unwrap_or_default(),
        &request.exclude_glob.unwrap_or_default(),
    )?;
    let recursive = request.recursive.unwrap_or(true);
    let mut texts = pin!(texts::first(exec, &path, recursive, &globs).await?);
    while let Some(fetched) = texts.try_next().await? {
        let unread = fetched.iter().find_map(|file| match &file.content {
            Content::Unread(fault) if file.path == path => Some(fault.clone()),
            _ => None,
        });
        if let Some(fault) = unread {
            return Err(fault);
        }
        let is_beyond = fetched.iter().any(Fetched::is_beyond);
        let is_full;
        (search, is_full) = matched(move || {
            let is_full = !search.add_all(&fetched);
            (search, is_full)
        })
        .await?;
        if is_full {
            return Ok(search.answer(true));
        }
        if is_beyond {
            return Err(texts::too_much());
        }
    }
    Ok(search.answer(false))
}

/// A limit; 0 is none.
fn unless_zero(limit: Option<usize>, usual: usize) -> usize {
    match limit.unwrap_or(usual) {
        0 => usize::MAX,
        limit => limit,
    }
}

struct Search {
    regex: Regex,
    most: usize,
    line_bytes: usize,
    /// How many bytes of lines there are so far.
    bytes: usize,
    matches: Vec<Match>,
}

impl Search {
    /// The lines of all texts that match. False if there are more than are answered.
    fn add_all(&mut self, fetched: &[Fetched]) -> bool {
        fetched.iter().all(|file| match &file.content {
            Content::Text(text) => self.add(&file.path, text),
            Content::Binary | Content::Unread(_) => true,
        })
    }

    /// The lines of a text that match. Those that are no UTF-8 do not. False if there are more than are answered.
    fn add(&mut self, path: &str, text: &[u8]) -> bool {
        for (number, line) in (1..).zip(text.split_inclusive(|byte| *byte == b'\n')) {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let Some(line) = str::from_utf8(line).ok().filter(|line| self.regex.is_match(line)) else {
                continue;
            };
            let content = cut(line, self.line_bytes);
            self.bytes += content.len() + path.len();
            if self.matches.len() >= self.most || self.bytes > ANSWER_BYTES {
                return false;
            }
            self.matches.push(Match {
                path: path.to_owned(),
                line: number,
                content,
            });
        }
        true
    }

    fn answer(self, truncated: bool) -> answer::Grep {
        answer::Grep {
            matches: self.matches,
            truncated,
        }
    }
}

/// As much of a line as is answered.
fn cut(line: &str, most: usize) -> String {
    match line.len() <= most {
        true => line.to_owned(),
        false => format!("{}…", &line[..line.floor_char_boundary(most)]),
    }
}
