//! What was read of a GPU while the run went, and when samples were void.

use std::collections::HashMap;

use super::Results;
use crate::record::{Mark, Marked, Reading, TelemetryLine, TelemetryStart};
use crate::report::document::{MarkEntry, ReadingEntry, TelemetryEntry, VoidSpan};
use crate::store::{self, Record, StoreError};

/// The most readings of a report, taken evenly.
const READINGS: usize = 4_000;
/// The most marks of a report: those of cases are left out above it.
const MARKS: usize = 10_000;

/// The telemetry of `record`; empty where none was read.
pub fn read(record: &Record, results: &Results) -> Result<Vec<TelemetryEntry>, StoreError> {
    let lines = store::telemetry(&record.folder)?;
    let mut sections: Vec<(TelemetryStart, Section)> = Vec::new();
    for line in lines {
        match (line, sections.last_mut()) {
            (TelemetryLine::Start(start), _) => sections.push((start, Section::default())),
            (TelemetryLine::Reading(reading), Some((_, section))) => {
                section.end_ns = section.end_ns.max(reading.at_ns);
                section.readings.push(*reading);
            }
            (TelemetryLine::Mark(mark), Some((_, section))) => {
                section.end_ns = section.end_ns.max(mark.at_ns);
                section.marks.push(mark);
            }
            (TelemetryLine::End(end), Some((_, section))) => {
                section.end_ns = section.end_ns.max(end.at_ns);
            }
            // Nothing counts from a start that isn't there.
            (_, None) => {}
        }
    }
    if sections.is_empty() {
        return Ok(Vec::new());
    }
    let void = void_spans(record, results)?;
    let sections = sections.into_iter();
    Ok(sections
        .map(|(start, section)| section.entry(&start, &void))
        .collect())
}

/// What stands between two starts.
#[derive(Debug, Default)]
struct Section {
    readings: Vec<Reading>,
    marks: Vec<Mark>,
    end_ns: f64,
}

impl Section {
    fn entry(
        self,
        start: &TelemetryStart,
        void: &[(jiff::Timestamp, f64, VoidSpan)],
    ) -> TelemetryEntry {
        let step = self.readings.len().div_ceil(READINGS).max(1);
        let all = self.marks.len() <= MARKS;
        let marks = self.marks.iter().filter(|mark| all || mark.case.is_none());
        let end_s = self.end_ns * 1e-9;
        let inside = void.iter().filter_map(|(began, seconds, span)| {
            let from = began.duration_since(start.started).as_secs_f64() + span.from_s;
            let is_inside = from >= 0.0 && from <= end_s;
            is_inside.then(|| VoidSpan {
                from_s: from,
                to_s: from + seconds,
                ..span.clone()
            })
        });
        let unknown = start.unknown.iter();
        TelemetryEntry {
            started: start.started.to_string(),
            readings: self.readings.iter().step_by(step).map(reading).collect(),
            marks: marks.map(mark).collect(),
            void: inside.collect(),
            unknown: unknown
                .map(|(what, why)| format!("{what}: {why}"))
                .collect(),
        }
    }
}

fn reading(reading: &Reading) -> ReadingEntry {
    ReadingEntry {
        at_s: reading.at_ns * 1e-9,
        sm_mhz: reading.sm_mhz,
        memory_mhz: reading.memory_mhz,
        temperature_c: reading.temperature_c,
        power_w: reading.power_w,
        reasons: reading.reasons.clone().unwrap_or_default(),
    }
}

fn mark(mark: &Mark) -> MarkEntry {
    MarkEntry {
        at_s: mark.at_ns * 1e-9,
        what: match mark.what {
            Marked::ProcessStarted => "process-started",
            Marked::CaseStarted => "case-started",
            Marked::CaseFinished => "case-finished",
            Marked::ProcessFinished => "process-finished",
        },
        process: mark.process,
        case: mark.case.as_ref().map(ToString::to_string),
    }
}

/// The cases in processes that have void samples: when the process began, the seconds that the case took, and the
/// span, which counts from there.
fn void_spans(
    record: &Record,
    results: &Results,
) -> Result<Vec<(jiff::Timestamp, f64, VoidSpan)>, StoreError> {
    let starts = record.starts()?.into_iter();
    let began: HashMap<u32, jiff::Timestamp> =
        starts.map(|start| (start.process, start.started)).collect();
    let mut found = Vec::new();
    for result in results.values().flatten() {
        let samples = result.series.first().map_or(0, |series| series.void.len());
        let Some(began) = began.get(&result.process).filter(|_| samples > 0) else {
            continue;
        };
        let span = VoidSpan {
            from_s: result.started_ns * 1e-9,
            to_s: 0.0,
            case: result.case.to_string(),
            samples,
        };
        found.push((*began, result.elapsed_ns * 1e-9, span));
    }
    found.sort_by(|(a, _, x), (b, _, y)| {
        let place = |began: &jiff::Timestamp, span: &VoidSpan| {
            began.as_nanosecond() as f64 * 1e-9 + span.from_s
        };
        place(a, x).total_cmp(&place(b, y))
    });
    Ok(found)
}
