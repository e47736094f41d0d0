//! The samples of a unit: group by group, valid ones apart from void ones, by the metrics that were reported.

use std::collections::BTreeMap;

use crate::device::{GroupSeen, Observation, Report};
use crate::id::AxisValue;
use crate::record::{FailureKind, Group, GroupVoid, Refusal, Series, Void};
use crate::stats::median_of;

/// One in so many samples may be void.
const VOID_SHARE: usize = 5;

/// The samples of a group that isn't closed.
#[derive(Debug, Default)]
pub struct Pending {
    observations: Vec<Observation>,
    valid: usize,
}

impl Pending {
    /// Takes what one execution yielded.
    pub fn add(&mut self, observation: Observation) {
        self.valid += usize::from(observation.void.is_none());
        self.observations.push(observation);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.observations.len()
    }

    /// How many count.
    pub fn valid(&self) -> usize {
        self.valid
    }

    /// How many count for nothing.
    fn void(&self) -> usize {
        self.observations.len() - self.valid
    }

    /// Why the last of those does.
    fn why(&self) -> Option<&str> {
        let mut last = self.observations.iter().rev();
        last.find_map(|observation| observation.void.as_deref())
    }
}

/// The samples of a unit.
#[derive(Debug, Default)]
pub struct Taken {
    valid: usize,
    void: usize,
    why: String,
    time: Option<Series>,
    reports: Vec<Report>,
    clocks: Vec<f64>,
    groups: Vec<Group>,
}

impl Taken {
    /// How many samples count.
    pub fn valid(&self) -> usize {
        self.valid
    }

    /// The groups so far.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Takes the samples of a group: all of them are void where what was seen of it says so.
    pub fn close(&mut self, pending: Pending, seen: GroupSeen) -> Result<(), Refusal> {
        let samples = pending.len();
        let clock_mhz = seen.clock_mhz;
        match &seen.void {
            None => {
                self.clocks.extend(clock_mhz);
                for observation in pending.observations {
                    self.add(observation)?;
                }
            }
            Some(void) => {
                for observation in pending.observations {
                    let why = observation.void.as_deref().unwrap_or(&void.why).to_owned();
                    self.keep(observation, Some(&why))?;
                }
            }
        }
        self.groups.push(Group {
            samples,
            clock_mhz,
            void: seen.void,
            events_ns: BTreeMap::new(),
        });
        Ok(())
    }

    /// Takes what one execution of a valid group yielded.
    fn add(&mut self, observation: Observation) -> Result<(), Refusal> {
        let void = observation.void.clone();
        self.keep(observation, void.as_deref())?;
        match void {
            None => self.valid += 1,
            Some(why) => {
                self.void += 1;
                self.why = why;
            }
        }
        Ok(())
    }

    /// Keeps the samples of one execution, as void ones where `void` says why.
    fn keep(&mut self, observation: Observation, void: Option<&str>) -> Result<(), Refusal> {
        if let Some(time) = observation.time_ns {
            let time = Series::time(vec![time]);
            let own = self.time.get_or_insert_with(|| Series::time(Vec::new()));
            append(own, time, void)?;
        }
        for report in observation.reports {
            append(self.series_of(&report), report.series, void)?;
        }
        self.clocks
            .extend(observation.clock_mhz.filter(|_| void.is_none()));
        Ok(())
    }

    /// The series that holds the samples of `report`'s point and metric.
    fn series_of(&mut self, report: &Report) -> &mut Series {
        let same = |other: &Report| {
            other.point == report.point && other.series.metric == report.series.metric
        };
        let place = self.reports.iter().position(same);
        let place = place.unwrap_or_else(|| {
            let series = Series {
                samples: Vec::new(),
                void: Vec::new(),
                ..report.series.clone()
            };
            self.reports.push(Report {
                point: report.point.clone(),
                series,
            });
            self.reports.len() - 1
        });
        &mut self.reports[place].series
    }

    /// Refuses what was disturbed too often for `valid` samples, with those of a group that isn't closed.
    pub fn judge(&self, pending: &Pending, valid: usize) -> Result<(), Refusal> {
        let void = self.void + pending.void();
        if void <= valid.div_ceil(VOID_SHARE) {
            return Ok(());
        }
        let all = self.valid + self.void + pending.len();
        let why = pending.why().unwrap_or(&self.why);
        let message = format!("{void} of {all} samples are void: {why}");
        Err(Refusal::failed(FailureKind::Disturbed, message))
    }

    /// Refuses more void groups than the `wanted` valid ones: more than half of all.
    pub fn judge_groups(&self, wanted: usize) -> Result<(), Refusal> {
        let void: Vec<&GroupVoid> = self.groups.iter().filter_map(|g| g.void.as_ref()).collect();
        match void.last() {
            Some(last) if void.len() > wanted => {
                let (some, all) = (void.len(), self.groups.len());
                let mut message =
                    format!("{some} of {all} groups of samples are void: {}", last.why);
                if last.kind == FailureKind::Clocks {
                    message = format!("clocks did not hold: {message}");
                }
                Err(Refusal::failed(last.kind, message))
            }
            _ => Ok(()),
        }
    }

    /// Notes of the last group what grew during it.
    pub fn note_events(&mut self, events_ns: BTreeMap<String, u64>) {
        if let Some(group) = self.groups.last_mut() {
            group.events_ns = events_ns;
        }
    }

    /// Takes metrics that no sample has.
    pub fn report(&mut self, series: Vec<Series>) {
        self.reports.extend(series.into_iter().map(|series| Report {
            point: BTreeMap::new(),
            series,
        }));
    }

    /// The mean of the valid times, in nanoseconds.
    pub fn mean_ns(&self) -> Option<f64> {
        let times = &self.time.as_ref()?.samples;
        (!times.is_empty()).then(|| times.iter().sum::<f64>() / times.len() as f64)
    }

    /// The median of the clocks that were seen, in MHz.
    pub fn clock_mhz(&self) -> Option<f64> {
        median_of(&self.clocks)
    }

    /// The series of the case at `axes`: its time first. `shared` is an execution that reports several cases, and
    /// whose own time is therefore nobody's.
    pub fn series(&self, axes: &BTreeMap<&str, &AxisValue>, shared: bool) -> Vec<Series> {
        let here = |report: &&Report| {
            let on_axes = |(name, value): (&String, &AxisValue)| {
                axes.get(name.as_str()).is_some_and(|own| *own == value)
            };
            !(shared && report.point.is_empty()) && report.point.iter().all(on_axes)
        };
        let own = self.time.iter().filter(|_| !shared);
        let reported = self.reports.iter().filter(here).map(|r| &r.series);
        let mut series: Vec<Series> = own.chain(reported).cloned().collect();
        series.sort_by_key(|series| series.metric != "time");
        series
    }
}

/// Appends the samples of `more` to `series`, as void ones where `void` says why.
fn append(series: &mut Series, more: Series, void: Option<&str>) -> Result<(), Refusal> {
    if (series.unit, series.better) != (more.unit, more.better) {
        let message = format!("the metric {:?} changed its unit or direction", more.metric);
        return Err(Refusal::failed(FailureKind::Protocol, message));
    }
    let start = series.samples.len() + series.void.len();
    series.void.extend(more.void.into_iter().map(|old| Void {
        index: start + old.index,
        ..old
    }));
    match void {
        None => series.samples.extend(more.samples),
        Some(why) => {
            let void = more.samples.into_iter().enumerate();
            series.void.extend(void.map(|(index, value)| Void {
                index: start + index,
                value,
                why: why.to_owned(),
            }));
        }
    }
    Ok(())
}
