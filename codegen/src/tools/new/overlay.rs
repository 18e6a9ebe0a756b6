//! Overlays without an action, and what they would have to mend as comments.

use crate::tools::inspect::refused::found;

use super::{documents::Vendored, text::comment};

/// The overlay of a document, and how many constructs it names.
pub fn overlay(vendored: &Vendored) -> (String, usize) {
    let refused = found(&vendored.document, &vendored.operations);
    let mut text = format!(
        "# yaml-language-server: $schema=overlay.schema.json\n\
         # Repairs of {}, in the format of the OpenAPI Overlay Specification 1.0 with a required `why`.\n\
         # An action that matches nothing, or changes nothing, fails the build.\n\
         overlay: 1.0.0\n\
         actions: []\n",
        vendored.file
    );
    if !refused.is_empty() {
        text.push_str("\n# What no call can use as it stands. It matters only to a mapping that wants it.\n");
    }
    for (when, construct) in &refused {
        let said = comment(&format!("{when}: {} ({})", construct.what, construct.pointer));
        text.push_str(&format!("#\n# For {said}\n"));
        for action in &construct.actions {
            text.push_str(&format!("#   - {}\n", comment(action)));
        }
    }
    (text, refused.len())
}
