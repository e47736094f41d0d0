//! Reads the GPU ten times a second while a run goes, and keeps what it says beside the record.

mod reading;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::instruments::Instruments;
use crate::device::cuda::nvml::{Identity, Library};
use crate::event::{Event, Subscriber, SubscriberError};
use crate::id::CaseId;
use crate::record::{Mark, Marked, Reading, TelemetryEnd, TelemetryLine, TelemetryStart};

/// From one reading to the next: a little more than ten a second.
const PERIOD: Duration = Duration::from_millis(90);

/// Memory errors are asked for once in so many readings.
const ECC_EVERY: u64 = 11;

/// One reading in so many is told to whoever shows progress.
const LIVE_EVERY: u64 = 5;

/// So many readings that tell nothing end the series: the GPU is gone.
const EMPTY: u32 = 30;

/// A thread that doesn't end within this time after the run is left alone.
const CLOSING: Duration = Duration::from_secs(1);

/// The file in a run directory.
const FILE: &str = "telemetry.jsonl";

/// Where readings go while they are fresh.
#[derive(Clone, Default)]
pub struct Live(Arc<Mutex<Option<Tell>>>);

/// Takes a reading.
type Tell = Box<dyn Fn(&Reading) + Send>;

impl Live {
    /// Has `tell` called about twice a second, in another thread.
    pub fn listen(&self, tell: impl Fn(&Reading) + Send + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(tell));
    }

    fn tell(&self, reading: &Reading) {
        if let Some(tell) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            tell(reading);
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}

/// A thread that reads a GPU until it is told that the run is over.
///
/// It listens to the run's events for marks, and never ends a run: where NVML or the disk refuses, the series ends
/// and says why.
#[derive(Debug)]
pub struct Recorder {
    marks: Option<Sender<Mark>>,
    ended: Receiver<Option<String>>,
    origin: Instant,
    path: PathBuf,
    live: Live,
}

impl Recorder {
    /// Begins to read the GPU `identity`, and to append to the telemetry of the run directory `folder`.
    pub fn start(identity: Identity, folder: &Path) -> Self {
        Self::with(folder, move |marks, series| {
            let library = match Library::open() {
                Ok(library) => library,
                Err(error) => return Some(series.refused(&error.to_string())),
            };
            match library.gpu(&identity) {
                Ok(gpu) => series.keep(&gpu, &marks),
                Err(why) => Some(series.refused(&why.to_string())),
            }
        })
    }

    /// Has `serve` keep a series in a thread; it gives the reason where the series ends before the run.
    fn with(
        folder: &Path,
        serve: impl FnOnce(Receiver<Mark>, Series) -> Option<String> + Send + 'static,
    ) -> Self {
        let (sender, marks) = mpsc::channel();
        let (ending, ended) = mpsc::channel();
        let origin = Instant::now();
        let live = Live::default();
        let path = folder.join(FILE);
        let series = Series {
            path: path.clone(),
            file: None,
            started: jiff::Timestamp::now(),
            origin,
            live: live.clone(),
        };
        thread::spawn(move || {
            // A recorder that is gone has given up.
            let _ = ending.send(serve(marks, series));
        });
        Self {
            marks: Some(sender),
            ended,
            origin,
            path,
            live,
        }
    }

    /// Where its readings go while they are fresh.
    pub fn live(&self) -> Live {
        self.live.clone()
    }

    /// Ends the series; why it ended before, or never began, where that is so.
    pub fn finish(mut self) -> Option<String> {
        self.end()
    }

    fn end(&mut self) -> Option<String> {
        self.marks.take()?;
        if let Ok(why) = self.ended.recv_timeout(CLOSING) {
            return why;
        }
        let why = "NVML doesn't answer any more".to_owned();
        let end = TelemetryEnd {
            at_ns: nanoseconds(self.origin),
            why: Some(why.clone()),
        };
        // A disk that refuses this, too, leaves a series without an end.
        let _ = open(&self.path).and_then(|mut file| append(&mut file, &TelemetryLine::End(end)));
        Some(why)
    }

    fn mark(&self, what: Marked, process: u32, case: Option<&CaseId>) {
        if let Some(marks) = &self.marks {
            let mark = Mark {
                at_ns: nanoseconds(self.origin),
                what,
                process,
                case: case.cloned(),
            };
            // A series that has ended takes no marks.
            let _ = marks.send(mark);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end();
    }
}

impl Subscriber for Recorder {
    fn notice(&mut self, event: &Event<'_>) -> Result<(), SubscriberError> {
        match event {
            Event::ProcessStarted(start) => self.mark(Marked::ProcessStarted, start.process, None),
            Event::CaseStarted { case, process, .. } => {
                self.mark(Marked::CaseStarted, *process, Some(case));
            }
            Event::CaseFinished(result) => {
                self.mark(Marked::CaseFinished, result.process, Some(&result.case));
            }
            Event::ProcessFinished(end) => self.mark(Marked::ProcessFinished, end.process, None),
            _ => {}
        }
        Ok(())
    }
}

/// The series that the thread keeps.
struct Series {
    path: PathBuf,
    file: Option<File>,
    started: jiff::Timestamp,
    origin: Instant,
    live: Live,
}

impl Series {
    /// A series without a reading.
    fn refused(mut self, why: &str) -> String {
        let begun = self.begin(None, BTreeMap::from([("nvml".to_owned(), why.to_owned())]));
        let ended = begun.and_then(|()| self.end(Some(why.to_owned())));
        ended.err().unwrap_or_else(|| why.to_owned())
    }

    /// Reads until nobody listens any more.
    fn keep(mut self, gpu: &dyn Instruments, marks: &Receiver<Mark>) -> Option<String> {
        match self.read_on(gpu, marks) {
            Ok(why) => self.end(why.clone()).err().or(why),
            Err(why) => Some(why),
        }
    }

    /// Why the readings ended before the run, where they did; the error is that of the disk.
    fn read_on(
        &mut self,
        gpu: &dyn Instruments,
        marks: &Receiver<Mark>,
    ) -> Result<Option<String>, String> {
        self.begin(Some(gpu), reading::unknown(gpu))?;
        let (mut number, mut empty) = (0, 0);
        let mut due = Instant::now();
        loop {
            match marks.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(mark) => self.write(&TelemetryLine::Mark(mark))?,
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    let reading = reading::take(gpu, self.origin, number % ECC_EVERY == 0);
                    empty = if reading::is_empty(&reading) {
                        empty + 1
                    } else {
                        0
                    };
                    if empty == EMPTY {
                        let why = gpu.energy().err().map(|why| format!(": {why}"));
                        let why = why.unwrap_or_default();
                        return Ok(Some(format!("the GPU tells nothing any more{why}")));
                    }
                    if number % LIVE_EVERY == 0 {
                        self.live.tell(&reading);
                    }
                    self.write(&TelemetryLine::Reading(Box::new(reading)))?;
                    number += 1;
                    // A reading that took long is followed by a pause all the same.
                    due = (due + PERIOD).max(Instant::now() + PERIOD / 2);
                }
            }
        }
    }

    fn begin(
        &mut self,
        gpu: Option<&dyn Instruments>,
        unknown: BTreeMap<String, String>,
    ) -> Result<(), String> {
        let start = TelemetryStart {
            started: self.started,
            gpu: gpu.and_then(|gpu| gpu.uuid().ok()),
            instance: gpu.is_some_and(Instruments::is_instance),
            period_ms: u64::try_from(PERIOD.as_millis()).unwrap_or(u64::MAX),
            unknown,
        };
        self.write(&TelemetryLine::Start(start))
    }

    fn end(&mut self, why: Option<String>) -> Result<(), String> {
        let at_ns = nanoseconds(self.origin);
        self.write(&TelemetryLine::End(TelemetryEnd { at_ns, why }))
    }

    fn write(&mut self, line: &TelemetryLine) -> Result<(), String> {
        let written = match &mut self.file {
            Some(file) => append(file, line),
            None => open(&self.path).and_then(|file| append(self.file.insert(file), line)),
        };
        written.map_err(|error| format!("cannot append to {}: {error}", self.path.display()))
    }
}

/// Opens the file; what an earlier try of the run left in it stays, and a half line of one that was killed is ended.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).read(true).open(path)?;
    let mut last = *b"\n";
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

/// Appends a whole line in one write.
fn append(file: &mut File, line: &TelemetryLine) -> std::io::Result<()> {
    let mut bytes = serde_json::to_vec(line).map_err(std::io::Error::other)?;
    bytes.push(b'\n');
    file.write_all(&bytes)
}

fn nanoseconds(origin: Instant) -> f64 {
    origin.elapsed().as_secs_f64() * 1e9
}

#[cfg(test)]
mod tests;
