//! Studies of recorded timings.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Args, SIDE, Subject, study};
use crate::cli::{Exit, Fault};
use crate::study::Recording;
use crate::timings::Timings;
use crate::verdict::same_clock;

/// Reads one recording or two, and studies them.
pub fn run(args: &Args, from: &Path) -> anyhow::Result<Exit> {
    let (candidate, mut about) = read(from)?;
    let base = args.against.as_deref().map(read).transpose()?;
    if let Some((base, of_base)) = &base {
        about = vec![
            format!("candidate: {}", about.join(" ")),
            format!("base: {}", of_base.join(" ")),
        ];
        about.extend(clocks(base, &candidate));
    }
    let subject = Subject {
        candidate: &candidate,
        base: base.as_ref().map(|(recording, _)| recording),
        side: args.processes.map_or(SIDE, |count| count as usize),
        compare: BTreeMap::new(),
        about,
        run: None,
    };
    study(args, subject)?;
    Ok(Exit::Success)
}

/// The clocks of two recordings, where both are known, and whether they forbid comparison.
fn clocks(base: &Recording, candidate: &Recording) -> Option<String> {
    let (theirs, own) = (base.median_clock()?, candidate.median_clock()?);
    let ending = if same_clock(Some(own), Some(theirs)) {
        ""
    } else {
        ": more than 0.3 % apart, and so incomparable"
    };
    Some(format!(
        "SM clock: {theirs:.1} MHz (base), {own:.1} MHz (candidate){ending}"
    ))
}

/// A recording and what it is.
fn read(path: &Path) -> Result<(Recording, Vec<String>), Fault> {
    let timings = Timings::read(path)?;
    let recording = Recording::of(&timings)
        .map_err(|error| Fault::new(Exit::Input, format!("{}: {error}", path.display())))?;
    let about = format!(
        "{} ({}, {} processes, {} kernels, {} levels)",
        path.display(),
        timings.device,
        timings.processes.len(),
        timings.kernels.len(),
        timings.levels.len(),
    );
    Ok((recording, vec![about]))
}
