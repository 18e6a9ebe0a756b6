//! `multipart/form-data`, read strictly.

/// A part of a form.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) name: String,
    /// Whether it has a file name.
    pub(super) file: bool,
    pub(super) bytes: Vec<u8>,
}

/// The parts of a body.
pub(super) fn parts(content_type: &str, body: &[u8]) -> Result<Vec<Part>, &'static str> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if kind.trim() != "multipart/form-data" {
        return Err("multipart/form-data is expected");
    }
    let boundary = parameter(parameters, "boundary").ok_or("multipart/form-data has a boundary")?;
    let mut rest = body
        .strip_prefix(format!("--{boundary}\r\n").as_bytes())
        .ok_or("a form begins with its boundary")?;
    let between = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    loop {
        let end = find(rest, between.as_bytes()).ok_or("a part ends with the boundary")?;
        parts.push(part(&rest[..end])?);
        rest = &rest[end + between.len()..];
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        rest = rest.strip_prefix(b"\r\n").ok_or("a boundary ends its line")?;
    }
}

fn part(bytes: &[u8]) -> Result<Part, &'static str> {
    let head = find(bytes, b"\r\n\r\n").ok_or("a part has a head")?;
    let lines = std::str::from_utf8(&bytes[..head]).map_err(|_| "a head is text")?;
    let mut headers = lines.split("\r\n").filter_map(|line| line.split_once(':'));
    let disposition = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"));
    let (_, disposition) = disposition.ok_or("a part has a Content-Disposition")?;
    let parameters = disposition.trim().strip_prefix("form-data");
    let parameters = parameters.ok_or("a part is form-data")?;
    Ok(Part {
        name: parameter(parameters, "name").ok_or("a part has a name")?,
        file: parameter(parameters, "filename").is_some(),
        bytes: bytes[head + 4..].to_vec(),
    })
}

/// `name="value"` or `name=value` among what is divided by `;`.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut pairs = parameters.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
    Some(value.trim_matches('"').to_owned())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
