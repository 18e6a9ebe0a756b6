//! Points for an operation, function by function: what speaks for it stands in each.

use crate::document::{Method, Operation, Success, TypeKind};

use super::{
    ranking::Candidates,
    words::{Segment, segments},
};

/// What sandboxes may be called, in the order of likelihood.
const NOUNS: [(&str, i32); 10] = [
    ("sandbox", 12),
    ("devbox", 12),
    ("microvm", 11),
    ("vm", 11),
    ("machine", 10),
    ("instance", 10),
    ("box", 10),
    ("container", 8),
    ("workspace", 7),
    ("environment", 6),
];

impl Candidates<'_> {
    /// POST on the collection that is called like sandboxes, the better if its items can be looked at or deleted.
    pub(super) fn create(&self, operation: &Operation) -> i32 {
        if operation.method != Method::Post || operation.path.ends_with('}') {
            return 0;
        }
        let items = self.operations.iter().filter(|item| item.api == operation.api);
        let within = |path: &str| {
            let rest = path
                .strip_prefix(operation.path.as_str())
                .and_then(|rest| rest.strip_prefix("/{"));
            rest.is_some_and(|rest| !rest.contains('/'))
        };
        let mut points: i32 = match noun_points(&operation.path) {
            0 => -2,
            points => points,
        };
        for item in items.filter(|item| within(&item.path)) {
            points += match item.method {
                Method::Delete => 3,
                Method::Get => 2,
                _ => 0,
            };
        }
        points - parameters(&operation.path)
    }

    pub(super) fn list(&self, operation: &Operation) -> i32 {
        match operation.method == Method::Get && self.is_collection(&operation.path) {
            true => 10 + self.exact(&operation.path) - parameters(&operation.path),
            false => 0,
        }
    }

    pub(super) fn one(&self, operation: &Operation) -> i32 {
        match operation.method == Method::Get && self.is_item(&operation.path) {
            true => 10 + self.exact(&operation.path) - parameters(&operation.path),
            false => 0,
        }
    }

    /// DELETE of an item; else an action that ends it.
    pub(super) fn stop(&self, operation: &Operation) -> i32 {
        if operation.method == Method::Delete && self.is_item(&operation.path) {
            return 12 + self.exact(&operation.path) - parameters(&operation.path);
        }
        const ENDS: [(&str, i32); 6] = [
            ("terminate", 8),
            ("destroy", 8),
            ("delete", 8),
            ("shutdown", 7),
            ("kill", 7),
            ("stop", 6),
        ];
        match operation.method == Method::Post && self.is_below(&operation.path) {
            true => last(&operation.path, &ENDS),
            false => 0,
        }
    }

    pub(super) fn exec(&self, operation: &Operation) -> i32 {
        const RUNS: [(&str, i32); 8] = [
            ("exec", 10),
            ("execute", 10),
            ("run", 7),
            ("command", 7),
            ("cmd", 7),
            ("shell", 6),
            ("process", 6),
            ("code", 1),
        ];
        const ASIDE: [(&str, i32); 6] = [
            ("async", 4),
            ("session", 4),
            ("pty", 6),
            ("input", 6),
            ("log", 6),
            ("interpreter", 4),
        ];
        let points = last(&operation.path, &RUNS);
        if operation.method != Method::Post || points == 0 {
            return 0;
        }
        let command = ["command", "cmd", "argv", "commandline"];
        points - anywhere(&operation.path, &ASIDE) + self.at_home(operation) - self.strange_parameters(operation) * 3
            + if self.takes(operation, &command) { 3 } else { 0 }
    }

    pub(super) fn snapshot(&self, operation: &Operation) -> i32 {
        const SAVES: [(&str, i32); 4] = [("snapshot", 8), ("checkpoint", 7), ("commit", 3), ("save", 3)];
        self.action(operation, &SAVES)
    }

    pub(super) fn branch(&self, operation: &Operation) -> i32 {
        const COPIES: [(&str, i32); 5] = [("branch", 8), ("fork", 8), ("clone", 7), ("duplicate", 5), ("copy", 4)];
        self.action(operation, &COPIES)
    }

    /// POST of these words on a sandbox.
    pub(super) fn action(&self, operation: &Operation, verbs: &[(&str, i32)]) -> i32 {
        match (operation.method, last(&operation.path, verbs)) {
            (Method::Post, points) if points > 0 && self.is_below(&operation.path) => {
                points + 5 - self.strange_parameters(operation)
            }
            (Method::Post, points) if operation.api.is_none() => points - 2,
            _ => 0,
        }
    }

    pub(super) fn expose_port(&self, operation: &Operation) -> i32 {
        const OPENS: [(&str, i32); 6] = [
            ("expose", 8),
            ("preview", 7),
            ("tunnel", 7),
            ("port", 6),
            ("http", 6),
            ("signed", -1),
        ];
        let points = anywhere(&operation.path, &OPENS);
        let asks = matches!(operation.method, Method::Get | Method::Post | Method::Put);
        if !asks || points <= 0 {
            return 0;
        }
        let port = if self.takes(operation, &["port"]) { 3 } else { 0 };
        let home = if self.is_below(&operation.path) { 4 } else { -6 };
        points + port + home
    }

    pub(super) fn read(&self, operation: &Operation) -> i32 {
        const WAYS: [(&str, i32); 3] = [("download", 5), ("read", 5), ("content", 4)];
        const OTHERS: [(&str, i32); 4] = [("write", 1), ("upload", 1), ("delete", 1), ("remove", 1)];
        if last(&operation.path, &OTHERS) > 0 {
            return 0;
        }
        let asks = match operation.method {
            Method::Get => 3,
            Method::Post if last(&operation.path, &WAYS) > 0 => 1,
            _ => return 0,
        };
        let list = match &operation.success {
            Success::Json(schema) => {
                matches!(self.document.type_of(schema).kind, TypeKind::Array(_))
            }
            _ => false,
        };
        self.file(operation, &WAYS) + asks - if list { 6 } else { 0 }
    }

    pub(super) fn write(&self, operation: &Operation) -> i32 {
        const WAYS: [(&str, i32); 3] = [("upload", 5), ("write", 5), ("content", 4)];
        const OTHERS: [(&str, i32); 4] = [("read", 1), ("download", 1), ("delete", 1), ("remove", 1)];
        if last(&operation.path, &OTHERS) > 0 {
            return 0;
        }
        match operation.method {
            Method::Post | Method::Put => self.file(operation, &WAYS) + 3,
            _ => 0,
        }
    }

    /// Something of files, the better if it takes a path and does to them what these words say.
    pub(super) fn file(&self, operation: &Operation, ways: &[(&str, i32)]) -> i32 {
        const FILES: [(&str, i32); 4] = [("file", 4), ("filesystem", 4), ("fs", 4), ("f", 0)];
        const BULK: [(&str, i32); 1] = [("bulk", 3)];
        let names_path = self.takes(operation, &["path", "filepath", "filename"]);
        // `/api/read` is of files, if it takes a path.
        let says_what = last(&operation.path, ways) > 0 && names_path;
        if anywhere(&operation.path, &FILES) <= 0 && !says_what {
            return -100;
        }
        let what = match (last(&operation.path, ways), last(&operation.path, &FILES)) {
            (points, _) if points > 0 => points,
            (_, points) if points > 0 => 2,
            _ if operation.path.ends_with('}') => 2,
            // It does something else to them.
            _ => -6,
        };
        let path = if names_path { 2 } else { 0 };
        what + path + self.at_home(operation) - anywhere(&operation.path, &BULK)
    }
}

/// The last word of a path.
pub fn noun(path: &str) -> Option<String> {
    match segments(path).last() {
        Some(Segment::Words(words)) => words.last().cloned(),
        _ => None,
    }
}

/// The more, the likelier it is of sandboxes.
pub fn noun_points(path: &str) -> i32 {
    let last = noun(path);
    let found = NOUNS.iter().find(|(noun, _)| last.as_deref() == Some(noun));
    found.map_or(0, |(_, points)| *points)
}

pub fn parameters(path: &str) -> i32 {
    let found = segments(path)
        .iter()
        .filter(|segment| **segment == Segment::Parameter)
        .count();
    i32::try_from(found).unwrap_or(i32::MAX)
}

/// The most that a word of the last named segment is worth.
fn last(path: &str, worth: &[(&str, i32)]) -> i32 {
    let segments = segments(path);
    let named = segments.iter().rev().find_map(|segment| match segment {
        Segment::Words(words) => Some(words),
        Segment::Parameter => None,
    });
    let points = named.into_iter().flatten().filter_map(|word| value(word, worth));
    points.max().unwrap_or(0)
}

/// What the words of a path are worth together, the best segment and whatever speaks against.
fn anywhere(path: &str, worth: &[(&str, i32)]) -> i32 {
    let segments = segments(path);
    let words = segments.iter().flat_map(|segment| match segment {
        Segment::Words(words) => words.as_slice(),
        Segment::Parameter => &[],
    });
    let points: Vec<i32> = words.filter_map(|word| value(word, worth)).collect();
    let against: i32 = points.iter().filter(|points| **points < 0).sum();
    points.iter().copied().max().unwrap_or(0).max(0) + against
}

fn value(word: &str, worth: &[(&str, i32)]) -> Option<i32> {
    worth
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, points)| *points)
}
