//! The servers that the new document names, against those that the mapping calls.

use std::collections::BTreeSet;

use crate::{diagnostic::Code, document::Server, mapping::ValueKind, source::Span};

use super::Comparison;

impl Comparison<'_> {
    pub fn servers(&self) {
        let mapping = &self.old.mapping;
        let server = &mapping.api.server;
        self.server(None, Some(&server.value), server.span);
        for api in &mapping.apis {
            let url = match &api.server.kind {
                ValueKind::String(url) => Some(url.as_str()),
                _ => None,
            };
            self.server(Some(&api.name.value), url, api.server.span);
        }
    }

    /// `called`: the URL that the mapping has, if that is the same for all calls.
    fn server(&self, api: Option<&str>, called: Option<&str>, place: Span) {
        let (before, now) = (self.old.document.servers(api), self.new.servers(api));
        let (before, now) = (urls(&before), urls(&now));
        let fresh: Vec<&str> = now.iter().copied().filter(|url| !before.contains(url)).collect();
        let gone = || before.iter().any(|url| !now.contains(url));
        let called = called.map(|url| url.trim_end_matches('/'));
        let was_named = called.is_some_and(|url| before.contains(&url));
        let is_named = called.is_some_and(|url| now.contains(&url));
        match called {
            _ if is_named && fresh.is_empty() => {}
            Some(_) if is_named => {
                self.notes_at(
                    place,
                    &format!("the new document names the server {} too", quoted(&fresh)),
                );
            }
            Some(url) if was_named && !fresh.is_empty() => {
                let message = format!("the server is {} in the new document, it was `{url}`", quoted(&fresh));
                self.breaks(Code::ServerMoved, place, message, help(&fresh));
            }
            _ if fresh.is_empty() && !gone() => {}
            _ => {
                let (before, now) = (quoted_or_none(&before), quoted_or_none(&fresh));
                let note =
                    format!("the new document names the server {now}, where it was {before}; the mapping has its own");
                self.notes_at(place, &note);
            }
        }
    }
}

fn urls(servers: &[Server]) -> BTreeSet<&str> {
    servers.iter().map(Server::url).filter(|url| !url.is_empty()).collect()
}

fn quoted(urls: &[&str]) -> String {
    format!("`{}`", urls.join("` or `"))
}

fn quoted_or_none<'u>(urls: impl IntoIterator<Item = &'u (impl AsRef<str> + 'u)>) -> String {
    let urls: Vec<&str> = urls.into_iter().map(AsRef::as_ref).collect();
    match urls.is_empty() {
        true => "none".to_owned(),
        false => quoted(&urls),
    }
}

fn help(fresh: &[&str]) -> String {
    match fresh {
        [url] if url.contains("://") && !url.contains('{') => format!("write `{url}` here"),
        _ => "write the whole URL of the one that is meant".to_owned(),
    }
}
