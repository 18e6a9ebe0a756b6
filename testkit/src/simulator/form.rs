//! `multipart/form-data`, read without leniency.

use bytes::Bytes;

/// A part of a form.
#[derive(Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) body: Bytes,
}

/// The parts of a body with this `Content-Type`, or why it is no form.
pub(crate) fn read(kind: &str, body: &Bytes) -> Result<Vec<Part>, String> {
    let boundary = kind.strip_prefix("multipart/form-data; boundary=");
    let boundary = boundary.ok_or_else(|| format!("it is {kind:?}"))?;
    if boundary.is_empty() || boundary.len() > 70 || boundary.contains([' ', '"', ';']) {
        return Err("a boundary has 1 to 70 characters, here without quotation marks".to_owned());
    }
    let delimiter = format!("--{boundary}");
    let mut rest = after(body.clone(), delimiter.as_bytes()).ok_or("it does not begin with its boundary")?;
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    loop {
        if rest.as_ref() == b"--\r\n" {
            return Ok(parts);
        }
        let begun = after(rest, b"\r\n").ok_or("a boundary ends its line")?;
        let end = find(&begun, delimiter.as_bytes()).ok_or("a part does not end")?;
        parts.push(part(begun.slice(..end))?);
        rest = begun.slice(end + delimiter.len()..);
    }
}

fn part(whole: Bytes) -> Result<Part, String> {
    let end = find(&whole, b"\r\n\r\n").ok_or("the head of a part does not end")?;
    let head = str::from_utf8(&whole[..end]).map_err(|_| "the head of a part is no text")?;
    let (mut disposition, mut kind) = (None, None);
    for line in head.split("\r\n") {
        match line.split_once(": ") {
            Some(("Content-Disposition", value)) if disposition.is_none() => disposition = Some(value),
            Some(("Content-Type", value)) if kind.is_none() => kind = Some(value.to_owned()),
            _ => return Err(format!("a part has {line:?}")),
        }
    }
    let disposition = disposition.and_then(|value| value.strip_prefix("form-data; name=\""));
    let disposition = disposition.and_then(|value| value.strip_suffix('"'));
    let named = disposition.ok_or("a part is no form-data with a name")?;
    let (name, filename) = match named.split_once("\"; filename=\"") {
        Some((name, filename)) => (name, Some(filename)),
        None => (named, None),
    };
    if [Some(name), filename].iter().flatten().any(|name| name.contains('"')) {
        return Err(format!("a part is called {named:?}"));
    }
    Ok(Part {
        name: name.to_owned(),
        filename: filename.map(str::to_owned),
        kind,
        body: whole.slice(end + 4..),
    })
}

fn after(body: Bytes, prefix: &[u8]) -> Option<Bytes> {
    body.starts_with(prefix).then(|| body.slice(prefix.len()..))
}

fn find(body: &[u8], sought: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = body[from..].iter().position(|byte| *byte == sought[0]) {
        if body[from + at..].starts_with(sought) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=B";

    #[test]
    fn a_form_is_read_part_by_part() {
        let body = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--\r\n\
                    --B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\nContent-Type: x/y\r\n\r\n\r\n--B--\r\n";
        let parts = read(KIND, &Bytes::from(body)).expect("a form");
        assert_eq!(
            (parts[0].name.as_str(), parts[0].body.as_ref()),
            ("a", b"1\r\n--".as_slice())
        );
        let file = (parts[1].filename.as_deref(), parts[1].kind.as_deref());
        assert_eq!((file, parts[1].body.len()), ((Some("n"), Some("x/y")), 0));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for body in [
            "",
            "--B--",
            "--B\r\n\r\n--B--\r\n",
            "--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--\r\n",
            "--B\nContent-Disposition: form-data; name=\"a\"\n\n1\n--B--\n",
            "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B",
            "--B\r\nContent-Disposition: form-data; name=\"a\"\"\r\n\r\n1\r\n--B--\r\n",
        ] {
            read(KIND, &Bytes::from(body)).expect_err(body);
        }
        read("multipart/form-data", &Bytes::from_static(b"--B--\r\n")).expect_err("no boundary");
    }
}
