//! One series: a trend first, then steps by binary segmentation.

use std::ops::Range;

use super::{Course, Nights, Rule, Segment, Standing, Step, Trend};
use crate::stats::change_points::{Candidate, SHORTEST, candidate, residuals};
use crate::stats::{CONFIDENCE, Slope, median, residual_correlation, shift, theil_sen};

/// Steps and trends smaller than this many times the median size of the noise are not told.
const NOISE: f64 = 3.0;

/// What became of `nights`, whose findings are all provisional yet.
pub fn course(nights: &Nights, rule: Rule) -> Course {
    let mut examination = Examination {
        nights,
        rule,
        steps: Vec::new(),
        trends: Vec::new(),
    };
    let whole = 0..nights.logs.len();
    let first = examination.examine(whole.clone());
    let Examination {
        mut steps,
        mut trends,
        ..
    } = examination;
    steps.sort_by_key(|found| found.at);
    trends.sort_by_key(|trend| trend.from);
    let splits: Vec<usize> = steps.iter().map(|found| found.at).collect();
    let segments = segments(&nights.logs, &splits);
    let of_steps = steps.iter().map(|found| found.p);
    let p_step = of_steps.fold(first.p_step, f64::min);
    let p_trend = trends
        .iter()
        .map(|trend| trend.p)
        .fold(first.p_trend, f64::min);
    Course {
        steps: steps
            .iter()
            .zip(segments.windows(2))
            .filter_map(|(found, sides)| found.between(&nights.logs, sides))
            .collect(),
        segments,
        trends,
        p_step,
        p_trend,
        phi: first.phi,
    }
}

fn segments(logs: &[f64], splits: &[usize]) -> Vec<Segment> {
    let mut from = 0;
    let ends = splits.iter().copied().chain([logs.len()]);
    let mut segments = Vec::new();
    for to in ends.filter(|to| *to > 0) {
        segments.push(Segment {
            from,
            to,
            level: median(&logs[from..to]),
        });
        from = to;
    }
    segments
}

/// A split that was found, before it is known what its neighbours are.
#[derive(Debug, Clone, Copy)]
struct Found {
    at: usize,
    p: f64,
    phi: f64,
}

impl Found {
    /// The step between the segments before and after.
    fn between(&self, logs: &[f64], sides: &[Segment]) -> Option<Step> {
        let [before, after] = sides else { return None };
        let (estimate, interval) = shift(
            &logs[before.from..before.to],
            &logs[after.from..after.to],
            CONFIDENCE,
            inflation(self.phi),
        )?;
        Some(Step {
            at: self.at,
            shift: estimate,
            interval,
            p: self.p,
            standing: Standing::Provisional,
        })
    }
}

/// What the first look at a whole series told.
struct First {
    p_step: f64,
    p_trend: f64,
    phi: f64,
}

/// A series that is being looked at.
struct Examination<'a> {
    nights: &'a Nights,
    rule: Rule,
    steps: Vec<Found>,
    trends: Vec<Trend>,
}

impl Examination<'_> {
    /// Finds what is in `range`: a trend, or the clearest step and what is in its sides.
    fn examine(&mut self, range: Range<usize>) -> First {
        let logs = &self.nights.logs[range.clone()];
        let clearest = candidate(logs);
        let line = self.line(range.clone());
        let mut first = First {
            p_step: clearest.as_ref().map_or(1.0, |clearest| clearest.p),
            p_trend: line.as_ref().map_or(1.0, |line| line.p),
            phi: clearest.as_ref().map_or(0.0, |clearest| clearest.phi),
        };
        let step = clearest.filter(|clearest| self.is_step(logs, clearest));
        let trend = line.and_then(|line| self.trend(&line, range.clone()));
        match (trend, step) {
            (Some((trend, line)), step) if !self.steps_fit(&line, range.clone(), step.as_ref()) => {
                first.p_step = 1.0;
                self.trends.push(trend);
            }
            (_, Some(step)) => {
                let at = range.start + step.place(logs);
                self.steps.push(Found {
                    at,
                    p: step.p,
                    phi: step.phi,
                });
                self.examine(range.start..at);
                self.examine(at..range.end);
            }
            (_, None) => {}
        }
        first
    }

    /// Whether a split is clear and large enough to be told.
    fn is_step(&self, logs: &[f64], found: &Candidate) -> bool {
        if found.p > self.rule.alarm {
            return false;
        }
        let sides = found.sides(logs.len());
        let at = found.split.at;
        let size = shift(
            &logs[sides.start..at],
            &logs[at..sides.end],
            CONFIDENCE,
            1.0,
        );
        size.is_some_and(|(size, _)| self.is_large(size, found.noise))
    }

    /// Whether a change of `size` in logs exceeds the floors.
    fn is_large(&self, size: f64, noise: f64) -> bool {
        self.rule
            .min_effect
            .is_none_or(|least| size.exp_m1().abs() >= least && size.abs() >= NOISE * noise)
    }

    /// The line through `range` by days, as if nights were independent; `None` for less than two segments' worth.
    fn line(&self, range: Range<usize>) -> Option<Slope> {
        if range.len() < 2 * SHORTEST {
            return None;
        }
        let (days, logs) = (&self.nights.days[range.clone()], &self.nights.logs[range]);
        let line = theil_sen(days, logs, CONFIDENCE, 1.0)?;
        if line.p > self.rule.alarm {
            return Some(line);
        }
        let phi = residual_correlation(&line.residuals(days, logs));
        theil_sen(days, logs, CONFIDENCE, inflation(phi))
    }

    /// The trend that a line is, where it is clear and large enough to be told.
    fn trend(&self, line: &Slope, range: Range<usize>) -> Option<(Trend, Slope)> {
        const WEEK: f64 = 7.0;
        let (days, logs) = (
            &self.nights.days[range.clone()],
            &self.nights.logs[range.clone()],
        );
        let span = days.last()? - days.first()?;
        let sizes: Vec<f64> = line
            .residuals(days, logs)
            .iter()
            .map(|left| left.abs())
            .collect();
        let trend = Trend {
            from: range.start,
            to: range.end,
            per_week: line.slope * WEEK,
            interval: crate::stats::Interval {
                low: line.interval.low * WEEK,
                high: line.interval.high * WEEK,
            },
            total: line.slope * span,
            p: line.p,
            standing: Standing::Provisional,
        };
        let told = line.p <= self.rule.alarm && self.is_large(trend.total, median(&sizes));
        told.then_some((trend, *line))
    }

    /// Whether steps explain `range` better than a line.
    ///
    /// Both are judged by the mean size of what they leave, as for Laplacian noise, and pay by Schwarz 1978 ("Estimating
    /// the dimension of a model"): each step has a place and a height, the line a slope. Nights that hang together
    /// count for fewer, (1 - phi) / (1 + phi) of them.
    fn steps_fit(&self, line: &Slope, range: Range<usize>, step: Option<&Candidate>) -> bool {
        let Some(step) = step else { return false };
        let (days, logs) = (&self.nights.days[range.clone()], &self.nights.logs[range]);
        let mut splits = Vec::new();
        self.segment(logs, 0, &mut splits);
        let mean_size =
            |left: &[f64]| left.iter().map(|left| left.abs()).sum::<f64>() / left.len() as f64;
        let about_line = line.residuals(days, logs);
        let phi = step.phi.min(residual_correlation(&about_line));
        let independent = logs.len() as f64 * (1.0 - phi) / (1.0 + phi);
        let ratio =
            mean_size(&about_line) / mean_size(&residuals(logs, &splits)).max(f64::MIN_POSITIVE);
        let parameters = 2.0 * splits.len() as f64 - 1.0;
        2.0 * independent * ratio.ln() > parameters * independent.ln()
    }

    /// Adds the steps of binary segmentation without a look at trends; `offset` is that of `logs` in the range.
    fn segment(&self, logs: &[f64], offset: usize, splits: &mut Vec<usize>) {
        let Some(found) = candidate(logs).filter(|found| self.is_step(logs, found)) else {
            return;
        };
        let (before, after) = logs.split_at(found.split.at);
        self.segment(before, offset, splits);
        splits.push(offset + found.split.at);
        self.segment(after, offset + found.split.at, splits);
    }
}

/// By how much autocorrelation widens what is known of a mean or a slope, as a standard deviation.
fn inflation(phi: f64) -> f64 {
    ((1.0 + phi) / (1.0 - phi)).sqrt()
}
