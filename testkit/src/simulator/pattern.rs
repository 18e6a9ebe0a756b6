//! `METHOD /path/{any}/path` patterns for requests.

#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    method: String,
    path: String,
}

impl Pattern {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
        }
    }

    /// A `{name}` segment matches any one segment; the rest must be equal.
    pub(crate) fn matches(&self, method: &str, path: &str) -> bool {
        let wanted: Vec<_> = self.path.split('/').collect();
        let given: Vec<_> = path.split('/').collect();
        let same =
            |(wanted, given): (&&str, &&str)| (wanted.starts_with('{') && wanted.ends_with('}')) || wanted == given;
        self.method == method && wanted.len() == given.len() && wanted.iter().zip(&given).all(same)
    }
}
