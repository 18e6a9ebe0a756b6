//! Curves as SVG.

use plotters::{
    coord::{
        Shift,
        ranged1d::{AsRangedCoord, Ranged, ValueFormatter},
    },
    prelude::*,
};

const SIZE: (u32, u32) = (620, 340);

/// Curves over one axis.
#[derive(Debug)]
pub struct Plot {
    pub title: String,
    pub x: &'static str,
    pub y: &'static str,
    pub scale: Scale,
    pub curves: Vec<Curve>,
}

/// Points of one thing that was measured.
#[derive(Debug)]
pub struct Curve {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// How both axes are divided.
#[derive(Clone, Copy, Debug)]
pub enum Scale {
    Linear,
    /// By factors of ten; all numbers are above zero.
    Logarithmic,
}

impl Curve {
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self {
            name: name.into(),
            points,
        }
    }
}

impl Plot {
    /// An `<svg>` element.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let (x, y) = (points().map(|point| point.0), points().map(|point| point.1));
        match self.scale {
            Scale::Linear => self.draw(&area, 0.0..most(x), 0.0..most(y) * 1.1),
            Scale::Logarithmic => {
                let (x, y) = ((least(x.clone()), most(x)), (least(y.clone()), most(y)));
                let x = (x.0 / 1.2..x.1 * 1.2).log_scale();
                self.draw(&area, x, (y.0 / 1.5..y.1 * 1.5).log_scale());
            }
        }
        area.present().expect("a text takes everything");
        drop(area);
        svg
    }

    fn draw<X, Y>(&self, area: &DrawingArea<SVGBackend<'_>, Shift>, x: X, y: Y)
    where
        X: AsRangedCoord<Value = f64>,
        Y: AsRangedCoord<Value = f64>,
        X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let mut builder = ChartBuilder::on(area);
        builder.margin(8).x_label_area_size(40).y_label_area_size(64);
        let mut chart = builder.build_cartesian_2d(x, y).expect("axes");
        let mut mesh = chart.configure_mesh();
        let number = |value: &f64| short(*value);
        mesh.light_line_style(TRANSPARENT).x_desc(self.x).y_desc(self.y);
        mesh.x_label_formatter(&number).y_label_formatter(&number);
        mesh.draw().expect("a text takes everything");
        for (place, curve) in self.curves.iter().enumerate() {
            let color = Palette99::pick(place).to_rgba();
            let points = curve.points.iter().copied();
            let line = LineSeries::new(points, color.stroke_width(2)).point_size(3);
            let drawn = chart.draw_series(line).expect("a text takes everything");
            let legend = move |(x, y)| PathElement::new(vec![(x, y), (x + 16, y)], color.stroke_width(2));
            drawn.label(&curve.name).legend(legend);
        }
        let mut labels = chart.configure_series_labels();
        labels
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8));
        labels.draw().expect("a text takes everything");
    }
}

fn most(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(f64::MIN_POSITIVE, f64::max)
}

fn least(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(f64::MAX, f64::min)
}

/// `1k` for 1,000; no more digits than are of use.
fn short(number: f64) -> String {
    let (number, unit) = match number {
        1e9.. => (number / 1e9, "G"),
        1e6.. => (number / 1e6, "M"),
        1e3.. => (number / 1e3, "k"),
        _ => (number, ""),
    };
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}{unit}")
}
