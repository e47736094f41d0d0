//! From the views of `run` and `compare` to a document. What a view doesn't hold stays empty.

use std::collections::HashMap;

use super::{CaseEntry, CeilingEntry, Document, LabelEntry, of_case};
use crate::id::CaseId;
use crate::report::{CompareView, FORMAT, Heading, Label, Probes, RunView, View};
use crate::stats::{Ceiling, Ceilings};
use crate::units::percent;
use crate::verdict::{Moved, Verdict};

impl From<&RunView> for Document {
    fn from(run: &RunView) -> Self {
        let mut document = Self::headed(run.whole_heading());
        document.take_probes(&run.probes);
        [
            document.measured,
            document.failed,
            document.unsupported,
            document.not_measured,
        ] = run.counts();
        document.cases = run.cases.iter().map(CaseEntry::from).collect();
        if let Some(comparison) = &run.comparison {
            document.take_comparison(comparison);
        }
        document.take_statement(&run.statement);
        document
    }
}

impl From<&CompareView> for Document {
    fn from(compare: &CompareView) -> Self {
        let mut document = Self::headed(&compare.heading);
        document.take_comparison(compare);
        document.take_statement(&compare.statement);
        document.count_outcomes();
        document
    }
}

impl From<View<'_>> for Document {
    fn from(view: View<'_>) -> Self {
        match view {
            View::Run(run) => run.into(),
            View::Compare(compare) => compare.into(),
        }
    }
}

impl Document {
    /// A document that says where results come from, and nothing else.
    fn headed(heading: &Heading) -> Self {
        let labels = &heading.labels;
        let clocks = labels.iter().find(|label| says_clocks(label));
        let line: Vec<String> = std::iter::once(heading.device.clone())
            .chain(labels.iter().filter_map(said_of_machine))
            .collect();
        Self {
            format: FORMAT,
            kind: "report",
            warpmark: env!("CARGO_PKG_VERSION").to_owned(),
            suite: heading.suite.to_string(),
            run: heading.run.clone(),
            started: heading.started.to_string(),
            device: heading.device.clone(),
            environment_key: heading.environment.clone(),
            environment_line: line.join(", "),
            commit: heading.commit.as_ref().map(|(hash, _)| hash.clone()),
            clean: heading.commit.as_ref().map(|(_, clean)| *clean),
            record: heading
                .record
                .as_ref()
                .map(|folder| folder.to_string_lossy().into_owned()),
            reproduce: heading.reproduce.clone(),
            labels: labels.iter().map(LabelEntry::from).collect(),
            clocks_pinned: matches!(clocks, Some(Label::ClocksPinned(_))),
            clocks: clocks.map(ToString::to_string),
            ..Self::default()
        }
    }

    fn take_probes(&mut self, probes: &Probes) {
        self.clock_mhz = probes.clock_mhz;
        self.notes.extend(probes.line());
    }

    /// Adds what was decided: judgements to the cases that are there, and the cases that only the base has.
    fn take_comparison(&mut self, compare: &CompareView) {
        self.base = Some(compare.base.clone());
        self.verdicts = compare.counts();
        let unchanged = compare.judgements.iter();
        let unchanged = unchanged.filter(|judgement| judgement.verdict == Verdict::Unchanged);
        self.bound = unchanged
            .filter_map(|judgement| judgement.bound)
            .max_by(f64::total_cmp);
        let ids = self.cases.iter().enumerate();
        let mut places: HashMap<String, usize> =
            ids.map(|(place, case)| (case.id.clone(), place)).collect();
        for judgement in &compare.judgements {
            let id = judgement.id.as_str();
            let place = *places.entry(id.to_owned()).or_insert_with(|| {
                self.cases.push(of_case::judged_alone(judgement));
                self.cases.len() - 1
            });
            self.cases[place].judge(judgement, compare.of_ceiling(judgement));
        }
        // Those that only the base has stand last, the others in their order.
        self.cases.sort_by_key(|case| case.outcome == "missing");
        self.machine_moved = compare.moved.iter().map(moved).collect();
        self.notes.extend(compare.notes.iter().cloned());
    }

    /// Counts the outcomes of the cases, for a document that was made from a comparison alone.
    fn count_outcomes(&mut self) {
        let count = |outcome| {
            let cases = self.cases.iter();
            cases.filter(|case| case.outcome == outcome).count()
        };
        [
            self.measured,
            self.failed,
            self.unsupported,
            self.not_measured,
        ] = ["measured", "failed", "unsupported", "not-measured"].map(count);
    }

    /// Takes the measured ceilings of the machine.
    pub fn take_ceilings(&mut self, ceilings: &Ceilings) {
        let entry = |(ceiling, rate): (Ceiling, f64)| CeilingEntry {
            name: ceiling.name().to_owned(),
            of: if ceiling.is_of_operations() {
                "flops"
            } else {
                "bytes"
            },
            rate,
        };
        self.ceilings = ceilings.each().map(entry).collect();
    }

    /// The case of this id.
    pub fn case_mut(&mut self, id: &CaseId) -> Option<&mut CaseEntry> {
        self.cases.iter_mut().find(|case| case.id == id.as_str())
    }
}

impl From<&Label> for LabelEntry {
    fn from(label: &Label) -> Self {
        Self {
            name: label.name(),
            text: label.to_string(),
        }
    }
}

fn says_clocks(label: &Label) -> bool {
    matches!(label, Label::ClocksPinned(_) | Label::ClocksNotPinned(_))
}

/// What a label says of the machine in the line that names it.
fn said_of_machine(label: &Label) -> Option<String> {
    (says_clocks(label) || matches!(label, Label::Gpu(_))).then(|| label.to_string())
}

/// How the machine moved, in words: `cuda: +1.200 % (+0.9000 % to +1.500 %) by 3 sentinels`.
fn moved(moved: &Moved) -> String {
    let count = moved.sentinels.len();
    let sentinels = if count == 1 { "sentinel" } else { "sentinels" };
    format!(
        "{}: {} ({} to {}) by {count} {sentinels}",
        moved.kind,
        percent(moved.estimate),
        percent(moved.interval.low),
        percent(moved.interval.high)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finance::Statement;
    use crate::record::{Better, Unit};
    use crate::report;
    use crate::report::{CaseOutcome, CaseView};
    use crate::stats::Interval;
    use crate::verdict::{Change, Judgement, SideFacts};

    fn heading() -> Heading {
        Heading {
            suite: crate::id::Name::new("memory").expect("a name"),
            run: "r1".to_owned(),
            started: "2026-11-22T10:00:57Z".parse().expect("a time"),
            device: "cuda:0".to_owned(),
            environment: "0".repeat(64),
            commit: Some(("abc".to_owned(), false)),
            record: None,
            labels: vec![
                Label::Gpu("A".to_owned()),
                Label::ClocksPinned("SM 1200 MHz".to_owned()),
            ],
            reproduce: "warpmark run memory.toml".to_owned(),
        }
    }

    fn judgement(id: &str, metric: &str, verdict: Verdict) -> Judgement {
        Judgement {
            id: CaseId::from_text(id),
            metric: metric.to_owned(),
            unit: Unit::Nanoseconds,
            better: Better::Lower,
            verdict,
            change: Some(Change {
                estimate: 0.02,
                interval: Interval {
                    low: 0.01,
                    high: 0.03,
                },
                p_worse: 0.001,
                p_better: 0.999,
                freedom: 8.0,
            }),
            bound: (verdict == Verdict::Unchanged).then_some(0.004),
            spread: None,
            margin: 0.01,
            planning: None,
            run_noise_assumed: false,
            run_noise_probed: None,
            run_noise_own: None,
            expected: false,
            base: SideFacts::default(),
            candidate: SideFacts {
                runs: 1,
                processes: 5,
                mean: Some(100.0),
            },
            drift: None,
            accepted: None,
            acknowledged: None,
            reasons: vec!["a reason".to_owned()],
            first_look: None,
        }
    }

    fn case(id: &str, outcome: CaseOutcome) -> CaseView {
        CaseView {
            id: CaseId::from_text(id),
            planned: 5,
            processes: 5,
            outcome,
            nondeterministic: false,
            notes: Vec::new(),
            occupancy: None,
        }
    }

    #[test]
    fn a_run_with_its_comparison() {
        let judgements = vec![
            judgement("gone/n=1", "time", Verdict::Missing),
            judgement("copy/n=1", "tokens", Verdict::Unchanged),
            judgement("copy/n=1", "time", Verdict::Regressed),
        ];
        let run = RunView {
            heading: heading(),
            probes: Probes::default(),
            cases: vec![
                case("copy/n=1", CaseOutcome::Measured(Vec::new())),
                case("triad/n=1", CaseOutcome::Unsupported("no".to_owned())),
            ],
            comparison: Some(CompareView::new(heading(), "HEAD".to_owned(), judgements)),
            statement: Statement::default(),
        };
        let document = Document::from(&run);
        let cases = document.cases.iter();
        let cases: Vec<_> = cases
            .map(|case| (case.id.as_str(), case.outcome, case.verdict))
            .collect();
        let expected = [
            ("copy/n=1", "measured", Some(Verdict::Regressed)),
            ("triad/n=1", "unsupported", None),
            ("gone/n=1", "missing", Some(Verdict::Missing)),
        ];
        assert_eq!(cases, expected);
        assert_eq!((document.measured, document.unsupported), (1, 1));
        assert_eq!(document.bound, Some(0.004));
        assert!(document.clocks_pinned);
        assert_eq!(
            document.environment_line,
            "cuda:0, A, clocks pinned: SM 1200 MHz"
        );
        assert_eq!(document.reproduce, "warpmark run memory.toml");
        assert_eq!(document.cases[0].workload, "copy");
        assert_eq!(document.cases[0].judgements.len(), 2);
    }

    #[test]
    fn a_comparison_alone_shows_what_its_judgements_know() {
        let judgements = vec![
            judgement("gone/n=1", "time", Verdict::Missing),
            judgement("copy/n=1", "time", Verdict::Improved),
            judgement("bad/n=1", "time", Verdict::Failed),
        ];
        let view = CompareView::new(heading(), "HEAD".to_owned(), judgements);
        let document = Document::from(&view);
        let ids: Vec<_> = document.cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(ids, ["copy/n=1", "bad/n=1", "gone/n=1"]);
        assert_eq!((document.measured, document.failed), (1, 1));
        assert_eq!(document.cases[0].metrics[0].mean, Some(100.0));
        assert_eq!(document.cases[1].why.as_deref(), Some("a reason"));
        assert_eq!(document.verdicts[&Verdict::Missing], 1);
    }

    #[test]
    fn each_verdict_counts_in_junit_and_annotations_as_in_the_exit_code() {
        use Verdict::{
            Crept, Failed, Improved, Incomparable, Inconclusive, Missing, New, Regressed,
            RegressedSpread, Suspect, Unchanged, Unsupported,
        };
        let table = [
            (&[Failed][..], "<error ", "::error "),
            (
                &[Regressed, RegressedSpread, Crept],
                "<failure ",
                "::error ",
            ),
            (&[Suspect, Missing], "<failure ", "::warning "),
            (
                &[Inconclusive, Incomparable],
                "<skipped ",
                "::notice title=1 ",
            ),
            (&[Unsupported], "<skipped ", ""),
            (&[Unchanged, Improved, New], "", ""),
        ];
        let tried: Vec<Verdict> = table.iter().flat_map(|(same, ..)| same.to_vec()).collect();
        assert_eq!(tried.len(), Verdict::ALL.len());
        for (verdicts, in_junit, in_github) in table {
            for &verdict in verdicts {
                let judgements = vec![judgement("copy/n=1", "time", verdict)];
                let view = CompareView::new(heading(), "HEAD".to_owned(), judgements);
                let document = Document::from(&view);
                let xml = report::junit(&document).expect("XML");
                let annotations = report::github(&document, &str::to_owned);
                let found = |text: &str, all: &[&'static str]| -> String {
                    all.iter()
                        .copied()
                        .filter(|one| text.contains(one))
                        .collect()
                };
                let ends = ["<error ", "<failure ", "<skipped "];
                assert_eq!(found(&xml, &ends), in_junit, "{verdict}: {xml}");
                let levels = ["::error ", "::warning ", "::notice title=1 "];
                assert_eq!(
                    found(&annotations, &levels),
                    in_github,
                    "{verdict}: {annotations}"
                );
                // What neither passed nor failed says why.
                let says = xml.contains("a reason");
                assert_eq!(says, !in_junit.is_empty(), "{verdict}: {xml}");
            }
        }
    }
}
