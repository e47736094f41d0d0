//! What verdicts are worth on a device: tables for people, and JSON.

use std::fmt::Write;

use serde::Serialize;

use super::human::column;
use super::table::{Cell, Column, Table};
use super::{FORMAT, Format};
use crate::stats::upper_bound;
use crate::study::{Outlook, PROCESSES, Row, SUITES};
use crate::units::{si, significant};
use crate::verdict::NoiseModel;

/// What a study found.
#[derive(Debug, Clone)]
pub struct CalibrationView {
    /// What was drawn from what, a line each.
    pub about: Vec<String>,
    /// Processes of a side.
    pub processes: usize,
    /// The counts of verdicts.
    pub rows: Vec<Row>,
    /// What comparisons of each kernel can find.
    pub outlook: Vec<Outlook>,
    /// `min-effect`, as a share.
    pub min_effect: f64,
    /// The noise between processes, measured.
    pub noise: Option<NoiseModel>,
    /// The record of the run that was made for it, and the file of its timings.
    pub run: Option<CalibratedRun>,
}

/// The run behind a study.
#[derive(Debug, Clone, Serialize)]
pub struct CalibratedRun {
    /// The suite.
    pub suite: String,
    /// The device.
    pub device: String,
    /// The record's folder.
    pub record: String,
    /// The file of its timings, where one was asked for.
    pub timings: Option<String>,
}

/// The JSON of recorded timings: rows and nothing else.
#[derive(Serialize)]
struct RowsJson<'a> {
    format: u32,
    rows: &'a [Row],
}

/// The JSON of a suite's study.
#[derive(Serialize)]
struct StudyJson<'a> {
    format: u32,
    #[serde(flatten)]
    run: &'a CalibratedRun,
    noise_model: Option<NoiseJson>,
    suites: [usize; 3],
    processes: [u32; 4],
    outlook: &'a [Outlook],
    rows: &'a [Row],
}

#[derive(Serialize)]
struct NoiseJson {
    additive_ns: f64,
    relative: f64,
    freedom: f64,
}

/// Writes `view` as `format`, with a line end at the end.
pub fn calibration(view: &CalibrationView, format: Format) -> String {
    match format {
        Format::Json => json(view),
        Format::Human { width, color } => human(view, width, color),
        Format::Markdown => human(view, None, false),
    }
}

fn json(view: &CalibrationView) -> String {
    let text = match &view.run {
        None => serde_json::to_string_pretty(&RowsJson {
            format: FORMAT,
            rows: &view.rows,
        }),
        Some(run) => serde_json::to_string_pretty(&StudyJson {
            format: FORMAT,
            run,
            noise_model: view.noise.map(|noise| NoiseJson {
                additive_ns: noise.additive_ns,
                relative: noise.relative,
                freedom: noise.freedom,
            }),
            suites: SUITES,
            processes: PROCESSES,
            outlook: &view.outlook,
            rows: &view.rows,
        }),
    };
    text.expect("numbers and texts are JSON") + "\n"
}

const ROWS: [Column; 11] = [
    column("kernel", false, None),
    column("level", false, None),
    column("regressed", true, None),
    column("spread", true, None),
    column("suspect", true, None),
    column("improved", true, None),
    column("unchanged", true, None),
    column("inconclusive", true, None),
    column("incomparable", true, Some(2)),
    column("sd", true, Some(0)),
    column("finds", true, Some(1)),
];

fn human(view: &CalibrationView, width: Option<usize>, color: bool) -> String {
    let mut out = String::new();
    for line in &view.about {
        let _ = writeln!(out, "{line}");
    }
    let mut table = Table::new(&ROWS);
    for row in &view.rows {
        let counts = row.counts;
        let mut cells: Vec<Cell> = vec![row.kernel.clone().into(), row.level.clone().into()];
        cells.extend(
            [
                counts.regressed,
                counts.spread,
                counts.suspect,
                counts.improved,
                counts.unchanged,
                counts.inconclusive,
                counts.incomparable,
            ]
            .map(|count| {
                Cell::from(if count == 0 {
                    "-".to_owned()
                } else {
                    count.to_string()
                })
            }),
        );
        cells.push(share(row.between_process_relative_sd).into());
        cells.push(
            row.minimum_detectable_effect
                .map_or("-".to_owned(), share)
                .into(),
        );
        table.push(cells);
    }
    let _ = write!(out, "\n{}\n", table.render(width, color));
    out.push_str(
        "sd: the standard deviation between processes. finds: the smallest slowdown of this kernel alone that is\n\
         found in 99 of 100 such comparisons.\n\n",
    );
    out.push_str(&false_verdicts(view));
    if !view.outlook.is_empty() {
        outlook(&mut out, view, width, color);
    }
    if let Some(run) = &view.run {
        let _ = writeln!(out, "\nrecord: {}", run.record);
        if let Some(timings) = &run.timings {
            let _ = writeln!(out, "timings: {timings}");
        }
    }
    out
}

fn share(share: f64) -> String {
    format!("{} %", significant((share * 1e5).round() / 1e3))
}

/// How often unchanged work was flagged, and what so few processes can say of it.
fn false_verdicts(view: &CalibrationView) -> String {
    let unchanged = || view.rows.iter().filter(|row| row.is_unchanged);
    let judged: usize = unchanged().map(|row| row.counts.judged()).sum();
    let pairs = view.rows.first().map_or(0, |row| row.disjoint_pairs);
    let sides = format!("{} against {}", view.processes, view.processes);
    let mut out = String::new();
    if judged == 0 {
        out.push_str("no draw of unchanged work could be compared\n");
        return out;
    }
    let flagged: usize = unchanged().map(|row| row.counts.flagged()).sum();
    let rate = |row: &Row| row.counts.flagged() as f64 / row.counts.judged().max(1) as f64;
    let worst = unchanged().max_by(|a, b| rate(a).total_cmp(&rate(b)));
    let _ = writeln!(
        out,
        "false verdicts: {flagged} of {judged} draws of unchanged work were regressed, spread, suspect or improved"
    );
    if let Some(worst) = worst.filter(|_| flagged > 0) {
        let place = format!("{} ({})", worst.kernel, worst.level);
        let _ = writeln!(out, "most often {place}: {}", share(rate(worst)));
    }
    let bound = upper_bound(worst.map_or(0.0, rate), pairs);
    let _ = writeln!(
        out,
        "the draws come from {pairs} disjoint {} of {sides} processes: with 95 % confidence the rate of the worst\n\
         kernel is below {}, and more draws can't tell more",
        if pairs == 1 { "pair" } else { "pairs" },
        share(bound),
    );
    out
}

const OUTLOOK: [Column; 7] = [
    column("kernel", false, None),
    column("sd", true, Some(0)),
    column("3 processes", true, None),
    column("5 processes", true, None),
    column("8 processes", true, None),
    column("15 processes", true, None),
    column("needs", true, None),
];

/// The smallest lone slowdowns by suite and processes, and the noise model.
fn outlook(out: &mut String, view: &CalibrationView, width: Option<usize>, color: bool) {
    for (place, cases) in SUITES.iter().enumerate() {
        let _ = writeln!(
            out,
            "\nthe smallest slowdown of one kernel that is found in 99 of 100 comparisons of a suite of {cases} cases"
        );
        let mut table = Table::new(&OUTLOOK);
        for kernel in &view.outlook {
            let mut cells: Vec<Cell> = vec![
                kernel.kernel.clone().into(),
                share(kernel.between_process_relative_sd).into(),
            ];
            cells.extend(kernel.smallest_effects[place].map(|effect| Cell::from(share(effect))));
            let needs = kernel.processes_for_min_effect[place];
            cells.push(
                needs
                    .map_or("over 1000".to_owned(), |count| count.to_string())
                    .into(),
            );
            table.push(cells);
        }
        out.push_str(&table.render(width, color));
    }
    let effect = share(view.min_effect);
    let _ = writeln!(
        out,
        "needs: the processes a side with which a slowdown of {effect} (min-effect) is significant in 99 of 100"
    );
    if let Some(noise) = view.noise {
        let _ = writeln!(
            out,
            "\nnoise between processes: {} plus {}, known as well as {:.0} degrees of freedom",
            si(noise.additive_ns * 1e-9, "s"),
            share(noise.relative),
            noise.freedom,
        );
    }
}
