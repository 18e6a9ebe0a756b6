//! Where the worker goes, and what it is there: a member of this workspace, or a package of its own.

use std::{
    env, fs,
    path::{Component, Path, PathBuf},
};

use super::{Refusal, Request};

pub struct Target {
    pub folder: PathBuf,
    /// Where this checkout is, if the tool runs from one.
    pub root: Option<PathBuf>,
    /// Whether the folder is in the workspace of the checkout.
    pub member: bool,
}

/// The folder of the workspace whose subfolders are members.
const MEMBERS: &str = "providers";

impl Target {
    /// Refuses a folder that exists, and a package name that the workspace has already.
    pub fn of(request: &Request) -> Result<Self, Refusal> {
        let here = env::current_dir().map_err(|error| Refusal::Folder(format!("no working directory: {error}")))?;
        let root = here.ancestors().find(|folder| is_checkout(folder)).map(Path::to_owned);
        let folder = match (&request.path, &root) {
            (Some(path), _) => path.clone(),
            (None, Some(root)) => shown(&root.join(MEMBERS).join(&request.name), &here),
            (None, None) => PathBuf::from(format!("sandbox-{}", request.name)),
        };
        if folder.symlink_metadata().is_ok() {
            let text = format!("{} exists: remove it, or give another --path", folder.display());
            return Err(Refusal::Folder(text));
        }
        let parent = absolute(&folder).parent().map(Path::to_owned);
        let member = root
            .as_ref()
            .is_some_and(|root| parent == Some(absolute(&root.join(MEMBERS))));
        let target = Self { folder, root, member };
        match target.namesake(&request.name) {
            Some(other) => Err(Refusal::Folder(format!(
                "{} is called sandbox-{} already: choose another NAME",
                other.display(),
                request.name
            ))),
            None => Ok(target),
        }
    }

    /// The path from the new folder to one of this checkout.
    pub fn path_to(&self, name: &str) -> Option<String> {
        let to = absolute(&self.root.as_ref()?.join(name));
        let from = absolute(&self.folder);
        let common = to
            .components()
            .zip(from.components())
            .take_while(|(to, from)| to == from);
        let common = common.count();
        let up = from.components().skip(common).map(|_| Component::ParentDir);
        let path: PathBuf = up.chain(to.components().skip(common)).collect();
        Some(path.display().to_string())
    }

    /// A package of the workspace that has the new one's name: cargo would refuse all of them.
    fn namesake(&self, name: &str) -> Option<PathBuf> {
        let root = self.root.as_ref().filter(|_| self.member)?;
        let members = fs::read_dir(root.join(MEMBERS)).into_iter().flatten().flatten();
        let mut manifests = members
            .map(|entry| entry.path())
            .chain([root.clone()])
            .map(|folder| folder.join("Cargo.toml"));
        let line = format!("name = \"sandbox-{name}\"");
        manifests.find(|manifest| has_line(manifest, &line))
    }
}

/// The workspace that this crate is part of, wherever it is checked out.
fn is_checkout(folder: &Path) -> bool {
    let tool = has_line(&folder.join("codegen/Cargo.toml"), "name = \"provider-codegen\"");
    tool && has_line(&folder.join("Cargo.toml"), "[workspace]")
}

fn has_line(file: &Path, line: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| text.lines().any(|found| found.trim() == line))
}

/// As a person in `here` would write it.
fn shown(path: &Path, here: &Path) -> PathBuf {
    path.strip_prefix(here).unwrap_or(path).to_owned()
}

/// Without links, as far as it exists.
fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for ancestor in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            return real.join(rest);
        }
    }
    path
}
