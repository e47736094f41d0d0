//! The verdicts of a study that was measured.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use super::Judged;
use super::measure::Measured;
use crate::baseline::{self, CaseValues};
use crate::cli::comparing::{Settings, ending, sides};
use crate::cli::run::progress::span;
use crate::cli::{Exit, Fault, output};
use crate::engine::{self, Turn};
use crate::id::CaseId;
use crate::plan::Case;
use crate::record::CaseHeader;
use crate::report::{CompareView, Heading, Label};
use crate::stats::ProcessValues;
use crate::store::Record;
use crate::units::percent;
use crate::verdict::{
    self, BetweenRun, Comparison, Control, Design, Given, Judgement, Policy, PolicyError, Side,
    Verdict,
};

/// Processes of a side in a block.
const EACH: usize = engine::EACH as usize;

/// Judges what was measured, which took `took` in all; so many `looks` share the false discovery rate.
pub fn judge(
    measured: &Measured,
    (settings, looks): (Settings, u32),
    took: Duration,
) -> Result<Judged, Fault> {
    let found = match &measured.folders {
        Some((folders, _)) => Some(Found::read(folders)?),
        None => None,
    };
    let wrong = |error: PolicyError| Fault::new(Exit::Input, error.to_string());
    let rules = Rules {
        measured,
        found: found.as_ref(),
        base: ids(&measured.study.cases[0]),
    };
    let comparisons = rules.comparisons().map_err(wrong)?;
    let rate = verdict::false_discovery_rate(&measured.headers[1].compare).map_err(wrong)?;
    let mut judgements = verdict::judge(&comparisons, rate / f64::from(looks));
    let controls = rules.controls().map_err(wrong)?;
    let mut notes = vec![rules.amount(took)];
    notes.extend(distrust(&controls, &mut judgements));
    let is_distrusted = controls.values().any(Control::is_flagged);
    let exit = ending::exit(&judgements, settings);
    let mut view = CompareView::new(rules.heading(), rules.base(), judgements);
    view.notes = notes;
    Ok(Judged {
        view,
        exit,
        is_distrusted,
    })
}

/// What both sides measured.
struct Found {
    base: baseline::Measured,
    head: baseline::Measured,
    heading: Heading,
}

impl Found {
    fn read([base, head]: &[std::path::PathBuf; 2]) -> Result<Self, Fault> {
        let read = |folder: &Path| -> Result<(Record, baseline::Measured), Fault> {
            let record = Record::open(folder)?;
            let measured = baseline::Measured::of(&record)?;
            Ok((record, measured))
        };
        let (record, measured) = read(head)?;
        let shown = output::shown(&record.folder);
        Ok(Self {
            base: read(base)?.1,
            head: measured,
            heading: Heading::of(&record.header, record.summary.as_ref(), Some(shown)),
        })
    }
}

/// What decides about the cases of a study.
struct Rules<'a> {
    measured: &'a Measured,
    found: Option<&'a Found>,
    /// The cases that the base has.
    base: BTreeSet<&'a CaseId>,
}

fn ids(cases: &[Case]) -> BTreeSet<&CaseId> {
    cases.iter().map(|case| &case.id).collect()
}

impl Rules<'_> {
    fn heading(&self) -> Heading {
        if let Some(found) = self.found {
            found.heading.clone()
        } else {
            let mut heading = Heading::of(&self.measured.headers[1], None, None);
            // Nothing had to be measured, and so nothing lacks.
            heading.labels.retain(|label| *label != Label::Incomplete);
            heading
        }
    }

    fn base(&self) -> String {
        format!("{}, measured in turns", self.measured.study.sides[0].name())
    }

    /// How much was measured, and what was not.
    fn amount(&self, took: Duration) -> String {
        let study = &self.measured.study;
        let same = match study.same.len() {
            0 => String::new(),
            1 => ", 1 case has the same code on both sides".to_owned(),
            count => format!(", {count} cases have the same code on both sides"),
        };
        if self.found.is_none() {
            format!("nothing was measured{same}; it took {}", span(took))
        } else {
            let blocks = self.measured.turns.len() / (2 * EACH);
            format!(
                "{blocks} blocks of {} processes{same}; it took {}",
                2 * EACH,
                span(took)
            )
        }
    }

    /// The comparisons of all cases of the head, then those that only the base has.
    fn comparisons(&self) -> Result<Vec<Comparison>, PolicyError> {
        let study = &self.measured.study;
        let [base, head] = &study.cases;
        let mut all = Vec::new();
        for case in head {
            let policy = self.policy(case)?;
            match self.given(case) {
                Some(given) => all.push(sides::given(&case.id, policy, given)),
                None => all.extend(self.measured_case(&case.id, policy)),
            }
        }
        let planned = ids(head);
        for case in base.iter().filter(|case| !planned.contains(&case.id)) {
            let reason = self.measured.headers[1].removed.get(case.workload.as_str());
            let given = Given::Missing(reason.cloned());
            all.push(sides::given(&case.id, self.policy(case)?, given));
        }
        Ok(all)
    }

    fn policy(&self, case: &Case) -> Result<Policy, PolicyError> {
        let side = &self.measured.study.sides[1].subject;
        let kind = crate::cli::run::header::kind(case, side.selector.kind);
        let mut policy = Policy::for_kind(kind, &self.measured.headers[1].compare)?;
        policy.between_run = BetweenRun::WITHIN_ONE_RUN;
        Ok(policy)
    }

    /// What decides about a case of the head without its values.
    fn given(&self, case: &Case) -> Option<Given> {
        let study = &self.measured.study;
        let id = &case.id;
        if !self.base.contains(id) {
            return Some(Given::New);
        }
        if let Some(words) = study.other_work.get(id) {
            return Some(Given::Incomparable(vec![words.clone()]));
        }
        if study.same.contains(id) {
            return Some(Given::SameCode);
        }
        let found = self.found?;
        if let Some(failure) = found.head.failed.get(id) {
            return Some(Given::Failed(failure.message.clone()));
        }
        if let Some(why) = found.head.unsupported.get(id) {
            return Some(Given::Unsupported(why.clone()));
        }
        self.incomparable(case, found)
            .map(|why| Given::Incomparable(vec![why]))
    }

    /// Why the values of a case can't be compared.
    fn incomparable(&self, case: &Case, found: &Found) -> Option<String> {
        let id = &case.id;
        if let Some(failure) = found.base.failed.get(id) {
            return Some(format!("it failed in the base: {}", failure.message));
        }
        if let Some(why) = found.base.unsupported.get(id) {
            return Some(format!("it is unsupported in the base: {why}"));
        }
        let (old, own) = (found.base.run.cases.get(id), found.head.run.cases.get(id));
        let (Some(old), Some(own)) = (old, own) else {
            return Some("a side has no values of it".to_owned());
        };
        if old.method_name() != own.method_name() {
            let (old, own) = (sides::method(old), sides::method(own));
            return Some(format!("timing method: {old} (base), {own} (head)"));
        }
        let deterministic = |header: &CaseHeader| header.id == *id && header.deterministic;
        let both = self
            .measured
            .headers
            .iter()
            .all(|header| header.cases.iter().any(deterministic));
        let differs = old.digest.is_some() && own.digest.is_some() && old.digest != own.digest;
        (both && differs).then(|| "the output differs, and it is deterministic".to_owned())
    }

    fn measured_case(&self, id: &CaseId, policy: Policy) -> Vec<Comparison> {
        let values = self.found.and_then(|found| {
            let (old, own) = (found.base.run.cases.get(id)?, found.head.run.cases.get(id)?);
            Some(in_blocks(id, [old, own], policy, &self.measured.turns))
        });
        values.unwrap_or_default()
    }

    /// What the controls showed, by the case that each is.
    fn controls(&self) -> Result<BTreeMap<CaseId, Control>, PolicyError> {
        let mut controls = BTreeMap::new();
        for (id, of) in &self.measured.study.controls {
            let case = self.measured.study.cases[0]
                .iter()
                .find(|case| case.id == *of);
            let Some(case) = case else { continue };
            // Controls stand for how times are taken, whatever the case itself is judged by.
            let policy = Policy {
                by_cycles: false,
                ..self.policy(case)?
            };
            let compared = self.measured_case(id, policy);
            let time = compared
                .iter()
                .find(|comparison| comparison.metric == "time");
            if let Some(control) = time.and_then(Control::of) {
                controls.insert(of.clone(), control);
            }
        }
        Ok(controls)
    }
}

/// The comparisons of a case's metrics, with processes by block.
fn in_blocks(
    id: &CaseId,
    [old, own]: [&CaseValues; 2],
    policy: Policy,
    turns: &[Turn],
) -> Vec<Comparison> {
    let blocks = turns.len() / (2 * EACH);
    let mut all = sides::of_metrics(id, own, &[old], policy);
    for comparison in &mut all {
        comparison.design = Design::Blocks;
        for side in [&mut comparison.base, &mut comparison.candidate] {
            let processes: Vec<ProcessValues> = side.processes().copied().collect();
            // A process without values leaves no telling which block lacks it.
            let whole = processes.len() == blocks * EACH;
            let runs = processes.chunks(EACH).map(<[_]>::to_vec);
            *side = Side {
                runs: if whole {
                    runs.collect()
                } else {
                    vec![processes]
                },
            };
        }
    }
    all
}

/// Where a control is flagged, no verdict holds; what the controls showed, in words.
fn distrust(controls: &BTreeMap<CaseId, Control>, judgements: &mut [Judgement]) -> Option<String> {
    if controls.is_empty() {
        return None;
    }
    let words = |(id, control): (&CaseId, &Control)| {
        let flag = if control.is_flagged() {
            ", flagged"
        } else {
            ""
        };
        format!("{id} {}{flag}", percent(control.change))
    };
    let all: Vec<String> = controls.iter().map(words).collect();
    if controls.values().any(Control::is_flagged) {
        for judgement in judgements
            .iter_mut()
            .filter(|judgement| judgement.change.is_some())
        {
            let was = judgement.verdict;
            judgement.verdict = Verdict::Inconclusive;
            judgement.bound = None;
            let why = format!(
                "a control, the same code on both sides, came out different: without it this would be {was}"
            );
            judgement.reasons.insert(0, why);
        }
    }
    Some(format!(
        "controls, the base against itself: {}",
        all.join("; ")
    ))
}
