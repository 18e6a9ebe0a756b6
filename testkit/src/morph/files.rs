//! The files of a box, behind the API that runs in it: bytes as they are, or as a part of a form.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path as FilePath, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::{get, post};
use bytes::Bytes;

use super::body::Call;
use super::refusal::Refusal;
use super::toolbox::Inside;
use super::world::Shared;
use crate::simulator::form;

type Sim = State<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/boxes/{id}/toolbox/files", get(read).post(store))
        .route("/boxes/{id}/toolbox/files/upload", post(upload))
}

/// Where a file of a box is on its disk.
fn place(sim: &Shared, id: &str, path: &str) -> Result<PathBuf, Refusal> {
    let relative = FilePath::new(path.trim_start_matches('/'));
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if path.is_empty() || !relative.components().all(is_plain) {
        return Err(Refusal::invalid(
            &["query", "path"],
            "Input should be a path",
            "value_error",
        ));
    }
    let root = sim
        .world
        .update(|world| Ok(world.instance(id)?.disk.root().to_owned()))?;
    Ok(root.join(relative))
}

async fn read(State(sim): Sim, Path(id): Path<String>, Inside(call): Inside) -> Result<(HeaderMap, Vec<u8>), Refusal> {
    call.only(&["path"])?.without_body()?;
    Inside::token(&sim, &call, &id)?;
    let path = call.required("path")?;
    let bytes = fs::read(place(&sim, &id, path)?).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Refusal::new(StatusCode::NOT_FOUND, "No such file"),
        ErrorKind::IsADirectory => Refusal::new(StatusCode::BAD_REQUEST, "It is a directory"),
        _ => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "It cannot be read"),
    })?;
    // What a file is called says what it is, and nothing does of one that is called nothing.
    let mut headers = HeaderMap::new();
    let kind = match path.rsplit_once('.').map(|(_, end)| end) {
        Some("json") => Some("application/json"),
        Some("html") => Some("text/html"),
        Some("bin") => Some("application/octet-stream"),
        _ => None,
    };
    headers.extend(kind.map(|kind| (CONTENT_TYPE, HeaderValue::from_static(kind))));
    Ok((headers, bytes))
}

/// The whole body is the file. The answer is empty.
async fn store(State(sim): Sim, Path(id): Path<String>, Inside(call): Inside) -> Result<StatusCode, Refusal> {
    call.only(&["path", "mode"])?;
    Inside::token(&sim, &call, &id)?;
    let kind = call.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    if kind != "application/octet-stream" {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            &format!("It is {kind:?}"),
        ));
    }
    let place = place(&sim, &id, call.required("path")?)?;
    write(&place, sized(&call)?, call.parameter("mode"))
}

/// The parts `path`, `mode` if there is one, and `file`, in this order.
async fn upload(State(sim): Sim, Path(id): Path<String>, Inside(call): Inside) -> Result<StatusCode, Refusal> {
    call.only(&[])?;
    Inside::token(&sim, &call, &id)?;
    let kind = call.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let parts = form::read(kind, sized(&call)?);
    let parts = parts.map_err(|why| Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, &why))?;
    let wrong = |what: &str| Refusal::invalid(&["body", what], "Input should be a part of a form", "value_error");
    let (fields, file) = match parts.as_slice() {
        [fields @ .., file] if file.name == "file" => (fields, file),
        _ => return Err(Refusal::missing(&["body", "file"])),
    };
    if file.filename.as_deref().is_none_or(str::is_empty) || file.kind.as_deref() != Some("application/octet-stream") {
        return Err(wrong("file"));
    }
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    if !matches!(names.as_slice(), ["path"] | ["path", "mode"]) {
        return Err(wrong("path"));
    }
    let texts = fields.iter().map(|field| match (&field.filename, &field.kind) {
        (None, None) => str::from_utf8(&field.body).map_err(|_| wrong(&field.name)),
        _ => Err(wrong(&field.name)),
    });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let folder = place(&sim, &id, texts[0])?;
    let name = file.filename.as_deref().unwrap_or_default();
    write(
        &folder.join(name.trim_start_matches('/')),
        &file.body,
        texts.get(1).copied(),
    )
}

/// A body whose length was told before.
fn sized(call: &Call) -> Result<&Bytes, Refusal> {
    let told = call
        .header(CONTENT_LENGTH.as_str())
        .and_then(|length| length.parse().ok());
    match told == Some(call.bytes().len()) {
        true => Ok(call.bytes()),
        false => Err(Refusal::new(StatusCode::LENGTH_REQUIRED, "How long is it?")),
    }
}

fn write(place: &FilePath, bytes: &[u8], mode: Option<&str>) -> Result<StatusCode, Refusal> {
    let mode = mode.map(|mode| u32::from_str_radix(mode, 8)).transpose();
    let mode = mode.map_err(|_| Refusal::invalid(&["query", "mode"], "Input should be octal", "value_error"))?;
    let written = || {
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(place, bytes)?;
        mode.map_or(Ok(()), |mode| {
            fs::set_permissions(place, fs::Permissions::from_mode(mode))
        })
    };
    let failed = |_| Refusal::new(StatusCode::INSUFFICIENT_STORAGE, "It cannot be written");
    written().map(|()| StatusCode::OK).map_err(failed)
}
