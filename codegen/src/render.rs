//! The plan as Rust text: templates put its parts in their places, the formatter makes them readable.

use minijinja::{Environment, UndefinedBehavior};
use proc_macro2::Literal;

use crate::plan::{ExamplesPlan, Plan};

const TEMPLATES: [(&str, &str); 3] = [
    ("macros.rs.j2", include_str!("../templates/macros.rs.j2")),
    ("provider.rs.j2", include_str!("../templates/provider.rs.j2")),
    ("examples.rs.j2", include_str!("../templates/examples.rs.j2")),
];

/// The worker's generated module. An error is a defect of this crate, not of the mapping.
pub fn render(plan: &Plan) -> Result<String, String> {
    filled("provider.rs.j2", &minijinja::context! { plan })
}

/// The tests of the worker that are its examples.
pub fn tests(examples: &ExamplesPlan) -> Result<String, String> {
    filled("examples.rs.j2", &minijinja::context! { examples })
}

fn filled(template: &str, values: &minijinja::Value) -> Result<String, String> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("lit", |text: String| Literal::string(&text).to_string());
    // A document's paths are shown in comments; a line break in one would end the comment.
    environment.add_filter("doc", |text: String| text.replace(char::is_control, " "));
    for (name, text) in TEMPLATES {
        environment
            .add_template(name, text)
            .map_err(|error| error.to_string())?;
    }
    let template = environment.get_template(template).map_err(|error| error.to_string())?;
    let text = template.render(values).map_err(|error| format!("{error:#}"))?;
    let file = syn::parse_file(&text).map_err(|error| format!("{error}\n{text}"))?;
    Ok(format(&file))
}

/// Rust as a person would lay it out.
pub fn format(file: &syn::File) -> String {
    spaced(&prettyplease::unparse(file))
}

/// The formatter puts items close together; a blank line goes between those of a file or of a module.
fn spaced(text: &str) -> String {
    let mut spaced = String::new();
    let mut before = "";
    for line in text.lines() {
        if begins_item(line) && (before.trim() == "}" || before.ends_with(';')) && !before.starts_with("use ") {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
        before = line;
    }
    spaced
}

fn begins_item(line: &str) -> bool {
    let inner = line.strip_prefix("    ").unwrap_or(line);
    const BEGINNINGS: [&str; 5] = ["///", "#[", "impl ", "pub async fn ", "pub fn "];
    BEGINNINGS.iter().any(|beginning| inner.starts_with(beginning))
}
