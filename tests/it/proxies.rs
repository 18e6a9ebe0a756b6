//! A proxy that the environment names is used for the provider, SOCKS 5 too.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use serde_json::json;
use testkit::{Deployment, Morph, morph::KNOWN_SNAPSHOT};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Error, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::WORKER;

/// An address of a network that exists in documentation only (RFC 5737), and a name that nobody resolves (RFC 2606).
const NOWHERE: &str = "192.0.2.1:80";
const NOBODY: &str = "provider.invalid:80";

/// A SOCKS 5 proxy that leads every connection to one server, whatever it was asked for.
struct Proxy {
    address: SocketAddr,
    asked_for: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked_for = Arc::<Mutex<Vec<String>>>::default();
        let targets = Arc::clone(&asked_for);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, server, Arc::clone(&targets)));
            }
        });
        Self { address, asked_for }
    }

    fn asked_for(&self) -> Vec<String> {
        self.asked_for.lock().expect("no panic").clone()
    }
}

/// RFC 1928, without authentication and for CONNECT only.
async fn serve(mut client: TcpStream, server: SocketAddr, asked_for: Arc<Mutex<Vec<String>>>) -> Result<(), Error> {
    let [_version, methods] = read::<2>(&mut client).await?;
    client.read_exact(&mut vec![0; methods.into()]).await?;
    client.write_all(&[5, 0]).await?;
    let [_version, _command, _reserved, kind] = read::<4>(&mut client).await?;
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(&mut client).await?).to_string(),
        _ => {
            let [length] = read::<1>(&mut client).await?;
            let mut name = vec![0; length.into()];
            client.read_exact(&mut name).await?;
            String::from_utf8_lossy(&name).into_owned()
        }
    };
    let port = u16::from_be_bytes(read::<2>(&mut client).await?);
    asked_for.lock().expect("no panic").push(format!("{host}:{port}"));
    let mut upstream = TcpStream::connect(server).await?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(&mut client, &mut upstream).await.map(drop)
}

async fn read<const N: usize>(stream: &mut TcpStream) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.map(|_| bytes)
}

fn server_of(morph: &Morph) -> SocketAddr {
    let base = morph.api_base();
    let address = base.strip_prefix("http://").and_then(|rest| rest.split('/').next());
    address.and_then(|address| address.parse().ok()).expect("host and port")
}

/// A worker whose provider is at an address that only the proxy leads to.
async fn deployed(morph: &Morph, provider: &str, variable: &str, proxy: &str) -> Deployment {
    let worker = Deployment::builder(WORKER).provider_url(&format!("http://{provider}/api"));
    let worker = worker.env("MORPH_API_KEY", morph.api_key()).env(variable, proxy);
    worker.start().await
}

#[tokio::test]
async fn a_socks_proxy_is_gone_through_whichever_variable_names_it() {
    let morph = Morph::start().await;
    let proxy = Proxy::to(server_of(&morph)).await;
    for (variable, scheme, provider) in [
        ("ALL_PROXY", "socks5", NOWHERE),
        ("HTTP_PROXY", "socks5", NOWHERE),
        ("all_proxy", "socks5h", NOBODY),
    ] {
        let before = proxy.asked_for().len();
        let url = format!("{scheme}://{}", proxy.address);
        let deployment = deployed(&morph, provider, variable, &url).await;
        let created = deployment.call("create", json!({"image": KNOWN_SNAPSHOT})).await;
        let sandbox = created.expect("a sandbox")["sandbox_id"].clone();
        let program = json!({"sandbox_id": sandbox, "cmd": "echo", "args": ["hello"]});
        let answer = deployment.call("exec", program).await.expect("an answer");
        assert_eq!(answer["stdout"], "hello\n", "by {variable}");
        let asked_for = proxy.asked_for().split_off(before);
        assert!(
            !asked_for.is_empty() && asked_for.iter().all(|target| target == provider),
            "{asked_for:?}"
        );
    }
}
