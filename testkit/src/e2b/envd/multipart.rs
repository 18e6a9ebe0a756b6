//! Files within a form.

use axum::http::header::CONTENT_TYPE;

use crate::e2b::call::Arrived;
use crate::e2b::refusal::Refusal;

/// The files of a form, each with its path: that of the query for the only one, else the name that it has in the form.
pub(super) fn files(arrived: &Arrived, path: Option<&str>) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let wrong = |what: &str| Refusal::bad_request(&format!("error parsing multipart form: {what}"));
    let boundary = boundary(arrived).ok_or_else(|| wrong("no boundary"))?;
    let parts = parts(&arrived.body, &boundary).ok_or_else(|| wrong("malformed"))?;
    if path.is_some() && parts.len() > 1 {
        return Err(wrong("several files for one path"));
    }
    let files = parts.into_iter().map(|(head, content)| {
        let name = parameter(&head, "name").ok_or_else(|| wrong("a part without a name"))?;
        if name != "file" {
            return Err(wrong(&format!("unknown part \"{name}\"")));
        }
        let named = path.map(str::to_owned).or_else(|| parameter(&head, "filename"));
        let path = named.filter(|path| !path.is_empty());
        Ok((path.ok_or_else(|| wrong("a file without a path"))?, content))
    });
    files.collect()
}

fn boundary(arrived: &Arrived) -> Option<String> {
    let whole = arrived.header(CONTENT_TYPE.as_str())?;
    let parameters = whole.split(';').skip(1);
    let mut found = parameters.filter_map(|parameter| parameter.trim().strip_prefix("boundary="));
    Some(found.next()?.trim_matches('"').to_owned())
}

/// The head and the content of each part, if the body is a form from its first byte to its last boundary.
fn parts(body: &[u8], boundary: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let between = [b"\r\n--", boundary.as_bytes()].concat();
    let mut rest = body.strip_prefix(&between[2..])?;
    let mut parts = Vec::new();
    loop {
        if rest == b"--\r\n" || rest == b"--" {
            return Some(parts);
        }
        let part = rest.strip_prefix(b"\r\n")?;
        let (part, after) = split(part, &between)?;
        let (head, content) = split(part, b"\r\n\r\n")?;
        parts.push((String::from_utf8(head.to_vec()).ok()?, content.to_vec()));
        rest = after;
    }
}

fn split<'b>(bytes: &'b [u8], at: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let first = *at.first()?;
    let mut from = 0;
    while let Some(found) = bytes[from..].iter().position(|byte| *byte == first) {
        let here = from + found;
        if bytes[here..].starts_with(at) {
            return Some((&bytes[..here], &bytes[here + at.len()..]));
        }
        from = here + 1;
    }
    None
}

/// A parameter of a part's `Content-Disposition`.
fn parameter(head: &str, name: &str) -> Option<String> {
    let mut lines = head.split("\r\n");
    let is_disposition = |line: &&str| line.to_ascii_lowercase().starts_with("content-disposition: form-data");
    let line = lines.find(is_disposition)?;
    let wanted = format!("{name}=\"");
    let mut parameters = line.split(';').map(str::trim);
    let found = parameters.find_map(|parameter| parameter.strip_prefix(wanted.as_str()))?;
    Some(found.strip_suffix('"')?.to_owned())
}
