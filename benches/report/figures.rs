//! What is reported: figures, what they are held against, and what they should be.

use std::{fmt, time::Duration};

use super::plot::Plot;

/// What belongs together in the report.
#[derive(Debug)]
pub struct Section {
    pub title: String,
    /// How it was measured, in a sentence or two.
    pub about: String,
    pub rows: Vec<Row>,
    pub plots: Vec<Plot>,
}

/// One line of a table.
#[derive(Debug)]
pub struct Row {
    pub what: String,
    pub measured: Figure,
    /// What it is held against, measured in the same run.
    pub bare: Option<Figure>,
    pub goal: Option<Goal>,
}

/// What a figure should be, in words, and whether it is.
#[derive(Debug)]
pub struct Goal {
    pub text: String,
    pub is_met: bool,
}

/// Something measured, in its unit.
#[derive(Clone, Copy, Debug)]
pub enum Figure {
    Time(Duration),
    PerSecond(f64),
    Bytes(u64),
    NanosPerByte(f64),
}

impl Row {
    pub fn new(what: impl Into<String>, measured: Figure) -> Self {
        Self {
            what: what.into(),
            measured,
            bare: None,
            goal: None,
        }
    }

    pub fn bare(self, bare: Figure) -> Self {
        Self {
            bare: Some(bare),
            ..self
        }
    }

    pub fn goal(self, text: impl Into<String>, is_met: bool) -> Self {
        let text = text.into();
        Self {
            goal: Some(Goal { text, is_met }),
            ..self
        }
    }

    /// How many times the bare figure the measured one is; none where there is nothing to divide by.
    pub fn ratio(&self) -> Option<f64> {
        let bare = self.bare?.number();
        (bare > 0.0).then(|| self.measured.number() / bare)
    }
}

impl Figure {
    fn number(self) -> f64 {
        match self {
            Self::Time(time) => time.as_secs_f64(),
            Self::PerSecond(number) | Self::NanosPerByte(number) => number,
            Self::Bytes(bytes) => bytes as f64,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) if *time < Duration::from_millis(1) => write!(f, "{} µs", time.as_micros()),
            Self::Time(time) if *time < Duration::from_millis(100) => write!(f, "{:.2} ms", millis(*time)),
            Self::Time(time) => write!(f, "{:.0} ms", millis(*time)),
            Self::PerSecond(rate) => write!(f, "{rate:.0} /s"),
            Self::Bytes(bytes) => write!(f, "{}", Size(*bytes)),
            Self::NanosPerByte(nanos) => write!(f, "{nanos:.2} ns/byte"),
        }
    }
}

pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A number of bytes as it is written for people.
#[derive(Clone, Copy, Debug)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_units = |unit: u64| self.0 as f64 / unit as f64;
        let (number, unit) = match self.0 {
            0..1024 => return write!(f, "{} B", self.0),
            1024..0x10_0000 => (in_units(1 << 10), "KiB"),
            _ => (in_units(1 << 20), "MiB"),
        };
        match number.fract() < 0.05 {
            true => write!(f, "{number:.0} {unit}"),
            false => write!(f, "{number:.1} {unit}"),
        }
    }
}
