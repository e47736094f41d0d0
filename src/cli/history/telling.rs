//! From nights to what is shown: courses of all series, and the commits near each step.

use std::collections::BTreeMap;

use super::Args;
use super::machines::Machine;
use super::subject::Subject;
use crate::baseline::{self, Between, Commits, Night, NightRun, Series};
use crate::cli::{Exit, Fault};
use crate::id::CaseId;
use crate::plan::Filters;
use crate::report::{
    HistoryView, MachineView, NightView, SeriesView, StepView, is_worse, share, status,
};
use crate::verdict::history::{Course, Nights, Rule, Step, course, establish};
use crate::verdict::{Policy, PolicyError, false_discovery_rate};

/// What is shown of `machines`; `None` where no case is selected.
pub fn tell(
    args: &Args,
    subject: &Subject,
    filters: &Filters,
    machines: Vec<Machine>,
    commits: Option<&Commits>,
) -> Result<Option<HistoryView>, Fault> {
    let wanted = |id: &CaseId| {
        let tags = subject
            .tags
            .get(id.workload())
            .map_or(&[][..], Vec::as_slice);
        filters.select(id, tags, &id.axes())
    };
    let wrong = |error: PolicyError| Fault::new(Exit::Input, error.to_string());
    let mut all: Vec<Vec<Series>> = Vec::new();
    let mut courses: Vec<Course> = Vec::new();
    for machine in &machines {
        let series = baseline::series(&machine.nights, wanted);
        courses.extend(courses_of(machine, &series, args.alarm).map_err(wrong)?);
        all.push(series);
    }
    if all.iter().all(Vec::is_empty) {
        return Ok(None);
    }
    let rate = machines
        .iter()
        .filter_map(newest)
        .max_by_key(|run| run.started);
    let rate = rate.map_or(Ok(0.01), |run| false_discovery_rate(&run.compare));
    let rate = rate.map_err(wrong)?;
    establish(&mut courses, rate);
    let mut near = Near::of(commits);
    let mut courses = courses.into_iter();
    let mut shown = Vec::new();
    for (machine, series) in machines.into_iter().zip(all) {
        let courses: Vec<Course> = courses.by_ref().take(series.len()).collect();
        shown.push(machine_view(machine, series, &courses, &mut near)?);
    }
    Ok(Some(HistoryView {
        suite: subject.name.clone(),
        alarm: args.alarm,
        false_discovery_rate: rate,
        filters: args.filters.clone(),
        machines: shown,
    }))
}

/// The newest run of a machine.
fn newest(machine: &Machine) -> Option<&NightRun> {
    machine.nights.last()?.runs.last()
}

/// The courses of a machine's series, on all cores.
pub fn courses_of(
    machine: &Machine,
    series: &[Series],
    alarm: f64,
) -> Result<Vec<Course>, PolicyError> {
    let empty = BTreeMap::new();
    let compare = newest(machine).map_or(&empty, |run| &run.compare);
    let mut inputs = Vec::new();
    for one in series {
        let rule = Rule {
            alarm,
            min_effect: Some(Policy::for_kind(&one.kind, compare)?.min_effect),
        };
        inputs.push((nights_of(machine, one), rule));
    }
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let part = inputs.len().div_ceil(workers).max(1);
    let look = |inputs: &[(Nights, Rule)]| -> Vec<Course> {
        inputs
            .iter()
            .map(|(nights, rule)| course(nights, *rule))
            .collect()
    };
    Ok(std::thread::scope(|scope| {
        let threads: Vec<_> = inputs
            .chunks(part)
            .map(|part| scope.spawn(move || look(part)))
            .collect();
        let joined = threads.into_iter().map(|thread| {
            let result = thread.join();
            result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.flatten().collect()
    }))
}

/// A series as days and logs.
fn nights_of(machine: &Machine, series: &Series) -> Nights {
    const DAY: f64 = 86_400.0;
    let nights = series
        .nights
        .iter()
        .filter_map(|index| machine.nights.get(*index));
    Nights {
        days: nights
            .map(|night| night.started.as_second() as f64 / DAY)
            .collect(),
        logs: series.logs.clone(),
    }
}

/// What is shown of a machine: its series with their courses and the commits near their steps.
pub fn machine_view(
    machine: Machine,
    series: Vec<Series>,
    courses: &[Course],
    near: &mut Near<'_>,
) -> Result<MachineView, Fault> {
    let mut shown = Vec::new();
    for (series, course) in series.into_iter().zip(courses) {
        let mut steps = Vec::new();
        for step in &course.steps {
            steps.extend(step_view(&machine.nights, &series, step, near)?);
        }
        shown.push(SeriesView::new(series, course, steps));
    }
    Ok(MachineView {
        nights: machine.nights.iter().map(NightView::from).collect(),
        device: machine.device,
        environment: machine.key,
        series: shown,
    })
}

fn step_view(
    nights: &[Night],
    series: &Series,
    step: &Step,
    near: &mut Near<'_>,
) -> Result<Option<StepView>, Fault> {
    let night = |place: Option<usize>| {
        let index = *series.nights.get(place?)?;
        Some((index, nights.get(index)?))
    };
    let (Some((last_before, before)), Some((first_after, after))) =
        (night(step.at.checked_sub(1)), night(Some(step.at)))
    else {
        return Ok(None);
    };
    let mut neighbour = |from: Option<(usize, &Night)>, to: Option<(usize, &Night)>| {
        let (Some((_, from)), Some((_, to))) = (from, to) else {
            return Ok(None);
        };
        near.between(from, to).map(Some)
    };
    let earlier = neighbour(night(step.at.checked_sub(2)), Some((last_before, before)))?;
    let later = neighbour(Some((first_after, after)), night(Some(step.at + 1)))?;
    let between = near.between(before, after)?;
    Ok(Some(StepView {
        status: status(step.standing),
        last_before,
        first_after,
        change: step.shift.exp_m1(),
        interval: share(step.interval),
        worse: is_worse(step.shift, series.better),
        p: step.p,
        same_code: same_code(before, after, &series.case),
        machine: machine_change(nights, series, step.at),
        near: between,
        earlier,
        later,
    }))
}

/// Whether two nights ran the same code; `None` where a side has no identity.
fn same_code(before: &Night, after: &Night, case: &CaseId) -> Option<bool> {
    let identity = |run: Option<&NightRun>| run?.cases.get(case)?.identity.clone();
    let (before, after) = (identity(before.runs.last()), identity(after.runs.first()));
    Some(before? == after?)
}

/// By how much the probed speed of the machine changed at a step: the medians of up to seven nights on both sides.
fn machine_change(nights: &[Night], series: &Series, at: usize) -> Option<f64> {
    const WEEK: usize = 7;
    let median = |indices: &[usize]| {
        let runs = indices
            .iter()
            .filter_map(|index| nights.get(*index))
            .flat_map(|night| &night.runs);
        let speeds: Vec<f64> = runs.filter_map(|run| run.clock_mhz.or(run.speed)).collect();
        (!speeds.is_empty()).then(|| crate::stats::median(&speeds))
    };
    let (before, after) = series.nights.split_at_checked(at)?;
    let before = before.get(before.len().saturating_sub(WEEK)..)?;
    let after = after.get(..after.len().min(WEEK))?;
    Some(median(after)? / median(before)? - 1.0)
}

/// What lies between commits, looked up once each: a step of one night is often that of many cases.
pub struct Near<'a> {
    commits: Option<&'a Commits>,
    known: BTreeMap<(Option<String>, Option<String>), Between>,
}

impl<'a> Near<'a> {
    /// What lies between commits of a repository, where there is one.
    pub fn of(commits: Option<&'a Commits>) -> Self {
        Self {
            commits,
            known: BTreeMap::new(),
        }
    }

    fn between(&mut self, before: &Night, after: &Night) -> Result<Between, Fault> {
        let Some(commits) = self.commits else {
            let reason = "the current folder is in no git repository".to_owned();
            return Ok(Between::Unknown { reason });
        };
        let key = (before.commit.clone(), after.commit.clone());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let found = commits.between(key.0.as_deref(), key.1.as_deref())?;
        self.known.insert(key, found.clone());
        Ok(found)
    }
}
