//! Files at a sandbox's toolbox.

use serde_json::{Value, json};
use testkit::Daytona;

use super::client::{Api, answer};

/// A form with one part, whose head says this.
fn form(disposition: &str, bytes: &[u8]) -> (&'static str, Vec<u8>) {
    let head = format!("--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    let body = [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat();
    ("multipart/form-data; boundary=x", body)
}

async fn upload(api: &Api<'_>, id: &str, path: &str, (kind, body): (&str, Vec<u8>)) -> (u16, Value) {
    let request = api.inside("POST", id, &format!("/files/upload?path={path}")).await;
    let (status, answer) = answer(request.header("Content-Type", kind).body(body)).await;
    (status.as_u16(), answer)
}

async fn download(api: &Api<'_>, id: &str, path: &str) -> (u16, Option<String>, Vec<u8>) {
    let request = api.inside("GET", id, &format!("/files/download?path={path}")).await;
    let response = request.send().await.expect("an answer");
    let kind = response.headers().get("Content-Type");
    let kind = kind.map(|kind| kind.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    (status, kind, response.bytes().await.expect("a body").to_vec())
}

#[tokio::test]
async fn what_is_uploaded_is_downloaded_byte_by_byte() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let id = api.vm().await;
    let bytes: Vec<u8> = (0..=255).chain(*b"\r\n--x\r\n").collect();
    let file = form(r#"name="file"; filename="f""#, &bytes[..256]);
    assert_eq!(
        upload(&api, &id, "sub/f", file).await,
        (200, Value::Null),
        "an empty body"
    );
    let kind = Some("application/octet-stream".to_owned());
    assert_eq!(download(&api, &id, "sub/f").await, (200, kind, bytes[..256].to_vec()));
    assert_eq!(
        api.exec(&id, json!({"command": "wc -c <sub/f"})).await.1["result"]
            .as_str()
            .unwrap()
            .trim(),
        "256"
    );
}

#[tokio::test]
async fn a_form_has_one_file_by_its_name() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let id = api.vm().await;
    for wrong in [
        form(r#"name="file""#, b"a value"),
        form(r#"name="other"; filename="f""#, b"x"),
        ("application/octet-stream", b"x".to_vec()),
        ("multipart/form-data", b"x".to_vec()),
        ("multipart/form-data; boundary=x", b"--x\r\nhalf".to_vec()),
    ] {
        assert_eq!(upload(&api, &id, "f", wrong).await.0, 400);
    }
    let pathless = api.inside("POST", &id, "/files/upload").await;
    assert_eq!(answer(pathless).await.0, 400);
    assert_eq!(download(&api, &id, "f").await.0, 404);
}

#[tokio::test]
async fn several_files_are_uploaded_in_pairs() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let id = api.vm().await;
    let part = |name: &str, text: &str| format!("--x\r\nContent-Disposition: form-data; {name}\r\n\r\n{text}\r\n");
    let body = [
        part(r#"name="files[0].path""#, "a"),
        part(r#"name="files[0].file"; filename="a""#, "one"),
        "--x--\r\n".to_owned(),
    ];
    let request = api.inside("POST", &id, "/files/bulk-upload").await;
    let request = request.header("Content-Type", "multipart/form-data; boundary=x");
    assert_eq!(answer(request.body(body.concat())).await.0, 200);
    assert_eq!(download(&api, &id, "a").await.2, b"one");
}

#[tokio::test]
async fn a_refusal_about_files_is_a_status_alone() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let id = api.vm().await;
    api.exec(&id, json!({"command": "mkdir d"})).await;
    for (path, status) in [("missing", 404), ("d", 400), ("/etc/passwd", 403), ("../x", 403)] {
        assert_eq!(download(&api, &id, path).await, (status, None, Vec::new()), "{path}");
    }
}

#[tokio::test]
async fn a_mode_is_octal() {
    let daytona = Daytona::start().await;
    let api = Api::of(&daytona);
    let id = api.vm().await;
    api.exec(&id, json!({"command": "touch f"})).await;
    let permit = async |query: &str| {
        let request = api.inside("POST", &id, &format!("/files/permissions?{query}")).await;
        answer(request).await.0.as_u16()
    };
    assert_eq!(permit("path=f&mode=0640").await, 200);
    assert_eq!(
        api.exec(&id, json!({"command": "stat -c %a f"})).await.1["result"],
        "640\n"
    );
    assert_eq!(permit("path=f&mode=9").await, 400);
    assert_eq!(permit("path=missing&mode=0640").await, 404);
}
