//! `fs::ls`, `stat`, `mkdir`, `rm`, `chmod` and `mv`: one program each.

use std::path::Path;

use super::{
    super::fault::Outcome,
    answer,
    refused::{parentless, refused, told},
    request::{self, OfPath, mode, path, required},
};
use crate::guest::{
    entries::{self, Change},
    script::{Exec, Failure, Refusal},
};

/// The permissions of a directory that is made.
const DIRECTORY: &str = "0755";

pub(super) async fn ls<E: Exec>(exec: &E, request: OfPath) -> Outcome<answer::Ls> {
    let path = path("path", request.path)?;
    let entries = told("path", entries::ls(exec, &path).await)?;
    Ok(answer::Ls {
        entries: entries.into_iter().map(answer::Entry::from).collect(),
    })
}

pub(super) async fn stat<E: Exec>(exec: &E, request: OfPath) -> Outcome<answer::Entry> {
    let path = path("path", request.path)?;
    let look = told("path", entries::stat(exec, &path).await)?;
    let name = Path::new(&path).file_name().and_then(|name| name.to_str());
    Ok(answer::Entry::new(name.unwrap_or(&path).to_owned(), look))
}

pub(super) async fn mkdir<E: Exec>(exec: &E, request: request::Mkdir) -> Outcome<answer::Mkdir> {
    let path = path("path", request.path)?;
    let mode = mode(request.mode.as_deref().unwrap_or(DIRECTORY))?;
    let parents = request.parents.unwrap_or_default();
    let created = entries::mkdir(exec, &path, mode, parents).await;
    let created = created.map_err(|failure| parentless(failure, parents))?;
    Ok(answer::Mkdir { created })
}

pub(super) async fn rm<E: Exec>(exec: &E, request: request::Rm) -> Outcome<answer::Rm> {
    let path = path("path", request.path)?;
    let removed = entries::rm(exec, &path, request.recursive.unwrap_or_default()).await;
    removed.map_err(|failure| match failure {
        Failure::Told(Refusal::NotEmpty) => {
            refused("path", failure).noted("`recursive: true` removes all that is in it, too")
        }
        failure => refused("path", failure),
    })?;
    Ok(answer::Rm { removed: true })
}

pub(super) async fn chmod<E: Exec>(exec: &E, request: request::Chmod) -> Outcome<answer::Chmod> {
    let path = path("path", request.path)?;
    let change = Change {
        mode: mode(&required("mode", request.mode)?)?,
        uid: request.uid,
        gid: request.gid,
        recursive: request.recursive.unwrap_or_default(),
    };
    let updated = told("path", entries::chmod(exec, &path, &change).await)?;
    Ok(answer::Chmod { updated })
}

pub(super) async fn mv<E: Exec>(exec: &E, request: request::Mv) -> Outcome<answer::Mv> {
    let (src, dst) = (path("src", request.src)?, path("dst", request.dst)?);
    let moved = entries::mv(exec, &src, &dst, request.overwrite.unwrap_or_default()).await;
    moved.map_err(|failure| match failure {
        Failure::Told(Refusal::Missing) => refused("src", failure),
        Failure::Told(Refusal::NoParent | Refusal::NotEmpty) => refused("dst", failure),
        Failure::Told(Refusal::Exists) => refused("dst", failure).noted("`overwrite: true` replaces it"),
        failure => refused("src` or `dst", failure),
    })?;
    Ok(answer::Mv { moved: true })
}
