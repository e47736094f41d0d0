//! The samples of one case: a lane for each process, those of the base above. `reports/js/samples.js` draws the same
//! for the other cases.

use super::scale::Scale;
use super::svg::{Svg, WIDTH};
use crate::record::Unit;
use crate::report::document::{CaseEntry, ProcessEntry, Range};
use crate::report::text::shortened;

/// Lanes of a side at most; of the base the newest.
const LANES: usize = 16;
/// Dots in a lane at most.
const DOTS: usize = 250;
/// Characters of the case's name.
const NAME: usize = 120;
/// Height of a lane.
const LANE: f64 = 15.0;
/// Where lanes begin.
const LEFT: f64 = 76.0;

/// Values in one lane: a process, or the middles of a run's processes where only those are known.
struct Lane {
    name: String,
    values: Vec<f64>,
    void: Vec<f64>,
    middle: Option<f64>,
}

/// The name of the first case that has samples, and their chart; none where no case has.
pub fn first(cases: &[CaseEntry]) -> Option<(String, String)> {
    let has = |case: &&CaseEntry| {
        let mut samples = case.processes.iter().flat_map(|process| &process.samples);
        samples.any(|sample| sample.is_finite())
    };
    let case = cases.iter().find(has)?;
    Some((shortened(&case.id, NAME), chart(case)))
}

fn chart(case: &CaseEntry) -> String {
    let own = case.metrics.first();
    let unit = own.map_or(Unit::Nanoseconds, |metric| metric.unit);
    let base = lanes(&case.base_processes);
    let mine = lanes(&case.processes);
    let base = &base[base.len().saturating_sub(LANES)..];
    let mine = &mine[..mine.len().min(LANES)];
    let (scale, beyond) = scale(base, mine);
    let bottom =
        heading(base.len()) + heading(mine.len()) + (base.len() + mine.len()) as f64 * LANE;
    let mut svg = Svg::new();
    svg.axis(&scale, unit, (0.0, bottom), "one sample (one execution)");
    let mut y = 0.0;
    for (lanes, title, class) in [(base, "base", "base"), (mine, "this run", "mine")] {
        if lanes.is_empty() {
            continue;
        }
        svg.text("strong", (0.0, y + 12.0), title);
        y += heading(1);
        if let (Some(interval), "mine") = (own.and_then(|metric| metric.interval), class) {
            band(&mut svg, &scale, (y, lanes.len() as f64 * LANE), interval);
        }
        for lane in lanes {
            draw(&mut svg, &scale, (y + LANE / 2.0, class), lane);
            y += LANE;
        }
    }
    let about = about(base, mine, beyond);
    let title = format!("Samples of {}", shortened(&case.id, NAME));
    svg.finish("first-samples", bottom + 36.0, (&title, &about))
}

/// Room for the heading of a side that has lanes.
fn heading(lanes: usize) -> f64 {
    if lanes == 0 { 0.0 } else { 18.0 }
}

fn band(svg: &mut Svg, scale: &Scale, (y, height): (f64, f64), interval: Range) {
    let (low, high) = (scale.at(interval.low), scale.at(interval.high));
    svg.rect("band", (low, y), ((high - low).max(1.0), height));
}

fn draw(svg: &mut Svg, scale: &Scale, (y, class): (f64, &str), lane: &Lane) {
    svg.text("tick end", (LEFT - 6.0, y + 4.0), &lane.name);
    let every = lane.values.len().div_ceil(DOTS).max(1);
    // Spread within the lane, so that like values don't hide each other.
    let spread = |index: usize| (index * 7 % 9) as f64 - 4.0;
    let dots = lane.values.iter().enumerate().step_by(every);
    svg.dots(
        &format!("samples {class}"),
        dots.map(|(index, value)| (scale.at(*value), y + spread(index))),
    );
    svg.dots(
        "samples void",
        lane.void.iter().map(|value| (scale.at(*value), y)),
    );
    if let Some(middle) = lane.middle {
        let x = scale.at(middle);
        svg.line(&format!("median {class}"), (x, y - 6.0), (x, y + 6.0));
    }
}

fn lanes(processes: &[ProcessEntry]) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    let mut run: Option<&str> = None;
    for process in processes {
        let finite = |values: &[f64]| -> Vec<f64> {
            values.iter().copied().filter(|v| v.is_finite()).collect()
        };
        let values = finite(&process.samples);
        let middle = Some(process.middle).filter(|middle| middle.is_finite() && *middle > 0.0);
        if values.is_empty() && process.run.is_some() {
            // Only middles: one lane a run.
            match lanes.last_mut() {
                Some(lane) if run == process.run.as_deref() => lane.values.extend(middle),
                _ => lanes.push(Lane {
                    name: format!("run {}", day(process.run.as_deref().unwrap_or_default())),
                    values: middle.into_iter().collect(),
                    void: Vec::new(),
                    middle: None,
                }),
            }
            run = process.run.as_deref();
            continue;
        }
        lanes.push(Lane {
            name: format!("process {}", process.process),
            values,
            void: process
                .void
                .iter()
                .map(|v| v.value)
                .filter(|v| v.is_finite())
                .collect(),
            middle,
        });
    }
    lanes
}

/// A run's id begins with its time, `20261125T…`: month and day, else its beginning.
fn day(run: &str) -> String {
    let digits: String = run.chars().filter(|c| *c != '-').take(8).collect();
    if digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("{}-{}", &digits[4..6], &digits[6..8]);
    }
    run.chars().take(5).collect()
}

/// A scale that most samples fill, and how many lie beyond its right end.
fn scale(base: &[Lane], mine: &[Lane]) -> (Scale, usize) {
    let lanes = || base.iter().chain(mine);
    let mut values: Vec<f64> = lanes()
        .flat_map(|lane| lane.values.iter().copied())
        .collect();
    values.sort_by(f64::total_cmp);
    let low = values.first().copied().unwrap_or(0.0);
    let most = values.last().copied().unwrap_or(1.0);
    let usual = values.get(values.len() * 95 / 100).copied().unwrap_or(most);
    let high = most.min(usual + (usual - low));
    let high = if high > low { high } else { most };
    let room = (high - low) * 0.02;
    let scale = Scale::new((low - room, high + room), (LEFT, WIDTH - 6.0), false);
    (
        scale,
        values.iter().filter(|value| **value > high + room).count(),
    )
}

fn about(base: &[Lane], mine: &[Lane], beyond: usize) -> String {
    let count = |lanes: &[Lane]| lanes.iter().map(|lane| lane.values.len()).sum::<usize>();
    let below = match base.len() {
        0 => String::new(),
        lanes => format!(" below those of the base, {} in {lanes} lanes", count(base)),
    };
    let outside = match beyond {
        0 => String::new(),
        beyond => format!("; {beyond} beyond the right edge stand at it"),
    };
    format!(
        "{} samples in {} processes{below}; a bar marks the middle of each process, the band is the 99 % interval of the \
         mean{outside}.",
        count(mine),
        mine.len()
    )
}
