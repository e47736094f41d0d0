//! One command case, opened: each sample starts the command once and judges how it went.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::capture::Capture;
use super::failure;
use super::launch::Sink;
use super::protocol::{Agreement, Reader, Reported};
use super::supervisor::Ended;
use super::surroundings::{Occasion, Surroundings};
use crate::device::{Execution, Finished, Observation, Report, Verification};
use crate::files;
use crate::id::{AxisValue, Name};
use crate::plan::{Case, CommandTask};
use crate::record::{Better, Method, Refusal, Series, Unit};

/// The tick of `CLOCK_MONOTONIC` on Linux with high-resolution timers, in nanoseconds (time(7)).
const TICK_NS: f64 = 1.0;

/// An open case.
#[derive(Debug)]
pub struct Run<'a> {
    surroundings: Surroundings<'a>,
    agreement: Agreement,
    pattern: Option<Regex>,
    /// Whether the last execution reported its own times.
    reported: bool,
    stdout: Capture,
    stderr: Capture,
    left_running: usize,
    /// Points that were reported and are none of this run's.
    elsewhere: BTreeSet<String>,
}

impl<'a> Run<'a> {
    /// Opens the unit of cases that `task` measures.
    pub fn open(
        surroundings: Surroundings<'a>,
        task: &CommandTask,
        unit: &[&Case],
    ) -> Result<Self, Refusal> {
        let pattern = task.stdout_pattern.as_deref().map(Regex::new).transpose();
        Ok(Self {
            surroundings,
            agreement: Agreement {
                metrics: task.metrics.clone(),
                inner: task.inner.clone(),
                points: unit.iter().map(|case| point(case, &task.inner)).collect(),
            },
            pattern: pattern.map_err(|error| failure::pattern(&error))?,
            reported: false,
            stdout: Capture::default(),
            stderr: Capture::default(),
            left_running: 0,
            elsewhere: BTreeSet::new(),
        })
    }

    fn execute(&mut self) -> Result<(Ended, Vec<Report>), Refusal> {
        self.surroundings.beside(Occasion::Prepare)?;
        self.stdout = Capture::default();
        self.stderr = Capture::default();
        let mut stdout = Tee {
            capture: &mut self.stdout,
            reader: Reader::new(self.agreement.clone()),
        };
        let ended = self.surroundings.command((&mut stdout, &mut self.stderr));
        let reader = stdout.reader;
        let judged = ended.and_then(|ended| self.judge(ended, reader));
        if judged.is_err() {
            // The record of a failure is worth most; that it can't be written doesn't hide it.
            let _ = self.keep();
        }
        judged
    }

    fn judge(&mut self, ended: Ended, reader: Reader) -> Result<(Ended, Vec<Report>), Refusal> {
        self.left_running += ended.left_running;
        let printed = (&self.stdout, &self.stderr);
        if !self.surroundings.ignores_status() {
            failure::status(ended.status, Occasion::Sample, printed)?;
        }
        let reported = reader.finish().map_err(Refusal::Failed)?;
        if let Some(why) = reported.unsupported {
            return Err(Refusal::Unsupported(why));
        }
        let Reported {
            reports, elsewhere, ..
        } = reported;
        self.elsewhere.extend(elsewhere);
        if let Some(pattern) = &self.pattern {
            failure::unmatched(pattern, &self.stdout)?;
        }
        self.complete(&reports)?;
        Ok((ended, reports))
    }

    /// A unit of several cases has no time but those that are reported. One that reports none has failed as a
    /// whole; a case that lacks its own fails alone, which is for the engine to see.
    fn complete(&self, reports: &[Report]) -> Result<(), Refusal> {
        let timed = reports.iter().any(|report| report.series.metric == "time");
        match self.agreement.points.first() {
            Some(point) if !self.agreement.inner.is_empty() && !timed => {
                Err(failure::untimed(point, &self.stdout))
            }
            _ => Ok(()),
        }
    }

    /// Writes what the last execution printed beside the record.
    fn keep(&self) -> Result<BTreeMap<String, String>, Refusal> {
        let mut kept = BTreeMap::new();
        for (name, capture) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if capture.total() > 0 {
                let path = self.surroundings.output().join(name);
                files::write_atomically(&path, &capture.kept())
                    .map_err(|error| failure::file(&error))?;
                kept.insert(name.to_owned(), name.to_owned());
            }
        }
        Ok(kept)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (name, capture) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if capture.left_out() > 0 {
                notes.push(format!(
                    "{name}: {} bytes, the middle {} of which are not kept",
                    capture.total(),
                    capture.left_out()
                ));
            }
        }
        match (self.elsewhere.first(), self.elsewhere.len()) {
            (None, _) => {}
            (Some(point), 1) => notes.push(format!(
                "the command reported {point}, which this run doesn't measure"
            )),
            (Some(point), count) => notes.push(format!(
                "the command reported {count} points that this run doesn't measure, such as {point}"
            )),
        }
        if self.left_running > 0 {
            notes.push(format!(
                "the command left {} processes running; they were ended",
                self.left_running
            ));
        }
        notes
    }
}

impl Execution for Run<'_> {
    /// `reported` once the command has reported its own times, else `wall`.
    fn method(&self) -> Method {
        Method {
            name: if self.reported { "reported" } else { "wall" }.to_owned(),
            executions: 1,
            tick_ns: (!self.reported).then_some(TICK_NS),
        }
    }

    /// Nothing: a command's status and output are judged at each execution.
    fn verify(&mut self) -> Result<Verification, Refusal> {
        Ok(Verification::default())
    }

    fn warm_up(&mut self) -> Result<(), Refusal> {
        self.execute().map(|_| ())
    }

    fn sample(&mut self) -> Result<Observation, Refusal> {
        let (ended, mut reports) = self.execute()?;
        self.reported = reports.iter().any(|report| report.series.metric == "time");
        let time_ns = (!self.reported).then_some(ended.wall_ns);
        // Of several cases in one process, no one can say whose the processor time was.
        if self.agreement.inner.is_empty() {
            for series in usage(&ended) {
                if !reports
                    .iter()
                    .any(|report| report.series.metric == series.metric)
                {
                    let point = BTreeMap::new();
                    reports.push(Report { point, series });
                }
            }
        }
        Ok(Observation {
            time_ns,
            reports,
            ..Observation::default()
        })
    }

    fn finish(&mut self) -> Result<Finished, Refusal> {
        Ok(Finished {
            output: self.keep()?,
            notes: self.notes(),
        })
    }
}

/// What the system says of an execution.
fn usage(ended: &Ended) -> Vec<Series> {
    let series = |metric: &str, unit, value| Series {
        metric: metric.to_owned(),
        unit,
        better: Better::Lower,
        samples: vec![value],
        void: Vec::new(),
    };
    let mut found = vec![
        series("user-time", Unit::Nanoseconds, ended.user_ns),
        series("system-time", Unit::Nanoseconds, ended.system_ns),
    ];
    found.extend(
        ended
            .peak_bytes
            .map(|bytes| series("peak-memory", Unit::Bytes, bytes as f64)),
    );
    found
}

/// Where `case` lies on the inner axes.
fn point(case: &Case, inner: &[Name]) -> BTreeMap<String, AxisValue> {
    let axes = case.axes.iter().filter(|(axis, _)| inner.contains(axis));
    axes.map(|(axis, value)| (axis.as_str().to_owned(), value.clone()))
        .collect()
}

/// Keeps standard output and reads the protocol's lines from it.
struct Tee<'a> {
    capture: &'a mut Capture,
    reader: Reader,
}

impl Sink for Tee<'_> {
    fn take(&mut self, bytes: &[u8]) {
        self.capture.take(bytes);
        self.reader.take(bytes);
    }
}
