//! The images that callers of the adapter may start.

use provider_runtime::config::CatalogImage;

use super::{accepted, check_refusals};

#[test]
fn an_image_of_the_catalog_is_an_id_or_an_id_with_a_limit() {
    let config =
        accepted("images:\n  python: snapshot_1\n  node:\n    image: snapshot_2\n    max: 4\n  ghcr.io/a/b:1: x\n");
    let image = |image: &str, max| CatalogImage {
        image: image.to_owned(),
        max,
    };
    assert_eq!(config.images["python"], image("snapshot_1", None));
    assert_eq!(config.images["node"], image("snapshot_2", Some(4)));
    assert_eq!(config.images["ghcr.io/a/b:1"], image("x", None));
    assert!(!config.allow_provider_images);
    let config = accepted("images: {}\nallow_provider_images: true\nmax_exec_per_sandbox: 64\n");
    assert!(config.images.is_empty());
    assert!(config.allow_provider_images);
    assert_eq!(config.max_exec_per_sandbox, 64);
}

#[test]
fn a_catalog_that_cannot_be_meant_is_refused() {
    let text = "must be text that is not blank";
    check_refusals(&[
        (
            "images: [python]",
            "config.yaml:1: images: must be a mapping of names to images, got a list",
        ),
        (
            "images:\n  a: snapshot_1\n  python: 7",
            &format!("config.yaml:3: images: python {text}, got 7"),
        ),
        (
            "images:\n  python:",
            &format!("config.yaml:2: images: python {text}, got nothing"),
        ),
        (
            "images:\n  python:\n    max: 4",
            "config.yaml:2: images: python must be the id of an image, or a mapping with `image` and `max`",
        ),
        (
            "images:\n  python:\n    image: snapshot_1\n    max: 0",
            "config.yaml:4: images: python max must be a whole number from 1 to 10000, got 0",
        ),
        (
            "images:\n  python: {image: ''}",
            &format!("config.yaml:2: images: python image {text}, got blank text"),
        ),
        (
            "images:\n  python:\n    image: snapshot_1\n    cap: 4",
            "config.yaml:4: images: python cap is not a known key; known are image, max",
        ),
        (
            "images:\n  py thon: snapshot_1",
            "config.yaml:2: images: has a name that is not 1 to 128 of A-Z a-z 0-9 . _ / : @ -",
        ),
        (
            "images:\n  a: x\n  a: y",
            "config.yaml:3: a: is set twice, first on line 2",
        ),
        (
            "allow_provider_images: 1",
            "config.yaml:1: allow_provider_images: must be true or false, got 1",
        ),
        (
            "max_exec_per_sandbox: 65",
            "config.yaml:1: max_exec_per_sandbox: must be a whole number from 1 to 64, got 65",
        ),
    ]);
}
