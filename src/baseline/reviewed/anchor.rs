//! Where anchors come from: the runs of a metric that are like the newest.

use super::{AnchoredMetric, Reviewed, ReviewedCase};
use crate::baseline::RECENT;
use crate::baseline::measured::{CaseValues, MetricValues, RunValues, same_clock};
use crate::id::CaseId;
use crate::record::CYCLES;
use crate::verdict::Acknowledgement;

/// A run, and what it measured of a metric.
type Measurement<'a> = (&'a RunValues, &'a MetricValues);

impl Reviewed {
    /// Takes up what `runs` (oldest first) add: identities and digests of the newest, and anchors for what has none.
    pub fn extend(&mut self, runs: &[&RunValues]) {
        for run in runs {
            for (id, values) in &run.cases {
                self.cases.entry(id.clone()).or_default().renew(values);
            }
        }
        for (id, case) in &mut self.cases {
            case.anchor_new_metrics(id, runs);
        }
    }

    /// Accepts how `cases` are now: their series start anew with the first of `runs` (oldest first), and their anchors
    /// are made of these runs.
    pub fn accept(&mut self, cases: &[CaseId], runs: &[&RunValues], reason: &str) {
        let Some(first) = runs.first() else { return };
        for id in cases {
            let case = self.cases.entry(id.clone()).or_default();
            case.reason = Some(reason.to_owned());
            case.since = Some(first.id.clone());
            case.metrics.clear();
            // What is accepted needs no acknowledgement any more.
            case.acknowledged.clear();
            case.anchor_new_metrics(id, runs);
        }
    }

    /// Makes the anchors of the case `id` of the newest of `runs` (oldest first).
    pub fn anchor(&mut self, id: &CaseId, runs: &[&RunValues]) {
        if let Some(case) = self.cases.get_mut(id) {
            case.anchor(id, runs, |_| true);
        }
    }
}

impl Reviewed {
    /// The acknowledgements, by case and metric.
    pub fn acknowledgements(&self) -> impl Iterator<Item = (&CaseId, &String, &Acknowledgement)> {
        let cases = self.cases.iter();
        cases.flat_map(|(id, case)| {
            let known = case.acknowledged.iter();
            known.map(move |(metric, known)| (id, metric, known))
        })
    }
}

impl ReviewedCase {
    /// Takes over what the newest run says of the case; anchors and acknowledgements stay, unless times are taken in
    /// another way now: the metrics are then others.
    fn renew(&mut self, values: &CaseValues) {
        let method = values.method.clone().map(|method| crate::record::Method {
            tick_ns: None,
            ..method
        });
        if self.method.is_some() && self.method != method {
            self.metrics.clear();
            self.ratios.clear();
            self.acknowledged.clear();
        }
        self.method = method;
        self.identity.clone_from(&values.identity);
        self.digest.clone_from(&values.digest);
    }

    /// Sets anchors where there are none, or where a metric changed its unit or direction and is another one.
    fn anchor_new_metrics(&mut self, id: &CaseId, runs: &[&RunValues]) {
        let known = self.metrics.clone();
        self.anchor(id, runs, |(name, metric)| {
            known
                .get(name)
                .is_none_or(|old| old.unit != metric.unit || old.better != metric.better)
        });
        let metrics = &self.metrics;
        self.ratios.retain(|name, _| {
            let was_other = |(old, new): (&AnchoredMetric, &AnchoredMetric)| {
                old.unit != new.unit || old.better != new.better
            };
            !known
                .get(name)
                .zip(metrics.get(name))
                .is_some_and(was_other)
        });
    }

    /// Makes anchors of the metrics of the newest run that are `wanted`.
    fn anchor(
        &mut self,
        id: &CaseId,
        runs: &[&RunValues],
        wanted: impl Fn((&String, &MetricValues)) -> bool,
    ) {
        let newest = runs.iter().rev().find_map(|run| run.cases.get(id));
        for (name, metric) in newest.into_iter().flat_map(|case| &case.metrics) {
            if !wanted((name, metric)) {
                continue;
            }
            let alike = alike(id, name, runs, self.since.as_deref());
            if let Some(anchored) = AnchoredMetric::of(&alike) {
                self.metrics.insert(name.clone(), anchored);
            }
        }
    }
}

/// What `runs` (oldest first) since `since` measured of a metric in the way of the newest: by the same method, in the
/// same unit and direction, at the same clock.
fn alike<'a>(
    id: &CaseId,
    name: &str,
    runs: &[&'a RunValues],
    since: Option<&str>,
) -> Vec<Measurement<'a>> {
    let of = |run: &&'a RunValues| {
        let case = run.cases.get(id)?;
        Some((*run, case, case.metrics.get(name)?))
    };
    let Some((newest, case, metric)) = runs.iter().rev().find_map(of) else {
        return Vec::new();
    };
    runs.iter()
        .filter(|run| since.is_none_or(|since| run.id.as_str() >= since))
        .filter_map(of)
        .filter(|(_, other, _)| other.method_name() == case.method_name())
        .filter(|(_, _, other)| other.unit == metric.unit && other.better == metric.better)
        .filter(|(run, ..)| name == CYCLES || same_clock(run.clock_mhz, newest.clock_mhz))
        .map(|(run, _, metric)| (run, metric))
        .collect()
}

impl AnchoredMetric {
    /// The anchor that the newest of `runs` make, up to as many as comparisons use.
    fn of(runs: &[Measurement<'_>]) -> Option<Self> {
        let runs = &runs[runs.len().saturating_sub(RECENT)..];
        let (last, newest) = runs.last()?;
        let locations: Vec<f64> = runs.iter().filter_map(|(_, run)| run.location()).collect();
        let mean = locations.iter().sum::<f64>() / locations.len() as f64;
        let anchor = rounded(mean.exp());
        (anchor > 0.0 && anchor.is_finite()).then(|| Self {
            unit: newest.unit,
            better: newest.better,
            anchor,
            runs: u32::try_from(locations.len()).unwrap_or(u32::MAX),
            last: last.id.clone(),
            clock_mhz: last.clock_mhz,
            carried: None,
        })
    }
}

/// `value` to 9 significant digits: far below what can be measured, and short enough to be read.
pub(in crate::baseline) fn rounded(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}
