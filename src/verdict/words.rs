//! Reasons in words.

use super::shift::Shift;
use super::tested::{Test, has_finite_values};
use super::{
    BetweenRun, Change, Comparison, Drift, Judgement, Moved, Planning, Policy, Probed, Side,
    Source, Verdict,
};
use crate::record::Better;
use crate::units::{percent, rough, significant};

/// A share as a percentage without a sign: `0.7034 %`.
fn plain(share: f64) -> String {
    format!("{} %", significant(share.abs() * 100.0))
}

/// `slower` for times, else whichever direction is worse for the metric.
fn worse_word(metric: &str, better: Better) -> &'static str {
    match (metric, better) {
        ("time", _) => "slower",
        (_, Better::Lower) => "more",
        (_, Better::Higher) => "less",
    }
}

fn better_word(metric: &str, better: Better) -> &'static str {
    match (metric, better) {
        ("time", _) => "faster",
        (_, Better::Lower) => "less",
        (_, Better::Higher) => "more",
    }
}

impl Judgement {
    /// The case, and its metric where that is not its time: `encode/batch=8 tokens`.
    pub fn label(&self) -> String {
        if self.metric == "time" {
            self.id.to_string()
        } else {
            format!("{} {}", self.id, self.metric)
        }
    }

    /// The verdict in one line, `unchanged` with its bound and, where that is not 0 for sure, its change:
    /// `unchanged (+0.4008 %, at most 0.7034 % slower)`; `crept` with its drift: `crept (+1.02 % since 2026-11-22)`;
    /// one that fails nothing says so: `regressed, acknowledged`.
    pub fn headline(&self) -> String {
        let surely_changed = self.change.filter(Change::excludes_zero);
        let estimate = surely_changed.map(|change| format!("{}, ", percent(change.estimate)));
        self.with_standing(self.with_bound(&estimate.unwrap_or_default()))
    }

    /// The same without the change, for where that stands beside it: `unchanged (at most 0.7034 % slower)`.
    pub fn short_headline(&self) -> String {
        self.with_standing(self.with_bound(""))
    }

    fn with_standing(&self, headline: String) -> String {
        if self.is_quiet() {
            format!("{headline}, acknowledged")
        } else {
            headline
        }
    }

    fn with_bound(&self, before: &str) -> String {
        if let Some(drift) = self
            .drift
            .as_ref()
            .filter(|_| self.verdict == Verdict::Crept)
        {
            let since = day_of(&drift.since);
            let drift = percent(drift.estimate);
            return format!("{} ({drift} since {since})", self.verdict);
        }
        let Some(bound) = self.bound else {
            // Without a bound nothing was measured, since there was nothing to measure.
            return match self.verdict {
                Verdict::Unchanged => format!("{} (same code)", self.verdict),
                verdict => verdict.to_string(),
            };
        };
        let (most, word) = if bound >= 0.0 {
            ("most", worse_word(&self.metric, self.better))
        } else {
            ("least", better_word(&self.metric, self.better))
        };
        let bound = plain(self.as_change(bound));
        format!("{} ({before}at {most} {bound} {word})", self.verdict)
    }

    /// A worsening as a change of the metric: twice the time is half the throughput.
    fn as_change(&self, worse: f64) -> f64 {
        match self.better {
            Better::Lower => worse,
            Better::Higher => 1.0 / (1.0 + worse) - 1.0,
        }
    }
}

/// The reasons of a case that was tested: what was found, the change, and what could have been found.
pub(super) fn reasons(case: &Comparison, judgement: &Judgement, found: Vec<String>) -> Vec<String> {
    let mut reasons = found;
    let Some(change) = judgement.change else {
        return reasons;
    };
    let text = format!(
        "{} (99 % interval {} to {}), p = {}",
        percent(change.estimate),
        percent(change.interval.low),
        percent(change.interval.high),
        p_value(change.p_worse.min(change.p_better)),
    );
    match judgement.verdict {
        Verdict::Unchanged if !change.excludes_zero() => {}
        Verdict::Regressed => reasons.insert(0, text),
        _ => reasons.push(text),
    }
    if let Some(planning) = judgement.planning {
        reasons.extend(planned(case, judgement, planning));
    }
    reasons.extend(run_noise(case.policy.between_run));
    reasons
}

/// Why the spread between runs is taken for more than it is on a steady machine, where it is.
fn run_noise(run: BetweenRun) -> Option<String> {
    match run.source {
        Source::Assumed | Source::Measured => None,
        Source::Probes(found) => Some(probed(found)),
        Source::Own { usual } => Some(format!(
            "its runs in the base lie farther apart than runs do otherwise ({}): noise between runs taken as {}",
            rough(usual.exp_m1()),
            rough(run.deviation.exp_m1()),
        )),
        Source::Held { clock } => Some(format!(
            "power holds its clock {} below the probe's, and cards differ in that: noise between runs taken as {}",
            rough(1.0 - clock),
            rough(run.deviation.exp_m1()),
        )),
    }
}

fn probed(probed: Probed) -> String {
    let (what, noise) = match probed {
        Probed::Apart(longer) => {
            let word = if longer >= 0.0 { "slower" } else { "faster" };
            let share = rough(longer.exp_m1().abs());
            let what =
                format!("the machine itself ran {share} {word} than in the base, by its probe");
            (what, longer.abs())
        }
        Probed::Within(deviation) => {
            let share = rough(deviation.exp_m1());
            let what = format!("the machine's speed varied by {share} within runs, by its probe");
            (what, deviation)
        }
    };
    format!(
        "{what}: noise between runs taken as {}",
        rough(noise.exp_m1())
    )
}

fn p_value(p: f64) -> String {
    if p >= 0.001 {
        significant(p)
    } else {
        format!("{p:.1e}")
    }
}

fn planned(case: &Comparison, judgement: &Judgement, planning: Planning) -> [String; 2] {
    let effect = judgement.as_change(planning.smallest_effect);
    let word = worse_word(&case.metric, case.better);
    let margin = plain(case.policy.margin);
    let fewest = judgement.base.processes.min(judgement.candidate.processes);
    let needed = match planning.processes {
        Some(count) if count as usize <= fewest => format!(
            "{count} processes a side are enough for a margin of {margin} where nothing changed"
        ),
        Some(count) => format!("a margin of {margin} needs {count} processes a side"),
        None => format!(
            "no number of processes reaches a margin of {margin} with this few runs and this spread between runs"
        ),
    };
    [format!("could have found {} {word}", plain(effect)), needed]
}

/// Why the body is worse.
pub(super) fn body(case: &Comparison, shift: &Shift) -> String {
    format!(
        "the samples between the 5th and 95th percentile are {} {}, p = {}",
        worse(case, shift.worse),
        worse_word(&case.metric, case.better),
        p_value(shift.p_worse()),
    )
}

/// Why the upper half is worse.
pub(super) fn upper(case: &Comparison, excess: f64) -> String {
    format!(
        "in all processes but at most one, the worse half of the samples is {} {} than in any of the base",
        worse(case, excess),
        worse_word(&case.metric, case.better),
    )
}

/// Why a case is suspect.
pub(super) fn suspect(case: &Comparison, test: &Test) -> Vec<String> {
    let word = worse_word(&case.metric, case.better);
    let margin = plain(test.suspect_margin);
    let mut reasons = Vec::new();
    if test.above >= 2 {
        let count = case.candidate.processes().count();
        reasons.push(format!(
            "{} of {count} processes are more than {margin} {word} than the base's worst",
            test.above
        ));
    }
    if test.location.worse.exp_m1() >= case.policy.margin {
        reasons.push(format!(
            "{} {word} by estimate, which is not significant",
            worse(case, test.location.worse)
        ));
    }
    reasons
}

/// Why a case crept: how far, from what, and since when.
pub(super) fn crept(case: &Comparison, drift: &Drift) -> String {
    let runs = match drift.anchor_runs {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    };
    format!(
        "the mean of the last {} runs is {} {} than the anchor, {} by {runs} until {}",
        drift.runs,
        plain(drift.estimate),
        worse_word(&case.metric, case.better),
        case.unit.show(drift.anchor),
        drift.since,
    )
}

/// Why a verdict is withdrawn, and what it would have been.
pub(super) fn moved(moved: &Moved, otherwise: Option<Verdict>) -> String {
    let (count, change) = (moved.sentinels.len(), percent(moved.estimate));
    let whose = match count {
        1 => format!("the {} sentinel", moved.kind),
        _ => format!("the {count} {} sentinels", moved.kind),
    };
    let otherwise = otherwise.map_or_else(String::new, |verdict| {
        format!("; by its values alone this is {verdict}")
    });
    format!("the machine moved: {whose} changed by {change}{otherwise}")
}

/// Why a case is not called what its values say.
pub(super) fn unmodelled(verdict: Verdict, policy: &Policy) -> String {
    let why = if policy.noise.is_some() && policy.between_run.reaches(policy.margin) {
        "unchanged runs of it lie as far apart"
    } else {
        "the noise between processes is not known here beyond this case's own"
    };
    format!("not called {verdict}: {why}")
}

/// The day of a run, `2026-11-22`, from its id; `the anchor` where that doesn't begin with one.
fn day_of(run: &str) -> String {
    match run.get(..8).zip(run.get(8..9)) {
        Some((day, "T")) if day.bytes().all(|digit| digit.is_ascii_digit()) => {
            format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..])
        }
        _ => "the anchor".to_owned(),
    }
}

/// A worsening in logs as a share of the metric.
fn worse(case: &Comparison, shift: f64) -> String {
    plain(share(case.better, shift))
}

/// A worsening in logs as a share of the metric: 0.05 is 5 % more time, or 5 % less throughput.
pub(super) fn share(better: Better, worse: f64) -> f64 {
    match better {
        Better::Lower => worse.exp_m1(),
        Better::Higher => -(-worse).exp_m1(),
    }
}

/// Why a case is missing.
pub(super) fn missing(removed: Option<&str>) -> String {
    match removed {
        Some(reason) => format!("removed: {reason}"),
        None => "only the base has this case".to_owned(),
    }
}

/// Why nothing could be tested.
pub(super) fn untestable(case: &Comparison) -> String {
    if !has_finite_values(case) {
        return "a process value is not a finite number".to_owned();
    }
    for (name, side) in [("base", &case.base), ("candidate", &case.candidate)] {
        if let Some(why) = too_few(name, side) {
            return why;
        }
    }
    "no test was possible".to_owned()
}

fn too_few(name: &str, side: &Side) -> Option<String> {
    let processes = side.processes().count();
    if processes == 0 {
        return Some(format!(
            "the {name} has no process with positive samples, and others have no logarithm"
        ));
    }
    if side.runs.iter().any(|run| run.len() > 1) {
        return None;
    }
    Some(match processes {
        1 => format!("the {name} has one process, and a spread between processes needs two"),
        _ => format!("the {name} has one process a run, and a spread between processes needs two"),
    })
}
