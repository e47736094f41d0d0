//! The rules, each with its threshold and where that is from.
//!
//! | limit | claimed where | from |
//! |---|---|---|
//! | memory bound | it reaches [`FAR`] of the ceiling of what it moves, or the device memory is as busy in its window | roofline: Williams, Waterman & Patterson 2009; the share is Nsight Compute's |
//! | compute bound | it reaches [`FAR`] of the ceiling of arithmetic, or tensor cores are as busy in its window | the same |
//! | launch bound | timed between events, it takes no longer than [`LAUNCH`] times what an empty kernel reads there | empty kernels: `docs/measurement.md` |
//! | latency bound | below [`FAR`] of everything, while a warp is on [`BUSY`] of the multiprocessors, and warps take less than [`FEW_WARPS`] of their places | Little's law: Volkov 2016; the share is Nsight Compute's |
//! | occupancy | below [`FAR`] of everything, and launch and code leave room for less than [`FEW_WARPS`] of the warps | NVIDIA's occupancy calculator |
//! | tail | below [`NEAR`] of everything, and the last wave leaves [`IDLE`] or more of all places empty | wave quantisation: NVIDIA's guide to matrix products |
//! | spills | below [`NEAR`] of everything, and threads have local memory | NVIDIA's best practices |
//! | clocks | not memory bound, and the SM clock is [`SHORT`] below its maximum (or [`HELD`] where the record names the reason) | `docs/measurement.md` |
//!
//! Nsight Compute calls a kernel that reaches less than 60 % of both peaks one that waits, and one above 80 % of a peak
//! one that uses it well.

use super::facts::{ClockFacts, Facts, is_positive};
use super::missing::unknown;
use super::{Finding, Limit};
use crate::stats::CeilingFraction;
use crate::units::{rough, si};

/// From this share of a ceiling on, only that ceiling limits.
const NEAR: f64 = 0.8;
/// Below this share of every ceiling none of them limits.
const FAR: f64 = 0.6;
/// Above this share the ceiling isn't the one that bounds it: data stays in a cache, or other units compute. It
/// leaves room for the ceiling's own error.
pub(super) const ABOVE: f64 = 1.1;
/// The share of multiprocessors with a warp from which on they count as busy.
const BUSY: f64 = 0.8;
/// The share of places for warps below which they are few.
const FEW_WARPS: f64 = 0.5;
/// The time in readings of an empty kernel up to which a launch is most of it. The timer's empty kernel isn't gated, so
/// that its reading holds the host's part of a launch too: on an H100 5.5 us, where a gated one reads 3.0 us.
const LAUNCH: f64 = 1.0;
/// The share of places for blocks that stay empty from which on the tail counts.
const IDLE: f64 = 0.1;
/// The share below the maximum from which on a clock limits.
const SHORT: f64 = 0.03;
/// The same where a reason is on record in half of the groups or more.
const HELD: f64 = 0.01;

/// What limits the case of `facts`: the heaviest first, and [`Limit::Unknown`] where the record supports none.
pub fn find(facts: &Facts) -> Vec<Finding> {
    if !is_positive(facts.time_ns) {
        return vec![unknown(facts)];
    }
    let launch = launch(facts);
    let by_launch = launch.is_some();
    let mut found: Vec<Finding> = launch.into_iter().collect();
    found.extend(memory(facts));
    let by_memory = found
        .iter()
        .any(|finding| finding.limit == Limit::MemoryBound);
    found.extend(compute(facts));
    if !by_launch {
        let within = [latency(facts), occupancy(facts), tail(facts), spills(facts)];
        found.extend(within.into_iter().flatten());
    }
    if !by_memory {
        found.extend(facts.clock.as_ref().and_then(clocks));
    }
    if found.is_empty() {
        found.push(unknown(facts));
    }
    found
}

fn finding(limit: Limit, evidence: impl Into<String>) -> Finding {
    let evidence = evidence.into();
    Finding { limit, evidence }
}

/// The largest share of anything that was measured: ceilings, device memory, tensor cores.
fn busiest(facts: &Facts) -> f64 {
    let activity = facts.activity;
    let all = [facts.nearest(), activity.dram, activity.tensor];
    all.into_iter().flatten().fold(0.0, f64::max)
}

/// Whether a ceiling is known, and everything that was measured is far from its own.
pub(super) fn is_far(facts: &Facts) -> bool {
    facts.nearest().is_some() && busiest(facts) < FAR
}

/// Whether a ceiling is known, and nothing that was measured is near its own.
fn is_below(facts: &Facts) -> bool {
    facts.nearest().is_some() && busiest(facts) < NEAR
}

/// The shares of all ceilings in words: `31 % of copy, 2.0 % of fp32`.
pub(super) fn shares(facts: &Facts) -> String {
    let bounds = [facts.memory(), facts.arithmetic()].into_iter().flatten();
    bounds.map(share).collect::<Vec<_>>().join(", ")
}

fn share(bound: CeilingFraction) -> String {
    format!("{} of {}", rough(bound.fraction), bound.of)
}

fn reaches(bound: CeilingFraction) -> bool {
    (FAR..=ABOVE).contains(&bound.fraction)
}

fn launch(facts: &Facts) -> Option<Finding> {
    let empty = facts.empty_kernel_ns.filter(|empty| is_positive(*empty))?;
    (facts.time_ns <= LAUNCH * empty).then(|| {
        let [empty, time] = [empty, facts.time_ns].map(|ns| si(ns * 1e-9, "s"));
        let evidence = format!(
            "it takes no longer than an empty kernel that is launched by itself: {time} against {empty} between two events"
        );
        finding(Limit::LaunchBound, evidence)
    })
}

fn memory(facts: &Facts) -> Option<Finding> {
    let stated = facts.memory();
    if let Some(bound) = stated.filter(|bound| reaches(*bound)) {
        let evidence = format!("its bytes move at {}", share(bound));
        return Some(finding(Limit::MemoryBound, evidence));
    }
    let dram = facts.activity.dram.filter(|dram| *dram >= FAR)?;
    let busy = format!(
        "the device memory is {} busy in its window (dram-activity)",
        rough(dram)
    );
    let evidence = match stated {
        Some(bound) if bound.fraction < FAR => format!(
            "{busy}, while the bytes that the suite states move at {}: it moves more than is stated",
            share(bound)
        ),
        _ => busy,
    };
    Some(finding(Limit::MemoryBound, evidence))
}

fn compute(facts: &Facts) -> Option<Finding> {
    if let Some(bound) = facts.arithmetic().filter(|bound| reaches(*bound)) {
        let evidence = format!("it computes at {}", share(bound));
        return Some(finding(Limit::ComputeBound, evidence));
    }
    let tensor = facts.activity.tensor.filter(|tensor| *tensor >= FAR)?;
    let evidence = format!(
        "tensor cores work in {} of its window (tensor-activity)",
        rough(tensor)
    );
    Some(finding(Limit::ComputeBound, evidence))
}

/// Memory must be seen in the window, and arithmetic be known: what isn't stated may be what limits.
fn latency(facts: &Facts) -> Option<Finding> {
    let activity = facts.activity;
    let sm = activity.sm.filter(|sm| *sm >= BUSY)?;
    let (dram, _) = (activity.dram?, activity.tensor?);
    let warps = activity.sm_occupancy.filter(|warps| *warps < FEW_WARPS)?;
    let is_known = facts.arithmetic().is_some() || facts.work.flops == Some(0.0);
    (is_known && is_far(facts)).then(|| {
        let evidence = format!(
            "a warp is on {} of the multiprocessors (sm-activity), but warps take {} of their places (sm-occupancy), and \
             nothing is near its ceiling: {}, device memory {} busy (dram-activity). Shared memory, the L2 cache and \
             integer units are not in the record",
            rough(sm),
            rough(warps),
            shares(facts),
            rough(dram),
        );
        finding(Limit::LatencyBound, evidence)
    })
}

fn occupancy(facts: &Facts) -> Option<Finding> {
    let found = facts.occupancy.as_ref().filter(|_| is_far(facts))?;
    let waves = found.waves;
    if !is_positive(found.theoretical) || !is_positive(waves) {
        return None;
    }
    let measured = facts.activity.sm_occupancy;
    let is_few = found.theoretical * waves.min(1.0) < FEW_WARPS;
    let is_refuted = measured.is_some_and(|measured| measured >= FEW_WARPS);
    (is_few && !is_refuted).then(|| {
        let by = match found.limited_by.as_slice() {
            [] => String::new(),
            _ => format!(", by {}", found.limits()),
        };
        let grid = if waves < 1.0 {
            let part = rough(waves);
            format!(", and the grid fills {part} of the places for blocks")
        } else {
            String::new()
        };
        let share = rough(found.theoretical);
        let evidence = format!(
            "theoretical occupancy is {share}{by}{grid}; {}",
            shares(facts)
        );
        finding(Limit::Occupancy, evidence)
    })
}

/// Blocks for 2.06 waves take the time of 3: 31 % of the places stay empty.
fn tail(facts: &Facts) -> Option<Finding> {
    let waves = facts.occupancy.as_ref()?.waves;
    if !is_below(facts) || !is_positive(waves) || waves <= 1.0 {
        return None;
    }
    let idle = 1.0 - waves / waves.ceil();
    (idle >= IDLE).then(|| {
        let evidence = format!(
            "{waves:.2} waves of blocks take the time of {}: {} of the places for blocks stay empty, if all blocks take \
             equally long",
            waves.ceil(),
            rough(idle)
        );
        finding(Limit::Tail, evidence)
    })
}

fn spills(facts: &Facts) -> Option<Finding> {
    let local = facts.occupancy.as_ref()?.local;
    (local > 0 && is_below(facts)).then(|| {
        let evidence = format!(
            "{local} bytes of local memory a thread: spilled registers, or arrays that registers can't hold"
        );
        finding(Limit::Spills, evidence)
    })
}

fn clocks(clock: &ClockFacts) -> Option<Finding> {
    let often = |count: usize| count > 0 && count >= clock.groups.div_ceil(2);
    let held = clock.held.iter().filter(|(_, count)| often(**count));
    let held = held.max_by_key(|(_, count)| **count);
    let least = match held {
        Some(_) => HELD,
        None if clock.pinned => return None,
        None => SHORT,
    };
    let short = clock.short();
    (short.is_finite() && short >= least).then(|| {
        let why = match held {
            Some((reason, count)) => {
                format!(
                    "{reason} held it down in {count} of {} groups",
                    clock.groups
                )
            }
            None => "the record names no reason".to_owned(),
        };
        let [mhz, most] = [clock.mhz, clock.max_mhz].map(|mhz| si(mhz * 1e6, "Hz"));
        let evidence = format!(
            "the SM clock is {mhz}, {} below the most that it can be ({most}); {why}",
            rough(short)
        );
        finding(Limit::Clocks, evidence)
    })
}
