//! The spread between runs: assumed, measured by a baseline, told by probes of the machine, or a case's own.

use crate::stats::{Speeds, Variance, fisher_sf};

/// The degrees of freedom of an assumed spread between runs.
const ASSUMED_FREEDOM: f64 = 30.0;
/// A case whose own runs differ by more than this upper tail of F leaves has a spread of its own.
const OWN_ABOVE: f64 = 0.01;
/// Fewer degrees of freedom than these (three runs) tell no spread.
const LEAST_FREEDOM: f64 = 2.0;

/// The spread between runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetweenRun {
    /// The standard deviation of a run's effect, in logs; 0 within one run.
    pub deviation: f64,
    /// The degrees of freedom that it is known with.
    pub freedom: f64,
    /// How it is known.
    pub source: Source,
}

/// How the spread between runs is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// It is stated, by the suite or by default.
    Assumed,
    /// By the baseline's runs, for all cases of a kind together.
    Measured,
    /// By probes of the machine.
    Probes(Probed),
    /// By the case's own runs in the base, which differ by more than runs do otherwise: so much in logs.
    Own {
        /// The deviation of the other cases.
        usual: f64,
    },
}

/// How the speed of the machine itself differed, by its probes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Probed {
    /// Between the sides: how much longer the candidate's machine took, in logs; negative where it was faster.
    Apart(f64),
    /// Within the runs of a side: the standard deviation of the logs.
    Within(f64),
}

/// How far the runs of one case lie apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunSpread {
    /// The variance of the runs' means, in logs.
    pub total: Variance,
    /// What the spread between the processes of a run adds to it.
    pub within: f64,
}

impl BetweenRun {
    /// None: both sides are parts of one run.
    pub const WITHIN_ONE_RUN: Self = Self {
        deviation: 0.0,
        freedom: ASSUMED_FREEDOM,
        source: Source::Measured,
    };

    /// A stated deviation.
    pub fn assumed(deviation: f64) -> Self {
        Self {
            deviation,
            freedom: ASSUMED_FREEDOM,
            source: if deviation > 0.0 {
                Source::Assumed
            } else {
                Source::Measured
            },
        }
    }

    /// Whether it is assumed, and was measured neither by runs nor by probes of the machine.
    pub fn is_assumed(&self) -> bool {
        self.source == Source::Assumed
    }

    /// Whether it is a case's own, so that other cases tell nothing of it.
    pub fn is_own(&self) -> bool {
        matches!(self.source, Source::Own { .. })
    }

    /// The same, or that of the case's own runs where they differ by clearly more.
    ///
    /// Cards of one model agree in what most kernels take, and not in all: how far an L2 cache lies from the
    /// multiprocessors that a card was sold with, and the clock that its power allows, are its own. Such cases are
    /// told by F at 1 %: the variance of their runs over what this spread and that of their processes make of it.
    #[must_use]
    pub fn or_own(self, runs: RunSpread) -> Self {
        let expected = self.deviation.powi(2) + runs.within;
        let own = runs.total.value - runs.within;
        let is_usual = self.deviation == 0.0
            || runs.total.freedom < LEAST_FREEDOM
            || own <= self.deviation.powi(2)
            || fisher_sf(
                runs.total.value / expected,
                runs.total.freedom,
                self.freedom,
            ) >= OWN_ABOVE;
        if is_usual {
            return self;
        }
        Self {
            deviation: own.sqrt(),
            freedom: runs.total.freedom,
            source: Source::Own {
                usual: self.deviation,
            },
        }
    }

    /// The same, or as much as probes of the machine differed where that is more: between the sides, by the medians
    /// of their runs, or within the runs of the worse side. The deviation that it then has is worth as many degrees
    /// of freedom as an assumed one. Nothing changes where a side has no probes.
    #[must_use]
    pub fn widened(self, base: &[Speeds], candidate: &[Speeds]) -> Self {
        let logs = (Speeds::mean_log(base), Speeds::mean_log(candidate));
        let (Some(before), Some(after)) = logs else {
            return self;
        };
        let apart = before - after;
        let within = Speeds::pooled_deviation(base).max(Speeds::pooled_deviation(candidate));
        let probed = if apart.abs() >= within {
            Probed::Apart(apart)
        } else {
            Probed::Within(within)
        };
        let deviation = apart.abs().max(within);
        if deviation <= self.deviation {
            return self;
        }
        Self {
            deviation,
            freedom: ASSUMED_FREEDOM,
            source: Source::Probes(probed),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // exact on purpose

    use super::*;

    #[test]
    fn probes_widen_the_noise_between_runs_and_never_narrow_it() {
        let run = |median, deviation| Speeds {
            count: 15,
            median,
            deviation,
        };
        let quiet = run(1000.0, 0.01);
        let table = [
            // No probes on a side: as it was.
            (vec![], vec![quiet], None),
            (vec![quiet], vec![], None),
            // Less than what is assumed.
            (vec![quiet], vec![quiet], None),
            (vec![quiet], vec![run(1020.0, 0.02)], None),
            // Slower, faster, and by the mean of the base's runs.
            (
                vec![quiet],
                vec![run(800.0, 0.01)],
                Some(Probed::Apart(1.25_f64.ln())),
            ),
            (
                vec![quiet],
                vec![run(1250.0, 0.01)],
                Some(Probed::Apart(-(1.25_f64.ln()))),
            ),
            (
                vec![run(1000.0, 0.0), run(640.0, 0.0)],
                vec![run(1000.0, 0.0)],
                Some(Probed::Apart(0.8_f64.ln())),
            ),
            // Unsteady on either side; quiet runs beside it don't hide the candidate's.
            (
                vec![quiet],
                vec![run(1000.0, 0.2)],
                Some(Probed::Within(0.2)),
            ),
            (
                vec![run(1000.0, 0.2)],
                vec![quiet],
                Some(Probed::Within(0.2)),
            ),
            (
                vec![quiet; 10],
                vec![run(1000.0, 0.2)],
                Some(Probed::Within(0.2)),
            ),
            (
                vec![quiet],
                vec![run(800.0, 0.3)],
                Some(Probed::Within(0.3)),
            ),
        ];
        for (base, candidate, expected) in table {
            let assumed = BetweenRun::assumed(0.03);
            let found = assumed.widened(&base, &candidate);
            let Some(expected) = expected else {
                assert_eq!(found, assumed, "{base:?} {candidate:?}");
                continue;
            };
            let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
            let (same, size) = match (found.source, expected) {
                (Source::Probes(Probed::Apart(a)), Probed::Apart(b)) => (near(a, b), b.abs()),
                (Source::Probes(Probed::Within(a)), Probed::Within(b)) => (near(a, b), b),
                _ => (false, 0.0),
            };
            assert!(
                same && near(found.deviation, size),
                "{found:?} {expected:?}"
            );
            assert_eq!(found.freedom, ASSUMED_FREEDOM);
        }
        let measured = BetweenRun {
            deviation: 0.4,
            freedom: 9.0,
            source: Source::Measured,
        };
        let slower = run(800.0, 0.01);
        assert_eq!(measured.widened(&[quiet], &[slower]), measured);
    }

    #[test]
    fn a_case_whose_runs_lie_far_apart_has_a_spread_of_its_own() {
        let assumed = BetweenRun::assumed(0.001);
        let spread = |deviation: f64, freedom, within: f64| RunSpread {
            total: Variance {
                value: deviation.powi(2),
                freedom,
            },
            within: within.powi(2),
        };
        let table = [
            // Seven runs 1.3 % apart, as a chase through the L2 cache on seven cards.
            (spread(0.013, 6.0, 0.0003), true),
            // F of 6 and 30 degrees of freedom: 3.47 at 1 %, so 1.86 times the deviation.
            (spread(0.001_88, 6.0, 0.0), true),
            (spread(0.001_84, 6.0, 0.0), false),
            // Processes explain it.
            (spread(0.013, 6.0, 0.012), false),
            // Two runs tell nothing, nor does no spread at all.
            (spread(0.013, 1.0, 0.0), false),
            (spread(0.0, 6.0, 0.0), false),
        ];
        for (runs, is_own) in table {
            let found = assumed.or_own(runs);
            assert_eq!(found.is_own(), is_own, "{runs:?}");
            if is_own {
                let own = runs.total.value - runs.within;
                assert_eq!(found.deviation, own.sqrt());
                assert_eq!((found.freedom, found.is_assumed()), (6.0, false));
            } else {
                assert_eq!(found, assumed);
            }
        }
        let within_one = BetweenRun::WITHIN_ONE_RUN;
        assert_eq!(within_one.or_own(spread(0.013, 6.0, 0.0)), within_one);
    }
}
