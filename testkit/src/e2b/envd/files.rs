//! Files of a sandbox, read and written whole. A path that begins with `/` has to be within the sandbox's own folder,
//! where its programs run: they see this machine's files, and nothing else of it is touched.

use std::fs;
use std::path::{Component, Path, PathBuf};

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Inside;
use super::multipart;
use super::program::is_user;
use crate::e2b::refusal::Refusal;
use crate::e2b::routes::Sim;
use crate::e2b::world::World;

const PARAMETERS: [&str; 2] = ["path", "username"];

pub(super) async fn read(State(sim): Sim, inside: Inside) -> Result<Response, Refusal> {
    inside.arrived.only(&PARAMETERS)?.without_body()?;
    let path = inside.arrived.parameter("path").unwrap_or_default().to_owned();
    let file = sim.world.update(|world| inside.file(world, &path))?;
    if file.is_dir() {
        return Err(Refusal::bad_request(&format!("path '{path}' is a directory")));
    }
    let missing = || Refusal::new(StatusCode::NOT_FOUND, &format!("path '{path}' does not exist"));
    let bytes = fs::read(&file).map_err(|_| missing())?;
    Ok(([(CONTENT_TYPE, media_type(&file))], bytes).into_response())
}

pub(super) async fn write(State(sim): Sim, inside: Inside) -> Result<Response, Refusal> {
    let arrived = &inside.arrived;
    let path = arrived.only(&PARAMETERS)?.parameter("path").map(str::to_owned);
    let files = match arrived.media_type() {
        "application/octet-stream" => {
            let path = path.ok_or_else(|| Refusal::bad_request("path is missing"))?;
            vec![(path, arrived.body.to_vec())]
        }
        "multipart/form-data" => multipart::files(arrived, path.as_deref())?,
        other => {
            let message = format!("unsupported media type \"{other}\"");
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, &message));
        }
    };
    let mut entries = Vec::new();
    for (path, bytes) in files {
        let file = sim.world.update(|world| inside.file(world, &path))?;
        put(&file, &bytes, sim.world.read(|world| world.options.disk))?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        entries.push(json!({"path": file.display().to_string(), "name": name, "type": "file"}));
    }
    // As the service has it: JSON that does not say so.
    let kind = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((kind, json!(entries).to_string()).into_response())
}

/// Makes the folders above, too.
fn put(file: &Path, bytes: &[u8], largest: usize) -> Result<(), Refusal> {
    if file.is_dir() {
        return Err(Refusal::bad_request(&format!(
            "path is a directory: {}",
            file.display()
        )));
    }
    if bytes.len() > largest {
        let message = format!("not enough disk space: {} bytes required", bytes.len());
        return Err(Refusal::new(StatusCode::INSUFFICIENT_STORAGE, &message));
    }
    let parent = file.parent().unwrap_or(file);
    let written = fs::create_dir_all(parent).and_then(|()| fs::write(file, bytes));
    written.map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()))
}

impl Inside {
    /// Where a path leads, if the user may be asked for it.
    fn file(&self, world: &mut World, path: &str) -> Result<PathBuf, Refusal> {
        let user = self.arrived.parameter("username");
        if let Some(user) = user.filter(|user| !is_user(user)) {
            let message = format!("error looking up user '{user}'");
            return Err(Refusal::new(StatusCode::UNAUTHORIZED, &message));
        }
        let root = self.sandbox(world)?.disk.root().to_owned();
        let whole = root.join(path);
        let leaves = whole.components().any(|part| part == Component::ParentDir);
        match whole.starts_with(&root) && !leaves {
            true => Ok(whole),
            false => Err(Refusal::bad_request(&format!(
                "path '{path}' is not within the sandbox's folder"
            ))),
        }
    }
}

/// By the name of the file, as web servers have it.
fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
