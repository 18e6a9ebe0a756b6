//! What an API asks for: the keys that an operation wants to see, and the servers that it may be reached at.

use serde_json::{Map, Value};

use super::{
    Document, Location, Operation, Scheme, Server,
    access::{scheme, server},
};

impl Document {
    /// The keys that an operation asks for: any one of the ways does, and each wants all of its schemes. No way at all
    /// means that it asks for none.
    pub fn asked(&self, operation: &Operation) -> Vec<Vec<Scheme>> {
        let root = self.api(operation.api.as_deref());
        let own = operation.node(self).get("security");
        let ways = own.or_else(|| root.get("security")).and_then(Value::as_array);
        let schemes = &root["components"]["securitySchemes"];
        let of = |way: &Map<String, Value>| {
            let named = way.keys().map(|name| scheme(name, self.resolve(&schemes[name])));
            named.collect::<Vec<_>>()
        };
        ways.into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .map(of)
            .collect()
    }

    /// The security scheme of an API that sends something under this name: where it is told who calls.
    pub fn scheme_at(&self, api: Option<&str>, location: Location, name: &str) -> Option<&str> {
        let schemes = self.api(api)["components"]["securitySchemes"].as_object();
        let mut schemes = schemes.into_iter().flatten();
        let found = schemes.find(|(_, node)| {
            let node = self.resolve(node);
            let text = |key: &str| node[key].as_str().unwrap_or_default().to_ascii_lowercase();
            match (text("type").as_str(), location) {
                ("apikey", _) => text("in") == location.name() && text("name") == name.to_ascii_lowercase(),
                (_, Location::Header) => name.eq_ignore_ascii_case("authorization"),
                _ => false,
            }
        });
        found.map(|(scheme, _)| scheme.as_str())
    }

    /// The servers of an API; `None` is the main one.
    pub fn servers(&self, api: Option<&str>) -> Vec<Server> {
        let servers = self.api(api)["servers"].as_array().into_iter().flatten();
        servers.filter_map(server).collect()
    }

    /// An API's own document; `None` is the main one.
    pub(super) fn api(&self, name: Option<&str>) -> &Value {
        let Some(name) = name else { return &self.root };
        let found = self.apis().find(|(further, _)| *further == name);
        found.map_or(&Value::Null, |(_, root)| root)
    }
}

impl Server {
    /// Its URL as far as the document says it, without a slash at its end.
    pub fn url(&self) -> &str {
        let url = match self {
            Self::Whole(url) | Self::Path(url) | Self::Template(_, Some(url)) | Self::Template(url, None) => url,
        };
        url.trim_end_matches('/')
    }

    /// What of its URL stands before each path.
    pub fn base_path(&self) -> &str {
        let url = self.url();
        let Some((_, rest)) = url.split_once("://") else {
            return url;
        };
        rest.find('/').map_or("", |at| &rest[at..])
    }
}
