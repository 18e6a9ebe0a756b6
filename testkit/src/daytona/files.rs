//! Files of sandboxes. Nothing outside of a sandbox's folder is touched.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use axum::http::StatusCode;
use bytes::Bytes;

use super::body::Call;
use super::refusal::ToolboxRefusal;
use super::sandbox::Sandbox;
use super::world::World;
use crate::simulator::form;

/// A path of a sandbox: from its home, unless it is absolute. None if it leads elsewhere.
pub(super) fn resolved(sandbox: &Sandbox, path: &str) -> Option<PathBuf> {
    let root = sandbox.disk.root();
    let path = root.join(path);
    let leads_up = path.components().any(|part| part == Component::ParentDir);
    (path.starts_with(root) && !leads_up).then_some(path)
}

fn place(world: &mut World, id: &str, path: &str) -> Result<PathBuf, ToolboxRefusal> {
    let sandbox = world.inside(id)?;
    resolved(sandbox, path).ok_or_else(|| ToolboxRefusal::bare(StatusCode::FORBIDDEN))
}

pub(super) fn read(world: &mut World, id: &str, path: &str) -> Result<Vec<u8>, ToolboxRefusal> {
    let file = place(world, id, path)?;
    if file.is_dir() {
        return Err(ToolboxRefusal::bare(StatusCode::BAD_REQUEST));
    }
    fs::read(file).map_err(|error| refusal(error.kind()))
}

/// Makes the folders above it, too.
pub(super) fn write(world: &mut World, id: &str, path: &str, bytes: &[u8]) -> Result<(), ToolboxRefusal> {
    let file = place(world, id, path)?;
    let made = file.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(file, bytes))
        .map_err(|error| refusal(error.kind()))
}

/// `mode` is octal.
pub(super) fn permit(world: &mut World, id: &str, path: &str, mode: Option<&str>) -> Result<(), ToolboxRefusal> {
    let file = place(world, id, path)?;
    let Some(mode) = mode else {
        return existing(&file);
    };
    let mode = u32::from_str_radix(mode, 8).ok().filter(|mode| *mode <= 0o7777);
    let mode = mode.ok_or_else(|| ToolboxRefusal::bare(StatusCode::BAD_REQUEST))?;
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).map_err(|error| refusal(error.kind()))
}

fn existing(file: &Path) -> Result<(), ToolboxRefusal> {
    match file.exists() {
        true => Ok(()),
        false => Err(ToolboxRefusal::bare(StatusCode::NOT_FOUND)),
    }
}

fn refusal(kind: ErrorKind) -> ToolboxRefusal {
    ToolboxRefusal::bare(match kind {
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    })
}

fn parts(call: &Call) -> Result<Vec<form::Part>, ToolboxRefusal> {
    let kind = call.header("content-type").unwrap_or_default();
    form::read(kind, &call.body).map_err(|why| ToolboxRefusal::bad(&why))
}

/// The one part `file`, which has a file name: without, it is a value and no file.
pub(super) fn uploaded(call: &Call) -> Result<Bytes, ToolboxRefusal> {
    match parts(call)?.as_slice() {
        [file] if file.name == "file" && file.filename.is_some() => Ok(file.body.clone()),
        _ => Err(ToolboxRefusal::bad("a form with the file `file` is expected")),
    }
}

/// `files[0].path`, then `files[0].file`, and so on.
pub(super) fn uploaded_several(call: &Call) -> Result<Vec<(String, Bytes)>, ToolboxRefusal> {
    let wrong = || ToolboxRefusal::bad("pairs of `files[0].path` and `files[0].file` are expected");
    let parts = parts(call)?;
    let pairs = parts.chunks(2).enumerate().map(|(number, pair)| match pair {
        [path, file]
            if path.name == format!("files[{number}].path") && file.name == format!("files[{number}].file") =>
        {
            let path = String::from_utf8(path.body.to_vec()).map_err(|_| wrong())?;
            Ok((path, file.body.clone()))
        }
        _ => Err(wrong()),
    });
    pairs.collect()
}
