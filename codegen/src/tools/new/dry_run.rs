//! Mappings put to the test: does this one pass, and does its code come out?

use crate::{contract::Contract, diagnostic::Report, document::Document, source::Source};

use super::{mapping::capabilities, text::indented};

/// What all of them have in common.
pub struct DryRun<'t> {
    pub document: &'t Document,
    pub head: &'t str,
}

impl DryRun<'_> {
    /// A mapping of this section and these functions, each as its lines.
    pub fn passes(&self, section: &[String], functions: &[&[String]]) -> Result<(), Report> {
        let names = functions.iter().filter_map(|lines| lines.first()?.strip_suffix(':'));
        let names: Vec<&str> = names.collect();
        let mut text = format!("{}{}", self.head, capabilities(&Contract::family(), &names));
        let functions = functions.iter().flat_map(|lines| indented(2, lines.to_vec()));
        let lines = section.iter().cloned();
        for line in lines.chain(["functions:".to_owned()]).chain(functions) {
            text.push_str(&line);
            text.push('\n');
        }
        let source = Source::new("spec/mapping.yaml", text);
        let checked = crate::check_text(&source, self.document.clone())?;
        crate::generated(&checked, Vec::new()).map(drop)
    }
}
