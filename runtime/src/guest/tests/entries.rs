//! What directories of a sandbox hold, looked at and changed.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
    process::Command,
};

use proptest::{collection::vec, prelude::*, test_runner::TestRunner};

use super::{
    Refusal,
    local::{Fate, Local, each},
    names::NAMES,
    told,
};
use crate::guest::entries::{self, Change, Look};

async fn stat(local: &Local, path: &str) -> Result<Look, Refusal> {
    told(entries::stat(local, path).await)
}

async fn ls(local: &Local, path: &str) -> Result<Vec<String>, Refusal> {
    let entries = told(entries::ls(local, path).await)?;
    Ok(entries.into_iter().map(|entry| entry.name).collect())
}

async fn mkdir(local: &Local, path: &str, mode: u32, parents: bool) -> Result<bool, Refusal> {
    told(entries::mkdir(local, path, mode, parents).await)
}

async fn rm(local: &Local, path: &str, recursive: bool) -> Result<(), Refusal> {
    told(entries::rm(local, path, recursive).await)
}

async fn mv(local: &Local, from: &str, to: &str, overwrite: bool) -> Result<(), Refusal> {
    told(entries::mv(local, from, to, overwrite).await)
}

async fn chmod(local: &Local, path: &str, mode: u32, recursive: bool) -> Result<u64, Refusal> {
    let change = Change {
        mode,
        uid: None,
        gid: None,
        recursive,
    };
    told(entries::chmod(local, path, &change).await)
}

fn folder(local: &Local, path: &str) {
    fs::create_dir_all(local.home().join(path)).expect("a folder");
}

fn link(local: &Local, to: &str, path: &str) {
    symlink(to, local.home().join(path)).expect("a link");
}

fn fifo(local: &Local, path: &str) {
    let made = Command::new("mkfifo").arg(local.home().join(path)).status();
    assert!(made.expect("mkfifo").success());
}

/// A name longer than any file's may be.
fn too_long() -> String {
    "n".repeat(256)
}

#[tokio::test]
async fn an_entry_looks_as_it_is() {
    each(async |local| {
        local.put("f", b"12345");
        local.set_mode("f", 0o4751);
        let file = fs::File::options()
            .write(true)
            .open(local.home().join("f"))
            .expect("a file");
        let moment = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_234_567_890);
        file.set_modified(moment).expect("its own");
        folder(local, "d");
        local.set_mode("d", 0o1777);
        link(local, "nowhere", "l");
        fifo(local, "p");
        let look = stat(local, "f").await.expect("a file");
        assert_eq!(
            (look.size, look.permissions(), look.mtime),
            (5, 0o4751, 1_234_567_890),
            "{local}"
        );
        let looks = |look: Look| (look.is_directory(), look.is_link(), look.permissions());
        assert_eq!(stat(local, "f").await.map(looks), Ok((false, false, 0o4751)), "{local}");
        assert_eq!(stat(local, "d").await.map(looks), Ok((true, false, 0o1777)), "{local}");
        assert_eq!(stat(local, "l").await.map(looks), Ok((false, true, 0o777)), "{local}");
        assert_eq!(
            stat(local, "p").await.map(looks).map(|look| look.0),
            Ok(false),
            "{local}"
        );
        assert_eq!(
            stat(local, "/").await.map(|look| look.is_directory()),
            Ok(true),
            "{local}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    each(async |local| {
        local.put("f", b"");
        link(local, "round", "round");
        for (path, why) in [
            ("missing", Refusal::Missing),
            ("missing/below", Refusal::Missing),
            ("f/below", Refusal::NoFile),
            ("round/below", Refusal::Senseless),
            (&too_long(), Refusal::Senseless),
        ] {
            assert_eq!(stat(local, path).await, Err(why), "{local} {path}");
            assert_eq!(ls(local, path).await, Err(why), "{local} {path}");
            assert_eq!(rm(local, path, false).await, Err(why), "{local} {path}");
            assert_eq!(rm(local, path, true).await, Err(why), "{local} {path}");
            assert_eq!(chmod(local, path, 0o600, false).await, Err(why), "{local} {path}");
            assert_eq!(chmod(local, path, 0o600, true).await, Err(why), "{local} {path}");
            assert_eq!(mv(local, path, "x", true).await, Err(why), "{local} {path}");
        }
        assert_eq!(local.programs(), 35, "{local}");
    })
    .await;
}

#[tokio::test]
async fn a_directory_is_listed_with_whatever_is_in_it() {
    each(async |local| {
        folder(local, "d");
        for name in NAMES {
            local.put(&format!("d/{name}"), b"x");
        }
        local.put("d/.hidden", b"x");
        local.put("d/..hidden", b"x");
        folder(local, "d/sub/below");
        link(local, "nowhere", "d/link");
        fifo(local, "d/fifo");
        let mut names = NAMES.to_vec();
        names.extend([".hidden", "..hidden", "sub", "link", "fifo"]);
        names.sort_unstable();
        assert_eq!(ls(local, "d").await.expect("a folder"), names, "{local}");
        let entries = told(entries::ls(local, "d").await).expect("a folder");
        let look = |name: &str| {
            entries
                .iter()
                .find(|entry| entry.name == name)
                .expect("it is there")
                .look
        };
        assert!(look("link").is_link() && look("sub").is_directory() && !look("fifo").is_directory());
        assert_eq!(look("two\nlines").size, 1, "{local}");
        folder(local, "empty");
        assert_eq!(ls(local, "empty").await, Ok(Vec::new()), "{local}");
        link(local, "empty", "to empty");
        assert_eq!(ls(local, "to empty").await, Ok(Vec::new()), "{local}");
        assert_eq!(ls(local, "d/two\nlines").await, Err(Refusal::NoFile), "{local}");
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_no_text_is_shown_with_what_it_has_of_one() {
    each(async |local| {
        let name = OsStr::from_bytes(b"a\xff\xfe b");
        fs::write(local.home().join(name), b"x").expect("a file");
        assert_eq!(
            ls(local, ".").await,
            Ok(vec!["a\u{fffd}\u{fffd} b".to_owned()]),
            "{local}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_directory_of_any_size_is_listed() {
    let local = Local::usual();
    for number in 0..10_000 {
        local.put(&format!("a file with the number {number:05}"), b"");
    }
    let names = ls(&local, ".").await.expect("a folder");
    assert_eq!((names.len(), names), (10_000, local.names()));
    assert!(local.longest().1 <= super::OUTPUT, "{:?}", local.longest());
}

#[tokio::test]
async fn each_shell_keeps_a_list_that_is_longer_than_an_output() {
    each(async |local| {
        for number in 0..150 {
            local.put(&format!("file {number:05}"), b"");
        }
        assert_eq!(ls(local, ".").await.expect("a folder"), local.names(), "{local}");
    })
    .await;
}

#[tokio::test]
async fn a_directory_is_made_with_its_mode() {
    each(async |local| {
        for (path, mode) in [
            ("a", 0o755),
            ("-b", 0o700),
            ("c\nd", 0o2775),
            ("e", 0o1777),
            ("g", 0o000),
        ] {
            assert_eq!(mkdir(local, path, mode, false).await, Ok(true), "{local} {path}");
            assert_eq!(local.mode(path), mode, "{local} {path}");
        }
        assert_eq!(mkdir(local, "x/y/z/", 0o700, true).await, Ok(true), "{local}");
        assert_eq!(
            (local.mode("x/y/z"), local.mode("x/y") & 0o700),
            (0o700, 0o700),
            "{local}"
        );
        assert_eq!(mkdir(local, "x/y/z", 0o777, true).await, Ok(false), "{local}");
        assert_eq!(local.mode("x/y/z"), 0o700, "{local}");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_made_says_why() {
    each(async |local| {
        local.put("f", b"x");
        folder(local, "d");
        link(local, "d", "to d");
        link(local, "nowhere", "to nothing");
        for (path, parents, why) in [
            ("f", false, Refusal::Exists),
            ("f", true, Refusal::Exists),
            ("d", false, Refusal::Exists),
            ("/", false, Refusal::Exists),
            ("to d", false, Refusal::Exists),
            ("to nothing", false, Refusal::Exists),
            ("to nothing", true, Refusal::Exists),
            ("missing/d", false, Refusal::NoParent),
            ("to nothing/d", false, Refusal::NoParent),
            ("f/d", false, Refusal::NoFile),
            (&too_long(), false, Refusal::Senseless),
            (&too_long(), true, Refusal::Senseless),
        ] {
            assert_eq!(mkdir(local, path, 0o755, parents).await, Err(why), "{local} {path}");
        }
        let below_a_file = mkdir(local, "f/d", 0o755, true).await;
        assert!(
            matches!(below_a_file, Err(Refusal::NoFile | Refusal::Exists)),
            "{local}: {below_a_file:?}"
        );
        assert_eq!(mkdir(local, "to d", 0o755, true).await, Ok(false), "{local}");
        assert_eq!(local.names(), ["d", "f", "to d", "to nothing"], "{local}");
    })
    .await;
}

#[tokio::test]
async fn what_is_removed_is_gone_and_nothing_else() {
    each(async |local| {
        local.put("f", b"x");
        local.set_mode("f", 0o400);
        folder(local, "empty");
        folder(local, "full/below");
        local.put("full/f", b"x");
        link(local, "full", "to full");
        link(local, "nowhere", "to nothing");
        fifo(local, "fifo");
        for path in ["f", "empty", "to full/", "to nothing", "fifo"] {
            assert_eq!(rm(local, path, false).await, Ok(()), "{local} {path}");
        }
        assert_eq!(rm(local, "full", false).await, Err(Refusal::NotEmpty), "{local}");
        link(local, "full", "again");
        assert_eq!(rm(local, "again/", true).await, Ok(()), "{local}");
        assert_eq!(ls(local, "full").await.expect("a folder"), ["below", "f"], "{local}");
        folder(local, "outside");
        link(local, "../outside", "full/out");
        assert_eq!(rm(local, "full/", true).await, Ok(()), "{local}");
        assert_eq!(local.names(), ["outside"], "{local}");
        for path in [".", "./", "outside/.", "outside/..", "/", "//"] {
            assert_eq!(rm(local, path, true).await, Err(Refusal::Senseless), "{local} {path}");
        }
        assert_eq!(local.names(), ["outside"], "{local}");
    })
    .await;
}

#[tokio::test]
async fn modes_are_changed_and_counted() {
    each(async |local| {
        folder(local, "d/a/b");
        for path in ["d/f", "d/a/two\nlines", "outside"] {
            local.put(path, b"x");
            local.set_mode(path, 0o600);
        }
        link(local, "../outside", "d/link");
        local.set_mode("d/a", 0o2755);
        assert_eq!(chmod(local, "d/f", 0o4711, false).await, Ok(1), "{local}");
        assert_eq!(local.mode("d/f"), 0o4711, "{local}");
        assert_eq!(chmod(local, "d/a", 0o711, false).await, Ok(1), "{local}");
        assert_eq!(local.mode("d/a"), 0o711, "{local}");
        assert_eq!(chmod(local, "d", 0o750, true).await, Ok(5), "{local}");
        for path in ["d", "d/a", "d/a/b", "d/f", "d/a/two\nlines"] {
            assert_eq!(local.mode(path), 0o750, "{local} {path}");
        }
        assert_eq!(local.mode("outside"), 0o600, "{local}");
        link(local, "d/f", "to f");
        assert_eq!(chmod(local, "to f", 0o644, false).await, Ok(1), "{local}");
        assert_eq!(chmod(local, "to f", 0o640, true).await, Ok(1), "{local}");
        assert_eq!(local.mode("d/f"), 0o640, "{local}");
        link(local, "nowhere", "to nothing");
        assert_eq!(
            chmod(local, "to nothing", 0o644, false).await,
            Err(Refusal::Missing),
            "{local}"
        );
    })
    .await;
}

/// Only root can give files away.
#[tokio::test]
async fn owners_are_changed_if_the_user_may() {
    use std::os::unix::fs::MetadataExt as _;
    each(async |local| {
        folder(local, "d");
        local.put("d/f", b"x");
        let change = |uid, gid| Change {
            mode: 0o6755,
            uid,
            gid,
            recursive: true,
        };
        let owner = || {
            let file = fs::metadata(local.home().join("d/f")).expect("a file");
            (file.uid(), file.gid())
        };
        let (user, group) = owner();
        let given = told(entries::chmod(local, "d", &change(Some(12), Some(34))).await);
        if user != 0 {
            return assert_eq!(given, Err(Refusal::Denied), "{local}");
        }
        assert_eq!(
            (given, owner(), local.mode("d/f")),
            (Ok(2), (12, 34), 0o6755),
            "{local}"
        );
        let given = told(entries::chmod(local, "d", &change(Some(user), None)).await);
        assert_eq!((given, owner()), (Ok(2), (user, 34)), "{local}");
        let given = told(entries::chmod(local, "d", &change(None, Some(group))).await);
        assert_eq!((given, owner()), (Ok(2), (user, group)), "{local}");
    })
    .await;
}

#[tokio::test]
async fn what_may_not_be_changed_says_so() {
    each(async |local| {
        folder(local, "d/below");
        local.put("d/f", b"x");
        local.set_mode("d", 0o555);
        if !local.as_stranger() {
            return;
        }
        assert_eq!(rm(local, "d/f", false).await, Err(Refusal::Denied), "{local}");
        assert_eq!(rm(local, "d", true).await, Err(Refusal::Denied), "{local}");
        assert_eq!(rm(local, "d/below", false).await, Err(Refusal::Denied), "{local}");
        assert_eq!(
            mkdir(local, "d/new", 0o755, false).await,
            Err(Refusal::Denied),
            "{local}"
        );
        assert_eq!(
            mkdir(local, "d/new/d", 0o755, true).await,
            Err(Refusal::Denied),
            "{local}"
        );
        assert_eq!(mv(local, "d/f", "f", false).await, Err(Refusal::Denied), "{local}");
        assert_eq!(chmod(local, "d/f", 0o777, false).await, Err(Refusal::Denied), "{local}");
        assert_eq!(chmod(local, "d", 0o777, true).await, Err(Refusal::Denied), "{local}");
        local.set_mode("d", 0o000);
        assert_eq!(ls(local, "d").await, Err(Refusal::Denied), "{local}");
        assert_eq!(stat(local, "d/f").await, Err(Refusal::Denied), "{local}");
        assert_eq!(stat(local, "d").await.map(|look| look.permissions()), Ok(0), "{local}");
    })
    .await;
}

#[tokio::test]
async fn what_is_moved_is_there_and_no_longer_here() {
    each(async |local| {
        for name in NAMES {
            local.put(name, name.as_bytes());
            assert_eq!(mv(local, name, "moved", true).await, Ok(()), "{local} {name:?}");
            assert_eq!(
                (local.names(), local.file("moved")),
                (vec!["moved".to_owned()], name.as_bytes().to_vec())
            );
            assert_eq!(mv(local, "moved", name, false).await, Ok(()), "{local} {name:?}");
            assert_eq!(mv(local, name, "moved", true).await, Ok(()), "{local} {name:?}");
        }
        link(local, "nowhere", "link");
        assert_eq!(mv(local, "link", "other", false).await, Ok(()), "{local}");
        folder(local, "d/below");
        assert_eq!(mv(local, "d/", "e/", false).await, Ok(()), "{local}");
        assert_eq!(ls(local, "e").await.expect("a folder"), ["below"], "{local}");
        assert_eq!(local.names(), ["e", "moved", "other"], "{local}");
    })
    .await;
}

#[tokio::test]
async fn what_is_there_is_replaced_only_if_that_is_meant() {
    each(async |local| {
        let names = ["empty", "f", "full", "to full", "to nothing"];
        folder(local, "empty");
        folder(local, "full/below");
        link(local, "full", "to full");
        link(local, "nowhere", "to nothing");
        local.put("f", b"old");
        local.put("new", b"new");
        folder(local, "folder");
        for to in names {
            assert_eq!(mv(local, "new", to, false).await, Err(Refusal::Exists), "{local} {to}");
        }
        for (from, to, why) in [
            ("new", "full", Refusal::NoFile),
            ("new", "empty", Refusal::NoFile),
            ("folder", "f", Refusal::NoFile),
            ("folder", "full", Refusal::NotEmpty),
            ("new", "missing/new", Refusal::NoParent),
            ("new", "f/below", Refusal::NoFile),
            ("full", "full/below", Refusal::Senseless),
            ("full", "full/new", Refusal::Senseless),
            ("new", &too_long(), Refusal::Senseless),
            ("new", ".", Refusal::Senseless),
            ("folder/.", "other", Refusal::Senseless),
        ] {
            assert_eq!(mv(local, from, to, true).await, Err(why), "{local} {from} {to}");
        }
        assert_eq!(mv(local, "f", "f", true).await, Ok(()), "{local}");
        assert_eq!(mv(local, "new", "f", true).await, Ok(()), "{local}");
        assert_eq!(local.file("f"), b"new", "{local}");
        assert_eq!(mv(local, "f", "to full", true).await, Ok(()), "{local}");
        assert_eq!(local.file("to full"), b"new", "{local}");
        assert_eq!(ls(local, "full").await.expect("a folder"), ["below"], "{local}");
        assert_eq!(mv(local, "folder", "empty", true).await, Ok(()), "{local}");
        assert_eq!(
            mv(local, "full", "to nothing", true).await,
            Err(Refusal::NoFile),
            "{local}"
        );
        assert_eq!(local.names(), ["empty", "full", "to full", "to nothing"], "{local}");
    })
    .await;
}

#[tokio::test]
async fn each_takes_one_program() {
    let local = Local::usual();
    local.put("f", b"x");
    mkdir(&local, "a/b", 0o755, true).await.expect("it is made");
    mv(&local, "f", "a/f", false).await.expect("it is moved");
    chmod(&local, "a", 0o700, true).await.expect("it is changed");
    ls(&local, "a").await.expect("it is listed");
    stat(&local, "a").await.expect("it is there");
    rm(&local, "a", true).await.expect("it is removed");
    assert_eq!(local.programs(), 6);
}

#[tokio::test]
async fn a_sandbox_that_lacks_stat_or_find_says_so() {
    for missing in ["stat", "find"] {
        let local = Local::on(super::Machine::without(missing));
        assert_eq!(ls(&local, ".").await, Err(Refusal::Lacking), "{missing}");
    }
}

/// Of those that a program that looks may lose.
#[tokio::test]
async fn a_look_that_is_repeated_is_the_same() {
    super::each_with(Fate::Twice, async |local| {
        local.put("f", b"x");
        assert_eq!(ls(local, ".").await.expect("a folder"), ["f"], "{local}");
        assert_eq!(stat(local, "f").await.map(|look| look.size), Ok(1), "{local}");
        assert_eq!(chmod(local, "f", 0o600, true).await, Ok(1), "{local}");
    })
    .await;
}

/// Whatever names there are in a directory, they are told as they are, and each can be moved and removed by it.
#[test]
fn any_name_comes_back_as_it_is() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let character = prop_oneof![
        Just('\n'),
        Just(' '),
        Just('/'),
        Just('-'),
        Just('\''),
        Just('"'),
        Just('\\'),
        Just('$'),
        Just('.'),
        Just('%'),
        any::<char>()
    ];
    let name = vec(character, 1..40).prop_map(|name| name.into_iter().collect::<String>());
    let name = name.prop_map(|name| name.replace(['/', '\0'], "").chars().take(60).collect::<String>());
    let name = name.prop_filter("none that there is already", |name| {
        !["", ".", ".."].contains(&name.as_str())
    });
    let mut runner = TestRunner::new(ProptestConfig::with_cases(12));
    let told = runner.run(&vec(name, 1..6), |mut names| {
        names.sort();
        names.dedup();
        runtime.block_on(each(async |local| {
            for name in &names {
                local.put(name, b"x");
            }
            assert_eq!(ls(local, ".").await.expect("a folder"), names, "{local}");
            assert!(stat(local, &names[0]).await.is_ok(), "{local}");
            mkdir(
                local,
                "other folder that is new to all of them and has a long name so",
                0o755,
                false,
            )
            .await
            .expect("it is made");
            for name in &names {
                let to = format!("other folder that is new to all of them and has a long name so/{name}");
                mv(local, name, &to, false).await.expect("it is moved");
                rm(local, &to, false).await.expect("it is removed");
            }
            assert_eq!(local.names().len(), 1, "{local}");
        }));
        Ok(())
    });
    told.expect("any name");
}

#[test]
fn a_list_that_is_cut_off_is_none() {
    let records = |list: &[u8]| crate::guest::long::records(list).map(|records| records.len()).ok();
    assert_eq!(records(b""), Some(0));
    assert_eq!(records(b"81a4 1 2 ./a//\n81a4 1 2 ./b\n//\n"), Some(2));
    assert_eq!(records(b"81a4 1 2 ./a//\n81a4 1 2 ./b"), None);
}
