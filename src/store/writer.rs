//! Writes a run directory while the run goes.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::reader::{self, State};
use super::{StoreError, prepare};
use crate::event::{Event, Subscriber, SubscriberError};
use crate::files::{self, FileError};
use crate::record::{Header, Line, ProcessEnd, ProcessStart, Summary};

/// The writer of one run's directory. It listens to the run's events and keeps them.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    process: Option<ProcessFile>,
}

/// The file of the process that runs now.
#[derive(Debug)]
struct ProcessFile {
    path: PathBuf,
    file: File,
    /// The length of all whole lines.
    whole: u64,
}

impl Writer {
    /// Makes `root/runs/<suite>/<id>/` and writes `header` to its `run.json`.
    ///
    /// Fails where the folder exists or can't be written.
    pub fn create(root: &Path, header: &Header) -> Result<Self, StoreError> {
        prepare(root)?;
        let suite = root.join("runs").join(header.suite.as_str());
        files::create_folder(&suite)?;
        let folder = suite.join(&header.id);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(StoreError::Exists { path: folder });
            }
            made => made.map_err(FileError::at("create the folder", &folder))?,
        }
        write_json(&folder.join("run.json"), header).inspect_err(|_| {
            // An empty folder would look like a record that lost its header; a failure here changes nothing.
            let _ = fs::remove_dir(&folder);
        })?;
        Ok(Self {
            folder,
            process: None,
        })
    }

    /// Takes up a run that was cut short: its writer, its header, and the numbers of the processes that are whole.
    ///
    /// The file of a process that was cut short becomes `process-0003.interrupted-1.jsonl`: its samples stay on
    /// disk, and the process is in the record once when it has been measured again.
    pub fn resume(folder: &Path) -> Result<(Self, Header, Vec<u32>), StoreError> {
        let header = reader::read_header(folder)?;
        let mut complete = Vec::new();
        for (process, path) in reader::process_files(folder)? {
            match reader::check(&path, process)? {
                State::Finished(end) => complete.push(end.process),
                State::Unfinished => set_aside(&path)?,
            }
        }
        let writer = Self {
            folder: folder.to_owned(),
            process: None,
        };
        Ok((writer, header, complete))
    }

    /// The run's directory.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Begins the file of a process.
    fn begin(&mut self, start: &ProcessStart) -> Result<(), StoreError> {
        let path = self.folder.join(reader::file_name(start.process));
        let file = OpenOptions::new().create_new(true).append(true).open(&path);
        let file = file.map_err(FileError::at("create", &path))?;
        self.process = Some(ProcessFile {
            path,
            file,
            whole: 0,
        });
        self.append(&Line::Start(start.clone()))
    }

    /// Appends a whole line to the file of the process that runs; lines outside a process belong to none.
    fn append(&mut self, line: &Line) -> Result<(), StoreError> {
        let Some(process) = &mut self.process else {
            return Ok(());
        };
        let mut bytes = to_json(&process.path, line)?;
        bytes.push(b'\n');
        if let Err(error) = process.file.write_all(&bytes) {
            // A part of the line may have been written: a full disk must not leave half a line behind.
            let _ = process.file.set_len(process.whole);
            return Err(FileError::at("append to", &process.path)(error).into());
        }
        process.whole += bytes.len() as u64;
        Ok(())
    }

    /// Ends the file of a process and puts it on the disk for good.
    fn end(&mut self, end: &ProcessEnd) -> Result<(), StoreError> {
        self.append(&Line::End(end.clone()))?;
        if let Some(process) = self.process.take() {
            let synced = process.file.sync_all();
            synced.map_err(FileError::at("sync", &process.path))?;
            let folder = File::open(&self.folder).and_then(|folder| folder.sync_all());
            folder.map_err(FileError::at("sync", &self.folder))?;
        }
        Ok(())
    }

    /// Writes how the run ended.
    fn finish(&mut self, summary: &Summary) -> Result<(), StoreError> {
        self.process = None;
        write_json(&self.folder.join("result.json"), summary)
    }
}

impl Subscriber for Writer {
    fn notice(&mut self, event: &Event<'_>) -> Result<(), SubscriberError> {
        match event {
            Event::ProcessStarted(start) => self.begin(start)?,
            Event::CaseFinished(result) => {
                self.append(&Line::Case(Box::new((*result).clone())))?;
            }
            Event::ProcessFinished(end) => self.end(end)?,
            Event::RunFinished(summary) => self.finish(summary)?,
            Event::Compiling { .. }
            | Event::RunStarted { .. }
            | Event::CaseStarted { .. }
            | Event::Gauged(_)
            | Event::Warning(_) => {}
        }
        Ok(())
    }
}

/// Moves an unfinished process' file to the first free `process-0003.interrupted-K.jsonl`.
fn set_aside(path: &Path) -> Result<(), StoreError> {
    let mut number = 1;
    let aside = loop {
        let candidate = path.with_extension(format!("interrupted-{number}.jsonl"));
        if !candidate.exists() {
            break candidate;
        }
        number += 1;
    };
    fs::rename(path, aside).map_err(FileError::at("rename", path))?;
    Ok(())
}

fn to_json(path: &Path, value: &impl serde::Serialize) -> Result<Vec<u8>, FileError> {
    serde_json::to_vec(value)
        .map_err(std::io::Error::other)
        .map_err(FileError::at("write", path))
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), StoreError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(std::io::Error::other)
        .map_err(FileError::at("write", path))?;
    bytes.push(b'\n');
    Ok(files::write_atomically(path, &bytes)?)
}
