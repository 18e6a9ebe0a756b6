//! The headers that an operation's answers are said to have.

use super::{Document, Operation};

impl Operation {
    /// The names of the headers that the document declares of a success. None says that it declares none.
    pub fn answer_headers(&self, document: &Document) -> Vec<String> {
        let responses = self.node(document)["responses"].as_object();
        let successes = responses
            .into_iter()
            .flatten()
            .filter(|(status, _)| status.starts_with('2') || *status == "default");
        let headers = successes.filter_map(|(_, response)| document.resolve(response)["headers"].as_object());
        headers.flat_map(|headers| headers.keys().cloned()).collect()
    }
}
