//! Slowdowns that are known: until when nobody wants to hear of them, and how much worse they may be meanwhile.

use std::fmt;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Judgement, Verdict, words};
use crate::record::Better;
use crate::units::significant;

/// A slowdown of a metric that is known and tracked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Acknowledgement {
    /// The last day, in UTC, on which it is quiet.
    pub until: Date,
    /// By how much the metric may be worse at most to be quiet, as a share of it: 0.05 is 5 % more time, or 5 % less
    /// throughput.
    pub at_most: f64,
    /// Where it is tracked.
    pub ticket: String,
    /// Why it is borne for now.
    pub reason: String,
    /// Who said so, where that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// An acknowledgement as it stands towards a judgement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Acknowledged {
    /// What was acknowledged.
    #[serde(flatten)]
    pub what: Acknowledgement,
    /// Whether it quiets the judgement.
    pub standing: Standing,
}

/// Whether an acknowledgement quiets a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It does.
    Quiet,
    /// Its day is over.
    Over,
    /// The metric is worse than what was acknowledged.
    Exceeded,
}

impl Acknowledgement {
    /// Whether a share can be the most that is borne: above 0, and a hundredfold at most.
    pub fn can_bear(share: f64) -> bool {
        share > 0.0 && share <= 100.0
    }

    /// Whether its last day is over on the day `today`, in UTC.
    pub fn is_over(&self, today: Date) -> bool {
        today > self.until
    }
}

impl fmt::Display for Acknowledged {
    /// `acknowledged up to 5.000 % until 2027-01-31: the new allocator, https://example.com/7`, or why it isn't quiet
    /// any more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Acknowledgement {
            until,
            at_most,
            ticket,
            reason,
            by,
        } = &self.what;
        let at_most = significant(at_most * 100.0);
        match self.standing {
            Standing::Quiet => write!(f, "acknowledged up to {at_most} % until {until}")?,
            Standing::Over => write!(f, "it was acknowledged until {until}, which is over")?,
            Standing::Exceeded => write!(
                f,
                "surely worse than the {at_most} % that are acknowledged until {until}"
            )?,
        }
        write!(f, ": {reason}, {ticket}")?;
        by.as_ref().map_or(Ok(()), |by| write!(f, " ({by})"))
    }
}

impl Verdict {
    /// Whether it says that a case got slower, for sure or maybe: what can be acknowledged.
    pub fn is_slower(self) -> bool {
        matches!(
            self,
            Self::Regressed | Self::RegressedSpread | Self::Crept | Self::Suspect
        )
    }
}

impl Judgement {
    /// Adds what is known of the metric, where the verdict is one that can be acknowledged; it stays what it is.
    ///
    /// It is quiet up to the end of its last day, `today` being a day in UTC, unless the metric is surely worse than
    /// what was acknowledged: the lower end of its 99 % interval lies above that, or the body or upper half of its
    /// samples does, or, where it crept, the mean of the newest runs.
    pub fn acknowledge(&mut self, known: &Acknowledgement, today: Date) {
        if !self.verdict.is_slower() {
            return;
        }
        let standing = if known.is_over(today) {
            Standing::Over
        } else if self.is_worse_than(known.at_most) {
            Standing::Exceeded
        } else {
            Standing::Quiet
        };
        let found = Acknowledged {
            what: known.clone(),
            standing,
        };
        self.reasons.push(found.to_string());
        self.acknowledged = Some(found);
    }

    /// Whether it is acknowledged, and so fails nothing.
    pub fn is_quiet(&self) -> bool {
        let standing = self.acknowledged.as_ref().map(|found| found.standing);
        standing == Some(Standing::Quiet)
    }

    /// By how much the metric may be worse as far as its values tell, as a share of it: the largest of the upper end of
    /// its interval, of what its samples spread more, and of what it crept, and a margin more, since a case may drift
    /// from its anchor by nearly a margin before anything is said. None where nothing was compared.
    pub fn worse_at_most(&self) -> Option<f64> {
        let change = self.change?;
        let upper = match self.better {
            Better::Lower => change.interval.high,
            Better::Higher => change.interval.low,
        };
        let worst = self.worsening(upper).max(self.beside_location());
        Some(self.share_of(worst + self.margin.ln_1p())).filter(|share| share.is_finite())
    }

    fn is_worse_than(&self, at_most: f64) -> bool {
        let Some(change) = self.change else {
            return false;
        };
        let lower = match self.better {
            Better::Lower => change.interval.low,
            Better::Higher => change.interval.high,
        };
        let surely = self.worsening(lower).max(self.beside_location());
        self.share_of(surely) > at_most
    }

    /// Logs by which it is worse in other ways than that its location changed.
    fn beside_location(&self) -> f64 {
        let spread = self.spread.map(|share| match self.better {
            Better::Lower => share.ln_1p(),
            Better::Higher => -(-share).ln_1p(),
        });
        let drift = self.drift.as_ref();
        let drift = drift.filter(|_| self.verdict == Verdict::Crept);
        let drift = drift.map(|drift| self.worsening(drift.estimate));
        let all = spread.into_iter().chain(drift);
        all.fold(f64::NEG_INFINITY, f64::max)
    }

    /// A change of the metric in logs, positive where it is worse.
    fn worsening(&self, change: f64) -> f64 {
        match self.better {
            Better::Lower => change.ln_1p(),
            Better::Higher => -change.ln_1p(),
        }
    }

    fn share_of(&self, worse: f64) -> f64 {
        words::share(self.better, worse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CaseId;
    use crate::record::Unit;
    use crate::stats::Interval;
    use crate::verdict::{Change, Drift, SideFacts};

    /// A judgement of a change with its interval.
    fn judgement(verdict: Verdict, better: Better, [low, estimate, high]: [f64; 3]) -> Judgement {
        Judgement {
            id: CaseId::from_text("triad/n=4"),
            metric: "time".to_owned(),
            unit: Unit::Nanoseconds,
            better,
            verdict,
            change: Some(Change {
                estimate,
                interval: Interval { low, high },
                p_worse: 0.0,
                p_better: 1.0,
                freedom: 8.0,
            }),
            bound: None,
            spread: None,
            margin: 0.01,
            planning: None,
            run_noise_assumed: false,
            run_noise_probed: None,
            run_noise_own: None,
            expected: false,
            base: SideFacts::default(),
            candidate: SideFacts::default(),
            drift: None,
            accepted: None,
            acknowledged: None,
            reasons: vec!["why".to_owned()],
            first_look: None,
        }
    }

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn known(at_most: f64) -> Acknowledgement {
        Acknowledgement {
            until: day("2027-01-31"),
            at_most,
            ticket: "https://example.com/7".to_owned(),
            reason: "the new allocator".to_owned(),
            by: None,
        }
    }

    /// What becomes of `judgement` on a day.
    fn standing(mut judgement: Judgement, at_most: f64, today: &str) -> Option<Standing> {
        judgement.acknowledge(&known(at_most), day(today));
        let standing = judgement.acknowledged.as_ref().map(|found| found.standing);
        assert_eq!(judgement.is_quiet(), standing == Some(Standing::Quiet));
        for headline in [judgement.headline(), judgement.short_headline()] {
            assert_eq!(headline.ends_with(", acknowledged"), judgement.is_quiet());
        }
        assert_eq!(judgement.reasons.len(), 1 + usize::from(standing.is_some()));
        standing
    }

    #[test]
    fn it_is_quiet_up_to_the_end_of_its_last_day() {
        let worse = || judgement(Verdict::Regressed, Better::Lower, [0.02, 0.03, 0.04]);
        for (today, expected) in [
            ("2026-11-25", Standing::Quiet),
            ("2027-01-31", Standing::Quiet),
            ("2027-02-01", Standing::Over),
            ("2040-01-01", Standing::Over),
        ] {
            assert_eq!(standing(worse(), 0.04, today), Some(expected), "{today}");
        }
    }

    #[test]
    fn only_what_got_slower_is_acknowledged() {
        for verdict in Verdict::ALL {
            let found = judgement(verdict, Better::Lower, [0.02, 0.03, 0.04]);
            let expected = verdict.is_slower().then_some(Standing::Quiet);
            assert_eq!(standing(found, 0.05, "2027-01-01"), expected, "{verdict}");
        }
    }

    #[test]
    fn what_is_surely_worse_than_acknowledged_is_heard() {
        let table = [
            (Better::Lower, [0.049, 0.06, 0.07], Standing::Quiet),
            (Better::Lower, [0.051, 0.06, 0.07], Standing::Exceeded),
            // 5 % less throughput are 5 % worse.
            (Better::Higher, [-0.07, -0.06, -0.049], Standing::Quiet),
            (Better::Higher, [-0.07, -0.06, -0.051], Standing::Exceeded),
        ];
        for (better, ends, expected) in table {
            let found = judgement(Verdict::Regressed, better, ends);
            assert_eq!(
                standing(found, 0.05, "2027-01-01"),
                Some(expected),
                "{better:?} {ends:?}"
            );
        }
    }

    #[test]
    fn tails_and_creeping_are_held_to_the_limit_too() {
        let ends = [-0.001, 0.0, 0.001];
        let mut tail = judgement(Verdict::RegressedSpread, Better::Lower, ends);
        for (spread, expected) in [(0.049, Standing::Quiet), (0.051, Standing::Exceeded)] {
            tail.spread = Some(spread);
            let found = standing(tail.clone(), 0.05, "2027-01-01");
            assert_eq!(found, Some(expected), "{spread}");
        }
        let mut crept = judgement(Verdict::Crept, Better::Higher, ends);
        for (estimate, expected) in [(-0.049, Standing::Quiet), (-0.051, Standing::Exceeded)] {
            crept.drift = Some(Drift {
                estimate,
                limit: 0.0075,
                runs: 7,
                anchor: 100.0,
                anchor_runs: 4,
                since: "20261122T100057.003Z-3fa2".to_owned(),
            });
            let found = standing(crept.clone(), 0.05, "2027-01-01");
            assert_eq!(found, Some(expected), "{estimate}");
        }
    }

    #[test]
    fn what_was_measured_is_quiet_when_it_is_acknowledged_as_it_is() {
        for better in [Better::Lower, Better::Higher] {
            let ends = match better {
                Better::Lower => [0.02, 0.03, 0.04],
                Better::Higher => [-0.04, -0.03, -0.02],
            };
            let found = judgement(Verdict::Regressed, better, ends);
            let at_most = found.worse_at_most().expect("a share");
            let expected = match better {
                Better::Lower => 1.04 * 1.01 - 1.0,
                Better::Higher => 1.0 - 0.96 / 1.01,
            };
            assert!((at_most - expected).abs() < 1e-12, "{at_most}");
            let again = standing(found, at_most, "2027-01-01");
            assert_eq!(again, Some(Standing::Quiet));
        }
        let mut tail = judgement(Verdict::RegressedSpread, Better::Lower, [0.0, 0.0, 0.0]);
        tail.spread = Some(0.5);
        assert!((tail.worse_at_most().expect("a share") - 0.515).abs() < 1e-12);
        tail.change = None;
        assert_eq!(tail.worse_at_most(), None);
    }

    #[test]
    fn it_says_what_is_known_and_why_it_is_heard_again() {
        let said = |standing| {
            let what = known(0.05);
            Acknowledged { what, standing }.to_string()
        };
        let why = "the new allocator, https://example.com/7";
        for (standing, expected) in [
            (
                Standing::Quiet,
                "acknowledged up to 5.000 % until 2027-01-31",
            ),
            (
                Standing::Over,
                "it was acknowledged until 2027-01-31, which is over",
            ),
            (
                Standing::Exceeded,
                "surely worse than the 5.000 % that are acknowledged until 2027-01-31",
            ),
        ] {
            assert_eq!(said(standing), format!("{expected}: {why}"));
        }
        let by = Acknowledged {
            what: Acknowledgement {
                by: Some("kernels".to_owned()),
                ..known(0.05)
            },
            standing: Standing::Quiet,
        };
        assert!(by.to_string().ends_with("/7 (kernels)"), "{by}");
    }
}
