//! The report of `cargo bench-report`, as people read it.

#[path = "../../benches/report/figures.rs"]
mod figures;
#[path = "../../benches/report/page.rs"]
mod page;
#[path = "../../benches/report/plot.rs"]
mod plot;

use std::time::Duration;

use figures::{Figure, Row, Section, Size};
use plot::{Curve, Plot, Scale};

fn plot(scale: Scale) -> Plot {
    Plot {
        title: "Calls <&>".to_owned(),
        x: "bytes",
        y: "ms",
        scale,
        curves: vec![Curve::new("exec & more", vec![(1.0, 0.5), (1_000.0, 20.0)])],
    }
}

fn sections() -> Vec<Section> {
    let time = |micros| Figure::Time(Duration::from_micros(micros));
    let rows = vec![
        Row::new("`list` | all", time(450))
            .bare(time(150))
            .goal("at most 0.3 ms more", true),
        Row::new("late", time(250_000))
            .bare(time(2_500))
            .goal("at most 3 ×", false),
        Row::new("rate", Figure::PerSecond(1234.4)).bare(Figure::PerSecond(0.0)),
        Row::new("memory", Figure::Bytes(3 << 19)),
        Row::new(Size(100 << 10).to_string(), Figure::NanosPerByte(1.25)),
    ];
    vec![Section {
        title: "Calls <&>".to_owned(),
        about: "What was measured.".to_owned(),
        rows,
        plots: vec![plot(Scale::Linear), plot(Scale::Logarithmic)],
    }]
}

#[test]
fn the_table_has_a_line_for_each_figure_and_marks_what_is_missed() {
    let text = page::markdown(&sections());
    let (_, table) = text.split_once("What was measured.\n\n").expect("the section");
    let expected = "\
|  | measured | bare | ratio | goal | met |
| --- | --- | --- | --- | --- | --- |
| `list` \\| all | 450 µs | 150 µs | 3.00 | at most 0.3 ms more | yes |
| late | 250 ms | 2.50 ms | 100.00 | at most 3 × | **no** |
| rate | 1234 /s | 0 /s |  |  |  |
| memory | 1.5 MiB |  |  |  |  |
| 100 KiB | 1.25 ns/byte |  |  |  |  |
";
    assert_eq!(table, expected);
}

#[test]
fn the_page_has_tables_and_plots_and_needs_nothing_beside_it() {
    let page = page::html(&sections());
    assert_eq!(page.matches("Calls &lt;&amp;&gt;</h2>").count(), 1, "{page}");
    assert_eq!(page.matches("<tr class=\"missed\">").count(), 1);
    for tag in ["table", "tr", "td", "figure", "svg", "text"] {
        let (opened, closed) = (format!("<{tag}"), format!("</{tag}>"));
        let opened = page.match_indices(&opened).filter(|(at, _)| {
            let next = page[at + opened.len()..].chars().next();
            next.is_some_and(|next| !next.is_alphanumeric())
        });
        assert_eq!(opened.count(), page.matches(&closed).count(), "{tag}");
    }
    assert_eq!(page.matches("<svg").count(), 2);
    assert!(!page.contains("<script") && !page.contains("href=") && !page.contains("src="));
}
