//! Studies of a suite on this machine: it is measured first.

use std::path::Path;

use super::{Args, MEASURED, SIDE, Subject, study};
use crate::baseline::{self, MeasuredNoise};
use crate::cli::run::measured::{self, Measured};
use crate::cli::run::overrides::Overrides;
use crate::cli::{Exit, Fault, export, output};
use crate::report::CalibratedRun;
use crate::store::Record;
use crate::study::{Recording, noise_model};

/// Measures the suite, and studies what its processes differ by.
pub fn run(args: &Args, suite: &Path) -> anyhow::Result<Exit> {
    let measuring = &args.measuring;
    let overrides = Overrides {
        device: measuring.device,
        processes: Some(args.processes.unwrap_or(MEASURED)),
        filters: measuring.filters.clone(),
        ..Overrides::default()
    };
    let (folder, exit) =
        match measured::suite(suite, &overrides, (measuring.wait, measuring.quiet))? {
            Measured::Ended { folder, exit } => (folder, exit),
            Measured::Refused(exit) => return Ok(exit),
        };
    let record = Record::open(&folder).map_err(Fault::from)?;
    if !record.is_complete() {
        anstream::eprintln!(
            "nothing is calibrated: the run was interrupted, and what it measured is kept"
        );
        return Ok(exit);
    }
    let timings = export::of_record(&record)?;
    if let Some(out) = &measuring.out {
        timings.write(out).map_err(Fault::from)?;
    }
    let recording = Recording::of(&timings).map_err(Fault::from)?;
    if let Some(baselines) = &measuring.save {
        save(&record, &recording, baselines)?;
    }
    let shown = output::shown(&folder).display().to_string();
    let header = &record.header;
    let subject = Subject {
        candidate: &recording,
        base: None,
        side: SIDE.min(recording.processes() / 2),
        compare: header.compare.clone(),
        about: vec![format!(
            "{} on {} ({}), {} processes, {} cases",
            header.suite,
            header.device,
            timings.device,
            timings.processes.len(),
            timings.kernels.len(),
        )],
        run: Some(CalibratedRun {
            suite: header.suite.to_string(),
            device: header.device.clone(),
            record: shown,
            timings: measuring.out.as_ref().map(|out| out.display().to_string()),
        }),
    };
    study(args, subject)?;
    Ok(exit)
}

/// Stores the noise model of a recording with the baseline of the record's suite.
fn save(record: &Record, recording: &Recording, baselines: &Path) -> Result<(), Fault> {
    let header = &record.header;
    let Some(model) = noise_model(recording) else {
        let message = "no noise model: fewer than three cases were timed";
        return Err(Fault::new(Exit::Input, message).hint(
            "calibrate a suite with more cases, of durations from microseconds to milliseconds",
        ));
    };
    let noise = MeasuredNoise {
        additive_ns: model.additive_ns,
        relative: model.relative,
        freedom: model.freedom,
        measured: header.started,
        processes: u32::try_from(recording.processes()).unwrap_or(u32::MAX),
        cards: 1,
    };
    let environment = &header.environment;
    let path = baseline::save_noise(baselines, &header.suite, &header.device, environment, noise)?;
    anstream::eprintln!(
        "the noise model is stored in {}",
        output::shown(&path).display()
    );
    Ok(())
}
