//! Reads a run directory back, a line at a time.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::StoreError;
use crate::files::{self, FileError};
use crate::id::CaseId;
use crate::record::{CaseResult, FORMAT, Header, Line, ProcessEnd, ProcessStart, Summary};

/// The results of a record by case, one a process.
pub type Results = HashMap<CaseId, Vec<CaseResult>>;

/// A run directory: its header and summary in memory, its samples on disk.
#[derive(Debug)]
pub struct Record {
    /// The directory.
    pub folder: PathBuf,
    /// What was to be measured.
    pub header: Header,
    /// How the run ended; `None` for one that was killed or still goes on.
    pub summary: Option<Summary>,
    /// The ends of the processes that are whole, by their rising numbers.
    pub ends: Vec<ProcessEnd>,
    /// The numbers of the processes that were cut short, which readers pass over and `run --resume` measures again.
    pub unfinished: Vec<u32>,
}

impl Record {
    /// Reads the header and the summary, and finds which processes are whole.
    ///
    /// Fails for a folder without `run.json`, an unknown format, a damaged file, and a finished run that lacks a
    /// process.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let header = read_header(folder)?;
        let summary = read_summary(folder)?;
        let mut record = Self {
            folder: folder.to_owned(),
            header,
            summary,
            ends: Vec::new(),
            unfinished: Vec::new(),
        };
        for (process, path) in process_files(folder)? {
            match state(&path, process)? {
                State::Finished(end) => record.ends.push(end),
                State::Unfinished => record.unfinished.push(process),
            }
        }
        if record.is_complete() {
            record.refuse_holes()?;
        }
        Ok(record)
    }

    /// The numbers of the processes that are whole, rising.
    pub fn processes(&self) -> impl Iterator<Item = u32> + '_ {
        self.ends.iter().map(|end| end.process)
    }

    /// Whether every process was measured.
    pub fn is_complete(&self) -> bool {
        self.summary
            .as_ref()
            .is_some_and(|summary| summary.complete)
    }

    /// What the reader of this record should know: the processes that it passes over.
    pub fn warnings(&self) -> Vec<String> {
        let file = |process: &u32| self.folder.join(file_name(*process));
        let text = |process| {
            format!(
                "{} was cut short and is left out; to measure that process again: warpmark run --resume",
                file(process).display()
            )
        };
        self.unfinished.iter().map(text).collect()
    }

    /// Calls `visit` with each case of each whole process, in the order they were measured, one in memory at a time.
    pub fn each_case(&self, mut visit: impl FnMut(CaseResult)) -> Result<(), StoreError> {
        for process in self.processes() {
            let path = self.folder.join(file_name(process));
            each_line(&path, process, |line| {
                if let Line::Case(case) = line {
                    visit(*case);
                }
            })?;
        }
        Ok(())
    }

    /// Every result by its case, those of a case in the order of its processes: all of the record in memory.
    pub fn results(&self) -> Result<Results, StoreError> {
        let mut results = Results::new();
        self.each_case(|result| {
            let of_case = results.entry(result.case.clone()).or_default();
            of_case.push(result);
        })?;
        Ok(results)
    }

    /// The beginnings of the whole processes: when, and in which order the cases came.
    pub fn starts(&self) -> Result<Vec<ProcessStart>, StoreError> {
        let mut starts = Vec::new();
        for process in self.processes() {
            let path = self.folder.join(file_name(process));
            starts.push(first_line(&path, process)?);
        }
        Ok(starts)
    }

    /// A finished run has every process of its header.
    fn refuse_holes(&self) -> Result<(), StoreError> {
        for process in 0..self.header.processes {
            let incomplete = |what| StoreError::Incomplete {
                path: self.folder.join(file_name(process)),
                what,
            };
            if self.unfinished.contains(&process) {
                return Err(incomplete("the file was cut short"));
            }
            if !self.processes().any(|whole| whole == process) {
                return Err(incomplete("the file is missing"));
            }
        }
        Ok(())
    }
}

/// Whether a process was measured to its end.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    /// Its file ends with this line.
    Finished(ProcessEnd),
    /// It was cut short.
    Unfinished,
}

/// The name of a process' file.
pub(super) fn file_name(process: u32) -> String {
    format!("process-{process:04}.jsonl")
}

/// The process files of a run directory by number, those set aside by a resume left out.
pub(super) fn process_files(folder: &Path) -> Result<Vec<(u32, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(FileError::at("list", folder))? {
        let path = entry.map_err(FileError::at("list", folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name
            .and_then(|name| name.strip_prefix("process-"))
            .and_then(|rest| rest.strip_suffix(".jsonl"))
            .and_then(|number| number.parse::<u32>().ok());
        if let Some(number) = number {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Reads `run.json`.
pub(super) fn read_header(folder: &Path) -> Result<Header, StoreError> {
    let path = folder.join("run.json");
    if !path.exists() && folder.is_dir() {
        return Err(StoreError::NoRecord {
            path: folder.to_owned(),
        });
    }
    versioned(&path, &files::read(&path)?)
}

/// Reads `result.json`, where there is one.
fn read_summary(folder: &Path) -> Result<Option<Summary>, StoreError> {
    let path = folder.join("result.json");
    if !path.exists() {
        return Ok(None);
    }
    versioned(&path, &files::read(&path)?).map(Some)
}

/// Only the number of a file's format.
#[derive(Deserialize)]
struct Versioned {
    format: u64,
}

/// Parses a JSON file that carries the record's format, the number first.
fn versioned<T: for<'a> Deserialize<'a>>(path: &Path, bytes: &[u8]) -> Result<T, StoreError> {
    let damaged = |error: serde_json::Error| StoreError::Damaged {
        path: path.to_owned(),
        line: error.line().max(1),
        what: without_place(&error),
    };
    let Versioned { format } = serde_json::from_slice(bytes).map_err(damaged)?;
    if format != u64::from(FORMAT) {
        return Err(StoreError::Format {
            path: path.to_owned(),
            found: format,
        });
    }
    serde_json::from_slice(bytes).map_err(damaged)
}

/// The text of `error` with its column alone: its line is that of the file where that isn't a line's own.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(what) => format!("{what} (column {})", error.column()),
        None => text,
    }
}

/// Whether the process of `path` was measured to its end, by its last line alone.
fn state(path: &Path, process: u32) -> Result<State, StoreError> {
    /// An end is two numbers and a time.
    const LONGEST_END: u64 = 512;
    let tail = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LONGEST_END)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let tail = tail().map_err(FileError::at("read", path))?;
    let last = tail
        .strip_suffix(b"\n")
        .and_then(|lines| lines.rsplit(|byte| *byte == b'\n').next());
    match last.map(serde_json::from_slice::<Line>) {
        Some(Ok(Line::End(end))) if end.process == process => Ok(State::Finished(end)),
        _ => Ok(State::Unfinished),
    }
}

/// Whether the process of `path` was measured to its end; every line of one that was is read.
pub(super) fn check(path: &Path, process: u32) -> Result<State, StoreError> {
    let state = state(path, process)?;
    if matches!(state, State::Finished(_)) {
        each_line(path, process, |_| {})?;
    }
    Ok(state)
}

/// Calls `visit` with each line of a whole process' file.
fn each_line(path: &Path, process: u32, mut visit: impl FnMut(Line)) -> Result<(), StoreError> {
    const BUFFER: usize = 1 << 18;
    let file = File::open(path).map_err(FileError::at("read", path))?;
    let mut reader = BufReader::with_capacity(BUFFER, file);
    let mut bytes = Vec::new();
    let mut number = 0;
    loop {
        bytes.clear();
        let length = reader.read_until(b'\n', &mut bytes);
        if length.map_err(FileError::at("read", path))? == 0 {
            return Ok(());
        }
        number += 1;
        visit(
            parse(&bytes, process, number == 1).map_err(|what| StoreError::Damaged {
                path: path.to_owned(),
                line: number,
                what,
            })?,
        );
    }
}

/// The line `bytes` of the file of `process`: its first is a start, and no other is.
fn parse(bytes: &[u8], process: u32, first: bool) -> Result<Line, String> {
    let line: Line = serde_json::from_slice(bytes).map_err(|error| without_place(&error))?;
    let (found, is_start) = match &line {
        Line::Start(start) => (start.process, true),
        Line::Case(case) => (case.process, false),
        Line::End(end) => (end.process, false),
    };
    if found != process {
        return Err(format!("a line of process {found}"));
    }
    if is_start != first {
        return Err("a process begins with its start, and once".to_owned());
    }
    Ok(line)
}

/// The first line of a whole process' file.
fn first_line(path: &Path, process: u32) -> Result<ProcessStart, StoreError> {
    let file = File::open(path).map_err(FileError::at("read", path))?;
    let mut bytes = Vec::new();
    let length = BufReader::new(file).read_until(b'\n', &mut bytes);
    length.map_err(FileError::at("read", path))?;
    match parse(&bytes, process, true) {
        Ok(Line::Start(start)) => Ok(start),
        Ok(_) => Err("a process begins with its start, and once".to_owned()),
        Err(what) => Err(what),
    }
    .map_err(|what| StoreError::Damaged {
        path: path.to_owned(),
        line: 1,
        what,
    })
}
