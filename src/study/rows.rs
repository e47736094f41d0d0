//! Counts of verdicts by kernel and level.

use std::num::NonZero;
use std::thread;

use serde::Serialize;

use super::draw::{Kernel, Pair};
use super::reach::{self, Needed};
use super::{Setup, StudyError};
use crate::rng::{self, Sequence};
use crate::verdict::{Suite, Test, Verdict};

/// How often each verdict was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// `regressed`
    pub regressed: usize,
    /// `regressed (spread)`
    pub spread: usize,
    /// `suspect`
    pub suspect: usize,
    /// `improved`
    pub improved: usize,
    /// `unchanged`
    pub unchanged: usize,
    /// `inconclusive`
    pub inconclusive: usize,
    /// `incomparable`
    pub incomparable: usize,
}

impl Counts {
    /// How often the case was said to have changed, or maybe to: what is false where nothing was.
    pub fn flagged(&self) -> usize {
        self.regressed + self.spread + self.suspect + self.improved
    }

    /// The comparisons that were judged.
    pub fn judged(&self) -> usize {
        self.flagged() + self.unchanged + self.inconclusive
    }

    fn count(&mut self, verdict: Option<Verdict>) {
        let place = match verdict {
            Some(Verdict::Regressed) => &mut self.regressed,
            Some(Verdict::RegressedSpread) => &mut self.spread,
            Some(Verdict::Suspect) => &mut self.suspect,
            Some(Verdict::Improved) => &mut self.improved,
            Some(Verdict::Unchanged) => &mut self.unchanged,
            Some(Verdict::Inconclusive) => &mut self.inconclusive,
            _ => &mut self.incomparable,
        };
        *place += 1;
    }

    fn add(&mut self, other: Self) {
        self.regressed += other.regressed;
        self.spread += other.spread;
        self.suspect += other.suspect;
        self.improved += other.improved;
        self.unchanged += other.unchanged;
        self.inconclusive += other.inconclusive;
        self.incomparable += other.incomparable;
    }
}

/// What came of a kernel at a level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The kernel.
    pub kernel: String,
    /// The level.
    pub level: String,
    /// Comparisons.
    pub draws: usize,
    /// Their verdicts.
    #[serde(flatten)]
    pub counts: Counts,
    /// The standard deviation between processes at this level, as a share.
    pub between_process_relative_sd: f64,
    /// The smallest slowdown of this kernel alone that is found in 99 of 100 such comparisons, as a share; none where
    /// nothing could be compared.
    pub minimum_detectable_effect: Option<f64>,
    /// Pairs of sides that share no process.
    pub disjoint_pairs: usize,
    /// Whether the level holds the work of the base.
    #[serde(skip)]
    pub is_unchanged: bool,
}

/// Draws of a thread whose needs are kept for the smallest effect: many more tell no more.
const KEPT: usize = 10_000;

/// What is gathered of a kernel at a level.
#[derive(Debug, Clone, Default)]
struct Tally {
    counts: Counts,
    needed: Needed,
}

/// Draws and judges; the rows by kernel, then level, of what both recordings have.
pub fn rows(setup: &Setup<'_>) -> Result<Vec<Row>, StudyError> {
    check(setup)?;
    let kernels = kernels(setup)?;
    let tallies = tally(setup, &kernels);
    let levels = setup.candidate.levels.len();
    let row = |(place, tally): (usize, Tally)| {
        let (kernel, level) = (kernels[place / levels], place % levels);
        row(setup, kernel, level, tally)
    };
    Ok(tallies.into_iter().enumerate().map(row).collect())
}

fn row(setup: &Setup<'_>, kernel: Kernel, level: usize, tally: Tally) -> Row {
    let recording = setup.candidate;
    let smallest = tally.needed.enough();
    Row {
        kernel: recording.kernels[kernel.candidate].clone(),
        level: recording.levels[level].clone(),
        draws: setup.draws,
        counts: tally.counts,
        between_process_relative_sd: recording.spread(kernel.candidate, level).value.sqrt(),
        minimum_detectable_effect: smallest.map(f64::exp_m1),
        disjoint_pairs: setup.disjoint_pairs(),
        is_unchanged: recording.unchanged[level],
    }
}

/// Refuses recordings that can't give the sides, or aren't of one kind.
fn check(setup: &Setup<'_>) -> Result<(), StudyError> {
    let side = setup.processes;
    let (what, shared) = match setup.base {
        None => ("the recording", 2 * side),
        Some(base) => {
            enough("the base's recording", base.processes(), side, side)?;
            if base.kind != setup.candidate.kind {
                return Err(StudyError::Differ {
                    what: "kind",
                    base: base.kind.clone(),
                    candidate: setup.candidate.kind.clone(),
                });
            }
            ("the candidate's recording", side)
        }
    };
    enough(what, setup.candidate.processes(), shared, side)
}

fn enough(what: &'static str, found: usize, needed: usize, side: usize) -> Result<(), StudyError> {
    if found >= needed {
        return Ok(());
    }
    Err(StudyError::Processes {
        what,
        found,
        needed,
        side,
    })
}

/// The kernels of both sides, in the candidate's order.
pub(super) fn kernels(setup: &Setup<'_>) -> Result<Vec<Kernel>, StudyError> {
    let base = setup.base();
    let mut found = Vec::new();
    for (candidate, name) in setup.candidate.kernels.iter().enumerate() {
        let Some(place) = base.kernels.iter().position(|other| other == name) else {
            continue;
        };
        let (theirs, own) = (
            base.executions[place],
            setup.candidate.executions[candidate],
        );
        if theirs != own {
            return Err(StudyError::Differ {
                what: "the executions behind a sample",
                base: theirs.to_string(),
                candidate: own.to_string(),
            });
        }
        found.push(Kernel {
            base: place,
            candidate,
        });
    }
    if found.is_empty() {
        return Err(StudyError::NoKernel);
    }
    Ok(found)
}

/// All draws, by kernel and level; each draw has a stream of its own, so that threads change nothing.
fn tally(setup: &Setup<'_>, kernels: &[Kernel]) -> Vec<Tally> {
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(setup.draws.max(1));
    let places = kernels.len() * setup.candidate.levels.len();
    let one = |first: usize| {
        let mut drawing = Drawing {
            setup,
            kernels,
            tallies: vec![Tally::default(); places],
        };
        for draw in (first..setup.draws).step_by(threads) {
            let mut random = Sequence::new(rng::stream(setup.seed, draw as u64));
            match setup.alone {
                None => drawing.together(&mut random),
                Some(cases) => drawing.alone(cases, &mut random),
            }
        }
        drawing.tallies
    };
    let parts = thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || one(first)))
            .collect();
        let joined = started.into_iter().map(|thread| {
            let ended = thread.join();
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.collect::<Vec<_>>()
    });
    let mut sum = vec![Tally::default(); places];
    for part in parts {
        for (sum, part) in sum.iter_mut().zip(part) {
            sum.counts.add(part.counts);
            sum.needed.add(part.needed);
        }
    }
    sum
}

/// The draws of a thread.
struct Drawing<'a> {
    setup: &'a Setup<'a>,
    kernels: &'a [Kernel],
    /// By kernel and level.
    tallies: Vec<Tally>,
}

impl Drawing<'_> {
    /// One draw with all kernels at the same level.
    fn together(&mut self, random: &mut Sequence) {
        let setup = self.setup;
        let pair = Pair::draw(setup, random);
        let run = reach::run_effect(setup, random);
        for level in 0..setup.candidate.levels.len() {
            let tests: Vec<Option<Test>> = self
                .kernels
                .iter()
                .map(|&kernel| pair.test(setup, kernel, level))
                .collect();
            let references: Vec<Option<&Test>> = tests.iter().map(Option::as_ref).collect();
            let suite = Suite::new(&references, setup.q);
            for (place, test) in tests.iter().enumerate() {
                let judged = (suite.verdict(place), test.as_ref());
                self.count((place, level), judged, (run, tests.len()));
            }
        }
    }

    /// One draw with each kernel at each level alone among unchanged cases of the other kernels.
    fn alone(&mut self, cases: usize, random: &mut Sequence) {
        let setup = self.setup;
        let quiet = quiet(setup, self.kernels, cases, random);
        let pair = Pair::draw(setup, random);
        let run = reach::run_effect(setup, random);
        for (place, &kernel) in self.kernels.iter().enumerate() {
            let others = quiet
                .iter()
                .filter(|(of, _)| *of != place || self.kernels.len() == 1)
                .map(|(_, test)| test.as_ref());
            let mut suite: Vec<Option<&Test>> = others.take(cases.saturating_sub(1)).collect();
            let levels = 0..setup.candidate.levels.len();
            let own: Vec<Option<Test>> = levels
                .map(|level| pair.test(setup, kernel, level))
                .collect();
            for (level, test) in own.iter().enumerate() {
                suite.push(test.as_ref());
                let verdict = Suite::new(&suite, setup.q).verdict(suite.len() - 1);
                suite.pop();
                self.count((place, level), (verdict, test.as_ref()), (run, cases));
            }
        }
    }

    /// Counts a verdict, and what its pair would have needed to be found alone among `cases`.
    fn count(
        &mut self,
        (place, level): (usize, usize),
        (verdict, test): (Option<Verdict>, Option<&Test>),
        (run, cases): (f64, usize),
    ) {
        let setup = self.setup;
        let tally = &mut self.tallies[place * setup.candidate.levels.len() + level];
        tally.counts.count(verdict);
        if let Some(test) = test.filter(|_| tally.needed.len() < KEPT) {
            let centre = reach::centre(setup, self.kernels[place], level);
            let lone = setup.q / 2.0 / cases.max(1) as f64;
            tally.needed.take(test, centre, run, lone);
        }
    }
}

/// Unchanged cases by the place of their kernel: enough for any kernel to find `cases` - 1 of other ones. Each round
/// has all kernels of a pair of its own, at the base's work.
fn quiet(
    setup: &Setup<'_>,
    kernels: &[Kernel],
    cases: usize,
    random: &mut Sequence,
) -> Vec<(usize, Option<Test>)> {
    let unchanged: Vec<usize> = (0..setup.candidate.levels.len())
        .filter(|&level| setup.candidate.unchanged[level])
        .collect();
    let others = kernels.len().saturating_sub(1).max(1);
    let mut found = Vec::new();
    for _ in 0..cases.saturating_sub(1).div_ceil(others) {
        let pair = Pair::draw(setup, random);
        let chosen = random.below(unchanged.len() as u64);
        let level = usize::try_from(chosen).map_or(0, |chosen| unchanged[chosen]);
        for (place, &kernel) in kernels.iter().enumerate() {
            found.push((place, pair.test(setup, kernel, level)));
        }
    }
    found
}
