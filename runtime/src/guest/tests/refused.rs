//! What is no file, or cannot be read or written.

use std::fs;

use super::{Refusal, bytes, each, read, reading, told, write};

#[tokio::test]
async fn what_cannot_be_read_says_why() {
    each(async |local| {
        fs::create_dir(local.home().join("folder")).expect("a folder");
        local.put("f", b"x");
        for (path, why) in [
            ("missing", Refusal::Missing),
            ("f/below", Refusal::Missing),
            ("folder", Refusal::NoFile),
            (".", Refusal::NoFile),
            ("/", Refusal::NoFile),
            ("/dev/null", Refusal::NoFile),
        ] {
            assert_eq!(read(local, path).await, Err(why), "{local} {path}");
        }
        assert_eq!(local.programs(), 6, "{local}");
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_read() {
    each(async |local| {
        local.put("f", &bytes(1001));
        let most = async |most| told(reading::read(local, "f", most).await).map(|bytes| bytes.len());
        assert_eq!(most(1001).await, Ok(1001), "{local}");
        assert_eq!(most(1000).await, Err(Refusal::TooLarge), "{local}");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_written_says_why_and_leaves_nothing() {
    each(async |local| {
        fs::create_dir(local.home().join("folder")).expect("a folder");
        local.put("f", b"x");
        for bytes in [b"y".to_vec(), bytes(20_000)] {
            for (path, why) in [
                ("folder", Refusal::NoFile),
                ("folder/", Refusal::NoFile),
                (".", Refusal::NoFile),
                ("folder/..", Refusal::NoFile),
                ("new/.", Refusal::NoFile),
                ("/dev/null", Refusal::NoFile),
                ("f/below", Refusal::NoFolder),
                ("/proc/none/f", Refusal::NoFolder),
            ] {
                assert_eq!(write(local, path, &bytes).await, Err(why), "{local} {path}");
            }
        }
        assert_eq!(local.names(), ["f", "folder"], "{local}");
        assert_eq!(local.file("f"), b"x", "{local}");
    })
    .await;
}

/// Nothing can be kept from root.
#[tokio::test]
async fn what_is_denied_says_so() {
    each(async |local| {
        local.put("f", b"x");
        local.set_mode("f", 0);
        if fs::read(local.home().join("f")).is_ok() {
            return assert_eq!(read(local, "f").await, Ok(b"x".to_vec()), "{local}");
        }
        assert_eq!(read(local, "f").await, Err(Refusal::Denied), "{local}");
        assert_eq!(write(local, "f", b"y").await, Err(Refusal::Denied), "{local}");
    })
    .await;
}
