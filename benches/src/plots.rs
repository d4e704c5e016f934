//! What was measured, as pictures.

use std::error::Error;

use plotters::prelude::*;

use crate::contestant::{Contestant, Origin};
use crate::record::{Case, Record};
use crate::standings::ranking;
use crate::workload::{Metric, Workload};

/// A picture, as SVG.
#[derive(Clone, Debug)]
pub struct Plot {
    /// The name of the file.
    pub file: &'static str,
    /// What stands in it.
    pub svg: String,
}

/// As many lines as a picture has room for, besides the raw copy.
const LINES: usize = 11;

/// Dark enough on white, and told apart by most eyes.
const COLOURS: [RGBColor; 11] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 94, 240),
    RGBColor(150, 0, 30),
    RGBColor(110, 140, 40),
    RGBColor(90, 60, 30),
    RGBColor(130, 130, 130),
];

/// Lines over a few places.
struct Chart {
    heading: String,
    places: Vec<String>,
    below: &'static str,
    beside: &'static str,
    lines: Vec<(Contestant, Vec<(i32, f64)>)>,
}

/// All pictures of a run.
///
/// # Errors
///
/// If one cannot be drawn.
pub fn all(record: &Record) -> Result<Vec<Plot>, Box<dyn Error>> {
    let charts = [
        ("ratio-by-payload.svg", ratio_by_payload(record)),
        ("latency.svg", latency(record)),
        ("readers.svg", readers(record)),
    ];
    let mut plots = Vec::new();
    for (file, chart) in charts {
        if !chart.lines.is_empty() {
            let svg = chart.draw()?;
            plots.push(Plot { file, svg });
        }
    }
    Ok(plots)
}

/// The raw copy, and those who are best at fresh reads; no broken ones.
fn shown(record: &Record) -> Vec<Contestant> {
    let mut order = ranking(record, Workload::Pair, Metric::FreshReads);
    let rest = record.plan.contestants.iter();
    let rest: Vec<Contestant> = rest.filter(|it| !order.contains(it)).copied().collect();
    order.extend(rest);
    let is_other = |it: &Contestant| *it != Contestant::RAW && it.origin() != Origin::Broken;
    let others = order.into_iter().filter(is_other).take(LINES);
    [Contestant::RAW].into_iter().chain(others).collect()
}

fn payloads(record: &Record, workload: Workload) -> Vec<usize> {
    let legs = record.plan.legs.iter();
    legs.filter(|leg| leg.workload == workload)
        .flat_map(|leg| leg.payloads.iter().copied())
        .collect()
}

/// A line for each of those shown: `figure` at each place. What is not above 0 cannot be drawn on these scales.
fn lines(
    record: &Record,
    places: usize,
    figure: impl Fn(Contestant, usize) -> Option<f64>,
) -> Vec<(Contestant, Vec<(i32, f64)>)> {
    let line = |contestant| {
        let points = (0..places).filter_map(|at| {
            let figure = figure(contestant, at).filter(|&it| it > 0.0)?;
            Some((at as i32, figure))
        });
        (contestant, points.collect::<Vec<_>>())
    };
    let lines = shown(record).into_iter().map(line);
    lines.filter(|(_, points)| !points.is_empty()).collect()
}

fn ratio_by_payload(record: &Record) -> Chart {
    let workload = Workload::Pair;
    let payloads = payloads(record, workload);
    let lines = lines(record, payloads.len(), |contestant, at| {
        let case = Case {
            workload,
            words: payloads[at],
            contestant,
        };
        let ratio = record.ratio(case, Metric::FreshReads, Contestant::RAW);
        ratio.map(|ratio| ratio.median)
    });
    Chart {
        heading: "Fresh reads, 1 writer and 1 reader at full speed: ratio to the raw copy"
            .to_owned(),
        places: payloads.iter().map(usize::to_string).collect(),
        below: "words",
        beside: "ratio to the raw copy",
        lines,
    }
}

fn latency(record: &Record) -> Chart {
    const PARTS: [(f64, &str); 6] = [
        (0.5, "p50"),
        (0.9, "p90"),
        (0.99, "p99"),
        (0.999, "p99.9"),
        (0.9999, "p99.99"),
        (1.0, "longest"),
    ];
    let workload = Workload::PairTimed;
    let payloads = payloads(record, workload);
    let words = if payloads.contains(&64) {
        Some(64)
    } else {
        payloads.last().copied()
    };
    let words = words.unwrap_or(0);
    let lines = lines(record, PARTS.len(), |contestant, at| {
        let case = Case {
            workload,
            words,
            contestant,
        };
        let histogram = record.latencies(case)?;
        Some(histogram.value_at_quantile(PARTS[at].0) as f64)
    });
    Chart {
        heading: format!(
            "How long a read of {words} words takes, 1 writer and 1 reader at full speed"
        ),
        places: PARTS.map(|(_, name)| name.to_owned()).to_vec(),
        below: "part of all reads",
        beside: "nanoseconds",
        lines,
    }
}

fn readers(record: &Record) -> Chart {
    let legs = record.plan.legs.iter();
    let mut crowds: Vec<(Workload, usize)> = legs
        .filter(|leg| matches!(leg.workload, Workload::Crowd(_)))
        .filter_map(|leg| {
            let words = leg.payloads.iter().find(|&&words| words == 64);
            Some((leg.workload, *words.or(leg.payloads.first())?))
        })
        .collect();
    crowds.sort_unstable();
    let lines = lines(record, crowds.len(), |contestant, at| {
        let (workload, words) = crowds[at];
        let case = Case {
            workload,
            words,
            contestant,
        };
        let figure = record.figure(case, Metric::FreshReads);
        figure.map(|figure| figure.median / 1e6)
    });
    let words = crowds.first().map_or(0, |(_, words)| *words);
    Chart {
        heading: format!("Fresh reads of {words} words on 2 cores, by the number of readers"),
        places: crowds
            .iter()
            .map(|(it, _)| it.readers().to_string())
            .collect(),
        below: "readers",
        beside: "M fresh reads/s, all readers",
        lines,
    }
}

impl Chart {
    fn draw(&self) -> Result<String, Box<dyn Error>> {
        let mut svg = String::new();
        self.draw_on(&SVGBackend::with_string(&mut svg, (1000, 560)).into_drawing_area())?;
        Ok(svg)
    }

    fn draw_on(
        &self,
        area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    ) -> Result<(), Box<dyn Error>> {
        area.fill(&WHITE)?;
        let figures = || {
            self.lines
                .iter()
                .flat_map(|(_, points)| points.iter().map(|(_, it)| *it))
        };
        let low = figures().fold(f64::MAX, f64::min) / 1.5;
        let high = figures().fold(f64::MIN_POSITIVE, f64::max) * 1.5;
        // Room for the legend beside the lines.
        let (plot, legend) = area.split_horizontally(760);
        let last = self.places.len() as i32 - 1;
        let mut chart = ChartBuilder::on(&plot)
            .caption(&self.heading, ("sans-serif", 17))
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d(-1..last + 1, (low..high).log_scale())?;
        let place = |at: &i32| {
            let place = usize::try_from(*at).ok().and_then(|at| self.places.get(at));
            place.cloned().unwrap_or_default()
        };
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(self.places.len() + 2)
            .x_label_formatter(&place)
            .x_desc(self.below)
            .y_desc(self.beside)
            .draw()?;
        for (at, (contestant, points)) in self.lines.iter().enumerate() {
            // The raw copy is black, the registers of this project are thick.
            let color = match *contestant {
                Contestant::RAW => BLACK.to_rgba(),
                _ => COLOURS[at % COLOURS.len()].to_rgba(),
            };
            let width = if contestant.origin() == Origin::Ours {
                4
            } else {
                2
            };
            let style = color.stroke_width(width);
            chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
            let dots = points
                .iter()
                .map(|&point| Circle::new(point, 3, color.filled()));
            chart.draw_series(dots)?;
            let y = 50 + 22 * at as i32;
            legend.draw(&PathElement::new([(0, y), (24, y)], style))?;
            legend.draw(&Text::new(
                contestant.name(),
                (30, y - 7),
                ("sans-serif", 14),
            ))?;
        }
        area.present()?;
        Ok(())
    }
}
