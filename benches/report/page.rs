//! The report as Markdown and as one page that needs nothing beside it.

use std::thread::available_parallelism;

use minijinja::{Environment, Value, context};

use super::figures::{Row, Section};

const PAGE: &str = include_str!("report.html.j2");

const COLUMNS: [&str; 6] = ["", "measured", "bare", "ratio", "goal", "met"];

const MISSED: &str = "no";

/// A heading, a sentence and a table for each section.
pub fn markdown(sections: &[Section]) -> String {
    let mut text = format!("{}\n", machine());
    for Section { title, about, rows, .. } in sections {
        text.push_str(&format!(
            "\n## {title}\n\n{about}\n\n{}",
            line(COLUMNS.map(str::to_owned))
        ));
        text.push_str(&line(COLUMNS.map(|_| "---".to_owned())));
        rows.iter().for_each(|row| text.push_str(&line(marked(cells(row)))));
    }
    text
}

/// With what is missed in bold type.
fn marked(cells: [String; COLUMNS.len()]) -> [String; COLUMNS.len()] {
    cells.map(|cell| if cell == MISSED { format!("**{cell}**") } else { cell })
}

fn line(cells: [String; COLUMNS.len()]) -> String {
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

/// The same as a page, with the plots in it. Panics if the template is wrong.
pub fn html(sections: &[Section]) -> String {
    let mut templates = Environment::empty();
    // By the name everything that is put in is escaped.
    templates.set_auto_escape_callback(minijinja::default_auto_escape_callback);
    templates.add_template("report.html", PAGE).expect("a template");
    let sections: Vec<Value> = sections.iter().map(shown).collect();
    let page = templates.get_template("report.html").expect("it was added");
    page.render(context! {machine => machine(), columns => COLUMNS, sections})
        .expect("a template for these")
}

fn shown(section: &Section) -> Value {
    let plots = section.plots.iter();
    let plots = plots.map(|plot| context! {title => plot.title, svg => Value::from_safe_string(plot.svg())});
    let rows = section.rows.iter().map(|row| {
        let is_missed = row.goal.as_ref().is_some_and(|goal| !goal.is_met);
        context! {cells => cells(row).to_vec(), is_missed}
    });
    context! {
        title => section.title,
        about => section.about,
        rows => rows.collect::<Vec<_>>(),
        plots => plots.collect::<Vec<_>>(),
    }
}

fn cells(row: &Row) -> [String; COLUMNS.len()] {
    let text = |figure: Option<String>| figure.unwrap_or_default();
    let goal = row.goal.as_ref();
    [
        row.what.clone(),
        row.measured.to_string(),
        text(row.bare.map(|bare| bare.to_string())),
        text(row.ratio().map(|ratio| format!("{ratio:.2}"))),
        text(goal.map(|goal| goal.text.clone())),
        text(goal.map(|goal| if goal.is_met { "yes" } else { MISSED }.to_owned())),
    ]
}

/// What it was measured on.
fn machine() -> String {
    let cores = available_parallelism().map_or(1, usize::from);
    format!(
        "sandbox-morph {}, {} on {}, {cores} cores",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}
