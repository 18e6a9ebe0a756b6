//! Names of files that a shell could take for something else.

use std::{fs, os::unix::fs::symlink};

use super::{Refusal, bytes, each, read, write};

pub(crate) const NAMES: [&str; 16] = [
    "plain",
    "-n",
    "--",
    "-rf x",
    "it's \"quoted\" \\ back",
    "$HOME `id` $(id) ${IFS}",
    "; touch gone & | > <",
    "*",
    "?[a]!^~#",
    "two\nlines",
    "line end\n",
    " spaces ",
    "tab\tand\rreturn",
    "ü 漢字 \u{202e}",
    "=x",
    "...",
];

#[tokio::test]
async fn a_name_is_a_name_whatever_is_in_it() {
    each(async |local| {
        for name in NAMES {
            let bytes = [name.as_bytes(), &bytes(9000)].concat();
            assert_eq!(write(local, name, &bytes).await, Ok(()), "{local} {name:?}");
            assert_eq!(local.file(name), bytes, "{local} {name:?}");
            assert_eq!(read(local, name).await, Ok(bytes), "{local} {name:?}");
        }
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        assert_eq!(local.names(), names, "{local}");
    })
    .await;
}

#[tokio::test]
async fn the_folders_above_a_file_are_made() {
    each(async |local| {
        for folder in ["a", "-b/c c", "d/\n/e", "."] {
            let path = format!("{folder}/f");
            assert_eq!(write(local, &path, b"x").await, Ok(()), "{local} {path:?}");
            assert_eq!(read(local, &path).await, Ok(b"x".to_vec()), "{local} {path:?}");
        }
        let absolute = local.home().join("g/h");
        let absolute = absolute.to_str().expect("UTF-8");
        assert_eq!(write(local, absolute, b"y").await, Ok(()), "{local}");
        assert_eq!(read(local, absolute).await, Ok(b"y".to_vec()), "{local}");
    })
    .await;
}

#[tokio::test]
async fn a_link_is_followed() {
    each(async |local| {
        fs::create_dir(local.home().join("sub")).expect("a folder");
        local.put("sub/f\n", b"old");
        symlink("sub/f\n", local.home().join("one")).expect("a link");
        symlink(local.home().join("one"), local.home().join("sub/two")).expect("a link");
        symlink("sub/new", local.home().join("to nothing")).expect("a link");
        assert_eq!(read(local, "sub/two").await, Ok(b"old".to_vec()), "{local}");
        assert_eq!(write(local, "sub/two", b"new").await, Ok(()), "{local}");
        assert_eq!(local.file("sub/f\n"), b"new", "{local}");
        assert!(local.home().join("sub/two").is_symlink() && local.home().join("one").is_symlink());
        assert_eq!(read(local, "to nothing").await, Err(Refusal::Missing), "{local}");
        assert_eq!(write(local, "to nothing", b"made").await, Ok(()), "{local}");
        assert_eq!(local.file("sub/new"), b"made", "{local}");
        symlink("round", local.home().join("round")).expect("a link");
        assert_eq!(write(local, "round", b"x").await, Err(Refusal::Missing), "{local}");
        assert_eq!(read(local, "round").await, Err(Refusal::Missing), "{local}");
    })
    .await;
}
