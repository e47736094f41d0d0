//! Measures a study: two records side by side in one folder.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Options;
use super::progress::Shared;
use super::side::Side;
use super::study::Study;
use crate::cli::run::pinning::Taken;
use crate::cli::run::progress::Progress;
use crate::cli::run::{header, outcome, start};
use crate::cli::{Exit, Fault, output};
use crate::engine::{self, Earlier, Job, Prepared, Signals, Subscribers, Tally, Turn};
use crate::record::{Header, Summary};
use crate::store::{self, Writer};
use crate::telemetry::Live;

/// What measuring needs besides the sides.
pub struct Bench<'a> {
    /// warpmark's folder of the work tree.
    pub root: &'a Path,
    /// The folder of studies.
    pub place: &'a Path,
    /// How it is measured.
    pub options: &'a Options,
    /// What stops it.
    pub signals: &'a Signals,
}

/// A study that was measured.
pub struct Measured {
    /// The study.
    pub study: Study,
    /// The headers of base and head; only what differs was measured.
    pub headers: [Header; 2],
    /// The folders of the records, and that of both; none where there was nothing to measure.
    pub folders: Option<([PathBuf; 2], PathBuf)>,
    /// The order of processes.
    pub turns: Vec<Turn>,
}

impl Bench<'_> {
    /// Compiles both sides; none where a signal came.
    pub fn prepare(&self, sides: [&Side; 2]) -> Result<Option<[Prepared; 2]>, Fault> {
        let mut progress = Progress::new(self.options.quiet);
        let mut prepared = Vec::new();
        for side in sides {
            match start::prepare(&side.subject, self.root, &mut progress, self.signals)? {
                Some(code) => prepared.push(code),
                None => return Ok(None),
            }
        }
        Ok(prepared.try_into().ok())
    }

    /// Measures; `Err` is the exit where a signal came.
    pub fn measure(&self, study: Study) -> anyhow::Result<Result<Measured, Exit>> {
        let [base, head] = &study.sides;
        let first = header(base, &study.prepared[0])?;
        // Ids sort by time, to the millisecond: the head's comes later.
        std::thread::sleep(Duration::from_millis(2));
        let headers = [first, header(head, &study.prepared[1])?];
        let turns = engine::blocks(self.options.blocks, headers[1].seed);
        let mut measured = Measured {
            study,
            headers,
            folders: None,
            turns,
        };
        if measured
            .headers
            .iter()
            .all(|header| header.cases.is_empty())
        {
            return Ok(Ok(measured));
        }
        let folder = self.place.join(store::new_id(jiff::Timestamp::now()));
        let (summaries, folders) = match self.records(&mut measured, &folder)? {
            Ok(done) => done,
            Err(exit) => return Ok(Err(exit)),
        };
        measured.folders = Some((folders, folder.clone()));
        Ok(match summaries.iter().find_map(|summary| summary.signal) {
            Some(signal) => {
                let shown = output::shown(&folder);
                anstream::eprintln!(
                    "interrupted: what was measured is kept in {}",
                    shown.display()
                );
                Err(outcome::of_signal(signal))
            }
            None => Ok(measured),
        })
    }

    /// Measures both sides below `folder`, and says how that ended and where the records are; `Err` is the exit where
    /// a signal came first.
    #[allow(clippy::type_complexity)] // two of everything
    fn records(
        &self,
        measured: &mut Measured,
        folder: &Path,
    ) -> anyhow::Result<Result<([Summary; 2], [PathBuf; 2]), Exit>> {
        let head = &measured.headers[1];
        let held = (head.device.as_str(), head.suite.as_str());
        let mut progress = Progress::new(self.options.quiet);
        let lock = start::lock(
            self.root,
            held,
            self.options.wait,
            &mut progress,
            self.signals,
        )?;
        let Some(lock) = lock else {
            return Ok(Err(outcome::interrupted(self.signals)));
        };
        start::refuse_company(&measured.study.sides[1].subject)?;
        // Both sides are measured under what the judged one says.
        let judged = &measured.study.sides[1].subject;
        let locks = (lock, self.options.locks);
        let Some(taken) = Taken::take(judged, self.root, locks, self.signals)? else {
            return Ok(Err(outcome::interrupted(self.signals)));
        };
        for header in &mut measured.headers {
            taken.state_in(header);
        }
        let measured = &*measured;
        let [base, head] = &measured.headers;
        let mut writers = (
            Writer::create(&folder.join("base"), base).map_err(Fault::from)?,
            Writer::create(&folder.join("head"), head).map_err(Fault::from)?,
        );
        let folders = [writers.0.folder().to_owned(), writers.1.folder().to_owned()];
        let names = measured.study.sides.each_ref().map(Side::name);
        let turns = u32::try_from(measured.turns.len()).unwrap_or(u32::MAX);
        progress.announce(head, &format!("{} against {}", names[1], names[0]), turns);
        let progress = RefCell::new((progress, 0));
        let mut shared = (Shared(&progress), Shared(&progress));
        let mut hear_base = Subscribers::new().with(&mut writers.0).with(&mut shared.0);
        let mut hear_head = Subscribers::new().with(&mut writers.1).with(&mut shared.1);
        let jobs = [0, 1].map(|side: usize| job(measured, (side, &folders[side]), &taken));
        let summaries = engine::interleave(
            [&jobs[0], &jobs[1]],
            &measured.turns,
            [&mut hear_base, &mut hear_head],
            self.signals,
        )
        .map_err(start::fault)?;
        taken.give_back()?;
        Ok(Ok((summaries, folders)))
    }
}

fn header(side: &Side, prepared: &Prepared) -> Result<Header, Fault> {
    let mut header = header::of(&side.subject, prepared)?;
    header.overrides = side.given.as_given();
    header.git = side.git().or(header.git);
    Ok(header)
}

fn job<'a>(measured: &'a Measured, (side, folder): (usize, &'a Path), taken: &'a Taken) -> Job<'a> {
    let subject = &measured.study.sides[side].subject;
    Job {
        header: &measured.headers[side],
        plan: &subject.plan,
        prepared: &measured.study.prepared[side],
        device: subject.selector,
        folder,
        done: &[],
        tally: Tally::default(),
        earlier: Earlier::default(),
        fail_fast: false,
        clocks: taken.held(),
        watch: start::watch_rules(subject, taken),
        live: Live::default(),
    }
}
