//! The images that the adapter's callers may start, by the names that the operator has given them.

use serde::Serialize;

use super::fault::{Code, Fault, Outcome};
use crate::config::Config;

/// Names that callers expect everywhere.
const PRESETS: [&str; 2] = ["node", "python"];

/// What an image begins with that is a snapshot by the provider's id.
const SNAPSHOT: &str = "snapshot:";

/// Something that a sandbox can be started from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    /// The provider's own name of it.
    pub id: String,
    /// How many sandboxes of it may run.
    pub most: Option<u32>,
    /// Whether it is the operator who has named it.
    pub is_listed: bool,
}

/// What `catalog::list` answers.
#[derive(Debug, Serialize)]
pub(super) struct Catalog {
    images: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    oci_ref: String,
    kind: &'static str,
}

impl Catalog {
    pub fn of(provider: &str, config: &Config) -> Self {
        let rows = config.images.iter().map(|(name, image)| Row {
            name: name.clone(),
            oci_ref: format!("{provider}:{}", image.image),
            kind: if is_preset(name) { "preset" } else { "custom" },
        });
        let mut images: Vec<Row> = rows.collect();
        images.sort_by_key(|row| (!is_preset(&row.name), row.name.clone()));
        Self { images }
    }
}

fn is_preset(name: &str) -> bool {
    PRESETS.contains(&name)
}

/// The image that a caller means.
///
/// # Errors
/// S100 if there is none such, which names those that there are.
pub(super) fn find(config: &Config, name: &str) -> Outcome<Image> {
    if let Some(image) = config.images.get(name) {
        return Ok(Image {
            id: image.image.clone(),
            most: image.max,
            is_listed: true,
        });
    }
    // By whatever name: of an image that the catalog has only so many may run.
    let same = |id: &str| {
        config
            .images
            .values()
            .filter(|image| image.image == id)
            .filter_map(|image| image.max)
            .min()
    };
    let provided = |id: &str| Image {
        id: id.to_owned(),
        most: same(id),
        is_listed: false,
    };
    match name.strip_prefix(SNAPSHOT).filter(|id| !id.is_empty()) {
        Some(id) => Ok(provided(id)),
        None if config.allow_provider_images => Ok(provided(name)),
        None => Err(another(config, "no such image")),
    }
}

/// S100 for a call that names no image.
pub(super) fn missing(config: &Config) -> Fault {
    another(config, "`image` is missing")
}

/// S100 that says why, and names the images that there are.
pub(super) fn another(config: &Config, why: &str) -> Fault {
    let names: Vec<String> = config.images.keys().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => Fault::new(
            Code::S100,
            format!("{why}, and the catalog is empty: the worker's configuration key `images` names none"),
        )
        .noted("the operator adds images to the worker's configuration: `images: {python: …}`"),
        [only] => Fault::new(
            Code::S100,
            format!("{why}; the catalog (configuration key `images`) has {only}"),
        )
        .fixed_by("image", config.images.keys().next().cloned().unwrap_or_default()),
        names => Fault::new(
            Code::S100,
            format!(
                "{why}; the catalog (configuration key `images`) has {}",
                names.join(", ")
            ),
        )
        .noted("take one of these"),
    }
}

/// The name in the catalog of what the provider calls so.
pub(super) fn name_of(config: &Config, id: &str) -> String {
    let listed = config.images.iter().find(|(_, image)| image.image == id);
    listed.map_or_else(|| id.to_owned(), |(name, _)| name.clone())
}
