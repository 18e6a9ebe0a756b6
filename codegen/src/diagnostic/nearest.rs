//! The nearest known name, for "did you mean".

/// The candidate most like `word`, if one is like it at all. Ties go to the first in the order given.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let likeness = strsim::jaro_winkler(&word.to_lowercase(), &candidate.to_lowercase());
        let near = likeness > 0.78 || (word.len() > 2 && strsim::damerau_levenshtein(word, candidate) == 1);
        if near && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// A help line: the nearest name, or else all of them.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(name) = nearest(word, candidates.iter().copied()) {
        return format!("did you mean `{name}`?");
    }
    if candidates.is_empty() {
        return "nothing can stand here: remove it".to_owned();
    }
    let shown: Vec<String> = candidates.iter().take(12).map(|c| format!("`{c}`")).collect();
    let more = if candidates.len() > 12 { ", …" } else { "" };
    format!("one of {}{more}", shown.join(", "))
}

/// A help line: all the names that may stand there.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "nothing can stand here: remove it".to_owned(),
        false => format!("one of {}", names.join(", ")),
    }
}
