//! Files, read and written whole.

use serde_json::json;
use testkit::E2b;

use super::client::{Api, answer, whole};

#[tokio::test]
async fn bytes_come_back_as_they_went_whatever_the_file_is_called() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for (path, kind) in [
        ("data", "application/octet-stream"),
        ("a/b/c.json", "application/json"),
        ("über maß.txt", "text/plain; charset=utf-8"),
    ] {
        let put = api
            .inside(&made, "POST", "/files")
            .query(&[("path", path)])
            .header("Content-Type", "application/octet-stream")
            .body(bytes.clone());
        let (status, entries, headers) = whole(put).await;
        assert_eq!(status, 200, "{entries}");
        assert_eq!(headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(entries[0]["type"], "file");
        let got = api
            .inside(&made, "GET", "/files")
            .query(&[("path", path)])
            .send()
            .await
            .unwrap();
        assert_eq!(
            (got.status().as_u16(), &got.headers()["content-type"]),
            (200, &kind.parse().unwrap())
        );
        assert_eq!(got.bytes().await.unwrap(), bytes, "{path}");
    }
}

#[tokio::test]
async fn json_is_a_file_like_any_other() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let text = "{\"b\" : 1,\n  \"a\":2}";
    std::fs::write(e2b.home(&made.id).join("f.json"), text).unwrap();
    let got = api.inside(&made, "GET", "/files?path=f.json").send().await.unwrap();
    assert_eq!(got.text().await.unwrap(), text);
}

#[tokio::test]
async fn a_form_carries_files_too() {
    let e2b = E2b::start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    let part = |name: &str, file: &str, content: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\r\n{content}\r\n")
    };
    let send = |query: &str, body: String| {
        let request = api.inside(&made, "POST", &format!("/files{query}"));
        answer(
            request
                .header("Content-Type", "multipart/form-data; boundary=b")
                .body(body),
        )
    };
    let two = part("file", "one", "1\r\n--x") + &part("file", "d/two", "2") + "--b--\r\n";
    assert_eq!(send("", two.clone()).await.0, 200);
    let home = e2b.home(&made.id);
    assert_eq!(std::fs::read_to_string(home.join("one")).unwrap(), "1\r\n--x");
    assert_eq!(std::fs::read_to_string(home.join("d/two")).unwrap(), "2");
    assert_eq!(send("?path=three", part("file", "x", "3") + "--b--\r\n").await.0, 200);
    assert_eq!(std::fs::read_to_string(home.join("three")).unwrap(), "3");
    for (query, body) in [
        ("?path=three", two),
        ("", part("data", "x", "4") + "--b--\r\n"),
        ("", part("file", "x", "4")),
        ("", part("file", "", "4") + "--b--\r\n"),
        ("", "{}".to_owned()),
    ] {
        assert_eq!(send(query, body.clone()).await.0, 400, "{body}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_or_written_is_told_by_its_status() {
    let e2b = E2b::builder().disk(10).start().await;
    let api = Api::of(&e2b);
    let made = api.made().await;
    std::fs::create_dir(e2b.home(&made.id).join("folder")).unwrap();
    for (path, status) in [
        ("/files?path=none", 404),
        ("/files?path=folder", 400),
        ("/files?path=/etc/passwd", 400),
        ("/files?path=../x", 400),
        ("/files?path=none&username=nobody", 401),
        ("/files?path=none&username=root", 404),
        ("/files?path=none&mode=1", 400),
    ] {
        let (code, refused) = answer(api.inside(&made, "GET", path)).await;
        assert_eq!((code.as_u16(), &refused["code"]), (status, &json!(status)), "{path}");
    }
    let put = |path: &str, kind: &str, body: &'static str| {
        answer(api.inside(&made, "POST", path).header("Content-Type", kind).body(body))
    };
    let octets = "application/octet-stream";
    assert_eq!(put("/files?path=f", octets, "longer than it").await.0, 507);
    assert_eq!(put("/files?path=folder", octets, "x").await.0, 400);
    assert_eq!(put("/files", octets, "x").await.0, 400);
    assert_eq!(put("/files?path=f", "application/json", "{}").await.0, 415);
    assert_eq!(put("/files?path=f", octets, "").await.0, 200);
    assert_eq!(std::fs::read(e2b.home(&made.id).join("f")).unwrap(), b"");
}
