//! The spread between runs: assumed, measured by a baseline, told by probes of the machine, or a case's own.

use crate::stats::{Speeds, Variance};

/// The degrees of freedom of an assumed spread between runs.
const ASSUMED_FREEDOM: f64 = 30.0;
/// What the spread of other cases is worth beside a case's own, in degrees of freedom. Between six H100s 141 cases
/// differed so unevenly (0.05 % in most, 1 % and more in one of twenty) that by Smyth 2004 it would be worth 1 at a
/// spread of 0.05 %; at the 0.1 % that is assumed, 4.
const OTHERS_FREEDOM: f64 = 4.0;
/// Fewer degrees of freedom than these (three runs) tell no spread.
const LEAST_FREEDOM: f64 = 2.0;
/// The spread between cards of a kernel whose clock power holds down: 0.3 to 1.9 % for seven matrix products on six H100s.
const HELD_DEVIATION: f64 = 0.012;
/// A case whose clock is below that of the probe by this share or more is held down.
const HELD_BELOW: f64 = 0.03;

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
    /// By the case's own runs in the base, which differ by more than runs do otherwise.
    Own {
        /// The deviation of the other cases, in logs.
        usual: f64,
    },
    /// By other cards of the kind: power holds the case's clock down, and cards differ in how far.
    Held {
        /// The clock that the case saw over that of the probe.
        clock: f64,
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

    /// Whether unchanged runs of a case may lie apart by `margin` (in logs), so that a single run that does says
    /// nothing: three standard deviations reach it.
    pub fn reaches(&self, margin: f64) -> bool {
        3.0 * self.deviation >= margin
    }

    /// The same, or what is known of kernels whose clock is held down by power on another card: `clock` is the share of
    /// the probe's clock that the case saw. Within one run nothing changes.
    #[must_use]
    pub fn held_at(self, clock: f64) -> Self {
        if clock > 1.0 - HELD_BELOW || self.deviation == 0.0 || self.deviation >= HELD_DEVIATION {
            return self;
        }
        Self {
            source: Source::Held { clock },
            ..Self::assumed(HELD_DEVIATION)
        }
    }

    /// The same, or more where the case's own runs lie farther apart.
    ///
    /// Cards of one model agree in what most kernels take, and not in all: how far an L2 cache lies from the
    /// multiprocessors that a card was sold with, and the clock that its power allows, are its own. From three runs on
    /// the variance of the case's own runs, less what its processes make of it, is moderated by that of the others: the
    /// larger of the two, with the degrees of freedom of both.
    #[must_use]
    pub fn or_own(self, runs: RunSpread) -> Self {
        if self.deviation == 0.0 || runs.total.freedom < LEAST_FREEDOM {
            return self;
        }
        let own = Variance {
            value: (runs.total.value - runs.within).max(0.0),
            freedom: runs.total.freedom,
        };
        let moderated = own.moderated(Variance {
            value: self.deviation.powi(2),
            freedom: OTHERS_FREEDOM.min(self.freedom),
        });
        let deviation = moderated.value.sqrt();
        let freedom = moderated.freedom;
        if deviation <= self.deviation {
            return Self { freedom, ..self };
        }
        Self {
            deviation,
            freedom,
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
    fn a_case_s_own_runs_moderate_what_is_assumed() {
        let assumed = BetweenRun::assumed(0.001);
        let spread = |deviation: f64, freedom, within: f64| RunSpread {
            total: Variance {
                value: deviation.powi(2),
                freedom,
            },
            within: within.powi(2),
        };
        // The deviation and the degrees of freedom that come out: ((4 * 0.1^2 + f * s^2) / (4 + f))^(1/2).
        let table = [
            // Seven runs 1.3 % apart, as a chase through the L2 cache on seven cards.
            (spread(0.013, 6.0, 0.0), 0.010_089_598_604_504, 10.0),
            // Their processes explain a part, or all of it.
            (spread(0.013, 6.0, 0.005), 0.009_316_651_759_082, 10.0),
            (spread(0.013, 6.0, 0.013), 0.001, 10.0),
            // Less than is assumed.
            (spread(0.0003, 6.0, 0.0), 0.001, 10.0),
            // Two runs tell nothing.
            (spread(0.013, 1.0, 0.0), 0.001, 30.0),
        ];
        for (runs, deviation, freedom) in table {
            let found = assumed.or_own(runs);
            assert!((found.deviation - deviation).abs() < 1e-12, "{found:?}");
            assert_eq!(found.freedom, freedom, "{runs:?}");
            let is_own = found.source == Source::Own { usual: 0.001 };
            assert_eq!(is_own, deviation > 0.001, "{found:?}");
            assert_eq!(found.is_assumed(), !is_own);
        }
        let within_one = BetweenRun::WITHIN_ONE_RUN;
        assert_eq!(within_one.or_own(spread(0.013, 6.0, 0.0)), within_one);
    }

    #[test]
    fn a_kernel_that_power_holds_down_differs_between_cards() {
        let assumed = BetweenRun::assumed(0.001);
        for (clock, is_held) in [(1.0, false), (0.98, false), (0.96, true), (0.75, true)] {
            let found = assumed.held_at(clock);
            assert_eq!(found.source == Source::Held { clock }, is_held, "{clock}");
            assert_eq!(found.deviation, if is_held { 0.012 } else { 0.001 });
            assert_eq!(found.reaches(0.01), is_held);
        }
        let wider = BetweenRun::assumed(0.02);
        assert_eq!(wider.held_at(0.75), wider);
        let within_one = BetweenRun::WITHIN_ONE_RUN;
        assert_eq!(within_one.held_at(0.75), within_one);
    }
}
