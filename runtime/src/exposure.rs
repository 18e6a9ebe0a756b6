//! Who may read the API key beside the provider: what an operator is warned of by the log and by `--check`.

use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

use crate::config::{Config, KeyFile};

/// Said where the key comes from the environment: that shows it for as long as the process runs.
pub(crate) const OF_ENVIRONMENT: &str = "/proc/PID/environ holds the key as long as the worker runs, for root and for \
                                         whoever may debug it; `api_key_file` is the way without";

/// What is to be said of a configuration, in one line each.
pub(crate) fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = of_server("api_base", &config.api_base);
    if let Some(file) = &config.api_key_file {
        warnings.extend(of_file(file, config));
    }
    warnings
}

fn of_file(file: &KeyFile, config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    if file.is_readable_by_all {
        warnings.push("api_key_file can be read by every user of this machine: `chmod o-r` ends that".to_owned());
    }
    if let Some(variable) = config.key_variable() {
        warnings.push(format!(
            "{variable} is set, and api_key_file counts: unset it, or /proc/PID/environ holds a key all the same"
        ));
    }
    warnings
}

/// What is to be said of a server that is sent the key. Nothing of its address is shown, nor what a proxy is told.
pub(crate) fn of_server(what: &str, url: &Url) -> Vec<String> {
    let mut warnings = Vec::new();
    if sends_in_clear(url) {
        warnings.push(format!("{what} is http: the API key crosses the network in clear"));
    }
    if let Some(proxy) = proxy_before(url) {
        let (kind, whose) = match url.scheme() {
            "http" => ("http", "which can read it"),
            _ => ("a loopback address", "for which that is another machine"),
        };
        warnings.push(format!(
            "{what} is {kind}, and the API key goes through the proxy {proxy}, {whose}: name the host in NO_PROXY, or \
             unset the variable that names the proxy"
        ));
    }
    warnings
}

/// Whether what is sent there would cross a network unencrypted.
pub(crate) fn sends_in_clear(url: &Url) -> bool {
    url.scheme() == "http" && !is_local(url)
}

/// Whether it is an address of this machine, whichever machine that is.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => {
            let mapped = address.to_ipv4_mapped();
            address.is_loopback() || address.is_unspecified() || mapped.is_some_and(|mapped| mapped.is_loopback())
        }
        None => false,
    }
}

/// The proxy of the environment that stands before a server which none should stand before. The HTTP client asks the
/// same.
fn proxy_before(url: &Url) -> Option<String> {
    if url.scheme() == "https" && !is_local(url) {
        return None;
    }
    let proxy = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    // Not the whole address: what stands before the host are credentials.
    let uri = proxy.uri();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", uri.scheme_str()?, uri.host()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("a URL")
    }

    #[test]
    fn an_address_of_this_machine_is_known_in_whatever_form() {
        for local in [
            "http://localhost",
            "http://LOCALHOST.:80",
            "http://api.localhost",
            "http://127.1.2.3",
            "http://0.0.0.0",
            "http://[::1]",
            "http://[::]",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(is_local(&url(local)), "{local}");
        }
        for other in [
            "http://localhost.example",
            "http://notlocalhost",
            "http://10.0.0.1",
            "http://[fe80::1]",
        ] {
            assert!(!is_local(&url(other)), "{other}");
        }
    }

    #[test]
    fn plain_http_to_another_machine_is_told_of_and_its_address_is_not_shown() {
        let told = of_server("the server", &url("http://10.0.0.1/secret?token=hush"));
        assert_eq!(told, ["the server is http: the API key crosses the network in clear"]);
        assert_eq!(of_server("the server", &url("https://10.0.0.1")), [""; 0]);
    }
}
